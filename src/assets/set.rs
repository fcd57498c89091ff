//! All files of one SDK version, read, hashed and ready to send.

use std::collections::HashMap;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, VARY,
};

use super::coding::Accepted;
use super::{AssetCaching, AssetsBuilder, AssetsError, AssetsFault, Coding, variants};
use crate::app::AppFiles;
use crate::errors::Errors;
use crate::header::UnencodedDigest;
use crate::pins::Verified;
use crate::sri::{Algorithm, Digest};
use crate::url::respelt;

/// Everything that is served, of one version; never changed, only replaced as a whole.
#[derive(Debug)]
pub(crate) struct Set {
    pub(super) base: String,
    /// By what follows the base: of a file of the SDK, its path in the package.
    files: HashMap<String, Asset>,
    /// Files of the application that lie elsewhere, by URL path.
    elsewhere: HashMap<String, Asset>,
}

/// A file.
#[derive(Debug)]
pub(super) struct Asset {
    /// The pin, or of a file of the application what it was when it was given.
    digest: Digest,
    owner: Owner,
    caching: AssetCaching,
    /// The very bytes that were hashed.
    identity: Representation,
    /// Compressed copies, the smallest first; all are smaller than the file.
    variants: Vec<Representation>,
}

/// A file, for who lists all of them.
#[cfg(any(feature = "export", all(feature = "page", feature = "waict")))]
pub(crate) struct Listed<'a> {
    pub(crate) url: String,
    pub(crate) is_sdk: bool,
    pub(crate) digest: Digest,
    pub(crate) bytes: &'a Bytes,
    /// The compressed copies, the smallest first.
    pub(crate) copies: Vec<(Coding, Bytes)>,
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Sdk,
    Application,
}

/// The bytes of a file in one content coding, with everything that is said of them.
#[derive(Debug)]
pub(super) struct Representation {
    coding: Option<Coding>,
    pub(super) bytes: Bytes,
    /// The entity tag, with its quotes.
    pub(super) tag: HeaderValue,
    /// The headers of a response that holds all of it. What they say of the unencoded bytes is the
    /// same for every coding.
    pub(super) whole: HeaderMap,
    /// The headers of a `304`.
    pub(super) not_modified: HeaderMap,
}

impl Set {
    pub(crate) fn load(
        verified: &Verified<'_>,
        options: &AssetsBuilder,
    ) -> Result<Self, Errors<AssetsError>> {
        let pins = verified.pins();
        let version = pins.version().to_string();
        let mut errors = Vec::new();
        if options.caching == AssetCaching::Immutable && !is_versioned(pins.base(), &version) {
            errors.push(AssetsFault::NotVersioned {
                base: pins.base().to_owned(),
                version,
            });
        }
        variants::check(options, &mut errors);
        Errors::check(std::mem::take(&mut errors))?;
        let mut set = Self {
            base: pins.base().to_owned(),
            files: HashMap::with_capacity(pins.files().len()),
            elsewhere: HashMap::new(),
        };
        for (file, bytes) in verified.files() {
            let variants = variants::of(options, file.path(), None, bytes, &mut errors);
            // A deployer's own picture changes without the version.
            let caching = match file.override_reason() {
                Some(_) => AssetCaching::Revalidate,
                None => options.caching,
            };
            let asset = Asset::new(
                file.digest(),
                file.content_type(),
                bytes.clone(),
                variants,
                caching,
                Owner::Sdk,
            );
            set.files.insert(file.path().to_owned(), asset);
        }
        set.add_app(options, pins.algorithm(), &mut errors);
        Errors::check(errors)?;
        Ok(set)
    }

