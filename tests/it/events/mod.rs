//! What is told by `tracing`: each event as the manual says, and no secret in any.

pub(crate) mod capture;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use futures_util::FutureExt as _;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_visor::assets::PinnedAssets;
use tower_visor::layer::{RequireHttps, SessionRoutes};
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Policy};
use tower_visor::reports::{BrowserEngine, Collector, CollectorLimits, KnownScripts, ReportBody};
use tower_visor::session::{
    ApiVersion, CorrelationId, CreatedSession, OperationMode, Person, Refusal, SessionRecord,
    SessionRequest, SessionVerdict, Side,
};
use tower_visor::sri::{Algorithm, Digest};

use crate::session::{SESSION, created, hex, id};
use crate::support::{pins, sdk};
use capture::{Ear, Told};

type Body = Full<bytes::Bytes>;

/// The rows of the manual's table of events: name, level, fields.
fn manual() -> Vec<(String, String, Vec<String>)> {
    let text = include_str!("../../../docs/events.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|line| line.trim_matches('|').split('|').collect::<Vec<_>>());
    rows.filter(|cells| cells.len() == 4)
        .map(|cells| {
            let plain = |cell: &str| cell.replace('`', "").trim().to_owned();
            let fields = cells[2].split(',').map(plain).collect();
            (plain(cells[0]), plain(cells[1]), fields)
        })
        .collect()
}

fn began(person: &mut Person, session: &CreatedSession, apim: Option<&str>) {
    let request = SessionRequest::liveness(ApiVersion::V1_2, OperationMode::Passive, person.id());
    let record = SessionRecord::new(&request, session, apim, 1);
    person.began(record).unwrap();
}

fn refusal(code: &str, apim: &str) -> Refusal {
    let body = serde_json::json!({"error": {"code": code, "message": "m"}}).to_string();
    let mut headers = http::HeaderMap::new();
    headers.insert("apim-request-id", apim.parse().unwrap());
    Refusal::read(StatusCode::FORBIDDEN, &headers, body.as_bytes(), 1)
}

fn policy() -> Policy {
    Policy::document(Document::new("https://www.contoso.example").unwrap())
}

async fn inside<B>(_: Request<B>) -> Result<Response<Body>, std::convert::Infallible> {
    Ok(Response::new(Body::default()))
}

/// A request that both layers refuse.
async fn refused(uri: &str) {
    let request = || {
        let request = Request::post(uri).header("origin", "https://evil.example");
        let request = request.header("cookie", uri).header("authorization", uri);
        request.body(Body::from(uri.to_owned())).unwrap()
    };
    let routes = SessionRoutes::new(&policy()).unwrap();
    let routes = routes.layer(service_fn(inside));
    routes.oneshot(request()).await.unwrap();
    let https = RequireHttps::new(&policy()).unwrap();
    let https = https.layer(service_fn(inside));
    https.oneshot(request()).await.unwrap();
}

/// A version that can't take the place of the one that is served: it lies elsewhere.
fn reloads(assets: &PinnedAssets, here: &Pins) {
    let folder = sdk("1.5.0");
    assets.reload(&here.verify(&folder).unwrap()).unwrap();
    let elsewhere = pins("/elsewhere/");
    let error = assets.reload(&elsewhere.verify(&folder).unwrap());
    error.unwrap_err();
}

/// A changed script, a violation, and one report too many.
fn reports() {
    let at = "https://liveness.contoso.example";
    let known = KnownScripts::new(at.parse().unwrap(), &pins("/"));
    let time = Arc::new(AtomicU64::new(1_000));
    let clock = Arc::clone(&time);
    let collector = Collector::builder()
        .scripts(known)
        .limits(CollectorLimits::new().reports(2))
        .clock(move || clock.load(Ordering::Relaxed))
        .build();
    let send = |report: &Value| {
        let body = ReportBody::read(report.to_string().as_bytes()).unwrap();
        collector.collect(body, None, BrowserEngine::of("x"));
    };
    let page = format!("{at}/check/b12e033e-bda7-4b83-a211-e721c661f30e?token=x");
    let file = format!("{at}/FaceLivenessDetector.js");
    let hash = Digest::of(Algorithm::Sha384, b"evil").to_string();
    send(&json!({"type": "csp-hash", "url": page, "body": {"subresourceURL": file, "hash": hash}}));
    let violation = json!({"csp-report": {"document-uri": at, "disposition": "enforce",
        "blocked-uri": "https://evil.example/x.js?a", "violated-directive": "script-src 'none'"}});
    send(&violation);
    send(&violation);
    time.fetch_add(60, Ordering::Relaxed);
    send(&violation);
}

#[tokio::test]
async fn each_event_is_in_the_manual_and_the_other_way_round() {
    let (ear, _guard) = Ear::open();
    let mut person = Person::new(id(7), 1);
    began(&mut person, &created(), Some("9a0b"));
    person.judged(SESSION, SessionVerdict::Live, 2).unwrap();
    person.refused(refusal("InvalidTokenLifetime", "9a0c"));
    refused("/session").await;
    let here = pins("/sdk/");
    let assets = PinnedAssets::new(&here.verify(sdk("1.5.0")).unwrap()).unwrap();
    for path in ["/sdk/missing.js?x=y", "/sdk/FaceLivenessDetector.js"] {
        assets.respond(&Request::get(path).body(()).unwrap());
    }
    reloads(&assets, &here);

    reports();

    let told = ear.take();
    let mut expected = manual();
    let of = |told: &Told| {
        let fields = told.fields.iter().map(|(name, _)| name.clone()).collect();
        (told.name.clone(), told.level.clone(), fields)
    };
    let mut found: Vec<_> = told.iter().map(of).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert!(told.iter().all(|told| told.target == "tower_visor"));

    let lines: Vec<String> = told.iter().map(Told::line).collect();
    let correlation = id(7).hashed();
    let at = "https://liveness.contoso.example";
    let expected = here.file("FaceLivenessDetector.js").unwrap().digest();
    let found = Digest::of(Algorithm::Sha384, b"evil");
    let refused = &lines[7];
    assert_eq!(
        lines,
        [
            format!(
                "INFO session created session={SESSION} path=/face/v1.2/detectLiveness-sessions \
                 model=2024-11-15 apim_request_id=9a0b correlation={correlation}"
            ),
            format!("INFO result judged session={SESSION} verdict=live correlation={correlation}"),
            format!(
                "WARN call refused status=403 code=InvalidTokenLifetime apim_request_id=9a0c \
                 correlation={correlation}"
            ),
            "WARN request refused layer=SessionRoutes reason=NoMetadata status=403".into(),
            "INFO request refused layer=RequireHttps reason=NoPeer status=403".into(),
            "INFO file refused path=/sdk/missing.js".into(),
            "INFO reloaded service=assets".into(),
            refused.clone(),
            format!(
                "WARN tampering reported blocked={at}/FaceLivenessDetector.js expected={expected} \
                 found={found} page={at}/check/[cut] disposition=unsaid"
            ),
            format!(
                "INFO violation reported verdict=open kind=csp-violation directive=script-src \
                 blocked=https://evil.example/x.js source= page={at}/ disposition=enforce"
            ),
            "WARN reports dropped reports=1".into(),
        ]
    );
    let start = "WARN reload refused service=assets faults=1 first=";
    assert!(
        refused.starts_with(start) && refused.contains("/elsewhere/"),
        "{refused}"
    );
}

#[test]
fn a_verdict_is_called_as_in_json() {
    let text = || "x".to_owned();
    for verdict in [
        SessionVerdict::Live,
        SessionVerdict::Spoof,
        SessionVerdict::Uncertain,
        SessionVerdict::AnotherFace,
        SessionVerdict::AbuseDetected,
        SessionVerdict::DigestDiffers,
        SessionVerdict::DigestMissing(Side::Client),
        SessionVerdict::Pending,
        SessionVerdict::Failed { code: text() },
        SessionVerdict::Unknown {
            field: text(),
            word: None,
        },
    ] {
        let json = serde_json::to_value(&verdict).unwrap();
        let name = match &json {
            Value::Object(object) => object.keys().next().unwrap(),
            name => name.as_str().unwrap(),
        };
        let (ear, _guard) = Ear::open();
        let mut person = Person::new(id(7), 1);
        began(&mut person, &created(), None);
        person.judged(SESSION, verdict, 2).unwrap();
        let [began, judged] = &ear.lines()[..] else {
            panic!("two events")
        };
        assert!(!began.contains("apim_request_id"), "{began}");
        assert!(judged.contains(&format!("verdict={name} ")), "{judged}");
        let manual = include_str!("../../../docs/events.md");
        assert!(manual.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn a_correlation_id_is_hashed_as_the_manual_says() {
    let id: CorrelationId = "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
    let mut bytes = b"tower-visor correlation id\0".to_vec();
    bytes.extend(id.as_bytes());
    let digest = Digest::of(Algorithm::Sha256, &bytes);
    let digits = hex(&digest.as_bytes()[..8]);
    assert_eq!(id.hashed(), digits);
    assert!(!id.to_string().replace('-', "").contains(&digits));
}

static ASSETS: LazyLock<PinnedAssets> = LazyLock::new(|| {
    let pins = pins("/sdk/");
    PinnedAssets::new(&pins.verify(sdk("1.5.0")).unwrap()).unwrap()
});

/// Everything that is told when a token, or anything else, is wherever somebody could put it.
pub(crate) fn told_of(text: &str, session: Option<&CreatedSession>) -> String {
    let (ear, _guard) = Ear::open();
    let mut person = Person::new(id(1), 1);
    if let Some(session) = session {
        began(&mut person, session, Some(text));
        let failed = SessionVerdict::Failed { code: text.into() };
        let unknown = SessionVerdict::Unknown {
            field: text.into(),
            word: Some(text.into()),
        };
        for verdict in [failed, unknown] {
            person.judged(session.id(), verdict, 2).unwrap();
        }
    }
    person.refused(refusal(text, text));
    let paths = [
        format!("/sdk/{text}"),
        format!("/sdk/a.js?token={text}"),
        format!("/sdk/x-{text}.js"),
        format!("/{text}/b.js"),
    ];
    for path in paths {
        ASSETS.respond(&Request::get(&path).body(()).unwrap());
        // Nothing in it waits.
        refused(&path).now_or_never().unwrap();
    }
    let mut lines = ear.lines();
    assert!(lines.len() > 8, "{lines:?}");
    // Most are alike.
    lines.sort();
    lines.dedup();
    lines.join("\n")
}
