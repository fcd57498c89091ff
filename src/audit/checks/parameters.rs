//! Parameters of structured fields that browsers read past.

use http::HeaderName;

use crate::audit::code::codes;
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::ignored_parameters;

codes! {
    PARAMETER_IGNORED = "parameter-ignored", Low,
        "browsers ignore a parameter",
        "remove it, or write it as the header's specification does",
        [];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let names: Vec<&HeaderName> = input.response.headers().keys().collect();
    for name in names {
        for parameter in ignored_parameters(name, input.response.values(name)) {
            let found = format!("`{}`", shown(&parameter));
            sink.find(Code::PARAMETER_IGNORED, Subject::header(name), found);
        }
    }
}
