//! Pins: from what was published to a lock file, one file a subject.

mod build_script;
#[cfg(feature = "pin")]
mod chain;
mod lock;
mod npm_lock;
#[cfg(feature = "pin")]
mod packed;
mod published;
mod releases;
mod scan;
mod scan_folders;
#[cfg(feature = "npm-signatures")]
mod signature;
#[cfg(all(feature = "pin", feature = "npm-signatures"))]
mod signed;
#[cfg(feature = "pin")]
mod tarball;
mod update;
mod verify;
