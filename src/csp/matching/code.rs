//! Does a policy let this code run? Inline scripts and styles, external scripts, `eval`,
//! WebAssembly: sections 6.7.3, 6.7.1, 4.4 and 4.5 of CSP3.

use super::urls::Redirect;
use crate::csp::effective::{EffectiveDirective, EffectivePolicy, PolicyList, SourceExpression};
use crate::csp::{DirectiveName, Keyword, SandboxToken};
use crate::sri::{Digest, Entry, Integrity};
use crate::url::{Origin, Url};

/// Code or style inside the document: a script or style element, a handler, an attribute.
///
/// ```
/// use tower_visor::csp::{Inline, PolicyList};
///
/// let list = PolicyList::effective(["script-src 'nonce-r4nd0m' 'unsafe-inline'"]);
/// assert!(list.allows_inline(&Inline::script("start()").nonce("r4nd0m")));
/// assert!(!list.allows_inline(&Inline::script("start()")), "the nonce cancels 'unsafe-inline'");
/// assert!(!list.allows_inline(&Inline::event_handler("start()")), "attributes have no nonce");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Inline<'a> {
    kind: Kind,
    text: &'a str,
    nonce: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Script,
    EventHandler,
    JavascriptUrl,
    Style,
    StyleAttribute,
}

impl<'a> Inline<'a> {
    /// A `script` element with this text.
    pub const fn script(text: &'a str) -> Self {
        Self::new(Kind::Script, text)
    }

    /// An attribute such as `onclick` with this text.
    pub const fn event_handler(text: &'a str) -> Self {
        Self::new(Kind::EventHandler, text)
    }

    /// A navigation to this URL, `javascript:` included.
    pub const fn javascript_url(url: &'a str) -> Self {
        Self::new(Kind::JavascriptUrl, url)
    }

    /// A `style` element with this text.
    pub const fn style(text: &'a str) -> Self {
        Self::new(Kind::Style, text)
    }

    /// A `style` attribute with this text.
    pub const fn style_attribute(text: &'a str) -> Self {
        Self::new(Kind::StyleAttribute, text)
    }

    /// The element's `nonce` attribute. It matters only for script and style elements.
    #[must_use]
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = nonce;
        self
    }

    const fn new(kind: Kind, text: &'a str) -> Self {
        Self {
            kind,
            text,
            nonce: "",
        }
    }
}

impl Kind {
    /// Section 6.8.2.
    const fn directive(self) -> DirectiveName {
        match self {
            Self::Script | Self::JavascriptUrl => DirectiveName::ScriptSrcElem,
            Self::EventHandler => DirectiveName::ScriptSrcAttr,
            Self::Style => DirectiveName::StyleSrcElem,
            Self::StyleAttribute => DirectiveName::StyleSrcAttr,
        }
    }

    const fn is_style(self) -> bool {
        matches!(self, Self::Style | Self::StyleAttribute)
    }

    /// Whether nonces match, and hashes without `'unsafe-hashes'`.
    const fn is_element(self) -> bool {
        matches!(self, Self::Script | Self::Style)
    }
}

/// A script that a browser is about to fetch.
///
/// By default it is a script element in the page's own HTML.
///
/// ```
/// use tower_visor::csp::{ExternalScript, PolicyList};
/// use tower_visor::url::{Origin, Url};
///
/// let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
/// let list = PolicyList::effective([format!("script-src '{hash}'")]);
/// let page: Origin = "https://example.com".parse()?;
/// let url: Url = "https://example.com/app.js".parse()?;
///
/// let script = ExternalScript::new(&url);
/// assert!(!list.allows_external_script(&script, &page));
/// assert!(list.allows_external_script(&script.integrity(hash), &page));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExternalScript<'a> {
    url: &'a Url,
    integrity: &'a str,
    nonce: &'a str,
    insertion: Insertion,
    redirect: Redirect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Insertion {
    Parser,
    Script,
}

impl<'a> ExternalScript<'a> {
    /// A script element in the HTML, without `integrity` and `nonce`.
    pub const fn new(url: &'a Url) -> Self {
        Self {
            url,
            integrity: "",
            nonce: "",
            insertion: Insertion::Parser,
            redirect: Redirect::No,
        }
    }

    /// The element's `integrity` attribute, or what the import map says about the URL.
    #[must_use]
    pub const fn integrity(mut self, integrity: &'a str) -> Self {
        self.integrity = integrity;
        self
    }

    /// The element's `nonce` attribute; for an imported module, that of the importing script.
    #[must_use]
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = nonce;
        self
    }

    /// A running script adds the element, or imports the module: what `'strict-dynamic'` admits.
    #[must_use]
    pub const fn added_by_script(mut self) -> Self {
        self.insertion = Insertion::Script;
        self
    }

    /// The URL is the target of a redirect.
    #[must_use]
    pub const fn redirected(mut self) -> Self {
        self.redirect = Redirect::Followed;
        self
    }
}

/// A page whose `sandbox` lacks `allow-scripts` runs no code, whatever else a policy says.
impl PolicyList {
    /// Whether all policies let a piece of code or style inside the document run.
    ///
    /// Hashes are compared with the digest of the text in UTF-8.
    pub fn allows_inline(&self, inline: &Inline<'_>) -> bool {
        self.policies()
            .iter()
            .all(|policy| policy.allows_inline(inline))
    }

    /// Whether all policies let a script be fetched and run.
    ///
    /// A hash source admits an external script only by its `integrity`: every digest there that
    /// the browser recognises must be listed, even those of a weaker algorithm. Whether the
    /// bytes then match is a matter of integrity, which [`sri`](crate::sri) reads.
    ///
    /// `self_origin` is the page's origin.
    pub fn allows_external_script(
        &self,
        script: &ExternalScript<'_>,
        self_origin: &Origin,
    ) -> bool {
        self.policies()
            .iter()
            .all(|policy| policy.allows_external_script(script, self_origin))
    }

