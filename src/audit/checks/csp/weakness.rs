//! What weakens a policy, and a list of them.

use crate::audit::finding::shown;
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{
    DirectiveName, EffectivePolicy, HostPattern, PolicyList, SandboxToken, SourceExpression,
};

/// A directive of a policy, counted from 0 here.
pub(super) fn directive_of(policy: usize, name: DirectiveName) -> Subject {
    Subject::Directive {
        policy: policy + 1,
        name: name.as_str().to_owned(),
    }
}

/// Something that weakens one policy.
pub(super) enum Weakness {
    /// Nothing in the policy decides about it.
    Missing(DirectiveName),
    /// A source that is too much.
    Source(DirectiveName, String),
}

/// Finds what weakens every policy of the list: one that hasn't the weakness makes up for it.
pub(super) fn in_every_policy(
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
pub(super) fn where_written(
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
pub(super) fn shared(
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

/// What a page has to be allowed by its sandbox before `name` has anything to decide.
const fn needs(name: DirectiveName) -> Option<SandboxToken> {
    match name {
        DirectiveName::ScriptSrc
        | DirectiveName::ScriptSrcElem
        | DirectiveName::ScriptSrcAttr
        | DirectiveName::WorkerSrc
        | DirectiveName::ConnectSrc => Some(SandboxToken::AllowScripts),
        DirectiveName::FormAction => Some(SandboxToken::AllowForms),
        _ => None,
    }
}

/// Whether the sandbox of a policy leaves nothing for `name` to decide.
pub(super) fn is_moot(policy: &EffectivePolicy, name: DirectiveName) -> bool {
    needs(name).is_some_and(|token| policy.sandbox_forbids(token))
}

/// The sources of this kind that count for `name`; or that nothing decides about it. None where
/// the policy's sandbox forbids it anyway.
pub(super) fn weak_sources(
    policy: &EffectivePolicy,
    name: DirectiveName,
    is_weak: impl Fn(&SourceExpression) -> bool,
) -> Vec<Weakness> {
    if is_moot(policy, name) {
        return Vec::new();
    }
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
pub(super) fn is_of_anybody(source: &SourceExpression) -> bool {
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
pub(super) fn is_of_anybody_or_data(source: &SourceExpression) -> bool {
    let is_data = matches!(source, SourceExpression::Scheme(scheme) if scheme.scheme() == "data");
    is_data || is_of_anybody(source)
}

/// A source as findings show it.
pub(super) fn shown_source(source: &SourceExpression) -> String {
    shown(&source.to_string())
}
