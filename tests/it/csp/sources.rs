//! Single sources: keywords, nonces, hashes, and where each may stand.

use tower_visor::csp::{
    AncestorSource, DefaultSource, FetchSource, NonceValue, PolicyName, SandboxToken,
    ScriptAttrSource, ScriptSource, StyleAttrSource, StyleSource, TrustedTypesEntry,
};

use super::refused;

const HASH: &str = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
const NONCE: &str = "'nonce-4AEemGb0xJptoIGFP3Nd5w=='";

/// Every source that can be written, and the classes that take it: default, script, its
/// attributes, style, its attributes, fetch, ancestors.
const TAKEN: &[(&str, [u8; 7])] = &[
    ("'self'", [1, 1, 0, 1, 0, 1, 1]),
    ("https:", [1, 1, 0, 1, 0, 1, 1]),
    ("https://example.com", [1, 1, 0, 1, 0, 1, 1]),
    (NONCE, [1, 1, 0, 1, 0, 0, 0]),
    ("'nonce-{nonce}'", [1, 1, 0, 1, 0, 0, 0]),
    (HASH, [1, 1, 1, 1, 1, 0, 0]),
    ("'strict-dynamic'", [1, 1, 0, 0, 0, 0, 0]),
    ("'unsafe-inline'", [1, 1, 1, 1, 1, 0, 0]),
    ("'unsafe-eval'", [1, 1, 0, 0, 0, 0, 0]),
    ("'wasm-unsafe-eval'", [1, 1, 0, 0, 0, 0, 0]),
    ("'unsafe-hashes'", [1, 1, 1, 1, 1, 0, 0]),
    ("'inline-speculation-rules'", [1, 1, 0, 0, 0, 0, 0]),
    ("'report-sample'", [1, 1, 1, 1, 1, 0, 0]),
    ("'report-sha256'", [1, 1, 0, 0, 0, 0, 0]),
    ("'report-sha384'", [1, 1, 0, 0, 0, 0, 0]),
    ("'report-sha512'", [1, 1, 0, 0, 0, 0, 0]),
];

/// Rules 12 and 14; a nonce or hash where browsers ignore it.
#[test]
fn each_class_takes_what_browsers_heed_and_nothing_else() {
    fn written<T: std::str::FromStr + ToString>(text: &str) -> u8 {
        match text.parse::<T>() {
            Ok(source) => {
                assert_eq!(source.to_string(), text);
                1
            }
            Err(_) => 0,
        }
    }
    for (text, expected) in TAKEN {
        let found = [
            written::<DefaultSource>(text),
            written::<ScriptSource>(text),
            written::<ScriptAttrSource>(text),
            written::<StyleSource>(text),
            written::<StyleAttrSource>(text),
            written::<FetchSource>(text),
            written::<AncestorSource>(text),
        ];
        assert_eq!(found, *expected, "{text}");
    }
}

/// Rule 14.
#[test]
fn a_source_without_effect_is_told_where_it_has_one() {
    refused::<FetchSource>(&[
        (
            NONCE,
            "byte 0: `'nonce-4AEemGb0xJptoIGFP3Nd5w=='` has no effect here: remove it; nonces count in `script-src`, `script-src-elem`, `style-src`, `style-src-elem` and `default-src`",
        ),
        (
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "byte 0: `'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NM...` has no effect here: remove it; hashes count in `script-src`, `style-src` and `default-src`",
        ),
        (
            "'unsafe-inline'",
            "byte 0: `'unsafe-inline'` has no effect here: remove it; it counts in `script-src`, `style-src` and `default-src`",
        ),
        (
            "'report-sha384'",
            "byte 0: `'report-sha384'` has no effect here: remove it; it counts in `script-src` and `default-src`",
        ),
    ]);
    refused::<StyleSource>(&[(
        "'unsafe-eval'",
        "byte 0: `'unsafe-eval'` has no effect here: remove it; it counts in `script-src` and `default-src`",
    )]);
    refused::<ScriptAttrSource>(&[(
        NONCE,
        "byte 0: `'nonce-4AEemGb0xJptoIGFP3Nd5w=='` has no effect here: remove it; nonces count in `script-src`, `script-src-elem`, `style-src`, `style-src-elem` and `default-src`",
    )]);
    refused::<StyleAttrSource>(&[(
        "data:",
        "byte 0: `data:` has no effect here: remove it; attributes have no URL, so only hashes and `'unsafe-inline'` can allow them",
    )]);
}

