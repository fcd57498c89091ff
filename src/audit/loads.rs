//! What a page, and the SDK on it, has browsers load and run, and whether a policy lets it.

use std::collections::BTreeSet;

use super::finding::{shown, shown_url};
use super::html::{Document, Element};
use super::input::Input;
use super::loaded::loaded;
use super::sdk::{Sdk, SdkFile};
use super::{Response, Subject};
use crate::csp::{
    DirectiveName, EffectivePolicy, ExternalScript, Inline, Keyword, PolicyList, SandboxToken,
    SourceExpression,
};
use crate::header::Waict;
use crate::html::{JAVASCRIPT, ScriptKind, URL_ATTRIBUTES, is_code, is_handler};
use crate::javascript::imports;
use crate::pins::Pins;
use crate::sdk::EvalNeed;
use crate::sdk::layout::FileKind;
use crate::sri::Digest;
use crate::url::{Origin, Url};

/// Something that a page does.
pub(super) struct Load {
    pub(super) subject: Subject,
    pub(super) what: What,
}

impl Load {
    fn script(&self) -> Option<&Url> {
        match &self.what {
            What::Script { url, .. } => Some(url),
            _ => None,
        }
    }
}

pub(super) enum What {
    /// A script with a URL.
    Script {
        url: Url,
        integrity: String,
        nonce: String,
        insertion: Insertion,
        /// Whether the browser asks for it with CORS, as it does for modules.
        is_cors: bool,
    },
    /// Anything else with a URL.
    Url(DirectiveName, Url),
    Inline {
        directive: DirectiveName,
        text: String,
        nonce: String,
    },
    /// A style that the SDK applies, of which the pins hold the digest.
    Style(DirectiveName, Digest),
    /// Compiling WebAssembly.
    Wasm,
    /// Compiling JavaScript from strings.
    Eval,
}

/// Who puts a script into the page: `'strict-dynamic'` asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Insertion {
    Parser,
    Script,
}

impl What {
    /// What a page shows or sends, where it has a URL.
    pub(super) fn content(&self) -> Option<&Url> {
        match self {
            Self::Url(DirectiveName::BaseUri, _) => None,
            Self::Script { url, .. } | Self::Url(_, url) => Some(url),
            _ => None,
        }
    }

    /// What the sandbox of a page has to allow for it: without scripts no code runs, and in an
    /// origin of its own a page may read of no server what isn't for everybody.
    pub(super) fn kept_by_sandbox(&self, policy: &EffectivePolicy) -> Option<SandboxToken> {
        let needs: &[SandboxToken] = match self {
            Self::Script { is_cors: true, .. } | Self::Url(DirectiveName::ConnectSrc, _) => {
                &[SandboxToken::AllowScripts, SandboxToken::AllowSameOrigin]
            }
            Self::Script { .. } | Self::Wasm | Self::Eval => &[SandboxToken::AllowScripts],
            Self::Inline { directive, .. }
                if !matches!(
                    directive,
                    DirectiveName::StyleSrcElem | DirectiveName::StyleSrcAttr
                ) =>
            {
                &[SandboxToken::AllowScripts]
            }
            Self::Url(DirectiveName::FormAction, _) => &[SandboxToken::AllowForms],
            _ => &[],
        };
        let mut needs = needs.iter().copied();
        needs.find(|token| policy.sandbox_forbids(*token))
    }

    /// Whether the sources of one policy of a page of this origin let it. A policy with a sandbox
    /// is asked without it: see [`kept_by_sandbox`](Self::kept_by_sandbox).
    pub(super) fn is_allowed(&self, policy: &EffectivePolicy, origin: &Origin) -> bool {
        match self {
            Self::Script {
                url,
                integrity,
                nonce,
                insertion,
                ..
            } => {
                let mut script = ExternalScript::new(url).integrity(integrity).nonce(nonce);
                if *insertion == Insertion::Script {
                    script = script.added_by_script();
                }
                policy.allows_external_script(&script, origin)
            }
            Self::Url(directive, url) => policy.allows_url(*directive, url, origin),
            Self::Inline {
                directive,
                text,
                nonce,
            } => {
                let inline = match directive {
                    DirectiveName::ScriptSrcAttr => Inline::event_handler(text),
                    DirectiveName::StyleSrcElem => Inline::style(text),
                    DirectiveName::StyleSrcAttr => Inline::style_attribute(text),
                    _ if is_code(text.as_bytes()) => Inline::javascript_url(text),
                    _ => Inline::script(text),
                };
                policy.allows_inline(&inline.nonce(nonce))
            }
            Self::Style(name, digest) => policy.governing(*name).is_none_or(|directive| {
                directive.in_force(*name).any(|source| match source {
                    SourceExpression::Hash(hash) => hash.digest() == Some(*digest),
                    SourceExpression::Keyword(word) => *word == Keyword::UnsafeInline,
                    _ => false,
                })
            }),
            Self::Wasm => policy.allows_wasm(),
            Self::Eval => {
                let eval = SourceExpression::Keyword(Keyword::UnsafeEval);
                let governing = policy.governing(DirectiveName::ScriptSrc);
                governing.is_none_or(|directive| directive.sources().contains(&eval))
            }
        }
    }

