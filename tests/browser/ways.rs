//! Every way to load a known file, in each engine: whether a changed one is used.
//!
//! The table is that of `docs/integrity.md`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, ETAG};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::engine::{Engine, in_each_engine};
use crate::example::stand_in;
use crate::proxy::Proxy;

in_each_engine!(every_way_to_load_a_known_file);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The right file is used, a changed one isn't.
    Checked,
    /// Neither is used.
    Refused,
    /// A changed one is used, too.
    Unchecked,
}
use Outcome::{Checked, Refused, Unchecked};

/// A kind of file, the ways to load it, and what becomes of it in Chromium, Firefox and WebKit.
struct Kind {
    name: &'static str,
    url: &'static str,
    ways: &'static [(&'static str, [Outcome; 3])],
}

const C: [Outcome; 3] = [Checked; 3];
const R: [Outcome; 3] = [Refused; 3];
const U: [Outcome; 3] = [Unchecked; 3];
/// WebKit blocks it whatever its integrity.
const NOT_IN_WEBKIT: [Outcome; 3] = [Checked, Checked, Refused];

/// Whosever it is.
const WASM: &[(&str, [Outcome; 3])] = &[
    ("fetch", C),
    ("streaming", C),
    ("streaming, two-faced", R),
    ("preload, then fetch", C),
    ("fetch of a frame", U),
    ("XMLHttpRequest", C),
    ("XMLHttpRequest, waiting", R),
    ("Cache.add", R),
    ("EventSource", R),
    ("worker", R),
];

