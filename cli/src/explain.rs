//! `visor explain`

use std::ffi::OsStr;
use std::fmt::Write as _;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, Error};
use tower_visor::audit::Code;

use crate::plain;

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// A code, such as `csp-missing`; without it, all are listed
    #[arg(value_name = "CODE", value_parser = Codes, hide_possible_values = true)]
    pub(crate) code: Option<Code>,
}

/// Reads codes. Of a slip it names the one that was meant, and not all there are; shells complete
/// them all the same.
#[derive(Clone)]
struct Codes;

impl TypedValueParser for Codes {
    type Value = Code;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Code, Error> {
        let text = value.to_string_lossy();
        text.parse().map_err(|error| {
            let message = format!("{error}; `visor explain` lists them all\n");
            Error::raw(ErrorKind::InvalidValue, message)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let codes = Code::all().map(|code| PossibleValue::new(code.as_str()));
        Some(Box::new(codes))
    }
}

pub(crate) fn run(arguments: &Explain) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    if let Some(code) = arguments.code {
        let (severity, title) = (code.severity(), plain::text(code.title()));
        let _ = writeln!(out, "{code} ({severity}): {title}\n");
        let _ = writeln!(out, "{}", plain::text(code.explanation()));
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
        let (name, severity) = (code.as_str(), code.severity());
        let title = plain::text(code.title());
        let _ = writeln!(out, "{severity:<6}  {name:<width$}  {title}");
    }
    out
}
