//! Correlation ids.

use proptest::prelude::*;
use tower_visor::session::{CorrelationId, SessionErrorKind};

use super::config;

#[test]
fn what_is_no_random_guid_is_refused() {
    let empty = "correlation id: empty: keep a random GUID for each person";
    let mail = "correlation id: an e-mail address names the person: keep a random GUID for them";
    let form = "correlation id: not a GUID: 32 hexadecimal digits with hyphens after the 8th, \
                12th, 16th and 20th";
    let sample = "correlation id: an id from documentation, which others use too: keep \
                  a random GUID for each person";
    for (text, message) in [
        ("", empty),
        ("ada@contoso.example", mail),
        ("4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4@contoso", mail),
        ("device-7", form),
        ("{4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4}", form),
        ("4d2f1f0e7c554d7e8a3b9f60c1a2b3c4", form),
        ("4d2f1f0e-7c55-4d7e-8a3b9f60c1a2-b3c4", form),
        ("4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c", form),
        ("4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3g4", form),
        ("4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4-", form),
        ("1234567890", sample),
        ("your_device_correlation_id", sample),
        ("<your_id>", form),
        ("723d6d03-ef33-40a8-9682-23a1feb7bccd", sample),
        ("723D6D03-EF33-40A8-9682-23A1FEB7BCCD", sample),
        ("a6e7193e-b638-42e9-903f-eaf60d2b40a5", sample),
        ("b12e033e-bda7-4b83-a211-e721c661f30e", sample),
        ("00000000-0000-0000-0000-000000000000", sample),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", sample),
        ("12345678-1234-1234-1234-123456789abc", sample),
    ] {
        let error = text.parse::<CorrelationId>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        let expected = if message == sample {
            SessionErrorKind::SampleId
        } else {
            SessionErrorKind::CorrelationId
        };
        assert_eq!(error.kind(), expected, "{text}");
    }
}

#[test]
fn an_id_is_a_random_guid_and_its_text() {
    proptest!(config(), |(bytes: [u8; 16])| {
        let id = CorrelationId::from_random_bytes(bytes);
        let text = id.to_string();
        // RFC 9562: version 4, variant 10.
        prop_assert_eq!(text.as_bytes()[14], b'4');
        prop_assert!(b"89ab".contains(&text.as_bytes()[19]));
        prop_assert_eq!(text.parse::<CorrelationId>().unwrap(), id);
        prop_assert_eq!(text.to_ascii_uppercase().parse::<CorrelationId>().unwrap(), id);
        prop_assert_eq!(format!("{id:?}"), text.clone());
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<CorrelationId>(&json).unwrap(), id);
        // All but the six bits of the mark are the given ones.
        let differing: u32 = id.as_bytes().iter().zip(bytes).map(|(a, b)| (a ^ b).count_ones()).sum();
        prop_assert!(differing <= 6);
    });
}

#[test]
#[cfg(feature = "nonce")]
fn drawn_ids_differ() {
    let ids: std::collections::BTreeSet<_> = (0..1000)
        .map(|_| CorrelationId::random().unwrap())
        .collect();
    assert_eq!(ids.len(), 1000);
}
