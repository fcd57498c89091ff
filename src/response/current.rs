//! What is served now, until something else is.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// One version of what is served: never changed, only replaced as a whole, so that a request sees
/// one version or the other.
///
/// It is held while the head of a response is made, and while a new version moves in. A second
/// count of owners, so that it could be let go sooner, would cost as much as the lock itself.
pub(crate) struct Current<T>(RwLock<T>);

impl<T> Current<T> {
    pub(crate) fn new(first: T) -> Self {
        Self(RwLock::new(first))
    }

    /// The version to answer from.
    pub(crate) fn get(&self) -> RwLockReadGuard<'_, T> {
        // Nothing panics while it is held.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces it by another version, unless something speaks against that.
    pub(crate) fn replace<E>(
        &self,
        next: T,
        check: impl FnOnce(&T, &T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        check(&current, &next)?;
        let old = std::mem::replace(&mut *current, next);
        drop(current);
        // Freed when nobody waits for it.
        drop(old);
        Ok(())
    }
}
