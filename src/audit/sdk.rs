//! The Face Liveness SDK as a page uses it: which files browsers will ask for, and what checks them.

use super::html::{Document, Element};
use super::loaded::loaded;
use super::{Context, Response};
use crate::html::JAVASCRIPT;
use crate::pins::{PinnedFile, Pins, component_versions, named_release};
use crate::sdk::layout::{Engine, FileKind, Layout};
use crate::sdk::{Releases, Version};
use crate::sri::{Algorithm, Digest};
use crate::url::Url;

/// The SDK as a page uses it.
pub(super) struct Sdk<'a> {
    pub(super) layout: &'static Layout,
    /// The component, where its URL is known.
    pub(super) component: Option<Url>,
    /// What the SDK's relative URLs are relative to: the document base, not the component.
    pub(super) base: &'a Url,
    document: &'a Document,
    context: &'a Context<'a>,
}

/// A file of the SDK, as the page would load it.
pub(super) struct SdkFile {
    /// In the package.
    pub(super) path: String,
    pub(super) url: Url,
    pub(super) kind: FileKind,
}

impl<'a> Sdk<'a> {
    /// The SDK, if the page uses it.
    pub(super) fn of(document: &'a Document, context: &'a Context<'a>) -> Option<Self> {
        let layout = context.pins.map_or(&Layout::SCOPED, Pins::layout);
        let is_component = |url: &Url| url.path().rsplit('/').next() == Some(layout.component);
        let found = |resource: &&Response| resource.status().is_success() && !resource.is_html();
        let elements = loaded(document).map(|loaded| loaded.url);
        let targets = document.map.targets.iter().cloned();
        let resources = context.resources.iter();
        let fetched = resources
            .filter(found)
            .map(|resource| resource.url().clone());
        let component = elements.chain(targets).chain(fetched).find(is_component);
        let is_named = |text: &[u8]| {
            let has = |word: &str| text.windows(word.len()).any(|w| w == word.as_bytes());
            has(layout.element) || has(layout.component)
        };
        let in_text = || {
            let inline = document
                .elements
                .iter()
                .map(|element| element.text.as_bytes());
            let scripts = context.resources.iter().filter(|resource| {
                let media_type = resource.media_type();
                JAVASCRIPT.contains(&media_type.as_str())
            });
            let bodies = scripts.filter_map(Response::body).map(|body| &**body);
            inline.chain(bodies).any(is_named)
        };
        let is_used =
            component.is_some() || document.named(layout.element).next().is_some() || in_text();
        is_used.then_some(Self {
            layout,
            component,
            base: &document.base,
            document,
            context,
        })
    }

    /// What the browser will ask for: the component, both engines, both wasm, and all else that
    /// is pinned.
    pub(super) fn files(&self) -> Vec<SdkFile> {
        let mut files = Vec::new();
        let mut add = |path: String, url: Url| {
            if let Some(kind) = self.layout.kind(&path) {
                files.push(SdkFile { path, url, kind });
            }
        };
        if let Some(url) = &self.component {
            add(self.layout.component.to_owned(), url.clone());
        }
        let engines = Engine::ALL.into_iter().flat_map(|engine| {
            [
                self.layout.engine_script(engine),
                self.layout.engine_wasm(engine),
            ]
        });
        for path in engines {
            if let Ok(url) = self.base.join(&path) {
                add(path, url);
            }
        }
        for file in self.context.pins.into_iter().flat_map(Pins::files) {
            // Those are there already, at the URL that the component makes up.
            let is_code = file.kind().is_code();
            let is_there =
                is_code && (file.path() != self.layout.component || self.component.is_some());
            if let (false, Ok(url)) = (is_there, self.base.join(file.url())) {
                add(file.path().to_owned(), url);
            }
        }
        files
    }

    /// The language file that is asked for where the page names no language.
    pub(super) fn language(&self) -> Option<Url> {
        let path = format!("{}en.json", self.layout.languages());
        self.base.join(&path).ok()
    }

    /// The element that loads a file, where one does.
    pub(super) fn element_of(&self, url: &Url) -> Option<&'a Element> {
        let mut all = loaded(self.document);
        all.find_map(|loaded| (loaded.url == *url).then_some(loaded.element))
    }

    /// The integrity metadata with which the browser would load a script of the SDK: the
    /// element's, the import map's, or the guard's.
    pub(super) fn integrity_of(&self, path: &str, url: &Url) -> Option<String> {
        let by_page = loaded(self.document)
            .filter(|loaded| loaded.url == *url && loaded.method() != "none")
            .find_map(|loaded| loaded.metadata)
            .or_else(|| {
                // It speaks of modules, and the engines are none.
                let map = Some(&self.document.map).filter(|_| path == self.layout.component);
                map?.integrity(url)
            });
        let by_guard = || self.guard(path).map(|digest| digest.to_string());
        by_page.map(str::to_owned).or_else(by_guard)
    }

    /// Whether something in the page holds a file to its digest at run time.
    pub(super) fn is_guarded(&self, path: &str) -> bool {
        self.guard(path).is_some()
    }

    /// The digest of a file, pinned or as fetched, if an inline script of the page holds it. An
    /// audit can't run the script; whether it uses the digest is what browser tests are for.
    fn guard(&self, path: &str) -> Option<Digest> {
        let pinned = self.context.pins.and_then(|pins| pins.file(path));
        let fetched = || {
            let url = self.base.join(path).ok()?;
            let body = self.context.resource(&url)?.body()?;
            Some(Digest::of(Algorithm::Sha384, body))
        };
        let digest = pinned.map(PinnedFile::digest).or_else(fetched)?;
        let text = digest.to_base64();
        self.document
            .named("script")
            .any(|script| script.value("src").is_none() && script.text.contains(&text))
            .then_some(digest)
    }

    /// The version that the component says it is of, where it was read and names just one.
    pub(super) fn seen_version(&self) -> Option<Version> {
        let component = self.context.resource(self.component.as_ref()?)?;
        let mut versions = component_versions(component.body()?).into_iter();
        let only = versions.next();
        only.filter(|_| versions.next().is_none())
    }

    /// The version that the engine is of, where its files were read: a wasm names just one of those that were
    /// released, as versions before 1.4 do, or the table knows a file by its digest. And that file's path.
    pub(super) fn engine_version(&self) -> Option<(String, Version)> {
        let builtin = Releases::builtin();
        let releases = self.context.releases.unwrap_or(&builtin);
        let bytes = |path: &str| {
            let url = self.base.join(path).ok()?;
            self.context.resource(&url)?.body()
        };
        Engine::ALL.into_iter().find_map(|engine| {
            let (wasm, script) = (
                self.layout.engine_wasm(engine),
                self.layout.engine_script(engine),
            );
            let named = bytes(&wasm).and_then(|bytes| named_release(bytes, releases, |_| true));
            if let Some(version) = named {
                return Some((wasm, version));
            }
            [wasm, script].into_iter().find_map(|path| {
                let digest = Digest::of(Algorithm::Sha384, bytes(&path)?);
                let version = releases.with_file(&digest)?.version.clone();
                Some((path, version))
            })
        })
    }

    /// The same, or that of the pins.
    pub(super) fn version(&self) -> Option<Version> {
        let pinned = || self.context.pins.map(|pins| pins.version().clone());
        self.seen_version().or_else(pinned)
    }
}
