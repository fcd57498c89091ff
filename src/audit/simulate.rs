//! What would a policy block of a page?

use std::fmt;

use super::checks::{Input, has_unsafe_eval, loaded, sdk_loads};
use super::finding::{shown, shown_url};
use super::html::{Document, Element};
use super::{Context, Response, Subject};
use crate::csp::{
    DirectiveName, EffectivePolicy, ExternalScript, Inline, Keyword, Origin, PolicyList,
    SourceExpression, Url,
};
use crate::html::{ScriptKind, URL_ATTRIBUTES, is_code, is_handler};
use crate::sri::{Algorithm, Digest, Integrity};

/// One thing of a page that a policy blocks, and the least that would let it pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// Where in the page.
    pub subject: Subject,
    /// What: a URL, or the beginning of an inline text.
    pub resource: String,
    /// Which policy of the list, counted from 1.
    pub policy: usize,
    /// The effective directive, as a violation report names it: `script-src-elem`.
    pub directive: DirectiveName,
    /// What to write, or `None` where no source expression is of help.
    pub change: Option<Change>,
}

/// A directive as it has to stand in the policy, in place of the one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Its name.
    pub directive: DirectiveName,
    /// What is added.
    pub added: String,
    /// All of its value.
    pub value: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.directive, self.value)
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            resource,
            policy,
            directive,
            change,
        } = self;
        write!(
            f,
            "{subject}: {directive} of policy {policy} blocks {resource}; "
        )?;
        match change {
            Some(change) => write!(f, "add {} to {}", change.added, change.directive),
            None => f.write_str("no source expression allows it: move it into a script file"),
        }
    }
}

/// What a list of policies would block of a page: of its elements, its inline texts, and of what
/// the SDK on it loads.
///
/// The policies may be others than the page came with: those of a roll-out, before it. They are
/// read as [`PolicyList`] reads them. What scripts load at run time isn't seen, the SDK aside; nor
/// are URLs inside of style sheets and in `srcset`.
///
/// ```
/// use tower_visor::audit::{Context, Profile, Response, simulate};
/// use tower_visor::csp::PolicyList;
///
/// let (parts, ()) = http::Response::builder()
///     .header("content-type", "text/html")
///     .body(())
///     .unwrap()
///     .into_parts();
/// let html = "<!doctype html><img src=/logo.png>";
/// let page = Response::new("https://example.com/", parts, Some(html.into()))?;
///
/// let policies = PolicyList::effective(["default-src 'none'"]);
/// let blocked = simulate(&page, &policies, &Context::new(Profile::Document));
/// assert_eq!(
///     blocked[0].to_string(),
///     "<img> at 1:16: img-src of policy 1 blocks https://example.com/logo.png; \
///      add https://example.com/logo.png to img-src",
/// );
/// # Ok::<(), tower_visor::audit::AuditError>(())
/// ```
pub fn simulate(page: &Response, policies: &PolicyList, context: &Context<'_>) -> Vec<Blocked> {
    let input = Input::new(page, context);
    let mut loads = input.document.as_ref().map_or_else(Vec::new, of_page);
    loads.extend(sdk_loads(&input));
    let origin = page.origin();
    let mut blocked = Vec::new();
    for (index, policy) in policies.policies().iter().enumerate() {
        for load in loads
            .iter()
            .filter(|load| !load.what.is_allowed(policy, origin))
        {
            blocked.push(Blocked {
                subject: load.subject.clone(),
                resource: load.what.shown(),
                policy: index + 1,
                directive: load.what.directive(),
                change: load.what.change(policy),
            });
        }
    }
    blocked
}

/// What the elements of a page do.
pub(super) fn of_page(document: &Document) -> Vec<Load> {
    let mut loads = Vec::new();
    for element in &document.elements {
        of_element(document, element, &mut loads);
    }
    of_scripts(document, &mut loads);
    loads
}

/// Something that a page does.
pub(super) struct Load {
    pub(super) subject: Subject,
    pub(super) what: What,
}

pub(super) enum What {
    /// A script with a URL.
    Script {
        url: Url,
        integrity: String,
        nonce: String,
    },
    /// Anything else with a URL.
    Url(DirectiveName, Url),
    Inline {
        directive: DirectiveName,
        text: String,
        nonce: String,
    },
    /// Compiling WebAssembly.
    Wasm,
    /// Compiling JavaScript from strings.
    Eval,
}

