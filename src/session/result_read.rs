//! Reading a result in its two forms.

use serde_json::Value;

use super::created::session_id;
use super::json::{self, Object};
use super::result::{
    Abuse, AbuseFinding, Attempt, AttemptError, Compared, FaceComparison, FlaggedSession, SameFace,
    SessionResult, UnknownField,
};
use super::{AbuseMonitoring, CallDigest, SessionError, SessionErrorKind, Status};

/// Three attempts take some kilobytes.
const LONGEST: usize = 1024 * 1024;

const KIND: SessionErrorKind = SessionErrorKind::Answer;

/// Fields whose values are kept with the answer and have no accessor.
const PLACES_OF_FACES: &str = "targets";

impl SessionResult {
    /// Reads the body of the service's answer: a session, or a list of audit entries.
    ///
    /// # Errors
    /// [`SessionErrorKind::Answer`](super::SessionErrorKind::Answer), with the place:
    /// * more than 1 MiB; no JSON, or a key twice in an object
    /// * a field of a type other than the specification's, a missing one that it requires
    /// * an `attemptId` of 0, or one that two attempts have; entries of several sessions
    /// * a `digest` that is not 64 hexadecimal digits
    pub fn from_json(bytes: &[u8]) -> Result<Self, SessionError> {
        of_document(json::read(bytes, LONGEST, KIND)?)
    }
}

impl<'de> serde::Deserialize<'de> for SessionResult {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Value::deserialize(deserializer)?;
        of_document(document).map_err(serde::de::Error::custom)
    }
}

fn of_document(mut document: Value) -> Result<SessionResult, SessionError> {
    remove_tokens(&mut document);
    let kept = document.clone();
    let mut unknown = Vec::new();
    let mut result = match document {
        Value::Array(entries) => audit_list(entries, &mut unknown)?,
        document => session(Object::new(KIND, String::new(), document)?, &mut unknown)?,
    };
    result.attempts.sort_by_key(Attempt::id);
    for pair in result.attempts.windows(2) {
        if let [one, other] = pair
            && one.id == other.id
        {
            let reason = format!("two attempts have the id {}: which counts?", one.id);
            return Err(SessionError::new(KIND, "attempts", reason));
        }
    }
    result.unknown = unknown;
    result.document = kept;
    Ok(result)
}

/// Wherever they stand: the answer repeats the session's token.
fn remove_tokens(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_tokens),
        Value::Object(fields) => {
            fields.retain(|name, _| !name.eq_ignore_ascii_case("authToken"));
            fields.values_mut().for_each(remove_tokens);
        }
        _ => {}
    }
}

fn session(
    mut answer: Object,
    unknown: &mut Vec<UnknownField>,
) -> Result<SessionResult, SessionError> {
    let is_old = !answer.has("results") && answer.has("id");
    let id = session_id(&mut answer, if is_old { "id" } else { "sessionId" })?;
    let status = answer.text("status")?;
    let status = answer.required("status", status)?;
    let mut result = SessionResult {
        session_id: Some(id),
        status: Some(status.into()),
        model_version: answer.text("modelVersion")?,
        abuse_monitoring: answer.switch("isAbuseMonitoringEnabled")?.into(),
        kind: Compared::NotSaid,
        attempts: Vec::new(),
        unknown: Vec::new(),
        document: Value::Null,
    };
    if is_old {
        if let Some(entry) = answer.object("result")? {
            result.add_entry(entry, unknown)?;
        }
        let known = [
            "createdDateTime",
            "sessionStartDateTime",
            "sessionExpired",
            "deviceCorrelationId",
            "authTokenTimeToLiveInSeconds",
        ];
        keep_rest(answer, &known, unknown);
        return Ok(result);
    }
    let results = answer.object("results")?;
    let mut results = answer.required("results", results)?;
    keep_rest(answer, &["expectedClientIpAddress"], unknown);
    if results.has("verifyReferences") {
        result.kind = Compared::Asked;
    }
    let attempts = results.objects("attempts")?;
    for attempt_object in results.required("attempts", attempts)? {
        result.attempts.push(attempt(attempt_object, unknown)?);
    }
    keep_rest(results, &["verifyReferences"], unknown);
    Ok(result)
}

fn attempt(mut object: Object, unknown: &mut Vec<UnknownField>) -> Result<Attempt, SessionError> {
    let id = attempt_id(&mut object, "attemptId")?;
    let status = object.text("attemptStatus")?;
    let status = object.required("attemptStatus", status)?;
    let mut attempt = Attempt::new(id, status.into());
    if let Some(outcome) = object.object("result")? {
        attempt.add_outcome(outcome, unknown)?;
    }
    if let Some(mut error) = object.object("error")? {
        attempt.error = Some(attempt_error(&mut error)?);
        keep_rest(error, &[PLACES_OF_FACES], unknown);
    }
    for mut client in object.objects("clientInformation")?.unwrap_or_default() {
        attempt.client_addresses.extend(client.text("ip")?);
        keep_rest(client, &[], unknown);
    }
    if let Some(finding) = object.object("abuseMonitoringResult")? {
        attempt.abuse = Some(abuse_finding(finding, unknown)?);
    }
    keep_rest(object, &[], unknown);
    Ok(attempt)
}

impl Attempt {
    const fn new(id: u64, status: Status) -> Self {
        Self {
            id,
            status,
            decision: None,
            digest: None,
            comparison: None,
            session_image_id: None,
            verify_image_hash: None,
            error: None,
            client_addresses: Vec::new(),
            abuse: None,
            request_id: None,
        }
    }

