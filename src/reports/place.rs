//! Where something is, according to a report: without anything that may be about a person.

use std::borrow::Cow;
use std::fmt;

use crate::url::{Url, decoded};

/// The most bytes of a place that are kept; the URLs of real files fit.
const LONGEST: usize = 300;

/// How often a name may be percent-encoded and still be read.
const DEPTH: usize = 3;

/// The words that browsers write where something has no URL. [CSP3, section
/// 5.2](https://w3c.github.io/webappsec-csp/#strip-url-for-use-in-reports), and `self`, which Firefox
/// up to 60 said for inline code.
const WORDS: &[&str] = &[
    "eval",
    "inline",
    "self",
    "trusted-types-policy",
    "trusted-types-sink",
    "wasm-eval",
];

/// Where something is, according to a report: a page, a file, a connection.
///
/// Query, fragment, user and anything that may be a token are not kept of a URL, and of one that
/// isn't a network URL only the scheme is kept: `chrome-extension`, but not which one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ReportedPlace {
    /// A URL of the network (`https:`, `wss:` ...), without its query.
    Url(Url),
    /// A URL of another scheme.
    Scheme(String),
    /// One of the words that browsers write, such as `inline`.
    Word(&'static str),
    /// Nothing, or nothing that can be read.
    Unsaid,
}

impl ReportedPlace {
    /// What browsers write of a page, of what was blocked and of a source.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim();
        if let Some(word) = WORDS.iter().find(|word| **word == text) {
            return Self::Word(word);
        }
        match Url::effective(text) {
            Ok(url) if url.origin().is_some() && is_of_network(url.scheme()) => {
                Self::Url(url.without_query())
            }
            Ok(url) => Self::scheme(url.scheme()),
            // Without its colon: what is left of a URL that a page may not know.
            Err(_) => Self::scheme(text.split(':').next().unwrap_or_default()),
        }
    }

    /// What a script names on a page: relative to it.
    pub(super) fn on(page: &Self, text: &str) -> Self {
        match page {
            Self::Url(page) => match page.join(text) {
                Ok(url) if url.origin().is_some() && is_of_network(url.scheme()) => {
                    Self::Url(url.without_query())
                }
                Ok(url) => Self::scheme(url.scheme()),
                Err(_) => Self::Unsaid,
            },
            // A name alone would be read as a scheme.
            _ if text.contains(':') => Self::read(text),
            _ => Self::Unsaid,
        }
    }

    fn scheme(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let begins = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic());
        if begins && text.len() <= 40 && text.bytes().all(is_name) {
            Self::Scheme(text)
        } else {
            Self::Unsaid
        }
    }

    /// The URL, where it is one of the network.
    pub const fn url(&self) -> Option<&Url> {
        match self {
            Self::Url(url) => Some(url),
            _ => None,
        }
    }
}

/// What a page can load from another computer.
pub(super) fn is_of_network(scheme: &str) -> bool {
    matches!(scheme, "https" | "http" | "wss" | "ws" | "ftp")
}

/// As it is kept: short, and without what may be a token.
impl fmt::Display for ReportedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => {
                let origin = url.origin().map(ToString::to_string).unwrap_or_default();
                let path: Vec<Cow<'_, str>> = url.path().split('/').map(without_token).collect();
                let mut text = origin + &path.join("/");
                if text.len() > LONGEST {
                    // Visible ASCII, as each URL here is.
                    text.truncate(LONGEST);
                    text.push_str("...");
                }
                f.write_str(&text)
            }
            Self::Scheme(scheme) => write!(f, "{scheme}:"),
            Self::Word(word) => f.write_str(word),
            Self::Unsaid => Ok(()),
        }
    }
}

/// A part of a path, or what is put where one may be about a person: a token, an identifier, an
/// address of mail.
fn without_token(part: &str) -> Cow<'_, str> {
    let mut text = part.as_bytes().to_vec();
    for _ in 0..DEPTH {
        let next = decoded(&String::from_utf8_lossy(&text));
        if next == text {
            break;
        }
        text = next;
    }
    let is_encoded_still = decoded(&String::from_utf8_lossy(&text)) != text;
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=+".contains(byte);
    let is_token = text.split(|byte| !is_of_token(byte)).any(|run| {
        let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
        // 24 letters and digits are 16 bytes in base64; names of files have fewer digits.
        run.len() >= 24 && digits >= 3
            // Words of this length are not written.
            || run.len() >= 48
            // Of a telephone, a customer, an account.
            || run.len() >= 7 && digits == run.len()
            // A JSON object in base64, as tokens begin.
            || run.len() >= 8 && run.starts_with(b"eyJ")
    });
    // The scope of a package begins with one.
    let is_mail = text.iter().rposition(|byte| *byte == b'@') > Some(0);
    if is_token || is_encoded_still || is_mail {
        Cow::Borrowed("[cut]")
    } else {
        Cow::Borrowed(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        ReportedPlace::read(text).to_string()
    }

    #[test]
    fn nothing_about_a_person_is_kept() {
        let host = "https://liveness.contoso.example";
        for (text, expected) in [
            ("/app.js?token=secret#top", "/app.js"),
            (
                "/facelivenessdetector-assets/js/a_simd.js",
                "/facelivenessdetector-assets/js/a_simd.js",
            ),
            (
                "/assets/index-4f3a9c1bd2e4.js",
                "/assets/index-4f3a9c1bd2e4.js",
            ),
            (
                "/check/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
                "/check/[cut]",
            ),
            ("/check/%65yJhbGciOiJIUzI1NiJ9", "/check/[cut]"),
            ("/check/%2565yJhbGciOiJIUzI1NiJ9", "/check/[cut]"),
            ("/check/%25252565yJhb", "/check/[cut]"),
            (
                "/check/b12e033e-bda7-4b83-a211-e721c661f30e/done",
                "/check/[cut]/done",
            ),
            ("/people/anna@contoso.example", "/people/[cut]"),
            ("/people/anna%40contoso.example", "/people/[cut]"),
            (
                "/npm/@azure/ai-vision-face-ui/a.js",
                "/npm/@azure/ai-vision-face-ui/a.js",
            ),
            ("/accounts/12345678", "/accounts/[cut]"),
            ("/year/2026", "/year/2026"),
        ] {
            assert_eq!(kept(&format!("{host}{text}")), format!("{host}{expected}"));
        }
        assert_eq!(kept("https://me:secret@a.example/x"), "https://a.example/x");
        assert_eq!(
            kept("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb/a.js"),
            "chrome-extension:"
        );
        assert_eq!(kept("data:text/html,<p>private"), "data:");
        assert_eq!(kept("android-webview"), "android-webview:");
        assert_eq!(kept("inline"), "inline");
        assert_eq!(kept("<p>private</p>"), "");
        assert_eq!(kept(""), "");
        let long = format!("{host}/{}", "a/".repeat(1000));
        assert_eq!(kept(&long).len(), LONGEST + 3);
    }

    #[test]
    fn what_a_script_names_is_relative_to_its_page() {
        let page = ReportedPlace::read("https://a.example/check/?x=1");
        let on = |text: &str| ReportedPlace::on(&page, text).to_string();
        assert_eq!(on("../app.js?v=1"), "https://a.example/app.js");
        assert_eq!(on("https://b.example/x"), "https://b.example/x");
        assert_eq!(on("blob:https://a.example/1"), "blob:");
        assert_eq!(
            ReportedPlace::on(&ReportedPlace::Unsaid, "app.js").to_string(),
            ""
        );
    }
}
