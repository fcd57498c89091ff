//! From the archive to files with digests.

use std::io::Read;

use tar::{Archive, Entry, EntryType};

use super::super::json;
use super::super::npm_lock::is_exact;
use super::path::{Known, strip};
use super::reader::Unpacked;
use super::{Tarball, TarballError, TarballFault, UnpackedFile, UnpackedPackage};
use crate::errors::Errors;
use crate::foreign;
use crate::sri::{Algorithm, Digest};

/// After so many faults the rest tells nothing new.
const MOST_FAULTS: usize = 50;

/// A tar archive is made of blocks.
const BLOCK: u64 = 512;

impl Tarball<'_> {
    /// Unpacks into memory, one file at a time: `look` gets each file's path and content, and of
    /// both only name, length and digest are kept.
    ///
    /// What `look` was given counts only once this returns `Ok`: a fault may stand at the end.
    ///
    /// # Errors
    /// All that are found, at once:
    /// * a file cut off, with something behind its end, or with a wrong checksum
    /// * more than the limits above
    /// * a path that leaves `package/`, is absolute, or holds anything but printable ASCII
    /// * a link, a device, a sparse file
    /// * a path that stands twice, also if only for a file system that ignores case
    /// * no `package.json`, or one without an exact name and version
    pub fn unpack(
        &self,
        algorithm: Algorithm,
        look: impl FnMut(&str, &[u8]),
    ) -> Result<UnpackedPackage, Errors<TarballError>> {
        Ok(unpack(self.bytes, algorithm, look)?)
    }
}

fn unpack(
    bytes: &[u8],
    algorithm: Algorithm,
    mut look: impl FnMut(&str, &[u8]),
) -> Result<UnpackedPackage, Errors<TarballFault>> {
    let mut archive = Archive::new(Unpacked::new(bytes));
    let mut state = State::default();
    // Where the last entry ends; a whole archive goes on with a block of zeros.
    let mut end = 0;
    let walked = (|| {
        for (index, entry) in archive.entries()?.enumerate() {
            let mut entry = entry?;
            if state.errors.len() >= MOST_FAULTS {
                return Ok(Stop::Early);
            }
            if index >= Tarball::MOST_ENTRIES {
                state.errors.push(TarballFault::TooManyEntries);
                return Ok(Stop::Early);
            }
            // What doesn't fit 64 bits is refused below, as larger than any file may be.
            let last = entry.raw_file_position().saturating_add(entry.size());
            end = last.saturating_add(BLOCK - 1) / BLOCK * BLOCK;
            match state.file(&mut entry)? {
                Took::File(path) => {
                    look(&path, &state.content);
                    state.files.push(UnpackedFile {
                        path,
                        bytes: state.content.len() as u64,
                        digest: Digest::of(algorithm, &state.content),
                    });
                }
                Took::Nothing => {}
                // Its size can't be trusted, so neither can what follows.
                Took::Doubtful => return Ok(Stop::Early),
            }
        }
        Ok(Stop::End)
    })();
    let reader = archive.into_inner();
    let mut errors = state.errors;
    match walked {
        Err(error) => errors.push(reader.fault(&error)),
        Ok(Stop::Early) => {}
        Ok(Stop::End) if reader.position() < end.saturating_add(BLOCK) => {
            errors.push(TarballFault::Truncated {
                unpacked: reader.position(),
            });
        }
        Ok(Stop::End) => errors.extend(reader.finish().err()),
    }
    Errors::check(errors)?;
    let (name, version) = state.package_json.ok_or(TarballFault::NoPackageJson)??;
    let mut files = state.files;
    files.sort_by(|one, two| one.path.cmp(&two.path));
    Ok(UnpackedPackage {
        name,
        version,
        files,
    })
}

enum Stop {
    End,
    Early,
}

enum Took {
    File(String),
    Nothing,
    Doubtful,
}

#[derive(Default)]
struct State {
    known: Known,
    files: Vec<UnpackedFile>,
    /// The file at hand; one buffer for all.
    content: Vec<u8>,
    package_json: Option<Result<(String, String), TarballFault>>,
    errors: Vec<TarballFault>,
}

