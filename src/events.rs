//! What is told to whoever listens, by `tracing`.
//!
//! Each event, its level and its fields are in [the manual](crate::docs), and a test compares them.
//! None holds a token, a key, a picture, an address or what a client sent, but for the path of a file
//! that isn't there and what a browser reported, cleaned.

/// An event: its level, its fields, its name. Nothing without the feature `tracing`; what the fields
/// take is then not even looked at.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $name:literal, $($fields:tt)+) => {
        tracing::event!(target: "tower_visor", tracing::Level::$level, $($fields)+, $name)
    };
}

#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($level:ident, $name:literal, $($fields:tt)+) => {};
}

pub(crate) use event;

/// What came of a reload.
#[allow(unused_variables)] // without the feature
pub(crate) fn reloaded<E: std::fmt::Display>(
    service: &'static str,
    result: &Result<(), crate::errors::Errors<E>>,
) {
    match result {
        Ok(()) => {
            event!(INFO, "reloaded", service);
        }
        Err(faults) => {
            event!(
                WARN,
                "reload refused",
                service,
                faults = faults.len(),
                first = faults.first().map(tracing::field::display)
            );
        }
    }
}