    /// The effective directive.
    pub(super) const fn directive(&self) -> DirectiveName {
        match self {
            Self::Script { .. } => DirectiveName::ScriptSrcElem,
            Self::Url(directive, _)
            | Self::Inline { directive, .. }
            | Self::Style(directive, _) => *directive,
            Self::Wasm | Self::Eval => DirectiveName::ScriptSrc,
        }
    }

    /// The same for readers.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Script { url, .. } | Self::Url(_, url) => shown_url(url),
            Self::Inline { text, .. } => {
                let text: String = text.trim().chars().take(40).collect();
                format!("`{}`", shown(&text))
            }
            Self::Style(_, digest) => format!("'{digest}'"),
            Self::Wasm => "WebAssembly".to_owned(),
            Self::Eval => "JavaScript made of strings".to_owned(),
        }
    }
}

/// What the elements of a page do, and the SDK on it; each script once.
pub(super) fn all(input: &Input<'_>, policies: &PolicyList) -> Vec<Load> {
    let mut loads = input.document.map_or_else(Vec::new, of_page);
    let of_page: Vec<Url> = loads.iter().filter_map(Load::script).cloned().collect();
    let of_sdk = of_sdk(input, policies).into_iter();
    loads.extend(of_sdk.filter(|load| load.script().is_none_or(|url| !of_page.contains(url))));
    loads
}

/// What the elements of a page do.
pub(super) fn of_page(document: &Document) -> Vec<Load> {
    let mut loads = Vec::new();
    for element in &document.elements {
        of_element(document, element, &mut loads);
    }
    for loaded in loaded(document) {
        let subject = loaded.subject();
        let what = if loaded.is_style() {
            What::Url(DirectiveName::StyleSrcElem, loaded.url)
        } else {
            What::Script {
                is_cors: loaded.is_cors(),
                integrity: loaded.metadata.unwrap_or_default().to_owned(),
                nonce: loaded.element.value("nonce").unwrap_or_default().to_owned(),
                url: loaded.url,
                insertion: Insertion::Parser,
            }
        };
        loads.push(Load { subject, what });
    }
    loads
}

/// What the SDK on a page does at run time.
pub(super) fn of_sdk(input: &Input<'_>, policies: &PolicyList) -> Vec<Load> {
    let Some(sdk) = &input.sdk else {
        return Vec::new();
    };
    let of_url = |what: fn(Url) -> What, url: Url| Load {
        subject: Subject::resource(&url),
        what: what(url),
    };
    let connect = |url| What::Url(DirectiveName::ConnectSrc, url);
    let image = |url| What::Url(DirectiveName::ImgSrc, url);
    let mut loads = vec![compiling(input, policies)];
    for SdkFile { path, url, kind } in sdk.files() {
        match kind {
            FileKind::Component | FileKind::Engine(_) => {
                let subject = Subject::resource(&url);
                let element = sdk.element_of(&url);
                let nonce = element.and_then(|element| element.value("nonce"));
                let integrity = sdk.integrity_of(&path, &url).unwrap_or_default();
                let what = What::Script {
                    // A module, or a script that the guard gives its integrity.
                    is_cors: kind == FileKind::Component || !integrity.is_empty(),
                    integrity,
                    nonce: nonce.unwrap_or_default().to_owned(),
                    insertion: match element {
                        Some(_) => Insertion::Parser,
                        None => Insertion::Script,
                    },
                    url,
                };
                loads.push(Load { subject, what });
            }
            FileKind::Wasm(_) => loads.push(of_url(connect, url)),
            FileKind::Image => {
                loads.push(of_url(image, url));
            }
            _ => {}
        }
    }
    // The pins hold the pictures by name; without them those are named that all versions since 1.4
    // have.
    if input.context.pins.is_none() {
        let pictures = sdk.layout.pictures();
        let urls = pictures.iter().filter_map(|path| sdk.base.join(path).ok());
        loads.extend(urls.map(|url| of_url(image, url)));
    }
    let asked = sdk.language().into_iter();
    let asked = asked.chain(input.context.endpoint.clone());
    loads.extend(asked.map(|url| of_url(connect, url)));
    let styles = input.context.pins.map(Pins::styles);
    let styles = styles.into_iter().flatten();
    loads.extend(styles.map(|(_, digest)| Load {
        subject: Subject::Response,
        what: What::Style(DirectiveName::StyleSrcElem, digest),
    }));
    loads
}

/// What starting the engine takes.
pub(super) fn compiling(input: &Input<'_>, policies: &PolicyList) -> Load {
    Load {
        subject: Subject::Response,
        // What allows text to be compiled allows WebAssembly, too.
        what: if needs_eval(input) && !policies.allows_eval() {
            What::Eval
        } else {
            What::Wasm
        },
    }
}

