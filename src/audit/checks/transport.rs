//! TLS, and the promise to use nothing else: `Strict-Transport-Security`.

use std::time::Duration;

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp, pci};
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::StrictTransportSecurity;

codes! {
    HTTP = "http", High,
        "the page came over HTTP",
        "serve it over HTTPS only, and redirect port 80 to it",
        [microsoft("https"), asvs("12.2.1"), pci("4.2.1")];
    HSTS_MISSING = "hsts-missing", High,
        "no Strict-Transport-Security that browsers obey",
        "send `Strict-Transport-Security: max-age=31536000; includeSubDomains` over HTTPS",
        [microsoft("headers"), asvs("3.4.1"), owasp("Strict-Transport-Security")];
    HSTS_SHORT = "hsts-short", Medium,
        "Strict-Transport-Security lasts less than a year",
        "raise max-age to 31536000 or more",
        [microsoft("headers"), asvs("3.4.1"), owasp("Strict-Transport-Security")];
    HSTS_SUBDOMAINS = "hsts-subdomains", Low,
        "Strict-Transport-Security leaves subdomains out",
        "add includeSubDomains once every subdomain speaks TLS",
        [asvs("3.4.1"), owasp("Strict-Transport-Security")];
    HSTS_PRELOAD = "hsts-preload", Low,
        "Strict-Transport-Security asks for the preload list, which refuses it",
        "send max-age=31536000 or more and includeSubDomains with it, or leave preload out",
        [asvs("3.7.4")];
    HEAD_MALFORMED = "head-malformed", Medium,
        "a line of the head is not HTTP/1: browsers read on, but other programs may not, or may read it differently",
        "send each header in one line as `name: value`, without control characters",
        [];
}

/// A year, as ASVS 3.4.1 and the preload list ask for.
const YEAR: Duration = Duration::from_secs(31_536_000);

/// What needs HTTPS to be looked at.
const HSTS: &[Code] = &[
    Code::HSTS_MISSING,
    Code::HSTS_SHORT,
    Code::HSTS_SUBDOMAINS,
    Code::HSTS_PRELOAD,
];

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    for bad in response.bad_lines() {
        let subject = bad.name.as_ref().map_or(Subject::Response, Subject::header);
        sink.find(Code::HEAD_MALFORMED, subject, bad.to_string());
    }
    let origin = response.origin();
    if origin.host().is_loopback() {
        let why = "this very machine needs neither; audit the public host name";
        let codes = [&[Code::HTTP], HSTS].concat();
        sink.none_of(&codes, "HTTPS and Strict-Transport-Security", why);
        return;
    }
    if !response.is_https() {
        sink.find(Code::HTTP, Subject::Response, response.place());
        let why = "browsers obey it over HTTPS only";
        sink.none_of(HSTS, "Strict-Transport-Security", why);
        return;
    }
    if origin.is_local() {
        let why = "browsers ignore it for IP addresses; audit the public host name";
        sink.none_of(HSTS, "Strict-Transport-Security", why);
        return;
    }
    let subject = || Subject::header(StrictTransportSecurity::NAME);
    let values = || response.values(StrictTransportSecurity::NAME);
    let Some(hsts) = StrictTransportSecurity::effective(values()) else {
        let found = values().next().map_or_else(
            || "not sent".to_owned(),
            |value| format!("browsers drop `{}`", shown(&String::from_utf8_lossy(value))),
        );
        sink.find(Code::HSTS_MISSING, subject(), found);
        return;
    };
    if hsts.max_age().is_zero() {
        let found = "max-age=0 makes browsers forget the host";
        sink.find(Code::HSTS_MISSING, subject(), found);
        return;
    }
    if hsts.max_age() < YEAR {
        let found = format!("max-age={}", hsts.max_age().as_secs());
        sink.find(Code::HSTS_SHORT, subject(), found);
    }
    if !hsts.includes_subdomains() {
        sink.find(Code::HSTS_SUBDOMAINS, subject(), "no includeSubDomains");
    }
    if hsts.asks_for_preload() {
        let found = match (hsts.max_age() < YEAR, hsts.includes_subdomains()) {
            (false, true) => return,
            (true, true) => "preload with less than a year",
            (false, false) => "preload without includeSubDomains",
            (true, false) => "preload with less than a year and without includeSubDomains",
        };
        sink.find(Code::HSTS_PRELOAD, subject(), found);
    }
}
