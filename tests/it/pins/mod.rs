//! Pins: from what was published to a lock file, one file a subject.

mod npm_lock;
#[cfg(feature = "pin")]
mod tarball;
