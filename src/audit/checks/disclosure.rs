//! Headers that tell an attacker about the server and should not be sent.

use super::reports::NEL;
use crate::audit::code::codes;
use crate::audit::control::{asvs, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::{OBSOLETE, STRIP};

codes! {
    HEADER_LEAKS = "header-leaks", Low,
        "a header tells strangers about the software behind the site",
        "remove it",
        [asvs("13.4.6"), owasp("remove list")];
    HEADER_OBSOLETE = "header-obsolete", Low,
        "a header that no current browser obeys, or that does harm",
        "remove it",
        [owasp("remove list")];
    HEADER_USELESS = "header-useless", Note,
        "a header of the past",
        "remove it",
        [];
}

/// Headers that did something once, and harm nobody.
const USELESS: [(&str, &str); 8] = [
    ("p3p", "for Internet Explorer"),
    ("pragma", "of requests only; Cache-Control says it"),
    ("report-to", "Reporting-Endpoints took its place"),
    ("tk", "tracking status, which was given up"),
    (
        "x-content-security-policy-report-only",
        "for Firefox before 23",
    ),
    ("x-download-options", "for Internet Explorer"),
    ("x-ua-compatible", "for Internet Explorer"),
    ("x-webkit-csp-report-only", "for Chrome before 25"),
];

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    for name in input.response.headers().keys() {
        let text = name.as_str();
        let found = || match sent(input.response, name) {
            Some(value) if !value.is_empty() => format!("`{value}`"),
            _ => "empty".to_owned(),
        };
        if STRIP.contains(&text) {
            sink.find(Code::HEADER_LEAKS, Subject::header(text), found());
        }
        if OBSOLETE.contains(&text) {
            sink.find(Code::HEADER_OBSOLETE, Subject::header(text), found());
        }
        let useless = USELESS.iter().find(|(useless, _)| *useless == text);
        // Network Error Logging knows no other header.
        let is_needed = text == "report-to" && sent(input.response, NEL).is_some();
        if let Some((_, why)) = useless.filter(|_| !is_needed) {
            sink.find(Code::HEADER_USELESS, Subject::header(text), *why);
        }
    }
}
