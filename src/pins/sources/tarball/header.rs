//! Headers that every reader of archives takes in the same way.
//!
//! The formats grew over forty years, and readers differ at the edges: what follows a NUL, numbers
//! in two notations, the fields that only some formats have. Where two readers differ on one
//! header, what follows it shifts, and an archive shows each of them other files. So a header is
//! taken only if its form leaves no room for that. What npm, yarn, pnpm and GNU tar write is of
//! that form.

use tar::{EntryType, Header};

/// From which byte a reader may take a number of 64 bits for another: npm counts in doubles.
const SAFE: u64 = 1 << 53;

/// What of a header counts here.
pub(super) struct Head {
    pub(super) kind: EntryType,
    /// `prefix` and `name` together, as written.
    pub(super) path: Vec<u8>,
    pub(super) size: u64,
}

/// The header, or the field (as POSIX names it) that readers take differently.
///
/// Offsets are those of <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>,
/// "ustar Interchange Format".
pub(super) fn read(header: &Header) -> Result<Head, &'static str> {
    let old = header.as_old();
    let block = header.as_bytes();
    let kind = header.entry_type();
    let (name, prefix) = (text(&old.name), text(&block[345..500]));
    let name = name.filter(|name| !name.is_empty()).ok_or("name")?;
    let prefix = prefix.ok_or("prefix")?;
    // A file whose name ends so is a folder for some.
    if kind == EntryType::Regular && name.ends_with(b"/") {
        return Err("name");
    }
    // Readers that find one where none belongs leave the entry out, and read its content as
    // further entries. Links have been refused.
    if old.linkname.iter().any(|byte| *byte != 0) {
        return Err("linkname");
    }
    match &block[257..265] {
        b"ustar\x0000" => {}
        // GNU's and the oldest format have no prefix, but some readers look for one.
        b"ustar  \0" | b"\0\0\0\0\0\0\0\0" if prefix.is_empty() => {}
        b"ustar  \0" | b"\0\0\0\0\0\0\0\0" => return Err("prefix"),
        _ => return Err("magic"),
    }
    // Some readers take its field for four bytes longer, so something has to end it.
    if !matches!(old.cksum[7], 0 | b' ') || octal(&old.cksum).is_none() {
        return Err("chksum");
    }
    for (field, bytes) in [
        ("mode", &block[100..108]),
        ("uid", &block[108..116]),
        ("gid", &block[116..124]),
        ("mtime", &block[136..148]),
        ("devmajor", &block[329..337]),
        ("devminor", &block[337..345]),
    ] {
        let unset = bytes.iter().all(|byte| *byte == 0);
        if !unset && number(bytes).is_none() {
            return Err(field);
        }
    }
    let size = number(&block[124..136]).ok_or("size")?;
    let path = match prefix {
        [] => name.to_vec(),
        prefix => [prefix, b"/", name].concat(),
    };
    Ok(Head { kind, path, size })
}

/// Whether the bytes are an archive as it is inside its gzip: they begin with a header, whose
/// magic is at byte 257 in every format since 1988.
pub(super) fn is_decompressed(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// A text that ends at the first NUL, with nothing behind it that some readers would still see.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field.iter().position(|byte| *byte == 0);
    let (text, rest) = field.split_at(end.unwrap_or(field.len()));
    rest.iter().all(|byte| *byte == 0).then_some(text)
}

/// A number in octal digits or, for what these don't hold, in bytes ("base-256").
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, bytes @ ..] => bytes
            .iter()
            .try_fold(0_u64, |number, byte| {
                let number = number.checked_mul(256)?;
                number.checked_add(u64::from(*byte))
            })
            .filter(|number| *number < SAFE),
        _ => octal(field),
    }
}

/// Octal digits, which may stand behind spaces and before spaces or NULs, and nothing else.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().take_while(|byte| **byte == b' ').count();
    let digits = field.get(start..)?;
    let length = digits
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    let (digits, rest) = digits.split_at(length);
    if digits.is_empty() || rest.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return None;
    }
    // Twelve digits are 36 bits.
    Some(
        digits
            .iter()
            .fold(0, |number, digit| number * 8 + u64::from(digit - b'0')),
    )
}
