//! [`LivenessPage`]: the page that hosts the Face Liveness Web SDK.

use super::{Document, Location, PolicyFault, Resource};
use crate::pins::Pins;
use crate::sdk::layout::{Engine, Layout};
use crate::sdk::{Endpoint, Needs, Releases, StyleKind, Version};
use crate::sri::Digest;

/// A page with the SDK on it: the page, the version, and the one Face endpoint that it calls.
///
/// ```
/// use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
/// use tower_visor::sdk::Endpoint;
///
/// let page = Document::new("https://liveness.contoso.example")?
///     .loads(Resource::Script, "/app.js")
///     .loads(Resource::Connect, "/api/session");
/// let page = LivenessPage::new(page, "1.5.0".parse()?, Endpoint::resource("contoso")?);
/// let policy = Policy::strict(page);
/// # policy.compile()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LivenessPage {
    pub(super) document: Document,
    pub(super) sdk: Sdk,
}

/// What a policy must know of the SDK on the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sdk {
    pub(super) version: Version,
    pub(super) endpoint: Endpoint,
    /// Begins and ends with a slash.
    pub(super) path: String,
    pub(super) releases: Releases,
    /// The languages of the page; `None` for all.
    pub(super) languages: Option<Vec<String>>,
    /// The styles found in the pinned files; without pins, the table's.
    pub(super) styles: Option<Vec<(StyleKind, Digest)>>,
}

impl LivenessPage {
    /// A page whose SDK is at the root of the page's origin: `/FaceLivenessDetector.js` and
    /// `/facelivenessdetector-assets/`, where the SDK looks for its assets from a page at the
    /// root.
    pub fn new(document: Document, version: Version, endpoint: Endpoint) -> Self {
        Self {
            document,
            sdk: Sdk {
                version,
                endpoint,
                path: String::from("/"),
                releases: Releases::builtin(),
                languages: None,
                styles: None,
            },
        }
    }

    /// A page with a pinned SDK: its version, where it is served, and the hashes of the styles
    /// that are in its files.
    ///
    /// ```
    /// use tower_visor::pins::Pins;
    /// use tower_visor::policy::{Document, LivenessPage, Policy};
    /// use tower_visor::sdk::Endpoint;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder).unwrap();
    /// let document = Document::new("https://liveness.contoso.example")?;
    /// let page = LivenessPage::pinned(document, &pins, Endpoint::resource("contoso")?);
    /// assert_eq!(Policy::strict(page).compile()?.warnings(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pinned(document: Document, pins: &Pins, endpoint: Endpoint) -> Self {
        let mut page = Self::new(document, pins.version().clone(), endpoint);
        pins.base().clone_into(&mut page.sdk.path);
        page.sdk.styles = Some(pins.styles());
        page
    }

    /// The SDK is in another folder of the page's origin, for example `/sdk/1.5.0/`.
    ///
    /// Unless it begins and ends with a slash and is a legal path,
    /// [`Policy::compile`](super::Policy::compile) fails.
    #[must_use]
    pub fn sdk_at(mut self, path: &str) -> Self {
        match sdk_path(path) {
            Ok(path) => self.sdk.path = path,
            Err(fault) => self.document.faults.push(fault),
        }
        self
    }

    /// The languages that the page shows the SDK in, named as the folders of the language files
    /// are. `connect-src` then names these files, and the one for no language, by their URLs;
    /// a compiled page contains no digest of any other.
    ///
    /// Without this it names the folder of all language files: 1.5.0 has 75 of them, and a policy
    /// with the URL of each is over 7 KiB long, while servers and proxies stop at 8 KiB or at 4. On a
    /// compiled page the folder allows no more than its pinned files: the guard refuses the rest.
    ///
    /// ```
    /// # use tower_visor::policy::{Document, LivenessPage, Policy};
    /// # use tower_visor::sdk::Endpoint;
    /// let document = Document::new("https://liveness.contoso.example")?;
    /// let page = LivenessPage::new(document, "1.5.0".parse()?, Endpoint::resource("contoso")?);
    /// let policy = Policy::strict(page.languages(["de-DE", "en-US"]));
    /// # policy.compile()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Policy::compile`](super::Policy::compile) fails for anything that is not the name of a
    /// language's folder.
    #[must_use]
    pub fn languages<I>(mut self, tags: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let (mut tags, wrong): (Vec<String>, Vec<String>) = tags
            .into_iter()
            .map(Into::into)
            .partition(|tag: &String| !tag.is_empty() && tag.chars().all(plain));
        self.document.faults.extend(wrong.iter().map(|tag| {
            let text = tag.escape_default().to_string();
            PolicyFault::Language { text }
        }));
        tags.sort();
        tags.dedup();
        self.sdk.languages = Some(tags);
        self
    }

    /// Another table of releases, if Microsoft has published something newer than this crate knows.
    #[must_use]
    pub fn releases(mut self, releases: Releases) -> Self {
        self.sdk.releases = releases;
        self
    }

    /// The page.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The version of the SDK.
    pub fn version(&self) -> &Version {
        &self.sdk.version
    }

    /// The Face endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.sdk.endpoint
    }
}

