//! Sources beside each other.

use tower_visor::csp::Csp;

use super::{of_length, refused};

const HASH: &str = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/// Rule 13, and duplicates in a list, also in another case.
#[test]
fn none_stands_alone_and_nothing_stands_twice() {
    refused::<Csp>(&[
        (
            "img-src 'none' 'self'",
            "img-src, byte 8: `'none'` must stand alone: remove it or the others",
        ),
        (
            "img-src 'self' 'NONE'",
            "img-src, byte 15: `'none'` must stand alone: remove it or the others",
        ),
        (
            "img-src 'none' 'none'",
            "2 faults\nimg-src, byte 8: `'none'` must stand alone: remove it or the others\nimg-src, byte 15: `'none'` must stand alone: remove it or the others",
        ),
        (
            "img-src 'NONE'",
            "img-src, byte 8: keywords are written in lower case: write `'none'` for `'NONE'`",
        ),
        (
            "img-src a.com data: A.COM DATA:",
            "2 faults\nimg-src, byte 20: `A.COM` appears twice: remove one\nimg-src, byte 26: `DATA:` appears twice: remove one",
        ),
        (
            "img-src 'self' 'self'",
            "img-src, byte 15: `'self'` appears twice: remove one",
        ),
    ]);
    // Paths have case.
    assert!("img-src a.com/x a.com/X".parse::<Csp>().is_ok());
}

/// Rule 21; 'strict-dynamic' without nonce or hash.
#[test]
fn strict_dynamic_needs_company_and_cancels_hosts() {
    let alone = "`'strict-dynamic'` needs a nonce or a hash next to it, or no script runs";
    for directive in ["default-src", "script-src", "script-src-elem"] {
        let fault = format!("{directive} 'strict-dynamic'")
            .parse::<Csp>()
            .unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!("{directive}, byte {}: {alone}", directive.len() + 1)
        );
        assert!(
            format!("{directive} 'nonce-{{nonce}}' 'strict-dynamic'")
                .parse::<Csp>()
                .is_ok()
        );
        assert!(
            format!("{directive} {HASH} 'strict-dynamic'")
                .parse::<Csp>()
                .is_ok()
        );
    }
    refused::<Csp>(&[(
        "script-src 'self' 'strict-dynamic' https: 'nonce-{nonce}' a.com 'unsafe-inline'",
        "4 faults\n\
         script-src, byte 11: `'self'` is ignored next to `'strict-dynamic'`: remove it\n\
         script-src, byte 35: `https:` is ignored next to `'strict-dynamic'`: remove it\n\
         script-src, byte 58: `a.com` is ignored next to `'strict-dynamic'`: remove it\n\
         script-src, byte 64: `'unsafe-inline'` is ignored next to a nonce or hash: remove it",
    )]);
    // What isn't a script still obeys the hosts of `default-src`.
    assert!(
        "default-src 'self' 'nonce-{nonce}' 'strict-dynamic'"
            .parse::<Csp>()
            .is_ok()
    );
}

/// Rule 22; 'unsafe-inline' cancelled by a nonce or hash.
#[test]
fn unsafe_inline_has_no_nonce_or_hash_beside_it() {
    for directive in [
        "default-src",
        "script-src",
        "script-src-elem",
        "style-src",
        "style-src-elem",
    ] {
        for source in ["'nonce-{nonce}'", HASH] {
            let text = format!("{directive} 'unsafe-inline' {source}");
            assert_eq!(
                text.parse::<Csp>().unwrap_err().to_string(),
                format!(
                    "{directive}, byte {}: `'unsafe-inline'` is ignored next to a nonce or hash: remove it",
                    directive.len() + 1
                )
            );
        }
        assert!(
            format!("{directive} 'unsafe-inline'")
                .parse::<Csp>()
                .is_ok()
        );
    }
    assert!(
        format!("style-src-attr 'unsafe-inline' 'unsafe-hashes' {HASH}")
            .parse::<Csp>()
            .is_err()
    );
}

