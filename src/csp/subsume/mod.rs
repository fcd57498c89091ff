//! Is one list of policies at least as strict as another?

mod grants;
mod urls;

use std::collections::HashSet;
use std::fmt;

use crate::csp::effective::{EffectiveDirective, EffectivePolicy, PolicyList};
use crate::csp::{DirectiveName, Keyword, SandboxToken};
use crate::url::Origin;
use grants::{Context, grants_of, together};

/// A respect in which a deployed policy is weaker than a baseline. Made by
/// [`PolicyList::weakenings`].
///
/// ```
/// use tower_visor::csp::PolicyList;
///
/// let baseline = PolicyList::effective(["default-src 'none'; script-src 'self'; base-uri 'none'"]);
/// let deployed = PolicyList::effective(["default-src 'none'; script-src 'self' https://cdn.example.com"]);
/// let points = deployed.weakenings(&baseline, &"https://example.com".parse()?);
/// let text: Vec<_> = points.iter().map(ToString::to_string).collect();
/// assert_eq!(text, [
///     "script-src: allows `https://cdn.example.com`, the baseline doesn't",
///     "base-uri: nothing restricts it, the baseline says `base-uri 'none'`",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Weakening {
    /// What the point is about.
    pub directive: DirectiveName,
    /// The directive of the deployed policy that decides about it: itself or a fallback. Of
    /// several policies it is the first that has one; `None` when none has.
    pub governed_by: Option<DirectiveName>,
    /// How it is weaker.
    pub point: WeakeningKind,
}

/// How a deployed policy is weaker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WeakeningKind {
    /// It restricts nothing here.
    Missing {
        /// What the baseline says, as a directive.
        baseline: String,
    },
    /// It allows something that the baseline doesn't.
    Allows {
        /// The source or value; under several policies also a combination, such as
        /// `https: with 'nonce-...'`.
        what: String,
    },
    /// Several policies with so many sources that what they allow together wasn't computed.
    TooManyCombinations,
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.directive)?;
        match &self.point {
            WeakeningKind::Missing { baseline } => {
                write!(f, "nothing restricts it, the baseline says `{baseline}`")
            }
            WeakeningKind::Allows { what } => {
                write!(f, "allows `{what}`")?;
                if let Some(name) = self.governed_by.filter(|name| *name != self.directive) {
                    write!(f, " through `{name}`")?;
                }
                f.write_str(", the baseline doesn't")
            }
            WeakeningKind::TooManyCombinations => f.write_str(
                "the policies have too many sources to compare; send one policy instead of several",
            ),
        }
    }
}

/// What is compared by URL, besides scripts, styles and workers.
const URLS: [DirectiveName; 12] = [
    DirectiveName::DefaultSrc,
    DirectiveName::ImgSrc,
    DirectiveName::ConnectSrc,
    DirectiveName::FontSrc,
    DirectiveName::MediaSrc,
    DirectiveName::ObjectSrc,
    DirectiveName::ManifestSrc,
    DirectiveName::FrameSrc,
    DirectiveName::FencedFrameSrc,
    DirectiveName::BaseUri,
    DirectiveName::FormAction,
    DirectiveName::FrameAncestors,
];

impl PolicyList {
    /// Whether these policies together allow nothing that a baseline doesn't.
    ///
    /// `self_origin` is the page's origin, for both. See [`weakenings`](Self::weakenings)
    /// for what is compared, and for the reasons.
    ///
    /// ```
    /// use tower_visor::csp::PolicyList;
    /// use tower_visor::url::Origin;
    ///
    /// let page: Origin = "https://example.com".parse()?;
    /// let baseline = PolicyList::effective(["script-src 'self' 'nonce-x'; object-src 'none'"]);
    /// let stricter = PolicyList::effective(["default-src 'none'; script-src 'nonce-r4nd0m'"]);
    /// assert!(stricter.is_at_least_as_strict_as(&baseline, &page));
    /// assert!(!baseline.is_at_least_as_strict_as(&stricter, &page));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_at_least_as_strict_as(&self, baseline: &Self, self_origin: &Origin) -> bool {
        self.weakenings(baseline, self_origin).is_empty()
    }

    /// All points in which these policies together allow more than a baseline; empty if none.
    ///
    /// The rules are those of [CSP: Embedded
    /// Enforcement](https://w3c.github.io/webappsec-csp/embedded/#subsumption), by which a browser
    /// decides whether a framed page is strict enough for the page around it, and more: `sandbox`,
    /// Trusted Types, `upgrade-insecure-requests` and prefetching are compared, too, and several
    /// policies are taken together for what they really let through.
    ///
    /// * The answer errs on the side of "weaker". A source is compared with one source at a time,
    ///   and a hash isn't stricter than `'unsafe-inline'`, since it also admits external scripts.
    /// * A nonce of the baseline stands for every nonce.
    /// * Where the baseline has a `sandbox`, one is asked for that allows no more. Where the
    ///   deployed one forbids scripts none runs, and what `script-src` says isn't compared.
    /// * Report-only policies don't count on either side. A baseline without policies asks for
    ///   nothing.
    /// * Reporting isn't strictness: `report-to` and the like aren't compared.
    pub fn weakenings(&self, baseline: &Self, self_origin: &Origin) -> Vec<Weakening> {
        let deployed: Vec<&EffectivePolicy> = enforced(self).collect();
        let mut points = Vec::new();
        let mut known = HashSet::new();
        for baseline in enforced(baseline) {
            let mut comparison = Comparison {
                baseline,
                deployed: &deployed,
                origin: self_origin,
                points: &mut points,
                known: &mut known,
            };
            comparison.run();
        }
        points
    }
}