    /// Whether all policies let `eval` and the like compile a plain string. Trusted Types, if
    /// required, may still refuse it.
    ///
    /// `'trusted-types-eval'` counts as soon as one policy requires Trusted Types, since Chromium
    /// 156 then takes plain strings (measured).
    pub fn allows_eval(&self) -> bool {
        let typed = self
            .policies()
            .iter()
            .any(EffectivePolicy::requires_trusted_types);
        self.policies().iter().all(|policy| {
            policy.allows_keyword(Keyword::UnsafeEval)
                || typed && policy.allows_keyword(Keyword::TrustedTypesEval)
        })
    }

    /// Whether all policies let WebAssembly be compiled.
    pub fn allows_wasm(&self) -> bool {
        self.policies().iter().all(EffectivePolicy::allows_wasm)
    }
}

impl EffectivePolicy {
    /// As [`PolicyList::allows_inline`], for this policy alone.
    pub fn allows_inline(&self, inline: &Inline<'_>) -> bool {
        if !inline.kind.is_style() && self.sandbox_forbids(SandboxToken::AllowScripts) {
            return false;
        }
        let name = inline.kind.directive();
        self.governing(name)
            .is_none_or(|directive| directive.matches_inline(name, inline))
    }

    /// As [`PolicyList::allows_external_script`], for this policy alone.
    pub fn allows_external_script(
        &self,
        script: &ExternalScript<'_>,
        self_origin: &Origin,
    ) -> bool {
        if self.sandbox_forbids(SandboxToken::AllowScripts) {
            return false;
        }
        let name = DirectiveName::ScriptSrcElem;
        let Some(directive) = self.governing(name) else {
            return true;
        };
        // Section 6.7.1.1, step 1.1.
        if directive.matches_nonce(script.nonce) {
            return true;
        }
        // Step 1.2.
        if directive.matches_integrity(script.integrity) {
            return true;
        }
        // Step 1.3.
        if directive.has(Keyword::StrictDynamic) {
            return script.insertion == Insertion::Script;
        }
        // Step 1.4.
        directive.matches_url(name, script.url, self_origin, script.redirect)
    }

    /// As [`PolicyList::allows_wasm`], for this policy alone.
    pub fn allows_wasm(&self) -> bool {
        // Section 4.5.1, step 3.3.
        self.allows_keyword(Keyword::UnsafeEval) || self.allows_keyword(Keyword::WasmUnsafeEval)
    }

    /// Sections 4.4.1 and 4.5.1, step 3: `script-src`, else `default-src`; never
    /// `script-src-elem`.
    fn allows_keyword(&self, keyword: Keyword) -> bool {
        !self.sandbox_forbids(SandboxToken::AllowScripts)
            && self
                .governing(DirectiveName::ScriptSrc)
                .is_none_or(|directive| directive.has(keyword))
    }
}

impl EffectiveDirective {
    /// "Does element match source list for type and source?", section 6.7.3.3.
    fn matches_inline(&self, name: DirectiveName, inline: &Inline<'_>) -> bool {
        // Step 1. What cancels 'unsafe-inline' (section 6.7.3.2) is not in force.
        let unsafe_inline = SourceExpression::Keyword(Keyword::UnsafeInline);
        if self.in_force(name).any(|source| *source == unsafe_inline) {
            return true;
        }
        // Step 2.
        if inline.kind.is_element() && self.matches_nonce(inline.nonce) {
            return true;
        }
        // Steps 3 to 5.
        (inline.kind.is_element() || self.has(Keyword::UnsafeHashes))
            && self.sources().iter().any(|source| match source {
                SourceExpression::Hash(hash) => hash
                    .digest()
                    .is_some_and(|digest| digest.matches(inline.text.as_bytes())),
                _ => false,
            })
    }

    /// "Does nonce match source list?", section 6.7.2.3.
    fn matches_nonce(&self, nonce: &str) -> bool {
        // Step 2.
        !nonce.is_empty()
            && self
                .sources()
                .iter()
                .any(|source| matches!(source, SourceExpression::Nonce(own) if own == nonce))
    }

    /// "Does integrity metadata match source list?", section 6.7.2.4.
    fn matches_integrity(&self, integrity: &str) -> bool {
        let mut listed = false;
        let mut keys = Vec::new();
        for entry in Integrity::effective(integrity).entries() {
            match &entry.entry {
                Entry::Digest(digest) if self.lists(digest) => listed = true,
                // One that isn't listed, or that no source can equal, spoils the others.
                Entry::Digest(_) | Entry::NeverMatches { .. } => return false,
                Entry::PublicKey => keys.push(self.lists_key(&entry.text)),
                Entry::Ignored(_) => {}
            }
        }
        // Keys are known to Chromium only, where one that isn't listed spoils the others, digests
        // as well (measured in 156); browsers that ignore keys see the digests alone.
        listed || !keys.is_empty() && keys.iter().all(|is_listed| *is_listed)
    }

    fn lists(&self, digest: &Digest) -> bool {
        self.sources().iter().any(
            |source| matches!(source, SourceExpression::Hash(hash) if hash.digest() == Some(*digest)),
        )
    }

    fn lists_key(&self, entry: &str) -> bool {
        let expression = entry.split('?').next().unwrap_or_default();
        self.sources().iter().any(|source| {
            matches!(source, SourceExpression::PublicKey(key)
                if expression.strip_prefix("ed25519-") == Some(key))
        })
    }
}
