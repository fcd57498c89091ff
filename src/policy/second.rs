//! Whether a header was written by another compiled policy: a second visor's.

use std::sync::atomic::{AtomicU8, Ordering};

use http::header::{HeaderName, HeaderValue};

use super::prepared::{Headers, kept};

/// How many policies of others a compiled policy still looks at. To find out whose one is takes a
/// lock, so an application that sends its own with every response pays for the first few only.
pub(crate) struct Looks(AtomicU8);

impl Looks {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(u8::MAX))
    }

    /// Whether this value, which the policy that looks did not write, is another compiled
    /// policy's. True once.
    pub(crate) fn finds_another(&self, name: &HeaderName, value: &HeaderValue) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left == 0 {
            return false;
        }
        // Two threads that take the same look at once look twice.
        self.0.store(left - 1, Ordering::Relaxed);
        let is_anothers = kept().is_some_and(|kept| {
            let mut all = kept.iter().flat_map(|one| one.headers.iter().flatten());
            all.any(|headers| headers.wrote(name, value.as_bytes()))
        });
        is_anothers && self.0.swap(0, Ordering::Relaxed) != 0
    }
}

/// It is no part of what a policy says.
impl PartialEq for Looks {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Headers {
    /// Whether a value of this header may be one of these, whatever the nonce.
    fn wrote(&self, name: &HeaderName, value: &[u8]) -> bool {
        let mut fixed = self.values(name);
        fixed.any(|known| known.as_bytes() == value)
            || self
                .nonced
                .iter()
                .any(|nonced| nonced.name == *name && fits(&nonced.pieces, value))
    }
}

/// Whether a text is made of these pieces, with anything between them.
fn fits(pieces: &[&str], mut text: &[u8]) -> bool {
    for (index, piece) in pieces.iter().map(|piece| piece.as_bytes()).enumerate() {
        let at = match index {
            0 => text.starts_with(piece).then_some(0),
            _ => text.windows(piece.len()).position(|part| part == piece),
        };
        let rest = at.and_then(|at| text.get(at + piece.len()..));
        let Some(rest) = rest else { return false };
        text = rest;
    }
    text.is_empty()
}
