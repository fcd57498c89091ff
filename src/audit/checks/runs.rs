//! Would the SDK run? What stops it is what the component calls "Unexpected".

use super::csp::dropped::policy_of;
use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::finding::{shown, shown_url};
use crate::audit::html::Element;
use crate::audit::input::Input;
use crate::audit::loaded::loaded;
use crate::audit::loads::{self, Load, What};
use crate::audit::sdk::{Sdk, SdkFile};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Response, Subject};
use crate::csp::{DirectiveName, EffectiveDirective, Keyword, SandboxToken, SourceExpression};
use crate::header::{CrossOriginEmbedderPolicy, CrossOriginResourcePolicy, EmbedderPolicy};
use crate::sdk::layout::{Engine, FileKind};
use crate::url::{Origin, Url};

codes! {
    INSECURE_CONTEXT = "insecure-context", High,
        "browsers give no camera to a page over HTTP",
        "serve the page over HTTPS; without it only localhost and addresses of this machine (127.0.0.1, say) work",
        [microsoft("https")];
    SANDBOX_BLOCKS = "sandbox-blocks", High,
        "a sandbox keeps the page from running the SDK",
        "write `sandbox allow-scripts allow-same-origin`, or leave sandbox out",
        [microsoft("csp")];
    BLOCKS_EVAL = "blocks-eval", High,
        "the policy keeps the engine from starting: this version needs 'unsafe-eval'",
        "update the SDK to 1.5.0 or newer; until then give its own page `'unsafe-eval'` in script-src",
        [microsoft("csp")];
    BLOCKS_WASM = "blocks-wasm", High,
        "the policy keeps the engine from starting: WebAssembly is not allowed",
        "add `'wasm-unsafe-eval'` to script-src",
        [microsoft("csp")];
    BLOCKS_ENGINE = "blocks-engine", High,
        "the policy blocks a script of the SDK",
        "allow exactly this URL, or its hash together with the guard, in script-src",
        [microsoft("csp")];
    BLOCKS_CONNECT = "blocks-connect", High,
        "the policy keeps the SDK from fetching what it needs",
        "add exactly this URL to connect-src",
        [microsoft("csp")];
    BLOCKS_STYLE = "blocks-style", Low,
        "the policy blocks a style of the SDK: the check works, unstyled",
        "add the style's hash to style-src; the pins hold it",
        [microsoft("csp")];
    BLOCKS_IMAGE = "blocks-image", Low,
        "the policy blocks a picture of the SDK: the check works without its hints",
        "add exactly this URL, or the folder of the pictures, to img-src",
        [microsoft("csp")];
    BASE_PATH = "base-path", High,
        "the SDK looks for its assets in the wrong folder",
        "serve `facelivenessdetector-assets/` next to the page: it is looked up relative to the document, not to the component",
        [microsoft("sri")];
    COEP_BLOCKS = "coep-blocks", Medium,
        "Cross-Origin-Embedder-Policy blocks something that the page loads",
        "have that server send `Cross-Origin-Resource-Policy: cross-origin`, or load it with `crossorigin`",
        [microsoft("headers")];
}

/// What a sandbox takes from the page that runs the SDK, and what comes of that.
const SANDBOXED: [(SandboxToken, &str); 2] = [
    (
        SandboxToken::AllowScripts,
        "no `allow-scripts`: no script runs",
    ),
    (
        SandboxToken::AllowSameOrigin,
        "no `allow-same-origin`: to its own server the page is a stranger, so modules, fetched files and storage fail",
    ),
];

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    embedder(input, sink);
    sandbox(input, sink);
    let policies = &input.csp;
    let loads = match &input.sdk {
        Some(_) => loads::of_sdk(input, policies),
        // That profile is for the page with the SDK on it, also where only headers are known.
        None if input.profile() == Profile::Liveness => vec![loads::compiling(input, policies)],
        None => return,
    };
    for load in loads {
        blocked(input, &load, sink);
    }
    eval_turned_off(input, sink);
    let Some(sdk) = &input.sdk else {
        return;
    };
    if input.context.endpoint.is_none() {
        let why = "the Face endpoint was not given";
        let what = "whether connect-src lets the SDK reach its service";
        sink.none_of(&[Code::BLOCKS_CONNECT], what, why);
    }
    if !input.response.is_https() && !input.response.origin().host().is_loopback() {
        let url = input.response.place();
        sink.find(Code::INSECURE_CONTEXT, Subject::Response, url);
    }
    base(input, sdk, sink);
}

/// The sandboxes of the page's own policies, and those of the frames that may show the check.
fn sandbox(input: &Input<'_>, sink: &mut Sink) {
    if input.sdk.is_none() && input.profile() != Profile::Liveness {
        return;
    }
    for (index, policy) in input.csp.policies().iter().enumerate() {
        for (token, found) in SANDBOXED {
            if policy.sandbox_forbids(token) {
                let subject = Subject::Directive {
                    policy: index + 1,
                    name: DirectiveName::Sandbox.as_str().to_owned(),
                };
                sink.find(Code::SANDBOX_BLOCKS, subject, found);
            }
        }
    }
    let Some(document) = input.document.filter(|_| input.sdk.is_none()) else {
        return;
    };
    for frame in document.named("iframe").filter(|frame| {
        let url = document.url(frame, "src");
        url.is_some_and(|url| gives_camera(frame, &url, input.response.origin()))
    }) {
        let Some(tokens) = frame.value("sandbox") else {
            continue;
        };
        for (token, found) in SANDBOXED {
            let mut tokens = tokens.split_ascii_whitespace();
            if !tokens.any(|own| own.eq_ignore_ascii_case(token.as_str())) {
                sink.find(Code::SANDBOX_BLOCKS, frame.subject(), found);
            }
        }
    }
}

