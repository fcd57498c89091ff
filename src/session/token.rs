//! The session token: read, never verified, and never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::json::{self, Object};
use super::{SessionError, SessionErrorKind};
use crate::sdk::Endpoint;

/// Servers refuse header lines of 8 KiB, and the SDK sends the token in one.
const LONGEST: usize = 8 * 1024;

/// The token that lets one browser run one session: whoever has it can use it.
///
/// It is *read* here and not verified: Microsoft publishes no key to verify it with. That is enough
/// to see, on the backend, where the SDK will send it ([`SessionToken::admitted_by`]); it proves
/// nothing about who made it. Take it only from the service's own answer, over
/// TLS.
///
/// `Debug`, `Display` and serde write `[session token]`; only [`SessionToken::expose`] gives it.
///
/// ```
/// use base64::Engine as _;
/// use base64::engine::general_purpose::URL_SAFE_NO_PAD;
/// use tower_visor::sdk::Endpoint;
/// use tower_visor::session::{SessionErrorKind, SessionToken};
///
/// # let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
/// # let header = part(r#"{"alg": "ES256", "typ": "JWT"}"#);
/// # let claims = part(
/// #     r#"{"face": "{\"endpoint\": \"https://contoso.cognitiveservices.azure.com\"}",
/// #         "allowed-paths": "[{\"path\": \"face/v1.2/session/start\"}]"}"#,
/// # );
/// # let answer = format!("{header}.{claims}.c2lnbmF0dXJl");
/// let token = SessionToken::read(&answer)?;
/// assert_eq!(format!("{token} {token:?}"), "[session token] [session token]");
///
/// token.admitted_by(&Endpoint::resource("contoso")?)?;
/// let elsewhere = token.admitted_by(&Endpoint::resource("fabrikam")?).unwrap_err();
/// assert_eq!(elsewhere.kind(), SessionErrorKind::ForeignEndpoint);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken {
    text: String,
    endpoint: Endpoint,
    paths: Vec<String>,
}

impl SessionToken {
    /// Reads a token. It does not verify it: see [`SessionToken`].
    ///
    /// # Errors
    /// [`SessionErrorKind::Token`], with the part and the claim, and nothing of the token:
    /// * more than 8 KiB; other than three parts; base64url with padding or other characters
    /// * a header or claims that are not a JSON object, or in which a key appears twice; the same
    ///   within the two claims that are JSON in a string
    /// * no `face` with an `endpoint`, or one that no Face endpoint has
    /// * no `allowed-paths`, or one of another shape
    pub fn read(text: &str) -> Result<Self, SessionError> {
        if text.len() > LONGEST {
            let reason = format!(
                "{} bytes are too many: at most {LONGEST} are read",
                text.len()
            );
            return Err(token("token", reason));
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            let reason = format!(
                "{} parts, a token has three: header, claims and signature",
                parts.len()
            );
            return Err(token("token", reason));
        };
        object(header, "header")?;
        let mut claims = object(claims, "claims")?;
        if signature.is_empty() {
            return Err(token("signature", "missing"));
        }
        decode(signature, "signature")?;

        let face = within(&mut claims, "face")?;
        let mut face = Object::new(SessionErrorKind::Token, "claim `face`".into(), face)?;
        let url = face.text("endpoint")?;
        let endpoint = endpoint(&face.required("endpoint", url)?)?;

        let place = "claim `allowed-paths`";
        let list = match within(&mut claims, "allowed-paths")? {
            Value::Array(list) => Object::all(SessionErrorKind::Token, place, list)?,
            other => {
                let kind = SessionErrorKind::Token;
                return Err(json::mismatch(kind, place.into(), "a list", &other));
            }
        };
        let paths = list.into_iter().map(|mut item| {
            let path = item.text("path")?;
            item.required("path", path)
        });
        Ok(Self {
            paths: paths.collect::<Result<_, _>>()?,
            text: text.to_owned(),
            endpoint,
        })
    }

    /// Whether the SDK sends this token to this endpoint and to no other: the one of the page's
    /// policy ([`LivenessPage::endpoint`](crate::policy::LivenessPage::endpoint)).
    ///
    /// The browser would refuse it too, by `connect-src`; the SDK then says `InvalidToken`, and
    /// nobody learns why.
    ///
    /// # Errors
    /// [`SessionErrorKind::ForeignEndpoint`] for a token of another resource, region or
    /// environment (both hosts are named), and for a path outside of `face/`: the SDK puts it
    /// behind the endpoint as it is, so `@evil.example/` would be another host.
    pub fn admitted_by(&self, endpoint: &Endpoint) -> Result<(), SessionError> {
        let kind = SessionErrorKind::ForeignEndpoint;
        if self.endpoint.origin() != endpoint.origin() {
            let (token, page) = (self.endpoint.origin(), endpoint.origin());
            return Err(SessionError::new(
                kind,
                "token",
                format!(
                    "it is for `{token}`, and the page calls `{page}` only: \
                     create the session at the page's endpoint, or give the page the token's"
                ),
            ));
        }
        for (index, path) in self.paths.iter().enumerate() {
            let inner = path.strip_prefix('/').unwrap_or(path);
            let is_plain = inner.split('/').all(|segment| {
                !segment.is_empty()
                    && segment.bytes().any(|byte| byte != b'.')
                    && segment
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
            });
            if !is_plain || !inner.starts_with("face/") {
                return Err(SessionError::new(
                    kind,
                    format!("claim `allowed-paths`[{index}].path"),
                    format!(
                        "it leads out of `{}`: no token of the service does that",
                        endpoint.connect_source()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The endpoint that it names, and to which the SDK sends it.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The token itself, for the answer to the one page that asked for it: `no-store`, over HTTPS,
    /// in the body. Never in an address, a log or a store.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// What stands where a token would be written.
const HIDDEN: &str = "[session token]";

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// As `Display`: a record that holds a token by mistake doesn't hold it.
impl serde::Serialize for SessionToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

fn token(
    place: impl Into<std::borrow::Cow<'static, str>>,
    reason: impl Into<std::borrow::Cow<'static, str>>,
) -> SessionError {
    SessionError::new(SessionErrorKind::Token, place, reason)
}

fn decode(part: &str, place: &'static str) -> Result<Vec<u8>, SessionError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| token(place, "not base64url without padding"))
}

fn object(part: &str, place: &'static str) -> Result<Object, SessionError> {
    let kind = SessionErrorKind::Token;
    let value =
        json::read(&decode(part, place)?, LONGEST, kind).map_err(|error| error.within(place))?;
    if value.is_object() {
        Object::new(kind, String::new(), value)
    } else {
        Err(json::mismatch(kind, place.into(), "an object", &value))
    }
}

/// A claim that is JSON in a string.
fn within(claims: &mut Object, name: &'static str) -> Result<Value, SessionError> {
    let place = format!("claim `{name}`");
    let Some(value) = claims.take(name) else {
        return Err(token(place, "missing"));
    };
    let Value::String(text) = value else {
        let kind = SessionErrorKind::Token;
        return Err(json::mismatch(kind, place, "JSON in a string", &value));
    };
    json::read(text.as_bytes(), LONGEST, SessionErrorKind::Token)
        .map_err(|error| error.within(&place))
}

fn endpoint(url: &str) -> Result<Endpoint, SessionError> {
    let place = "claim `face`.endpoint";
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let read = match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => Endpoint::proxy(url),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => Endpoint::local_test(url),
        _ => return Err(token(place, "not a URL with https")),
    };
    read.map_err(|error| token(place, error.to_string()))
}