    /// A decision and what goes with it; in the older form, the body of the answer to the client.
    fn add_outcome(
        &mut self,
        mut outcome: Object,
        unknown: &mut Vec<UnknownField>,
    ) -> Result<(), SessionError> {
        self.decision = outcome.text("livenessDecision")?.map(Into::into);
        if let Some(digest) = digest(&mut outcome)? {
            self.digest = Some(digest);
        }
        self.session_image_id = outcome.text("sessionImageId")?;
        self.verify_image_hash = outcome.text("verifyImageHash")?;
        if let Some(mut comparison) = outcome.object("verifyResult")? {
            let identical = comparison.switch("isIdentical")?;
            self.comparison = Some(FaceComparison {
                face: identical.map(|identical| {
                    if identical {
                        SameFace::Identical
                    } else {
                        SameFace::Different
                    }
                }),
                confidence: comparison.fraction("matchConfidence")?,
            });
            keep_rest(comparison, &["verifyImage"], unknown);
        }
        if let Some(mut error) = outcome.object("error")? {
            self.error = Some(attempt_error(&mut error)?);
            keep_rest(error, &[PLACES_OF_FACES], unknown);
        }
        let known = [PLACES_OF_FACES, "target", "modelVersionUsed"];
        keep_rest(outcome, &known, unknown);
        Ok(())
    }
}

impl SessionResult {
    /// An audit entry of the older form.
    fn add_entry(
        &mut self,
        mut entry: Object,
        unknown: &mut Vec<UnknownField>,
    ) -> Result<(), SessionError> {
        let id = attempt_id(&mut entry, "id")?;
        let session = session_id(&mut entry, "sessionId")?;
        if self
            .session_id
            .as_ref()
            .is_some_and(|known| *known != session)
        {
            return Err(entry.error("sessionId", "it is of another session"));
        }
        self.session_id = Some(session);
        let response = entry.object("response")?;
        let mut response = entry.required("response", response)?;
        let code = response.number("statusCode")?;
        let code = response.required("statusCode", code)?;
        let status = if code == 200 {
            Status::Succeeded
        } else {
            Status::Failed
        };
        let mut attempt = Attempt::new(id, status);
        attempt.request_id = entry.text("requestId")?;
        attempt.digest = digest(&mut entry)?;
        if let Some(mut body) = response.object("body")? {
            let model = body.text("modelVersionUsed")?;
            self.model_version = model.or(self.model_version.take());
            attempt.add_outcome(body, unknown)?;
        }
        if code != 200 && attempt.error.is_none() {
            attempt.error = Some(AttemptError {
                code: format!("HTTP {code}"),
                message: None,
            });
        }
        keep_rest(response, &["latencyInMilliseconds"], unknown);
        let known = ["clientRequestId", "receivedDateTime", "request"];
        keep_rest(entry, &known, unknown);
        self.attempts.push(attempt);
        Ok(())
    }
}

fn audit_list(
    entries: Vec<Value>,
    unknown: &mut Vec<UnknownField>,
) -> Result<SessionResult, SessionError> {
    let mut result = SessionResult {
        session_id: None,
        status: None,
        model_version: None,
        abuse_monitoring: AbuseMonitoring::Unsaid,
        kind: Compared::NotSaid,
        attempts: Vec::new(),
        unknown: Vec::new(),
        document: Value::Null,
    };
    for entry in Object::all(KIND, "", entries)? {
        result.add_entry(entry, unknown)?;
    }
    Ok(result)
}

fn abuse_finding(
    mut object: Object,
    unknown: &mut Vec<UnknownField>,
) -> Result<AbuseFinding, SessionError> {
    let detected = object.switch("isAbuseDetected")?;
    let abuse = if object.required("isAbuseDetected", detected)? {
        Abuse::Detected
    } else {
        Abuse::NotDetected
    };
    let mut flagged = Vec::new();
    for mut other in object.objects("otherFlaggedSessions")?.unwrap_or_default() {
        flagged.push(FlaggedSession {
            session_id: session_id(&mut other, "sessionId")?,
            attempt_id: attempt_id(&mut other, "attemptId")?,
            session_image_id: other.text("sessionImageId")?,
        });
        keep_rest(other, &[], unknown);
    }
    keep_rest(object, &[], unknown);
    Ok(AbuseFinding { abuse, flagged })
}

fn attempt_error(error: &mut Object) -> Result<AttemptError, SessionError> {
    let code = error.text("code")?;
    Ok(AttemptError {
        code: error.required("code", code)?,
        message: error.text("message")?,
    })
}

fn attempt_id(object: &mut Object, name: &str) -> Result<u64, SessionError> {
    let id = object.number(name)?;
    match object.required(name, id)? {
        0 => Err(object.error(name, "must be 1 or more")),
        id => Ok(id),
    }
}

fn digest(object: &mut Object) -> Result<Option<CallDigest>, SessionError> {
    object
        .text("digest")?
        .map(|text| {
            text.parse()
                .map_err(|error: SessionError| error.at(KIND, object.place("digest")))
        })
        .transpose()
}

/// Keeps what was not taken, but for what is known and has no accessor.
fn keep_rest(object: Object, known: &[&str], unknown: &mut Vec<UnknownField>) {
    let names: Vec<String> = known.iter().map(|name| object.place(name)).collect();
    let rest = object.rest().filter(|(place, _)| !names.contains(place));
    unknown.extend(rest.map(|(place, value)| UnknownField {
        place,
        json: value.to_string(),
    }));
}
