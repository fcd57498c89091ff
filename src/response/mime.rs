//! Media types as browsers read them.

use http::HeaderValue;
#[cfg(any(feature = "audit", feature = "html-stream"))]
use http::header::{CONTENT_TYPE, HeaderMap};

/// A media type as browsers read it, of one or more `Content-Type`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mime {
    /// Type and subtype, in lower case.
    pub(crate) essence: String,
    /// In lower case.
    #[cfg_attr(not(any(feature = "audit", feature = "html-stream")), allow(dead_code))]
    pub(crate) charset: Option<String>,
}

/// "Extract a MIME type" ([Fetch, section 3.5](https://fetch.spec.whatwg.org/#concept-header-extract-mime-type)):
/// the last type of all headers and lists that is one and says something. Without a charset it has
/// that of the first of those of the same type right before it.
#[cfg(any(feature = "audit", feature = "html-stream"))]
pub(crate) fn extract(headers: &HeaderMap) -> Option<Mime> {
    // "Get, decode, and split": of the values as one list.
    let values: Vec<String> = headers
        .get_all(CONTENT_TYPE)
        .iter()
        .map(isomorphic)
        .collect();
    let joined = values.join(", ");
    let mut found: Option<Mime> = None;
    let mut charset = None;
    for value in split(&joined) {
        let Some(mut mime) = parse(value).filter(|mime| mime.essence != "*/*") else {
            continue;
        };
        if found.is_none_or(|before| before.essence != mime.essence) {
            // Step 6.4: kept from here on, whatever others of this type say.
            charset.clone_from(&mime.charset);
        } else if mime.charset.is_none() {
            mime.charset.clone_from(&charset);
        }
        found = Some(mime);
    }
    found
}

/// Whether this one type is that of JSON. A list of types is none.
pub(crate) fn is_json(content_type: &HeaderValue) -> bool {
    let value = isomorphic(content_type);
    split(&value).count() == 1
        && parse(&value).is_some_and(|mime| mime.essence == "application/json")
}

/// Each byte a character ([Infra, isomorphic decode](https://infra.spec.whatwg.org/#isomorphic-decode)).
fn isomorphic(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

/// The parts between commas, those in quoted strings aside.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c: char| {
        let is_end = c == ',' && !is_quoted;
        if is_escaped {
            is_escaped = false;
        } else if is_quoted && c == '\\' {
            is_escaped = true;
        } else if c == '"' {
            is_quoted = !is_quoted;
        }
        is_end
    })
}

/// "Parse a MIME type" ([MIME Sniffing, section 4.4](https://mimesniff.spec.whatwg.org/#parsing-a-mime-type)).
fn parse(text: &str) -> Option<Mime> {
    // Steps 1 to 9.
    let text = text.trim_matches(is_space);
    let (name, rest) = text.split_once('/')?;
    let (subtype, mut rest) = rest.split_once(';').unwrap_or((rest, ""));
    let subtype = subtype.trim_end_matches(is_space);
    if !is_token(name) || !is_token(subtype) {
        return None;
    }
    let mut charset = None;
    // Step 11.
    while !rest.is_empty() {
        let start = rest.trim_start_matches(is_space);
        let Some(end) = start.find([';', '=']) else {
            break;
        };
        let (name, after) = start.split_at(end);
        let Some(after) = after.strip_prefix('=') else {
            rest = after.strip_prefix(';').unwrap_or_default();
            continue;
        };
        let value;
        if let Some(quoted) = after.strip_prefix('"') {
            let (text, after) = unquoted(quoted);
            value = text;
            rest = after.split_once(';').map_or("", |(_, rest)| rest);
        } else {
            let (text, after) = after.split_once(';').unwrap_or((after, ""));
            rest = after;
            value = text.trim_end_matches(is_space).to_owned();
            if value.is_empty() {
                continue;
            }
        }
        // Of the parameters this one alone is asked for; the first one counts.
        let is_valid = |c: char| matches!(c, '\t' | ' '..='~' | '\u{80}'..='\u{ff}');
        if name.eq_ignore_ascii_case("charset") && charset.is_none() && value.chars().all(is_valid)
        {
            charset = Some(value.to_ascii_lowercase());
        }
    }
    Some(Mime {
        essence: format!("{name}/{subtype}").to_ascii_lowercase(),
        charset,
    })
}

