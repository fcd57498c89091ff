//! The files whose bytes are known, and what the URLs of a page mean.

use std::collections::{BTreeMap, BTreeSet};

use super::PageFault;
use super::error::{FOREIGN_FILE, OWN_FILE};
use super::location::Location;
use crate::app::{AppFiles, Script};
use crate::foreign::shown;
use crate::html::Place;
use crate::pins::{Bundled, ComponentMarks, Verified};
use crate::policy::PolicyError;
use crate::sdk::layout::FileKind;
use crate::sri::{Algorithm, Digest, Integrity};
use crate::url::{Url, UrlError, decoded, escaped, path_in_policy, path_of_names};

/// The extensions of the application's files whose digests a page holds. Pages are compiled, so
/// the text that is sent differs from the file's; of pictures, fonts, sound and video no browser
/// checks any.
const LOADED: &[&str] = &["js", "mjs", "json", "css", "txt", "wasm"];

/// The files whose bytes are known.
pub(super) struct Known<'a> {
    verified: &'a Verified<'a>,
    app: &'a AppFiles,
    /// What URLs in the page's markup are relative to.
    page: Url,
    /// What they are to browsers.
    base: Url,
    /// By path on the page's origin.
    digests: BTreeMap<&'a str, Digest>,
    /// By what a bundle is known that swallowed the component.
    marks: ComponentMarks,
    /// The language files that the page may need, by path; `None` for all.
    languages: Option<Vec<String>>,
    /// What its policy lets scripts fetch, as it is written there.
    fetched: BTreeSet<String>,
}

