//! Names of packages, folders and files, and what each file is.
//!
//! Paths are relative to the folder that the page is served from, with `/` between the parts:
//! `FaceLivenessDetector.js`, `facelivenessdetector-assets/js/AzureAIVisionFace.wasm`. The SDK
//! resolves them against the document's base URL.
//!
//! ```
//! use tower_visor::sdk::layout::{Engine, FileKind, Layout};
//!
//! let layout = Layout::SCOPED;
//! assert_eq!(layout.kind("FaceLivenessDetector.js"), Some(FileKind::Component));
//! assert_eq!(
//!     layout.kind("facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm"),
//!     Some(FileKind::Wasm(Engine::Simd)),
//! );
//!
//! // A deployer may replace a picture, never code.
//! assert!(layout.kind("facelivenessdetector-assets/images/Smile.svg").is_some_and(FileKind::may_be_overridden));
//! assert!(!FileKind::Wasm(Engine::Simd).may_be_overridden());
//! ```

use std::fmt;

use super::{Releases, Version};

/// What the versions before 1.0 are, which this crate refuses by name.
pub(crate) const PREVIEW: &str = "a preview, which the service has refused since 2025-07-23";

/// What to take in place of a preview.
pub(crate) fn after_previews() -> String {
    format!("{} or newer", Releases::builtin().latest().version)
}

/// The period of the SDK's history in which a release falls, by the names of its packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Era {
    /// 0.17: the package `azure-ai-vision-faceanalyzer`. Its files are not known to this crate.
    FaceAnalyzer,
    /// 0.18.0-beta.1 to 1.3: the single package `azure-ai-vision-face-ui`.
    Single,
    /// 1.4 and later: two scoped packages of the same version. The default: all that is still
    /// published.
    #[default]
    Scoped,
}

impl Era {
    /// The names of this period, where they are known.
    pub const fn layout(self) -> Option<&'static Layout> {
        match self {
            Self::FaceAnalyzer => None,
            Self::Single => Some(&Layout::SINGLE),
            Self::Scoped => Some(&Layout::SCOPED),
        }
    }
}

/// Names of packages, folders and files in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layout {
    /// The period.
    pub era: Era,
    /// The npm package that holds the component.
    pub component_package: &'static str,
    /// The npm package that holds the assets; the same one before 1.4.
    pub assets_package: &'static str,
    /// The component: an ES module that defines the element.
    pub component: &'static str,
    /// The folder of the assets.
    pub assets: &'static str,
    /// The custom element that the component defines.
    pub element: &'static str,
}

impl Layout {
    /// 1.4 and later.
    pub const SCOPED: Self = Self {
        era: Era::Scoped,
        component_package: "@azure/ai-vision-face-ui",
        assets_package: "@azure-ai-vision-face/ui-assets",
        component: "FaceLivenessDetector.js",
        assets: "facelivenessdetector-assets",
        element: "azure-ai-vision-face-ui",
    };

    /// 1.0 to 1.3.
    pub const SINGLE: Self = Self {
        era: Era::Single,
        component_package: "azure-ai-vision-face-ui",
        assets_package: "azure-ai-vision-face-ui",
        ..Self::SCOPED
    };

    /// All known layouts, oldest first.
    pub const ALL: [Self; 2] = [Self::SINGLE, Self::SCOPED];

