//! A policy's text: names of directives, their number, and what separates them.

use tower_visor::csp::{Csp, CspErrorKind, DirectiveName};

use super::refused;

/// Rules 1 and 2.
#[test]
fn names_are_known_and_in_lower_case() {
    for name in DirectiveName::ALL {
        assert_eq!(name.as_str().parse(), Ok(name));
        let shouted = name.as_str().to_ascii_uppercase();
        assert_eq!(DirectiveName::effective(&shouted), Some(name));
        assert_eq!(
            shouted.parse::<DirectiveName>().unwrap_err().to_string(),
            format!("directive names are written in lower case: write `{name}` for `{shouted}`")
        );
    }
    refused::<DirectiveName>(&[
        (
            "scirpt-src",
            "unknown directive `scirpt-src`, did you mean `script-src`?",
        ),
        (
            "scriptSrc",
            "unknown directive `scriptSrc`, did you mean `script-src`?",
        ),
        (
            "default_src",
            "unknown directive `default_src`, did you mean `default-src`?",
        ),
        (
            "frame-ancestor",
            "unknown directive `frame-ancestor`, did you mean `frame-ancestors`?",
        ),
        (
            "image-src",
            "unknown directive `image-src`, did you mean `img-src`?",
        ),
        (
            "trusted-type",
            "unknown directive `trusted-type`, did you mean `trusted-types`?",
        ),
        ("bogus", "unknown directive `bogus`: remove it"),
        ("", "unknown directive ``: remove it"),
        ("\u{e1}", "unknown directive `\\u{e1}`: remove it"),
    ]);
    assert_eq!(DirectiveName::effective("script_src"), None);
}

/// Rule 26, and what the standard dropped.
#[test]
fn directives_that_browsers_ignore_are_refused_with_what_to_write() {
    for (text, fix) in [
        (
            "block-all-mixed-content",
            "they block mixed content anyway; write `upgrade-insecure-requests` to have it upgraded",
        ),
        (
            "disown-opener",
            "send the header `Cross-Origin-Opener-Policy: same-origin` instead",
        ),
        (
            "navigate-to 'self'",
            "remove it; `form-action` and `frame-src` govern what they still can",
        ),
        (
            "plugin-types application/pdf",
            "write `object-src 'none'` instead",
        ),
        (
            "prefetch-src 'self'",
            "remove it; prefetching obeys `default-src`, and in Chromium any directive that allows the URL",
        ),
        (
            "referrer no-referrer",
            "send the header `Referrer-Policy: no-referrer` instead",
        ),
        (
            "reflected-xss block",
            "remove it; a `script-src` without `'unsafe-inline'` is the protection",
        ),
        (
            "require-sri-for script",
            "send the header `Integrity-Policy: blocked-destinations=(script)` instead",
        ),
        (
            "treat-as-public-address",
            "remove it; only Chromium knows it, as an experiment",
        ),
        (
            "webrtc 'block'",
            "remove it; no browser has it, and no policy governs WebRTC: `Connection-Allowlist` does",
        ),
    ] {
        let name = text.split(' ').next().unwrap();
        assert_eq!(
            text.parse::<Csp>().unwrap_err().to_string(),
            format!("{name}, byte 0: browsers ignore this directive: {fix}")
        );
    }
}

/// Rules 3, 5, 6, 8, 9 and 28; case-variant duplicates.
#[test]
fn every_fault_of_the_whole_text_has_its_message() {
    refused::<Csp>(&[
        (
            "",
            "no directives: write at least one, for example `default-src 'none'`",
        ),
        (" ; ", "byte 1: nothing before this `;`: remove it"),
        ("img-src", "img-src, byte 0: no sources: write `'none'`"),
        (
            "img-src *;; font-src *",
            "byte 10: nothing before this `;`: remove it",
        ),
        ("; img-src *", "byte 0: nothing before this `;`: remove it"),
        (
            "img-src *; img-src 'self'",
            "img-src, byte 11: set twice; a browser would obey only the first: remove one",
        ),
        (
            "img-src *; IMG-SRC 'self'",
            "2 faults\nbyte 11: directive names are written in lower case: write `img-src` for `IMG-SRC`\nimg-src, byte 11: set twice; a browser would obey only the first: remove one",
        ),
        (
            "img-src a.com, script-src b.com",
            "2 faults\nbyte 13: `,` begins another policy, and a browser enforces each by itself: write `;` between directives, a space between sources, `%2C` in a path\nimg-src, byte 15: `script-src` is a directive: write `;` before it",
        ),
        (
            "script-src 'self' object-src 'none'",
            "2 faults\nscript-src, byte 18: `object-src` is a directive: write `;` before it\nscript-src, byte 29: `'none'` must stand alone: remove it or the others",
        ),
        (
            "img-src *\nfont-src a.com",
            "2 faults\nbyte 9: control character `\\n` in the policy: write a space\nimg-src, byte 10: `font-src` is a directive: write `;` before it",
        ),
        (
            "img-src\r\n*",
            "2 faults\nbyte 7: control character `\\r` in the policy: write a space\nbyte 8: control character `\\n` in the policy: write a space",
        ),
        (
            "img-src *\0",
            "byte 9: control character `\\u{0}` in the policy: write a space",
        ),
        (
            "upgrade-insecure-requests 1",
            "upgrade-insecure-requests, byte 26: takes no value: remove `1`",
        ),
        (
            "img-src\u{a0}*",
            "byte 0: unknown directive `img-src\\u{a0}*`, did you mean `img-src`?",
        ),
        (
            "img-src 'self' \u{2018}none\u{2019}",
            "img-src, byte 15: `\\u{2018}` is not a quote here: write `'`",
        ),
    ]);
    // One semicolon at the end is how many people write it.
    assert_eq!(
        "img-src *;".parse::<Csp>().unwrap().to_string(),
        "img-src *"
    );
    assert_eq!(
        "\timg-src\t \t*; ".parse::<Csp>().unwrap().to_string(),
        "img-src *"
    );
}

