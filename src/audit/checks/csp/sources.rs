//! Sources that are no use, or that an attacker on the way can answer for.

use super::weakness::{directive_of, shown_source};
use crate::audit::Code;
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::csp::{
    DirectiveName, EffectiveDirective, EffectivePolicy, HostPattern, HostSource, SourceExpression,
    directive_without_semicolon, is_unquoted_keyword,
};
use crate::url::is_loopback;

codes! {
    CSP_HTTP_ACTIVE = "csp-http-active", Medium,
        "code, frames or data may come without TLS",
        "write https:// or wss://",
        [microsoft("https"), asvs("12.2.1")];
    CSP_HTTP_PASSIVE = "csp-http-passive", Low,
        "pictures, audio or video may come without TLS",
        "write https://",
        [microsoft("https"), asvs("12.2.1")];
    CSP_IP_SOURCE = "csp-ip-source", Note,
        "an IP address in a policy",
        "name the host; 127.0.0.1 is the only IP address that the standard lets match",
        [];
    CSP_UNQUOTED = "csp-unquoted", Medium,
        "a keyword without its quotes is read as a host",
        "put the word into single quotes",
        [microsoft("csp")];
    CSP_SEMICOLON = "csp-semicolon", Medium,
        "a directive is read as a value of the one before it",
        "write a `;` before it",
        [microsoft("csp")];
    CSP_HASH_LENGTH = "csp-hash-length", Medium,
        "a hash of the wrong length allows nothing, and still cancels 'unsafe-inline'",
        "write the whole digest in base64: 44 characters for sha256, 64 for sha384, 88 for sha512",
        [microsoft("sri")];
}

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    let own = input.response.origin().host().as_str();
    for (index, policy) in input.csp.policies().iter().enumerate() {
        for directive in policy.directives() {
            let mut find = |code, found: String| {
                sink.find(code, directive_of(index, directive.name()), found);
            };
            for source in directive.sources() {
                match source {
                    SourceExpression::Host(host) => {
                        of_host(host, own, &mut find);
                    }
                    SourceExpression::Hash(hash) if hash.digest().is_none() => {
                        let found = format!(
                            "`{}` is {} bytes long",
                            shown_source(source),
                            hash.as_bytes().len()
                        );
                        find(Code::CSP_HASH_LENGTH, found);
                    }
                    _ => {}
                }
                if is_without_tls(source) && !upgrades(policy) {
                    find(
                        of_transport(directive),
                        format!("`{}`", shown_source(source)),
                    );
                }
            }
            for token in directive.tokens() {
                if directive_without_semicolon(token).is_some() {
                    find(Code::CSP_SEMICOLON, format!("`{}`", shown(token)));
                }
            }
        }
    }
    // What the reader dropped can be a directive, too: `report-to x script-src`.
    for (before, list, _) in input.lists() {
        for dropped in list.dropped() {
            if let Some(name) = dropped.directive
                && directive_without_semicolon(&dropped.text).is_some()
            {
                let policy = super::dropped::policy_of(list, dropped).unwrap_or_default();
                let found = format!("`{}`", shown(&dropped.text));
                sink.find(
                    Code::CSP_SEMICOLON,
                    directive_of(before + policy, name),
                    found,
                );
            }
        }
    }
}

fn of_host(host: &HostSource, own: &str, find: &mut impl FnMut(Code, String)) {
    let text = host.to_string();
    let shown = shown(&text);
    if is_unquoted_keyword(&text) {
        find(Code::CSP_UNQUOTED, format!("`{shown}`"));
    } else if directive_without_semicolon(&text).is_some() {
        find(Code::CSP_SEMICOLON, format!("`{shown}`"));
    } else if host.is_ip() && !matches!(host.host(), HostPattern::Exact(name) if name == own) {
        // Of what is asked for by its address, that is the one name.
        find(Code::CSP_IP_SOURCE, format!("`{shown}`"));
    }
}

/// `http:`, and hosts by `http` or `ws` other than this very machine.
fn is_without_tls(source: &SourceExpression) -> bool {
    let is_plain = |scheme: &str| matches!(scheme, "http" | "ws" | "ftp");
    match source {
        SourceExpression::Scheme(scheme) => is_plain(scheme.scheme()),
        SourceExpression::Host(host) => {
            let is_local = matches!(host.host(), HostPattern::Exact(name) if is_loopback(name));
            host.scheme().is_some_and(is_plain) && !is_local
        }
        _ => false,
    }
}

/// Whether browsers fetch `http:` as `https:`, so that such a source stands for both.
fn upgrades(policy: &EffectivePolicy) -> bool {
    policy
        .directive(DirectiveName::UpgradeInsecureRequests)
        .is_some()
}

fn of_transport(directive: &EffectiveDirective) -> Code {
    match directive.name() {
        DirectiveName::ImgSrc | DirectiveName::MediaSrc => Code::CSP_HTTP_PASSIVE,
        _ => Code::CSP_HTTP_ACTIVE,
    }
}
