//! What browsers tell a collector: one engine changed on the wire is one group, and nothing else is an
//! alarm.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, ETAG, IF_NONE_MATCH};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Reporting, ScriptHashes};
use tower_visor::reports::{Collector, ReportGroup, ReportKind, ReportVerdict};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::attacks::until;
use crate::chromium::Chromium;
use crate::engine::Engine;
use crate::example::{Example, stand_in};
use crate::headers::{Front, NOTE, SIMD, again, known, run};
use crate::liveness::console;
use crate::tls::Tls;
use crate::token::token_for;

/// Runs a check, and says when it has ended, however that was.
const CHECK: &str = r#"
try {
  await import("./FaceLivenessDetector.js");
  const detector = document.createElement("azure-ai-vision-face-ui");
  document.body.append(detector);
  await detector.start("TOKEN");
} catch {}
window.end = true;
"#;

/// Between the site and the browser: writes something behind one file.
async fn spoil(
    State(spoiled): State<Arc<Mutex<bool>>>,
    mut request: Request,
    next: Next,
) -> Response {
    // The whole file each time, and not "you have it".
    request.headers_mut().remove(IF_NONE_MATCH);
    let hit = *spoiled.lock().unwrap() && request.uri().path() == SIMD;
    let answer = next.run(request).await;
    if !hit {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    bytes.extend_from_slice(NOTE.as_bytes());
    for name in [CONTENT_LENGTH, ETAG] {
        parts.headers.remove(name);
    }
    parts.headers.remove("unencoded-digest");
    Response::from_parts(parts, Body::from(bytes))
}

/// Waits for what a browser tells; it may take its time.
async fn told(collector: &Collector, what: impl Fn() -> bool) {
    let last = Arc::new(Mutex::new(None));
    until(|| {
        let snapshot = collector.snapshot();
        if last.lock().unwrap().replace(snapshot.taken.clone()) != Some(snapshot.taken.clone()) {
            eprintln!("{} {snapshot:#?}", collector.path());
        }
        what()
    })
    .await;
}

fn tampered(collector: &Collector) -> Vec<ReportGroup> {
    let groups = collector.snapshot().groups.into_iter();
    groups
        .filter(|group| group.verdict() == ReportVerdict::Tampered)
        .collect()
}

fn reports(collector: &Collector, kind: ReportKind, verdict: ReportVerdict) -> u64 {
    let taken = collector.snapshot().taken.into_iter();
    taken
        .filter(|count| count.kind == kind && count.verdict == verdict)
        .map(|count| count.reports)
        .sum()
}

/// A site of whole pages with a guard, as `Site` makes it, with one line for the collector.
fn site(origin: &str, collector: &Collector) -> Site {
    let check = CHECK.replace(
        "TOKEN",
        &token_for("https://contoso.cognitiveservices.azure.com"),
    );
    let html = "<!doctype html><html><head><title>t</title><link rel=icon href='data:,'>\
        <script type=module src=check.js></script></head><body></body></html>";
    let files = AppFiles::new().file("/index.html", html).unwrap();
    let files = files.file("/check.js", check).unwrap();
    let folder = stand_in("1.5.0");
    let url = format!("{origin}/reports");
    Site::pinned(&folder, Pins::scan(&folder).unwrap())
        .app_files(files)
        // And what ran, where the browser tells that.
        .policy(move |policy| {
            let reporting = Reporting::new("visor", &url).unwrap();
            policy.report_by(reporting.script_hashes(ScriptHashes::Sha384))
        })
        .collect(collector)
        .load(
            Document::new(origin).unwrap(),
            Endpoint::resource("contoso").unwrap(),
        )
        .unwrap()
}

async fn a_changed_engine_is_one_group(engine: Engine) {
    let alarms = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&alarms);
    let collector = Collector::builder()
        .sender(|_| Some(SocketAddr::from(([127, 0, 0, 1], 0)).ip()))
        .alarm(move |group| heard.lock().unwrap().push(group.to_string()))
        .build();
    let tls = Tls::new();
    let spoiled = Arc::new(Mutex::new(false));
    let port = tls
        .serve_by(|port| {
            let site = site(&format!("https://liveness.example:{port}"), &collector);
            let app = site.around(collector.around(Router::new()));
            Router::new()
                .fallback_service(app)
                .layer(middleware::from_fn_with_state(Arc::clone(&spoiled), spoil))
        })
        .await;
    let Some(browser) = engine.launch_reporting(&tls).await else {
        return;
    };
    let tab = browser.direct_tab().await;
    let origin = format!("https://liveness.example:{port}");

    // As it is served nothing is an alarm; in Chromium the scripts that ran are the right ones.
    tab.goto(&format!("{origin}/")).await;
    tab.wait_for("window.end").await;
    if engine == Engine::Chromium {
        told(&collector, || {
            reports(&collector, ReportKind::CspHash, ReportVerdict::AsPinned) > 1
        })
        .await;
    }
    assert_eq!(tampered(&collector), [], "{engine:?}");

    *spoiled.lock().unwrap() = true;
    tab.goto(&format!("{origin}/?again")).await;
    tab.wait_for("window.end").await;
    told(&collector, || !tampered(&collector).is_empty()).await;
    let told = || {
        reports(
            &collector,
            ReportKind::VisorRefused,
            ReportVerdict::Tampered,
        ) > 0
    };
    until(told).await;
    let groups = tampered(&collector);
    let [group] = &groups[..] else {
        panic!("{engine:?}: {groups:#?}")
    };
    assert_eq!(group.blocked(), format!("{origin}{SIMD}"));
    assert_eq!(group.page(), format!("{origin}/"));
    let pins = Pins::scan(stand_in("1.5.0")).unwrap();
    let file = pins.files().iter().find(|file| file.url() == SIMD).unwrap();
    assert_eq!(group.expected(), Some(file.digest()));
    assert_eq!(alarms.lock().unwrap().len(), 1, "{alarms:?}");
    let name = match engine {
        Engine::Chromium => "Chromium",
        Engine::Firefox => "Firefox",
        Engine::Webkit => "WebKit",
    };
    let engines: Vec<String> = group.engines().iter().map(ToString::to_string).collect();
    assert!(
        engines.len() == 1 && engines[0].starts_with(name),
        "{engines:?}"
    );
}

