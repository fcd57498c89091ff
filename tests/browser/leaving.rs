//! Every way out of a page, in each engine: whether anything arrives at a server that the page's
//! policy doesn't name.
//!
//! The table is that of `docs/leaving.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{Html, Response};
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::connection::PATIENCE;
use crate::engine::{Browser, Engine, Tab, in_each_engine};
use crate::example::stand_in;

in_each_engine!(what_leaves_the_page);

/// Whether something arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// From a bare page, and not from ours.
    Stopped,
    /// From ours, too.
    Arrives,
    /// Not even from a bare page, so that nothing is known.
    NotProven,
    /// From ours, as it is meant to.
    Named,
}
use Outcome::{Arrives, Named, NotProven, Stopped};

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stopped => "stopped",
            Arrives => "**arrives**",
            NotProven => "not proven",
            Named => "arrives",
        })
    }
}

/// What a way needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The page may be gone afterwards: each gets one of its own.
    Leaves,
    /// The page stays.
    Stays,
    /// As those that stay; what arrives is a packet of STUN.
    Packet,
    /// A page that may open windows.
    Window,
    /// Such a page, and a packet.
    WindowPacket,
}
use Kind::{Leaves, Packet, Stays, Window, WindowPacket};

/// A way, and what came of it in Chromium, in Chromium without `Connection-Allowlist`, in Firefox and in
/// WebKit.
const WAYS: &[(&str, Kind, [Outcome; 4])] = &[
    (
        "navigation by script",
        Leaves,
        [Stopped, Stopped, Stopped, Arrives],
    ),
    (
        "navigation by a link",
        Leaves,
        [Stopped, Stopped, Stopped, Arrives],
    ),
    ("navigation by a form", Leaves, [Stopped; 4]),
    (
        "navigation by meta refresh",
        Leaves,
        [Stopped, Stopped, Stopped, Arrives],
    ),
    (
        "navigation by a frame's script",
        Leaves,
        [Stopped, Stopped, Stopped, Arrives],
    ),
    (
        "window.open, into the page's own window",
        Leaves,
        [Stopped, Stopped, Stopped, Arrives],
    ),
    ("window.open", Leaves, [Stopped; 4]),
    ("beacon", Stays, [Stopped; 4]),
    ("fetch", Stays, [Stopped; 4]),
    ("fetch of a frame", Stays, [Stopped; 4]),
    ("image", Stays, [Stopped; 4]),
    ("preconnect", Stays, [Stopped, Arrives, Arrives, Arrives]),
    ("dns-prefetch", Stays, [NotProven; 4]),
    (
        "prefetch by a link",
        Stays,
        [Stopped, Stopped, Stopped, NotProven],
    ),
    (
        "prefetch by speculation rules",
        Stays,
        [Stopped, Stopped, NotProven, NotProven],
    ),
    ("WebSocket", Stays, [Stopped; 4]),
    ("EventSource", Stays, [Stopped; 4]),
    ("WebRTC", Packet, [Stopped, Stopped, Stopped, NotProven]),
    (
        "WebRTC of a blank frame",
        Packet,
        [Stopped, Arrives, Arrives, NotProven],
    ),
    (
        "WebRTC of a srcdoc frame",
        Packet,
        [Stopped, Arrives, Arrives, NotProven],
    ),
    ("CSS url()", Stays, [Stopped; 4]),
    ("ping", Stays, [Stopped, Stopped, NotProven, Stopped]),
    ("service worker", Stays, [Stopped; 4]),
    (
        "window.open, allowed",
        Window,
        [Stopped, Arrives, Arrives, Arrives],
    ),
    (
        "a blank window's navigation",
        Window,
        [Stopped, Arrives, Arrives, Arrives],
    ),
    (
        "WebRTC of a blank window",
        WindowPacket,
        [Stopped, Arrives, Arrives, NotProven],
    ),
    ("navigation to a named origin", Leaves, [Named; 4]),
];

/// Servers that count what comes to them: one for each way, so that each arrival has a name.
struct Foreign {
    counts: BTreeMap<&'static str, (Arc<AtomicUsize>, String)>,
}

