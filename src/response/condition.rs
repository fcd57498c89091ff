//! Conditional requests: [RFC 9110, section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13).
//!
//! There is no modification date: the digest says more, so the conditions on dates say nothing
//! (sections 13.1.3 and 13.1.4).

use http::HeaderMap;
use http::header::{HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_RANGE};

/// What the conditions of a request come to, for `GET` and `HEAD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Go on.
    Holds,
    /// `If-Match` names other bytes.
    Failed,
    /// `If-None-Match` names these bytes.
    NotModified,
}

/// How entity tags are compared (section 8.8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// In the order of section 13.2.2.
pub(crate) fn condition(headers: &HeaderMap, tag: &[u8]) -> Condition {
    let mut if_match = None;
    let mut is_known = false;
    // Looking at each is cheaper than hashing two names.
    for (name, value) in headers {
        match *name {
            IF_MATCH => {
                let found = names(value, tag, Comparison::Strong);
                if_match = Some(found || if_match == Some(true));
            }
            IF_NONE_MATCH => is_known |= names(value, tag, Comparison::Weak),
            _ => {}
        }
    }
    if if_match == Some(false) {
        Condition::Failed
    } else if is_known {
        Condition::NotModified
    } else {
        Condition::Holds
    }
}

/// Whether a range may be answered in parts: there is no `If-Range`, or it has exactly this tag
/// (section 13.1.5). A date never does.
pub(crate) fn may_be_partial(headers: &HeaderMap, tag: &[u8]) -> bool {
    let mut values = headers.get_all(IF_RANGE).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => value.as_bytes().trim_ascii() == tag,
        (Some(_), Some(_)) => false,
    }
}

/// Whether a field value has this strong tag, quotes included, or is `*`.
fn names(value: &HeaderValue, tag: &[u8], comparison: Comparison) -> bool {
    let value = value.as_bytes().trim_ascii();
    value == b"*" || in_list(value, tag, comparison)
}

fn in_list(mut rest: &[u8], tag: &[u8], comparison: Comparison) -> bool {
    loop {
        // A tag may hold a comma, so a list can't be split at them.
        while let Some((b',' | b' ' | b'\t', after)) = rest.split_first() {
            rest = after;
        }
        let weak = rest.starts_with(b"W/");
        let quoted = rest.strip_prefix(b"W/").unwrap_or(rest);
        let Some(inner) = quoted.strip_prefix(b"\"") else {
            // The end, or what is not a tag: nothing after it can be trusted.
            return false;
        };
        let Some(end) = inner.iter().position(|&byte| byte == b'"') else {
            return false;
        };
        let (found, after) = quoted.split_at(end + 2);
        if found == tag && (comparison == Comparison::Weak || !weak) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_as_the_condition_asks() {
        for (header, value, expected) in [
            (IF_NONE_MATCH, "\"a\"", Condition::NotModified),
            (IF_NONE_MATCH, "W/\"a\"", Condition::NotModified),
            (IF_NONE_MATCH, "*", Condition::NotModified),
            (IF_NONE_MATCH, " * ", Condition::NotModified),
            (IF_NONE_MATCH, "\"b\", \"a\"", Condition::NotModified),
            (IF_NONE_MATCH, ",\"b\",,W/\"a\",", Condition::NotModified),
            (IF_NONE_MATCH, "\"b,\"\"a\"", Condition::NotModified),
            (IF_NONE_MATCH, "\"b\"", Condition::Holds),
            (IF_NONE_MATCH, "\"A\"", Condition::Holds),
            (IF_NONE_MATCH, "a", Condition::Holds),
            (IF_NONE_MATCH, "\"a", Condition::Holds),
            (IF_NONE_MATCH, "w/\"a\"", Condition::Holds),
            (IF_NONE_MATCH, "\"b\", *", Condition::Holds),
            (IF_NONE_MATCH, "", Condition::Holds),
            (IF_NONE_MATCH, "\"b, \"a\"", Condition::Holds),
            (IF_MATCH, "\"a\"", Condition::Holds),
            (IF_MATCH, "*", Condition::Holds),
            (IF_MATCH, "\"b\", \"a\"", Condition::Holds),
            (IF_MATCH, "W/\"a\"", Condition::Failed),
            (IF_MATCH, "\"b\"", Condition::Failed),
            (IF_MATCH, "", Condition::Failed),
        ] {
            let headers = HeaderMap::from_iter([(header.clone(), value.parse().unwrap())]);
            assert_eq!(condition(&headers, b"\"a\""), expected, "{header}: {value}");
        }
    }

    #[test]
    fn each_line_of_a_list_counts() {
        for (header, expected) in [
            (IF_MATCH, Condition::Holds),
            (IF_NONE_MATCH, Condition::NotModified),
        ] {
            for values in [["\"a\"", "\"b\""], ["\"b\"", "\"a\""]] {
                let lines = values.map(|value| (header.clone(), value.parse().unwrap()));
                let headers = HeaderMap::from_iter(lines);
                assert_eq!(
                    condition(&headers, b"\"a\""),
                    expected,
                    "{header}: {values:?}"
                );
            }
        }
        // Section 13.2.2: the first that fails decides.
        let both = [(IF_MATCH, "\"b\""), (IF_NONE_MATCH, "\"a\"")];
        let both = both.map(|(header, value)| (header, value.parse().unwrap()));
        let headers = HeaderMap::from_iter(both);
        assert_eq!(condition(&headers, b"\"a\""), Condition::Failed);
    }

    #[test]
    fn only_the_very_bytes_are_completed() {
        for (value, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", false),
            ("\"b\"", false),
            ("*", false),
            ("\"b\", \"a\"", false),
            ("Sat, 29 Oct 1994 19:43:31 GMT", false),
        ] {
            let headers = HeaderMap::from_iter([(IF_RANGE, value.parse().unwrap())]);
            assert_eq!(may_be_partial(&headers, b"\"a\""), expected, "{value}");
        }
        assert!(may_be_partial(&HeaderMap::new(), b"\"a\""));
    }
}
