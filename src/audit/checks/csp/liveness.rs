//! What the SDK needs of the page's policy, and what a page around it can have beside.

use super::{Input, directive_of};
use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::finding::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::csp::{DirectiveName, EffectiveDirective, EffectivePolicy};

codes! {
    CSP_WASM = "csp-wasm", High,
        "the policy stops the SDK: no WebAssembly",
        "add 'wasm-unsafe-eval' to script-src",
        [microsoft("csp")];
    CSP_TRUSTED_TYPES = "csp-trusted-types", Note,
        "Trusted Types are not required",
        "compile the page with its guard, which holds the policy that the SDK needs, and send require-trusted-types-for 'script'",
        [microsoft("csp")];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    if input.profile() != Profile::Liveness || input.csp.is_empty() {
        return;
    }
    for (index, policy) in input.csp.policies().iter().enumerate() {
        if !policy.allows_wasm() {
            let name = policy.governing(DirectiveName::ScriptSrc);
            let name = name.map_or(DirectiveName::ScriptSrc, EffectiveDirective::name);
            sink.find(
                Code::CSP_WASM,
                directive_of(index, name),
                "no 'wasm-unsafe-eval'",
            );
        }
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
