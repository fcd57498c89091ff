//! Host sources as browsers read them.

use std::fmt::Write as _;

use super::dropped::DropReason;
use crate::csp::HostSource;
use crate::csp::host::is_path_character;
use crate::url;

/// What browsers read past behind a host source.
pub(super) struct Cut {
    /// Where it begins.
    pub(super) at: usize,
    pub(super) reason: DropReason,
}

/// The host source that browsers read, and what they ignore behind it; `None` when they drop the
/// whole.
///
/// A bare keyword is a host. A path may hold any printable character; those that the grammar
/// doesn't allow are percent-encoded here, which changes nothing, since both sides are decoded
/// before they are compared.
pub(super) fn read(text: &str) -> Option<(HostSource, Option<Cut>)> {
    let start = text
        .find("://")
        .filter(|colon| !text.get(..*colon).unwrap_or_default().contains('/'))
        .map_or(0, |colon| colon + 3);
    let slash = text
        .get(start..)
        .and_then(|rest| rest.find('/'))
        .map_or(text.len(), |slash| start + slash);
    let mark = |part: &str, marks: &[char]| part.find(marks);
    // A fragment without a path before it is part of the host, and no host.
    let cut = match mark(text.get(start..slash)?, &['?']) {
        Some(at) => Some(Cut {
            at: start + at,
            reason: DropReason::QueryWithoutPath,
        }),
        None => mark(text.get(slash..)?, &['?', '#']).map(|at| Cut {
            at: slash + at,
            reason: DropReason::QueryOrFragment,
        }),
    };
    let read = text.get(..cut.as_ref().map_or(text.len(), |cut| cut.at))?;
    let (authority, path) = read.split_at(slash.min(read.len()));
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
    HostSource::read(&written).ok().map(|source| (source, cut))
}
