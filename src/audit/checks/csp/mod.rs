//! `Content-Security-Policy`: is there one that browsers enforce, and does it fit its response?
//!
//! Several policies must all allow. So a weakness is found where *every* policy has it, and what is
//! written in vain is found in each.

pub(in crate::audit) mod dropped;
pub(in crate::audit) mod liveness;
pub(in crate::audit) mod nonces;
mod public_hosts;
pub(in crate::audit) mod scripts;
pub(in crate::audit) mod sources;
pub(in crate::audit) mod urls;

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY};

use super::{Input, sent};
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::finding::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{
    Csp, DirectiveName, EffectiveDirective, EffectivePolicy, HostPattern, PolicyList,
    SourceExpression,
};

codes! {
    CSP_MISSING = "csp-missing", High,
        "no Content-Security-Policy that browsers enforce",
        "send a Content-Security-Policy with the page",
        [microsoft("csp"), asvs("3.4.3"), owasp("Content-Security-Policy")];
    CSP_INERT = "csp-inert", Low,
        "a file or an answer has no policy that keeps it inert as a page",
        "send `Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox` with it",
        [asvs("3.2.1"), asvs("3.4.6"), microsoft("csp")];
    CSP_SPLIT = "csp-split", Low,
        "one policy allows what another one forbids by its default-src",
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
        let subject = meta.map_or_else(subject, super::integrity::subject);
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

/// A directive of a policy, counted from 0 here.
fn directive_of(policy: usize, name: DirectiveName) -> Subject {
    Subject::Directive {
        policy: policy + 1,
        name: name.as_str().to_owned(),
    }
}

/// Something that weakens one policy.
enum Weakness {
    /// Nothing in the policy decides about it.
    Missing(DirectiveName),
    /// A source that is too much.
    Source(DirectiveName, String),
}

/// Finds what weakens every policy of the list: one that hasn't the weakness makes up for it.
fn in_every_policy(
    list: &PolicyList,
    code: Code,
    sink: &mut Sink,
    weaknesses: impl Fn(&EffectivePolicy) -> Vec<Weakness>,
) {
    for (policy, weakness) in shared(list, weaknesses) {
        let (name, found) = match weakness {
            Weakness::Missing(name) if name.fallbacks().is_empty() => (
                name,
                "not in the policy, and nothing stands in for it".to_owned(),
            ),
            Weakness::Missing(name) => (
                name,
                "neither in the policy nor a directive that stands in for it".to_owned(),
            ),
            Weakness::Source(name, found) => (name, found),
        };
        sink.find(code, directive_of(policy, name), found);
    }
}

/// The same, and of missing directives it says nothing: another code does.
fn where_written(
    list: &PolicyList,
    code: Code,
    sink: &mut Sink,
    weaknesses: impl Fn(&EffectivePolicy) -> Vec<Weakness>,
) {
    for (policy, weakness) in shared(list, weaknesses) {
        if let Weakness::Source(name, found) = weakness {
            sink.find(code, directive_of(policy, name), found);
        }
    }
}

/// What weakens the policies, each with its index, if it weakens all of them.
fn shared(
    list: &PolicyList,
    weaknesses: impl Fn(&EffectivePolicy) -> Vec<Weakness>,
) -> Vec<(usize, Weakness)> {
    let mut all = Vec::new();
    for (index, policy) in list.policies().iter().enumerate() {
        let weak = weaknesses(policy);
        if weak.is_empty() {
            return Vec::new();
        }
        all.extend(weak.into_iter().map(|weakness| (index, weakness)));
    }
    all
}

/// The sources of this kind that count for `name`; or that nothing decides about it.
fn weak_sources(
    policy: &EffectivePolicy,
    name: DirectiveName,
    is_weak: impl Fn(&SourceExpression) -> bool,
) -> Vec<Weakness> {
    let Some(directive) = policy.governing(name) else {
        // The one that a reader would write.
        let name = match name {
            DirectiveName::ScriptSrcElem
            | DirectiveName::ScriptSrcAttr
            | DirectiveName::WorkerSrc => DirectiveName::ScriptSrc,
            DirectiveName::StyleSrcElem | DirectiveName::StyleSrcAttr => DirectiveName::StyleSrc,
            name => name,
        };
        return vec![Weakness::Missing(name)];
    };
    let weak = directive.in_force(name).filter(|source| is_weak(source));
    weak.map(|source| Weakness::Source(directive.name(), format!("`{}`", shown_source(source))))
        .collect()
}

/// Whether the source admits what anybody may have put there: every host, or every host below a
/// top-level domain.
fn is_of_anybody(source: &SourceExpression) -> bool {
    match source {
        SourceExpression::Any => true,
        SourceExpression::Scheme(scheme) => {
            matches!(scheme.scheme(), "http" | "https" | "ws" | "wss")
        }
        SourceExpression::Host(host) => match host.host() {
            HostPattern::Any => true,
            HostPattern::Subdomains(domain) => !domain.trim_end_matches('.').contains('.'),
            HostPattern::Exact(_) => false,
        },
        _ => false,
    }
}

/// The same, and `data:`, which anybody can write into a URL.
fn is_of_anybody_or_data(source: &SourceExpression) -> bool {
    let is_data = matches!(source, SourceExpression::Scheme(scheme) if scheme.scheme() == "data");
    is_data || is_of_anybody(source)
}

/// A source as findings show it.
fn shown_source(source: &SourceExpression) -> String {
    crate::audit::finding::shown(&source.to_string())
}
