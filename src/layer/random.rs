//! Random bytes for nonces, without a system call for each.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 144 bits: over the 128 that CSP asks for, and a multiple of three bytes, so that the text has
/// no padding.
const RANDOM: usize = 18;
const TEXT: usize = 24;

/// Random bytes are fetched from the operating system for this many nonces at a time, about 4 KB.
/// A system call for each nonce would cost more than all headers together, and to write them all as
/// base64 at once costs half of what it does one by one.
const BATCH: usize = 224;

/// The text of a fresh nonce, from the operating system's generator.
///
/// They are made in batches per thread; a used one is wiped, and never used again. What that means
/// for a process that forks is told where users read it, at [`Nonce`](super::Nonce).
///
/// # Errors
/// The error of the operating system's generator. It can fail only before it is seeded, early
/// at boot, or in a sandbox that forbids the system call.
pub(super) fn text() -> Result<[u8; TEXT], getrandom::Error> {
    thread_local! {
        static POOL: RefCell<Pool> = const {
            RefCell::new(Pool {
                random: [0; RANDOM * BATCH],
                texts: [[0; TEXT]; BATCH],
                used: BATCH,
            })
        };
    }
    POOL.with_borrow_mut(Pool::take)
}

struct Pool {
    /// What `texts` is made of; zeros but while it is made.
    random: [u8; RANDOM * BATCH],
    texts: [[u8; TEXT]; BATCH],
    used: usize,
}

impl Pool {
    #[inline]
    fn take(&mut self) -> Result<[u8; TEXT], getrandom::Error> {
        if self.used >= BATCH {
            self.make()?;
        }
        let text = std::mem::take(&mut self.texts[self.used]);
        self.used += 1;
        Ok(text)
    }

    #[cold]
    fn make(&mut self) -> Result<(), getrandom::Error> {
        getrandom::fill(&mut self.random)?;
        let texts = self.texts.as_flattened_mut();
        let written = URL_SAFE_NO_PAD.encode_slice(self.random, texts);
        debug_assert_eq!(written, Ok(TEXT * BATCH), "18 bytes are 24 characters");
        self.random.fill(0);
        self.used = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{BATCH, Pool, RANDOM, TEXT};
    use crate::layer::Nonce;

    #[test]
    fn nonces_differ_within_and_across_batches_and_threads() {
        let make = || {
            (0..BATCH * 2 + 7)
                .map(|_| Nonce::random().unwrap().to_string())
                .collect::<Vec<_>>()
        };
        let other = std::thread::spawn(make);
        let mut all = make();
        all.extend(other.join().unwrap());
        assert!(all.iter().all(|nonce| nonce.len() == 24));
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        assert!(
            all.iter().all(|nonce| nonce.bytes().all(is_text)),
            "a wiped slot was handed out"
        );
        assert!(
            !all.contains(&"A".repeat(24)),
            "a nonce of bytes that were never filled"
        );
        let count = all.len();
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), count);
    }

    #[test]
    fn what_was_used_is_wiped() {
        let mut pool = Pool {
            random: [0; RANDOM * BATCH],
            texts: [[0; TEXT]; BATCH],
            used: BATCH,
        };
        pool.take().unwrap();
        pool.take().unwrap();
        assert_eq!(pool.texts[..2], [[0; TEXT]; 2]);
        assert_ne!(pool.texts[2], [0; TEXT], "the next one waits");
        assert_eq!(pool.random, [0; RANDOM * BATCH]);
    }

    #[test]
    fn debug_does_not_show_the_value() {
        assert_eq!(format!("{:?}", Nonce::random().unwrap()), "Nonce(..)");
    }
}
