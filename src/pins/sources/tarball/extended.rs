//! Extended headers: entries that say something about the next one.
//!
//! POSIX's give a record for each thing that the plain header can't hold; GNU's give a name. npm
//! writes the former, and only for a path that is too long for a plain header.

use std::collections::BTreeSet;

/// Longest extended header, in bytes: a path and a few numbers take a few hundred.
pub(super) const LARGEST: u64 = 64 * 1024;

/// What an extended header gives the entry behind it.
pub(super) struct Extended {
    /// The path that counts instead of the plain header's.
    pub(super) path: Option<Vec<u8>>,
}

/// What of an extended header readers take differently.
pub(super) enum Doubt {
    /// A record, by its key.
    Record(String),
    /// That it's no list of records, or no name, to all of them.
    Form,
}

/// Reads the records of POSIX's.
///
/// Readers find the end of a record by its length or by its line feed, count the length in bytes
/// or in characters, and keep the first or the last of two; so both ends have to be the same, all
/// of it is printable ASCII, and a key stands once.
pub(super) fn pax(content: &[u8]) -> Result<Extended, Doubt> {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    if !content.iter().all(printable) {
        return Err(Doubt::Form);
    }
    let text = std::str::from_utf8(content).map_err(|_| Doubt::Form)?;
    let lines = text.strip_suffix('\n').ok_or(Doubt::Form)?;
    let mut path = None;
    let mut keys = BTreeSet::new();
    for line in lines.split('\n') {
        let (length, record) = line.split_once(' ').ok_or(Doubt::Form)?;
        let (key, value) = record.split_once('=').ok_or(Doubt::Form)?;
        if length != (line.len() + 1).to_string() {
            return Err(Doubt::Form);
        }
        let known = match key {
            "path" => !value.is_empty(),
            _ => is_harmless(key, value),
        };
        if !known || !keys.insert(key) {
            return Err(Doubt::Record(crate::foreign::key(key)));
        }
        if key == "path" {
            path = Some(value.as_bytes().to_vec());
        }
    }
    Ok(Extended { path })
}

/// Whether a record says nothing about which file it is and how much it holds, and is none at which
/// some readers stop.
fn is_harmless(key: &str, value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match key {
        "uid" | "gid" => value.parse::<u32>().is_ok() && digits(value),
        // Seconds, before 1970 with a sign, and their fraction.
        "atime" | "ctime" | "mtime" | "LIBARCHIVE.creationtime" => {
            let value = value.strip_prefix('-').unwrap_or(value);
            let (seconds, fraction) = value.split_once('.').unwrap_or((value, "0"));
            digits(seconds) && seconds.len() <= 12 && digits(fraction)
        }
        "comment" | "gname" | "hdrcharset" | "uname" | "SCHILY.dev" | "SCHILY.fflags"
        | "SCHILY.ino" | "SCHILY.nlink" => true,
        _ => ["SCHILY.xattr.", "SCHILY.acl.", "LIBARCHIVE.xattr."]
            .iter()
            .any(|start| key.starts_with(start)),
    }
}

/// Reads the name of GNU's, which ends with its entry or with a NUL.
pub(super) fn gnu(content: &[u8]) -> Result<Extended, Doubt> {
    let name = content.strip_suffix(b"\0").unwrap_or(content);
    if name.is_empty() || name.contains(&0) || name.contains(&b'\n') {
        return Err(Doubt::Form);
    }
    let path = Some(name.to_vec());
    Ok(Extended { path })
}
