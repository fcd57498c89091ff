//! Registry signatures: nothing but what the registry signed is taken for signed.

use serde_json::{Value, json};
use tower_visor::pins::sources::RegistryKeys;

use super::{are_messages, is_message};

/// The registry's first key.
pub const OLD: &str = "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA";
/// The registry's second key.
pub const NEW: &str = "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U";

/// A signature that registry.npmjs.org published.
#[derive(Debug)]
pub struct Real {
    /// The package.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What was signed.
    pub integrity: &'static str,
    /// The key's id.
    pub key: &'static str,
    /// In base64.
    pub signature: &'static str,
}

/// As found in public repositories; each agrees with OpenSSL.
pub const REAL: [Real; 5] = [
    Real {
        name: "@anthropic-ai/claude-code",
        version: "2.1.114",
        integrity: "sha512-RPhw1ClFxzOESQdI+bXYp35IXlhS/bi75VIajQgrg11qH10k5jiYZ+ivz1dTN6rbeii+zaCuhjpMzKfdtN/JTw==",
        key: NEW,
        signature: "MEUCIQDDUct0DwoTDULvyS/d+FXylAJuQjO+y2covAfO1MnXlAIgWBNn35SrCIUWS1bxNZI8ycsHOcWrPXc7AZbygvpwlEg=",
    },
    Real {
        name: "@anthropic-ai/claude-code",
        version: "2.1.116",
        integrity: "sha512-4QGIIgpfZIznRqlMpEbn5lz8HyGaU+WZND+MGo4sCdMfGBwJPQ5OyXaiA8zhgFtlGW5iWAbYR5CpjQhrvCFeCw==",
        key: NEW,
        signature: "MEQCIGTbqRDUR0z7WA3cwr2Wwh/yxO1g2S5QC4xu5vtf7QhnAiA7j8WvPyIYj36a1vRMR3qz72wQN/FnUunYPb8fcEUWWg==",
    },
    Real {
        name: "gitnexus",
        version: "1.6.3",
        integrity: "sha512-Yvhc70ESXFHPMtXHSddDgNL3dUxdvmA+CmxoadFBB7rTxIcXi8vrY/jhMvjvzJpBxp4JKi+lD8Pt1m1wL88Mtg==",
        key: NEW,
        signature: "MEYCIQCQARKOetvmR4UCJ//33uz5cRBl4oLlbWPHhsrSXNIhTwIhALCAE35kvYprKw5D6NKJ0rBl7i4kidI6EWBVmgzGJD4t",
    },
    Real {
        name: "tool5",
        version: "5.0.1",
        integrity: "sha512-gPClNFHEACDPrNPIY9nQ5CtgNzXLek1VKLkenI/RRKrrWSSyIVte0HloLzyQJFW0bXgFnv5TgtcUM+xHE7B6/w==",
        key: OLD,
        signature: "MEYCIQDhX2SZFZyV3rBaQp/tH0NRk1YWw6rF2KrietBA6xDIFQIhANJcAYMSl+mvNefhpxjyApSUK/CXFEnCeUSEQf113OPI",
    },
    // npm's own test of `npm audit signatures`.
    Real {
        name: "kms-demo",
        version: "1.0.0",
        integrity: "sha512-QqZ7VJ/8xPkS9s2IWB7Shj3qTJdcRyeXKbPQnsZjsPEwvutGv0EGeVchPcauoiDFJlGbZMFq5GDCurAGNSghJQ==",
        key: OLD,
        signature: "MEUCIDrLNspFeU5NZ6d55ycVBZIMXnPJi/XnI1Y2dlJvK8P1AiEAnXjn1IOMUd+U7YfPH+FNjwfLq+jCwfH8uaxocq+mpPk=",
    },
];

impl Real {
    /// The `dist` object of its version.
    pub fn dist(&self) -> Value {
        json!({
            "integrity": self.integrity,
            "tarball": format!("https://registry.npmjs.org/{0}/-/{0}.tgz", self.name),
            "signatures": [{"keyid": self.key, "sig": self.signature}],
        })
    }

    /// The whole packument, with the time at which the version was published.
    pub fn packument(&self, published: &str) -> Value {
        json!({
            "name": self.name,
            "versions": {
                "0.0.1": {"name": self.name, "version": "0.0.1", "dist": {}},
                self.version: {"name": self.name, "version": self.version, "dist": self.dist()},
            },
            "time": {"created": "2015-01-01T00:00:00.000Z", self.version: published},
        })
    }
}

/// Keys, a record separator (1E), and a document; or a document alone.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |&byte| byte == b'\x1e');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let own = match RegistryKeys::read(first) {
        Ok(keys) => {
            assert!(keys.ids().next().is_some());
            Some(keys)
        }
        Err(error) => {
            is_message(&error);
            None
        }
    };
    let document = second.unwrap_or(first);
    for real in &REAL {
        match RegistryKeys::npm().verify(document, real.name, real.version) {
            Ok(signed) => {
                assert_eq!(signed.integrity().to_string(), real.integrity);
                assert_eq!((signed.name(), signed.version()), (real.name, real.version));
                assert_eq!(signed.key_id(), real.key);
            }
            Err(errors) => are_messages(&errors),
        }
    }
    // Never published, so never signed.
    let name = "@azure/ai-vision-face-ui";
    are_messages(
        &RegistryKeys::npm()
            .verify(document, name, "1.5.0")
            .unwrap_err(),
    );
    if let Some(keys) = own {
        let _ = keys.verify(document, name, "1.5.0");
    }
}

/// Real documents, and keys in front of one.
pub fn seeds() -> Vec<Vec<u8>> {
    let keys = json!({"keys": [{
        "keyid": NEW,
        "expires": "2030-01-29T00:00:00.000Z",
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        // The generator of the curve.
        "key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==",
    }]})
    .to_string();
    let real = REAL.iter();
    let mut seeds: Vec<String> = real.clone().map(|real| real.dist().to_string()).collect();
    seeds.extend(real.map(|real| real.packument("2024-10-09T22:57:17.000Z").to_string()));
    seeds.push(format!("{keys}\x1e{}", seeds[0]));
    seeds.into_iter().map(String::into_bytes).collect()
}
