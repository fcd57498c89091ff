//! What a source list grants, and what several lists together still grant.
//!
//! Each source of a list is a grant: "URLs of this set", "whatever carries this nonce", "what has
//! this digest", "all inline", "what a script adds". Under two lists a script must find a grant in
//! each, so together they grant every pair: `https:` in one and `'nonce-abc'` in the other is "a
//! URL of `https:` with that nonce". A baseline holds such a pair when it holds one half of it.
//!
//! Embedded Enforcement as written, and Chromium with it, intersects sources of one sort only and
//! takes that pair for nothing, though a script may well have both.

use std::collections::BTreeSet;

use super::urls::Reach;
use crate::csp::effective::{EffectiveDirective, SourceExpression};
use crate::csp::{DirectiveName, Keyword};
use crate::sri::Algorithm;
use crate::url::Origin;

/// Above this the lists are not compared: a bound for the work that a foreign header can cause.
const MOST: usize = 16_384;

/// What is asked of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// URLs are fetched.
    Urls,
    /// Workers: URLs, and `'strict-dynamic'`.
    Workers,
    /// Script and style elements.
    Elements,
    /// Handlers and `style` attributes.
    Attributes,
}

/// A condition under which something is allowed: all its parts must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    urls: Option<Reach>,
    /// The sources whose intersection `urls` is; empty when it is a source itself.
    parents: BTreeSet<Reach>,
    nonce: Option<String>,
    digests: BTreeSet<DigestKey>,
    inline: bool,
    dynamic: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DigestKey {
    /// With its text.
    Hash(Algorithm, Vec<u8>, String),
    PublicKey(String),
}

/// What one list grants.
pub(super) fn grants_of(
    list: &EffectiveDirective,
    directive: DirectiveName,
    context: Context,
    origin: &Origin,
) -> Vec<Grant> {
    let hashes_count = context == Context::Elements
        || context == Context::Attributes && list.has(Keyword::UnsafeHashes);
    if context == Context::Workers && list.has(Keyword::StrictDynamic) {
        return vec![Grant::dynamic()];
    }
    let mut grants = Vec::new();
    for source in list.in_force(directive) {
        match source {
            source if source.is_of_url() && context != Context::Attributes => {
                let reaches = Reach::of(source, directive, origin);
                grants.extend(reaches.into_iter().map(|urls| Grant {
                    urls: Some(urls),
                    ..Grant::default()
                }));
            }
            SourceExpression::Nonce(nonce) if context == Context::Elements => {
                grants.push(Grant {
                    nonce: Some(nonce.clone()),
                    ..Grant::default()
                });
            }
            SourceExpression::Hash(hash) if hashes_count => grants.push(Grant::digest(
                DigestKey::Hash(hash.algorithm(), hash.as_bytes().to_vec(), hash.to_string()),
            )),
            SourceExpression::PublicKey(key) if context == Context::Elements => {
                grants.push(Grant::digest(DigestKey::PublicKey(key.clone())));
            }
            SourceExpression::Keyword(Keyword::UnsafeInline)
                if matches!(context, Context::Elements | Context::Attributes) =>
            {
                grants.push(Grant {
                    inline: true,
                    ..Grant::default()
                });
            }
            SourceExpression::Keyword(Keyword::StrictDynamic) if context == Context::Elements => {
                grants.push(Grant::dynamic());
            }
            _ => {}
        }
    }
    grants
}

/// What several lists grant together; `None` when that is too much to work out.
pub(super) fn together(lists: impl IntoIterator<Item = Vec<Grant>>) -> Option<Vec<Grant>> {
    let mut lists = lists.into_iter();
    let mut all: BTreeSet<Grant> = lists.next()?.into_iter().collect();
    for list in lists {
        if all.len().saturating_mul(list.len()) > MOST {
            return None;
        }
        all = all
            .iter()
            .flat_map(|a| list.iter().filter_map(|b| a.and(b)))
            .collect();
    }
    Some(all.into_iter().collect())
}

impl Grant {
    fn dynamic() -> Self {
        Self {
            dynamic: true,
            ..Self::default()
        }
    }

    fn digest(key: DigestKey) -> Self {
        Self {
            digests: BTreeSet::from([key]),
            ..Self::default()
        }
    }

    /// Both conditions at once; `None` when nothing can meet both.
    fn and(&self, other: &Self) -> Option<Self> {
        let mut parents: BTreeSet<_> = self.parents.union(&other.parents).cloned().collect();
        let urls = match (&self.urls, &other.urls) {
            (Some(a), Some(b)) => {
                for (grant, urls) in [(self, a), (other, b)] {
                    if grant.parents.is_empty() {
                        parents.insert(urls.clone());
                    }
                }
                Some(a.intersection(b)?)
            }
            (urls, None) | (None, urls) => urls.clone(),
        };
        let nonce = match (&self.nonce, &other.nonce) {
            // An element has one nonce, and nonces are compared byte for byte.
            (Some(a), Some(b)) if a != b => return None,
            (Some(nonce), _) | (None, Some(nonce)) => Some(nonce.clone()),
            (None, None) => None,
        };
        let digests: BTreeSet<_> = self.digests.union(&other.digests).cloned().collect();
        // A text has one digest of each algorithm; signatures it may have several.
        let mut algorithms = BTreeSet::new();
        let at_odds = digests.iter().any(|key| match key {
            DigestKey::Hash(algorithm, ..) => !algorithms.insert(*algorithm),
            DigestKey::PublicKey(_) => false,
        });
        if at_odds {
            return None;
        }
        let inline = self.inline || other.inline;
        let dynamic = self.dynamic || other.dynamic;
        // What is inline has no URL, and isn't added by a script as a file.
        if inline && (urls.is_some() || dynamic) {
            return None;
        }
        Some(Self {
            urls,
            parents,
            nonce,
            digests,
            inline,
            dynamic,
        })
    }

    /// Whether one of the grants of a list holds all that this one allows.
    pub(super) fn is_held_by(&self, baseline: &[Self]) -> bool {
        baseline.iter().any(|own| {
            // A grant of a single list has one part.
            let urls = match (&own.urls, &self.urls) {
                (Some(own), Some(urls)) => {
                    // To hold one of the sets is to hold what they have in common; and that may
                    // be written in too little detail to be seen in it.
                    own.holds(urls) || self.parents.iter().any(|parent| own.holds(parent))
                }
                _ => false,
            };
            urls
                // Nonces differ from response to response: a baseline with one admits every one.
                || own.nonce.is_some() && self.nonce.is_some()
                || own.digests.iter().any(|key| self.digests.contains(key))
                || own.inline && self.inline
                || own.dynamic && self.dynamic
        })
    }

    /// What it allows, in words of the policy.
    pub(super) fn label(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        if let Some(urls) = &self.urls {
            parts.push(urls.label());
        }
        if self.nonce.is_some() {
            // The value is this response's secret, and of no interest.
            parts.push("'nonce-...'");
        }
        for key in &self.digests {
            parts.push(match key {
                DigestKey::Hash(_, _, text) => text,
                DigestKey::PublicKey(_) => "'ed25519-...'",
            });
        }
        if self.inline {
            parts.push(Keyword::UnsafeInline.as_str());
        }
        if self.dynamic {
            parts.push(Keyword::StrictDynamic.as_str());
        }
        parts.join(" with ")
    }
}
