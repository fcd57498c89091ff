//! What a bundler made, as what a page loads: each file by its exact URL.
//!
//! A folder of hashed files changes with each build. Naming the folder would let anything in it run;
//! this names the files, from disk or from Vite's manifest. See
//! [`docs::applications`](crate::docs::applications).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::AppFiles;
use crate::errors::Errors;
use crate::foreign::shown;
use crate::pins::Base;
use crate::policy::{Document, Resource};
use crate::url::path_in_policy;

impl Document {
    /// Lets the page load each of these files as what it is: scripts, style sheets, pictures, fonts,
    /// sound and video, and for scripts to fetch, `.json` and `.wasm`. Pages and source maps are
    /// left out, and a web app manifest is allowed as such.
    ///
    /// ```
    /// use tower_visor::app::AppFiles;
    /// use tower_visor::{Document, Policy};
    ///
    /// let files = AppFiles::new()
    ///     .file("/assets/index-B1xUoZ2w.js", "1")?
    ///     .file("/assets/index-B1xUoZ2w.js.map", "{}")?
    ///     .file("/assets/index-D3aQ.css", "p { margin: 0 }")?;
    /// let page = Document::new("https://www.contoso.example")?.loads_files(&files);
    /// let policy = Policy::document(page).compile()?;
    /// assert_eq!(policy.warnings(), []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn loads_files(self, files: &AppFiles) -> Self {
        let paths = files.iter().map(|(path, _)| path_in_policy(path));
        paths.fold(self, |page, path| load(page, &path))
    }

    /// Lets the page load each file that a manifest names.
    #[must_use]
    pub fn loads_bundle(self, manifest: &ViteManifest) -> Self {
        manifest.files.iter().map(String::as_str).fold(self, load)
    }
}

fn load(page: Document, path: &str) -> Document {
    match resource(path) {
        Some(resource) => page.loads(resource, path),
        None => page,
    }
}

/// What a page does with a file, by the end of its name.
pub(crate) fn resource(path: &str) -> Option<Resource> {
    let kind = AppFiles::content_type(path)?;
    let essence = kind.split(';').next().unwrap_or(kind);
    Some(match (essence, essence.split('/').next()) {
        (_, Some("image")) => Resource::Image,
        (_, Some("font")) => Resource::Font,
        // A text is the captions of a video, by `<track>`.
        (_, Some("audio" | "video")) | ("text/vtt", _) => Resource::Media,
        ("text/css", _) => Resource::Style,
        ("text/javascript", _) => Resource::Script,
        ("application/manifest+json", _) => Resource::Manifest,
        // For a debugger, which no policy binds.
        _ if path
            .rsplit('.')
            .next()
            .is_some_and(|end| end.eq_ignore_ascii_case("map")) =>
        {
            return None;
        }
        ("application/json" | "application/wasm", _) => Resource::Connect,
        _ => return None,
    })
}

/// The files of a build by Vite: what `dist/.vite/manifest.json` names (`build: { manifest: true }`).
///
/// It contains what the bundler produced, and none of the files that Vite copies from `public`.
///
/// ```
/// use tower_visor::bundle::ViteManifest;
/// use tower_visor::{Document, Policy};
///
/// let json = r#"{
///     "index.html": {
///         "file": "assets/index-B1xUoZ2w.js", "src": "index.html", "isEntry": true,
///         "css": ["assets/index-D3aQ.css"], "dynamicImports": ["src/later.js"]
///     },
///     "src/later.js": { "file": "assets/later-Cx0.js", "isDynamicEntry": true }
/// }"#;
/// let manifest = ViteManifest::from_json(json, "/")?;
/// assert_eq!(
///     manifest.files().collect::<Vec<_>>(),
///     ["/assets/index-B1xUoZ2w.js", "/assets/index-D3aQ.css", "/assets/later-Cx0.js"]
/// );
/// let page = Document::new("https://www.contoso.example")?.loads_bundle(&manifest);
/// Policy::document(page).compile()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Format: [Vite, backend integration](https://vite.dev/guide/backend-integration.html).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViteManifest {
    files: BTreeSet<String>,
}

crate::errors::opaque! {
    /// What is wrong with a bundler's manifest.
    pub struct ManifestError(ManifestFault);
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManifestFault {
    #[error("{base}: not a path of a folder: write it with a slash at both ends, such as `/app/`")]
    Base { base: String },
    #[error(
        "line {line}, column {column}: not JSON: give the file that Vite writes with `build.manifest`, `dist/.vite/manifest.json`"
    )]
    Syntax { line: usize, column: usize },
    #[error(
        "not Vite's manifest: it is a table of files; give `dist/.vite/manifest.json`, not `ssr-manifest.json`"
    )]
    Shape,
    #[error("{name}: no `{key}` that names a file: build again with Vite 5 or later")]
    File { name: String, key: &'static str },
}

impl ViteManifest {
    /// Reads a manifest. `base` is Vite's own `base`: where `dist` is served.
    ///
    /// # Errors
    /// Everything that is wrong, at once: a base without slashes, a text that isn't JSON, a file other than
    /// Vite's manifest.
    pub fn from_json(json: &str, base: &str) -> Result<Self, Errors<ManifestError>> {
        let Some(base) = Base::new(base) else {
            let base = shown(base);
            return Err(ManifestFault::Base { base }.into());
        };
        let value = serde_json::from_str(json).map_err(|error| ManifestFault::Syntax {
            line: error.line(),
            column: error.column(),
        })?;
        let Value::Object(chunks) = value else {
            return Err(ManifestFault::Shape.into());
        };
        let mut files = BTreeSet::new();
        let mut faults = Vec::new();
        for (name, chunk) in &chunks {
            let Value::Object(chunk) = chunk else {
                return Err(ManifestFault::Shape.into());
            };
            match named(name, chunk) {
                Ok(named) => files.extend(named.into_iter().map(|file| base.url(file))),
                Err(fault) => faults.push(fault),
            }
        }
        Errors::check(faults)?;
        Ok(Self { files })
    }

    /// The files, as paths on the page's origin; sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }
}

/// The files of one chunk.
fn named<'a>(name: &str, chunk: &'a Map<String, Value>) -> Result<Vec<&'a str>, ManifestFault> {
    let missing = |key| {
        let name = shown(name);
        ManifestFault::File { name, key }
    };
    let file = chunk.get("file").and_then(Value::as_str);
    let mut files = vec![file.ok_or_else(|| missing("file"))?];
    for key in ["css", "assets"] {
        let list = match chunk.get(key) {
            None => continue,
            Some(list) => list.as_array().ok_or_else(|| missing(key))?,
        };
        for file in list {
            files.push(file.as_str().ok_or_else(|| missing(key))?);
        }
    }
    Ok(files)
}
