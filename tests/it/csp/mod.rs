//! Content Security Policy: own cases for each rule, then the standards'.
//!
//! The numbers of rules are those of the list that was merged from what other tools check (names
//! 1 to 7, sources 8 to 29, the whole policy 30 to 32, configuration 41).

mod builder;
mod configuration;
mod conformance;
mod directives;
mod effective;
mod effective_any;
mod hosts;
mod lists;
mod matching;
mod matching_code;
mod properties;
mod sources;
mod subsume;
mod subsume_any;
mod warnings;

use std::fmt::{Debug, Display};
use std::str::FromStr;

use tower_visor::csp::PolicyList;
use tower_visor::url::{Origin, Url};

fn list(header: &str) -> PolicyList {
    PolicyList::effective([header])
}

fn url(text: &str) -> Url {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn origin(text: &str) -> Origin {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Each text is refused, with exactly this message.
fn refused<T>(cases: &[(&str, &str)])
where
    T: FromStr<Err: Display> + Debug,
{
    for (text, message) in cases {
        match text.parse::<T>() {
            Ok(read) => panic!("{text:?} was taken for {read:?}, expected: {message}"),
            Err(error) => assert_eq!(error.to_string(), *message, "{text:?}"),
        }
    }
}

/// A policy of exactly so many bytes: this beginning, then one host after another.
fn of_length(head: &str, len: usize) -> String {
    let hosts = (0..).map(|number| format!(" h{number:05}.example"));
    let mut text = head.to_owned();
    text.extend(hosts.take((len - head.len() - 2) / 15));
    let rest = "x".repeat(len - text.len() - 1);
    format!("{text} {rest}")
}
