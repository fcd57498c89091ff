//! Would the SDK run? What stops it is what the component calls "Unexpected".

use super::sdk::{Sdk, SdkFile};
use super::{Input, Response};
use crate::audit::code::codes;
use crate::audit::control::microsoft;
use crate::audit::finding::{Sink, shown, shown_url};
use crate::audit::simulate::{Load, What};
use crate::audit::{Code, Profile, Subject};
use crate::csp::{
    DirectiveName, EffectivePolicy, ExternalScript, Keyword, PolicyList, SourceExpression, Url,
};
use crate::header::{CrossOriginEmbedderPolicy, CrossOriginResourcePolicy, EmbedderPolicy};
use crate::sdk::layout::{Engine, FileKind};
use crate::sdk::{EvalNeed, StyleKind, Version};

codes! {
    INSECURE_CONTEXT = "insecure-context", High,
        "browsers give no camera to a page over HTTP",
        "serve the page over HTTPS; only localhost works without",
        [microsoft("https")];
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
    BASE_PATH = "base-path", High,
        "the SDK looks for its assets in the wrong folder",
        "serve `facelivenessdetector-assets/` beside the page: it is looked up relative to the document, not to the component",
        [microsoft("sri")];
    COEP_BLOCKS = "coep-blocks", Medium,
        "Cross-Origin-Embedder-Policy blocks something that the page loads",
        "let that server send `Cross-Origin-Resource-Policy: cross-origin`, or load it with `crossorigin`",
        [microsoft("headers")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    embedder(input, sink);
    let policies = &input.csp;
    // Also where only headers are known: that profile is for the page with the SDK on it.
    if input.sdk.is_some() || input.profile() == Profile::Liveness && !policies.is_empty() {
        evaluation(input, policies, sink);
    }
    let Some(sdk) = &input.sdk else {
        return;
    };
    if !input.response.is_https() && !input.response.origin().is_local() {
        let url = input.response.place();
        sink.find(Code::INSECURE_CONTEXT, Subject::Response, url);
    }
    code(input, sdk, policies, sink);
    fetches(input, sdk, policies, sink);
    styles(input, policies, sink);
    base(input, sdk, sink);
}

fn directive(name: DirectiveName) -> Subject {
    Subject::Directive {
        policy: 1,
        name: name.as_str().to_owned(),
    }
}

fn evaluation(input: &Input<'_>, policies: &PolicyList, sink: &mut Sink) {
    let version: Option<Version> = sink.sdk.as_ref().and_then(|sdk| sdk.version.parse().ok());
    let need = version.map_or(EvalNeed::Wasm, |v| input.releases().needs(&v).eval);
    let (code, found) = match need {
        EvalNeed::Eval if !policies.allows_eval() => (Code::BLOCKS_EVAL, "no 'unsafe-eval'"),
        _ => (Code::BLOCKS_WASM, "no 'wasm-unsafe-eval'"),
    };
    for (index, policy) in policies.policies().iter().enumerate() {
        // What allows text to be compiled allows WebAssembly, too.
        let is_allowed = if code == Code::BLOCKS_EVAL {
            has_unsafe_eval(policy)
        } else {
            policy.allows_wasm()
        };
        if let (false, Some(governing)) = (is_allowed, policy.governing(DirectiveName::ScriptSrc)) {
            let subject = Subject::Directive {
                policy: index + 1,
                name: governing.name().as_str().to_owned(),
            };
            sink.find(code, subject, found);
        }
    }
}

/// Whether a policy lets JavaScript be made of strings.
pub(in crate::audit) fn has_unsafe_eval(policy: &EffectivePolicy) -> bool {
    let eval = SourceExpression::Keyword(Keyword::UnsafeEval);
    let governing = policy.governing(DirectiveName::ScriptSrc);
    governing.is_none_or(|directive| directive.sources().contains(&eval))
}

fn code(input: &Input<'_>, sdk: &Sdk<'_>, policies: &PolicyList, sink: &mut Sink) {
    let subject = || directive(DirectiveName::ScriptSrc);
    let origin = input.response.origin();
    for SdkFile { path, url, kind } in sdk.files() {
        if !matches!(kind, FileKind::Component | FileKind::Engine(_)) {
            continue;
        }
        let script = ExternalScript::new(&url);
        // With integrity it counts only where something gives it one.
        let metadata = super::sdk::integrity_of(input, &path, &url);
        let with = metadata
            .as_deref()
            .map(|metadata| script.integrity(metadata));
        let allowed = [Some(script), with].into_iter().flatten();
        if !allowed
            .into_iter()
            .any(|script| policies.allows_external_script(&script, origin))
        {
            sink.find(Code::BLOCKS_ENGINE, subject(), shown_url(&url));
        }
    }
}

fn fetches(input: &Input<'_>, sdk: &Sdk<'_>, policies: &PolicyList, sink: &mut Sink) {
    let origin = input.response.origin();
    let wasm = Engine::ALL.map(|engine| sdk.layout.engine_wasm(engine));
    let language = format!("{}en.json", sdk.layout.languages());
    let own = wasm.into_iter().chain([language]);
    let own = own.filter_map(|path| sdk.base.join(&path).ok());
    let endpoint = input.context.endpoint.iter().cloned();
    for url in own.chain(endpoint) {
        if !policies.allows_url(DirectiveName::ConnectSrc, &url, origin) {
            let subject = directive(DirectiveName::ConnectSrc);
            sink.find(Code::BLOCKS_CONNECT, subject, shown_url(&url));
        }
    }
    if input.context.endpoint.is_none() {
        let why = "the Face endpoint was not given";
        sink.not_checked("whether connect-src lets the SDK reach its service", why);
    }
}

fn styles(input: &Input<'_>, policies: &PolicyList, sink: &mut Sink) {
    let Some(pins) = input.context.pins else {
        return;
    };
    for (kind, digest) in pins.styles() {
        let name = if kind == StyleKind::Attribute {
            DirectiveName::StyleSrcAttr
        } else {
            DirectiveName::StyleSrcElem
        };
        let is_blocked = policies.policies().iter().any(|policy| {
            policy.governing(name).is_some_and(|directive| {
                !directive.in_force(name).any(|source| match source {
                    SourceExpression::Hash(hash) => hash.digest() == Some(digest),
                    SourceExpression::Keyword(word) => *word == Keyword::UnsafeInline,
                    _ => false,
                })
            })
        });
        if is_blocked {
            sink.find(Code::BLOCKS_STYLE, directive(name), format!("'{digest}'"));
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
    let (Some(document), EmbedderPolicy::RequireCorp) = (&input.document, policy.value()) else {
        return;
    };
    for loaded in super::integrity::loaded(document) {
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

/// What the SDK does at run time, for a simulation.
pub(in crate::audit) fn loads(input: &Input<'_>) -> Vec<Load> {
    let Some(sdk) = &input.sdk else {
        return Vec::new();
    };
    let mut loads = Vec::new();
    for SdkFile { path, url, kind } in sdk.files() {
        let what = match kind {
            FileKind::Engine(_) => {
                let metadata = super::sdk::integrity_of(input, &path, &url);
                What::Script {
                    url: url.clone(),
                    integrity: metadata.unwrap_or_default(),
                    nonce: String::new(),
                }
            }
            FileKind::Wasm(_) => What::Url(DirectiveName::ConnectSrc, url.clone()),
            FileKind::Image => What::Url(DirectiveName::ImgSrc, url.clone()),
            _ => continue,
        };
        let subject = Subject::resource(&url);
        loads.push(Load { subject, what });
    }
    if let Some(endpoint) = &input.context.endpoint {
        loads.push(Load {
            subject: Subject::resource(endpoint),
            what: What::Url(DirectiveName::ConnectSrc, endpoint.clone()),
        });
    }
    let needs_eval = input
        .context
        .pins
        .is_some_and(|pins| input.releases().needs(pins.version()).eval == EvalNeed::Eval);
    loads.push(Load {
        subject: Subject::Response,
        what: if needs_eval { What::Eval } else { What::Wasm },
    });
    loads
}