/// Rules 23, 24 and 25.
#[test]
fn directives_without_sources_have_their_own_grammar() {
    refused::<Csp>(&[
        (
            "sandbox allow-script",
            "sandbox, byte 8: unknown sandbox token `allow-script`, did you mean `allow-scripts`?",
        ),
        (
            "sandbox allow-forms allow-forms",
            "sandbox, byte 20: `allow-forms` appears twice: remove one",
        ),
        (
            "require-trusted-types-for",
            "require-trusted-types-for, byte 0: takes `'script'` and nothing else: write `require-trusted-types-for 'script'`",
        ),
        (
            "require-trusted-types-for script",
            "require-trusted-types-for, byte 26: takes `'script'` and nothing else: write `require-trusted-types-for 'script'`",
        ),
        (
            "require-trusted-types-for 'script' 'style'",
            "require-trusted-types-for, byte 26: takes `'script'` and nothing else: write `require-trusted-types-for 'script'`",
        ),
        (
            "trusted-types",
            "trusted-types, byte 0: no sources: write `'none'`",
        ),
        (
            "trusted-types 'none' default",
            "trusted-types, byte 14: `'none'` must stand alone: remove it or the others",
        ),
        (
            "trusted-types 'NONE'",
            "trusted-types, byte 14: keywords are written in lower case: write `'none'` for `'NONE'`",
        ),
        (
            "trusted-types default default",
            "trusted-types, byte 22: `default` appears twice: remove one",
        ),
        (
            "trusted-types * default",
            "trusted-types, byte 0: `*` already admits `default`: remove one or the other",
        ),
        (
            "trusted-types 'allow-duplicates'",
            "trusted-types, byte 0: `'allow-duplicates'` needs a policy name or `*` next to it: write one, or `'none'`",
        ),
        (
            "report-to",
            "report-to, byte 0: takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`",
        ),
        (
            "report-to a b",
            "report-to, byte 12: takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`",
        ),
        (
            "report-to CSP",
            "report-to, byte 10: takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`",
        ),
        (
            "report-uri",
            "report-uri, byte 0: `` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
        ),
        (
            "report-uri data:,x",
            "2 faults\nbyte 16: `,` begins another policy, and a browser enforces each by itself: write `;` between directives, a space between sources, `%2C` in a path\nreport-uri, byte 11: `data:` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
        ),
        (
            "report-uri /a /a",
            "report-uri, byte 14: `/a` appears twice: remove one",
        ),
        (
            "report-uri /{nonce}",
            "report-uri, byte 11: `/{nonce}` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
        ),
    ]);
    for text in [
        "sandbox",
        "sandbox allow-scripts allow-same-origin",
        "require-trusted-types-for 'script'; trusted-types 'none'",
        "trusted-types * 'allow-duplicates'",
        "trusted-types a b 'allow-duplicates'",
        "upgrade-insecure-requests",
        "report-to csp; report-uri /csp https://reports.example.com/?a=b%20c",
    ] {
        assert_eq!(text.parse::<Csp>().unwrap().to_string(), text);
    }
}

#[test]
fn a_fault_can_be_taken_apart() {
    let faults = "default-src 'none'; script-src 'sha256-AAAA'"
        .parse::<Csp>()
        .unwrap_err();
    let [fault] = &faults[..] else {
        panic!("{faults}")
    };
    assert_eq!(fault.directive(), Some(DirectiveName::ScriptSrc));
    assert_eq!(fault.position(), Some(39), "where the digest begins");
    assert_eq!(fault.kind(), CspErrorKind::Secret);
    assert_eq!(
        fault.to_string(),
        "script-src, byte 39: digest is 3 bytes long, sha256 needs 32"
    );
    assert_eq!(faults.iter().count(), 1);
}