/// A file that a URL of the page means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct File<'a> {
    /// Its path on the page's origin.
    pub(super) path: &'a str,
    pub(super) digest: Digest,
    /// The URL is the file's own, letter by letter, as import maps compare.
    pub(super) is_plain: bool,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        verified: &'a Verified<'a>,
        sdk: Option<&str>,
        app: &'a AppFiles,
        location: &Location,
        languages: Option<Vec<String>>,
        faults: &mut Vec<PageFault>,
    ) -> Self {
        let pins = verified.pins();
        let files = pins.files().iter().filter(|_| sdk.is_some());
        let mut digests: BTreeMap<&str, Digest> =
            files.map(|file| (file.url(), file.digest())).collect();
        for (path, bytes) in app.iter() {
            let digest = Digest::of(pins.algorithm(), bytes);
            if digests
                .insert(path, digest)
                .is_some_and(|sdk| sdk != digest)
            {
                faults.push(PageFault::OverSdk {
                    path: path.to_owned(),
                });
            }
        }
        let component = pins.file(pins.layout().component);
        let component = component.and_then(|file| verified.bytes(file));
        Self {
            verified,
            app,
            page: location.markup.clone(),
            base: location.base.clone(),
            digests,
            marks: ComponentMarks::new(pins, component.map(|bytes| &**bytes)),
            languages,
            fetched: BTreeSet::new(),
        }
    }

    /// The same with what its policy lets scripts fetch: of these, data of other types is known too.
    pub(super) fn fetching(mut self, locations: Vec<String>) -> Self {
        self.fetched.extend(locations);
        self
    }

    /// Whether it is data that the policy names, by itself or by a folder, or a part of pages.
    fn is_fetched(&self, path: &str) -> bool {
        let is_data = AppFiles::content_type(path).is_none() || self.app.is_part(path);
        let path = path_in_policy(path);
        let folders = path.match_indices('/').map(|(slash, _)| slash + 1);
        let mut named = folders
            .chain([path.len()])
            .filter_map(|end| path.get(..end));
        is_data && named.any(|named| self.fetched.contains(named))
    }

    /// Whether the page has the SDK.
    pub(super) fn has_sdk(&self) -> bool {
        self.digests.contains_key(self.component().as_str())
    }

    /// A script whose bytes are not known.
    pub(super) fn unpinned(&self, place: Place, reference: &str) -> PageFault {
        let url = self.page.join(reference);
        let is_own = url.is_ok_and(|url| url.origin() == self.page.origin());
        PageFault::Unpinned {
            place,
            url: shown(reference),
            fix: if is_own { OWN_FILE } else { FOREIGN_FILE },
        }
    }

    /// What URLs in the page's markup are relative to.
    pub(super) fn page(&self) -> &Url {
        &self.page
    }

    /// What browsers take URLs in the page's scripts to be relative to.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// A fault for each script of the application that holds the SDK's component. A copy of the pinned
    /// file is not one of them, wherever it lies: it is checked as the published file.
    pub(super) fn bundled_faults(&self) -> impl Iterator<Item = PageFault> {
        let component = self.marks.component();
        let others = self.digests.iter();
        let others = others.filter(move |(_, digest)| Some(**digest) != component);
        let scripts = others.filter_map(|(path, _)| self.app_script(path));
        scripts.filter_map(|path| {
            let found = self.app.bundled(path, &self.marks)?;
            Some(self.bundled_fault(path.to_owned(), found))
        })
    }

    /// Whether code in the page itself holds it.
    pub(super) fn bundled_in(&self, code: &str) -> Option<Bundled> {
        self.marks.find(code)
    }

    /// The fault that this is.
    pub(super) fn bundled_fault(&self, script: String, found: Bundled) -> PageFault {
        PageFault::Bundled {
            script,
            found: found.to_string(),
            component: self.component(),
            // As it is in a regular expression.
            package: self
                .verified
                .pins()
                .layout()
                .component_package
                .replace('/', "\\/"),
        }
    }

    /// The path of a script of the application.
    pub(super) fn app_script(&self, path: &str) -> Option<&'a str> {
        let (path, _) = self.digests.get_key_value(path)?;
        let is_own = self.verified.pins().served(path).is_none();
        (is_own && AppFiles::is_script(path)).then_some(path)
    }

    /// The application's scripts.
    pub(super) fn own_scripts(&self) -> impl Iterator<Item = &'a str> {
        self.digests.keys().filter_map(|path| self.app_script(path))
    }

    /// The folders of the application's scripts, without those that are in another one of them.
    pub(super) fn script_folders(&self) -> Vec<String> {
        let folders = self
            .own_scripts()
            .filter_map(|path| path.get(..=path.rfind('/')?));
        let folders: BTreeSet<&str> = folders.collect();
        let mut outer: Vec<String> = Vec::new();
        for folder in folders {
            // What is in a folder comes right behind it.
            if !outer.last().is_some_and(|last| folder.starts_with(last)) {
                outer.push(folder.to_owned());
            }
        }
        outer
    }

    /// What keeps the page's policy from being compiled: of one that is too long, with the folder of
    /// most of the scripts in it.
    pub(super) fn policy_fault(&self, error: PolicyError, scripts: &[&str]) -> PageFault {
        let Some((long, longest)) = error.too_long() else {
            return PageFault::Policy(error);
        };
        let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
        for path in scripts {
            let folder = path.rfind('/').and_then(|slash| path.get(..=slash));
            *folders.entry(folder.unwrap_or_default()).or_default() += 1;
        }
        let most = folders.into_iter().max_by_key(|(_, count)| *count);
        let most = most.map(|(folder, count)| (folder.to_owned(), count));
        let url = most
            .as_ref()
            .and_then(|(folder, _)| self.base.join(folder).ok());
        PageFault::TooLong {
            long,
            longest,
            folder: most,
            url: url.map(|url| url.to_string()).unwrap_or_default(),
        }
    }

    /// The application's style sheets.
    pub(super) fn sheets(&self) -> impl Iterator<Item = (&'a str, String)> {
        let files = self.app.iter();
        let files = files.filter(|(path, _)| AppFiles::ends_in(path, &["css"]));
        files.map(|(path, bytes)| (path, String::from_utf8_lossy(bytes).into_owned()))
    }

    /// What a script of the application says that it does.
    pub(super) fn script(&self, path: &str) -> Option<&'a Script> {
        self.app.script(path)
    }

    /// The file at a URL, if its bytes are known.
    pub(super) fn at(&self, url: &Url) -> Option<File<'a>> {
        self.file(url, url.path())
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.verified.pins().algorithm()
    }

    /// The path of the SDK's component.
    pub(super) fn component(&self) -> String {
        let pins = self.verified.pins();
        format!("{}{}", pins.base(), pins.layout().component)
    }

    pub(super) fn digest(&self, path: &str) -> Option<Digest> {
        self.digests.get(path).copied()
    }

    /// Scripts: those of the application, the component and the engines.
    pub(super) fn scripts(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(
            |kind| matches!(kind, FileKind::Component | FileKind::Engine(_)),
            &["js", "mjs"],
        )
    }

    /// What scripts may import: other scripts, and JSON, style sheets, text and WebAssembly, which
    /// have a `type` or a phase.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(
            |kind| {
                matches!(
                    kind,
                    FileKind::Component | FileKind::Language | FileKind::Wasm(_)
                )
            },
            LOADED,
        )
    }

    /// What a page loads by scripts, so that the guard has to know it. Pictures aren't: no browser
    /// checks the integrity of one.
    pub(super) fn loaded_by_scripts(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(|kind| kind != FileKind::Image, LOADED)
    }

    fn is_needed(&self, language: &str) -> bool {
        let files = self.languages.as_ref();
        files.is_none_or(|files| files.iter().any(|file| file == language))
    }

    fn of(
        &self,
        sdk: fn(FileKind) -> bool,
        app: &'static [&'static str],
    ) -> impl Iterator<Item = (&'a str, Digest)> {
        let pins = self.verified.pins();
        self.digests
            .iter()
            .filter(move |(path, _)| {
                if let Some(file) = pins.served(path) {
                    let kind = file.kind();
                    return sdk(kind) && (kind != FileKind::Language || self.is_needed(path));
                }
                AppFiles::ends_in(path, app) || app == LOADED && self.is_fetched(path)
            })
            .map(|(path, digest)| (*path, *digest))
    }

    /// The digests of an `integrity` that a page has already, each of which must be the file's.
    pub(super) fn check(&self, path: &str, text: &str) -> Result<Vec<Digest>, String> {
        let integrity: Integrity = text.parse().map_err(|error| format!("{error}"))?;
        let pinned = || self.verified.pins().served(path);
        let bytes = match self.app.get(path) {
            Some(bytes) => bytes,
            None => pinned()
                .and_then(|file| self.verified.bytes(file))
                .ok_or("the file is not known")?,
        };
        match integrity.digests().find(|digest| !digest.matches(bytes)) {
            None => Ok(integrity.digests().copied().collect()),
            Some(wrong) => Err(format!(
                "{wrong} where it is {}",
                Digest::of(wrong.algorithm(), bytes)
            )),
        }
    }

    /// The file that a URL in the page means, if its bytes are known; the URL is read as browsers
    /// read it.
    pub(super) fn find(&self, reference: &str) -> Result<Option<File<'a>>, UrlError> {
        Ok(self.file(&self.page.join(reference)?, reference))
    }

    /// The same for a URL in an import map, where `https:app.js` is not relative ([HTML, "resolve a
    /// URL-like module specifier"]).
    ///
    /// [HTML, "resolve a URL-like module specifier"]: https://html.spec.whatwg.org/multipage/webappapis.html#resolving-a-url-like-module-specifier
    pub(super) fn find_module(&self, specifier: &str) -> Result<Option<File<'a>>, UrlError> {
        match Url::effective(specifier) {
            Ok(url) => Ok(self.file(&url, specifier)),
            Err(_) => Ok(self.file(&self.base.join(specifier)?, specifier)),
        }
    }

    fn file(&self, url: &Url, written: &str) -> Option<File<'a>> {
        if url.origin() != self.page.origin() {
            return None;
        }
        let served = served(url.path());
        let (path, digest) = self.digests.get_key_value(served.as_str())?;
        Some(File {
            path,
            digest: *digest,
            // Fragments and user names, which no `Url` has, take part.
            is_plain: *path == url.path() && url.query().is_none() && !written.contains(['#', '@']),
        })
    }
}

/// The spellings of a path that code makes of names: as browsers write it, as `encodeURI` does and as
/// `encodeURIComponent` does. Of plain names they are one.
pub(super) fn spellings(path: &str) -> BTreeSet<String> {
    let plain = |more: &'static str| {
        move |byte: u8| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte)
    };
    BTreeSet::from([
        path.to_owned(),
        escaped(path.as_bytes(), plain("-_.!~*'()%/;,:@&=+$")),
        escaped(path.as_bytes(), plain("-_.!~*'()%/")),
    ])
}

/// The path that the most lenient of servers reads out of one that was requested: `/%61pp.css`,
/// `//app.css` and `/x%5C..%2Fapp.css` are all `/app.css` to some. Where a server is stricter, the
/// digest that this gives keeps its answer out.
fn served(path: &str) -> String {
    let path = String::from_utf8_lossy(&decoded(path)).replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    path_of_names(&format!("/{}", parts.join("/")))
}
