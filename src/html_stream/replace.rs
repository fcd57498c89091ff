//! Replaces a text wherever it is in a stream of bytes.

use std::ops::Range;

use memchr::memmem::Finder;

use super::Mark;
use crate::layer::Nonce;

/// What overwrites the mark, byte for byte, where it is not a nonce.
const FILLER: u8 = b'x';

/// Lets bytes through, with the nonce or a filler in place of each mark.
pub(super) struct Replace {
    mark: Finder<'static>,
    nonce: Option<Nonce>,
    /// How many bytes came before those that are held.
    before: usize,
    /// The end of what came, as far as the mark may begin in it; shorter than the mark.
    held: Vec<u8>,
}

/// A tag that is to get the nonce, if nothing is in it but what was written; places are
/// counted from the stream's first byte.
pub(super) struct Tag {
    /// From its `<` to its `>`.
    pub(super) bytes: Range<usize>,
    /// Where the mark begins.
    pub(super) mark: usize,
}

/// Whether it is a tag as it was written, and not an attacker's that was left open to swallow it.
/// Stricter than browsers ([CSP3, "is element nonceable?"]), because they look for `<script` and
/// `<style` alone.
///
/// Bytes, and not the parser's attributes: where these are decoded, two bytes of UTF-16's order mark
/// hide what follows them.
///
/// [CSP3, "is element nonceable?"]: https://w3c.github.io/webappsec-csp/#is-element-nonceable
fn is_whole(tag: &[u8]) -> bool {
    tag.split_first()
        .is_some_and(|(first, rest)| *first == b'<' && !rest.contains(&b'<'))
}

impl Replace {
    pub(super) fn new(mark: &Mark, nonce: Option<Nonce>) -> Self {
        Self {
            mark: Finder::new(mark.as_str()).into_owned(),
            nonce,
            before: 0,
            held: Vec::new(),
        }
    }

    /// From here on marks are overwritten.
    pub(super) fn forget(&mut self) {
        self.nonce = None;
    }

    /// What can go on of what is held and `bytes`, in which these tags stand.
    pub(super) fn pass(&mut self, bytes: Vec<u8>, tags: &[Tag]) -> Vec<u8> {
        let mut all = if self.held.is_empty() {
            bytes
        } else {
            self.held.extend_from_slice(&bytes);
            std::mem::take(&mut self.held)
        };
        let found: Vec<usize> = self.mark.find_iter(&all).collect();
        let length = self.mark.needle().len();
        // Each nonce may be longer than a mark, by two bytes at most.
        let most = if found.is_empty() {
            0
        } else {
            all.len() + 2 * found.len()
        };
        let mut out = Vec::with_capacity(most);
        let mut at = 0;
        for start in found {
            // They were found in `all`.
            out.extend_from_slice(all.get(at..start).unwrap_or_default());
            at = start + length;
            match &self.nonce {
                Some(nonce) if self.is_nonce(start, &all, tags) => {
                    out.extend_from_slice(nonce.as_str().as_bytes());
                }
                _ => out.resize(out.len() + length, FILLER),
            }
        }
        let rest = all.get(at..).unwrap_or_default();
        let held = self.beginning(rest);
        self.before += all.len() - held;
        if at == 0 {
            self.held = all.split_off(all.len() - held);
            return all;
        }
        let (rest, held) = rest.split_at(rest.len() - held);
        out.extend_from_slice(rest);
        self.held = held.to_vec();
        out
    }

    /// Whether the mark that begins there is to become the nonce.
    fn is_nonce(&self, start: usize, all: &[u8], tags: &[Tag]) -> bool {
        let place = self.before + start;
        let tag = tags.binary_search_by_key(&place, |tag| tag.mark).ok();
        let tag = tag.and_then(|index| tags.get(index)).and_then(|tag| {
            let start = tag.bytes.start.checked_sub(self.before)?;
            all.get(start..tag.bytes.end.checked_sub(self.before)?)
        });
        tag.is_some_and(is_whole)
    }

    /// Length of the longest end that the mark begins with.
    fn beginning(&self, text: &[u8]) -> usize {
        let mark = self.mark.needle();
        let longest = text.len().min(mark.len() - 1);
        (1..=longest)
            .rev()
            .find(|length| text.ends_with(mark.get(..*length).unwrap_or(mark)))
            .unwrap_or(0)
    }

    /// The rest.
    pub(super) fn end(self) -> Vec<u8> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "aabaabaabaabaabaabaabaac";

    fn replace() -> Replace {
        Replace::new(&MARK.parse().unwrap(), None)
    }

    fn through(chunks: &[&[u8]]) -> Vec<u8> {
        let mut replace = replace();
        let mut out = Vec::new();
        for chunk in chunks {
            out.extend(replace.pass(chunk.to_vec(), &[]));
            assert!(replace.held.len() < MARK.len());
        }
        out.extend(replace.end());
        out
    }

    #[test]
    fn the_mark_is_overwritten_wherever_it_is_cut() {
        // Its beginning comes again and again in it.
        let text = format!("aab{MARK}aabaab{MARK}{MARK}aaba");
        let clean = text.replace(MARK, &"x".repeat(MARK.len()));
        let text = text.as_bytes();
        for first in 0..text.len() {
            for second in first..text.len() {
                let chunks = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(through(&chunks), clean.as_bytes(), "{first} {second}");
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(through(&bytes), clean.as_bytes());
    }

    #[test]
    fn what_only_begins_like_it_is_not_held_longer_than_needed() {
        let mut replace = replace();
        assert_eq!(replace.pass(b"hello aab".to_vec(), &[]), b"hello ");
        assert_eq!(replace.pass(b"!".to_vec(), &[]), b"aab!");
    }
}