/// A folder on the page's origin.
pub(super) fn sdk_path(path: &str) -> Result<String, PolicyFault> {
    let wrong = || PolicyFault::SdkPath {
        text: path.escape_default().to_string(),
    };
    if !path.ends_with('/') {
        return Err(wrong());
    }
    match path.parse::<Location>() {
        Ok(_) if path.starts_with('/') => Ok(path.to_owned()),
        _ => Err(wrong()),
    }
}

impl Sdk {
    pub(super) fn needs(&self) -> Needs {
        self.releases.needs(&self.version)
    }

    /// What the SDK loads from its own folder, as paths on the page's origin.
    ///
    /// Both engines and both wasm files: which one a browser takes depends on the browser.
    pub(super) fn files(&self, needs: &Needs) -> Vec<(Resource, String)> {
        let layout = needs.era.layout().copied().unwrap_or(Layout::SCOPED);
        let at = |file: &str| format!("{}{file}", self.path);
        let mut files = vec![(Resource::Script, at(layout.component))];
        for engine in Engine::ALL {
            files.push((Resource::Script, at(&layout.engine_script(engine))));
            files.push((Resource::Connect, at(&layout.engine_wasm(engine))));
        }
        for picture in layout.pictures() {
            files.push((Resource::Image, at(&picture)));
        }
        let languages = match self.language_files(&layout) {
            Some(files) => files,
            None => vec![layout.languages()],
        };
        files.extend(languages.iter().map(|file| (Resource::Connect, at(file))));
        files
    }

    /// The language files that the page may need, from the SDK's folder on; `None` for all.
    pub(super) fn language_files(&self, layout: &Layout) -> Option<Vec<String>> {
        let tags = self.languages.as_ref()?;
        let named = tags.iter().map(|tag| layout.language(tag));
        Some(named.chain([layout.no_language()]).collect())
    }

    /// Hashes of the styles that the SDK puts into the page, as far as they are known.
    pub(super) fn style_hashes(&self, needs: &Needs) -> Vec<(StyleKind, Digest)> {
        if let Some(styles) = &self.styles {
            return styles.clone();
        }
        let known = needs.styles.iter().filter_map(|style| {
            let hash = style.hash.as_ref()?.as_str().parse().ok()?;
            Some((style.kind, hash))
        });
        known.collect()
    }

    /// Places of the styles whose hashes are not known.
    pub(super) fn unknown_styles(&self, needs: &Needs) -> Vec<&'static str> {
        let known = self.style_hashes(needs);
        let place = |kind| match kind {
            StyleKind::Shadow => "its shadow root",
            _ => "the head",
        };
        needs
            .styles
            .iter()
            .filter(|style| !known.iter().any(|(kind, _)| *kind == style.kind))
            .map(|style| place(style.kind))
            .collect()
    }
}
