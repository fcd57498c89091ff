//! `Content-Security-Policy`: is there one that browsers enforce?

use super::Input;
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::finding::Sink;
use crate::audit::{Code, Subject};

codes! {
    CSP_MISSING = "csp-missing", High,
        "no Content-Security-Policy that browsers enforce",
        "send a Content-Security-Policy with the page",
        [microsoft("csp"), asvs("3.4.3"), owasp("Content-Security-Policy")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() && !input.response.is_document() {
        return;
    }
    if input.csp.is_empty() {
        let found = if input.report_only.is_empty() {
            "not sent"
        } else {
            "only a report-only policy, which blocks nothing"
        };
        let subject = Subject::header(http::header::CONTENT_SECURITY_POLICY);
        sink.find(Code::CSP_MISSING, subject, found);
    }
}
