//! The request that asks the Face API for a session.

use serde_json::Value;

use super::fields;
use super::{
    ApiVersion, CorrelationId, OperationMode, SessionError, SessionErrorKind, SessionKind, Words,
};
use crate::network::Network;
use crate::sdk::Endpoint;

/// A request for one session, always valid: it can't contain anything that the service would refuse.
///
/// | field | here | otherwise |
/// |---|---|---|
/// | `authTokenTimeToLiveInSeconds` | 300 | [`lifetime_seconds`](Self::lifetime_seconds), 60 to 86,400 |
/// | `numberOfClientAttemptsAllowed` (v1.3) | 1 | [`attempts`](Self::attempts), 1 to 3 |
/// | `deviceCorrelationId` | required | |
/// | `userCorrelationId` (v1.3) | not sent | [`user`](Self::user) |
/// | `expectedClientIpAddress` (v1.3) | not sent | [`expected_client`](Self::expected_client) |
/// | `enableSessionImage` | not sent | [`session_image`](Self::session_image) |
/// | `livenessModelVersion` | not sent: the newest | [`model_version`](Self::model_version) |
/// | `verifyConfidenceThreshold`, `returnVerifyImageHash` (with verify) | not sent | [`confidence_threshold`](Self::confidence_threshold), [`verify_image_hash`](Self::verify_image_hash) |
/// | `sendResultsToClient` | never: removed in v1.2 | |
///
/// [The manual](crate::docs::defaults) has the reasons.
///
/// ```
/// use tower_visor::sdk::Endpoint;
/// use tower_visor::session::{ApiVersion, CorrelationId, OperationMode, SessionRequest};
///
/// # let id = CorrelationId::from_random_bytes([7; 16]);
/// let request = SessionRequest::liveness(ApiVersion::V1_2, OperationMode::PassiveActive, id);
/// assert_eq!(
///     request.url(&Endpoint::resource("contoso")?),
///     "https://contoso.cognitiveservices.azure.com/face/v1.2/detectLiveness-sessions",
/// );
/// assert_eq!(
///     request.to_json(),
///     concat!(
///         r#"{"authTokenTimeToLiveInSeconds":300,"#,
///         r#""deviceCorrelationId":"07070707-0707-4707-8707-070707070707","#,
///         r#""deviceCorrelationIdSetInClient":false,"livenessOperationMode":"PassiveActive"}"#,
///     ),
/// );
///
/// let slip = request.attempts(2).unwrap_err();
/// assert_eq!(
///     slip.to_string(),
///     "numberOfClientAttemptsAllowed: v1.2 has no such field, v1.3-preview.1 has it",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a request does nothing until it is sent"]
pub struct SessionRequest {
    version: ApiVersion,
    kind: SessionKind,
    mode: OperationMode,
    device: Correlation,
    user: Option<Correlation>,
    seconds: u32,
    attempts: u8,
    image: Option<SessionImage>,
    model: Option<String>,
    client: Option<Network>,
    threshold: Option<f64>,
    hash: Option<VerifyImageHash>,
}

/// Who gives a correlation id.
#[derive(Clone, Debug, PartialEq)]
enum Correlation {
    Given(CorrelationId),
    /// The page, for this reason.
    SetInClient(Words),
}

/// Whether the service keeps an image of the session, for 48 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a switch of the API
pub enum SessionImage {
    /// It does: a human who reviews can look at it, and an abuse report can name it.
    Kept,
    /// It doesn't.
    NotKept,
}

/// Whether the result holds the hash of the picture that was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a switch of the API
pub enum VerifyImageHash {
    /// It does: the backend can see that the service compared with the picture that it sent.
    Returned,
    /// It doesn't.
    NotReturned,
}

/// The shortest and the longest life of a token; the service answers anything else with
/// `InvalidTokenLifetime`.
const LIFETIME: std::ops::RangeInclusive<u32> = 60..=86_400;

/// Enough for one check including reading the instructions, and too little to carry a token elsewhere.
const DEFAULT_LIFETIME: u32 = 300;

const ATTEMPTS: std::ops::RangeInclusive<u8> = 1..=3;

impl SessionRequest {
    /// A session that determines whether a living person is there. `device` is the correlation id
    /// of the person who is checked on this device: the same in all of their sessions.
    pub const fn liveness(version: ApiVersion, mode: OperationMode, device: CorrelationId) -> Self {
        Self::new(version, SessionKind::Liveness, mode, device)
    }