fn enforced(list: &PolicyList) -> impl Iterator<Item = &EffectivePolicy> {
    list.policies()
        .iter()
        .filter(|policy| policy.delivery().is_enforced())
}

struct Comparison<'a> {
    baseline: &'a EffectivePolicy,
    deployed: &'a [&'a EffectivePolicy],
    origin: &'a Origin,
    points: &'a mut Vec<Weakening>,
    known: &'a mut HashSet<Weakening>,
}

impl<'a> Comparison<'a> {
    fn run(&mut self) {
        use DirectiveName as D;

        let [default_src, urls @ ..] = URLS;
        self.grants(default_src, Context::Urls);
        let forbids =
            |policy: &&EffectivePolicy| policy.sandbox_forbids(SandboxToken::AllowScripts);
        if !self.deployed.iter().any(forbids) {
            self.scripts();
        }
        self.grants(D::StyleSrcElem, Context::Elements);
        self.grants(D::StyleSrcAttr, Context::Attributes);
        self.keywords(D::StyleSrcAttr, &[&[Keyword::UnsafeHashes]]);
        // It does nothing there today; older browsers let style sheets be made from strings.
        self.keywords(D::StyleSrc, &[&[Keyword::UnsafeEval]]);
        self.grants(D::WorkerSrc, Context::Workers);
        for name in urls {
            self.grants(name, Context::Urls);
        }
        self.sandbox();
        self.trusted_types();
        self.required(
            D::UpgradeInsecureRequests,
            self.baseline.directive(D::UpgradeInsecureRequests),
            |policy| policy.directive(D::UpgradeInsecureRequests).is_some(),
        );
    }

    /// What obeys `script-src`.
    fn scripts(&mut self) {
        use DirectiveName as D;

        self.grants(D::ScriptSrcElem, Context::Elements);
        // `javascript:` URLs are allowed as attributes are, by the directive of elements.
        self.grants(D::ScriptSrcElem, Context::Attributes);
        self.grants(D::ScriptSrcAttr, Context::Attributes);
        for name in [D::ScriptSrcElem, D::ScriptSrcAttr] {
            self.keywords(name, &[&[Keyword::UnsafeHashes]]);
        }
        self.keywords(D::ScriptSrcElem, &[&[Keyword::InlineSpeculationRules]]);
        self.keywords(
            D::ScriptSrc,
            &[
                &[Keyword::UnsafeEval],
                &[Keyword::TrustedTypesEval, Keyword::UnsafeEval],
                &[Keyword::WasmUnsafeEval, Keyword::UnsafeEval],
            ],
        );
    }