impl What {
    fn is_allowed(&self, policy: &EffectivePolicy, origin: &Origin) -> bool {
        match self {
            Self::Script {
                url,
                integrity,
                nonce,
                ..
            } => {
                let script = ExternalScript::new(url).integrity(integrity).nonce(nonce);
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
            Self::Wasm => policy.allows_wasm(),
            Self::Eval => has_unsafe_eval(policy),
        }
    }

    /// The effective directive.
    pub(super) fn directive(&self) -> DirectiveName {
        match self {
            Self::Script { .. } => DirectiveName::ScriptSrcElem,
            Self::Url(directive, _) | Self::Inline { directive, .. } => *directive,
            Self::Wasm | Self::Eval => DirectiveName::ScriptSrc,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Script { url, .. } | Self::Url(_, url) => shown_url(url),
            Self::Inline { text, .. } => {
                let text: String = text.trim().chars().take(40).collect();
                format!("`{}`", shown(&text))
            }
            Self::Wasm => "WebAssembly".to_owned(),
            Self::Eval => "JavaScript made of strings".to_owned(),
        }
    }

    fn change(&self, policy: &EffectivePolicy) -> Option<Change> {
        let effective = self.directive();
        let governing = policy.governing(effective)?;
        let is_dynamic = governing
            .sources()
            .contains(&SourceExpression::Keyword(Keyword::StrictDynamic));
        let hashes = |digests: Vec<Digest>| {
            let quoted: Vec<String> = digests.iter().map(|d| format!("'{d}'")).collect();
            (!quoted.is_empty()).then(|| quoted.join(" "))
        };
        let added = match self {
            Self::Script { url, integrity, .. } => {
                let stated = Integrity::effective(integrity).digests().copied().collect();
                // A hash admits a script by its integrity only; one that has none needs its URL.
                match hashes(stated) {
                    Some(hashes) => hashes,
                    None if is_dynamic => return None,
                    None => source(url),
                }
            }
            Self::Url(_, url) => source(url),
            Self::Inline { text, .. } if is_code(text.as_bytes()) => return None,
            Self::Inline { text, .. } => {
                let hash = Digest::of(Algorithm::Sha256, text.as_bytes());
                let is_attribute = matches!(
                    effective,
                    DirectiveName::ScriptSrcAttr | DirectiveName::StyleSrcAttr
                );
                if is_attribute {
                    format!("'unsafe-hashes' '{hash}'")
                } else {
                    format!("'{hash}'")
                }
            }
            Self::Wasm => Keyword::WasmUnsafeEval.as_str().to_owned(),
            Self::Eval => Keyword::UnsafeEval.as_str().to_owned(),
        };
        // A directive that stands in for this one speaks of other things too: leave it alone, and
        // write the one that is missing, with its sources.
        let directive = match (governing.name(), effective) {
            (DirectiveName::DefaultSrc | DirectiveName::ChildSrc, DirectiveName::ScriptSrcElem) => {
                DirectiveName::ScriptSrc
            }
            (DirectiveName::DefaultSrc, DirectiveName::StyleSrcElem) => DirectiveName::StyleSrc,
            (DirectiveName::DefaultSrc | DirectiveName::ChildSrc, effective) => effective,
            (_, DirectiveName::ScriptSrcAttr | DirectiveName::StyleSrcAttr) => effective,
            (governing, _) => governing,
        };
        let mut value: Vec<String> = governing
            .sources()
            .iter()
            .map(ToString::to_string)
            .collect();
        value.extend(added.split(' ').map(str::to_owned));
        Some(Change {
            directive,
            added,
            value: value.join(" "),
        })
    }
}

/// The source expression of exactly this URL.
fn source(url: &Url) -> String {
    if url.origin().is_none() {
        return format!("{}:", url.scheme());
    }
    // What would end the directive or the policy is percent-encoded in a source; browsers compare
    // decoded paths.
    let text = url.without_query().to_string();
    text.replace(';', "%3B").replace(',', "%2C")
}

fn subject(element: &Element) -> Subject {
    super::checks::subject(element)
}

/// External scripts and style sheets.
fn of_scripts(document: &Document, loads: &mut Vec<Load>) {
    for loaded in loaded(document) {
        let what = if loaded.is_style() {
            What::Url(DirectiveName::StyleSrcElem, loaded.url.clone())
        } else {
            What::Script {
                url: loaded.url.clone(),
                integrity: loaded.metadata.unwrap_or_default().to_owned(),
                nonce: loaded.element.value("nonce").unwrap_or_default().to_owned(),
            }
        };
        let subject = loaded.subject();
        loads.push(Load { subject, what });
    }
}

/// What an element does by itself, external scripts and style sheets aside.
fn of_element(document: &Document, element: &Element, loads: &mut Vec<Load>) {
    let mut push = |what| {
        let subject = subject(element);
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
        "audio" | "video" | "track" => ("src", DirectiveName::MediaSrc),
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
