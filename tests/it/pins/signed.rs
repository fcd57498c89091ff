//! A registry's signature in the chain of trust.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use tower_visor::pins::sources::{RegistryKeys, SignedIntegrity};
use tower_visor::pins::{Pins, Provenance, Scan};

use crate::support::registry::{NAMES, Registry, strong, weak};
use crate::support::tree::{Tree, messages};

/// The signature of a registry of our own over a tarball, by a key that doesn't expire.
fn signed(name: &str, bytes: &[u8]) -> SignedIntegrity {
    signed_until("null", name, bytes)
}

fn signed_until(expires: &str, name: &str, bytes: &[u8]) -> SignedIntegrity {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let mut info = vec![
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    info.extend_from_slice(key.verifying_key().to_sec1_point(false).as_bytes());
    let keys = format!(
        r#"{{"keys":[{{"keyid":"own","expires":{expires},"keytype":"ecdsa-sha2-nistp256","scheme":"ecdsa-sha2-nistp256","key":"{}"}}]}}"#,
        STANDARD.encode(info)
    );
    let integrity = strong(bytes);
    let signature: DerSignature = key.sign(format!("{name}@1.5.0:{integrity}").as_bytes());
    let dist = format!(
        r#"{{"integrity":"{integrity}","signatures":[{{"keyid":"own","sig":"{}"}}]}}"#,
        STANDARD.encode(signature.as_bytes())
    );
    let keys = RegistryKeys::read(keys.as_bytes()).unwrap();
    keys.verify(dist.as_bytes(), name, "1.5.0").unwrap()
}

fn sign(mut scan: Scan, registry: &Registry) -> Scan {
    for ((name, _), bytes) in NAMES.iter().zip(&registry.tarballs) {
        scan = scan.signed(&signed(name, bytes));
    }
    scan
}

#[test]
fn a_tarball_with_the_signed_integrity_is_signed() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let both = sign(registry.join(Scan::new(tree.path())), &registry);
    let pins = both.run().unwrap();
    assert_eq!(pins.weakest_provenance(), Provenance::Signed);
    assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);

    // Without a lock file, and with one that knows SHA-1 only.
    let [component, assets] = registry.tarballs.clone();
    let alone = Scan::without_folder()
        .tarball("component.tgz", component)
        .tarball("assets.tgz", assets);
    assert_eq!(sign(alone, &registry).run().unwrap(), pins);
    let gated = Registry::of(tree.path(), "1.5.0", weak);
    let scan = sign(gated.join(Scan::new(tree.path())), &gated);
    let pins = scan.run().unwrap();
    assert_eq!(pins.weakest_provenance(), Provenance::Signed);
    for package in pins.packages() {
        assert_eq!(package.integrity().unwrap().algorithm(), "sha512");
    }
}

#[test]
fn an_expired_key_lifts_nothing_where_the_time_is_not_known() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let mut scan = Scan::new(tree.path());
    for ((name, file), bytes) in NAMES.iter().zip(&registry.tarballs) {
        let expired = r#""2025-01-29T00:00:00.000Z""#;
        scan = scan
            .signed(&signed_until(expired, name, bytes))
            .tarball(file, bytes.as_slice());
    }
    let pins = scan.run().unwrap();
    assert_eq!(pins.weakest_provenance(), Provenance::Registry);
}

#[test]
fn a_signature_without_its_tarball_lifts_nothing() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let pins = sign(Scan::new(tree.path()), &registry).run().unwrap();
    assert_eq!(pins.weakest_provenance(), Provenance::Observed);

    // Another tarball than the signed one, though the lock file has it.
    let other = Tree::installed("1.5.0");
    other.write("node_modules/@azure/ai-vision-face-ui/README.md", "another");
    let changed = Registry::of(other.path(), "1.5.0", strong);
    let errors = sign(changed.join(Scan::new(other.path())), &registry)
        .run()
        .unwrap_err();
    let errors = messages(&errors);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0]
            .starts_with("component.tgz: the tarball is not the registry's: its hash is sha512-"),
        "{errors:?}"
    );
}
