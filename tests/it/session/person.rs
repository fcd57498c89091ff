//! One person in the records.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use tower_visor::session::{
    ApiVersion, OperationMode, Person, Refusal, SessionErrorKind, SessionRecord, SessionRequest,
    SessionVerdict, State, Words,
};

use super::{SESSION, created, id, token};

const NOW: u64 = 1_795_392_000;

fn words(text: &str) -> Words {
    text.parse().unwrap()
}

pub(super) fn record() -> SessionRecord {
    let request = SessionRequest::liveness(ApiVersion::V1_2, OperationMode::Passive, id(1));
    SessionRecord::new(&request, &created(), Some("9a0b"), NOW)
}

fn refusal(code: &str) -> Refusal {
    let body = json!({"error": {"code": code, "message": "no"}}).to_string();
    let mut headers = HeaderMap::new();
    headers.insert("apim-request-id", HeaderValue::from_static("9a0b"));
    Refusal::read(StatusCode::FORBIDDEN, &headers, body.as_bytes(), NOW)
}

#[test]
fn a_person_goes_from_attempt_to_review_to_release() {
    let mut person = Person::new(id(1), NOW);
    assert_eq!(person.state(), &State::Created);
    assert_eq!(person.may_begin(), Ok(id(1)));

    person.began(record()).unwrap();
    assert_eq!(person.state(), &State::Attempted);
    person
        .judged(SESSION, SessionVerdict::Spoof, NOW + 1)
        .unwrap();
    assert_eq!(person.state(), &State::Attempted);
    assert_eq!(person.sessions()[0].verdict(), Some(&SessionVerdict::Spoof));
    assert_eq!(person.sessions()[0].judged_at(), Some(NOW + 1));

    // The service's word alone keeps nobody out; it is kept.
    person.refused(refusal("Forbidden"));
    assert_eq!(person.state(), &State::Refused);
    assert_eq!(person.may_begin(), Ok(id(1)));

    person.began(record()).unwrap();
    person
        .judged(SESSION, SessionVerdict::AbuseDetected, NOW + 2)
        .unwrap();
    let in_review = State::InReview {
        since: NOW + 2,
        reason: words("the service found abuse"),
    };
    assert_eq!(person.state(), &in_review);
    let error = person.may_begin().unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::InReview);
    assert_eq!(
        error.to_string(),
        "person: in review since 1795392002: nothing continues until a human has looked"
    );
    assert_eq!(person.began(record()), Err(error));
    assert_eq!(person.sessions().len(), 2);

    // Nothing gets anybody out but a human.
    person.refused(refusal("Again"));
    person.review(words("later"), NOW + 3);
    person
        .judged(SESSION, SessionVerdict::Live, NOW + 4)
        .unwrap();
    assert_eq!(person.state(), &in_review);
    assert_eq!(person.refusals().len(), 2);

    let release = |person: &mut Person, new_id| {
        person.release(words("M. Okafor"), words("passport"), new_id, NOW + 9)
    };
    let error = release(&mut person, id(1)).unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::CorrelationId);
    assert_eq!(
        error.to_string(),
        "new id: this person has or had it already: generate another"
    );
    release(&mut person, id(2)).unwrap();
    assert_eq!(person.state(), &State::Released);
    assert_eq!(person.may_begin(), Ok(id(2)));
    let kept = &person.reviews()[0];
    assert_eq!(kept.by().as_str(), "M. Okafor");
    assert_eq!(kept.reason().as_str(), "passport");
    assert_eq!(kept.cause().as_str(), "the service found abuse");
    assert_eq!((kept.in_review_since(), kept.at()), (NOW + 2, NOW + 9));
    assert_eq!(kept.old_id(), id(1));

    let error = release(&mut person, id(3)).unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::NotInReview);
    assert_eq!(
        error.to_string(),
        "person: not in review: there is nothing to release"
    );
    // Nor does an old id come back.
    person.review(words("once more"), NOW + 10);
    assert!(release(&mut person, id(1)).is_err());
    assert!(release(&mut person, id(2)).is_err());
    assert!(release(&mut person, id(3)).is_ok());
}

#[test]
fn a_result_of_somebody_else_is_refused() {
    let mut person = Person::new(id(1), NOW);
    let error = person
        .judged(SESSION, SessionVerdict::Live, NOW)
        .unwrap_err();
    assert_eq!(error.kind(), SessionErrorKind::UnknownSession);
    assert_eq!(
        error.to_string(),
        "session: not a session of this person: whose result is it?"
    );
}

