//! References in a document, made absolute: cases of the URL standard that pages hold.

use tower_visor::url::Url;

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
        ("100%.js", "https://example.com/app/100%.js"),
        ("a?b=\\c", "https://example.com/app/a?b=\\c"),
        // Dots are resolved in the path only.
        ("a?b=/../c", "https://example.com/app/a?b=/../c"),
        ("data:text/plain,a b", "data:text/plain,a b"),
        ("blob:https://x/1", "blob:https://x/1"),
        // User names are secrets, and change nothing about where a URL leads.
        ("https://me:pw@example.com/x", "https://example.com/x"),
        ("//a@b@[::1]:8080/x", "https://[::1]:8080/x"),
        // Dots in each of their spellings.
        ("%2e%2E/.%2e/a.js", "https://example.com/a.js"),
        ("x/%2e", "https://example.com/app/x/"),
        ("x//..//../a.js", "https://example.com/app/x/a.js"),
        ("..%2fa.js", "https://example.com/app/..%2fa.js"),
        // Hosts in each of theirs.
        ("//0x7f.1/", "https://127.0.0.1/"),
        ("//2130706433", "https://127.0.0.1/"),
        ("//0177.0.0.0x1.", "https://127.0.0.1/"),
        ("//[0:0::FFFF:1.2.3.4]", "https://[::ffff:102:304]/"),
        ("//ex%61mple.com/", "https://example.com/"),
        ("//example.com.:443/", "https://example.com./"),
        ("//example.com:0/", "https://example.com:0/"),
        ("//example.com:00443", "https://example.com/"),
        ("//a..b/", "https://a..b/"),
        // Hosts of other schemes are opaque.
        ("x-app://Ex%61mple.com:443", "x-app://Ex%61mple.com:443"),
        ("x-app:///a/../b", "x-app:/b"),
        ("x-app:/a\\b", "x-app:/a\\b"),
        ("file:///a/../b", "file:/b"),
        ("javascript:go('x')", "javascript:go('x')"),
    ] {
        assert_eq!(
            base.join(reference).map(|url| url.to_string()).as_deref(),
            Ok(expected),
            "{reference:?}"
        );
    }
    for bad in [
        "//",
        "https://user@/",
        "//x:99999/",
        "https://",
        "//1.2.3.256",
        "//1.2.3.4.5",
        "//09",
        "//0x100000000",
        "//[::1",
        "//[::1]x",
        "//a b/",
        "//a%00b/",
        "//xn--example-/",
        // Unicode makes `l` of the first and nothing of the second, which takes its tables.
        "//\u{ff4c}ocalhost/",
        "//local%C2%ADhost/",
        "x-app://a b",
    ] {
        assert!(base.join(bad).is_err(), "{bad}");
    }
    let blank: Url = "about:blank".parse().unwrap();
    assert_eq!(
        blank.join("a.js").unwrap_err().to_string(),
        "`a.js` is not an absolute URL; write for example `https://example.com`"
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
