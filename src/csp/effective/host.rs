//! Host sources as browsers read them.

use std::fmt::Write as _;

use crate::csp::HostSource;
use crate::csp::host::is_path_character;
use crate::url;

/// The host source that browsers read, and the offset of a query or fragment that they ignore;
/// `None` when they drop the whole.
///
/// A bare keyword is a host. A path may hold any printable character; those that the grammar
/// doesn't allow are percent-encoded here, which changes nothing, since both sides are decoded
/// before they are compared.
pub(super) fn read(text: &str) -> Option<(HostSource, Option<usize>)> {
    let start = text
        .find("://")
        .filter(|colon| !text.get(..*colon).unwrap_or_default().contains('/'))
        .map_or(0, |colon| colon + 3);
    let slash = text
        .get(start..)
        .and_then(|rest| rest.find('/'))
        .map_or(text.len(), |slash| start + slash);
    // A query without a path before it is part of the host, and no host.
    let ignored = text
        .get(slash..)
        .and_then(|path| path.find(['?', '#']))
        .map(|mark| slash + mark);
    let (authority, path) = text.get(..ignored.unwrap_or(text.len()))?.split_at(slash);
    let mut written = authority.to_owned();
    for (position, character) in path.char_indices() {
        let allowed = match character {
            '%' => url::is_encoded(path, position),
            _ => is_path_character(character),
        };
        match (allowed, u8::try_from(character)) {
            (true, _) => written.push(character),
            (false, Ok(byte)) if byte.is_ascii_graphic() => {
                let _ = write!(written, "%{byte:02X}");
            }
            (false, _) => return None,
        }
    }
    HostSource::read(&written)
        .ok()
        .map(|source| (source, ignored))
}
