//! Policies as a browser holds them after reading.

use std::fmt;

use super::source::{ListKind, SourceExpression};
use crate::csp::{DirectiveName, Keyword, SandboxToken};

/// How a policy reached the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // there are these three ways
pub enum Delivery {
    /// `Content-Security-Policy`: enforced.
    Header,
    /// `Content-Security-Policy-Report-Only`: reported, never enforced.
    ReportOnlyHeader,
    /// `<meta http-equiv="Content-Security-Policy">`: enforced from there on, and without
    /// `frame-ancestors`, `sandbox` and `report-uri`.
    Meta,
}

impl Delivery {
    /// Whether the browser blocks what violates the policy.
    pub const fn is_enforced(self) -> bool {
        !matches!(self, Self::ReportOnlyHeader)
    }
}

/// One policy of a [`PolicyList`](super::PolicyList). It has at least one directive.
///
/// `Display` writes what counts, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectivePolicy {
    pub(super) delivery: Delivery,
    pub(super) header: usize,
    pub(super) position: usize,
    pub(super) directives: Vec<EffectiveDirective>,
}

/// A directive of an [`EffectivePolicy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveDirective {
    pub(super) name: DirectiveName,
    pub(super) position: usize,
    pub(super) sources: Vec<SourceExpression>,
    pub(super) tokens: Vec<String>,
}

impl EffectivePolicy {
    /// How it was delivered.
    pub const fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Which of the header values contains it, counted from 0.
    pub const fn header(&self) -> usize {
        self.header
    }

    /// Byte offset of the policy in that value.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The directives, in the order of the text.
    pub fn directives(&self) -> &[EffectiveDirective] {
        &self.directives
    }

    /// The directive of that very name.
    pub fn directive(&self, name: DirectiveName) -> Option<&EffectiveDirective> {
        self.directives
            .iter()
            .find(|directive| directive.name == name)
    }

    /// The directive that decides what `name` governs: itself, or what it falls back to. `None`
    /// if the policy says nothing about it.
    ///
    /// ```
    /// use tower_visor::csp::{DirectiveName, PolicyList};
    ///
    /// let list = PolicyList::effective([b"default-src 'none'; child-src 'self'"]);
    /// let policy = &list.policies()[0];
    /// let decides = |name| policy.governing(name).map(|directive| directive.name());
    /// assert_eq!(decides(DirectiveName::WorkerSrc), Some(DirectiveName::ChildSrc));
    /// assert_eq!(decides(DirectiveName::ImgSrc), Some(DirectiveName::DefaultSrc));
    /// assert_eq!(decides(DirectiveName::BaseUri), None);
    /// ```
    ///
    /// Specification: [CSP3, section 6.8.3](https://w3c.github.io/webappsec-csp/#directive-fallback-list).
    pub fn governing(&self, name: DirectiveName) -> Option<&EffectiveDirective> {
        std::iter::once(&name)
            .chain(name.fallbacks())
            .find_map(|name| self.directive(*name))
    }

    /// The endpoint that `report-to` names.
    pub fn report_to(&self) -> Option<&str> {
        let directive = self.directive(DirectiveName::ReportTo)?;
        directive.tokens.first().map(String::as_str)
    }

    /// Whether its `sandbox` takes away from the page what this token would leave it.
    ///
    /// Without `allow-scripts` nothing runs, whatever `script-src` says; without
    /// `allow-same-origin` the page has an opaque origin, to which its own server's modules,
    /// storage and answers are foreign.
    ///
    /// ```
    /// use tower_visor::csp::{PolicyList, SandboxToken};
    ///
    /// let list = PolicyList::effective(["default-src 'self'; sandbox allow-scripts"]);
    /// let policy = &list.policies()[0];
    /// assert!(policy.sandbox_forbids(SandboxToken::AllowSameOrigin));
    /// assert!(!policy.sandbox_forbids(SandboxToken::AllowScripts));
    ///
    /// // In a `meta` element it is ignored.
    /// let list = PolicyList::meta("default-src 'self'; sandbox");
    /// assert!(!list.policies()[0].sandbox_forbids(SandboxToken::AllowScripts));
    /// ```
    ///
    /// Specification: [CSP3, section 6.3.2](https://w3c.github.io/webappsec-csp/#directive-sandbox).
    pub fn sandbox_forbids(&self, token: SandboxToken) -> bool {
        self.directive(DirectiveName::Sandbox)
            .is_some_and(|sandbox| !sandbox.tokens.iter().any(|own| own == token.as_str()))
    }

