//! Host sources and scheme sources.

use tower_visor::csp::{HostPattern, HostSource, PortPattern, SchemeSource};

use super::refused;

/// Rule 15.
#[test]
fn every_part_of_a_host_source_is_read_and_written() {
    for text in [
        "*",
        "*:*",
        "example.com",
        "example.com.",
        "localhost:3000",
        "*.example.com:8443",
        "https://example.com",
        "wss://example.com:*/socket",
        "custom+scheme.1-x://host/",
        "https://example.com/a/b.js",
        "https://example.com/A%2fb/~user/(1)/x:y@z!$&'%2A+=._-",
        "127.0.0.1",
        "sha256-x.example.com",
        "none.example.com",
        "https://self",
        "sandbox",
    ] {
        let source: HostSource = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(source.to_string(), text);
    }
    let source: HostSource = "HTTPS://*.Example.COM:443/Path".parse().unwrap();
    assert_eq!(source.to_string(), "https://*.example.com:443/Path");
    assert_eq!(
        source.host(),
        &HostPattern::Subdomains("example.com".into())
    );
    assert_eq!(source.port(), Some(PortPattern::Number(443)));
}

const FAULTS: &[(&str, &str)] = &[
    (
        "",
        "byte 0: empty; write a host, for example `https://example.com`",
    ),
    ("self", "byte 0: `self` must be quoted: write `'self'`"),
    ("NONE", "byte 0: `NONE` must be quoted: write `'none'`"),
    (
        "Nonce-AbC",
        "byte 0: `Nonce-AbC` must be quoted: write `'nonce-AbC'`",
    ),
    (
        "sha256-abc123",
        "byte 0: `sha256-abc123` must be quoted: write `'sha256-abc123'`",
    ),
    (
        "object-src",
        "byte 0: `object-src` is a directive: write `;` before it",
    ),
    (
        "//example.com",
        "byte 0: `//` without a scheme: write `https://` in front of the host, or the host alone",
    ),
    (
        "0https://example.com",
        "byte 0: `0https` is not a scheme: it begins with a letter, then letters, digits, `+`, `-`, `.`",
    ),
    (
        "://example.com",
        "byte 0: `` is not a scheme: it begins with a letter, then letters, digits, `+`, `-`, `.`",
    ),
    (
        "https://",
        "byte 8: no host after the scheme; write `https://example.com`, or `https:` for all hosts",
    ),
    (
        "/app.js",
        "byte 0: empty; write a host in front, for example `https://example.com`",
    ),
    (
        ":443",
        "byte 0: empty; write a host in front, for example `https://example.com`",
    ),
    (
        "www.*.com",
        "byte 4: `*` may only be the whole host or its first label: write `*.example.com`",
    ),
    (
        "https://*example.com",
        "byte 8: `*` may only be the whole host or its first label: write `*.example.com`",
    ),
    (
        "*.*.example.com",
        "byte 2: `*` may only be the whole host or its first label: write `*.example.com`",
    ),
    (
        "a..example.com",
        "byte 2: empty label in the host; remove the surplus dot",
    ),
    (
        ".example.com",
        "byte 0: empty label in the host; remove the surplus dot",
    ),
    (
        "*.",
        "byte 2: empty label in the host; remove the surplus dot",
    ),
    (
        "exa_mple.com",
        "byte 3: `_` isn't allowed in a host; browsers drop the whole source, so the host needs another name",
    ),
    (
        "b\u{fc}cher.example",
        "byte 1: `\\u{fc}` isn't allowed in a host; write an international name in its ASCII form (punycode, `xn--...`)",
    ),
    (
        "a.com;b.com",
        "byte 5: `;` isn't allowed in a host; it would begin another directive or policy",
    ),
    (
        "a.com,b.com",
        "byte 5: `,` isn't allowed in a host; it would begin another directive or policy",
    ),
    (
        "a.com b.com",
        "byte 5: ` ` isn't allowed in a host; a source can't contain white space",
    ),
    (
        "a.com\u{a0}b.com",
        "byte 5: `\\u{a0}` isn't allowed in a host; a source can't contain white space",
    ),
    (
        "a.com\nb.com",
        "byte 5: `\\n` isn't allowed in a host; a source can't contain white space",
    ),
    (
        "\"a.com\"",
        "byte 0: `\"` isn't allowed in a host; write the host without quotes",
    ),
    (
        "a!.com",
        "byte 1: `!` isn't allowed in a host; a host holds letters, digits, `-` and `.`",
    ),
    (
        "[::1]:80",
        "byte 0: browsers match no IPv6 address; write a host name",
    ),
    (
        "https://user@example.com",
        "byte 8: user names and passwords are not allowed in a source or an origin; remove everything up to `@`",
    ),
    (
        "example.com:0",
        "byte 12: `0` is not a port: write 1 to 65535, or `*` for any",
    ),
    (
        "example.com:65536",
        "byte 12: `65536` is not a port: write 1 to 65535, or `*` for any",
    ),
    (
        "example.com:+80",
        "byte 12: `+80` is not a port: write 1 to 65535, or `*` for any",
    ),
    (
        "https://example.com:80:80",
        "byte 20: `80:80` is not a port: write 1 to 65535, or `*` for any",
    ),
    (
        "https://example.com:",
        "byte 20: `` is not a port: write 1 to 65535, or `*` for any",
    ),
    (
        "data:image/png",
        "byte 5: `data:image/png` is neither a scheme nor a host: write `data:` or `data://` and a host",
    ),
    (
        "example.com/a?b",
        "byte 13: browsers ignore `?` and what follows; remove it",
    ),
    (
        "example.com?b",
        "byte 11: browsers ignore `?` and what follows; remove it",
    ),
    (
        "example.com/#f",
        "byte 12: browsers ignore `#` and what follows; remove it",
    ),
    (
        "example.com/a*",
        "byte 13: `*` isn't allowed in a path; browsers read no wildcard there: a folder ends in a slash, and the character is written `%2A`",
    ),
    (
        "example.com/a;b",
        "byte 13: `;` isn't allowed in a path; write it as `%3B`",
    ),
    (
        "example.com/a,b",
        "byte 13: `,` isn't allowed in a path; write it as `%2C`",
    ),
    (
        "example.com/a b",
        "byte 13: ` ` isn't allowed in a path; write it as `%20`",
    ),
    (
        "example.com/Andr\u{e9}",
        "byte 16: `\\u{e9}` isn't allowed in a path; write the bytes of its UTF-8 as `%` and two digits each",
    ),
    (
        "example.com/a\"b",
        "byte 13: `\"` isn't allowed in a path; write it as `%` and two hexadecimal digits",
    ),
    (
        "example.com/100%",
        "byte 15: `%` must be followed by two hexadecimal digits; write `%25` for a percent sign",
    ),
    (
        "example.com//a",
        "byte 12: a path can't begin with `//`; remove one slash",
    ),
];

