//! What a page with the SDK can have beside what the SDK needs.

use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::csp::EffectivePolicy;

codes! {
    CSP_TRUSTED_TYPES = "csp-trusted-types", Note,
        "Trusted Types are not required",
        "compile the page with its guard, which holds the policy that the SDK needs, and send require-trusted-types-for 'script'",
        [microsoft("csp")];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    if input.profile() != Profile::Liveness || input.csp.is_empty() {
        return;
    }
    let policies = input.csp.policies();
    if !policies.iter().any(EffectivePolicy::requires_trusted_types) {
        let subject = Subject::header(http::header::CONTENT_SECURITY_POLICY);
        sink.find(
            Code::CSP_TRUSTED_TYPES,
            subject,
            "no require-trusted-types-for",
        );
    }
}
