//! `visor explain`

use std::fmt::Write as _;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use tower_visor::audit::Code;

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// A code, such as `csp-missing`; without it, all are listed
    #[arg(value_name = "CODE", value_parser = codes(), hide_possible_values = true)]
    pub(crate) code: Option<String>,
}

/// All codes, so that a slip is answered with the right one and shells complete them.
fn codes() -> PossibleValuesParser {
    Code::all()
        .map(|code| PossibleValue::new(code.as_str()))
        .into()
}

pub(crate) fn run(arguments: &Explain) -> String {
    let mut out = String::new();
    let code = arguments.code.as_deref().and_then(Code::named);
    // Writing to a string can't fail.
    if let Some(code) = code {
        let _ = writeln!(out, "{code} ({}): {}\n", code.severity(), code.title());
        let _ = writeln!(out, "{}", code.explanation());
        if !code.controls().is_empty() {
            let controls = code.controls().iter().map(ToString::to_string);
            let _ = writeln!(
                out,
                "\nAt stake: {}.",
                controls.collect::<Vec<_>>().join(", ")
            );
        }
        return out;
    }
    let width = Code::all().map(|code| code.as_str().len()).max();
    let width = width.unwrap_or_default();
    for code in Code::all() {
        let (name, severity, title) = (code.as_str(), code.severity(), code.title());
        let _ = writeln!(out, "{severity:<6}  {name:<width$}  {title}");
    }
    out
}