/// Rules 8, 9, 10, 11, 15, and 31's missing semicolon.
#[test]
fn every_fault_of_a_host_source_has_its_message() {
    refused::<HostSource>(FAULTS);
}

/// Rule 31: addresses, wildcards.
#[test]
fn what_a_host_source_admits_can_be_asked() {
    let read = |text: &str| text.parse::<HostSource>().unwrap();
    assert!(read("*").is_wildcard() && read("*.com").is_wildcard());
    assert!(!read("example.com").is_wildcard() && !read("example.com").is_ip());
    assert!(read("127.0.0.1:8080").is_ip() && read("127.0.0.1:8080").can_match());
    assert!(read("10.0.0.1").is_ip() && !read("10.0.0.1").can_match());
    assert!(!read("*.0.0.1").is_ip());
}

#[test]
fn schemes_are_read_strictly() {
    for (text, written) in [
        ("https:", "https:"),
        ("DATA:", "data:"),
        ("another.custom-scheme:", "another.custom-scheme:"),
    ] {
        assert_eq!(text.parse::<SchemeSource>().unwrap().to_string(), written);
    }
    assert_eq!("data:".parse(), Ok(SchemeSource::DATA));
    refused::<SchemeSource>(&[
        (
            "https",
            "byte 5: empty; write a scheme and a colon, for example `https:`",
        ),
        (
            "+:",
            "byte 0: `+` is not a scheme: it begins with a letter, then letters, digits, `+`, `-`, `.`",
        ),
        (
            "https://example.com",
            "byte 6: `https://example.com` is neither a scheme nor a host: write `https:` or `https://` and a host",
        ),
    ]);
}
