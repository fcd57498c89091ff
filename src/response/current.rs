//! The version that is served now, until another one replaces it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// One version of what is served, and the options that each version is made with. A version is never
/// changed, only replaced as a whole, so that a request sees one or the other.
///
/// It is held while the head of a response is made, and while the next one moves in. A second count
/// of owners, so that it could be let go sooner, would cost as much as the lock itself.
pub(crate) struct Current<O, T> {
    pub(crate) options: O,
    version: RwLock<T>,
}

impl<O, T> Current<O, T> {
    pub(crate) fn new(options: O, first: T) -> Self {
        let version = RwLock::new(first);
        Self { options, version }
    }

    /// The version to answer from.
    pub(crate) fn get(&self) -> RwLockReadGuard<'_, T> {
        // Nothing panics while it is held.
        self.version.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the version, unless there is something against the next one.
    pub(crate) fn replace<E>(
        &self,
        next: T,
        check: impl FnOnce(&T, &T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = self.version.write().unwrap_or_else(PoisonError::into_inner);
        check(&current, &next)?;
        let old = std::mem::replace(&mut *current, next);
        drop(current);
        // Freed when nobody waits for it.
        drop(old);
        Ok(())
    }
}
