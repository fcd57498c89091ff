//! Our reader as browsers read beside the crate `url`, which is another reading of the standard.

use proptest::prelude::*;
use tower_visor::url::Url;

/// What a text may be made of: each piece means something to a parser of URLs.
const PIECES: &[&str] = &[
    "http:",
    "https:",
    "HTTPS:",
    "ws:",
    "wss:",
    "ftp:",
    "x-app:",
    "data:",
    "//",
    "/",
    "\\",
    "/\\",
    "///",
    ".",
    "..",
    "%2e",
    "%2E.",
    "./",
    "../",
    "a",
    "B",
    "app.css",
    "example.com",
    "EXAMPLE.com",
    "ex%61mple.com",
    "%41",
    "%",
    "%zz",
    "%00",
    "%2f",
    "@",
    "me@",
    "me:pw@",
    ":",
    ":80",
    ":443",
    ":0",
    ":00080",
    ":65535",
    ":65536",
    ":8x",
    "[",
    "]",
    "[::1]",
    "[::ffff:1.2.3.4]",
    "[1:0:0:2::]",
    "[::1",
    "0x7f",
    "0x",
    "0177",
    "127.0.0.1",
    "127.1",
    "256",
    "1.2.3.4.5",
    "4294967296",
    "09",
    "?",
    "?v=1",
    "#",
    "#top",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{1}",
    "\u{7f}",
    "\"",
    "<",
    ">",
    "`",
    "{",
    "}",
    "|",
    "'",
    "*",
    "!",
    "$",
    "&",
    "(",
    ",",
    ";",
    "=",
    "~",
    "_",
    "-",
    "xn--a",
    "\u{e9}",
    "\u{ff4c}ocalhost",
    "localhost",
];

const BASES: &[&str] = &[
    "https://example.com/app/index.html",
    "http://127.0.0.1:8080/?v=1",
    "ws://[::1]/a/b/",
    "x-app://host/a/b?q",
    "about:blank",
];

/// What a URL of the other reader is in ours: without fragment, user name and password.
fn plain(mut url: url::Url) -> String {
    url.set_fragment(None);
    // Fails where there is no host, and so none of both.
    let _ = (url.set_username(""), url.set_password(None));
    url.to_string()
}

/// Where the two are meant to differ.
fn is_out_of_scope(theirs: &url::Url) -> bool {
    // It takes the tables of Unicode to know that these are names.
    theirs.host_str().is_some_and(|host| host.split('.').any(|label| label.starts_with("xn--")))
        // Without a host no policy tells `a:/b` from `a:///b`; and of spaces before a query the
        // standard said something else until 2025.
        || !theirs.has_host()
}

/// `None` where both refuse or the case is out of scope.
fn difference(text: &str, base: Option<&str>) -> Option<String> {
    // A backslash is a slash where the scheme is special, and to the other reader in references of
    // all schemes.
    if [Some(text), base]
        .iter()
        .flatten()
        .any(|text| text.contains("x-app"))
        && text.contains('\\')
    {
        return None;
    }
    let (theirs, ours) = match base {
        None => (url::Url::parse(text), Url::effective(text)),
        Some(base) => (
            url::Url::parse(base).unwrap().join(text),
            Url::effective(base).unwrap().join(text),
        ),
    };
    match (theirs, ours) {
        (Err(_), Err(_)) => None,
        // What takes the tables of Unicode is refused, not guessed.
        (Ok(_), Err(ours)) if ours.to_string().contains("international name") => None,
        (Ok(theirs), _) if is_out_of_scope(&theirs) => None,
        // "Special authority ignore slashes state", which the other reader lacks for references.
        (Err(url::ParseError::EmptyHost), Ok(_)) if base.is_some() => None,
        // An empty label of punycode and the like: a browser loads nothing where we see a name.
        (Err(_), Ok(ours))
            if ours
                .host()
                .is_none_or(|host| host.as_str().contains("xn--")) =>
        {
            None
        }
        (Ok(theirs), Ok(ours)) if plain(theirs.clone()) == ours.to_string() => None,
        (theirs, ours) => Some(format!(
            "{text:?} on {base:?}: {theirs:?}, and here {ours:?}"
        )),
    }
}

#[test]
fn every_pair_of_pieces_means_the_same_to_both() {
    let mut differences = Vec::new();
    for base in BASES.iter().copied().map(Some).chain([None]) {
        for one in PIECES {
            for two in PIECES {
                for prefix in ["", "//", "https://", "http:", "/x/"] {
                    differences.extend(difference(&format!("{prefix}{one}{two}"), base));
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_means_the_same_to_both(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..9),
        base in prop::option::of(prop::sample::select(BASES)),
    ) {
        let text = pieces.concat();
        prop_assert_eq!(difference(&text, base), None);
    }

    /// What the strict reader takes is what a browser makes of it, and is written so that both
    /// read it again.
    #[test]
    fn strict_is_a_part_of_what_browsers_read(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..6),
    ) {
        let text = format!("https://{}", pieces.concat());
        if let Ok(url) = text.parse::<Url>() {
            prop_assert_eq!(Url::effective(&text), Ok(url.clone()));
            prop_assert_eq!(url.to_string().parse::<Url>(), Ok(url));
        }
    }
}
