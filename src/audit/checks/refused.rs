//! What browsers refuse of a page before the SDK has begun: its own scripts, and text where Trusted
//! Types are required.

use std::collections::BTreeSet;

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::finding::shown;
use crate::audit::input::Input;
use crate::audit::loaded::{Loaded, loaded};
use crate::audit::loads::{What, of_page};
use crate::audit::sdk::{Sdk, SdkFile};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Response, Subject};
use crate::csp::{DirectiveName, EffectiveDirective, EffectivePolicy};
use crate::header::XContentTypeOptions;
use crate::html::{JAVASCRIPT, ScriptKind};
use crate::sdk::layout::FileKind;

codes! {
    SCRIPT_REFUSED = "script-refused", High,
        "browsers don't run what was sent as a script",
        "send the script itself, with status 200 and `Content-Type: text/javascript`",
        [asvs("4.1.1")];
    STYLE_REFUSED = "style-refused", Medium,
        "browsers don't apply what was sent as a style sheet",
        "send the style sheet itself, with status 200 and `Content-Type: text/css`",
        [asvs("4.1.1")];
    BLOCKS_SCRIPT = "blocks-script", High,
        "the policy blocks a script of the page",
        "allow exactly this URL, or the script's hash, in script-src",
        [microsoft("csp")];
    BLOCKS_TEXT = "blocks-text", High,
        "Trusted Types are required, and nothing lets the SDK load its engine by its URL",
        "compile the page with its guard, which holds the policy named `default`, and allow that name in trusted-types",
        [microsoft("csp")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if input.profile().is_page() {
        styles(input, sink);
    }
    // A script that is refused may be the one that names the SDK.
    if input.sdk.is_none() && input.profile() != Profile::Liveness {
        return;
    }
    let of_sdk = input.sdk.as_ref().map(Sdk::files).unwrap_or_default();
    types(input, &of_sdk, sink);
    if input.sdk.is_some() {
        scripts(input, &of_sdk, sink);
        text(input, sink);
    }
}

/// How a script is asked for, which decides what it has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Classic,
    Module,
}

/// What came for the scripts of the page, and for those that the SDK loads.
fn types(input: &Input<'_>, of_sdk: &[SdkFile], sink: &mut Sink) {
    let mut asked = Vec::new();
    for loaded in input.document.into_iter().flat_map(loaded) {
        match loaded.kind {
            "script" => asked.push((loaded.url, Kind::Classic)),
            "module" => asked.push((loaded.url, Kind::Module)),
            _ => {}
        }
    }
    for file in of_sdk {
        let kind = match file.kind {
            FileKind::Component => Kind::Module,
            FileKind::Engine(_) => Kind::Classic,
            _ => continue,
        };
        if asked.iter().all(|(url, _)| *url != file.url) {
            asked.push((file.url.clone(), kind));
        }
    }
    for (url, kind) in asked {
        let is_of_sdk = of_sdk.iter().any(|file| file.url == url);
        // A file of the SDK that isn't there is found as missing.
        let is_there =
            |file: &&Response| !is_of_sdk || file.status().is_success() && !file.is_html();
        let resource = input.resource(&url).filter(is_there);
        if let Some(why) = resource.and_then(|resource| refusal(resource, kind)) {
            sink.find(Code::SCRIPT_REFUSED, Subject::resource(&url), shown(&why));
        }
    }
}

/// Why browsers don't run it ([HTML, fetch a classic
/// script](https://html.spec.whatwg.org/multipage/webappapis.html#fetching-scripts), [Fetch, section
/// 3.6](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?)).
fn refusal(resource: &Response, kind: Kind) -> Option<String> {
    let status = resource.status();
    if !status.is_success() {
        return Some(format!("status {}", status.as_u16()));
    }
    let media_type = resource.media_type();
    let is_javascript = JAVASCRIPT.contains(&media_type.as_str());
    let nosniff = XContentTypeOptions::effective(resource.values(XContentTypeOptions::NAME));
    // HTML isn't blocked, but as a script it is a syntax error.
    let is_never = ["audio/", "image/", "video/", "text/csv", "text/html"]
        .iter()
        .any(|start| media_type.starts_with(start));
    let why = match kind {
        _ if is_javascript => return None,
        Kind::Module => "modules have to be JavaScript",
        Kind::Classic if nosniff.is_some() => "under nosniff scripts have to be JavaScript",
        Kind::Classic if is_never => "no script is of this type",
        Kind::Classic => return None,
    };
    Some(match &*media_type {
        "" => format!("no type: {why}"),
        media_type => format!("`{media_type}`: {why}"),
    })
}

/// What came for the style sheets of the page.
fn styles(input: &Input<'_>, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    let loaded = input.document.into_iter().flat_map(loaded);
    for url in loaded.filter(Loaded::is_style).map(|loaded| loaded.url) {
        if !seen.insert(url.to_string()) {
            continue;
        }
        let resource = input.context.resource(&url);
        let why = resource.and_then(|resource| refused_style(resource, input.response));
        if let Some(why) = why {
            sink.find(Code::STYLE_REFUSED, Subject::resource(&url), shown(&why));
        }
    }
}

