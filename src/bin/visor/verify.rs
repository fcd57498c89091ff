//! `visor verify`

use serde_json::json;

use crate::args::Verify;
use crate::fault::Fault;
use crate::input;
use crate::report::Report;

pub(crate) fn run(arguments: &Verify) -> Result<Report, Fault> {
    let pins = input::lock(&arguments.lock)?;
    let mut report = Report::new("verify");
    match input::busy("verifying", || pins.verify_all(&arguments.folders)) {
        Ok(verified) => {
            let count = verified.files().count();
            report.data("files", json!(count));
            report.line(format!(
                "{count} files of version {} are the pinned ones, {}",
                pins.version(),
                pins.weakest_provenance()
            ));
        }
        Err(differences) => report.differences(&differences),
    }
    report.pins(&pins, &arguments.demands)?;
    Ok(report)
}