/// Whether the SDK, as far as its version is known, compiles JavaScript from strings.
pub(super) fn needs_eval(input: &Input<'_>) -> bool {
    let version = input.sdk.as_ref().and_then(Sdk::version);
    version.is_some_and(|version| input.releases().needs(&version).eval == EvalNeed::Eval)
}

/// The files that a browser asks for to show the page, those of the SDK too, each once. Of the SDK
/// also where its files may be if no element says where the component is.
pub(super) fn files(input: &Input<'_>) -> Vec<Url> {
    let mut urls: Vec<Url> = Vec::new();
    if let Some(document) = input.document {
        urls.extend(loaded(document).map(|loaded| loaded.url));
        imported(input, document, &mut urls);
    }
    if let Some(sdk) = &input.sdk {
        urls.extend(sdk.files().into_iter().map(|file| file.url));
        if sdk.component.is_none() {
            urls.extend(sdk.base.join(sdk.layout.component));
        }
        urls.extend(sdk.language());
    }
    urls.extend(waict_manifest(input));
    let mut seen = BTreeSet::new();
    urls.retain(|url| matches!(url.scheme(), "http" | "https") && seen.insert(url.to_string()));
    urls
}

/// The manifest that the response names, as the draft resolves it.
pub(super) fn waict_manifest(input: &Input<'_>) -> Option<Url> {
    let waict = Waict::effective(input.response.values(Waict::NAME));
    let root = Url::from(input.response.origin().clone());
    root.join(waict.manifest()?).ok()
}

/// Adds what the page's scripts import, and what those import, as far as they were fetched.
fn imported(input: &Input<'_>, document: &Document, urls: &mut Vec<Url>) {
    let mut seen = BTreeSet::new();
    let follow = |base: &Url, code: &str, urls: &mut Vec<Url>| {
        for import in imports(code) {
            // A bare name leads where the import map says, which is looked at already.
            let is_url = ["/", "./", "../"]
                .iter()
                .any(|start| import.specifier.starts_with(start));
            let target = if is_url {
                base.join(&import.specifier)
            } else {
                Url::effective(&import.specifier)
            };
            urls.extend(target);
        }
    };
    for script in document.named("script") {
        follow(&document.base, &script.text, urls);
    }
    let mut next = 0;
    while let Some(url) = urls.get(next).cloned() {
        next += 1;
        let script = input
            .context
            .resource(&url)
            .filter(|script| JAVASCRIPT.contains(&script.media_type().as_str()));
        if let Some(body) = script.and_then(Response::body)
            && seen.insert(url.to_string())
        {
            follow(&url, &String::from_utf8_lossy(body), urls);
        }
    }
}

/// What an element does by itself, external scripts and style sheets aside.
fn of_element(document: &Document, element: &Element, loads: &mut Vec<Load>) {
    let mut push = |what| {
        let subject = element.subject();
        loads.push(Load { subject, what });
    };
    let inline = |directive, text: &str| What::Inline {
        directive,
        text: text.to_owned(),
        nonce: element.value("nonce").unwrap_or_default().to_owned(),
    };
    for (name, value) in element.attributes() {
        if is_handler(name) {
            push(inline(DirectiveName::ScriptSrcAttr, value));
        } else if name == "style" && !value.trim_ascii().is_empty() {
            push(inline(DirectiveName::StyleSrcAttr, value));
        } else if URL_ATTRIBUTES.contains(&name) && is_code(value.as_bytes()) {
            push(inline(DirectiveName::ScriptSrcElem, value.trim_ascii()));
        }
    }
    let kind = |attribute: &str| {
        element
            .value(attribute)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let (attribute, directive) = match element.name.as_str() {
        "script" if element.value("src").is_none() && element.script_kind() != ScriptKind::Data => {
            return push(inline(DirectiveName::ScriptSrcElem, &element.text));
        }
        "style" => return push(inline(DirectiveName::StyleSrcElem, &element.text)),
        "img" => ("src", DirectiveName::ImgSrc),
        "audio" | "video" | "source" | "track" => ("src", DirectiveName::MediaSrc),
        "iframe" | "frame" => ("src", DirectiveName::FrameSrc),
        "embed" => ("src", DirectiveName::ObjectSrc),
        "object" => ("data", DirectiveName::ObjectSrc),
        "form" => ("action", DirectiveName::FormAction),
        "base" => ("href", DirectiveName::BaseUri),
        "link" if element.rel("icon") => ("href", DirectiveName::ImgSrc),
        "link" if element.rel("manifest") => ("href", DirectiveName::ManifestSrc),
        "link" if element.rel("preload") => match kind("as").as_str() {
            "font" => ("href", DirectiveName::FontSrc),
            "image" => ("href", DirectiveName::ImgSrc),
            "fetch" => ("href", DirectiveName::ConnectSrc),
            _ => return,
        },
        _ => return,
    };
    let Some(url) = document.url(element, attribute) else {
        return;
    };
    if url.scheme() != "javascript" && url.scheme() != "about" {
        push(What::Url(directive, url));
    }
}
