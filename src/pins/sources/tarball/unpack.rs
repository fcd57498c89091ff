//! From the archive to files with digests.

use std::io::Read;

use tar::{Archive, Entry, EntryType};

use super::super::json;
use super::super::npm_lock::is_exact;
use super::extended::{self, Doubt, Extended};
use super::header::{self, Head};
use super::path::{Known, strip};
use super::reader::Unpacked;
use super::{PathFault, Tarball, TarballError, TarballFault, UnpackedFile, UnpackedPackage};
use crate::errors::Errors;
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
    /// Everything that is found, at once:
    /// * a file cut off, with something behind its end, or with a wrong checksum
    /// * more than the limits above
    /// * a path that leaves the one top folder, is absolute, or contains anything but printable
    ///   ASCII
    /// * a link, a device, a sparse file
    /// * a header that not all readers of archives interpret in the same way, such as a folder's
    ///   with a size
    /// * a path that appears twice, even if only on a file system that ignores case
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
    if header::is_decompressed(bytes) {
        return Err(TarballFault::Decompressed.into());
    }
    let mut archive = Archive::new(Unpacked::new(bytes));
    let mut state = State::default();
    // Where the last entry ends; a whole archive goes on with a block of zeros.
    let mut end = 0;
    let walked = (|| {
        // Raw: extended headers are read here, as each reader has its own idea of them.
        for (index, entry) in archive.entries()?.raw(true).enumerate() {
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
            match state.entry(&mut entry)? {
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
    if let (Ok(Stop::End), Some(before)) = (&walked, &state.extended) {
        errors.push(TarballFault::NothingExtended {
            path: shown_path(&before.own),
        });
    }
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
    /// The folder that all lies in, as the first entry has it.
    root: Option<String>,
    known: Known,
    files: Vec<UnpackedFile>,
    /// The extended header before the entry at hand.
    extended: Option<Before>,
    /// The file at hand; one buffer for all.
    content: Vec<u8>,
    package_json: Option<Result<(String, String), TarballFault>>,
    errors: Vec<TarballFault>,
}

/// An extended header that waits for its entry.
struct Before {
    /// The name that it has as an entry of its own.
    own: Vec<u8>,
    said: Extended,
}

impl State {
    fn entry(&mut self, entry: &mut Entry<'_, Unpacked<'_>>) -> std::io::Result<Took> {
        let path = || shown_path(&entry.header().path_bytes());
        if let Some(kind) = refused(entry.header().entry_type()) {
            let path = path();
            self.errors.push(TarballFault::Kind { path, kind });
            return Ok(match entry.size() {
                0 => Took::Nothing,
                // Some readers skip as much, others read further entries there.
                _ => Took::Doubtful,
            });
        }
        let head = match header::read(entry.header()) {
            Ok(head) => head,
            Err(field) => {
                let path = path();
                self.errors.push(TarballFault::Header { path, field });
                return Ok(Took::Doubtful);
            }
        };
        match head.kind {
            EntryType::XHeader | EntryType::GNULongName => self.extend(head, entry),
            _ => self.file(&head, entry),
        }
    }

    fn extend(&mut self, head: Head, entry: &mut Entry<'_, Unpacked<'_>>) -> std::io::Result<Took> {
        let own = shown_path(&head.path);
        let fault = if self.extended.is_some() {
            Some(TarballFault::ExtendedTwice { path: own })
        } else if head.size > extended::LARGEST {
            Some(TarballFault::ExtendedTooLarge {
                path: own,
                bytes: head.size,
            })
        } else {
            self.read(&head, entry)?;
            let said = match head.kind {
                EntryType::XHeader => extended::pax(&self.content),
                _ => extended::gnu(&self.content),
            };
            match said {
                Ok(said) => {
                    let own = head.path;
                    self.extended = Some(Before { own, said });
                    None
                }
                Err(Doubt::Record(key)) => Some(TarballFault::Ambiguous { path: own, key }),
                Err(Doubt::Form) => Some(TarballFault::ExtendedForm { path: own }),
            }
        };
        Ok(match fault {
            None => Took::Nothing,
            // What it says may be the size of what follows.
            Some(fault) => {
                self.errors.push(fault);
                Took::Doubtful
            }
        })
    }

    fn file(&mut self, head: &Head, entry: &mut Entry<'_, Unpacked<'_>>) -> std::io::Result<Took> {
        let extended = self.extended.take().and_then(|before| before.said.path);
        let raw_path = extended.as_ref().unwrap_or(&head.path);
        let written = shown_path(raw_path);
        let folder = head.kind == EntryType::Directory;
        if folder && head.size > 0 {
            self.errors.push(TarballFault::FolderWithSize {
                path: written,
                bytes: head.size,
            });
            return Ok(Took::Doubtful);
        }
        let bare = match raw_path.as_slice() {
            [inner @ .., b'/'] if folder => inner,
            other => other,
        };
        let path = match strip(bare).and_then(|(root, path)| {
            let first = self.root.get_or_insert_with(|| root.clone());
            match path {
                _ if *first != root => Err(PathFault::TwoRoots),
                None if !folder => Err(PathFault::Outside),
                path => Ok(path),
            }
        }) {
            // The folder that all lies in.
            Ok(None) => return Ok(Took::Nothing),
            Ok(Some(path)) => path,
            Err(fault) => {
                self.errors.push(TarballFault::Path {
                    path: written,
                    fault,
                });
                return Ok(Took::Nothing);
            }
        };
        if folder {
            self.errors.extend(self.known.add_folder(&path).err());
            return Ok(Took::Nothing);
        }
        if head.size > Tarball::LARGEST_FILE {
            self.errors.push(TarballFault::FileTooLarge {
                path: written,
                bytes: head.size,
            });
            return Ok(Took::Doubtful);
        }
        if let Err(error) = self.known.add(&path) {
            self.errors.push(error);
            return Ok(Took::Nothing);
        }
        self.read(head, entry)?;
        if path == "package.json" {
            self.package_json = Some(package_json(&self.content));
        }
        Ok(Took::File(path))
    }

    /// The entry's content, into the buffer.
    fn read(&mut self, head: &Head, entry: &mut Entry<'_, Unpacked<'_>>) -> std::io::Result<()> {
        self.content.clear();
        entry.read_to_end(&mut self.content)?;
        if self.content.len() as u64 == head.size {
            Ok(())
        } else {
            Err(std::io::Error::other(
                "a file is shorter than its header says",
            ))
        }
    }
}

/// What an entry is, where it is neither a file nor a folder nor says something about one.
fn refused(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular | EntryType::Directory | EntryType::XHeader | EntryType::GNULongName => {
            None
        }
        EntryType::Link => Some("a hard link"),
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a pipe"),
        EntryType::GNUSparse => Some("a sparse file"),
        EntryType::GNULongLink => Some("the target of a link"),
        EntryType::XGlobalHeader => Some("a header for all entries"),
        _ => Some("an entry of an unknown kind"),
    }
}

fn package_json(content: &[u8]) -> Result<(String, String), TarballFault> {
    let fault = |reason: String| TarballFault::PackageJson { reason };
    let text = std::str::from_utf8(content)
        .map_err(|error| fault(format!("byte {}: not UTF-8", error.valid_up_to())))?;
    let root = json::read(text).map_err(|at| {
        fault(format!(
            "line {}, column {}: {}",
            at.line, at.column, at.reason
        ))
    })?;
    let name = root.text_of("name").filter(|name| is_name(name));
    let version = root.text_of("version").filter(|version| is_exact(version));
    match (name, version) {
        (Some(name), Some(version)) => Ok((name.to_owned(), version.to_owned())),
        (None, _) => Err(fault("no `name` that npm would accept".to_owned())),
        (_, None) => Err(fault("no exact `version`, such as 1.5.0".to_owned())),
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
