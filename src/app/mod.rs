//! The application's own files, served alongside the SDK's.

#[cfg(feature = "page")]
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::errors::Errors;
use crate::foreign::shown;
#[cfg(feature = "page")]
use crate::html;
use crate::pins::Base;
#[cfg(feature = "page")]
use crate::pins::{Bundled, ComponentMarks};
#[cfg(feature = "page")]
use crate::sri::Digest;
use crate::url::{one_spelling, path_of_names};
#[cfg(feature = "page")]
pub(crate) use script::{Held, Script, held_in, names_sdk};

/// The files that an application serves alongside the SDK, as they are now: its scripts, its styles.
///
/// A guarded page is compiled with their digests, so that browsers refuse any that changes
/// afterwards. Unlike the SDK's files, they are your own and in no lock file.
///
/// ```
/// use tower_visor::app::AppFiles;
///
/// let files = AppFiles::new()
///     .file("/app.js", "import './words.js';")?
///     .file("/words.js", "export const yes = 'Yes';")?;
/// assert_eq!(files.iter().count(), 2);
/// assert_eq!(
///     AppFiles::new().file("app.js", "").unwrap_err().to_string(),
///     "app.js: not a path on the page's origin: write it with a leading slash, without `..`, empty \
///      parts, backslashes or a query"
/// );
/// # Ok::<(), tower_visor::app::AppFileError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AppFiles {
    /// By their paths as browsers write them.
    files: BTreeMap<String, Arc<AppFile>>,
    /// What of a folder was left out, because its name begins with a dot.
    hidden: BTreeSet<String>,
}

/// A file, with what was read out of it once.
#[derive(Default)]
struct AppFile {
    bytes: Vec<u8>,
    #[cfg(feature = "page")]
    script: std::sync::OnceLock<Script>,
    /// By the component that was looked for.
    #[cfg(feature = "page")]
    bundled: std::sync::OnceLock<(Option<Digest>, Option<Bundled>)>,
    #[cfg(feature = "page")]
    is_part: std::sync::OnceLock<bool>,
}

impl AppFile {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            #[cfg(feature = "page")]
            script: std::sync::OnceLock::new(),
            #[cfg(feature = "page")]
            bundled: std::sync::OnceLock::new(),
            #[cfg(feature = "page")]
            is_part: std::sync::OnceLock::new(),
        }
    }
}

impl PartialEq for AppFile {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for AppFile {}

crate::errors::opaque! {
    /// What is wrong with a file of the application.
    pub struct AppFileError(AppFileFault);

    /// What an [`AppFileError`] is about.
    pub enum AppFileErrorKind {
        /// A folder or a file that can't be read.
        Io = Io | NoFolder,
    } else {
        /// A file that can't be served: its path is invalid or taken, or it is a link.
        File
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AppFileFault {
    #[error(
        "{path}: not a path on the page's origin: write it with a leading slash, without `..`, empty parts, backslashes or a query"
    )]
    Path { path: String },
    #[error("{path}: two files are served at this path: remove one")]
    Twice { path: String },
    #[error(
        "{path}: neither a file nor a folder: put the file itself there, a link can be pointed elsewhere without a trace"
    )]
    NotAFile { path: String },
    #[error("{folder}: no such folder; make it, or give the one that holds your pages and scripts")]
    NoFolder { folder: String },
    #[error("{path}: {kind}")]
    Io { path: String, kind: io::ErrorKind },
}

impl AppFileFault {
    fn io(path: &str, error: &io::Error) -> Self {
        let path = shown(path);
        let kind = error.kind();
        Self::Io { path, kind }
    }
}

