//! What a version needs, also one that the table does not know.

use std::fmt;

use super::{DataImages, EvalNeed, Releases};
use crate::sdk::layout::Era;
use crate::sdk::{ConstantStyle, Version};

/// What a version of the SDK needs from a policy, and how sure that is.
///
/// See [`Releases::needs`] for the rule about versions that the table does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// What the engine needs from `script-src`.
    pub eval: EvalNeed,
    /// The constant styles. Those of an unknown version are without hashes: take them from the
    /// files.
    pub styles: Vec<ConstantStyle>,
    /// Whether `img-src` must allow `data:`.
    pub data_images: DataImages,
    /// Names of packages and folders.
    pub era: Era,
    /// Whether the table knows the version, and if not, what was assumed.
    pub certainty: Certainty,
}

/// Whether the table knows a version. `Display` gives a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // where a version can lie in a sorted table
pub enum Certainty {
    /// It is in the table.
    Known,
    /// It lies between two releases of the table.
    Between {
        /// The one before.
        below: Version,
        /// The one after.
        above: Version,
    },
    /// It is newer than the newest of the table.
    NewerThan(Version),
    /// It is older than the oldest of the table.
    OlderThan(Version),
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => f.write_str("in the table of releases"),
            Self::Between { below, above } => write!(
                f,
                "not in the table of releases; assumed to need no more than {below} and {above} both do"
            ),
            Self::NewerThan(newest) => write!(
                f,
                "newer than {newest}, the newest in the table of releases; assumed to need only 'wasm-unsafe-eval'"
            ),
            Self::OlderThan(oldest) => write!(
                f,
                "older than {oldest}, the oldest in the table of releases; assumed to need what that one does"
            ),
        }
    }
}

impl Releases {
    /// What a version needs.
    ///
    /// The rule for a version that the table does not know fails closed: when the assumption is
    /// wrong, the engine does not start, and no page's policy is wider than it has to be.
    ///
    /// * Between two known ones: what both need. 1.4.9 lies between 1.4.8 (`'unsafe-eval'`) and
    ///   1.5.0 (`'wasm-unsafe-eval'`) and so gets `'wasm-unsafe-eval'`.
    /// * Newer than all: `'wasm-unsafe-eval'`, whatever the newest one needs.
    /// * Older than all: what the oldest needs, which is `'unsafe-eval'` in the built-in table, so
    ///   a strict policy refuses it.
    ///
    /// Hashes of styles are never carried over to an unknown version.
    ///
    /// ```
    /// use tower_visor::sdk::{EvalNeed, Releases, Version};
    ///
    /// let needs = Releases::builtin().needs(&Version::new(1, 4, 9));
    /// assert_eq!(needs.eval, EvalNeed::Wasm);
    /// assert_eq!(
    ///     needs.certainty.to_string(),
    ///     "not in the table of releases; assumed to need no more than 1.4.8 and 1.5.0 both do",
    /// );
    /// ```
    pub fn needs(&self, version: &Version) -> Needs {
        let index = self
            .releases
            .partition_point(|known| known.version < *version);
        let below = index.checked_sub(1).and_then(|i| self.releases.get(i));
        let above = self.releases.get(index);
        let (model, eval, certainty) = match (below, above) {
            (_, Some(known)) if known.version == *version => {
                return Needs {
                    eval: known.eval,
                    styles: known.styles.clone(),
                    data_images: known.data_images,
                    era: known.era,
                    certainty: Certainty::Known,
                };
            }
            (Some(below), Some(above)) => (
                below,
                below.eval.min(above.eval),
                Certainty::Between {
                    below: below.version.clone(),
                    above: above.version.clone(),
                },
            ),
            (None, Some(oldest)) => (
                oldest,
                oldest.eval,
                Certainty::OlderThan(oldest.version.clone()),
            ),
            // A table is never empty, so a version that is not below anything is above the newest.
            (below, None) => {
                let newest = below.unwrap_or_else(|| self.latest());
                (
                    newest,
                    EvalNeed::Wasm,
                    Certainty::NewerThan(newest.version.clone()),
                )
            }
        };
        let styles = model.styles.iter().map(|style| ConstantStyle {
            kind: style.kind,
            hash: None,
        });
        Needs {
            eval,
            styles: styles.collect(),
            data_images: model.data_images,
            era: model.era,
            certainty,
        }
    }
}
