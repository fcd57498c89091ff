//! Another origin whose pages may ask.

use http::HeaderName;

use super::super::error::{SessionRoutesError, SessionRoutesFault};
use crate::url::Origin;

/// Another origin whose pages may ask for sessions, by `fetch` with CORS
/// ([Fetch, section 3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)).
///
/// Its answers name exactly its origin in `Access-Control-Allow-Origin`, never `*`, and it
/// may send `Content-Type` and what [`Partner::sends`] names. Cookies come with its requests only by
/// [`Partner::with_credentials`].
///
/// ```
/// use http::header::AUTHORIZATION;
/// use tower_visor::layer::Partner;
///
/// let partner = Partner::new("https://shop.partner.example")?.sends(AUTHORIZATION);
/// assert_eq!(partner.origin().to_string(), "https://shop.partner.example");
///
/// for wrong in ["*", "null", "https://*.partner.example", "http://partner.example"] {
///     assert!(Partner::new(wrong).is_err());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a partner may do nothing until a `SessionRoutes` names it"]
pub struct Partner {
    origin: Origin,
    credentials: Credentials,
    headers: Vec<HeaderName>,
}

/// Whether a partner's requests may carry cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Omitted,
    Included,
}

impl Partner {
    /// A partner whose requests carry no cookies.
    ///
    /// # Errors
    /// Anything that is not an origin, and `http://` anywhere but on localhost.
    pub fn new(origin: &str) -> Result<Self, SessionRoutesError> {
        let fault = |reason: String| {
            let origin = crate::foreign::shown(origin);
            SessionRoutesError::from(SessionRoutesFault::Partner { origin, reason })
        };
        let parsed: Origin = origin
            .parse()
            .map_err(|error: crate::url::UrlError| fault(error.to_string()))?;
        match parsed.scheme() {
            "https" => {}
            "http" if parsed.host().is_loopback() => {}
            _ => return Err(fault("it is not on HTTPS".into())),
        }
        Ok(Self {
            origin: parsed,
            credentials: Credentials::Omitted,
            headers: Vec::new(),
        })
    }

    /// Lets its requests carry cookies and other credentials of the browser, for `fetch` with
    /// `credentials: "include"`.
    pub fn with_credentials(mut self) -> Self {
        self.credentials = Credentials::Included;
        self
    }

    /// Lets its requests carry another header: `Authorization`, for example.
    pub fn sends(mut self, header: HeaderName) -> Self {
        self.headers.push(header);
        self
    }

    /// The origin.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) const fn credentials(&self) -> Credentials {
        self.credentials
    }

    /// The value of `Access-Control-Allow-Headers`.
    pub(super) fn allowed_headers(&self) -> String {
        let mut list = String::from("content-type");
        for header in &self.headers {
            list.push_str(", ");
            list.push_str(header.as_str());
        }
        list
    }
}