/// Why browsers don't apply it ([HTML, the link type
/// `stylesheet`](https://html.spec.whatwg.org/multipage/links.html#link-type-stylesheet), [Fetch,
/// section
/// 3.7](https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?)).
/// Without a type it is taken, where nothing forbids that: so browsers do.
fn refused_style(resource: &Response, page: &Response) -> Option<String> {
    let status = resource.status();
    if !status.is_success() {
        return Some(format!("status {}", status.as_u16()));
    }
    let media_type = resource.media_type();
    let nosniff = XContentTypeOptions::effective(resource.values(XContentTypeOptions::NAME));
    // A page without a doctype takes anything of its own origin.
    let is_lax = || resource.origin() == page.origin() && !has_doctype(page);
    match &*media_type {
        "" if nosniff.is_some() => Some("no type, under nosniff".to_owned()),
        "text/css" | "" => None,
        media_type if nosniff.is_some() || !is_lax() => {
            Some(format!("`{media_type}`: style sheets have to be text/css"))
        }
        _ => None,
    }
}

/// Whether a doctype comes first, comments and white space aside.
fn has_doctype(page: &Response) -> bool {
    let mut rest = page.body().map(|body| &body[..]).unwrap_or_default();
    rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    loop {
        rest = rest.trim_ascii_start();
        let Some(comment) = rest.strip_prefix(b"<!--") else {
            let start = rest.get(..9).unwrap_or_default();
            return start.eq_ignore_ascii_case(b"<!doctype");
        };
        let end = comment.windows(3).position(|bytes| bytes == b"-->");
        let Some(after) = end.and_then(|end| comment.get(end + 3..)) else {
            return false;
        };
        rest = after;
    }
}

/// The page's own scripts, one of which brings the SDK.
fn scripts(input: &Input<'_>, of_sdk: &[SdkFile], sink: &mut Sink) {
    let Some(document) = input.document else {
        return;
    };
    let page = input.response.origin();
    for load in of_page(document) {
        let counts = match &load.what {
            // Those of others are extras more often than not.
            What::Script { url, .. } => {
                url.origin() == Some(page) && of_sdk.iter().all(|file| file.url != *url)
            }
            What::Inline { directive, .. } => *directive == DirectiveName::ScriptSrcElem,
            _ => false,
        };
        if !counts {
            continue;
        }
        for (index, policy) in input.csp.policies().iter().enumerate() {
            let policy = policy.without_sandbox();
            if !load.what.is_allowed(&policy, page) {
                let name = load.what.directive();
                let name = policy
                    .governing(name)
                    .map_or(name, EffectiveDirective::name);
                let found = format!("policy {}, {name}: {}", index + 1, load.what.shown());
                sink.find(Code::BLOCKS_SCRIPT, load.subject.clone(), found);
            }
        }
    }
}

/// The component gives the engine's URL to a script element as text.
fn text(input: &Input<'_>, sink: &mut Sink) {
    let policies = input.csp.policies();
    if !policies.iter().any(EffectivePolicy::requires_trusted_types) {
        return;
    }
    let subject = |index: usize, name: DirectiveName| Subject::Directive {
        policy: index + 1,
        name: name.as_str().to_owned(),
    };
    for (index, policy) in policies.iter().enumerate() {
        let name = DirectiveName::TrustedTypes;
        let names = policy.directive(name).map(EffectiveDirective::tokens);
        if names.is_some_and(|names| !names.iter().any(|own| own == "default" || own == "*")) {
            let found = "a policy named `default` may not be created";
            sink.find(Code::BLOCKS_TEXT, subject(index, name), found);
            return;
        }
    }
    match makes_default(input) {
        Some(true) => {}
        Some(false) => {
            let required = policies
                .iter()
                .position(EffectivePolicy::requires_trusted_types);
            let name = DirectiveName::RequireTrustedTypesFor;
            let found = "no script creates a policy named `default`";
            let subject = subject(required.unwrap_or_default(), name);
            sink.find(Code::BLOCKS_TEXT, subject, found);
        }
        None => sink.none_of(
            &[Code::BLOCKS_TEXT],
            "whether a script creates a policy named `default` for Trusted Types",
            "not every script of the page was read",
        ),
    }
}

/// Whether a script of the page makes the policy by which text becomes a script's URL; `None` where
/// none of those that were read does.
fn makes_default(input: &Input<'_>) -> Option<bool> {
    let document = input.document?;
    let mut is_complete = true;
    for script in document.named("script") {
        if script.script_kind() == ScriptKind::Data {
            continue;
        }
        let Some(url) = document.url(script, "src") else {
            if names_default(script.text.as_bytes()) {
                return Some(true);
            }
            continue;
        };
        match input.resource(&url).and_then(Response::body) {
            Some(body) if names_default(body) => return Some(true),
            Some(_) => {}
            None => is_complete = false,
        }
    }
    is_complete.then_some(false)
}

/// `createPolicy("default"`, in any quotes.
fn names_default(code: &[u8]) -> bool {
    const CALL: &[u8] = b"createPolicy";
    let quoted = [&b"\"default\""[..], b"'default'", b"`default`"];
    code.windows(CALL.len()).enumerate().any(|(at, window)| {
        window == CALL && {
            let rest = code.get(at + CALL.len()..).unwrap_or_default();
            let rest = rest.trim_ascii_start();
            let rest = rest.strip_prefix(b"?.").unwrap_or(rest);
            let argument = rest.strip_prefix(b"(").map(<[u8]>::trim_ascii_start);
            argument.is_some_and(|text| quoted.iter().any(|word| text.starts_with(word)))
        }
    })
}
