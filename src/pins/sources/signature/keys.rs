//! The public keys with which an npm registry signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::VerifyingKey;

use super::super::tree::Node;
use super::{SignatureError, SignatureFault, Timestamp, document};

/// The public keys by which a registry signs.
///
/// ```
/// use tower_visor::pins::sources::RegistryKeys;
///
/// let dist = br#"{
///     "integrity": "sha512-4QGIIgpfZIznRqlMpEbn5lz8HyGaU+WZND+MGo4sCdMfGBwJPQ5OyXaiA8zhgFtlGW5iWAbYR5CpjQhrvCFeCw==",
///     "signatures": [{
///         "keyid": "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U",
///         "sig": "MEQCIGTbqRDUR0z7WA3cwr2Wwh/yxO1g2S5QC4xu5vtf7QhnAiA7j8WvPyIYj36a1vRMR3qz72wQN/FnUunYPb8fcEUWWg=="
///     }]
/// }"#;
/// let signed = RegistryKeys::npm().verify(dist, "@anthropic-ai/claude-code", "2.1.116").unwrap();
/// assert_eq!(signed.integrity().algorithm(), "sha512");
///
/// let wrong = RegistryKeys::npm().verify(dist, "@anthropic-ai/claude-code", "2.1.117");
/// assert!(wrong.is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryKeys {
    keys: Vec<RegistryKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RegistryKey {
    /// A name: it is *not* a hash of the key that one could compute.
    pub(super) id: String,
    pub(super) key: VerifyingKey,
    pub(super) expires: Option<Timestamp>,
}

/// npm's keys as of 2026-11: those that the npm package `@sigstore/tuf` 4.0.2 ships for
/// registry.npmjs.org, in the form of the registry's own endpoint. The first signed until
/// 2025-01-29, the second signs since 2025-01-13.
const NPM: &str = r#"{"keys": [
    {
        "keyid": "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA",
        "expires": "2025-01-29T00:00:00.000Z",
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg=="
    },
    {
        "keyid": "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U",
        "expires": null,
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g=="
    }
]}"#;

/// What is in front of an uncompressed point of P-256 in a `SubjectPublicKeyInfo`
/// ([RFC 5480, section 2](https://www.rfc-editor.org/rfc/rfc5480#section-2)): the algorithm
/// id-ecPublicKey, the curve secp256r1, a bit string of 66 bytes.
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

const KIND: &str = "ecdsa-sha2-nistp256";

impl RegistryKeys {
    /// The keys of registry.npmjs.org that are built in, with their validity. When npm changes
    /// its key, give the new ones with [`read`](Self::read).
    pub fn npm() -> Self {
        // A test reads both keys out of it; without keys every signature would be refused.
        Self::read(NPM.as_bytes()).unwrap_or_default()
    }

    /// Reads keys in the form of npm's endpoint `/-/npm/v1/keys`.
    ///
    /// # Errors
    /// * not JSON, or without `keys`
    /// * a key without `keyid`, of a kind other than `ecdsa-sha2-nistp256`, or that is not a point of
    ///   the curve
    /// * an `expires` that is neither `null` nor a time such as `2025-01-29T00:00:00.000Z`
    /// * one id with two keys
    pub fn read(bytes: &[u8]) -> Result<Self, SignatureError> {
        let root = document::json(bytes)?;
        let Some(Node::List(list)) = root.get("keys") else {
            return Err(SignatureFault::NoKeys.into());
        };
        let mut keys: Vec<RegistryKey> = Vec::new();
        for (index, node) in list.iter().enumerate() {
            let fault = |reason| SignatureFault::Key {
                number: index + 1,
                reason,
            };
            let key = read_key(node).map_err(fault)?;
            match keys.iter().find(|known| known.id == key.id) {
                Some(known) if *known == key => {}
                Some(_) => return Err(fault("another key has the same `keyid`").into()),
                None => keys.push(key),
            }
        }
        if keys.is_empty() {
            return Err(SignatureFault::NoKeys.into());
        }
        Ok(Self { keys })
    }

    /// The ids of the keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    pub(super) fn get(&self, id: &str) -> Option<&RegistryKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}

fn read_key(node: &Node) -> Result<RegistryKey, &'static str> {
    let id = node.text_of("keyid").ok_or("no `keyid`")?;
    let kind = |key| node.text_of(key) == Some(KIND);
    if !kind("keytype") || !kind("scheme") {
        return Err("`keytype` and `scheme` have to be ecdsa-sha2-nistp256");
    }
    let expires = match node.get("expires") {
        None | Some(Node::Null) => None,
        Some(time) => {
            let time = time.text().and_then(Timestamp::read);
            Some(time.ok_or("`expires` is not a time such as 2025-01-29T00:00:00.000Z")?)
        }
    };
    let no_key = "`key` is not the base64 of a P-256 public key";
    let der = STANDARD
        .decode(node.text_of("key").unwrap_or_default())
        .map_err(|_| no_key)?;
    let point = der.strip_prefix(&P256_INFO).ok_or(no_key)?;
    let key = VerifyingKey::from_sec1_bytes(point).map_err(|_| no_key)?;
    Ok(RegistryKey {
        id: id.to_owned(),
        key,
        expires,
    })
}
