//! Whether a header was written by another compiled policy: a second visor's.

use std::sync::atomic::{AtomicU8, Ordering};

/// How many policies of others a compiled policy still looks at. To find out whose one is takes a
/// lock, so an application that sends its own with every response pays for the first few only.
pub(crate) struct Looks(AtomicU8);

impl Looks {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(u8::MAX))
    }

    /// Takes a look, unless one has found something or there are none left. True once.
    pub(super) fn take(&self, finds: impl FnOnce() -> bool) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left == 0 {
            return false;
        }
        // Two threads that take the same look at once look twice.
        self.0.store(left - 1, Ordering::Relaxed);
        finds() && self.0.swap(0, Ordering::Relaxed) != 0
    }
}

/// They are no part of what a policy says.
impl PartialEq for Looks {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Whether a text is made of these pieces, with anything between them.
pub(super) fn fits(pieces: &[&str], mut text: &[u8]) -> bool {
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
