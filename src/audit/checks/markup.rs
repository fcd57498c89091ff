//! What in a page's HTML stands against a strict policy, or weakens it.

use super::runs::gives_camera;
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::finding::{shown, shown_url};
use crate::audit::html::Document;
use crate::audit::input::Input;
use crate::audit::loads::{Load, of_page};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::csp::{DirectiveName, PolicyList};
use crate::html::{URL_ATTRIBUTES, is_code, is_handler};

codes! {
    INLINE_HANDLER = "inline-handler", Low,
        "an event handler in an attribute: only a weak policy lets it run",
        "set the handler in a script file with `addEventListener`",
        [microsoft("csp"), asvs("3.4.3")];
    JAVASCRIPT_URL = "javascript-url", Low,
        "a `javascript:` URL: only a weak policy lets it run",
        "use a button and a handler in a script file",
        [microsoft("csp"), asvs("3.4.3")];
    META_POLICY = "meta-policy", Note,
        "a Content-Security-Policy in a `meta` element, where frame-ancestors and reports don't work",
        "send the policy in the header",
        [microsoft("csp"), asvs("3.4.3")];
    META_POLICY_ONLY = "meta-policy-only", Medium,
        "the only Content-Security-Policy is in a `meta` element",
        "send the policy in the header, with frame-ancestors, and on errors and redirects as well",
        [microsoft("csp"), asvs("3.4.3")];
    META_POLICY_LATE = "meta-policy-late", Low,
        "a policy in a `meta` element comes after what it should govern",
        "send the policy in the header; until then put the element first in `<head>`, after the charset",
        [microsoft("csp"), asvs("3.4.3")];
    META_IGNORED = "meta-ignored", Medium,
        "browsers ignore a `meta` element that was meant to protect",
        "send it as a header",
        [microsoft("headers")];
    BASE_ELEMENT = "base-element", Low,
        "a `<base>` element: whoever can write one decides where all scripts come from",
        "use absolute paths, and send `base-uri 'none'`",
        [asvs("3.4.3")];
    MIXED_CONTENT = "mixed-content", Medium,
        "a page over HTTPS loads something over HTTP",
        "load it over HTTPS, from your own origin where you can",
        [microsoft("https"), asvs("12.2.1")];
    FRAME_WITHOUT_CAMERA = "frame-without-camera", Medium,
        "a frame gets no camera",
        "add `allow=\"camera\"` to the frame that shows the liveness check, and only to that one",
        [microsoft("headers")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let Some(document) = input.document else {
        return;
    };
    for element in &document.elements {
        for (name, value) in element.attributes() {
            if is_handler(name) {
                let found = format!("{name}=\"{}\"", shown(value));
                sink.find(Code::INLINE_HANDLER, element.subject(), found);
            } else if URL_ATTRIBUTES.contains(&name) && is_code(value.as_bytes()) {
                let found = format!("{name}=\"{}\"", shown(value));
                sink.find(Code::JAVASCRIPT_URL, element.subject(), found);
            }
        }
    }
    let loads = of_page(document);
    for load in &loads {
        if let (Some(url), true) = (load.what.content(), input.response.is_https())
            && url.scheme() == "http"
        {
            sink.find(Code::MIXED_CONTENT, load.subject.clone(), shown_url(url));
        }
    }
    metas(input, document, &loads, sink);
    if let Some(base) = document
        .named("base")
        .find(|base| base.value("href").is_some())
    {
        let found = shown(base.value("href").unwrap_or_default());
        sink.find(Code::BASE_ELEMENT, base.subject(), found);
    }
    // On a page without the SDK the check may be in a frame; on one with it frames are others.
    if input.profile() == Profile::Liveness && input.sdk.is_none() {
        for frame in document.named("iframe") {
            let Some(url) = document.url(frame, "src") else {
                continue;
            };
            if !gives_camera(frame, &url, input.response.origin()) {
                let found = shown_url(&url);
                sink.find(Code::FRAME_WITHOUT_CAMERA, frame.subject(), found);
            }
        }
    }
}

/// What is in `meta` elements and not in headers.
fn metas(input: &Input<'_>, document: &Document, loads: &[Load], sink: &mut Sink) {
    for (index, reason) in &document.ignored_metas {
        if let Some(meta) = document.elements.get(*index) {
            let name = meta.value("http-equiv").unwrap_or_default();
            sink.find(
                Code::META_IGNORED,
                meta.subject(),
                format!("`{}`: {reason}", shown(name)),
            );
        }
    }
    if document.unread_metas > 0 {
        let what = format!("{} more policies in `meta` elements", document.unread_metas);
        sink.not_checked(what, "a page needs one; the first ones are read");
    }
    for meta in &document.metas {
        let (Some(element), policies) = (document.elements.get(meta.element), &meta.policies)
        else {
            continue;
        };
        // With none in the header it is found as worse.
        if !input.header_csp.is_empty() {
            sink.find(
                Code::META_POLICY,
                element.subject(),
                shown(&policies.to_string()),
            );
        }
        let place = (element.place.line, element.place.column);
        let mut early: Vec<_> = loads
            .iter()
            .filter_map(|load| match &load.subject {
                Subject::Element { line, column, .. } => Some(((*line, *column), load)),
                _ => None,
            })
            .filter(|(before, load)| *before < place && is_governed(policies, load))
            .collect();
        early.sort_by_key(|(before, _)| *before);
        if let [(_, first), more @ ..] = &early[..] {
            let more = match more.len() {
                0 => String::new(),
                count => format!(", and {count} more"),
            };
            let found = format!("{} comes before it{more}", first.subject);
            sink.find(Code::META_POLICY_LATE, element.subject(), found);
        }
    }
}

/// Whether a policy decides about it, and it is code, a style, or a base for them.
fn is_governed(policies: &PolicyList, load: &Load) -> bool {
    let name = load.what.directive();
    let counts = matches!(
        name,
        DirectiveName::BaseUri
            | DirectiveName::ScriptSrcAttr
            | DirectiveName::ScriptSrcElem
            | DirectiveName::StyleSrcElem
    );
    let policies = policies.policies();
    counts
        && policies
            .iter()
            .any(|policy| policy.governing(name).is_some())
}
