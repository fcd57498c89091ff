//! What the page's address tells others: `Referrer-Policy` and the like.

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::{ReferrerPolicy, XDnsPrefetchControl, XPermittedCrossDomainPolicies};

codes! {
    REFERRER_MISSING = "referrer-missing", Low,
        "no Referrer-Policy",
        "send `Referrer-Policy: no-referrer`",
        [microsoft("headers"), asvs("3.4.5"), owasp("Referrer-Policy")];
    REFERRER_DROPPED = "referrer-dropped", Medium,
        "browsers drop Referrer-Policy",
        "send one word: no-referrer",
        [microsoft("headers"), asvs("3.4.5"), owasp("Referrer-Policy")];
    REFERRER_LEAKS = "referrer-leaks", Medium,
        "other sites learn where their visitors come from, also over HTTP",
        "send `Referrer-Policy: no-referrer`, or strict-origin-when-cross-origin where others need the host",
        [microsoft("headers"), asvs("3.4.5"), owasp("Referrer-Policy")];
    DNS_PREFETCH = "dns-prefetch", Note,
        "browsers look up the hosts of links before anybody follows them",
        "send `X-DNS-Prefetch-Control: off`",
        [owasp("X-DNS-Prefetch-Control")];
    CROSS_DOMAIN_POLICIES = "cross-domain-policies", Note,
        "policy files for Adobe's readers are not ruled out",
        "send `X-Permitted-Cross-Domain-Policies: none`",
        [owasp("X-Permitted-Cross-Domain-Policies")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    if input.profile().is_page() {
        referrer(input, sink);
        let name = XDnsPrefetchControl::NAME;
        if XDnsPrefetchControl::effective(response.values(&name)) != Some(XDnsPrefetchControl::Off)
        {
            let found = sent(response, &name).map_or("not sent".to_owned(), |on| format!("`{on}`"));
            sink.find(Code::DNS_PREFETCH, Subject::header(&name), found);
        }
    }
    let name = XPermittedCrossDomainPolicies::NAME;
    let effective = XPermittedCrossDomainPolicies::effective(response.values(&name));
    if !matches!(
        effective,
        Some(XPermittedCrossDomainPolicies::None | XPermittedCrossDomainPolicies::NoneThisResponse)
    ) {
        let found = sent(response, &name).map_or("not sent".to_owned(), |open| format!("`{open}`"));
        sink.find(Code::CROSS_DOMAIN_POLICIES, Subject::header(&name), found);
    }
}

fn referrer(input: &Input<'_>, sink: &mut Sink) {
    let name = ReferrerPolicy::NAME;
    let subject = Subject::header(&name);
    let value = sent(input.response, &name);
    match (
        ReferrerPolicy::effective(input.response.values(&name)),
        value,
    ) {
        (None, None) => sink.find(
            Code::REFERRER_MISSING,
            subject,
            "not sent; browsers give other sites the host",
        ),
        (None, Some(value)) => {
            let found = format!("browsers find no policy in `{value}`");
            sink.find(Code::REFERRER_DROPPED, subject, found);
        }
        (
            Some(
                leaking @ (ReferrerPolicy::UnsafeUrl
                | ReferrerPolicy::NoReferrerWhenDowngrade
                | ReferrerPolicy::OriginWhenCrossOrigin
                | ReferrerPolicy::Origin),
            ),
            _,
        ) => sink.find(Code::REFERRER_LEAKS, subject, format!("`{leaking}`")),
        (Some(_), _) => {}
    }
}