    /// Adds the application's files. No URL says their version, so they are asked for each time.
    fn add_app(
        &mut self,
        options: &AssetsBuilder,
        algorithm: Algorithm,
        errors: &mut Vec<AssetsFault>,
    ) {
        for (url, bytes) in options.app.iter() {
            let path = url.to_owned();
            if AppFiles::is_page(url) && !options.has_parts {
                errors.push(AssetsFault::Page { path });
                continue;
            }
            // A copy of a file is not a file of its own.
            let original = AppFiles::compressed(url);
            if original.is_some_and(|original| options.app.get(original).is_some()) {
                continue;
            }
            let content_type = AppFiles::content_type(url).unwrap_or("application/octet-stream");
            let digest = Digest::of(algorithm, bytes);
            let bytes = Bytes::copy_from_slice(bytes);
            let below = url.strip_prefix(self.base.as_str());
            let variants = variants::of(
                options,
                below.unwrap_or(url.trim_start_matches('/')),
                Some(url),
                &bytes,
                errors,
            );
            let asset = Asset::new(
                digest,
                content_type,
                bytes,
                variants,
                AssetCaching::Revalidate,
                Owner::Application,
            );
            match below {
                Some(below) => match self.files.get(below) {
                    Some(sdk) if sdk.digest != digest => errors.push(AssetsFault::OverSdk { path }),
                    Some(_) => {}
                    None => drop(self.files.insert(below.to_owned(), asset)),
                },
                None => drop(self.elsewhere.insert(path, asset)),
            }
        }
    }

    /// The file of a URL path. One of the application is found in any spelling of its name.
    pub(super) fn at(&self, url: &str) -> Option<&Asset> {
        self.spelt(url).or_else(|| {
            let one = respelt(url)?;
            self.spelt(&one)
                .filter(|asset| asset.owner == Owner::Application)
        })
    }

    fn spelt(&self, url: &str) -> Option<&Asset> {
        match url.strip_prefix(self.base.as_str()) {
            Some(below) => self.get(below),
            None => self.elsewhere.get(url),
        }
    }

    /// The same, by what follows the base.
    pub(super) fn below(&self, path: &str) -> Option<&Asset> {
        self.get(path).or_else(|| {
            let one = respelt(path)?;
            self.get(&one)
                .filter(|asset| asset.owner == Owner::Application)
        })
    }

    fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }

    /// All files, sorted by URL path.
    #[cfg(any(feature = "export", all(feature = "page", feature = "waict")))]
    pub(crate) fn listed(&self) -> impl Iterator<Item = Listed<'_>> {
        let below = self.files.iter();
        let below = below.map(|(path, asset)| (format!("{}{path}", self.base), asset));
        let elsewhere = self.elsewhere.iter();
        let elsewhere = elsewhere.map(|(path, asset)| (path.clone(), asset));
        let mut all: Vec<(String, &Asset)> = below.chain(elsewhere).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.into_iter().map(|(url, asset)| Listed {
            url,
            is_sdk: asset.owner == Owner::Sdk,
            digest: asset.digest,
            bytes: &asset.identity.bytes,
            copies: asset
                .variants
                .iter()
                .filter_map(|copy| Some((copy.coding?, copy.bytes.clone())))
                .collect(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.files.len() + self.elsewhere.len()
    }

    /// Whether this set may be replaced by another one: at the same URLs, and with the same bytes
    /// under those that browsers keep.
    pub(crate) fn check_next(&self, next: &Self) -> Result<(), Errors<AssetsError>> {
        if self.base != next.base {
            let (served, pinned) = (self.base.clone(), next.base.clone());
            return Err(AssetsFault::Moved { served, pinned }.into());
        }
        let changed = self.files.iter().filter(|(path, file)| {
            file.caching == AssetCaching::Immutable
                && next.get(path).is_some_and(|new| new.digest != file.digest)
        });
        let mut changed: Vec<String> = changed.map(|(path, _)| path.clone()).collect();
        changed.sort();
        let errors = changed.into_iter();
        Errors::check(errors.map(|path| AssetsFault::Immutable { path }).collect())?;
        Ok(())
    }
}

impl Asset {
    fn new(
        digest: Digest,
        content_type: &'static str,
        bytes: Bytes,
        mut variants: Vec<(Coding, Bytes)>,
        caching: AssetCaching,
        owner: Owner,
    ) -> Self {
        variants.retain(|(_, compressed)| compressed.len() < bytes.len());
        variants.sort_by_key(|(_, compressed)| compressed.len());
        let mut common = HeaderMap::new();
        common.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(cache_control(caching)),
        );
        if !variants.is_empty() {
            common.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        let content_type = HeaderValue::from_static(content_type);
        let unencoded = HeaderValue::from(UnencodedDigest::of(&bytes));
        let of_all = [
            (CONTENT_TYPE, content_type),
            (UnencodedDigest::NAME, unencoded),
        ];
        let representation = |coding: Option<Coding>, digest: Digest, bytes: Bytes| {
            Representation::new(coding, digest, bytes, &of_all, &common)
        };
        Self {
            digest,
            owner,
            caching,
            identity: representation(None, digest, bytes),
            variants: variants
                .into_iter()
                .map(|(coding, bytes)| {
                    let digest = Digest::of(Algorithm::Sha384, &bytes);
                    representation(Some(coding), digest, bytes)
                })
                .collect(),
        }
    }

    /// What a client gets. One that takes nothing of what is there gets the uncompressed bytes
    /// ([RFC 9110, section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)).
    pub(super) fn choose(&self, headers: &HeaderMap) -> &Representation {
        if self.variants.is_empty() {
            return &self.identity;
        }
        let accepted = Accepted::of(headers);
        let mut best = (&self.identity, 0);
        for variant in &self.variants {
            let quality = variant.coding.map_or(0, |coding| accepted.quality(coding));
            if quality > best.1 && quality >= accepted.identity() {
                best = (variant, quality);
            }
        }
        best.0
    }
}

impl Representation {
    fn new(
        coding: Option<Coding>,
        digest: Digest,
        bytes: Bytes,
        of_all: &[(HeaderName, HeaderValue)],
        common: &HeaderMap,
    ) -> Self {
        let tag = match coding {
            None => format!("\"{digest}\""),
            Some(coding) => format!("\"{digest}-{}\"", coding.name()),
        };
        // Letters, digits and `-+/=` in quotes: always a value.
        let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));
        let mut not_modified = common.clone();
        not_modified.insert(ETAG, tag.clone());
        let mut whole = not_modified.clone();
        whole.extend(of_all.iter().cloned());
        let fields: [(HeaderName, HeaderValue); 2] = [
            (CONTENT_LENGTH, HeaderValue::from(bytes.len())),
            (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        ];
        whole.extend(fields);
        if let Some(coding) = coding {
            whole.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        }
        Self {
            coding,
            bytes,
            tag,
            whole,
            not_modified,
        }
    }
}

/// The text of `CacheControl::NO_CACHE_NO_TRANSFORM` and `CacheControl::IMMUTABLE_YEAR`. As a
/// static text it is copied without counting owners, which threads would do in turns.
const fn cache_control(caching: AssetCaching) -> &'static str {
    match caching {
        AssetCaching::Revalidate => "no-cache, no-transform",
        AssetCaching::Immutable => "public, max-age=31536000, immutable, no-transform",
    }
}

/// Whether a part of the URL path is the version: `1.5.0`, `v1.5.0` or `name@1.5.0`.
fn is_versioned(base: &str, version: &str) -> bool {
    base.split('/').any(|part| {
        part.strip_suffix(version)
            .is_some_and(|before| before.is_empty() || before == "v" || before.ends_with('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::CacheControl;

    #[test]
    fn the_texts_are_those_of_the_headers() {
        for (caching, value) in [
            (
                AssetCaching::Revalidate,
                CacheControl::NO_CACHE_NO_TRANSFORM,
            ),
            (AssetCaching::Immutable, CacheControl::IMMUTABLE_YEAR),
        ] {
            assert_eq!(cache_control(caching), value.to_string());
        }
    }
}