const KINDS: &[Kind] = &[
    Kind {
        name: "component",
        url: "./FaceLivenessDetector.js",
        ways: &[
            ("import", C),
            ("module element", C),
            ("fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "engine",
        url: "./facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js",
        ways: &[
            ("script element", C),
            ("preload, then script element", C),
            ("fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "script",
        url: "./words.js",
        ways: &[
            ("import", C),
            ("module element", C),
            ("script element", C),
            ("modulepreload", NOT_IN_WEBKIT),
            ("preload, then script element", C),
            ("script element, escaped", C),
            ("import, type text", NOT_IN_WEBKIT),
            ("fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
            ("shared worker", R),
            ("service worker", R),
            ("worklet", R),
        ],
    },
    Kind {
        name: "SDK's WebAssembly",
        url: "./facelivenessdetector-assets/js/AzureAIVisionFace.wasm",
        ways: WASM,
    },
    Kind {
        name: "own WebAssembly",
        url: "./own.wasm",
        ways: WASM,
    },
    Kind {
        name: "language file",
        url: "./facelivenessdetector-assets/i18n/en-US/en.json",
        ways: &[
            ("fetch", C),
            ("import, type json", NOT_IN_WEBKIT),
            ("import, type text", NOT_IN_WEBKIT),
            ("preload, then fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "JSON",
        url: "./data.json",
        ways: &[
            ("fetch", C),
            ("fetch, escaped", C),
            ("import, type json", NOT_IN_WEBKIT),
            ("import, type text", NOT_IN_WEBKIT),
            ("preload, then fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "style sheet",
        url: "./late.css",
        ways: &[
            ("late style sheet", C),
            ("late style sheet, escaped", C),
            ("preload, then style sheet", C),
            ("import, type css", NOT_IN_WEBKIT),
            ("@import", U),
            ("late style sheet, parsed", U),
            ("fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "text",
        url: "./note.txt",
        ways: &[
            ("fetch", C),
            ("import, type text", NOT_IN_WEBKIT),
            ("preload, then fetch", C),
            ("fetch of a frame", U),
            ("XMLHttpRequest", C),
            ("XMLHttpRequest, waiting", R),
            ("Cache.add", R),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "picture",
        url: "./dot.svg",
        ways: &[
            ("picture", U),
            ("fetch", U),
            ("fetch of a frame", U),
            ("XMLHttpRequest", U),
            ("XMLHttpRequest, waiting", U),
            ("Cache.add", U),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "font",
        url: "./box.ttf",
        ways: &[
            ("font", U),
            ("fetch", U),
            ("fetch of a frame", U),
            ("XMLHttpRequest", U),
            ("XMLHttpRequest, waiting", U),
            ("Cache.add", U),
            ("EventSource", R),
            ("worker", R),
        ],
    },
    Kind {
        name: "sound, video",
        url: "./beep.wav",
        ways: &[
            ("sound", U),
            ("fetch", U),
            ("fetch of a frame", U),
            ("XMLHttpRequest", U),
            ("XMLHttpRequest, waiting", U),
            ("Cache.add", U),
            ("EventSource", R),
            ("worker", R),
        ],
    },
];

/// The kind's line of the table in the manual.
fn line(kind: &Kind) -> String {
    let columns = [Checked, Refused, Unchecked].map(|outcome| {
        let ways = kind.ways.iter().filter(|(_, found)| found[0] == outcome);
        let ways = ways.map(|(way, found)| {
            let star = if found[2] == outcome { "" } else { "\\*" };
            // As code what is the name of an interface.
            let quote = if way.contains(char::is_uppercase) {
                "`"
            } else {
                ""
            };
            format!("{quote}{way}{quote}{star}")
        });
        ways.collect::<Vec<_>>().join("; ")
    });
    format!("| {} | {} |", kind.name, columns.join(" | "))
}

/// Silence, 8,000 bytes a second.
pub(crate) fn beep(length: u32) -> Vec<u8> {
    let data = vec![128_u8; length as usize];
    let mut wav = b"RIFF".to_vec();
    wav.extend((length + 36).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    wav.extend(length.to_le_bytes());
    wav.extend(data);
    wav
}

/// What comes of all files but the page and what tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    Changed,
    Missing,
    Right,
}

/// Between the site and the browser.
async fn spoil(State(files): State<Arc<Mutex<Files>>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let keep = ["/", "/ways.js", "/importing.css"].contains(&path.as_str());
    let files = if keep {
        Files::Right
    } else {
        *files.lock().unwrap()
    };
    let mut answer = match files {
        Files::Missing => StatusCode::NOT_FOUND.into_response(),
        Files::Changed | Files::Right => next.run(request).await,
    };
    // The browser keeps nothing from one try to the other.
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, "no-store".parse().unwrap());
    answer.headers_mut().remove(ETAG);
    if files != Files::Changed {
        return answer;
    }
    // Whoever changes a file can change what is said of it.
    answer.headers_mut().remove("unencoded-digest");
    let (mut parts, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    bytes.push(b'\n');
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

/// Ways of which the guard tells why a file did not come.
const TOLD: [(&str, &str); 5] = [
    (
        "./facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js",
        "script element",
    ),
    ("./words.js", "module element"),
    ("./data.json", "fetch"),
    ("./late.css", "late style sheet"),
    // Nobody serves it, and the policy doesn't name its host.
    ("http://127.0.0.1:9/x.json", "fetch"),
];

/// The reasons, one for each of [`TOLD`].
fn reasons(files: Files, engine: Engine) -> [&'static str; 5] {
    let (file, module) = match files {
        // It tells which script failed, and not which module is why.
        Files::Changed if engine == Engine::Webkit => ("changed", "changed, or what it imports"),
        Files::Changed => ("changed", "changed"),
        Files::Missing => ("missing", "missing"),
        Files::Right => ("", ""),
    };
    [file, module, file, file, "blocked by connect-src"]
}

async fn every_way_to_load_a_known_file(engine: Engine) {
    let manual = include_str!("../../docs/integrity.md");
    for kind in KINDS {
        let line = line(kind);
        assert!(manual.contains(&line), "the manual has no {line}");
    }
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let html = "<!doctype html><link rel=icon href='data:,'><title>t</title><script type=module src=ways.js></script><body>";
    let files = [
        ("/index.html", html.as_bytes()),
        ("/ways.js", include_bytes!("ways.js")),
        ("/words.js", b"export const word = 1;"),
        ("/data.json", b"{}"),
        ("/late.css", b"body { text-indent: 7px }"),
        ("/importing.css", b"@import url(late.css);"),
        ("/note.txt", b"note"),
        (
            "/dot.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'></svg>",
        ),
        ("/beep.wav", &beep(4000)),
        ("/box.ttf", include_bytes!("../../fixtures/media/box.ttf")),
        ("/own.wasm", b"\0asm\x01\0\0\0"),
    ]
    .into_iter()
    .fold(AppFiles::new(), |files, (path, bytes)| {
        files.file(path, bytes.to_vec()).unwrap()
    });
    let folder = stand_in("1.5.0");
    // All that a policy may allow, so that what refuses is not the policy alone.
    let document = [
        (Resource::Connect, "/"),
        (Resource::Image, "/dot.svg"),
        (Resource::Media, "/beep.wav"),
        (Resource::Font, "/box.ttf"),
        (Resource::Style, "/late.css"),
        (Resource::Style, "/importing.css"),
    ]
    .into_iter()
    .fold(Document::new(&origin).unwrap(), |page, (kind, place)| {
        page.loads(kind, place)
    });
    let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
        .app_files(files)
        .load(
            document,
            Endpoint::local_test("http://127.0.0.1:9").unwrap(),
        )
        .unwrap();
    let state = Arc::new(Mutex::new(Files::Right));
    let app = Router::new()
        .fallback_service(site.around(Router::new()))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), spoil));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let cells: Vec<(&str, &str)> = KINDS
        .iter()
        .flat_map(|kind| kind.ways.iter().map(|(way, _)| (kind.url, *way)))
        .collect();
    let tries = format!("tryAll({})", serde_json::to_string(&cells).unwrap());
    let mut used = Vec::new();
    for files in [Files::Changed, Files::Right] {
        *state.lock().unwrap() = files;
        let page = browser.tab(&proxy.address).await;
        page.goto(&format!("{origin}/")).await;
        page.wait_for("window.ready").await;
        used.push(page.eval::<Vec<bool>>(&tries).await.unwrap());
    }
    for files in [Files::Changed, Files::Missing, Files::Right] {
        *state.lock().unwrap() = files;
        let page = browser.tab(&proxy.address).await;
        page.goto(&format!("{origin}/")).await;
        page.wait_for("window.ready").await;
        let tries = format!("tryAll({})", serde_json::to_string(&TOLD).unwrap());
        page.eval::<Vec<bool>>(&tries).await.unwrap();
        for ((url, way), reason) in TOLD.into_iter().zip(reasons(files, engine)) {
            let told = format!(
                "visorRefused.filter((r) => r.url === new URL({url:?}, location).href).map((r) => r.reason)"
            );
            if !reason.is_empty() {
                page.wait_for(&format!("{told}.length > 0")).await;
            }
            let told: Vec<String> = page.eval(&told).await.unwrap();
            let expected = if reason.is_empty() {
                vec![]
            } else {
                vec![reason.to_owned()]
            };
            assert_eq!(told, expected, "{url} by {way}, {files:?}");
        }
        // Text is no file, and told apart from them.
        let refused = "(() => { try { document.body.innerHTML = '<base href=/>' } catch {} })(), \
            visorRefused.filter((r) => r.url === '<base href=/>').map((r) => r.reason)";
        assert_eq!(page.eval(refused).await, Ok(["markup".to_owned()]));
    }
    let column = match engine {
        Engine::Chromium => 0,
        Engine::Firefox => 1,
        Engine::Webkit => 2,
    };
    let mut wrong = Vec::new();
    let mut index = 0;
    for kind in KINDS {
        for (way, expected) in kind.ways {
            let found = match (used[1][index], used[0][index]) {
                (true, false) => Checked,
                (false, false) => Refused,
                (_, true) => Unchecked,
            };
            index += 1;
            if found != expected[column] {
                wrong.push(format!("{} by {way}: {found:?}", kind.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
