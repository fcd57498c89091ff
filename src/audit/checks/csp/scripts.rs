//! Which scripts a Content Security Policy lets run.

use super::public_hosts::{is_file, is_public};
use super::weakness::{
    directive_of, in_every_policy, is_of_anybody_or_data, weak_sources, where_written,
};
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp, pci};
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile};
use crate::csp::DirectiveName::{ScriptSrc, ScriptSrcAttr, ScriptSrcElem};
use crate::csp::{EffectivePolicy, Keyword, SourceExpression};

codes! {
    CSP_SCRIPT_ANY = "csp-script-any", High,
        "anybody's scripts may run",
        "name the files, or allow scripts by their hash",
        [microsoft("csp"), asvs("3.4.3"), owasp("Content-Security-Policy"), pci("6.4.3")];
    CSP_SCRIPT_PUBLIC_HOST = "csp-script-public-host", High,
        "scripts are allowed from a host where anybody can publish",
        "name the one file with its full path, or serve it from your own host",
        [microsoft("csp"), asvs("3.4.3"), asvs("3.6.1"), pci("6.4.3")];
    CSP_SCRIPT_HOST = "csp-script-host", Low,
        "scripts are trusted because of the host they come from",
        "allow scripts by hash or nonce, or name each file",
        [asvs("3.4.3"), pci("6.4.3")];
    CSP_UNSAFE_INLINE = "csp-unsafe-inline", High,
        "any inline script may run",
        "remove 'unsafe-inline' from the scripts' directive and allow inline scripts by hash or nonce",
        [microsoft("csp"), asvs("3.4.3"), owasp("Content-Security-Policy"), pci("6.4.3")];
    CSP_UNSAFE_EVAL = "csp-unsafe-eval", Medium,
        "strings may be run as code",
        "remove 'unsafe-eval'; WebAssembly needs only 'wasm-unsafe-eval', and so does the SDK since 1.5.0",
        [microsoft("csp"), asvs("3.4.3"), pci("6.4.3")];
    CSP_UNSAFE_HASHES = "csp-unsafe-hashes", Low,
        "hashes also allow event handlers and javascript: URLs",
        "move the handlers into scripts and remove 'unsafe-hashes'",
        [asvs("3.4.3")];
    CSP_STRICT_DYNAMIC = "csp-strict-dynamic", Low,
        "whatever a trusted script loads is trusted, and nothing checks its bytes",
        "remove 'strict-dynamic' and allow by hash what the page's scripts load",
        [microsoft("sri"), pci("6.4.3")];
    CSP_STRICT_DYNAMIC_ALONE = "csp-strict-dynamic-alone", Medium,
        "'strict-dynamic' without a nonce or hash lets no script of the page run",
        "add a nonce or hash, or remove 'strict-dynamic'",
        [microsoft("csp")];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() {
        return;
    }
    let list = &input.csp;
    in_every_policy(list, Code::CSP_SCRIPT_ANY, sink, |policy| {
        weak_sources(policy, ScriptSrcElem, is_of_anybody_or_data)
    });
    where_written(list, Code::CSP_SCRIPT_PUBLIC_HOST, sink, |policy| {
        weak_sources(policy, ScriptSrcElem, |source| match source {
            SourceExpression::Host(host) => is_public(host) && !is_of_anybody_or_data(source),
            _ => false,
        })
    });
    where_written(list, Code::CSP_SCRIPT_HOST, sink, |policy| {
        weak_sources(policy, ScriptSrcElem, |source| match source {
            SourceExpression::SelfOrigin => true,
            SourceExpression::Host(host) => {
                !is_file(host) && !is_public(host) && !is_of_anybody_or_data(source)
            }
            _ => is_of_page_memory(source),
        })
    });
    for name in [ScriptSrcElem, ScriptSrcAttr] {
        where_written(list, Code::CSP_UNSAFE_INLINE, sink, |policy| {
            weak_sources(policy, name, |source| is(source, Keyword::UnsafeInline))
        });
    }
    if list.allows_eval() {
        where_written(list, Code::CSP_UNSAFE_EVAL, sink, |policy| {
            weak_sources(policy, ScriptSrc, |source| {
                is(source, Keyword::UnsafeEval) || is(source, Keyword::TrustedTypesEval)
            })
        });
    }
    where_written(list, Code::CSP_UNSAFE_HASHES, sink, |policy| {
        weak_sources(policy, ScriptSrcAttr, |source| {
            is(source, Keyword::UnsafeHashes)
        })
    });
    if input.profile() == Profile::Liveness {
        where_written(list, Code::CSP_STRICT_DYNAMIC, sink, |policy| {
            weak_sources(policy, ScriptSrcElem, |source| {
                is(source, Keyword::StrictDynamic)
            })
        });
    }
    for (index, policy) in list.policies().iter().enumerate() {
        dynamic_alone(index, policy, sink);
    }
}

/// One such policy is enough to stop the page.
fn dynamic_alone(index: usize, policy: &EffectivePolicy, sink: &mut Sink) {
    let Some(directive) = policy.governing(ScriptSrcElem) else {
        return;
    };
    let sources = || directive.in_force(ScriptSrcElem);
    let names_a_script = |source: &SourceExpression| {
        matches!(
            source,
            SourceExpression::Nonce(_) | SourceExpression::Hash(_)
        )
    };
    if sources().any(|source| is(source, Keyword::StrictDynamic)) && !sources().any(names_a_script)
    {
        let subject = directive_of(index, directive.name());
        sink.find(
            Code::CSP_STRICT_DYNAMIC_ALONE,
            subject,
            "no nonce and no hash next to it",
        );
    }
}

fn is(source: &SourceExpression, keyword: Keyword) -> bool {
    *source == SourceExpression::Keyword(keyword)
}

/// `blob:` and `filesystem:`: what a script has written, or was made to write.
fn is_of_page_memory(source: &SourceExpression) -> bool {
    matches!(source, SourceExpression::Scheme(scheme)
        if matches!(scheme.scheme(), "blob" | "filesystem"))
}
