//! Everything that is wrong, at once.
//!
//! When a configuration, a policy or a folder of files has faults, users want to see all of them
//! in one go. So functions that can find several return [`Errors`].
//!
//! `Debug` of the crate's errors is their `Display`, so that a `main` which returns one prints
//! sentences:
//!
//! ```
//! use tower_visor::csp::Csp;
//!
//! let errors = "default-src self".parse::<Csp>().unwrap_err();
//! assert_eq!(format!("{errors:?}"), "default-src, byte 12: `self` must be quoted: write `'self'`");
//! ```

use std::fmt;
use std::ops::Deref;

/// Everything that is wrong, in a stable order; never empty. A slice of its errors.
///
/// `Display` writes one message, or the number of messages and then each on its own line, so that
/// `?` in a `main` or a log line shows all of them.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// let errors = Pins::from_json(r#"{"schema": 1, "base": "sdk", "files": []}"#).unwrap_err();
/// assert_eq!(errors.len(), 2);
/// assert!(errors.to_string().starts_with("2 faults\nbase: `sdk` is not a base path; "));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Errors<E>(Vec<E>);

impl<E> Errors<E> {
    /// `Err` where there is an error.
    pub(crate) fn check(errors: Vec<E>) -> Result<(), Self> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }

    /// Those that were found, or this one, where what is missing says that there must be one.
    pub(crate) fn or(mut found: Vec<E>, otherwise: E) -> Self {
        if found.is_empty() {
            found.push(otherwise);
        }
        Self(found)
    }

    /// With those that were found before.
    #[cfg(feature = "page")]
    pub(crate) fn after(mut self, mut earlier: Vec<E>) -> Self {
        earlier.append(&mut self.0);
        Self(earlier)
    }

    /// The same ones, as errors of whoever asked for it.
    pub(crate) fn map<F>(self, f: impl FnMut(E) -> F) -> Errors<F> {
        Errors(self.0.into_iter().map(f).collect())
    }
}

/// Both values, or the errors of both.
#[cfg(feature = "page")]
pub(crate) fn both<A, B, E>(
    one: Result<A, Errors<E>>,
    other: Result<B, Errors<E>>,
) -> Result<(A, B), Errors<E>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(other.after(one.0)),
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => Err(errors),
    }
}

/// A single one.
impl<E> From<E> for Errors<E> {
    fn from(error: E) -> Self {
        Self(vec![error])
    }
}

impl<E> From<Errors<E>> for Vec<E> {
    fn from(errors: Errors<E>) -> Self {
        errors.0
    }
}

impl<E> Deref for Errors<E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        &self.0
    }
}

impl<E> IntoIterator for Errors<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Errors<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: fmt::Display> fmt::Display for Errors<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [error] = &self.0[..] {
            return error.fmt(f);
        }
        write!(f, "{} faults", self.len())?;
        self.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

impl<E: fmt::Display> fmt::Debug for Errors<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: fmt::Display> std::error::Error for Errors<E> {}

/// `Debug` as `Display`: `main` and `unwrap` print errors by it.
macro_rules! debug_is_display {
    ($($error:ty),+ $(,)?) => {$(
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )+};
}
pub(crate) use debug_is_display;

/// An error that callers see as a text and, where they can act on it, a kind. What exactly is wrong
/// is an enum of its module's own, so that a new fault or another fact in a message breaks nobody.
///
/// Each kind lists its faults; `else` is the kind of all that are not listed.
macro_rules! opaque {
    (
        $(#[$about:meta])*
        pub struct $Error:ident($Fault:ident);
        $(
            $(#[$about_kind:meta])*
            pub enum $Kind:ident {
                $($(#[$about_variant:meta])* $Variant:ident = $($fault:ident)|+,)+
            } $(else {
                $(#[$about_rest:meta])* $Rest:ident
            })?
        )?
    ) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, thiserror::Error)]
        #[error(transparent)]
        pub struct $Error(#[from] $Fault);

        crate::errors::debug_is_display!($Error);

        impl From<$Fault> for crate::errors::Errors<$Error> {
            fn from(fault: $Fault) -> Self {
                $Error(fault).into()
            }
        }

        impl From<crate::errors::Errors<$Fault>> for crate::errors::Errors<$Error> {
            fn from(faults: crate::errors::Errors<$Fault>) -> Self {
                faults.map($Error)
            }
        }

        $(
            impl $Error {
                /// What it is about.
                #[allow(unreachable_patterns)] // `else`, where its faults are those of a feature
                pub const fn kind(&self) -> $Kind {
                    match &self.0 {
                        $($($Fault::$fault { .. })|+ => $Kind::$Variant,)+
                        $(_ => $Kind::$Rest,)?
                    }
                }
            }

            $(#[$about_kind])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum $Kind {
                $($(#[$about_variant])* $Variant,)+
                $($(#[$about_rest])* $Rest,)?
            }
        )?
    };
}
pub(crate) use opaque;
