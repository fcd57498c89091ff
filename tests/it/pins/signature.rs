//! Registry signatures: real ones of npm by both of its keys, and each way in which one can fail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use tower_visor::pins::sources::{KeyTime, RegistryIntegrity, RegistryKeys, SignatureError};

use crate::fuzz::signature::{NEW, OLD, REAL, Real};

fn refused(real: &Real, document: &Value) -> Vec<String> {
    messages(&RegistryKeys::npm(), document, real.name, real.version)
}

fn messages(keys: &RegistryKeys, document: &Value, name: &str, version: &str) -> Vec<String> {
    keys.verify(document.to_string().as_bytes(), name, version)
        .expect_err("a fault")
        .iter()
        .map(SignatureError::to_string)
        .collect()
}

#[test]
fn real_signatures_of_both_keys_hold() {
    let keys = RegistryKeys::npm();
    assert_eq!(keys.ids().collect::<Vec<_>>(), [OLD, NEW]);
    for real in &REAL {
        let dist = real.dist();
        let manifest = json!({"name": real.name, "version": real.version, "dist": dist});
        let before = real.packument("2024-10-09T22:57:17.000Z");
        for document in [&dist, &manifest, &before] {
            let signed = keys
                .verify(document.to_string().as_bytes(), real.name, real.version)
                .unwrap_or_else(|errors| panic!("{}: {errors:?}", real.name));
            assert_eq!((signed.name(), signed.version()), (real.name, real.version));
            assert_eq!(signed.key_id(), real.key);
            let integrity: RegistryIntegrity = real.integrity.parse().unwrap();
            assert_eq!(*signed.integrity(), integrity);
            // Without a time it isn't known whether the old key was still valid.
            let known = real.key == NEW || document.get("time").is_some();
            let expected = if known {
                KeyTime::Valid
            } else {
                KeyTime::Unknown
            };
            assert_eq!(signed.key_time(), expected);
        }
    }
}

#[test]
fn a_signature_counts_for_one_name_version_and_integrity() {
    let keys = RegistryKeys::npm();
    let real = &REAL[1];
    let mismatch = |name: &str, version: &str| {
        format!(
            "{name}@{version}: the signature by {NEW} doesn't match this name, version and integrity; don't use the package, and compare with another source"
        )
    };
    for (name, version) in [
        (real.name, "2.1.117"),
        ("@anthropic-ai/claude-cod", "2.1.116"),
    ] {
        assert_eq!(
            messages(&keys, &real.dist(), name, version),
            [mismatch(name, version)]
        );
    }
    let mut other = real.dist();
    other["integrity"] = REAL[0].integrity.into();
    assert_eq!(refused(real, &other), [mismatch(real.name, real.version)]);
    let mut other = real.dist();
    other["signatures"][0]["sig"] = REAL[0].signature.into();
    assert_eq!(refused(real, &other), [mismatch(real.name, real.version)]);
    // The key of that id, not any key that is known.
    let mut other = real.dist();
    other["signatures"][0]["keyid"] = OLD.into();
    assert_eq!(
        refused(real, &other),
        [mismatch(real.name, real.version).replace(NEW, OLD)]
    );
    // Every bit of the signature counts.
    let bytes = STANDARD.decode(real.signature).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut other = real.dist();
        other["signatures"][0]["sig"] = STANDARD.encode(changed).into();
        assert_eq!(refused(real, &other).len(), 1, "bit {bit}");
    }
}

#[test]
fn each_fault_of_a_signature_has_its_message() {
    let real = &REAL[1];
    let package = format!("{}@{}", real.name, real.version);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut dist = real.dist();
        change(&mut dist);
        refused(real, &dist)
    };
    for sig in ["bogus", "", "AAAA", "MEQCIGTb"] {
        assert_eq!(
            with(&|dist| dist["signatures"][0]["sig"] = sig.into()),
            [format!(
                "{package}: the signature by {NEW} is not the base64 of a DER signature; fetch the document again"
            )]
        );
    }
    assert_eq!(
        with(&|dist| dist["signatures"][0]["keyid"] = "SHA256:mine\n".into()),
        [format!(
            "{package} is signed by the key SHA256:mine\\n, which is not among the keys; get the registry's keys from https://registry.npmjs.org/-/npm/v1/keys and compare"
        )]
    );
    for none in [Value::Null, json!([])] {
        assert_eq!(
            with(&|dist| dist["signatures"] = none.clone()),
            [format!(
                "{package} has no signatures; mirrors leave them out, fetch the document from registry.npmjs.org"
            )]
        );
    }
    let nine = Value::Array(vec![real.dist()["signatures"][0].clone(); 9]);
    for shape in [json!({}), json!([5]), json!([{"keyid": NEW}]), nine] {
        assert_eq!(
            with(&|dist| dist["signatures"] = shape.clone()),
            ["dist > signatures: should be a list of at most 8 objects with `keyid` and `sig`"]
        );
    }
    assert_eq!(
        with(&|dist| {
            dist.as_object_mut().unwrap().remove("integrity");
        }),
        [format!(
            "{package} has no `dist.integrity`, which is what would be signed; fetch the document from registry.npmjs.org"
        )]
    );
    assert_eq!(
        with(&|dist| dist["integrity"] = "sha512-AAAA".into()),
        [format!(
            "{package}, dist.integrity: entry at byte 0: byte 7: digest is 3 bytes long, sha512 needs 64"
        )]
    );
    // One good signature doesn't make up for a bad one.
    let both = with(&|dist| {
        let bad = json!({"keyid": "other", "sig": "x"});
        dist["signatures"].as_array_mut().unwrap().push(bad);
    });
    assert_eq!(both.len(), 1);
    assert!(both[0].contains("the key other"));
}

