//! Where a Content Security Policy lets the page load from and send to.

use super::public_hosts::is_of_tenants;
use super::weakness::{
    Weakness, directive_of, in_every_policy, is_moot, is_of_anybody, is_of_anybody_or_data,
    shown_source, weak_sources, where_written,
};
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile};
use crate::csp::DirectiveName::{
    BaseUri, ConnectSrc, DefaultSrc, FontSrc, FormAction, FrameSrc, ImgSrc, ManifestSrc, MediaSrc,
    ObjectSrc, StyleSrcAttr, StyleSrcElem,
};
use crate::csp::{EffectiveDirective, EffectivePolicy, Keyword, PolicyList, SourceExpression};
use crate::url::{Host, Url};

codes! {
    CSP_DEFAULT_SRC = "csp-default-src", Medium,
        "what the policy doesn't name is allowed",
        "begin the policy with default-src 'none'",
        [microsoft("csp"), owasp("Content-Security-Policy")];
    CSP_OBJECT = "csp-object", Medium,
        "documents and plug-ins may be embedded by object elements",
        "send object-src 'none', or default-src 'none'",
        [asvs("3.4.3"), owasp("Content-Security-Policy")];
    CSP_BASE_URI = "csp-base-uri", Medium,
        "an injected base element may move every relative URL of the page",
        "send base-uri 'none'",
        [asvs("3.4.3"), owasp("Content-Security-Policy")];
    CSP_BASE_URI_SELF = "csp-base-uri-self", Note,
        "a base element may name other folders of the page's own host",
        "send base-uri 'none', unless the page has a base element of its own",
        [asvs("3.4.3")];
    CSP_FORM_ACTION = "csp-form-action", Medium,
        "forms may be sent to anybody",
        "send form-action 'none', or name where the page's forms go",
        [microsoft("csp"), owasp("Content-Security-Policy")];
    CSP_CONNECT_ANY = "csp-connect-any", Medium,
        "scripts may send data to anybody",
        "name in connect-src each host that the page talks to",
        [microsoft("csp"), microsoft("traffic")];
    CSP_CONNECT_AZURE = "csp-connect-azure", High,
        "the session token may be sent to the Azure resources of strangers",
        "name the one Face resource in connect-src, for example `https://contoso.cognitiveservices.azure.com`",
        [microsoft("csp"), microsoft("traffic")];
    CSP_FETCH_ANY = "csp-fetch-any", Low,
        "anybody's pictures, styles, fonts or frames may be loaded",
        "name the hosts that are needed",
        [microsoft("csp")];
    CSP_WILDCARD_HOST = "csp-wildcard-host", Low,
        "every host below a domain is allowed",
        "name the hosts that are needed",
        [microsoft("csp")];
    CSP_STYLE_INLINE = "csp-style-inline", Low,
        "any inline style may be applied",
        "allow inline styles by hash and remove 'unsafe-inline'",
        [asvs("3.4.3"), owasp("Content-Security-Policy")];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() {
        return;
    }
    let list = &input.csp;
    in_every_policy(list, Code::CSP_DEFAULT_SRC, sink, |policy| {
        weak_sources(policy, DefaultSrc, is_of_anybody_or_data)
    });
    in_every_policy(list, Code::CSP_OBJECT, sink, |policy| {
        weak_sources(policy, ObjectSrc, |_| true)
    });
    in_every_policy(list, Code::CSP_BASE_URI, sink, |policy| {
        weak_sources(policy, BaseUri, is_of_anybody_or_data)
    });
    in_every_policy(list, Code::CSP_FORM_ACTION, sink, |policy| {
        weak_sources(policy, FormAction, is_of_anybody_or_data)
    });
    in_every_policy(list, Code::CSP_CONNECT_ANY, sink, |policy| {
        weak_sources(policy, ConnectSrc, is_of_anybody)
    });
    for name in [
        StyleSrcElem,
        ImgSrc,
        FontSrc,
        MediaSrc,
        ManifestSrc,
        FrameSrc,
    ] {
        where_written(list, Code::CSP_FETCH_ANY, sink, |policy| {
            let is_default = |policy: &EffectivePolicy| {
                let directive = policy.governing(name);
                directive.is_some_and(|directive| directive.name() == DefaultSrc)
            };
            let weak = weak_sources(policy, name, is_of_anybody);
            // A wide default-src is found by itself.
            if is_default(policy) && !weak.is_empty() {
                return vec![Weakness::Missing(name)];
            }
            weak
        });
    }
    for name in [StyleSrcElem, StyleSrcAttr] {
        where_written(list, Code::CSP_STYLE_INLINE, sink, |policy| {
            weak_sources(policy, name, |source| {
                *source == SourceExpression::Keyword(Keyword::UnsafeInline)
            })
        });
    }
    wildcards(list, sink);
    if input.profile() == Profile::Liveness {
        liveness(input, sink);
    }
}

fn wildcards(list: &PolicyList, sink: &mut Sink) {
    for (index, policy) in list.policies().iter().enumerate() {
        for directive in policy.directives() {
            for source in directive.in_force(directive.name()) {
                if let SourceExpression::Host(host) = source
                    && host.is_wildcard()
                    && !is_of_anybody(source)
                {
                    let shared = if is_of_tenants(host) {
                        ", below which strangers have hosts"
                    } else {
                        ""
                    };
                    let found = format!("`{}`{shared}", shown_source(source));
                    let subject = directive_of(index, directive.name());
                    sink.find(Code::CSP_WILDCARD_HOST, subject, found);
                }
            }
        }
    }
}

fn liveness(input: &Input<'_>, sink: &mut Sink) {
    in_every_policy(&input.csp, Code::CSP_BASE_URI_SELF, sink, |policy| {
        // A missing one is found as worse.
        match policy.directive(BaseUri) {
            None => Vec::new(),
            Some(_) => weak_sources(policy, BaseUri, |source| !is_of_anybody_or_data(source)),
        }
    });
    if input
        .csp
        .policies()
        .iter()
        .any(|policy| is_moot(policy, ConnectSrc))
    {
        return;
    }
    // Whoever registers a resource has such a host. It is asked, not looked for in the text, so
    // that a path, a port or a second policy counts.
    let strangers = [
        "https://a-resource-that-is-not-yours.cognitiveservices.azure.com/face/v1.2/session/start",
        "https://a-resource-that-is-not-yours.api.cognitive.microsoft.com/face/v1.2/session/start",
        "https://a-resource-that-is-not-yours.api.cognitive.microsoft.us/face/v1.2/session/start",
    ];
    let origin = input.response.origin();
    for url in strangers {
        let Ok(url) = Url::effective(url) else {
            continue;
        };
        if !input.csp.allows_url(ConnectSrc, &url, origin) {
            continue;
        }
        for (index, policy) in input.csp.policies().iter().enumerate() {
            let name = policy.governing(ConnectSrc).map(EffectiveDirective::name);
            let host = url.host().map(Host::as_str).unwrap_or_default();
            let found = format!("`{host}` is allowed, whoever it belongs to");
            let subject = directive_of(index, name.unwrap_or(ConnectSrc));
            sink.find(Code::CSP_CONNECT_AZURE, subject, found);
        }
    }
}
