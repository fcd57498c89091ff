//! `Connection-Allowlist`: does the browser keep the page's connections to the places it needs?

use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::finding::{shown, shown_url};
use crate::audit::input::{Input, sent};
use crate::audit::loads::{self, What};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::csp::DirectiveName;
use crate::header::{
    ConnectionAllowlist, ConnectionRule, ConnectionVerdict, EffectiveConnectionAllowlist,
};
use crate::url::Url;

codes! {
    ALLOWLIST_MISSING = "allowlist-missing", Low,
        "a script of the page can send what it knows anywhere, by a navigation or WebRTC",
        "send `Connection-Allowlist: (response-origin \"https://RESOURCE.cognitiveservices.azure.com\")` with the places that the page needs",
        [microsoft("headers")];
    ALLOWLIST_MALFORMED = "allowlist-malformed", Medium,
        "browsers read Connection-Allowlist differently than intended",
        "write one list, of `response-origin` and of URLs in quotes: `(response-origin \"https://api.example\")`",
        [microsoft("headers")];
    ALLOWLIST_WIDER = "allowlist-wider", Medium,
        "Connection-Allowlist allows more than the policy of the page",
        "name the origins that the page needs, and leave redirects and webrtc blocked",
        [microsoft("headers")];
    ALLOWLIST_NAVIGATION = "allowlist-navigation", Note,
        "Connection-Allowlist names an origin that the policy doesn't",
        "keep it if the page sends its visitor there, remove it otherwise",
        [];
    ALLOWLIST_BLOCKS = "allowlist-blocks", High,
        "Connection-Allowlist keeps the page from what the check needs",
        "name the page's own origin, `response-origin`, and the Face endpoint in it",
        [microsoft("headers")];
    ALLOWLIST_SILENT = "allowlist-silent", Low,
        "Connection-Allowlist-Report-Only reports to nobody",
        "name an endpoint of Reporting-Endpoints behind the brackets: `;report-to=visor`",
        [];
}

/// What a Content Security Policy says of the places that a page asks.
const ASKED: [DirectiveName; 11] = [
    DirectiveName::ScriptSrcElem,
    DirectiveName::StyleSrcElem,
    DirectiveName::ImgSrc,
    DirectiveName::ConnectSrc,
    DirectiveName::FontSrc,
    DirectiveName::MediaSrc,
    DirectiveName::ObjectSrc,
    DirectiveName::ManifestSrc,
    DirectiveName::FrameSrc,
    DirectiveName::WorkerSrc,
    DirectiveName::FormAction,
];

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() {
        return;
    }
    let of = |name| ConnectionAllowlist::effective(input.response.values(name));
    let enforced = of(ConnectionAllowlist::NAME);
    let reported = of(ConnectionAllowlist::REPORT_ONLY_NAME);
    if enforced.is_none() && input.profile() == Profile::Liveness {
        let found = if reported.is_some() {
            "only the form that reports is sent"
        } else {
            "not sent"
        };
        let subject = Subject::header(ConnectionAllowlist::NAME);
        sink.find(Code::ALLOWLIST_MISSING, subject, found);
    }
    for (name, read) in [
        (ConnectionAllowlist::NAME, &enforced),
        (ConnectionAllowlist::REPORT_ONLY_NAME, &reported),
    ] {
        if let Some(read) = read {
            let value = sent(input.response, &name).unwrap_or_default();
            malformed(read, &value, &Subject::header(&name), sink);
        }
    }
    if let Some(read) = &enforced {
        wider(input, read, sink);
        blocked(input, read, sink);
    }
    if reported.is_some_and(|read| read.endpoint().is_none()) {
        let subject = Subject::header(ConnectionAllowlist::REPORT_ONLY_NAME);
        sink.find(Code::ALLOWLIST_SILENT, subject, "no `report-to`");
    }
}

fn malformed(read: &EffectiveConnectionAllowlist, value: &str, subject: &Subject, sink: &mut Sink) {
    if let Some(error) = read.syntax_error() {
        let found = format!("`{value}` blocks every connection: {error}");
        sink.find(Code::ALLOWLIST_MALFORMED, subject.clone(), found);
    }
    for ignored in read.ignored() {
        let found = format!("skipped: {}", shown(ignored));
        sink.find(Code::ALLOWLIST_MALFORMED, subject.clone(), found);
    }
}

/// Places that no directive lets the page reach, and ways that have no place.
fn wider(input: &Input<'_>, read: &EffectiveConnectionAllowlist, sink: &mut Sink) {
    let subject = || Subject::header(ConnectionAllowlist::NAME);
    for (name, rule) in [("redirects", read.redirects()), ("webrtc", read.webrtc())] {
        if rule == ConnectionRule::Allow {
            let found = format!("`{name}` is allowed, and leads anywhere");
            sink.find(Code::ALLOWLIST_WIDER, subject(), found);
        }
    }
    // Without one there is nothing to compare with, and that is found by itself.
    if input.csp.is_empty() {
        return;
    }
    let origin = input.response.origin();
    let named = |url: &Url| {
        ASKED.into_iter().any(|name| {
            // What nothing governs is allowed, and named by nobody.
            let mut policies = input.csp.policies().iter();
            policies.any(|policy| policy.governing(name).is_some())
                && input.csp.allows_redirect_to(name, url, origin)
        })
    };
    for target in read.targets() {
        let text = shown(&target.to_string());
        match target.sample(origin) {
            Some(url) if url.origin() == Some(origin) || named(&url) => {}
            Some(_) if target.leaves_host_open() => {
                let found = format!("`{text}`, where no directive names such hosts");
                sink.find(Code::ALLOWLIST_WIDER, subject(), found);
            }
            Some(_) => {
                let found = format!("`{text}`");
                sink.find(Code::ALLOWLIST_NAVIGATION, subject(), found);
            }
            None => sink.none_of(
                &[Code::ALLOWLIST_WIDER],
                format!("whether `{text}` in Connection-Allowlist allows more than the policy"),
                "it has groups, names or a regular expression, which are not read here",
            ),
        }
    }
}

/// What the check can't do without: the scripts of its page, what the SDK fetches, the service.
fn blocked(input: &Input<'_>, read: &EffectiveConnectionAllowlist, sink: &mut Sink) {
    let mut asked: Vec<Url> = Vec::new();
    if input.sdk.is_some() {
        for load in loads::all(input, &input.csp) {
            match load.what {
                What::Script { url, .. } | What::Url(DirectiveName::ConnectSrc, url) => {
                    asked.push(url);
                }
                _ => {}
            }
        }
    } else if input.profile() == Profile::Liveness {
        // That profile is for the page with the SDK on it, also where only headers are known.
        asked.extend(input.context.endpoint.clone());
    }
    for url in asked {
        match read.allows(&url, input.response.origin()) {
            ConnectionVerdict::Allowed => {}
            ConnectionVerdict::Blocked => {
                let subject = Subject::header(ConnectionAllowlist::NAME);
                sink.find(Code::ALLOWLIST_BLOCKS, subject, shown_url(&url));
            }
            ConnectionVerdict::Unclear => sink.none_of(
                &[Code::ALLOWLIST_BLOCKS],
                format!("whether Connection-Allowlist allows {}", shown_url(&url)),
                "it has groups, names or a regular expression, which are not read here",
            ),
        }
    }
}
