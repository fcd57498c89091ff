//! One unpredictable value per response.

use std::fmt;

/// A nonce: 144 random bits as 24 characters of base64url.
///
/// The layer makes one for each request whose policy asks for it
/// ([`ScriptTrust::Nonce`](crate::policy::ScriptTrust::Nonce)) and puts it into the request's
/// extensions, so that a handler or template can write it into `<script nonce="...">`. The
/// response's `Content-Security-Policy` names the same value.
///
/// ```
/// use tower_visor::layer::Nonce;
///
/// fn page(request: &http::Request<()>) -> String {
///     match request.extensions().get::<Nonce>() {
///         Some(nonce) => format!("<script nonce=\"{nonce}\" src=\"/app.js\"></script>"),
///         None => String::from("the layer is not installed, or its policy has no nonce"),
///     }
/// }
/// # page(&http::Request::new(()));
/// ```
///
/// The bytes come from the operating system's generator, about 4 KB at a time for each thread, and
/// none is used twice. **A process that forks** must not make nonces on both sides after one of its
/// threads made one: parent and child would share the rest of that thread's bytes. Fork first, as
/// servers do that start their workers before they serve.
///
/// Specification: [CSP Level 3, section 7.1](https://www.w3.org/TR/CSP3/#security-nonces).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub(super) [u8; 24]);

impl Nonce {
    /// A fresh one.
    ///
    /// # Errors
    /// The error of the operating system's generator.
    #[cfg(feature = "nonce")]
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        super::random::text().map(Self)
    }

    /// The text: 24 characters of `A-Z a-z 0-9 - _`, safe in HTML without escaping.
    pub fn as_str(&self) -> &str {
        // Base64 is ASCII, so this never takes the second way.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Doesn't print the value: a log that leaks it tells an attacker what to write.
impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// The nonce of a request: the one that a visor further out made, or a fresh one.
///
/// `None` if the generator fails: the response then names an empty nonce, which is the strictest
/// thing that it can say.
pub(super) fn of<B>(request: &mut http::Request<B>) -> Option<Nonce> {
    if let Some(nonce) = request.extensions().get::<Nonce>() {
        return Some(*nonce);
    }
    #[cfg(feature = "nonce")]
    {
        let nonce = Nonce::random().ok()?;
        request.extensions_mut().insert(nonce);
        Some(nonce)
    }
    #[cfg(not(feature = "nonce"))]
    None
}