    /// A session that also compares the face with a picture. The request is a form then
    /// ([`SessionRequest::parts`]) with the picture as `verifyImage`, a part *with a file name*.
    pub const fn liveness_with_verify(
        version: ApiVersion,
        mode: OperationMode,
        device: CorrelationId,
    ) -> Self {
        Self::new(version, SessionKind::LivenessWithVerify, mode, device)
    }

    const fn new(
        version: ApiVersion,
        kind: SessionKind,
        mode: OperationMode,
        device: CorrelationId,
    ) -> Self {
        Self {
            version,
            kind,
            mode,
            device: Correlation::Given(device),
            user: None,
            seconds: DEFAULT_LIFETIME,
            attempts: 1,
            image: None,
            model: None,
            client: None,
            threshold: None,
            hash: None,
        }
    }

    /// How long the token works, in seconds: 60 to 86,400. Default: 300. The service's own default
    /// is 600.
    ///
    /// # Errors
    /// [`SessionErrorKind::Request`] for any other number.
    pub fn lifetime_seconds(mut self, seconds: u32) -> Result<Self, SessionError> {
        if !LIFETIME.contains(&seconds) {
            return Err(request(
                "authTokenTimeToLiveInSeconds",
                format!("must be 60 to 86400, found {seconds}"),
            ));
        }
        self.seconds = seconds;
        Ok(self)
    }

    /// How often the page may try with one token: 1 to 3. Default: 1.
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] before v1.3-preview.1, [`SessionErrorKind::Request`] for
    /// any other number.
    pub fn attempts(mut self, attempts: u8) -> Result<Self, SessionError> {
        let field = "numberOfClientAttemptsAllowed";
        fields::check(self.version, self.kind, field)?;
        if !ATTEMPTS.contains(&attempts) {
            let reason = format!("must be 1 to 3, found {attempts}");
            return Err(request(field, reason));
        }
        self.attempts = attempts;
        Ok(self)
    }

    /// The correlation id of the person, if `deviceCorrelationId` is the device's.
    ///
    /// The specification calls it optional; the service has been seen to answer 400 to requests of
    /// v1.3-preview.1 without it.
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] before v1.3-preview.1.
    pub fn user(mut self, id: CorrelationId) -> Result<Self, SessionError> {
        fields::check(self.version, self.kind, "userCorrelationId")?;
        self.user = Some(Correlation::Given(id));
        Ok(self)
    }

    /// Where the page will call the service from: an address, or a block of them. Only use it if
    /// all clients come from known networks.
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] before v1.3-preview.1.
    pub fn expected_client(mut self, network: Network) -> Result<Self, SessionError> {
        fields::check(self.version, self.kind, "expectedClientIpAddress")?;
        self.client = Some(network);
        Ok(self)
    }

    /// Whether the service keeps an image of the session. Default: the service's own.
    pub const fn session_image(mut self, image: SessionImage) -> Self {
        self.image = Some(image);
        self
    }

    /// The model that decides, `2024-11-15` for example. Default: the newest, as Microsoft asks for.
    ///
    /// # Errors
    /// [`SessionErrorKind::Request`] for anything but 1 to 64 letters, digits, dots and hyphens.
    pub fn model_version(mut self, version: &str) -> Result<Self, SessionError> {
        let is_plain = version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if !is_plain || !(1..=64).contains(&version.len()) {
            return Err(request(
                "livenessModelVersion",
                "must be 1 to 64 letters, digits, dots and hyphens; write for example `2024-11-15`",
            ));
        }
        self.model = Some(version.to_owned());
        Ok(self)
    }

    /// How similar the faces must be to count as the same person's: 0 to 1. Default: the service's own.
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] where nothing is compared, [`SessionErrorKind::Request`]
    /// for any other number.
    pub fn confidence_threshold(mut self, threshold: f64) -> Result<Self, SessionError> {
        let field = "verifyConfidenceThreshold";
        fields::check(self.version, self.kind, field)?;
        if !(0.0..=1.0).contains(&threshold) {
            return Err(request(field, format!("must be 0 to 1, found {threshold}")));
        }
        self.threshold = Some(threshold);
        Ok(self)
    }

    /// Whether the result holds the hash of the picture. Default: the service's own.
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] where nothing is compared.
    pub fn verify_image_hash(mut self, hash: VerifyImageHash) -> Result<Self, SessionError> {
        fields::check(self.version, self.kind, "returnVerifyImageHash")?;
        self.hash = Some(hash);
        Ok(self)
    }

    /// The settings that weaken the request, each with a reason.
    pub const fn dangerous(self) -> DangerousRequest {
        DangerousRequest(self)
    }

    /// What was weakened: the field, and the reason.
    pub fn relaxed(&self) -> impl Iterator<Item = (&'static str, &Words)> {
        let device = ("deviceCorrelationIdSetInClient", Some(&self.device));
        let user = ("userCorrelationIdSetInClient", self.user.as_ref());
        [device, user]
            .into_iter()
            .filter_map(|(field, who)| match who {
                Some(Correlation::SetInClient(reason)) => Some((field, reason)),
                _ => None,
            })
    }

    /// The version of the API.
    pub const fn version(&self) -> ApiVersion {
        self.version
    }

    /// The path of the call, for a `POST`.
    pub fn path(&self) -> String {
        format!("/face/{}/{}", self.version, self.kind.as_str())
    }

    /// The address of the call at an endpoint: take the policy's
    /// ([`LivenessPage::endpoint`](crate::policy::LivenessPage::endpoint)), and the token will be for
    /// it.
    pub fn url(&self, endpoint: &Endpoint) -> String {
        format!("{}{}", endpoint.origin(), self.path())
    }

    /// The body of the call as JSON. If a picture is compared, send [`SessionRequest::parts`]
    /// instead.
    pub fn to_json(&self) -> String {
        self.document().to_string()
    }

    /// The fields as parts of a form (`multipart/form-data`), without `verifyImage`.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let text = |value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let fields = self.fields().into_iter();
        fields.map(|(name, value)| (name, text(value))).collect()
    }

    fn document(&self) -> Value {
        let fields = self.fields().into_iter();
        Value::Object(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = vec![("livenessOperationMode", self.mode.as_str().into())];
        let names = ("deviceCorrelationId", "deviceCorrelationIdSetInClient");
        self.device.write(names, &mut fields);
        if let Some(user) = &self.user {
            let names = ("userCorrelationId", "userCorrelationIdSetInClient");
            user.write(names, &mut fields);
        }
        fields.push(("authTokenTimeToLiveInSeconds", self.seconds.into()));
        if fields::check(self.version, self.kind, "numberOfClientAttemptsAllowed").is_ok() {
            fields.push(("numberOfClientAttemptsAllowed", self.attempts.into()));
        }
        let mut push = |name, value: Option<Value>| fields.extend(value.map(|value| (name, value)));
        let client = self.client.map(|network| network.to_string());
        push("expectedClientIpAddress", client.map(Into::into));
        let image = self.image.map(|image| image == SessionImage::Kept);
        push("enableSessionImage", image.map(Into::into));
        push("livenessModelVersion", self.model.clone().map(Into::into));
        let hash = self.hash.map(|hash| hash == VerifyImageHash::Returned);
        push("returnVerifyImageHash", hash.map(Into::into));
        push("verifyConfidenceThreshold", self.threshold.map(Into::into));
        fields
    }
}

