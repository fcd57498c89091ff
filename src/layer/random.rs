//! Random bytes for nonces, without a system call for each.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Nonce;

/// 144 bits: over the 128 that CSP asks for, and a multiple of three bytes, so that the text has
/// no padding.
const RANDOM: usize = 18;
const TEXT: usize = 24;

/// Random bytes are fetched from the operating system for this many nonces at a time, about 4 KB.
/// A system call for each nonce would cost more than all headers together.
const BATCH: usize = 224;

/// A fresh nonce from the operating system's generator.
///
/// The bytes come in batches per thread; a used part is wiped, and never used again. What that means
/// for a process that forks is told where users read it, at [`Nonce`].
///
/// # Errors
/// What the operating system's generator fails with. It can fail only before it is seeded, early
/// at boot, or in a sandbox that forbids the system call.
pub(crate) fn nonce() -> Result<Nonce, getrandom::Error> {
    thread_local! {
        static POOL: RefCell<Pool> = const {
            RefCell::new(Pool { bytes: [[0; RANDOM]; BATCH], used: BATCH })
        };
    }
    let random = POOL.with_borrow_mut(Pool::take)?;
    let mut text = [0; TEXT];
    let written = URL_SAFE_NO_PAD.encode_slice(random, &mut text);
    debug_assert_eq!(written, Ok(TEXT), "18 bytes are 24 characters of base64");
    Ok(Nonce(text))
}

struct Pool {
    bytes: [[u8; RANDOM]; BATCH],
    used: usize,
}

impl Pool {
    fn take(&mut self) -> Result<[u8; RANDOM], getrandom::Error> {
        if let Some(slot) = self.bytes.get_mut(self.used) {
            self.used += 1;
            return Ok(std::mem::take(slot));
        }
        getrandom::fill(self.bytes.as_flattened_mut())?;
        self.used = 1;
        Ok(std::mem::take(&mut self.bytes[0]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{BATCH, nonce};

    #[test]
    fn nonces_differ_within_and_across_batches_and_threads() {
        let make = || {
            (0..BATCH * 2 + 7)
                .map(|_| nonce().unwrap().to_string())
                .collect::<Vec<_>>()
        };
        let other = std::thread::spawn(make);
        let mut all = make();
        all.extend(other.join().unwrap());
        assert!(all.iter().all(|nonce| nonce.len() == 24));
        assert!(
            !all.contains(&"A".repeat(24)),
            "a wiped slot was handed out"
        );
        let count = all.len();
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), count);
    }

    #[test]
    fn debug_does_not_show_the_value() {
        assert_eq!(format!("{:?}", nonce().unwrap()), "Nonce(..)");
    }
}
