//! The id by which the service knows one person's attempts.

use std::fmt;
use std::str::FromStr;

use super::{SessionError, SessionErrorKind};

/// A correlation id: a random GUID for one person (or device), kept by the application and mapped
/// from its own identifier.
///
/// The service counts attempts by it and flags what looks like abuse. So it must be the same in
/// all sessions of a person, and be used for that person only; it must not *be* the person's
/// identifier, because it is replaced after a review ([`Person::release`](super::Person::release)).
/// A new id for every session defeats the monitoring, and is itself a reason to be flagged.
///
/// ```
/// use tower_visor::session::CorrelationId;
///
/// // With the feature `nonce`, `CorrelationId::random()` draws them itself.
/// # let random_bytes = [0x5a; 16];
/// let id = CorrelationId::from_random_bytes(random_bytes);
/// assert_eq!(id.to_string(), "5a5a5a5a-5a5a-4a5a-9a5a-5a5a5a5a5a5a");
/// assert_eq!(id.to_string().parse::<CorrelationId>()?, id);
///
/// let mail = "ada@contoso.example".parse::<CorrelationId>().unwrap_err();
/// assert_eq!(
///     mail.to_string(),
///     "correlation id: an e-mail address names the person: keep a random GUID for them",
/// );
/// # Ok::<(), tower_visor::session::SessionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorrelationId([u8; 16]);

/// GUIDs of Microsoft's tutorials and specification, found pasted in public code.
const SAMPLES: [&str; 6] = [
    // The device in the tutorial.
    "723d6d03-ef33-40a8-9682-23a1feb7bccd",
    // Sessions in the tutorial and in the specification.
    "a6e7193e-b638-42e9-903f-eaf60d2b40a5",
    "b12e033e-bda7-4b83-a211-e721c661f30e",
    // The request in the specification.
    "4af681e9-0e25-43e9-9922-a7adebf13b2f",
    // What fingers type.
    "12345678-1234-1234-1234-123456789012",
    "12345678-1234-1234-1234-123456789abc",
];

const PLACE: &str = "correlation id";

impl CorrelationId {
    /// An id out of 16 random bytes, from a generator fit for keys. Six bits of them become the
    /// mark of a random GUID ([RFC 9562, version 4]).
    ///
    /// [RFC 9562, version 4]: https://www.rfc-editor.org/rfc/rfc9562#section-5.4
    #[must_use]
    pub const fn from_random_bytes(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// An id out of bytes from the operating system's generator (feature `nonce`).
    ///
    /// # Errors
    /// [`SessionErrorKind::Randomness`]: only before the generator is seeded, early at boot, or in
    /// a sandbox that forbids the system call.
    #[cfg(feature = "nonce")]
    pub fn random() -> Result<Self, SessionError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            SessionError::new(
                SessionErrorKind::Randomness,
                PLACE,
                format!("no random bytes: {error}"),
            )
        })?;
        Ok(Self::from_random_bytes(bytes))
    }

    /// As events name it (feature `tracing`): 16 hexadecimal digits, the first ones of the SHA-256
    /// of `tower-visor correlation id`, a zero byte, and the 16 bytes.
    ///
    /// Whoever has the id can find its events, in the logs of every server and every year; nobody
    /// can find the id from the events, because it is random.
    #[cfg(feature = "tracing")]
    pub fn hashed(&self) -> String {
        use sha2::{Digest as _, Sha256};

        let digest = Sha256::new()
            .chain_update(b"tower-visor correlation id\0")
            .chain_update(self.0);
        let digest = digest.finalize();
        digest
            .iter()
            .take(8)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for CorrelationId {
    /// With hyphens, in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// As `Display`.
impl fmt::Debug for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CorrelationId {
    type Err = SessionError;

    /// Reads a GUID with its four hyphens, in either case. The error doesn't repeat the text,
    /// because it may name a person.
    ///
    /// # Errors
    /// * [`SessionErrorKind::CorrelationId`]: `""`, `"ada@contoso.example"`, `"device-7"`,
    ///   `"{723d6d03-ef33-40a8-9682-23a1feb7bccd}"`, 32 digits without hyphens
    /// * [`SessionErrorKind::SampleId`]: `"1234567890"`, `"your_device_correlation_id"`, the GUIDs
    ///   of the tutorial and of the specification, GUIDs of one digit
    fn from_str(text: &str) -> Result<Self, SessionError> {
        let wrong = |reason: &'static str| {
            Err(SessionError::new(
                SessionErrorKind::CorrelationId,
                PLACE,
                reason,
            ))
        };
        let sample = Err(SessionError::new(
            SessionErrorKind::SampleId,
            PLACE,
            "an id from documentation, which others use too: keep a random GUID for each person",
        ));
        if text.is_empty() {
            return wrong("empty: keep a random GUID for each person");
        }
        if text.contains('@') {
            return wrong("an e-mail address names the person: keep a random GUID for them");
        }
        let text = text.to_ascii_lowercase();
        let is_placeholder = text.starts_with("your") || "1234567890".starts_with(&text);
        if is_placeholder || SAMPLES.contains(&text.as_str()) {
            return sample;
        }
        let places: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
        let digits = text.replace('-', "");
        let bytes = crate::hex::decode(&digits).and_then(|bytes| bytes.try_into().ok());
        let Some(bytes) = bytes.filter(|_| places == [8, 13, 18, 23]) else {
            return wrong(
                "not a GUID: 32 hexadecimal digits with hyphens after the 8th, 12th, 16th and 20th",
            );
        };
        // All zeros, all ones and what is typed to try things out.
        let one = digits.chars().next();
        if digits.chars().all(|digit| Some(digit) == one) {
            return sample;
        }
        Ok(Self(bytes))
    }
}

crate::serde_text::as_text!(CorrelationId, "a correlation id: a random GUID");
