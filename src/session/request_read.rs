//! Requests out of JSON.

use super::json::{self, Object};
use super::{
    ApiVersion, CorrelationId, OperationMode, SessionError, SessionErrorKind, SessionImage,
    SessionKind, SessionRequest, VerifyImageHash, fields,
};

/// A request takes some hundred bytes.
const LONGEST: usize = 16 * 1024;

impl SessionRequest {
    /// Reads a request for this version and kind out of JSON: a template in a configuration, or
    /// what a stand-in for the service was sent.
    ///
    /// # Errors
    /// With the field:
    /// * [`SessionErrorKind::OtherVersion`]: a field that this version or kind doesn't have
    /// * [`SessionErrorKind::Request`]: more than 16 KiB, no JSON object, a key twice, an unknown
    ///   field, a field of another type or out of its range, a missing one, an id that the page is
    ///   to choose
    /// * [`SessionErrorKind::CorrelationId`], [`SessionErrorKind::SampleId`]
    pub fn from_json(
        version: ApiVersion,
        kind: SessionKind,
        bytes: &[u8],
    ) -> Result<Self, SessionError> {
        let document = json::read(bytes, LONGEST, SessionErrorKind::Request)?;
        let mut object = Object::new(SessionErrorKind::Request, String::new(), document)?;
        for name in object.names() {
            fields::check(version, kind, name)?;
        }

        let field = "livenessOperationMode";
        let mode = object.text(field)?;
        let mode = match object.required(field, mode)?.as_str() {
            "Passive" => OperationMode::Passive,
            "PassiveActive" => OperationMode::PassiveActive,
            _ => return Err(object.error(field, "must be `Passive` or `PassiveActive`")),
        };
        let device = id(
            &mut object,
            "deviceCorrelationId",
            "deviceCorrelationIdSetInClient",
        )?;
        let device = object.required("deviceCorrelationId", device)?;
        let mut request = match kind {
            SessionKind::Liveness => Self::liveness(version, mode, device),
            SessionKind::LivenessWithVerify => Self::liveness_with_verify(version, mode, device),
        };
        if let Some(user) = id(
            &mut object,
            "userCorrelationId",
            "userCorrelationIdSetInClient",
        )? {
            request = request.user(user)?;
        }
        if let Some(seconds) = object.number("authTokenTimeToLiveInSeconds")? {
            // What doesn't fit is out of the range, too.
            request = request.lifetime_seconds(seconds.try_into().unwrap_or(u32::MAX))?;
        }
        if let Some(attempts) = object.number("numberOfClientAttemptsAllowed")? {
            request = request.attempts(attempts.try_into().unwrap_or(u8::MAX))?;
        }
        let field = "expectedClientIpAddress";
        if let Some(network) = object.text(field)? {
            let network = network.parse();
            let network = network.map_err(|error: crate::network::NetworkError| {
                object.error(field, error.to_string())
            })?;
            request = request.expected_client(network)?;
        }
        if let Some(kept) = object.switch("enableSessionImage")? {
            request = request.session_image(if kept {
                SessionImage::Kept
            } else {
                SessionImage::NotKept
            });
        }
        if let Some(model) = object.text("livenessModelVersion")? {
            request = request.model_version(&model)?;
        }
        if let Some(threshold) = object.fraction("verifyConfidenceThreshold")? {
            request = request.confidence_threshold(threshold)?;
        }
        if let Some(returned) = object.switch("returnVerifyImageHash")? {
            request = request.verify_image_hash(if returned {
                VerifyImageHash::Returned
            } else {
                VerifyImageHash::NotReturned
            })?;
        }
        Ok(request)
    }
}

/// A correlation id that the backend gives.
fn id(
    object: &mut Object,
    name: &'static str,
    switch: &'static str,
) -> Result<Option<CorrelationId>, SessionError> {
    if object.switch(switch)? == Some(true) {
        return Err(object.error(
            switch,
            "the page would choose the id, a new one for each try: leave it to the backend, \
             or use `dangerous()` with a reason",
        ));
    }
    object
        .text(name)?
        .map(|text| {
            text.parse().map_err(|error: SessionError| {
                let kind = error.kind();
                error.at(kind, name)
            })
        })
        .transpose()
}