/// 'unsafe-hashes' and hashes go together where attributes are meant.
#[test]
fn unsafe_hashes_and_hashes_go_together() {
    for directive in [
        "default-src",
        "script-src",
        "script-src-elem",
        "style-src",
        "script-src-attr",
        "style-src-attr",
    ] {
        assert_eq!(
            format!("{directive} 'unsafe-hashes'")
                .parse::<Csp>()
                .unwrap_err()
                .to_string(),
            format!(
                "{directive}, byte {}: `'unsafe-hashes'` needs a hash next to it: write the hash, or remove it",
                directive.len() + 1
            )
        );
        assert!(
            format!("{directive} 'unsafe-hashes' {HASH}")
                .parse::<Csp>()
                .is_ok()
        );
    }
    for directive in ["script-src-attr", "style-src-attr"] {
        assert_eq!(
            format!("{directive} {HASH}").parse::<Csp>().unwrap_err().to_string(),
            format!("{directive}, byte 16: hashes apply to attributes only together with `'unsafe-hashes'`: write it too").replace("byte 16", &format!("byte {}", directive.len() + 1))
        );
    }
}

/// Rule 14, where two directives share a class and one of them ignores a source.
#[test]
fn what_a_single_directive_ignores_is_refused_there() {
    refused::<Csp>(&[
        (
            "script-src-elem 'self' 'wasm-unsafe-eval'",
            "script-src-elem, byte 23: `'wasm-unsafe-eval'` has no effect here: remove it; it counts in `script-src` and `default-src`",
        ),
        (
            "script-src-elem 'unsafe-eval'",
            "script-src-elem, byte 16: `'unsafe-eval'` has no effect here: remove it; it counts in `script-src` and `default-src`",
        ),
        (
            "style-src-elem 'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "style-src-elem, byte 15: `'unsafe-hashes'` has no effect here: remove it; it counts in `style-src`, `style-src-attr` and `default-src`",
        ),
        (
            "frame-ancestors https://a.com/embed",
            "frame-ancestors, byte 16: `https://a.com/embed` has a path, but ancestors are compared by their origin: remove `/embed`",
        ),
        (
            "img-src 'self' 'nonce-{nonce}'",
            "img-src, byte 15: `'nonce-{nonce}'` has no effect here: remove it; nonces count in `script-src`, `script-src-elem`, `style-src`, `style-src-elem` and `default-src`",
        ),
        (
            "script-src-attr 'none'; connect-src 'strict-dynamic'",
            "connect-src, byte 36: `'strict-dynamic'` has no effect here: remove it; it counts in `script-src` and `default-src`",
        ),
    ]);
}

#[test]
fn digests_of_scripts_are_reported_only_to_an_endpoint() {
    refused::<Csp>(&[(
        "script-src 'self' 'report-sha384'",
        "script-src: `'report-sha384'` needs `report-to`, or its reports go nowhere: write the name of an endpoint",
    )]);
    assert!(
        "script-src 'self' 'report-sha384'; report-to csp"
            .parse::<Csp>()
            .is_ok()
    );
}

/// The size budget.
#[test]
fn a_policy_that_servers_would_lose_is_refused() {
    let text = |len| of_length("img-src", len);
    let longest = text(Csp::MAX_LEN);
    assert_eq!(longest.len(), 8192);
    assert_eq!(longest.parse::<Csp>().unwrap().to_string(), longest);
    assert_eq!(
        text(8193).parse::<Csp>().unwrap_err().to_string(),
        "the policy is 8193 bytes long, and servers and proxies stop at 8192; img-src has 8185 of them: \
         remove sources"
    );
    // A slot counts as the nonce that will fill it.
    let with_slot = format!("script-src 'nonce-{{nonce}}'; {}", text(8192 - 28));
    assert_eq!(
        with_slot.parse::<Csp>().unwrap_err().to_string(),
        "the policy is 8209 bytes long, and servers and proxies stop at 8192; img-src has 8156 of them: \
         remove sources"
    );
}
