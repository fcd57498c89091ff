//! An endpoint for reports that everybody posts to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tower::ServiceExt as _;
use tower_visor::pins::Pins;
use tower_visor::reports::{Collector, CollectorLimits, KnownScripts, ReportVerdict};
use tower_visor::site::NotFound;

use crate::memory::{at_rest, live, resident};
use crate::server::Server;
use crate::{alone, duration};

const ORIGIN: &str = "https://liveness.contoso.example";
const A_SECOND: u64 = 1_000;
const CONNECTIONS: u64 = 50;

/// What may stay beyond the first round: buffers that the runtime keeps for later.
const KEPT: usize = 256 * 1024;

fn known() -> KnownScripts {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    KnownScripts::new(ORIGIN.parse().unwrap(), &Pins::scan(folder).unwrap())
}

/// The nth body that somebody makes up: another URL, page and digest each time.
fn forged(n: u64) -> String {
    let kind = [
        "csp-violation",
        "csp-hash",
        "visor-refused",
        "coep",
        "crash",
        "integrity-violation",
    ][usize::try_from(n % 6).unwrap()];
    json!([{"type": kind, "url": format!("{ORIGIN}/{n}"), "body": {
        "blockedURL": format!("https://evil.example/{n}/{}", "x".repeat(1_000)),
        "subresourceURL": format!("{ORIGIN}/facelivenessdetector-assets/{n}.js"),
        "url": format!("/{n}"), "reason": "changed", "effectiveDirective": "script-src",
        "sourceFile": format!("https://evil.example/source-{n}.js"),
    }}])
    .to_string()
}

/// Something that is no report, or too much of one.
fn hostile(n: usize) -> Vec<u8> {
    let report = forged(n as u64).into_bytes();
    let cut = report.len() * (n % 97) / 97;
    match n % 10 {
        0 => report[..cut].to_vec(),
        1 => "[".repeat(n % 5_000).into_bytes(),
        2 => (0..n % 2_000).map(|i| u8::try_from((i * 31 + n) % 256).unwrap()).collect(),
        3 => format!("[{}]", vec!["{\"type\":\"csp-violation\"}"; 400].join(",")).into_bytes(),
        4 => format!("{{\"type\":\"{}\"}}", "\\u0000".repeat(n % 500)).into_bytes(),
        5 => format!("{{\"csp-report\":{{\"blocked-uri\":\"https://{}/\"}}}}", "a.".repeat(n % 5_000)).into_bytes(),
        6 => format!("{{\"type\":\"csp-hash\",\"body\":{{\"hash\":\"sha384-{}\",\"subresourceURL\":\"//\u{202e}%zz%\"}}}}", "A".repeat(n % 900)).into_bytes(),
        7 => format!("[1e999,{}]", "-0,".repeat(n % 100) + "0").into_bytes(),
        8 => vec![b' '; (n % 40) * 10_000],
        _ => {
            let mut report = report;
            let place = n % report.len();
            report[place] = u8::try_from(n % 256).unwrap();
            report
        }
    }
}

#[test]
fn ten_thousand_hostile_bodies_are_answered_and_not_kept() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let time = Arc::new(AtomicU64::new(1));
    let clock = Arc::clone(&time);
    let collector = Collector::builder()
        .scripts(known())
        .clock(move || clock.load(Ordering::Relaxed))
        .build();
    let app = collector.around(NotFound);
    let round = || {
        let mut answers = [0; 6];
        for n in 0..10_000 {
            // Each from its own address, so that no quota is in the way of the reader.
            let peer = SocketAddr::from((u32::try_from(n).unwrap().to_be_bytes(), 1));
            let kind = ["application/reports+json", "application/csp-report"][n % 2];
            let mut request = Request::post("/reports")
                .header("content-type", kind)
                .body(Full::<Bytes>::from(hostile(n)))
                .unwrap();
            request.extensions_mut().insert(peer);
            let answer = runtime.block_on(app.clone().oneshot(request)).unwrap();
            answers[usize::from(answer.status().as_u16() / 100)] += 1;
            assert!([204, 400, 413].contains(&answer.status().as_u16()), "{n}");
        }
        time.fetch_add(60, Ordering::Relaxed);
        answers
    };
    let first = round();
    // Some are reports.
    assert!(first[2] > 1_000 && first[4] > 1_000, "{first:?}");
    let before = live();
    for _ in 0..3 {
        round();
    }
    let after = live();
    assert!(
        after <= before + KEPT,
        "{before} bytes were live, now {after}"
    );
}

/// One connection that posts so often.
async fn post(server: SocketAddr, number: u64, count: Arc<AtomicU64>, until: Instant) {
    let io = TokioIo::new(TcpStream::connect(server).await.unwrap());
    let (mut sender, connection) = http1::handshake(io).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut ticks = tokio::time::interval(Duration::from_millis(1_000 * CONNECTIONS / A_SECOND));
    let mut n = number;
    while Instant::now() < until {
        ticks.tick().await;
        let request = Request::post("/reports")
            .header("host", "127.0.0.1")
            .header("content-type", "application/reports+json")
            .body(Full::<Bytes>::from(forged(n)))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 204);
        answer.into_body().collect().await.unwrap();
        count.fetch_add(1, Ordering::Relaxed);
        n += CONNECTIONS;
    }
    drop(sender);
    drop(connection.await);
}

#[test]
fn a_thousand_reports_a_second_take_no_more_memory_than_a_thousand() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // As if each came from another address: all that a flood can fill is filled. A minute lasts for
        // 20,000 requests, so that it ends a few times.
        let peers = AtomicUsize::new(0);
        let requests = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&requests);
        let collector = Collector::builder()
            .scripts(known())
            .limits(CollectorLimits::new().reports(15_000).senders(5_000))
            .sender(move |_| {
                let peer = u32::try_from(peers.fetch_add(1, Ordering::Relaxed)).unwrap();
                Some(IpAddr::from(peer.to_be_bytes()))
            })
            .clock(move || clock.load(Ordering::Relaxed) * 60 / 20_000)
            .build();
        let server = Server::start(collector.around(NotFound)).await;
        let load = async |time: Duration| {
            let until = Instant::now() + time;
            let mut clients = tokio::task::JoinSet::new();
            for number in 0..CONNECTIONS {
                clients.spawn(post(server.address(), number, Arc::clone(&requests), until));
            }
            while let Some(client) = clients.join_next().await {
                client.expect("a client without a fault");
            }
        };
        let time = duration() / 2;
        load(time / 2).await;
        let before = at_rest().await;
        let [first, resident_before] = [requests.load(Ordering::Relaxed), resident().unwrap_or(0) as u64];
        load(time).await;
        let after = at_rest().await;
        let snapshot = collector.snapshot();
        eprintln!(
            "{} requests, {} of them in {time:?}: live bytes at rest {before} then {after}; resident {resident_before} then {}; {} groups, dropped {:?}",
            requests.load(Ordering::Relaxed),
            requests.load(Ordering::Relaxed) - first,
            resident().unwrap_or(0),
            snapshot.groups.len(),
            snapshot.dropped,
        );
        assert!(snapshot.groups.len() <= 6 * 256, "{}", snapshot.groups.len());
        let open = snapshot.groups.iter().filter(|group| group.verdict() == ReportVerdict::Open);
        assert!(open.count() >= 256);
        // Groups differ in length, and windows in the number of their senders.
        assert!(after <= before + 1024 * 1024, "{before} bytes were live, now {after}");
    });
}
