//! Work on many files at once: all cores, the largest file first.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::tree::LARGEST;
use crate::sri::{Algorithm, Digest, Hasher};

/// How much is read at a time; one such buffer a thread.
const BUFFER: usize = 64 * 1024;

/// Less than this is done sooner than a second thread is started.
const ALONE: u64 = 256 * 1024;

/// Does `work` for each item and gives the results in the order of the items.
///
/// Largest first, because the two wasm files are nine tenths of the SDK: begun last, one of them
/// would run alone at the end.
pub(super) fn each<T: Sync, R: Send>(
    items: &[T],
    size: impl Fn(&T) -> u64,
    work: impl Fn(&T, &mut [u8]) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(items.get(*index).map(&size)));
    let total: u64 = items.iter().map(&size).sum();
    let threads = match std::thread::available_parallelism() {
        Ok(cores) if total > ALONE => cores.get().min(items.len()),
        _ => 1,
    };
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        let mut buffer = vec![0; BUFFER];
        while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(item) = items.get(*index) {
                let result = work(item, &mut buffer);
                // A thread that panics while it holds the lock only leaves a shorter list.
                results
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push((*index, result));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The digest and the size of a file, through a buffer of the caller's.
pub(super) fn file(
    path: &Path,
    algorithm: Algorithm,
    buffer: &mut [u8],
) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new(algorithm);
    let mut total = 0;
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok((hasher.finish(), total)),
            Ok(length) => {
                // `File::read` gives no more than the buffer holds.
                hasher.update(buffer.get(..length).unwrap_or_default());
                total += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The digest of a file, and its bytes: of one reading, so that they belong together. `size` is
/// about how many there are.
pub(super) fn content(
    path: &Path,
    algorithm: Algorithm,
    size: u64,
) -> io::Result<(Digest, Vec<u8>)> {
    let mut file = File::open(path)?.take(LARGEST);
    let mut hasher = Hasher::new(algorithm);
    let mut content = Vec::with_capacity(usize::try_from(size.min(LARGEST)).unwrap_or_default());
    loop {
        let before = content.len();
        // A piece at a time, hashed while the processor still has it at hand.
        file.by_ref()
            .take(BUFFER as u64)
            .read_to_end(&mut content)?;
        match content.get(before..) {
            None | Some([]) => return Ok((hasher.finish(), content)),
            Some(piece) => hasher.update(piece),
        }
    }
}