/// The body as JSON, so that an HTTP client's own method for it can be used.
impl serde::Serialize for SessionRequest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl Correlation {
    fn write(
        &self,
        (id_name, switch_name): (&'static str, &'static str),
        fields: &mut Vec<(&'static str, Value)>,
    ) {
        match self {
            Self::Given(id) => {
                fields.push((id_name, id.to_string().into()));
                fields.push((switch_name, false.into()));
            }
            // The specification: the id must be absent then.
            Self::SetInClient(_) => fields.push((switch_name, true.into())),
        }
    }
}

/// The settings that weaken a [`SessionRequest`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it does nothing until a request comes out of it"]
pub struct DangerousRequest(SessionRequest);

impl DangerousRequest {
    /// Lets the page choose `deviceCorrelationId`. Anyone who changes the page can then choose a
    /// new one for each try, so no limit based on it holds.
    pub fn device_id_set_in_client(mut self, reason: Words) -> SessionRequest {
        self.0.device = Correlation::SetInClient(reason);
        self.0
    }

    /// Lets the page choose `userCorrelationId`; see [`DangerousRequest::device_id_set_in_client`].
    ///
    /// # Errors
    /// [`SessionErrorKind::OtherVersion`] before v1.3-preview.1.
    pub fn user_id_set_in_client(mut self, reason: Words) -> Result<SessionRequest, SessionError> {
        let field = "userCorrelationIdSetInClient";
        fields::check(self.0.version, self.0.kind, field)?;
        self.0.user = Some(Correlation::SetInClient(reason));
        Ok(self.0)
    }
}

fn request(field: &'static str, reason: impl Into<std::borrow::Cow<'static, str>>) -> SessionError {
    SessionError::new(SessionErrorKind::Request, field, reason)
}
