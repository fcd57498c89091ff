//! Whatever comes in: no panic, and what the strict reading takes is what browsers obey.

use proptest::prelude::*;
#[cfg(feature = "serde")]
use tower_visor::header::{Feature, PermissionsPolicy, StrictTransportSecurity, XFrameOptions};

use crate::fuzz::headers::{agree, effective, strict};

pub(super) fn no_panic(text: &str) {
    strict(text);
    effective(&[text]);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        no_panic(&text);
    }

    #[test]
    fn no_bytes_panic(values in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..40), 0..3)
    ) {
        effective(&values);
    }

    #[test]
    fn near_misses_of_structured_fields(
        text in "((camera|usb|blocked-destinations|endpoints|a)(=(\\(?(self|script|\"https://a.example\"|inline|\\*|[a-z\"]{0,2})[ )]{0,2}){1,3})?[,;] ?){0,3}"
    ) {
        no_panic(&text);
        agree(&text);
        // Without the last separator, so that some are whole.
        agree(text.trim_end_matches([',', ';', ' ']));
    }

    #[test]
    fn near_misses_of_waict(
        text in "((max-age|mode|manifest|blocked-destinations|endpoints|mode-script|preload)(=(\\(?(script|image|style|a|enforce|report|-?[0-9]{1,16}|\"/m\"|\"https://a.example/\"|\"[a-z/]{0,2}\"))( [a-z]{1,2})?\\)?)?(;x)?, ){0,6}"
    ) {
        no_panic(&text);
        agree(&text);
        agree(text.trim_end_matches([',', ' ']));
    }

    #[test]
    fn near_misses_of_directives(
        text in "((max-age|includeSubDomains|preload|no-store|private|public|immutable|\"cache\"|\"cookies\"|same-origin|origin)(=\"?[0-9]{0,11}\"?)?[,;]? ?){0,4}"
    ) {
        no_panic(&text);
        agree(&text);
        agree(text.trim_end_matches([',', ';', ' ']));
    }
}

#[cfg(feature = "serde")]
#[test]
fn serde_reads_and_writes_the_text_form() {
    let policy: PermissionsPolicy = serde_json::from_str("\"camera=(self)\"").unwrap();
    assert_eq!(serde_json::to_string(&policy).unwrap(), "\"camera=(self)\"");
    assert_eq!(
        serde_json::from_str::<XFrameOptions>("\"ALLOWALL\"")
            .unwrap_err()
            .to_string(),
        "x-frame-options, byte 0: unknown value `ALLOWALL`; use DENY or SAMEORIGIN at line 1 column 10"
    );
    assert_eq!(
        serde_json::from_str::<Feature>("\"camera\"").unwrap(),
        Feature::Camera
    );
    let hsts = serde_json::to_value(StrictTransportSecurity::TWO_YEARS).unwrap();
    assert_eq!(hsts, "max-age=63072000; includeSubDomains");
}
