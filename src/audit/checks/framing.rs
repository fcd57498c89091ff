//! Who may put the page into a frame: `frame-ancestors` and `X-Frame-Options`.

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{DirectiveName, EffectiveDirective, HostPattern, SourceExpression};
use crate::header::{Framing, XFrameOptions};

codes! {
    FRAMING = "framing", High,
        "anybody may put the page into a frame",
        "send frame-ancestors 'none' in the Content-Security-Policy, or name who may frame the page",
        [microsoft("headers"), asvs("3.4.6"), owasp("Content-Security-Policy"), owasp("X-Frame-Options")];
    FRAMING_OLD_ONLY = "framing-old-only", Low,
        "only X-Frame-Options limits who may frame the page",
        "add frame-ancestors to the Content-Security-Policy",
        [asvs("3.4.6")];
    FRAMING_CONTRADICTION = "framing-contradiction", Low,
        "X-Frame-Options and frame-ancestors say different things",
        "derive both from one decision; leave X-Frame-Options out when another site may frame the page",
        [microsoft("headers")];
    X_FRAME_OPTIONS_DROPPED = "x-frame-options-dropped", Low,
        "browsers ignore X-Frame-Options",
        "write DENY or SAMEORIGIN",
        [microsoft("headers"), owasp("X-Frame-Options")];
    X_FRAME_OPTIONS_MISSING = "x-frame-options-missing", Note,
        "no X-Frame-Options for browsers without frame-ancestors",
        "send `X-Frame-Options: DENY`, or SAMEORIGIN where frame-ancestors is 'self'",
        [owasp("X-Frame-Options")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let header = || Subject::header(XFrameOptions::NAME);
    let old = XFrameOptions::effective(response.values(XFrameOptions::NAME));
    let sent = sent(response, XFrameOptions::NAME);
    if let (Some(value), Framing::Anyone) = (&sent, old) {
        sink.find(
            Code::X_FRAME_OPTIONS_DROPPED,
            header(),
            format!("`{value}` allows everybody"),
        );
    }
    // All policies must allow, so the strictest counts.
    let ancestors = input.csp.policies().iter().filter_map(|policy| {
        let directive = policy.directive(DirectiveName::FrameAncestors)?;
        Some(reach(directive))
    });
    let ancestors = ancestors.min();
    if !input.profile().is_page() {
        return;
    }
    match (ancestors, old) {
        (Some(Reach::Anybody), _) => {
            let subject = Subject::header(http::header::CONTENT_SECURITY_POLICY);
            let found = "frame-ancestors admits every host, and X-Frame-Options doesn't count when it is sent";
            sink.find(Code::FRAMING, subject, found);
        }
        (None, Framing::Anyone) => {
            let subject = Subject::header(http::header::CONTENT_SECURITY_POLICY);
            let found = "no frame-ancestors, and no X-Frame-Options that browsers obey";
            sink.find(Code::FRAMING, subject, found);
        }
        (None, _) => {
            let value = sent.unwrap_or_default();
            sink.find(Code::FRAMING_OLD_ONLY, header(), format!("`{value}`"));
        }
        (Some(Reach::Nobody | Reach::SameOrigin), Framing::Anyone) => {
            sink.find(Code::X_FRAME_OPTIONS_MISSING, header(), "not sent");
        }
        (Some(reach), old) => {
            let agree = matches!(
                (reach, old),
                (Reach::Nobody, Framing::Nobody)
                    | (Reach::SameOrigin, Framing::SameOrigin)
                    | (Reach::Named, Framing::Anyone)
            );
            if !agree {
                let value = sent.unwrap_or_default();
                let found = format!("`{value}`, and frame-ancestors {}", reach.as_str());
                sink.find(Code::FRAMING_CONTRADICTION, header(), found);
            }
        }
    }
}

/// Whom `frame-ancestors` admits, fewest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Nobody,
    SameOrigin,
    Named,
    Anybody,
}

impl Reach {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "admits nobody",
            Self::SameOrigin => "admits pages of the same origin",
            Self::Named => "names other sites",
            Self::Anybody => "admits everybody",
        }
    }
}

fn reach(directive: &EffectiveDirective) -> Reach {
    let of_source = |source: &SourceExpression| match source {
        SourceExpression::SelfOrigin => Reach::SameOrigin,
        SourceExpression::Any => Reach::Anybody,
        SourceExpression::Scheme(scheme) => match scheme.scheme() {
            "http" | "https" => Reach::Anybody,
            _ => Reach::Named,
        },
        SourceExpression::Host(host) => match host.host() {
            HostPattern::Any => Reach::Anybody,
            HostPattern::Subdomains(domain) if !domain.contains('.') => Reach::Anybody,
            _ => Reach::Named,
        },
        _ => Reach::Nobody,
    };
    let sources = directive.sources().iter();
    sources.map(of_source).max().unwrap_or(Reach::Nobody)
}
