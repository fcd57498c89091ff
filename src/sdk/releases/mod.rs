//! The table of releases: what each one is, and what it needs from a Content Security Policy.

mod needs;
mod release;
mod table;

pub use needs::{Certainty, Needs};
pub use release::{Basis, DataImages, EvalNeed, Release, Released};

use super::{Date, ReleaseError, Version};
use crate::sri::Digest;

/// The known releases, oldest first, with the date up to which the table is complete.
///
/// The table is data: [`Releases::builtin`] is what was known when this version of the crate was
/// made; a newer one can be read from configuration or built with [`Releases::with`].
///
/// ```
/// use tower_visor::sdk::{EvalNeed, Release, Released, Releases, Version};
///
/// let day = Released::on("2026-12-10".parse()?);
/// let releases = Releases::builtin().with(Release::new(Version::new(1, 6, 0), day, EvalNeed::Wasm));
/// assert_eq!(releases.latest().version, Version::new(1, 6, 0));
/// # Ok::<(), tower_visor::sdk::ReleaseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Raw", into = "Raw"))]
pub struct Releases {
    as_of: Date,
    /// Sorted by version, none twice, at least one that is not a preview.
    releases: Vec<Release>,
}

impl Releases {
    /// A custom table, in any order.
    ///
    /// # Errors
    /// * no release, or only previews
    /// * a version that appears twice
    /// * a release whose first possible day lies after its last
    pub fn new(
        as_of: Date,
        releases: impl IntoIterator<Item = Release>,
    ) -> Result<Self, ReleaseError> {
        let mut releases: Vec<_> = releases.into_iter().collect();
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        for release in &releases {
            let Released { earliest, latest } = release.released;
            if earliest > latest {
                let version = &release.version;
                return Err(ReleaseError(format!(
                    "release {version}: {earliest} lies after {latest}; swap the two dates"
                )));
            }
        }
        for pair in releases.windows(2) {
            if let [first, second] = pair
                && first.version == second.version
            {
                let version = &first.version;
                return Err(ReleaseError(format!(
                    "release {version} appears twice in the table; remove one"
                )));
            }
        }
        if releases
            .iter()
            .all(|release| release.version.is_prerelease())
        {
            let what =
                "the table of releases is empty; give at least one release that is not a preview";
            return Err(ReleaseError(what.to_owned()));
        }
        Ok(Self { as_of, releases })
    }

    /// The same table with one release added, or replaced where the version is known already.
    /// When the release is newer than the table, the as-of date becomes its date.
    #[must_use]
    pub fn with(mut self, release: Release) -> Self {
        self.as_of = self.as_of.max(release.released.latest);
        match self
            .releases
            .binary_search_by(|known| known.version.cmp(&release.version))
        {
            Ok(index) => {
                if let Some(known) = self.releases.get_mut(index) {
                    *known = release;
                }
            }
            Err(index) => self.releases.insert(index, release),
        }
        self
    }

    /// The day up to which the table is complete.
    pub const fn as_of(&self) -> Date {
        self.as_of
    }

    /// All releases and previews, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Release> {
        self.releases.iter()
    }

    /// The release with exactly this version.
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.releases
            .binary_search_by(|known| known.version.cmp(version))
            .ok()
            .and_then(|index| self.releases.get(index))
    }

    /// The release that alone has a file with this digest, as far as the table knows.
    ///
    /// ```
    /// use tower_visor::sdk::{EvalNeed, Release, Released, Releases};
    /// use tower_visor::sri::{Algorithm, Digest};
    ///
    /// let engine = Digest::of(Algorithm::Sha384, b"the engine's script");
    /// let mut release = Release::new("1.6.0".parse()?, Released::on("2026-11-20".parse()?), EvalNeed::Wasm);
    /// release.digests.push(engine);
    /// let releases = Releases::builtin().with(release);
    /// assert_eq!(releases.with_file(&engine).unwrap().version.to_string(), "1.6.0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_file(&self, digest: &Digest) -> Option<&Release> {
        self.iter().find(|release| release.digests.contains(digest))
    }

    /// The newest release that is not a preview.
    pub fn latest(&self) -> &Release {
        let newest = self
            .iter()
            .rev()
            .find(|release| !release.version.is_prerelease());
        // The constructor refuses a table without a release, so there always is one.
        newest.unwrap_or_else(|| unreachable!("a table without a release cannot be constructed"))
    }
}

/// How a table is written in configuration.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    as_of: Date,
    releases: Vec<Release>,
}

#[cfg(feature = "serde")]
impl TryFrom<Raw> for Releases {
    type Error = ReleaseError;

    fn try_from(raw: Raw) -> Result<Self, ReleaseError> {
        Self::new(raw.as_of, raw.releases)
    }
}

#[cfg(feature = "serde")]
impl From<Releases> for Raw {
    fn from(releases: Releases) -> Self {
        Self {
            as_of: releases.as_of,
            releases: releases.releases,
        }
    }
}
