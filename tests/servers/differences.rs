//! What differs between two answers to one request, and which differences are known.

use std::collections::BTreeSet;

use http::HeaderMap;

use crate::client::{Answer, Asked, Way};
use crate::server::Kind;

/// A difference that is known, with its reason.
pub(crate) struct Exception {
    /// All servers, where it is empty.
    pub(crate) servers: &'static [Kind],
    /// The headers, or `status`, or `body`.
    pub(crate) what: &'static [&'static str],
    /// Of a request, and of what our own layer answers.
    pub(crate) when: fn(&Asked, &Answer) -> bool,
    pub(crate) reason: &'static str,
}

/// Values of each name, joined in their order.
fn values(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let mut values: Vec<String> = values
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    match name {
        // All of them are enforced, whichever comes first.
        "content-security-policy" => values.sort(),
        // Names of headers.
        "vary" => {
            let names = values.join(",").to_ascii_lowercase();
            values = names
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect();
            values.dedup();
        }
        _ => {}
    }
    values.join(", ")
}

/// What differs: the header's name, `status` or `body`, and both values.
fn differences(ours: &Answer, theirs: &Answer) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    let mut differ = |what: &str, one: String, other: String| {
        if one != other {
            all.push((what.to_owned(), one, other));
        }
    };
    differ("status", ours.status.to_string(), theirs.status.to_string());
    let names: BTreeSet<&str> = ours
        .headers
        .keys()
        .chain(theirs.headers.keys())
        .map(http::HeaderName::as_str)
        .collect();
    for name in names {
        differ(
            name,
            values(&ours.headers, name),
            values(&theirs.headers, name),
        );
    }
    let body = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
    differ("body", body(ours), body(theirs));
    all
}

/// Compares, and notes which exceptions were met.
pub(crate) fn compare(
    exceptions: &[Exception],
    kind: Kind,
    way: Way,
    asked: &Asked,
    (ours, theirs): (&Answer, &Answer),
    met: &mut BTreeSet<usize>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, one, other) in differences(ours, theirs) {
        let known = exceptions.iter().position(|known| {
            (known.servers.is_empty() || known.servers.contains(&kind))
                && known.what.contains(&what.as_str())
                && (known.when)(asked, ours)
        });
        if let Some(index) = known {
            met.insert(index);
            continue;
        }
        let short = |text: &str| -> String { text.chars().take(160).collect() };
        wrong.push(format!(
            "{way:?} {} {} {:?}: {what}\n    ours:   {}\n    theirs: {}",
            asked.method,
            asked.path,
            asked.headers,
            short(&one),
            short(&other)
        ));
    }
    wrong
}

/// Says which exceptions were met, and why they are all right.
pub(crate) fn told(exceptions: &[Exception], kind: Kind, met: &BTreeSet<usize>) {
    for index in met {
        let known = &exceptions[*index];
        println!(
            "{}: {}: {}",
            kind.name(),
            known.what.join(", "),
            known.reason
        );
    }
}