    /// The layout of a version: two packages from 1.4 on, one before; `None` for the previews before 1.0,
    /// which the service has refused since 2025-07-23. This crate runs none of them.
    ///
    /// ```
    /// use tower_visor::sdk::layout::Layout;
    /// use tower_visor::sdk::Version;
    ///
    /// assert_eq!(Layout::of(&Version::new(1, 5, 0)), Some(&Layout::SCOPED));
    /// assert_eq!(Layout::of(&Version::new(1, 3, 1)), Some(&Layout::SINGLE));
    /// assert_eq!(Layout::of(&Version::new(0, 18, 0)), None);
    /// ```
    pub fn of(version: &Version) -> Option<&'static Self> {
        match (version.major(), version.minor()) {
            (0, _) => None,
            (1, ..4) => Some(&Self::SINGLE),
            _ => Some(&Self::SCOPED),
        }
    }

    /// The package that a file of the SDK comes from, by the file's path.
    pub fn package_of(&self, path: &str) -> &'static str {
        if path == self.component {
            self.component_package
        } else {
            self.assets_package
        }
    }

    /// The files without which some browser cannot run the SDK: the component, both engines and
    /// both wasm files.
    pub fn required(&self) -> Vec<String> {
        let mut files = vec![self.component.to_owned()];
        for engine in Engine::ALL {
            files.push(self.engine_script(engine));
            files.push(self.engine_wasm(engine));
        }
        files
    }

    /// The paths of the pictures, as listed in public copies of 1.4.8 and 1.5.0. Passive checks
    /// show the first three; a check with motion shows all but the logo.
    pub fn pictures(&self) -> Vec<String> {
        [
            "Brightness.svg",
            "FaceId.svg",
            "activeMotionVisualHint.png",
            "Smile.svg",
            "logo.svg",
        ]
        .into_iter()
        .map(|name| format!("{}/images/{name}", self.assets))
        .collect()
    }

    /// The folder of the language files, with a slash at its end.
    pub fn languages(&self) -> String {
        format!("{}/i18n/", self.assets)
    }

    /// The path of a language's file, by the name of its folder: `en-US`.
    pub fn language(&self, tag: &str) -> String {
        format!("{}{tag}/en.json", self.languages())
    }

    /// The path of the language file that belongs to no language.
    pub fn no_language(&self) -> String {
        format!("{}en.json", self.languages())
    }

    /// The path of an engine's script.
    pub fn engine_script(&self, engine: Engine) -> String {
        format!("{}/js/{}.js", self.assets, engine.file_stem())
    }

    /// The path of an engine's wasm.
    pub fn engine_wasm(&self, engine: Engine) -> String {
        format!("{}/js/{}.wasm", self.assets, engine.file_stem())
    }

    /// What a file of the SDK is, by its path; `None` for a file that the SDK does not have.
    pub fn kind(&self, path: &str) -> Option<FileKind> {
        if path == self.component {
            return Some(FileKind::Component);
        }
        let inner = path.strip_prefix(self.assets)?.strip_prefix('/')?;
        let (folder, rest) = inner.split_once('/')?;
        match (folder, extension(rest)?) {
            ("js", _) => Engine::ALL.into_iter().find_map(|engine| {
                match rest.strip_prefix(engine.file_stem()) {
                    Some(".js") => Some(FileKind::Engine(engine)),
                    Some(".wasm") => Some(FileKind::Wasm(engine)),
                    _ => None,
                }
            }),
            ("i18n", "json") => Some(FileKind::Language),
            ("images", "svg" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "ico") => {
                Some(FileKind::Image)
            }
            _ => None,
        }
    }
}

/// One of the two builds of the engine; the component chooses by what the browser can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // the component knows these two
pub enum Engine {
    /// For browsers without SIMD.
    Plain,
    /// For browsers with SIMD.
    Simd,
}

impl Engine {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Simd];

    /// The name of its files without the extension.
    pub const fn file_stem(self) -> &'static str {
        match self {
            Self::Plain => "AzureAIVisionFace",
            Self::Simd => "AzureAIVisionFace_SIMD",
        }
    }
}

/// What a file of the SDK is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// The ES module that defines the element.
    Component,
    /// The script of an engine.
    Engine(Engine),
    /// The wasm of an engine.
    Wasm(Engine),
    /// Strings of one language.
    Language,
    /// A picture.
    Image,
}

impl FileKind {
    /// Whether a deployer may replace the file by one of his own: pictures and strings, never code.
    pub const fn may_be_overridden(self) -> bool {
        matches!(self, Self::Language | Self::Image)
    }

    /// Whether the browser runs it.
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Component | Self::Engine(_) | Self::Wasm(_))
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "component",
            Self::Engine(_) => "engine",
            Self::Wasm(_) => "wasm",
            Self::Language => "language file",
            Self::Image => "picture",
        })
    }
}

/// The content type that a file of the SDK must be served with, by its name. Under
/// `X-Content-Type-Options: nosniff` a script, a style or a picture with another type is refused,
/// and a wasm with another type is compiled in a slower way.
///
/// ```
/// use tower_visor::sdk::layout::content_type;
///
/// assert_eq!(content_type("a/AzureAIVisionFace.wasm"), Some("application/wasm"));
/// assert_eq!(content_type("README"), None);
/// ```
pub fn content_type(path: &str) -> Option<&'static str> {
    Some(match extension(path)? {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        // JSON is UTF-8 by definition; the type knows no charset (RFC 8259, section 11).
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        _ => return None,
    })
}

/// Whether a file of an npm package, by its path in the package, is there for people or for tools
/// and is never served: `package.json`, a readme, a licence, type declarations.
///
/// ```
/// use tower_visor::sdk::layout::is_package_metadata;
///
/// assert!(is_package_metadata("package.json") && is_package_metadata("types/index.d.ts"));
/// assert!(!is_package_metadata("FaceLivenessDetector.js"));
/// ```
pub fn is_package_metadata(path: &str) -> bool {
    if path.ends_with(".d.ts") {
        return true;
    }
    let name = path.to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    let for_people = matches!(extension(&name), None | Some("md" | "txt" | "rtf" | "pdf"));
    !path.contains('/')
        && (matches!(path, "package.json" | ".npmignore") || for_people && METADATA.contains(&stem))
}

/// Names, without extension and in lower case, of files that are there for people.
const METADATA: [&str; 10] = [
    "changelog",
    "licence",
    "license",
    "notice",
    "readme",
    "releasenotes",
    "security",
    "support",
    "third_party_notices",
    "thirdpartynotices",
];

/// What follows the last dot of the file's name.
fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty()).then_some(extension)
}
