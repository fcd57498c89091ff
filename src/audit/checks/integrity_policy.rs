//! `Integrity-Policy`: does the browser insist on integrity metadata?

use crate::audit::code::codes;
use crate::audit::control::{microsoft, pci};
use crate::audit::finding::shown;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::header::{IntegrityDestination, IntegrityPolicy};

codes! {
    INTEGRITY_POLICY_MISSING = "integrity-policy-missing", Note,
        "browsers don't insist on integrity metadata for scripts",
        "compile the page with its guard, and send `Integrity-Policy: blocked-destinations=(script)`",
        [microsoft("sri"), pci("6.4.3")];
    INTEGRITY_POLICY_DROPPED = "integrity-policy-dropped", Medium,
        "browsers drop Integrity-Policy, or a part of it",
        "write `blocked-destinations=(script)`, plain words in parentheses",
        [microsoft("sri"), pci("6.4.3")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    for name in [IntegrityPolicy::NAME, IntegrityPolicy::REPORT_ONLY_NAME] {
        let subject = || Subject::header(&name);
        let policy = IntegrityPolicy::effective(input.response.values(&name));
        let blocks = policy.blocks(IntegrityDestination::Script)
            || policy.blocks(IntegrityDestination::Style);
        match (sent(input.response, &name), policy.syntax_error()) {
            (None, _) => {}
            (Some(value), Some(error)) => {
                let found = format!("`{value}`: {error}");
                sink.find(Code::INTEGRITY_POLICY_DROPPED, subject(), found);
            }
            (Some(value), None) if !blocks => {
                let found = format!("`{value}` names no destination");
                sink.find(Code::INTEGRITY_POLICY_DROPPED, subject(), found);
            }
            (Some(_), None) => {
                for ignored in policy.ignored() {
                    let found = format!("`{}` is skipped", shown(ignored));
                    sink.find(Code::INTEGRITY_POLICY_DROPPED, subject(), found);
                }
            }
        }
    }
    let policy = IntegrityPolicy::effective(input.response.values(IntegrityPolicy::NAME));
    if input.profile() == Profile::Liveness && !policy.blocks(IntegrityDestination::Script) {
        let subject = Subject::header(IntegrityPolicy::NAME);
        sink.find(
            Code::INTEGRITY_POLICY_MISSING,
            subject,
            "scripts are not blocked without it",
        );
    }
}