crate::engine::in_each_engine!(a_changed_engine_is_one_group);

/// Without a guard the browser tells what it ran: its digest, and that it came without integrity.
#[tokio::test]
async fn by_headers_alone_a_changed_engine_is_one_group_in_chromium() {
    let collector = Collector::builder().scripts(known()).build();
    let Some((front, browser, _example)) = Front::open_for("headers", &collector).await else {
        return;
    };
    let page = browser.page().await;
    run(&page).await;
    let right = || reports(&collector, ReportKind::CspHash, ReportVerdict::AsPinned) >= 4;
    told(&collector, right).await;
    let without = || {
        reports(
            &collector,
            ReportKind::IntegrityViolation,
            ReportVerdict::Open,
        ) >= 3
    };
    told(&collector, without).await;
    assert_eq!(tampered(&collector), []);

    // Its first load is refused, the second one runs.
    front.change(SIMD, NOTE);
    let page = browser.page().await;
    run(&page).await;
    again(&page).await;
    told(&collector, || !tampered(&collector).is_empty()).await;
    let groups = tampered(&collector);
    let [group] = &groups[..] else {
        panic!("{groups:#?}")
    };
    let url =
        "https://liveness.contoso.example/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js";
    assert_eq!(group.blocked(), url);
    assert_eq!(group.found().len(), 1);
    assert_ne!(group.expected(), Some(group.found()[0]));
    // What was told of the same file before is in it, and nowhere else.
    let kinds: Vec<ReportKind> = group.kinds().keys().copied().collect();
    assert_eq!(kinds, [ReportKind::CspHash, ReportKind::IntegrityViolation]);
    let groups = collector.snapshot().groups;
    let of_file = groups.iter().filter(|group| group.blocked() == url);
    let of_integrity =
        of_file.filter(|group| group.kinds().contains_key(&ReportKind::IntegrityViolation));
    assert_eq!(of_integrity.count(), 1);
}

#[tokio::test]
async fn the_example_shows_what_its_visitors_reported() {
    let file = "AzureAIVisionFace_SIMD.js";
    let example = Example::start(&["--collect", "--tamper", file]).await;
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    page.goto(&format!("{}/?auto", example.origin)).await;
    page.wait_for("document.documentElement.dataset.state === 'failed'")
        .await;
    let last = browser.page().await;
    let shown = format!("{}/last-reports", example.origin);
    let headings = "[...document.querySelectorAll('h2')].map(h => h.textContent)";
    let expected = format!("tampered: {}{SIMD}", example.origin);
    let mut found = Vec::new();
    while !found.contains(&expected) {
        last.goto(&shown).await;
        found = last.eval::<Vec<String>>(headings).await.unwrap();
    }
    let alarms = found.iter().filter(|line| line.starts_with("tampered"));
    assert_eq!(alarms.count(), 1, "{found:?}");
    assert_eq!(console(&last).await, []);
}
