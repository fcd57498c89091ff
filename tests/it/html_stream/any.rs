//! Pages of the application's elements and of what others may write around them, however they are
//! cut: what has to hold for them is written with the fuzz targets.

use proptest::prelude::*;

use crate::fuzz::html_stream;

/// What others may have written. The application's own elements are the bytes 1 to 5.
const PARTS: [&str; 61] = [
    "\u{1}",
    "\u{2}",
    "\u{3}",
    "\u{4}",
    "\u{5}",
    "visorvisor",
    "<script src=//evil.example/ ",
    "<script src=//evil.example/ a=",
    "<script src=//evil.example/ a='",
    "<script src=//evil.example/ a=\"",
    "<script src=//evil.example/ nonce=",
    "<script src/=//evil.example/ ",
    "<script src=//evil.example/></script>",
    "<script>evil()</script>",
    "<script nonce>",
    "<script",
    "</script>",
    "<style>",
    "</style>",
    "<style ",
    "<link rel=stylesheet href=//evil.example/ ",
    "<svg>",
    "</svg>",
    "<svg><title>",
    "<math><mtext>",
    "</math>",
    "<select>",
    "</select>",
    "<table>",
    "<template>",
    "</template>",
    "<noscript>",
    "</noscript>",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<xmp>",
    "<iframe>",
    "<plaintext>",
    "<frameset>",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<p>",
    "<p class=\"a\">caf\u{e9}</p>",
    "<img alt='",
    ">",
    "/>",
    "<",
    "'",
    "\"",
    "=",
    "<a b",
    "&lt;script&gt;",
    "\r\n",
    "\0",
    "\u{c}",
    "</",
    "<?",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nobody_else_gets_the_nonce(
        parts in prop::collection::vec(0..PARTS.len(), 1..12),
        kind in prop::sample::select(&[0_u8, 8, 16, 32]),
        cuts in any::<u8>(),
    ) {
        let mut input = vec![kind, cuts];
        for part in parts {
            input.extend_from_slice(PARTS[part].as_bytes());
        }
        html_stream::run(&input);
    }
}

#[test]
fn the_check_sees_what_it_is_for() {
    let is_own = |html: &str| {
        let check = || html_stream::are_own(html, "N", false, false);
        std::panic::catch_unwind(check).is_ok()
    };
    assert!(is_own("<p>a<script nonce=N src=/app.js></script>"));
    for html in [
        "<script src=//evil.example/ a=<script nonce=\"N\">",
        "<script nonce=N>evil()</script>",
        "<script nonce=N src=/app.js>evil()</script>",
        "<script nonce=N src=/app.js data-a></script>",
        "<img nonce=N>",
        "<script src=/app.js a=N></script>",
        "<template><script nonce=N>evil()</script></template>",
    ] {
        assert!(!is_own(html), "{html}");
    }
}
