//! What a stream tells whoever made it, past the HTTP client between the two.

use std::sync::{Arc, Mutex, PoisonError};

/// One end of it; the other is a clone.
pub(super) struct Told<T>(Arc<Mutex<Option<T>>>);

impl<T> Told<T> {
    /// What was told last, if anything was.
    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn put(&self, what: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
    }
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Told<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