impl Foreign {
    async fn start() -> Self {
        let mut counts = BTreeMap::new();
        for (name, kind, _) in WAYS {
            let count = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&count);
            let url = if matches!(kind, Packet | WindowPacket) {
                let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
                let port = socket.local_addr().unwrap().port();
                tokio::spawn(async move {
                    let mut packet = [0; 1500];
                    while socket.recv_from(&mut packet).await.is_ok() {
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                });
                format!("stun:127.0.0.1:{port}")
            } else {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                tokio::spawn(async move {
                    while let Ok((mut stream, _)) = listener.accept().await {
                        // A connection is an arrival; what is asked for is answered.
                        seen.fetch_add(1, Ordering::Relaxed);
                        tokio::spawn(async move {
                            let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\nconnection: close\r\n\r\n<title>there</title>";
                            if stream.read(&mut [0; 4096]).await.is_ok_and(|n| n > 0) {
                                let _ = stream.write_all(answer.as_bytes()).await;
                            }
                        });
                    }
                });
                format!("http://{address}/?token")
            };
            counts.insert(*name, (count, url));
        }
        Self { counts }
    }

    fn url(&self, name: &str) -> &str {
        &self.counts[name].1
    }

    /// The ways by which something has come.
    fn arrived(&self) -> Vec<&'static str> {
        let counts = self.counts.iter();
        let some = counts.filter(|(_, (count, _))| count.load(Ordering::Relaxed) > 0);
        some.map(|(name, _)| *name).collect()
    }

    /// Waits until all of these have come, which the test then finds or doesn't; and a while longer
    /// for what mustn't.
    async fn settle(&self, expected: &[&str], longer: Duration) {
        let all = async {
            while !expected.iter().all(|name| self.arrived().contains(name)) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all).await;
        tokio::time::sleep(longer).await;
    }
}

const HTML: &str = "<!doctype html><link rel=icon href='data:,'><title>t</title><script type=module src=leaving.js></script><body>";
const WORKER: &str = "addEventListener('install', (event) => event.waitUntil(fetch(decodeURIComponent(location.search.slice(1)), { mode: 'no-cors' })))";

/// The script of a service worker, which sends what it was given.
fn worker() -> Router {
    let worker = || async { ([(CONTENT_TYPE, "text/javascript")], WORKER) };
    Router::new().route("/sw.js", get(worker))
}

/// The page without us.
async fn bare() -> String {
    let script = include_str!("leaving.js");
    let app = worker().route("/", get(|| async { Html(HTML) })).route(
        "/leaving.js",
        get(move || async move { ([(CONTENT_TYPE, "text/javascript")], script) }),
    );
    crate::serve(app).await
}

/// For `/?off`, as a browser sees it that doesn't know the header.
async fn switched_off(request: Request, next: Next) -> Response {
    let off = request.uri().query() == Some("off");
    let mut answer = next.run(request).await;
    let removed = answer.headers_mut().remove("connection-allowlist");
    if off {
        assert!(removed.is_some(), "the page has the header");
    } else if let Some(value) = removed {
        answer.headers_mut().insert("connection-allowlist", value);
    }
    answer
}

/// The page with the SDK as it is by default, but for what `with` adds.
async fn ours(with: impl FnOnce(Document) -> Document) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let files = [
        ("/index.html", HTML.as_bytes()),
        ("/leaving.js", include_bytes!("leaving.js")),
    ]
    .into_iter()
    .fold(AppFiles::new(), |files, (path, bytes)| {
        files.file(path, bytes.to_vec()).unwrap()
    });
    let folder = stand_in("1.5.0");
    let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
        .app_files(files)
        .load(
            with(Document::new(&origin).unwrap()),
            Endpoint::local_test("http://127.0.0.1:9").unwrap(),
        )
        .unwrap();
    let app = Router::new()
        .fallback_service(site.around(worker()))
        .layer(middleware::from_fn(switched_off));
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

/// What is tried on a page.
async fn attempt(tab: &Tab<'_>, page: &str, foreign: &Foreign, names: &[&str]) {
    tab.goto(page).await;
    tab.wait_for("window.attempt").await;
    let tries: Vec<_> = names.iter().map(|name| (name, foreign.url(name))).collect();
    let tries = serde_json::to_string(&tries).unwrap();
    // The page may be gone before it answers.
    let js = match names {
        [_] => format!("void setTimeout(() => attempt({tries}))"),
        _ => format!("attempt({tries})"),
    };
    let _ = tab.act(&js).await;
}

