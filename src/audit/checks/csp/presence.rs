//! Whether there is a Content Security Policy that browsers enforce, and whether it fits its
//! response.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY};

use super::weakness::{directive_of, is_of_anybody};
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::html::Element;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{
    Csp, DirectiveName, EffectiveDirective, EffectivePolicy, PolicyList, SourceExpression,
};

codes! {
    CSP_MISSING = "csp-missing", High,
        "no Content-Security-Policy that browsers enforce",
        "send a Content-Security-Policy with the page",
        [microsoft("csp"), asvs("3.4.3"), owasp("Content-Security-Policy")];
    CSP_INERT = "csp-inert", Low,
        "a file or an answer has no policy that keeps it inert when opened as a page",
        "send `Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox` with it",
        [asvs("3.2.1"), asvs("3.4.6"), microsoft("csp")];
    CSP_SPLIT = "csp-split", Low,
        "one policy allows what another forbids with its default-src",
        "send the directives as one policy, separated by `;`",
        [microsoft("csp")];
    CSP_LONG = "csp-long", Low,
        "the policies are longer than 4 KiB",
        "name folders instead of files, and leave out what no page needs",
        [];
    CSP_TOO_LONG = "csp-too-long", Medium,
        "the policies are longer than 8 KiB",
        "name folders instead of files: many servers and proxies refuse such headers",
        [];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    let is_page = input.profile().is_page() || input.response.is_document();
    let subject = || Subject::header(CONTENT_SECURITY_POLICY);
    if input.csp.is_empty() {
        let found = match sent(input.response, CONTENT_SECURITY_POLICY) {
            Some(value) => format!("browsers find no directive in `{value}`"),
            None if input.report_only.is_empty() => "not sent".to_owned(),
            None => "only a report-only policy, which blocks nothing".to_owned(),
        };
        let code = if is_page {
            Code::CSP_MISSING
        } else {
            Code::CSP_INERT
        };
        sink.find(code, subject(), found);
        return;
    }
    if is_page && input.header_csp.is_empty() {
        // There is one, or the list of all would be empty.
        let meta = input
            .lists()
            .into_iter()
            .find_map(|(_, list, meta)| meta.filter(|_| !list.is_empty()));
        let subject = meta.map_or_else(subject, Element::subject);
        sink.find(
            Code::META_POLICY_ONLY,
            subject,
            "no Content-Security-Policy in the headers",
        );
    }
    if !input.profile().is_page() && !input.csp.policies().iter().any(is_inert) {
        let found = "no `default-src 'none'` with `frame-ancestors`, and no `sandbox`";
        sink.find(Code::CSP_INERT, subject(), found);
    }
    split(&input.csp, sink);
    for name in [CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY] {
        let length: usize = input.response.values(&name).map(<[u8]>::len).sum();
        let code = match length {
            _ if length > Csp::MAX_LEN => Code::CSP_TOO_LONG,
            _ if length > Csp::WARN_LEN => Code::CSP_LONG,
            _ => continue,
        };
        sink.find(code, Subject::header(&name), format!("{length} bytes"));
    }
}

/// Whether a browser that shows the response as a page lets it do nothing.
fn is_inert(policy: &EffectivePolicy) -> bool {
    let is_none = |name| {
        let directive = policy.directive(name);
        directive.is_some_and(|directive| directive.sources().is_empty())
    };
    let is_framed_by_some =
        |directive: &EffectiveDirective| !directive.sources().iter().any(is_of_anybody);
    (is_none(DirectiveName::DefaultSrc)
        || policy
            .directive(DirectiveName::Sandbox)
            .is_some_and(|sandbox| sandbox.tokens().is_empty()))
        && policy
            .directive(DirectiveName::FrameAncestors)
            .is_some_and(is_framed_by_some)
}

/// A policy that was cut into several: each part is a policy of its own.
fn split(list: &PolicyList, sink: &mut Sink) {
    for (index, policy) in list.policies().iter().enumerate() {
        let Some(default) = policy.directive(DirectiveName::DefaultSrc) else {
            continue;
        };
        if !default.sources().is_empty() {
            continue;
        }
        for (other_index, other) in list.policies().iter().enumerate() {
            let in_vain = other.directives().iter().find(|directive| {
                directive.sources().iter().any(SourceExpression::is_of_url)
                    && policy
                        .governing(directive.name())
                        .is_some_and(|governing| governing.name() == DirectiveName::DefaultSrc)
            });
            if let Some(directive) = in_vain {
                let found = format!(
                    "policy {} forbids by `default-src 'none'` what this one allows",
                    index + 1
                );
                sink.find(
                    Code::CSP_SPLIT,
                    directive_of(other_index, directive.name()),
                    found,
                );
            }
        }
    }
}