#[test]
fn who_and_why_are_never_blank() {
    for text in ["", " ", "\t\n"] {
        let error = text.parse::<Words>().unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Blank);
        assert_eq!(
            error.to_string(),
            "words: blank: the record has to say who, and why"
        );
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Words>(&json).is_err());
    }
    assert_eq!(words(" a b ").as_str(), "a b");
}

#[test]
fn a_person_is_plain_data() {
    let mut person = Person::new(id(1), NOW);
    person.began(record()).unwrap();
    person
        .judged(SESSION, SessionVerdict::Live, NOW + 1)
        .unwrap();
    person.refused(refusal("Forbidden"));
    person.review(words("three refusals"), NOW + 2);
    person
        .release(words("M. Okafor"), words("passport"), id(2), NOW + 3)
        .unwrap();
    let json = serde_json::to_value(&person).unwrap();
    assert_eq!(
        json,
        json!({
            "id": id(2),
            "created": NOW,
            "state": "released",
            "sessions": [{
                "at": NOW,
                "session_id": SESSION,
                "api_path": "/face/v1.2/detectLiveness-sessions",
                "model_version": "2024-11-15",
                "apim_request_id": "9a0b",
                "verdict": {"at": NOW + 1, "verdict": "live"},
            }],
            "refusals": [{
                "at": NOW,
                "status": 403,
                "code": "Forbidden",
                "message": "no",
                "apim_request_id": "9a0b",
            }],
            "reviews": [{
                "in_review_since": NOW + 2,
                "cause": "three refusals",
                "at": NOW + 3,
                "by": "M. Okafor",
                "reason": "passport",
                "old_id": id(1),
            }],
        })
    );
    assert_eq!(
        serde_json::from_value::<Person>(json.clone()).unwrap(),
        person
    );
    // What is in the store is checked as what comes from code.
    for (pointer, value) in [
        ("/id", json!("ada@contoso.example")),
        ("/reviews/0/by", json!(" ")),
        ("/state", json!({"in-review": {"since": 1, "reason": ""}})),
    ] {
        let mut json = json.clone();
        *json.pointer_mut(pointer).unwrap() = value;
        assert!(serde_json::from_value::<Person>(json).is_err(), "{pointer}");
    }
}

#[test]
fn every_refusal_is_kept_whatever_it_is() {
    let read = |body: &[u8]| Refusal::read(StatusCode::BAD_GATEWAY, &HeaderMap::new(), body, NOW);
    let html = read(b"<h1>Bad gateway</h1>");
    assert_eq!((html.status, html.code), (502, None));
    assert_eq!(html.message.as_deref(), Some("<h1>Bad gateway</h1>"));
    assert_eq!(read(b"").message, None);
    assert_eq!(
        read(&[0xff; 3]).message.as_deref(),
        Some("\u{fffd}\u{fffd}\u{fffd}")
    );
    let text = read(br#"{"error": "down"}"#);
    assert_eq!(text.message.as_deref(), Some(r#"{"error": "down"}"#));
    let long = read("no ".repeat(50_000).as_bytes()).message.unwrap();
    assert_eq!(long, format!("{}n...", "no ".repeat(333)));
    let odd = read(br#"{"error": {"code": 7}}"#);
    assert_eq!((odd.code, odd.message), (None, None));

    let told = "see https://x.example/face/v1.2/detectLivenessWithVerify-sessions/\
                5f0f1d0a-7d6c-4a7e-9c1b-0b8a5f1f2c33, key 0123456789abcdef0123456789abcdef";
    assert_eq!(
        read(told.as_bytes()).message.as_deref(),
        Some(&*told.replace("0123456789abcdef0123456789abcdef", "[token]"))
    );
    let secret = token("https://contoso.cognitiveservices.azure.com");
    let told = format!("Bearer {secret} is wrong, and {secret}, too");
    let body = json!({"error": {"code": "Unauthorized", "message": told}}).to_string();
    let masked = "Bearer [token] is wrong, and [token], too";
    assert_eq!(read(body.as_bytes()).message.as_deref(), Some(masked));
    assert_eq!(read(told.as_bytes()).message.as_deref(), Some(masked));
}
