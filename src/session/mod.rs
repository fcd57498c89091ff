//! The backend half: sessions of the Face API, their tokens and results, correlation ids, reviews
//! and abuse reports. These are plain values: nothing here makes a call, reads a clock or keeps a file.
//!
//! Microsoft's "Shared responsibility for Face liveness detection" gives the backend half of its
//! rows; [the manual](crate::docs::responsibility) says row by row who does what.
//!
//! # A check from end to end
//!
//! 1. The page asks the application for a session: a `POST` from the application's own origin, by a
//!    person who is signed in. [`SessionRoutes`](crate::layer::SessionRoutes) admits nothing else,
//!    here and in step 4. The application loads that person's [`Person`] from its store;
//!    [`Person::may_begin`] gives the correlation id, or says that the person is in review.
//! 2. A [`SessionRequest`] is sent to the *policy's* endpoint, by the application's own HTTP client
//!    and with a credential that never gets to the page. An answer that is not 2xx becomes a
//!    [`Refusal`], whatever it is.
//! 3. The answer is a [`CreatedSession`]. [`SessionToken::admitted_by`] checks that the SDK will send
//!    the token to that endpoint; [`Person::began`] keeps the session, and is stored *before* the
//!    token goes to the page.
//! 4. The SDK runs, and the page sends what it was told at the end: a [`ClientReport`].
//! 5. The application fetches the session's [`SessionResult`] from the service, and
//!    [`SessionResult::judge`] gives the [`SessionVerdict`]. The page is told what to do next, never more.
//! 6. [`Person::judged`] keeps it. A human reviews a person whom the service flags, or who was
//!    refused, and releases them with a new id: [`Person::release`]. Abuse goes to Microsoft's
//!    support: [`AbuseReport`].
//!
//! ```
//! use tower_visor::sdk::Endpoint;
//! use tower_visor::session::{
//!     ApiVersion, ClientReport, CorrelationId, CreatedSession, OperationMode, Person,
//!     SessionRecord, SessionRequest, SessionResult, SessionVerdict,
//! };
//!
//! # fn send(_: &str, _: &str) -> String {
//! #     use base64::Engine as _;
//! #     use base64::engine::general_purpose::URL_SAFE_NO_PAD;
//! #     let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
//! #     let claims = part(
//! #         r#"{"face": "{\"endpoint\": \"https://contoso.cognitiveservices.azure.com\"}",
//! #             "allowed-paths": "[{\"path\": \"face/v1.2/session/start\"}]"}"#,
//! #     );
//! #     let token = format!("{}.{claims}.c2lnbmF0dXJl", part(r#"{"alg": "ES256"}"#));
//! #     format!(r#"{{"sessionId": "5f0f1d0a-7d6c", "authToken": "{token}", "status": "NotStarted"}}"#)
//! # }
//! # fn fetch(_: &str) -> String {
//! #     r#"{"sessionId": "5f0f1d0a-7d6c", "status": "Succeeded", "results": {"attempts": [
//! #         {"attemptId": 1, "attemptStatus": "Succeeded", "result": {
//! #             "livenessDecision": "realface",
//! #             "digest": "B0A803BB7B26F3C8F29CD36030F8E63ED3FAF955FEEF8E01C88AB8FD89CCF761"}}
//! #     ]}}"#.to_owned()
//! # }
//! # let (now, later) = (1_795_392_000, 1_795_392_090);
//! # let sent = r#"{"digest": "b0a803bb7b26f3c8f29cd36030f8e63ed3faf955feef8e01c88ab8fd89ccf761"}"#;
//! # let mut person = Person::new(CorrelationId::from_random_bytes([7; 16]), now);
//! let endpoint = Endpoint::resource("contoso")?; // policy.liveness_page()'s
//! let id = person.may_begin()?;
//! let request = SessionRequest::liveness(ApiVersion::V1_2, OperationMode::PassiveActive, id);
//! let answer = send(&request.url(&endpoint), &request.to_json());
//!
//! let session = CreatedSession::from_json(answer.as_bytes())?;
//! session.token().admitted_by(&endpoint)?;
//! person.began(SessionRecord::new(&request, &session, None, now))?;
//! // Store `person`, then answer the page with `session.token().expose()`.
//!
//! let report = ClientReport::from_json(sent.as_bytes())?;
//! let result = SessionResult::from_json(fetch(session.id()).as_bytes())?;
//! let verdict = result.judge(&report);
//! person.judged(session.id(), verdict.clone(), later)?;
//! assert_eq!(verdict, SessionVerdict::Live);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Traps
//!
//! * **The token is a bearer token, and is not verified here.** There is no published key. It is
//!   read to see where it leads. It never goes into an address, a log or a store: only
//!   [`SessionToken::expose`] gives it.
//! * **The answer with the result repeats the token.** [`SessionResult`] leaves it out.
//! * **Attempts come in any order.** In the specification's own example the second comes first,
//!   and the session's `status` is `NotStarted` nevertheless.
//! * **`realface` is not "let them in".** The digests have to agree, and if a picture was given,
//!   `isIdentical` has to be true: the specification's example has `realface` and `false`.
//!   [`SessionVerdict::Live`] is both.
//! * **A correlation id is neither new for each session nor the person's own identifier.** The
//!   first defeats the service's monitoring, the second can't be replaced after a review.
//! * **Which code says that an id is flagged is not documented.** So every refusal is kept.
//!
//! # Microsoft's documentation
//!
//! "Tutorial: Detect liveness in faces", "Shared responsibility for Face liveness detection",
//! "Abuse monitoring in Face liveness detection", and the REST reference of the Face API, versions
//! v1.2 and v1.3-preview.1, all on learn.microsoft.com.

mod abuse;
mod correlation;
mod created;
mod digest;
mod error;
mod fields;
mod json;
mod judge;
mod person;
mod record;
mod refusal;
mod request;
mod request_read;
mod result;
mod result_read;
mod token;
mod version;
mod words;

pub use abuse::AbuseReport;
pub use correlation::CorrelationId;
pub use created::{AbuseMonitoring, CreatedSession};
pub use digest::CallDigest;
pub use error::{SessionError, SessionErrorKind};
pub use judge::{ClientReport, SessionVerdict, Side};
pub use person::{Person, Review, SessionRecord, State};
pub use record::Words;
pub use refusal::Refusal;
pub use request::{DangerousRequest, SessionImage, SessionRequest, VerifyImageHash};
pub use result::{
    Abuse, AbuseFinding, Attempt, AttemptError, FaceComparison, FlaggedSession, SameFace,
    SessionResult, UnknownField,
};
pub use token::SessionToken;
pub use version::{ApiVersion, OperationMode, SessionKind};
pub use words::{Decision, Status};
