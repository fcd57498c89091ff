//! One release.

use std::fmt;

use crate::sdk::layout::Era;
use crate::sdk::{ConstantStyle, Date, Version};
use crate::sri::Digest;

/// What is known about one release of the SDK.
///
/// Made by [`Release::new`], which takes what cannot be guessed and assumes the rest to be as in
/// 1.5.0; the fields are public, to be changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Release {
    /// The version of the component and of the assets.
    pub version: Version,
    /// When it was published, as far as is known.
    pub released: Released,
    /// What the engine needs from `script-src`.
    pub eval: EvalNeed,
    /// The constant styles that it puts into the page.
    #[cfg_attr(feature = "serde", serde(default))]
    pub styles: Vec<ConstantStyle>,
    /// Whether `img-src` must allow `data:`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub data_images: DataImages,
    /// Names of packages and folders.
    #[cfg_attr(feature = "serde", serde(default))]
    pub era: Era,
    /// Where the statements about the policy come from.
    #[cfg_attr(feature = "serde", serde(default))]
    pub basis: Basis,
    /// Digests of files that are of this release alone, as observed: they tell of which one an engine is
    /// that doesn't name its version. Where none is known, there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub digests: Vec<Digest>,
    /// What else is worth knowing, such as `security fixes`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub notes: Vec<String>,
}

impl Release {
    /// A release with the needs that cannot be guessed; the rest is as in 1.5.0: scoped packages,
    /// a `data:` picture, no known style. The basis is [`Basis::Inferred`].
    pub const fn new(version: Version, released: Released, eval: EvalNeed) -> Self {
        Self {
            version,
            released,
            eval,
            styles: Vec::new(),
            data_images: DataImages::Needed,
            era: Era::Scoped,
            basis: Basis::Inferred,
            digests: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// When a release was published: a day, or the first and the last day that it can have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs)] // a range has two ends
pub struct Released {
    /// The first possible day.
    pub earliest: Date,
    /// The last possible day; the same as `earliest` when the day is known.
    pub latest: Date,
}

impl Released {
    /// On this day.
    pub const fn on(day: Date) -> Self {
        Self {
            earliest: day,
            latest: day,
        }
    }

    /// On one of the days from `earliest` to `latest`.
    pub const fn between(earliest: Date, latest: Date) -> Self {
        Self { earliest, latest }
    }
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.earliest == self.latest {
            write!(f, "{}", self.earliest)
        } else {
            write!(f, "between {} and {}", self.earliest, self.latest)
        }
    }
}

/// What an engine needs from `script-src`, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // CSP has these two keywords for a wasm engine
pub enum EvalNeed {
    /// `'wasm-unsafe-eval'`: it compiles WebAssembly and no JavaScript.
    Wasm,
    /// `'unsafe-eval'`: it also compiles JavaScript from strings.
    Eval,
}

impl EvalNeed {
    /// The keyword as CSP writes it, with its quotes.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Wasm => "'wasm-unsafe-eval'",
            Self::Eval => "'unsafe-eval'",
        }
    }
}

/// Whether the SDK shows a picture from a `data:` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // needed or not
pub enum DataImages {
    /// All pictures are files.
    NotNeeded,
    /// One picture is a `data:` URL. The default: so in all releases since 1.2.0.
    #[default]
    Needed,
}

/// Where the statements about a release's needs come from, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Basis {
    /// Concluded from the releases before and after. The default: nobody claimed more.
    #[default]
    Inferred,
    /// Reported in public by users or by Microsoft.
    Reported,
    /// Its files were run in a browser under a strict policy.
    Measured,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inferred => "inferred",
            Self::Reported => "reported",
            Self::Measured => "measured",
        })
    }
}
