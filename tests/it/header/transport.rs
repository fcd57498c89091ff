//! `Strict-Transport-Security`.

use std::time::Duration;

use http::HeaderValue;
use tower_visor::header::{HeaderErrorKind, StrictTransportSecurity as Hsts};

use super::{messages, round_trips};

const YEAR: Duration = Duration::from_secs(31_536_000);

#[test]
fn the_two_constructors_say_what_they_include() {
    let here = Hsts::this_host_only(YEAR);
    assert_eq!(here.to_string(), "max-age=31536000");
    assert!(!here.includes_subdomains());
    let below = Hsts::including_subdomains(YEAR);
    assert_eq!(below.to_string(), "max-age=31536000; includeSubDomains");
    assert!(below.includes_subdomains() && !below.is_preload());
    assert_eq!(
        HeaderValue::from(&Hsts::TWO_YEARS),
        "max-age=63072000; includeSubDomains"
    );
}

#[test]
fn preload_is_only_for_what_the_list_takes() {
    let one_host = Hsts::this_host_only(YEAR).preload().unwrap_err();
    assert_eq!(
        one_host.to_string(),
        "strict-transport-security: preload needs includeSubDomains; begin with `including_subdomains`, or leave preload out"
    );
    assert_eq!(one_host.kind(), HeaderErrorKind::Contradiction);
    let short = Duration::from_secs(31_535_999);
    assert_eq!(
        Hsts::including_subdomains(short)
            .preload()
            .unwrap_err()
            .to_string(),
        "strict-transport-security: preload needs a max-age of at least 31536000 (one year), not 31535999; raise it or leave preload out"
    );
    let preload = Hsts::including_subdomains(YEAR).preload().unwrap();
    assert!(preload.is_preload() && preload.includes_subdomains());
    assert_eq!(
        preload.to_string(),
        "max-age=31536000; includeSubDomains; preload"
    );
}

#[test]
fn strict_reading() {
    round_trips::<Hsts>(&[
        "max-age=0",
        "max-age=31536000; includeSubDomains",
        "max-age=31536000; includeSubDomains; preload",
    ]);
    // Names have no case and no order.
    assert_eq!(
        "IncludeSubdomains;MAX-AGE=63072000".parse(),
        Ok(Hsts::TWO_YEARS)
    );
    messages::<Hsts>(&[
        (
            "",
            "strict-transport-security: the value is empty; write for example `max-age=63072000; includeSubDomains`",
        ),
        (
            "includeSubDomains",
            "strict-transport-security: `max-age` is missing; write for example `max-age=63072000; includeSubDomains`",
        ),
        (
            "max-age",
            "strict-transport-security, byte 0: `max-age` has no value; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=\"31536000\"",
            "strict-transport-security, byte 0: `max-age` is `\"31536000\"`; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=-1",
            "strict-transport-security, byte 0: `max-age` is `-1`; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=1.5",
            "strict-transport-security, byte 0: `max-age` is `1.5`; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=99999999999999999999",
            "strict-transport-security, byte 0: `max-age` is `99999999999999999999`; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=31536000, includeSubDomains",
            "strict-transport-security, byte 0: `max-age` is `31536000, includeSubDomains`; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            "max-age=1; max-age=1",
            "strict-transport-security, byte 11: `max-age` appears twice; remove one, browsers ignore the whole header",
        ),
        (
            "max-age=1; includesubdomains; includeSubDomains",
            "strict-transport-security, byte 30: `includeSubDomains` appears twice; remove one, browsers ignore the whole header",
        ),
        (
            "max-age=1;",
            "strict-transport-security, byte 10: an empty directive; remove the `;`",
        ),
        (
            "max-age=1; includeSubDomains=true",
            "strict-transport-security, byte 11: `includeSubDomains=true` has a value; write `includeSubDomains` alone, browsers ignore the whole header",
        ),
        (
            "max-age=1; includeSubDomain",
            "strict-transport-security, byte 11: unknown directive `includeSubDomain`, did you mean `includeSubDomains`?; use max-age, includeSubDomains or preload",
        ),
        (
            "max_age=1",
            "strict-transport-security, byte 0: unknown directive `max_age`, did you mean `max-age`?; use max-age, includeSubDomains or preload",
        ),
        (
            "max-age=300; includeSubDomains; preload",
            "strict-transport-security: preload needs a max-age of at least 31536000 (one year), not 300; raise it or leave preload out",
        ),
        (
            "max-age=31536000; preload",
            "strict-transport-security: preload needs includeSubDomains; begin with `including_subdomains`, or leave preload out",
        ),
        (
            "max-age=1\r\nx: y",
            "strict-transport-security, byte 9: `\\r` isn't allowed in a header; write printable ASCII only",
        ),
    ]);
}

#[test]
fn effective_reading() {
    let read = |values: &[&str]| {
        Hsts::effective(values).map(|h| {
            (
                h.max_age().as_secs(),
                h.includes_subdomains(),
                h.asks_for_preload(),
            )
        })
    };
    for (values, expected) in [
        (&["max-age=10"][..], Some((10, false, false))),
        (
            &["  MAX-AGE = \"10\" ; includesubdomains ; PRELOAD ;"],
            Some((10, true, true)),
        ),
        // Only the first header counts, right or wrong.
        (&["max-age=10", "max-age=20"], Some((10, false, false))),
        (&["nonsense", "max-age=20"], None),
        // Unknown directives are skipped, if they are well formed.
        (
            &["max-age=10; foo; bar=\"a;b\"; includeSubDomains"],
            Some((10, true, false)),
        ),
        (&["max-age=10; foo bar"], None),
        (&["max-age=10; foo=\"bar"], None),
        // A repeated directive, a missing or broken max-age void it.
        (&["max-age=10; max-age=10"], None),
        (&["max-age=10; includeSubDomains; includesubdomains"], None),
        (&["includeSubDomains"], None),
        (&["max-age"], None),
        (&["max-age="], None),
        (&["max-age=\"\""], None),
        (&["max-age=-1"], None),
        (&["max-age=10 seconds"], None),
        (&["max-age=10, includeSubDomains"], None),
        (&["max-age=10; includeSubDomains=1"], None),
        (&[""], None),
        (&[], None),
        // A number too large counts as the largest.
        (
            &["max-age=99999999999999999999"],
            Some((u64::MAX, false, false)),
        ),
    ] {
        assert_eq!(read(values), expected, "{values:?}");
    }
}