    /// The deployed lists that decide about `name`.
    fn lists(&self, name: DirectiveName) -> Vec<&'a EffectiveDirective> {
        self.deployed
            .iter()
            .filter_map(|policy| policy.governing(name))
            .collect()
    }

    fn grants(&mut self, name: DirectiveName, context: Context) {
        let Some(required) = self.baseline.governing(name) else {
            return;
        };
        let lists = self.lists(name);
        if lists.is_empty() {
            return self.missing(name, required);
        }
        let held = grants_of(required, name, context, self.origin);
        let granted = together(
            lists
                .iter()
                .map(|list| grants_of(list, name, context, self.origin)),
        );
        match granted {
            None => self.add(name, required, WeakeningKind::TooManyCombinations),
            Some(granted) => {
                for grant in granted.iter().filter(|grant| !grant.is_held_by(&held)) {
                    let what = grant.label();
                    self.add(name, required, WeakeningKind::Allows { what });
                }
            }
        }
    }

    /// Keywords that count when all lists have one of a group; the baseline must have one, too.
    /// The first of a group that a list has is what is reported.
    fn keywords(&mut self, name: DirectiveName, groups: &[&[Keyword]]) {
        let Some(required) = self.baseline.governing(name) else {
            return;
        };
        let lists = self.lists(name);
        if lists.is_empty() {
            // `eval` obeys `script-src` itself: `script-src-elem` doesn't stand in for it.
            if name == DirectiveName::ScriptSrc {
                self.missing(name, required);
            }
            return;
        }
        for group in groups {
            let has = |list: &EffectiveDirective| group.iter().any(|keyword| list.has(*keyword));
            if has(required) || !lists.iter().all(|list| has(list)) {
                continue;
            }
            let found = group
                .iter()
                .find(|keyword| lists.iter().any(|list| list.has(**keyword)));
            if let Some(keyword) = found {
                let what = keyword.to_string();
                self.add(name, required, WeakeningKind::Allows { what });
            }
        }
    }

    /// Flags of a sandbox are what it allows; several sandboxes allow what all do.
    fn sandbox(&mut self) {
        let name = DirectiveName::Sandbox;
        let Some(required) = self.baseline.directive(name) else {
            return;
        };
        let lists = self.lists(name);
        if lists.is_empty() {
            return self.missing(name, required);
        }
        let has = |list: &EffectiveDirective, flag: &String| {
            list.tokens().contains(flag)
                // Navigation of any kind holds navigation after a click.
                || flag == "allow-top-navigation-by-user-activation"
                    && list.tokens().iter().any(|flag| flag == "allow-top-navigation")
        };
        // A flag of any list: what one says by another's name is allowed by both.
        let mut flags: Vec<&String> = lists.iter().flat_map(|list| list.tokens()).collect();
        flags.sort();
        flags.dedup();
        for flag in flags {
            if lists.iter().all(|list| has(list, flag)) && !has(required, flag) {
                let what = flag.clone();
                self.add(name, required, WeakeningKind::Allows { what });
            }
        }
    }

    fn trusted_types(&mut self) {
        self.required(
            DirectiveName::RequireTrustedTypesFor,
            self.baseline
                .directive(DirectiveName::RequireTrustedTypesFor)
                .filter(|directive| !directive.tokens().is_empty()),
            EffectivePolicy::requires_trusted_types,
        );
        let name = DirectiveName::TrustedTypes;
        let Some(required) = self.baseline.directive(name) else {
            return;
        };
        let lists = self.lists(name);
        if lists.is_empty() {
            return self.missing(name, required);
        }
        let has = |list: &EffectiveDirective, token: &str| {
            list.tokens().iter().any(|own| own == token)
                || token != "'allow-duplicates'" && list.tokens().iter().any(|own| own == "*")
        };
        let mut tokens: Vec<&String> = lists
            .iter()
            .flat_map(|list| list.tokens())
            .filter(|token| *token != "'none'")
            .collect();
        tokens.sort();
        tokens.dedup();
        for token in tokens {
            if lists.iter().all(|list| has(list, token)) && !has(required, token) {
                let what = token.clone();
                self.add(name, required, WeakeningKind::Allows { what });
            }
        }
    }

    /// A directive that is there or isn't: one policy that has it is enough.
    fn required(
        &mut self,
        name: DirectiveName,
        required: Option<&EffectiveDirective>,
        has: impl Fn(&EffectivePolicy) -> bool,
    ) {
        if let Some(required) = required
            && !self.deployed.iter().any(|policy| has(policy))
        {
            self.missing(name, required);
        }
    }

    fn missing(&mut self, name: DirectiveName, required: &EffectiveDirective) {
        let baseline = required.to_string();
        self.add(name, required, WeakeningKind::Missing { baseline });
    }

    /// Adds a point under the name that a reader looks for, once.
    fn add(&mut self, name: DirectiveName, required: &EffectiveDirective, point: WeakeningKind) {
        let lists = self.lists(name);
        // Where both sides decide by the same fallback, the point is about that one.
        let directive = if lists.iter().all(|list| list.name() == required.name()) {
            required.name()
        } else {
            match name {
                DirectiveName::ScriptSrcElem | DirectiveName::ScriptSrcAttr
                    if !self.is_split(name, required) =>
                {
                    DirectiveName::ScriptSrc
                }
                DirectiveName::StyleSrcElem | DirectiveName::StyleSrcAttr
                    if !self.is_split(name, required) =>
                {
                    DirectiveName::StyleSrc
                }
                name => name,
            }
        };
        let weakening = Weakening {
            directive,
            governed_by: lists.first().map(|list| list.name()),
            point,
        };
        if self.known.insert(weakening.clone()) {
            self.points.push(weakening);
        }
    }

    /// Whether one of the sides treats elements or attributes on their own.
    fn is_split(&self, name: DirectiveName, required: &EffectiveDirective) -> bool {
        required.name() == name || self.lists(name).iter().any(|list| list.name() == name)
    }
}