impl AppFiles {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All files of a folder and the folders in it, served below a URL path that ends in a slash.
    /// Names that begin with a dot are left out, except for `.well-known` at its top. A name may
    /// contain spaces, brackets and any other character: its path is escaped as browsers do it.
    ///
    /// # Errors
    /// Everything that is wrong, at once: a base such as `"static"` without slashes, a folder that isn't
    /// there or can't be read, symbolic links, names with control characters or backslashes.
    pub fn read(folder: impl AsRef<Path>, base: &str) -> Result<Self, Errors<AppFileError>> {
        let Some(base) = Base::new(base) else {
            let path = shown(base);
            return Err(AppFileFault::Path { path }.into());
        };
        let mut files = Self::new();
        let mut faults = Vec::new();
        let whole = folder.as_ref().to_string_lossy();
        let mut folders = vec![(folder.as_ref().to_owned(), String::new())];
        while let Some((folder, inner)) = folders.pop() {
            let entries = std::fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<_>>);
            let entries: Vec<_> = match entries {
                Ok(entries) => entries,
                Err(error) => {
                    let is_whole = inner.is_empty();
                    faults.push(match error.kind() {
                        io::ErrorKind::NotFound if is_whole => AppFileFault::NoFolder {
                            folder: shown(&whole),
                        },
                        _ => AppFileFault::io(if is_whole { &whole } else { &inner }, &error),
                    });
                    continue;
                }
            };
            for entry in entries {
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{inner}{name}");
                // What lies there is for everybody (RFC 8615).
                if name.starts_with('.') && path != ".well-known" {
                    files.hidden.insert(shown(&path));
                    continue;
                }
                let added = match entry.file_type() {
                    Ok(kind) if kind.is_dir() => {
                        folders.push((entry.path(), path + "/"));
                        continue;
                    }
                    Ok(kind) if kind.is_file() => std::fs::read(entry.path())
                        .map_err(|error| AppFileFault::io(&path, &error))
                        .and_then(|bytes| files.add(&base.url(&path_of_names(&path)), bytes)),
                    Ok(_) => Err(AppFileFault::NotAFile { path: shown(&path) }),
                    Err(error) => Err(AppFileFault::io(&path, &error)),
                };
                faults.extend(added.err());
            }
        }
        faults.sort_by_key(ToString::to_string);
        Errors::check(faults)?;
        Ok(files)
    }

    /// Adds a file: its path on the page's origin, in any spelling, and its bytes.
    ///
    /// # Errors
    /// * `"app.js"`, `"/a//b.js"`, `"/app.js?v=2"`: not a path of a file
    /// * a path that was given before
    pub fn file(
        mut self,
        path: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Self, AppFileError> {
        self.add(&path.into(), bytes.into())?;
        Ok(self)
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), AppFileFault> {
        let Some(path) = spelling(path) else {
            return Err(AppFileFault::Path { path: shown(path) });
        };
        if self.files.contains_key(&path) {
            return Err(AppFileFault::Twice { path });
        }
        self.files.insert(path, Arc::new(AppFile::new(bytes)));
        Ok(())
    }

    /// The files: path on the page's origin, and bytes; sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, file)| (path.as_str(), file.bytes.as_slice()))
    }

    /// Takes over the files of others.
    ///
    /// # Errors
    /// A path that both have.
    pub fn and(mut self, others: Self) -> Result<Self, AppFileError> {
        self.hidden.extend(others.hidden);
        for (path, file) in others.files {
            if self.files.contains_key(&path) {
                return Err(AppFileFault::Twice { path }.into());
            }
            self.files.insert(path, file);
        }
        Ok(self)
    }

    /// Takes out the files whose paths are asked for.
    #[cfg(feature = "page")]
    pub(crate) fn take(&mut self, wanted: impl Fn(&str) -> bool) -> Self {
        let (taken, left) = std::mem::take(&mut self.files)
            .into_iter()
            .partition(|(path, _)| wanted(path));
        self.files = left;
        Self {
            files: taken,
            hidden: BTreeSet::new(),
        }
    }

    /// The content type of a file, by its extension (in upper case too), for the kinds that web
    /// applications consist of; `None` for any other.
    ///
    /// ```
    /// use tower_visor::app::AppFiles;
    ///
    /// assert_eq!(AppFiles::content_type("/font.woff2"), Some("font/woff2"));
    /// assert_eq!(AppFiles::content_type("/IMG_0001.JPG"), Some("image/jpeg"));
    /// assert_eq!(AppFiles::content_type("/app.js.bak"), None);
    /// ```
    pub fn content_type(path: &str) -> Option<&'static str> {
        let name = path.rsplit('/').next()?.to_ascii_lowercase();
        let known = crate::sdk::layout::content_type(&name);
        known.or_else(|| {
            let (_, extension) = name.rsplit_once('.')?;
            Some(match extension {
                "aac" => "audio/aac",
                "apng" => "image/apng",
                "avif" => "image/avif",
                "bmp" => "image/bmp",
                "flac" => "audio/flac",
                "htm" => "text/html; charset=utf-8",
                "m4a" => "audio/mp4",
                "m4v" | "mp4" => "video/mp4",
                "map" => "application/json",
                "mov" => "video/quicktime",
                "mp3" => "audio/mpeg",
                "oga" | "ogg" | "opus" => "audio/ogg",
                "ogv" => "video/ogg",
                "otf" => "font/otf",
                "pdf" => "application/pdf",
                "ttf" => "font/ttf",
                "txt" => "text/plain; charset=utf-8",
                "vtt" => "text/vtt; charset=utf-8",
                "wav" => "audio/wav",
                "webm" => "video/webm",
                "webmanifest" => "application/manifest+json",
                "woff" => "font/woff",
                "woff2" => "font/woff2",
                _ => return None,
            })
        })
    }

    /// The paths of scripts that name the SDK.
    #[cfg(feature = "page")]
    pub(crate) fn naming_sdk(&self) -> impl Iterator<Item = &str> {
        let scripts = self.files.keys().map(String::as_str);
        let scripts = scripts.filter(|path| Self::is_script(path));
        scripts.filter(|path| self.script(path).is_some_and(|script| script.names_sdk))
    }

    /// Whether a file is a script, by its name.
    #[cfg(feature = "page")]
    pub(crate) fn is_script(path: &str) -> bool {
        Self::ends_in(path, &["js", "mjs"])
    }

    /// Whether what follows the last dot is one of these, in upper case too.
    #[cfg(feature = "page")]
    pub(crate) fn ends_in(path: &str, ends: &[&str]) -> bool {
        let end = path.rsplit_once('.').map(|(_, end)| end);
        end.is_some_and(|end| ends.iter().any(|known| known.eq_ignore_ascii_case(end)))
    }

    /// The names that were left out of a folder.
    #[cfg(feature = "page")]
    pub(crate) fn hidden(&self) -> impl Iterator<Item = &str> {
        self.hidden.iter().map(String::as_str)
    }

    /// The path of the file that this is a compressed copy of, by its name: `app.js` of `app.js.br`.
    pub(crate) fn compressed(path: &str) -> Option<&str> {
        match path.rsplit_once('.') {
            Some((original, "br" | "gz" | "zst")) => Some(original),
            _ => None,
        }
    }

    /// Whether a file is a page, by its name. Of a response it is its `Content-Type` that says so,
    /// in readings of their own (`src/response/html.rs`).
    pub(crate) fn is_page(path: &str) -> bool {
        Self::content_type(path).is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// The bytes of a file, by its path.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.bytes.as_slice())
    }

    /// Whether a page of these is a part of others.
    #[cfg(feature = "page")]
    pub(crate) fn is_part(&self, path: &str) -> bool {
        let file = self.files.get(path).filter(|_| Self::is_page(path));
        file.is_some_and(|file| *file.is_part.get_or_init(|| html::is_part(&file.bytes)))
    }

    /// What a script of these says that it does.
    #[cfg(feature = "page")]
    pub(crate) fn script(&self, path: &str) -> Option<&Script> {
        let file = self.files.get(path)?;
        let read = || Script::read(&String::from_utf8_lossy(&file.bytes));
        Some(file.script.get_or_init(read))
    }

    /// Whether a script of these holds the SDK's component.
    #[cfg(feature = "page")]
    pub(crate) fn bundled(&self, path: &str, marks: &ComponentMarks) -> Option<Bundled> {
        let file = self.files.get(path)?;
        let find = || marks.find(&String::from_utf8_lossy(&file.bytes));
        let (component, found) = file.bundled.get_or_init(|| (marks.component(), find()));
        // After an update of the SDK it is another one that is looked for.
        if *component == marks.component() {
            *found
        } else {
            find()
        }
    }
}

/// The path of a file as browsers write it; `None` for what is none.
fn spelling(path: &str) -> Option<String> {
    let names = path.strip_prefix('/')?;
    let is_path = path.len() <= 4096 && !names.contains(['?', '#', '\\']);
    let path = one_spelling(path).filter(|_| is_path)?;
    let parts = path.strip_prefix('/')?.split('/');
    (!parts.into_iter().any(str::is_empty)).then_some(path)
}

/// The paths, and not the bytes.
impl std::fmt::Debug for AppFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.files.keys()).finish()
    }
}
