//! What in a page's HTML stands against a strict policy, or weakens it.

use super::Input;
use super::integrity::subject;
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::finding::{Sink, shown, shown_url};
use crate::audit::{Code, Profile, Subject};
use crate::html::{URL_ATTRIBUTES, is_code, is_handler};

codes! {
    INLINE_HANDLER = "inline-handler", Low,
        "an event handler in an attribute: only a policy with holes lets it run",
        "set the handler in a script file with `addEventListener`",
        [microsoft("csp"), asvs("3.4.3")];
    JAVASCRIPT_URL = "javascript-url", Low,
        "a `javascript:` URL: only a policy with holes lets it run",
        "use a button and a handler in a script file",
        [microsoft("csp"), asvs("3.4.3")];
    META_POLICY = "meta-policy", Note,
        "a Content-Security-Policy in a `meta` element: it knows no frame-ancestors and no reports",
        "send the policy in the header",
        [microsoft("csp"), asvs("3.4.3")];
    BASE_ELEMENT = "base-element", Low,
        "a `<base>` element: whoever can write one decides where all scripts come from",
        "use absolute paths, and send `base-uri 'none'`",
        [asvs("3.4.3")];
    MIXED_CONTENT = "mixed-content", Medium,
        "a page over HTTPS loads something over HTTP",
        "load it over HTTPS, from your own origin where you can",
        [microsoft("https"), asvs("12.2.1")];
    FRAME_WITHOUT_CAMERA = "frame-without-camera", Medium,
        "a frame of another origin gets no camera",
        "add `allow=\"camera\"` to the frame that shows the liveness check, and only to that one",
        [microsoft("headers")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let Some(document) = &input.document else {
        return;
    };
    if !document.meta.policies().is_empty() || !document.meta.dropped().is_empty() {
        let found = document.meta.to_string();
        let subject = document
            .named("meta")
            .find(|meta| meta.value("http-equiv").is_some())
            .map_or(Subject::Response, subject);
        sink.find(Code::META_POLICY, subject, shown(&found));
    }
    let is_https = input.response.is_https();
    for element in &document.elements {
        for (name, value) in element.attributes() {
            if is_handler(name) {
                let found = format!("{name}=\"{}\"", shown(value));
                sink.find(Code::INLINE_HANDLER, subject(element), found);
            } else if URL_ATTRIBUTES.contains(&name) && is_code(value.as_bytes()) {
                let found = format!("{name}=\"{}\"", shown(value));
                sink.find(Code::JAVASCRIPT_URL, subject(element), found);
            }
        }
        let loads = match element.name.as_str() {
            "script" | "img" | "iframe" | "audio" | "video" | "source" | "embed" => "src",
            "link" if !element.rel("canonical") && !element.rel("alternate") => "href",
            "form" => "action",
            _ => continue,
        };
        if let Some(url) = document.url(element, loads)
            && is_https
            && url.scheme() == "http"
        {
            sink.find(Code::MIXED_CONTENT, subject(element), shown_url(&url));
        }
    }
    if let Some(base) = document
        .named("base")
        .find(|base| base.value("href").is_some())
    {
        let found = shown(base.value("href").unwrap_or_default());
        sink.find(Code::BASE_ELEMENT, subject(base), found);
    }
    // On a page without the SDK the check may be in a frame; on one with it frames are others.
    if input.profile() == Profile::Liveness && !super::sdk::is_on(input) {
        for frame in document.named("iframe") {
            let Some(url) = document.url(frame, "src") else {
                continue;
            };
            let allows = frame.value("allow").unwrap_or_default();
            let has_camera = allows.split(';').any(|item| {
                item.split_ascii_whitespace().next() == Some("camera") && !item.contains("'none'")
            });
            if url.origin() != Some(input.response.origin()) && !has_camera {
                let found = shown_url(&url);
                sink.find(Code::FRAME_WITHOUT_CAMERA, subject(frame), found);
            }
        }
    }
}
