//! What is read out of the SDK's own code: its version, and the text of its styles.
//!
//! The code is searched for literals, never run and never parsed as a whole.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::javascript::literal;
use crate::sdk::layout::Era;
use crate::sdk::{Basis, Release, Releases, Version};
use crate::sri::{Algorithm, Digest};

/// The table, for all the files of the SDK.
static RELEASES: LazyLock<Releases> = LazyLock::new(Releases::builtin);

/// The name under which the component holds its version.
const VERSION_NAME: &[u8] = b"clientSDKversion";

/// A comment in the style of the shadow root, by which its text is found in the wasm.
const SHADOW_MARK: &[u8] = b"/* Base styles */";

/// Bytes that are looked at together for a dot.
const STEP: usize = 64;

/// No version of the SDK is longer.
const LONGEST_VERSION: usize = 32;

/// What stands before the text of a style in a bundle of css-loader.
const PUSH: &[u8] = b".push([";

/// The versions that a component says it has: what is assigned to `clientSDKversion`, in any of
/// the forms that minifiers write.
pub(crate) fn component_versions(component: &[u8]) -> BTreeSet<Version> {
    let mut found = BTreeSet::new();
    for start in positions(component, VERSION_NAME) {
        let rest = component
            .get(start + VERSION_NAME.len()..)
            .unwrap_or_default();
        // `clientSDKversion = "1.5.0"`, `clientSDKversion:"1.5.0"`, `"clientSDKversion":'1.5.0'`.
        let rest = rest
            .strip_prefix(b"\"")
            .or_else(|| rest.strip_prefix(b"'"))
            .unwrap_or(rest);
        let rest = rest.trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":")) else {
            continue;
        };
        if let Some(text) = literal(rest.trim_ascii_start())
            && let Ok(version) = text.parse()
        {
            found.insert(version);
        }
    }
    found
}

/// The version that a wasm of a known release says it is of. Those of 0.18.0-beta.1, 1.2.0 and 1.3.1
/// were seen to name theirs; later ones don't.
pub(crate) fn wasm_version(wasm: &[u8]) -> Option<Version> {
    let names_itself =
        |release: &Release| release.era == Era::Single && release.basis == Basis::Measured;
    named_release(wasm, &RELEASES, names_itself)
}

/// The release that alone has a file with this digest, where the built-in table knows one.
pub(crate) fn release_of(digest: &Digest) -> Option<Version> {
    let release = RELEASES.with_file(digest)?;
    Some(release.version.clone())
}

/// The one release of those meant that a file names, as a word of its own; `None` where it names
/// several. What zlib says of itself isn't meant: there is a zlib 1.3.1 as well.
pub(crate) fn named_release(
    file: &[u8],
    releases: &Releases,
    is_meant: impl Fn(&Release) -> bool,
) -> Option<Version> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+_".contains(byte);
    let mut found = BTreeSet::new();
    let mut of_zlib = BTreeSet::new();
    // The first dot of each word; most of a wasm has none, and is passed over in large steps.
    for (step, chunk) in file.chunks(STEP).enumerate() {
        if !chunk.contains(&b'.') {
            continue;
        }
        for at in positions(chunk, b".").map(|at| step * STEP + at) {
            let (before, after) = file.split_at(at);
            let digits = before.iter().rev().take_while(|b| b.is_ascii_digit());
            let (before, _) = before.split_at(before.len() - digits.count());
            if before.len() == at || before.last().is_some_and(is_part) {
                continue;
            }
            let length = after
                .iter()
                .take(LONGEST_VERSION)
                .take_while(|b| is_part(b));
            let word = file.get(before.len()..at + length.count());
            let text = word.and_then(|word| std::str::from_utf8(word).ok());
            let Some(version) = text.and_then(|text| text.parse().ok()) else {
                continue;
            };
            if before.ends_with(b"deflate ") || before.ends_with(b"inflate ") {
                of_zlib.insert(version);
            } else if releases.release(&version).is_some_and(&is_meant) {
                found.insert(version);
            }
        }
    }
    let mut all = found
        .into_iter()
        .filter(|version| !of_zlib.contains(version));
    all.next().filter(|_| all.next().is_none())
}

/// The hashes of the styles that the component puts into the head: each literal that a bundle of
/// css-loader pushes as the text of a module, `list.push([t.id,"..."`.
pub(super) fn head_styles(component: &[u8], algorithm: Algorithm) -> Vec<Digest> {
    let mut found = BTreeSet::new();
    for start in positions(component, PUSH) {
        let rest = component.get(start + PUSH.len()..).unwrap_or_default();
        let name = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
            .count();
        let after = rest.get(name..).unwrap_or_default();
        if name == 0 {
            continue;
        }
        if let Some(after) = after.strip_prefix(b".id")
            && let Some(after) = after.trim_ascii_start().strip_prefix(b",")
            && let Some(text) = literal(after.trim_ascii_start())
        {
            found.insert(Digest::of(algorithm, text.as_bytes()));
        }
    }
    found.into_iter().collect()
}

/// The hashes of the styles that a wasm holds for the shadow root: each text between two NULs
/// that contains the mark.
pub(super) fn shadow_styles(wasm: &[u8], algorithm: Algorithm) -> Vec<Digest> {
    let mut found = BTreeSet::new();
    for mark in positions(wasm, SHADOW_MARK) {
        let (before, after) = wasm.split_at(mark);
        let Some(end) = after.iter().position(|byte| *byte == 0) else {
            continue;
        };
        let start = before
            .iter()
            .rposition(|byte| *byte == 0)
            .map_or(0, |nul| nul + 1);
        let lead = before.get(start..).unwrap_or_default();
        let mut candidates = vec![wasm.get(start..mark + end).unwrap_or_default()];
        if !lead.iter().all(u8::is_ascii_whitespace) {
            // Where the text is the first of its data segment, the segment's head stands before
            // it and not a NUL. A hash that belongs to no style allows nothing.
            candidates.push(after.get(..end).unwrap_or_default());
        }
        found.extend(
            candidates
                .into_iter()
                .filter(|text| std::str::from_utf8(text).is_ok())
                .map(|text| Digest::of(algorithm, text)),
        );
    }
    found.into_iter().collect()
}

/// Where a needle begins, front to back.
fn positions<'a>(hay: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = needle.first().copied().unwrap_or_default();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = hay.get(from..)?;
            let at = from + rest.iter().position(|byte| *byte == first)?;
            from = at + 1;
            if hay.get(at..)?.starts_with(needle) {
                return Some(at);
            }
        }
    })
}