impl State {
    fn file(&mut self, entry: &mut Entry<'_, Unpacked<'_>>) -> std::io::Result<Took> {
        let raw_path = entry.path_bytes().into_owned();
        let written = shown_path(&raw_path);
        let kind = entry.header().entry_type();
        if let Some(what) = refused(kind) {
            self.errors.push(TarballFault::Kind {
                path: written,
                kind: what,
            });
            return Ok(match kind {
                EntryType::GNUSparse => Took::Doubtful,
                _ => Took::Nothing,
            });
        }
        if let Some(key) = ambiguous(entry, &raw_path)? {
            self.errors
                .push(TarballFault::Ambiguous { path: written, key });
            // A stated size that readers disagree on shifts all that follows.
            return Ok(Took::Doubtful);
        }
        let folder = kind.is_dir();
        let bare = match raw_path.as_slice() {
            [inner @ .., b'/'] if folder => inner,
            other => other,
        };
        // `package/` itself is outside of itself, and harmless.
        if folder && bare == b"package" {
            return Ok(Took::Nothing);
        }
        let path = match strip(bare) {
            Ok(path) => path,
            Err(fault) => {
                self.errors.push(TarballFault::Path {
                    path: written,
                    fault,
                });
                return Ok(Took::Nothing);
            }
        };
        if folder {
            return Ok(Took::Nothing);
        }
        if entry.size() > Tarball::LARGEST_FILE {
            self.errors.push(TarballFault::FileTooLarge {
                path: written,
                bytes: entry.size(),
            });
            return Ok(Took::Doubtful);
        }
        if let Err(error) = self.known.add(&path) {
            self.errors.push(error);
            return Ok(Took::Nothing);
        }
        self.content.clear();
        entry.read_to_end(&mut self.content)?;
        if self.content.len() as u64 != entry.size() {
            return Err(std::io::Error::other(
                "a file is shorter than its header says",
            ));
        }
        if path == "package.json" {
            self.package_json = Some(package_json(&self.content));
        }
        Ok(Took::File(path))
    }
}

/// What an entry is, where it is neither a file nor a folder.
fn refused(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular | EntryType::Directory => None,
        EntryType::Link => Some("a hard link"),
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a pipe"),
        EntryType::GNUSparse => Some("a sparse file"),
        EntryType::XGlobalHeader => Some("a header for all entries"),
        _ => Some("an entry of an unknown kind"),
    }
}

/// An extended header that gives the entry another size, target or name than its plain header, in
/// a way that not all readers follow.
fn ambiguous(entry: &mut Entry<'_, Unpacked<'_>>, path: &[u8]) -> std::io::Result<Option<String>> {
    let Some(extensions) = entry.pax_extensions()? else {
        return Ok(None);
    };
    for extension in extensions {
        let extension = extension?;
        let key = String::from_utf8_lossy(extension.key_bytes()).into_owned();
        let harmful = match key.as_str() {
            "path" => extension.value_bytes() != path,
            "size" | "linkpath" => true,
            _ => key.starts_with("GNU.sparse"),
        };
        if harmful {
            return Ok(Some(foreign::key(&key)));
        }
    }
    Ok(None)
}

fn package_json(content: &[u8]) -> Result<(String, String), TarballFault> {
    let fault = |reason: String| TarballFault::PackageJson { reason };
    let text = std::str::from_utf8(content)
        .map_err(|error| fault(format!("byte {}: not UTF-8", error.valid_up_to())))?;
    let root = json::read(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|at| {
        fault(format!(
            "line {}, column {}: {}",
            at.line, at.column, at.reason
        ))
    })?;
    let name = root.text_of("name").filter(|name| is_name(name));
    let version = root.text_of("version").filter(|version| is_exact(version));
    match (name, version) {
        (Some(name), Some(version)) => Ok((name.to_owned(), version.to_owned())),
        (None, _) => Err(fault("no `name` that npm would take".to_owned())),
        (_, None) => Err(fault("no exact `version` such as 1.5.0".to_owned())),
    }
}

/// npm's rule for new names: <https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name>.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '_'])
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._~".contains(&b))
    };
    let valid = match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| part(scope) && part(name)),
        None => part(name),
    };
    valid && name.len() <= 214
}

/// A path as messages show it.
fn shown_path(path: &[u8]) -> String {
    let text: String = path.escape_ascii().map(char::from).take(200).collect();
    if path.len() > 200 { text + "..." } else { text }
}