/// Whether a frame has the camera: those of the page's own origin have what the page has, unless
/// `allow` says otherwise.
pub(super) fn gives_camera(frame: &Element, url: &Url, page: &Origin) -> bool {
    let allows = frame.value("allow").unwrap_or_default();
    let mut camera = allows
        .split(';')
        .filter(|item| item.split_ascii_whitespace().next() == Some("camera"));
    camera
        .next()
        .map_or(url.origin() == Some(page), |item| !item.contains("'none'"))
}

/// What policies keep the SDK from, each policy by itself.
fn blocked(input: &Input<'_>, load: &Load, sink: &mut Sink) {
    let code = match &load.what {
        What::Script { .. } => Code::BLOCKS_ENGINE,
        What::Url(DirectiveName::ConnectSrc, _) => Code::BLOCKS_CONNECT,
        What::Style(..) => Code::BLOCKS_STYLE,
        What::Wasm => Code::BLOCKS_WASM,
        What::Eval => Code::BLOCKS_EVAL,
        What::Url(DirectiveName::ImgSrc, _) => Code::BLOCKS_IMAGE,
        What::Url(..) | What::Inline { .. } => return,
    };
    let found = match &load.what {
        What::Wasm => "no 'wasm-unsafe-eval'".to_owned(),
        What::Eval => "no 'unsafe-eval'".to_owned(),
        what => what.shown(),
    };
    for (index, policy) in input.csp.policies().iter().enumerate() {
        let sources = policy.without_sandbox();
        if load.what.is_allowed(&sources, input.response.origin()) {
            continue;
        }
        let name = load.what.directive();
        let governing = policy
            .governing(name)
            .map_or(name, EffectiveDirective::name);
        let subject = Subject::Directive {
            policy: index + 1,
            name: governing.as_str().to_owned(),
        };
        sink.find(code, subject, found.clone());
    }
}

/// Beside an `'eval-sha256-...'` Chromium takes `'unsafe-eval'` for nothing (measured in 156).
fn eval_turned_off(input: &Input<'_>, sink: &mut Sink) {
    if !loads::needs_eval(input) {
        return;
    }
    let unsafe_eval = SourceExpression::Keyword(Keyword::UnsafeEval);
    for (before, list, _) in input.lists() {
        let hashes = list.dropped().iter().filter(|dropped| {
            let text = dropped.text.to_ascii_lowercase();
            text.starts_with("'eval-sha")
        });
        for dropped in hashes {
            let index = policy_of(list, dropped);
            let governing = index
                .and_then(|index| list.policies()[index].governing(DirectiveName::ScriptSrc))
                .filter(|governing| {
                    dropped.directive == Some(governing.name())
                        && governing.sources().contains(&unsafe_eval)
                });
            if let (Some(index), Some(governing)) = (index, governing) {
                let subject = Subject::Directive {
                    policy: before + index + 1,
                    name: governing.name().as_str().to_owned(),
                };
                let hash = shown(&dropped.text);
                let found = format!("`{hash}`, because of which Chromium ignores 'unsafe-eval'");
                sink.find(Code::BLOCKS_EVAL, subject, found);
            }
        }
    }
}

/// The assets are beside the component, and not where the SDK looks for them.
fn base(input: &Input<'_>, sdk: &Sdk<'_>, sink: &mut Sink) {
    let files = sdk.files();
    let is_component = |file: &&SdkFile| file.kind == FileKind::Component;
    let Some(SdkFile { url: component, .. }) = files.iter().find(is_component) else {
        return;
    };
    let engine = sdk.layout.engine_script(Engine::Plain);
    let (Ok(looked_up), Ok(beside)) = (sdk.base.join(&engine), component.join(&engine)) else {
        return;
    };
    let is_missing = |url: &Url| {
        let seen = input.resource(url);
        seen.is_some_and(|seen| !seen.status().is_success() || seen.is_html())
    };
    if looked_up != beside && is_missing(&looked_up) {
        let subject = Subject::Resource {
            url: looked_up.to_string(),
        };
        let found = format!("asked for {looked_up}; the component is {component}");
        sink.find(Code::BASE_PATH, subject, shown(&found));
    }
}

fn embedder(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let policy =
        CrossOriginEmbedderPolicy::effective(response.values(CrossOriginEmbedderPolicy::NAME));
    let (Some(document), EmbedderPolicy::RequireCorp) = (input.document, policy.value()) else {
        return;
    };
    for loaded in loaded(document) {
        let is_foreign = loaded.url.origin() != Some(response.origin());
        let is_cors = loaded.element.value("crossorigin").is_some() || loaded.kind == "module";
        let Some(resource) = input
            .resource(&loaded.url)
            .filter(|_| is_foreign && !is_cors)
        else {
            continue;
        };
        if !is_shared(resource) {
            let url = shown_url(&loaded.url);
            sink.find(Code::COEP_BLOCKS, loaded.subject(), url);
        }
    }
}

fn is_shared(resource: &Response) -> bool {
    let policy =
        CrossOriginResourcePolicy::effective(resource.values(CrossOriginResourcePolicy::NAME));
    policy == Some(CrossOriginResourcePolicy::CrossOrigin)
}
