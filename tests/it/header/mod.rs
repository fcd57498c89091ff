//! Response headers: own cases for each rule, then the standards'.

mod caching;
mod conformance_cases;
mod connection_patterns;
mod connections;
mod one_word;
mod permissions;
mod properties;
mod reporting;
mod strip;
mod transport;
mod unencoded_digest;
mod waict;

use std::str::FromStr;

use tower_visor::header::HeaderError;

/// Parses each text and compares the message as a whole.
fn messages<T: FromStr<Err = HeaderError> + std::fmt::Debug>(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        let error = text.parse::<T>().expect_err(text);
        assert_eq!(error.to_string(), *message, "{text:?}");
    }
}

/// Each text is its own canonical form.
fn round_trips<T>(texts: &[&str])
where
    T: FromStr<Err = HeaderError> + std::fmt::Display,
{
    for text in texts {
        assert_eq!(text.parse::<T>().unwrap().to_string(), *text);
    }
}