#[test]
fn each_fault_of_a_document_has_its_message() {
    let real = &REAL[1];
    let keys = RegistryKeys::npm();
    let package = format!("{}@{}", real.name, real.version);
    let packument = real.packument("2026-01-01T00:00:00.000Z");
    assert_eq!(
        messages(&keys, &packument, real.name, "9.9.9"),
        ["the packument doesn't list @anthropic-ai/claude-code@9.9.9; fetch a newer one"]
    );
    assert_eq!(
        messages(&keys, &packument, "left-pad", real.version),
        [
            "the document is for @anthropic-ai/claude-code, not for left-pad@2.1.116; a signature is valid for one version of one package"
        ]
    );
    let manifest = json!({"name": real.name, "version": "1.0.0", "dist": real.dist()});
    assert_eq!(
        refused(real, &manifest),
        [format!(
            "the document is for @anthropic-ai/claude-code@1.0.0, not for {package}; a signature is valid for one version of one package"
        )]
    );
    assert_eq!(
        refused(real, &real.packument("yesterday")),
        ["time: should be times such as 2025-01-29T00:00:00.000Z"]
    );
    for (bytes, expected) in [
        (
            &b"{"[..],
            "line 1, column 1: EOF while parsing an object; this should be JSON as the registry answers it",
        ),
        (
            b"{\"integrity\": 1, \"integrity\": 2}",
            "line 1, column 28: the key `integrity` appears twice in one object; remove one; this should be JSON as the registry answers it",
        ),
        (
            b"\xff",
            "byte 0: not UTF-8; save the registry's answer as it comes",
        ),
    ] {
        let errors = keys.verify(bytes, real.name, real.version).unwrap_err();
        assert_eq!(errors[0].to_string(), expected);
    }
    let huge = vec![b' '; RegistryKeys::LARGEST + 1];
    assert_eq!(
        keys.verify(&huge, "x", "1.0.0").unwrap_err()[0].to_string(),
        "the document is 67108865 bytes long, over the limit of 67108864; save `npm view NAME@VERSION dist --json` alone"
    );
}

#[test]
fn an_old_key_counts_for_what_was_published_before_it_expired() {
    let real = &REAL[3];
    let verify = |published: &str| {
        RegistryKeys::npm().verify(
            real.packument(published).to_string().as_bytes(),
            real.name,
            real.version,
        )
    };
    assert_eq!(
        verify("2025-01-28T23:59:59.999Z").unwrap().key_time(),
        KeyTime::Valid
    );
    for late in ["2025-01-29T00:00:00.000Z", "2026-01-01T00:00:00Z"] {
        let errors = verify(late).unwrap_err();
        let late = late.replace(".000Z", "Z");
        assert_eq!(
            errors[0].to_string(),
            format!(
                "tool5@5.0.1 was published at {late}, after the key {OLD} had expired at 2025-01-29T00:00:00Z; anyone who has the old key could have signed it, ask the registry"
            )
        );
    }
}

/// A registry of our own: what npm never published has to be signed here.
fn own() -> (SigningKey, Value) {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let info = STANDARD
        .decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=")
        .unwrap();
    let der = [&info[..], point.as_bytes()].concat();
    let json = json!({
        "keyid": "SHA256:own",
        "expires": null,
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": STANDARD.encode(der),
    });
    (key, json)
}

fn sign(key: &SigningKey, message: &str) -> String {
    let signature: DerSignature = key.sign(message.as_bytes());
    STANDARD.encode(signature.as_bytes())
}