    /// The same policy without its `sandbox`: what its sources alone let a page do.
    #[cfg(feature = "audit")]
    pub(crate) fn without_sandbox(&self) -> Self {
        let mut policy = self.clone();
        policy
            .directives
            .retain(|directive| directive.name != DirectiveName::Sandbox);
        policy
    }

    /// Whether it has `require-trusted-types-for 'script'`.
    pub fn requires_trusted_types(&self) -> bool {
        self.directive(DirectiveName::RequireTrustedTypesFor)
            .is_some_and(|directive| !directive.tokens.is_empty())
    }
}

impl EffectiveDirective {
    /// The name.
    pub const fn name(&self) -> DirectiveName {
        self.name
    }

    /// Byte offset of the directive in its header value.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The source expressions that were understood and have an effect here, each once; empty
    /// means `'none'`. Always empty in a directive that holds no source list.
    pub fn sources(&self) -> &[SourceExpression] {
        &self.sources
    }

    /// The values of a directive that holds no source list: sandbox flags, Trusted Types policies,
    /// reporting endpoints.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The sources that count when this directive decides about what `name` governs.
    ///
    /// * For scripts: a nonce or a hash cancels `'unsafe-inline'`; `'strict-dynamic'` cancels
    ///   `'unsafe-inline'`, `'self'`, `*`, schemes and hosts.
    /// * For styles: a nonce or a hash cancels `'unsafe-inline'`.
    /// * For everything else, only sources that match URLs count.
    ///
    /// ```
    /// use tower_visor::csp::{DirectiveName, PolicyList};
    ///
    /// let list = PolicyList::effective([b"default-src 'strict-dynamic' 'nonce-abc' 'self' 'unsafe-inline'"]);
    /// let default_src = &list.policies()[0].directives()[0];
    /// let text = |name| default_src.in_force(name).map(ToString::to_string).collect::<Vec<_>>();
    /// assert_eq!(text(DirectiveName::ScriptSrc), ["'strict-dynamic'", "'nonce-abc'"]);
    /// assert_eq!(text(DirectiveName::StyleSrc), ["'nonce-abc'", "'self'"]);
    /// assert_eq!(text(DirectiveName::ImgSrc), ["'self'"]);
    /// ```
    ///
    /// Specification: [CSP3, sections 6.7.1.1 and
    /// 6.7.3.2](https://w3c.github.io/webappsec-csp/#allow-all-inline).
    pub fn in_force(&self, name: DirectiveName) -> impl Iterator<Item = &SourceExpression> {
        let kind = ListKind::of(name).unwrap_or(ListKind::Urls);
        let scripts = kind == ListKind::Scripts;
        let dynamic = scripts && self.has(Keyword::StrictDynamic);
        let exact = self.sources.iter().any(|source| {
            matches!(
                source,
                SourceExpression::Nonce(_) | SourceExpression::Hash(_)
            )
        });
        self.sources.iter().filter(move |source| {
            kind.has_use_for(source)
                && match source {
                    SourceExpression::Keyword(Keyword::UnsafeInline) => !exact && !dynamic,
                    // It allows nothing, and only scripts and styles have samples.
                    SourceExpression::Keyword(Keyword::ReportSample) => {
                        matches!(kind, ListKind::Scripts | ListKind::Styles)
                    }
                    source => !(dynamic && source.is_of_url()),
                }
        })
    }

    pub(in crate::csp) fn holds_sources(&self) -> bool {
        ListKind::of(self.name).is_some()
    }

    pub(in crate::csp) fn has(&self, keyword: Keyword) -> bool {
        self.sources.contains(&SourceExpression::Keyword(keyword))
    }
}

impl SourceExpression {
    /// Whether it is matched against URLs.
    pub(crate) const fn is_of_url(&self) -> bool {
        matches!(
            self,
            Self::SelfOrigin | Self::Any | Self::Scheme(_) | Self::Host(_)
        )
    }
}

impl fmt::Display for EffectivePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, directive) in self.directives.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            fmt::Display::fmt(directive, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for EffectiveDirective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.name, f)?;
        for source in &self.sources {
            write!(f, " {source}")?;
        }
        for token in &self.tokens {
            write!(f, " {token}")?;
        }
        if self.sources.is_empty() && ListKind::of(self.name).is_some() {
            f.write_str(" 'none'")?;
        }
        Ok(())
    }
}
