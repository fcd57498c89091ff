//! References in a document, made absolute: cases of the URL standard that pages hold.

use tower_visor::csp::Url;

#[test]
fn references_mean_what_browsers_make_of_them() {
    let base: Url = "https://example.com/app/index.html".parse().unwrap();
    for (reference, expected) in [
        ("a.js", "https://example.com/app/a.js"),
        ("./a.js", "https://example.com/app/a.js"),
        ("../../../a.js", "https://example.com/a.js"),
        ("/a.js", "https://example.com/a.js"),
        ("//cdn.example", "https://cdn.example/"),
        ("///cdn.example/x", "https://cdn.example/x"),
        ("\\\\cdn.example\\x", "https://cdn.example/x"),
        ("https:a.js", "https://example.com/app/a.js"),
        ("https:/a.js", "https://example.com/a.js"),
        ("http:a.example/x", "http://a.example/x"),
        ("HTTPS://A.EXAMPLE/X", "https://a.example/X"),
        ("https:\\\\a.example/x", "https://a.example/x"),
        ("?q=1", "https://example.com/app/index.html?q=1"),
        ("?q=1#top", "https://example.com/app/index.html?q=1"),
        ("?", "https://example.com/app/index.html?"),
        ("a.js?v=1", "https://example.com/app/a.js?v=1"),
        ("https:a.js?v=1#x?y", "https://example.com/app/a.js?v=1"),
        ("#top", "https://example.com/app/index.html"),
        ("", "https://example.com/app/index.html"),
        (" \n a\t.js ", "https://example.com/app/a.js"),
        ("\u{e9}.js", "https://example.com/app/%C3%A9.js"),
        ("100%.js", "https://example.com/app/100%25.js"),
        ("a?b=\\c", "https://example.com/app/a?b=\\c"),
        // Dots are resolved in the path only.
        ("a?b=/../c", "https://example.com/app/a?b=/../c"),
        ("data:text/plain,a b", "data:text/plain,a%20b"),
        ("blob:https://x/1", "blob:https://x/1"),
    ] {
        assert_eq!(
            base.join(reference).map(|url| url.to_string()).as_deref(),
            Ok(expected),
            "{reference:?}"
        );
    }
    for bad in ["//", "https://user@x/", "//x:99999/", "https://"] {
        assert!(base.join(bad).is_err(), "{bad}");
    }
    let blank: Url = "about:blank".parse().unwrap();
    assert_eq!(
        blank.join("a.js").unwrap_err().to_string(),
        "byte 0: `a.js` is no absolute URL; write for example `https://example.com/`"
    );
    let asked: Url = "https://example.com/app/?id=7".parse().unwrap();
    for (reference, expected) in [
        ("", "https://example.com/app/?id=7"),
        ("#top", "https://example.com/app/?id=7"),
        ("a.js", "https://example.com/app/a.js"),
        ("?v=1", "https://example.com/app/?v=1"),
    ] {
        let joined = asked.join(reference).unwrap();
        assert_eq!(joined.to_string(), expected, "{reference:?}");
    }
}