#[test]
fn keys_of_the_user_replace_the_built_in_ones() {
    let (key, json) = own();
    let keys = RegistryKeys::read(json!({"keys": [json]}).to_string().as_bytes()).unwrap();
    let integrity = REAL[0].integrity;
    let name = "@azure/ai-vision-face-ui";
    let dist = |integrity: &str| {
        let sig = sign(&key, &format!("{name}@1.5.0:{integrity}"));
        json!({"integrity": integrity, "signatures": [{"keyid": "SHA256:own", "sig": sig}]})
    };
    let document = dist(integrity).to_string();
    let signed = keys.verify(document.as_bytes(), name, "1.5.0").unwrap();
    assert_eq!(signed.integrity().to_string(), integrity);
    assert!(
        RegistryKeys::npm()
            .verify(document.as_bytes(), name, "1.5.0")
            .is_err()
    );
    // Rightly signed, and still SHA-1.
    let weak = "sha1-RwH7UWGA18ki7iJWNF4DVz2921c=";
    assert_eq!(
        messages(&keys, &dist(weak), name, "1.5.0"),
        [
            "@azure/ai-vision-face-ui@1.5.0 has only a SHA-1 integrity; a signature over it doesn't prove the tarball's content"
        ]
    );
    // Without keys nothing is taken.
    assert!(
        RegistryKeys::default()
            .verify(document.as_bytes(), name, "1.5.0")
            .is_err()
    );
}

#[test]
fn each_fault_of_the_keys_has_its_message() {
    let endpoint = "give the answer of https://registry.npmjs.org/-/npm/v1/keys";
    let read = |value: &Value| {
        RegistryKeys::read(value.to_string().as_bytes())
            .unwrap_err()
            .to_string()
    };
    for none in [
        json!({}),
        json!({"keys": []}),
        json!([]),
        json!({"keys": {}}),
    ] {
        assert_eq!(read(&none), format!("no keys; {endpoint}"));
    }
    let with = |field: &str, value: Value| {
        let (_, good) = own();
        let mut bad = good.clone();
        bad[field] = value;
        read(&json!({"keys": [good, bad]}))
    };
    let no_key = "`key` is not the base64 of a P-256 public key";
    let good_key = own().1["key"].as_str().unwrap().to_owned();
    // One bit of y changed: no point of the curve.
    let mut point = STANDARD.decode(good_key).unwrap();
    *point.last_mut().unwrap() ^= 1;
    let off_curve = STANDARD.encode(point);
    for (field, value, reason) in [
        ("keyid", Value::Null, "no `keyid`"),
        (
            "keytype",
            json!("rsa"),
            "`keytype` and `scheme` have to be ecdsa-sha2-nistp256",
        ),
        (
            "scheme",
            Value::Null,
            "`keytype` and `scheme` have to be ecdsa-sha2-nistp256",
        ),
        (
            "expires",
            json!("soon"),
            "`expires` is not a time such as 2025-01-29T00:00:00.000Z",
        ),
        (
            "expires",
            json!("2025-01-29"),
            "`expires` is not a time such as 2025-01-29T00:00:00.000Z",
        ),
        ("key", json!("%"), no_key),
        ("key", json!(""), no_key),
        ("key", json!("AAAA"), no_key),
        ("key", json!(off_curve), no_key),
        (
            "expires",
            json!("2030-01-01T00:00:00.000Z"),
            "another key has the same `keyid`",
        ),
    ] {
        assert_eq!(
            with(field, value),
            format!("key 2: {reason}; {endpoint}"),
            "{field}"
        );
    }
    // The very same key twice does no harm.
    let (_, good) = own();
    assert!(RegistryKeys::read(json!({"keys": [good, good]}).to_string().as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn damaged_documents_never_verify(
        at in any::<proptest::sample::Index>(),
        put in "[\\PC]{1,12}",
    ) {
        let real = &REAL[0];
        let text = real.packument("2026-01-01T00:00:00.000Z").to_string();
        let start = at.index(text.len());
        let end = (start + put.len()).min(text.len());
        let damaged = [&text.as_bytes()[..start], put.as_bytes(), &text.as_bytes()[end..]].concat();
        if let Ok(signed) = RegistryKeys::npm().verify(&damaged, real.name, real.version) {
            // The damage missed all that counts.
            prop_assert_eq!(signed.integrity().to_string(), real.integrity);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), sig in "[A-Za-z0-9+/=]{0,100}") {
        let _ = RegistryKeys::read(&bytes);
        let _ = RegistryKeys::npm().verify(&bytes, "x", "1.0.0");
        let document = json!({
            "integrity": REAL[0].integrity,
            "signatures": [{"keyid": NEW, "sig": sig}],
        });
        prop_assert!(RegistryKeys::npm().verify(document.to_string().as_bytes(), "x", "1.0.0").is_err());
    }
}
