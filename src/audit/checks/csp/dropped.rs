//! What browsers drop from a policy: it was meant to protect, and doesn't.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY};

use super::weakness::directive_of;
use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{DropReason, Dropped, PolicyList};

codes! {
    CSP_DROPPED_DIRECTIVE = "csp-dropped-directive", Medium,
        "browsers drop a directive",
        "correct it, or remove it",
        [microsoft("csp")];
    CSP_DUPLICATE_DIRECTIVE = "csp-duplicate-directive", Medium,
        "a directive appears twice, and browsers obey the first one",
        "write its sources into one directive",
        [microsoft("csp")];
    CSP_OBSOLETE_DIRECTIVE = "csp-obsolete-directive", Low,
        "a directive that no current browser knows",
        "remove it, and send what took its place",
        [];
    CSP_DROPPED_SOURCE = "csp-dropped-source", Medium,
        "browsers drop a value",
        "correct it, or remove it",
        [microsoft("csp")];
    CSP_EXPERIMENT = "csp-experiment", Note,
        "a source that is an experiment of one browser",
        "leave it out, unless the experiment is yours",
        [];
    CSP_NONE_IGNORED = "csp-none-ignored", Medium,
        "'none' next to other sources forbids nothing",
        "remove 'none', or everything next to it",
        [microsoft("csp")];
    CSP_REPORT_ONLY_DROPPED = "csp-report-only-dropped", Low,
        "browsers drop a part of the report-only policy",
        "correct it, or remove it",
        [];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    for (before, list, meta) in input.lists() {
        for dropped in list.dropped() {
            let subject = match (policy_of(list, dropped), dropped.directive, meta) {
                (Some(policy), Some(name), _) => directive_of(before + policy, name),
                (_, _, Some(meta)) => meta.subject(),
                (_, _, None) => Subject::header(CONTENT_SECURITY_POLICY),
            };
            sink.find(code(&dropped.reason), subject, found(dropped));
        }
    }
    for dropped in input.report_only.dropped() {
        let subject = Subject::header(CONTENT_SECURITY_POLICY_REPORT_ONLY);
        sink.find(Code::CSP_REPORT_ONLY_DROPPED, subject, found(dropped));
    }
    for policy in input.csp.policies() {
        for directive in policy.directives() {
            // Known to Chromium, and without effect.
            if let Some(instead) = directive.name().replacement() {
                let subject = Subject::header(CONTENT_SECURITY_POLICY);
                let found = format!("`{}`: {instead}", directive.name());
                sink.find(Code::CSP_OBSOLETE_DIRECTIVE, subject, found);
            }
        }
    }
}

/// The policy in which it stood, counted from 0; `None` when the whole policy is gone.
pub(in crate::audit) fn policy_of(list: &PolicyList, dropped: &Dropped) -> Option<usize> {
    list.policies().iter().rposition(|policy| {
        policy.header() == dropped.header && policy.position() <= dropped.position
    })
}

fn found(dropped: &Dropped) -> String {
    let header = match dropped.header {
        0 => String::new(),
        header => format!("header {}, ", header + 1),
    };
    // Elsewhere in the page it may be in force, and is a secret while the page lives.
    let is_nonce = dropped.text.to_ascii_lowercase().contains("'nonce-");
    let text = if is_nonce {
        "'nonce-...'".to_owned()
    } else {
        shown(&dropped.text)
    };
    format!(
        "{header}byte {}: `{text}` is dropped: {}",
        dropped.position, dropped.reason
    )
}

const fn code(reason: &DropReason) -> Code {
    match reason {
        DropReason::Duplicate => Code::CSP_DUPLICATE_DIRECTIVE,
        DropReason::ObsoleteDirective { .. } => Code::CSP_OBSOLETE_DIRECTIVE,
        DropReason::NoneBesideOthers => Code::CSP_NONE_IGNORED,
        DropReason::Experimental => Code::CSP_EXPERIMENT,
        DropReason::InvalidSource
        | DropReason::NoEffectHere
        | DropReason::QueryOrFragment
        | DropReason::QueryWithoutPath
        | DropReason::InvalidValue
        | DropReason::SurplusValue => Code::CSP_DROPPED_SOURCE,
        DropReason::NonAscii
        | DropReason::ControlCharacter
        | DropReason::UnknownDirective { .. }
        | DropReason::NotInReportOnly
        | DropReason::NotInMeta => Code::CSP_DROPPED_DIRECTIVE,
    }
}