/// The value of a quoted string whose quote has begun, and what comes after it
/// ([Fetch, section 2.2](https://fetch.spec.whatwg.org/#collect-an-http-quoted-string)).
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => value.push(rest.next().unwrap_or('\\')),
            c => value.push(c),
        }
    }
    (value, rest.as_str())
}

const fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' ')
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_apart() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON", true),
            (" application/json ; charset=utf-8", true),
            ("application/json;x=\"a,b\"", true),
            ("application/json;", true),
            ("application/json, application/json", false),
            ("text/plain, application/json", false),
            ("application/json, text/plain", false),
            ("application/json;x=a, text/plain", false),
            ("text/plain;application/json", false),
            ("text/plain; x=application/json", false),
            ("application/json+xml", false),
            ("application/ld+json", false),
            ("application/jsonp", false),
            ("application/json/x", false),
            ("application /json", false),
            ("text/json", false),
            ("", false),
        ] {
            assert_eq!(is_json(&value.parse().unwrap()), expected, "{value}");
        }
    }

    #[cfg(feature = "audit")]
    #[test]
    fn the_last_type_that_is_one_counts() {
        for (values, expected) in [
            (&["text/html"][..], "text/html -"),
            (&["Text/HTML ; Charset=UTF-8"], "text/html utf-8"),
            (&["text/plain, text/html"], "text/html -"),
            (&["text/plain", "text/html"], "text/html -"),
            (&["text/html", "text/plain"], "text/plain -"),
            (&["text/html", "*/*", "nonsense", ""], "text/html -"),
            (&["text/html;charset=gbk", "text/html"], "text/html gbk"),
            (
                &["text/html;charset=gbk, text/html;charset=utf-8"],
                "text/html utf-8",
            ),
            (
                &["text/html;charset=gbk, text/plain, text/html"],
                "text/html -",
            ),
            (
                &[
                    "text/html;charset=gbk",
                    "text/html;charset=utf-8, text/html",
                ],
                "text/html gbk",
            ),
            (
                &["text/html", "text/html;charset=utf-8", "text/html"],
                "text/html -",
            ),
            (
                &["text/html;charset=gbk, x, */*;charset=a, TEXT/HTML;x"],
                "text/html gbk",
            ),
            (
                &["text/html;x=\",\";charset=\"u\\tf-8\""],
                "text/html utf-8",
            ),
            (
                &["text/html;x=\"\\\",text/plain;\", text/css"],
                "text/css -",
            ),
            (&["text/html;x=\", text/plain"], "text/html -"),
            (
                &["text/html;charset;charset=\"a\"b;charset=c"],
                "text/html a",
            ),
            (&["text/html;charset=;charset=b"], "text/html b"),
            (&["text/html;charset=\"\";charset=b"], "text/html "),
            (&["text/html;charset =b"], "text/html -"),
            (&["text/html; charset= b"], "text/html  b"),
            (&["text/html;charset=utf-8 "], "text/html utf-8"),
            (&["text/ html"], "none"),
            (&["text /html"], "none"),
            (&["text"], "none"),
            (&["/html"], "none"),
            (&["text/"], "none"),
            (&["text/html/x"], "none"),
            (&["text/html charset=x"], "none"),
            (&[""], "none"),
            (&[], "none"),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_TYPE, value.parse().unwrap());
            }
            let found = extract(&headers).map_or("none".to_owned(), |mime| {
                format!(
                    "{} {}",
                    mime.essence,
                    mime.charset.as_deref().unwrap_or("-")
                )
            });
            assert_eq!(found, expected, "{values:?}");
        }
    }
}
