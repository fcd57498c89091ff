//! What `visor pin` and `visor update` do alike.

use std::path::Path;

use serde_json::json;
use tower_visor::audit::Code;
use tower_visor::pins::{PinnedFile, Pins, Provenance, VisorLockError};
use tower_visor::sdk::StyleKind;

use crate::fault::Fault;
use crate::input;
use crate::report::{Report, provenances};

/// Lists the files that the publisher's digests say nothing of, where some were given.
pub(crate) fn unpublished(report: &mut Report, pins: &Pins, given: bool) {
    let files = pins.files().iter().filter(|_| given);
    for file in files.filter(|file| file.override_reason().is_none()) {
        if file.provenance() < Provenance::Published {
            let found = format!(
                "not among the published digests; it stays {}",
                file.provenance()
            );
            report.find_in(Code::NOT_PUBLISHED, file.path(), found);
        }
    }
}

/// Says what was written: by [`Pins::save`] or by [`Pins::replace`].
pub(crate) fn written(
    report: &mut Report,
    pins: &Pins,
    path: &Path,
    result: Result<(), VisorLockError>,
) -> Result<(), Fault> {
    result.map_err(|error| Fault::new("lock file", &error))?;
    let name = input::name(path);
    report.data("written", json!(name));
    report.line(format!(
        "{name}: {} files of version {} pinned: {}",
        pins.files().len(),
        pins.version(),
        provenances(pins)
    ));
    let has_shadow = |(kind, _): &(StyleKind, _)| *kind == StyleKind::Shadow;
    if !pins.styles().iter().any(has_shadow) {
        report.line(
            "no style of the SDK's shadow root was found in its engines, so a strict policy will block it: open the page, and add the hash that the browser's console names to `style-hashes`",
        );
    }
    let own = |file: &&PinnedFile| file.override_reason().is_none();
    let files = pins.files().iter().filter(own);
    let known = |file: &&PinnedFile| file.provenance() > Provenance::Observed;
    let observed = files.clone().count() - files.clone().filter(known).count();
    if observed > 0 {
        let them = if files.count() == observed {
            "them".to_owned()
        } else {
            format!("{observed} of them")
        };
        report.line(format!(
            "nothing vouches for {them} yet: give the packages' tarballs with --npm-lock or --signature, or digests with --published",
        ));
    }
    Ok(())
}