/// Rules 8, 9, 10, 11, 12, 13.
#[test]
fn every_fault_of_a_keyword_has_its_message() {
    refused::<ScriptSource>(&[
        ("self", "byte 0: `self` must be quoted: write `'self'`"),
        ("SELF", "byte 0: `SELF` must be quoted: write `'self'`"),
        (
            "unsafe-inline",
            "byte 0: `unsafe-inline` must be quoted: write `'unsafe-inline'`",
        ),
        (
            "'self",
            "byte 0: `'self` lacks its closing quote: write `'self'`",
        ),
        (
            "'SELF'",
            "byte 0: keywords are written in lower case: write `'self'` for `'SELF'`",
        ),
        (
            "'Nonce-abc'",
            "byte 0: keywords are written in lower case: write `'nonce-...'` for `'Nonce-abc'`",
        ),
        (
            "'SHA256-abc'",
            "byte 0: keywords are written in lower case: write `'sha256-...'` for `'SHA256-abc'`",
        ),
        ("\"self\"", "byte 0: `\"` is not a quote here: write `'`"),
        ("`self`", "byte 0: ``` is not a quote here: write `'`"),
        (
            "\u{2018}self\u{2019}",
            "byte 0: `\\u{2018}` is not a quote here: write `'`",
        ),
        (
            "'https://a.com'",
            "byte 0: only keywords, nonces and hashes are quoted: write `https://a.com` for `'https://a.com'`",
        ),
        (
            "'data:'",
            "byte 0: only keywords, nonces and hashes are quoted: write `data:` for `'data:'`",
        ),
        (
            "'none'",
            "byte 0: `'none'` must stand alone: remove it or the others",
        ),
        (
            "'unsafe-inlin'",
            "byte 0: unknown keyword `'unsafe-inlin'`, did you mean `'unsafe-inline'`?",
        ),
        (
            "'strictdynamic'",
            "byte 0: unknown keyword `'strictdynamic'`, did you mean `'strict-dynamic'`?",
        ),
        (
            "'wasm-eval'",
            "byte 0: unknown keyword `'wasm-eval'`, did you mean `'wasm-unsafe-eval'`?",
        ),
        (
            "'unsafe-hashed-attributes'",
            "byte 0: unknown keyword `'unsafe-hashed-attributes'`, did you mean `'unsafe-hashes'`?",
        ),
        (
            "'unsafe-allow-redirects'",
            "byte 0: unknown keyword `'unsafe-allow-redirects'`: remove it",
        ),
        (
            "'unsafe-webtransport-hashes'",
            "byte 0: unknown keyword `'unsafe-webtransport-hashes'`: remove it",
        ),
        (
            "'sha1-AAAA'",
            "byte 0: unknown keyword `'sha1-AAAA'`: remove it",
        ),
        ("'bogus'", "byte 0: unknown keyword `'bogus'`: remove it"),
        ("''", "byte 0: unknown keyword `''`: remove it"),
        ("'", "byte 0: `'` lacks its closing quote: write `''`"),
        (
            "'self';",
            "byte 6: `;` isn't allowed in a source; it would begin another directive or policy",
        ),
        (
            "'self',",
            "byte 6: `,` isn't allowed in a source; it would begin another directive or policy",
        ),
        (
            "'self' https:",
            "byte 6: ` ` isn't allowed in a source; write each source by itself",
        ),
        (
            "'self'\n",
            "byte 6: `\\n` isn't allowed in a source; write each source by itself",
        ),
        (
            "'trusted-types-eval'",
            "byte 0: `'trusted-types-eval'` can't be used: in Chromium, with `require-trusted-types-for 'script'`, it lets plain strings through `eval` without asking any policy; remove it, or write `'wasm-unsafe-eval'` if only WebAssembly needs it",
        ),
    ]);
}

