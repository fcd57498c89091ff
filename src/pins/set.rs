//! The pins themselves: plain, checked data.

use std::collections::BTreeSet;

use super::Provenance;
use super::sources::RegistryIntegrity;
use crate::sdk::layout::{self, FileKind, Layout};
use crate::sdk::{Date, Releases, StyleKind, Support, Version};
use crate::sri::{Algorithm, Digest};

/// The files of one version of the SDK, each with the digest that it must have.
///
/// Made by [`Pins::scan`] or [`Scan`](super::Scan) out of files, or read from `visor-lock.json`; never
/// assembled by hand, so any value of it is complete: one component, both engines, both wasm files, no
/// path twice, one hash algorithm.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Pins::scan(folder).unwrap();
/// assert_eq!(pins.version().to_string(), "1.5.0");
///
/// let component = pins.file("FaceLivenessDetector.js").unwrap();
/// assert_eq!(component.url(), "/FaceLivenessDetector.js");
/// assert!(component.digest().to_string().starts_with("sha384-"));
///
/// // Written to `visor-lock.json`, committed, read again at the next start.
/// let again = Pins::from_json(&pins.to_json()).unwrap();
/// assert_eq!(again, pins);
/// assert!(again.verify(folder).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    pub(super) version: Version,
    pub(super) layout: &'static Layout,
    pub(super) base: Base,
    pub(super) algorithm: Algorithm,
    /// Sorted by name; one or two.
    pub(super) packages: Vec<Package>,
    /// Sorted by path, none twice.
    pub(super) files: Vec<PinnedFile>,
}

impl Pins {
    /// The version of the SDK: of its packages and of the component itself.
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// Names of packages, folders and files in this version.
    pub const fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// The URL path under which the files are served: `/`, or one that ends in `/`.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// The one algorithm of all digests.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The npm packages, sorted by name.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// All files, sorted by path.
    pub fn files(&self) -> &[PinnedFile] {
        &self.files
    }

    /// The file with this path, such as `FaceLivenessDetector.js`.
    pub fn file(&self, path: &str) -> Option<&PinnedFile> {
        self.files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()
            .and_then(|index| self.files.get(index))
    }

    /// The file that is served under this URL path, such as `/FaceLivenessDetector.js`.
    pub fn served(&self, url: &str) -> Option<&PinnedFile> {
        self.file(url.strip_prefix(self.base.as_str())?)
    }

    /// The files of one kind.
    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = &PinnedFile> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    /// The weakest provenance of all files that are Microsoft's; declared overrides don't count,
    /// since they are the deployer's own.
    pub fn weakest_provenance(&self) -> Provenance {
        self.files
            .iter()
            .filter(|file| file.override_reason.is_none())
            .map(|file| file.provenance)
            .min()
            // There always is a component, and no override of it.
            .unwrap_or(Provenance::Observed)
    }

    /// The hashes of the styles that the SDK puts into the page, for `style-src-elem`, as far as
    /// they were found in its files. Sorted, without duplicates. A style in the head brings the
    /// hash of the empty text too, because that element is added to the page before its text.
    pub fn styles(&self) -> Vec<(StyleKind, Digest)> {
        let mut found = BTreeSet::new();
        for file in &self.files {
            let kind = match file.kind {
                FileKind::Component => StyleKind::Head,
                FileKind::Wasm(_) => StyleKind::Shadow,
                _ => continue,
            };
            found.extend(file.styles.iter().map(|digest| (kind, *digest)));
        }
        if found.iter().any(|(kind, _)| *kind == StyleKind::Head) {
            found.insert((StyleKind::Empty, Digest::of(self.algorithm, b"")));
        }
        found.into_iter().collect()
    }

    /// How the pinned version compares with a table of releases on a given day.
    pub fn support(&self, releases: &Releases, today: Date) -> Support {
        releases.support(&self.version, today)
    }
}

/// An npm package of the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub(super) name: &'static str,
    pub(super) version: Version,
    pub(super) provenance: Provenance,
    pub(super) integrity: Option<RegistryIntegrity>,
}

impl Package {
    /// The name, such as `@azure/ai-vision-face-ui`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The version; both packages have the same one.
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// How far the package can be traced back; a file of it can have stronger provenance, by a
    /// published digest, or weaker, as an override.
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// What the registry says about the tarball, if a lock file was given. It was checked only
    /// if the provenance says so.
    pub const fn integrity(&self) -> Option<&RegistryIntegrity> {
        self.integrity.as_ref()
    }
}

/// A file of the SDK and the digest that it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedFile {
    pub(super) path: String,
    pub(super) url: String,
    pub(super) kind: FileKind,
    pub(super) package: &'static str,
    pub(super) bytes: u64,
    pub(super) digest: Digest,
    pub(super) provenance: Provenance,
    /// Sorted, none twice.
    pub(super) styles: Vec<Digest>,
    pub(super) override_reason: Option<String>,
}

impl PinnedFile {
    /// The path in the package, with `/` between the parts: `FaceLivenessDetector.js`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The URL path that it is served at: the base and the path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the file is.
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// The npm package that it comes from.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    /// Its size in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest that it must have.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The content type that it must be served with.
    pub fn content_type(&self) -> &'static str {
        // Every file has a kind, and every kind a type; a test goes through them.
        layout::content_type(&self.path).unwrap_or("application/octet-stream")
    }

    /// How far its digest can be traced back.
    pub const fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// The hashes of the constant styles that it holds.
    pub fn styles(&self) -> &[Digest] {
        &self.styles
    }

    /// Why the deployer replaced it, if at all.
    pub fn override_reason(&self) -> Option<&str> {
        self.override_reason.as_deref()
    }
}

/// The URL path under which the files are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base(String);

impl Base {
    pub(super) fn root() -> Self {
        Self("/".to_owned())
    }

    /// `/` at both ends, and in between parts that need no escape and don't climb.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('/')?;
        if inner.is_empty() {
            return Some(Self::root());
        }
        let parts = inner.strip_suffix('/')?;
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._~@+".contains(&byte))
        };
        (text.len() <= 1024 && parts.split('/').all(plain)).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}