/// Tries every way, each on the page that it needs, which only some of them leave; waits until all that
/// is expected has arrived, and a while longer for what mustn't.
async fn try_all(
    browser: &Browser,
    page: &str,
    opening: &str,
    foreign: &Foreign,
    expected: &[&str],
) {
    // One click opens one window; and of what WebRTC does to a page nothing else is to suffer.
    let of = |kind: Kind| {
        WAYS.iter()
            .filter(move |way| way.1 == kind)
            .map(|way| way.0)
    };
    let mut groups = vec![(page, of(Stays).collect::<Vec<_>>())];
    for kind in [Leaves, Window, Packet, WindowPacket] {
        let page = if matches!(kind, Window | WindowPacket) {
            opening
        } else {
            page
        };
        groups.extend(of(kind).map(|name| (page, vec![name])));
    }
    let mut tabs = Vec::new();
    for (page, names) in &groups {
        let is_packet = names
            .iter()
            .any(|name| foreign.url(name).starts_with("stun:"));
        let tab = match browser {
            // Such a page may take its whole process with it.
            Browser::Chromium(chromium) if is_packet => Tab::Chromium(chromium.page().await),
            Browser::Chromium(chromium) => Tab::Chromium(chromium.page_of_profile().await),
            _ => browser.direct_tab().await,
        };
        attempt(&tab, page, foreign, names).await;
        // The next one takes its place.
        if matches!(browser, Browser::Webkit(_)) {
            let these: Vec<&str> = names
                .iter()
                .copied()
                .filter(|name| expected.contains(name))
                .collect();
            foreign.settle(&these, Duration::from_millis(500)).await;
        }
        tabs.push(tab);
    }
    foreign.settle(expected, Duration::from_secs(2)).await;
}

/// A way's line of the table in the manual.
fn line(name: &str, outcomes: [Outcome; 4]) -> String {
    let quote = if name.contains(['.', '(']) { "`" } else { "" };
    let cells = outcomes.map(|outcome| outcome.to_string()).join(" | ");
    format!("| {quote}{name}{quote} | {cells} |")
}

async fn what_leaves_the_page(engine: Engine) {
    let manual = include_str!("../../docs/leaving.md");
    for (name, _, outcomes) in WAYS {
        let line = line(name, *outcomes);
        assert!(manual.contains(&line), "the manual has no {line}");
    }
    let Some(browser) = engine.launch_direct().await else {
        return;
    };
    let columns: &[usize] = match engine {
        Engine::Chromium => &[0, 1],
        Engine::Firefox => &[2],
        Engine::Webkit => &[3],
    };
    let expected = |is: &dyn Fn(&[Outcome; 4]) -> bool| -> Vec<&str> {
        WAYS.iter()
            .filter(|way| is(&way.2))
            .map(|way| way.0)
            .collect()
    };

    let foreign = Foreign::start().await;
    let bare = bare().await;
    let proven = expected(&|outcomes| outcomes[columns[0]] != NotProven);
    try_all(&browser, &bare, &bare, &foreign, &proven).await;
    let from_bare = foreign.arrived();

    let mut wrong = Vec::new();
    for &column in columns {
        let foreign = Foreign::start().await;
        let named = foreign
            .url("navigation to a named origin")
            .trim_end_matches("/?token");
        let strict = ours(|page| page.navigates_to(named)).await;
        let opening = ours(|page| page.opens("http://127.0.0.1:1")).await;
        let query = if column == 1 { "?off" } else { "" };
        let (strict, opening) = (format!("{strict}/{query}"), format!("{opening}/{query}"));
        let arriving = expected(&|outcomes| matches!(outcomes[column], Arrives | Named));
        try_all(&browser, &strict, &opening, &foreign, &arriving).await;
        let from_ours = foreign.arrived();
        for (name, _, outcomes) in WAYS {
            let found = match (from_bare.contains(name), from_ours.contains(name)) {
                (false, false) => NotProven,
                (true, false) => Stopped,
                (_, true) if outcomes[column] == Named => Named,
                (_, true) => Arrives,
            };
            if found != outcomes[column] {
                wrong.push(format!("{name}, column {column}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