/// Rules 17 and 18.
#[test]
fn hashes_and_nonces_have_their_exact_form() {
    refused::<StyleSource>(&[
        (
            "'sha384-AAAA'",
            "byte 8: digest is 3 bytes long, sha384 needs 48",
        ),
        (
            "'sha256-'",
            "byte 8: digest is 0 bytes long, sha256 needs 32",
        ),
        (
            "'sha256-fRoLYKuwZQJxt6FZolBE1MyQUsKFOnlf-uj65N-txt0='",
            "byte 40: `-` is not a base64 character; this looks like base64url, write `+` for `-` and `/` for `_`",
        ),
        (
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'",
            "byte 8: malformed base64; write the digest in standard, padded base64, 44 characters for sha256",
        ),
        (
            "'nonce-'",
            "byte 7: a nonce of 0 characters can be guessed: write at least 22 base64 characters (128 random bits)",
        ),
        (
            "'nonce-abc123'",
            "byte 7: a nonce of 6 characters can be guessed: write at least 22 base64 characters (128 random bits)",
        ),
        (
            "'nonce-a$b'",
            "byte 8: `$` isn't allowed in a nonce; write base64 characters only",
        ),
        (
            "'nonce-{slot}'",
            "byte 7: `{` isn't allowed in a nonce; write base64 characters only",
        ),
        (
            "'nonce-a=b'",
            "byte 8: `=` isn't allowed in a nonce; write base64 characters only",
        ),
    ]);
    let longest_refused = "A".repeat(21);
    assert!(longest_refused.parse::<NonceValue>().is_err());
    assert!(format!("{longest_refused}=").parse::<NonceValue>().is_err());
    for text in [
        "AAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAA-_==",
        "++++++++++++++//////////=",
    ] {
        assert_eq!(text.parse::<NonceValue>().unwrap().as_str(), text);
    }
    assert_eq!(
        format!(
            "{:?}",
            "AAAAAAAAAAAAAAAAAAAAAA".parse::<NonceValue>().unwrap()
        ),
        "NonceValue(..)",
        "a nonce does not get into logs"
    );
}

/// Rule 23.
#[test]
fn sandbox_tokens_are_those_of_the_standard() {
    for token in SandboxToken::ALL {
        assert_eq!(token.to_string().parse(), Ok(token));
    }
    refused::<SandboxToken>(&[
        (
            "allow-script",
            "byte 0: unknown sandbox token `allow-script`, did you mean `allow-scripts`?",
        ),
        (
            "ALLOW-SCRIPTS",
            "byte 0: unknown sandbox token `ALLOW-SCRIPTS`, did you mean `allow-scripts`?",
        ),
        (
            "'allow-scripts'",
            "byte 0: unknown sandbox token `'allow-scripts'`, did you mean `allow-scripts`?",
        ),
        ("bogus", "byte 0: unknown sandbox token `bogus`: remove it"),
    ]);
}

/// Rule 25.
#[test]
fn policy_names_have_the_grammar_of_trusted_types() {
    for text in [
        "default",
        "a-b#c=d_e/f@g.h%i",
        "Default",
        "none.x",
        "visor#1",
    ] {
        assert_eq!(text.parse::<PolicyName>().unwrap().as_str(), text);
    }
    assert_eq!("*".parse(), Ok(TrustedTypesEntry::Any));
    assert_eq!(
        "'allow-duplicates'".parse(),
        Ok(TrustedTypesEntry::AllowDuplicates)
    );
    refused::<TrustedTypesEntry>(&[
        (
            "",
            "byte 0: empty; write the name of a policy, for example `default`",
        ),
        (
            "'default'",
            "byte 0: names of Trusted Types policies are not quoted: write `default`",
        ),
        ("none", "byte 0: `none` must be quoted: write `'none'`"),
        (
            "allow-duplicates",
            "byte 0: `allow-duplicates` must be quoted: write `'allow-duplicates'`",
        ),
        (
            "'Allow-Duplicates'",
            "byte 0: keywords are written in lower case: write `'allow-duplicates'` for `'Allow-Duplicates'`",
        ),
        (
            "'none'",
            "byte 0: `'none'` must stand alone: remove it or the others",
        ),
        (
            "script-src",
            "byte 0: `script-src` is a directive: write `;` before it",
        ),
        (
            "my policy",
            "byte 2: ` ` isn't allowed in the name of a Trusted Types policy; it holds letters, digits and `-#=_/@.%`",
        ),
        (
            "a;b",
            "byte 1: `;` isn't allowed in the name of a Trusted Types policy; it holds letters, digits and `-#=_/@.%`",
        ),
        (
            "na\u{ef}ve",
            "byte 2: `\\u{ef}` isn't allowed in the name of a Trusted Types policy; it holds letters, digits and `-#=_/@.%`",
        ),
    ]);
}
