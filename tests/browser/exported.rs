//! What `Site::export` wrote, behind nginx, Apache and Caddy, in Chromium: the check runs to its end on the
//! first visit and on the next, and what is changed on the server's disk is refused.
//!
//! One browser for all three. A server is left out by `TOWER_VISOR_SKIP_SERVER`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower_visor::export::Hosting;
use tower_visor::pins::Pins;
use tower_visor::policy::Caching;
use tower_visor::sdk::Endpoint;
use tower_visor::{Document, PinnedAssets, Resource, Site};

use crate::chromium::Chromium;
use crate::example::stand_in;
use crate::liveness::console;
use crate::page::Page;
use crate::proxy::flip;
use crate::serve;
use crate::server::{Kind, NAME, Ports, Server};
use crate::tls::Tls;
use crate::token::{Thief, token_for};
use crate::vite::copy;

const FACE: &str = "contoso.cognitiveservices.azure.com";

const HTML: &str = "<!doctype html><html lang=en><link rel=icon href=data:,><title>Check</title>\
    <link rel=stylesheet href=/app.css><p>hello</p><img alt='' src=/dot.svg>\
    <script type=module src=/app.js></script></html>";

const SCRIPT: &str = "// Tests
    import { word } from '/words.js';
    window.began = true;
    const session = await (await fetch('/api/session', { method: 'POST' })).json();
    try {
        await import('/FaceLivenessDetector.js');
        const detector = document.createElement('azure-ai-vision-face-ui');
        document.body.append(detector);
        await detector.start(session.authToken);
        window.end = 'done';
    } catch (reason) {
        window.end = String(reason.livenessError ?? reason);
    }
";

/// Paths at which the page is: as itself, and behind a fallback.
const VISITED: [&str; 2] = ["/", "/verify/step2"];

/// A file, a text in it whose last letter is changed, and what shows that the browser used it.
struct Case {
    file: &'static str,
    text: &'static str,
    used: &'static str,
    /// Whether the guard tells of it. What it has no part in, the browser refuses by itself.
    told: bool,
    /// Whether the check has no part in it.
    goes_on: bool,
}

const ADAPTER: &str = "window.Module?.FaceRecoEngineAdapter !== undefined";
const BEGAN: &str = "window.began === true";

const CASES: [Case; 7] = [
    Case {
        file: "/FaceLivenessDetector.js",
        text: "// S",
        used: "customElements.get('azure-ai-vision-face-ui') !== undefined",
        told: true,
        goes_on: false,
    },
    Case {
        file: "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js",
        text: "// S",
        used: ADAPTER,
        told: true,
        goes_on: false,
    },
    Case {
        file: "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
        text: "/* B",
        used: ADAPTER,
        told: true,
        goes_on: false,
    },
    Case {
        file: "/facelivenessdetector-assets/i18n/en-US/en.json",
        text: "\": \"L",
        used: "window.end === 'done'",
        told: true,
        goes_on: false,
    },
    Case {
        file: "/app.js",
        text: "// T",
        used: BEGAN,
        told: true,
        goes_on: false,
    },
    Case {
        file: "/words.js",
        text: "// P",
        used: BEGAN,
        told: true,
        goes_on: false,
    },
    Case {
        file: "/app.css",
        text: "/* S",
        used: "getComputedStyle(document.querySelector('p')).color === 'rgb(1, 2, 3)'",
        told: true,
        goes_on: true,
    },
];

/// No page holds a browser to a picture's bytes: its `Unencoded-Digest` does.
const PICTURE: Case = Case {
    file: "/dot.svg",
    text: "<!-- D",
    used: "document.images[0].naturalWidth === 8",
    told: false,
    goes_on: true,
};

/// An application and the SDK, in a folder.
fn sources(folder: &Path) {
    copy(Path::new(&stand_in("1.5.0")), &folder.join("sdk"));
    let app = folder.join("app");
    std::fs::create_dir_all(&app).unwrap();
    // Long enough that a compressed copy is worth it.
    let long = "/* as many words as a style sheet has, more or less */ ".repeat(40);
    for (name, text) in [
        ("index.html", HTML),
        ("app.js", &format!("{SCRIPT}{long}")),
        ("words.js", "// Page\nexport const word = 'word'"),
        (
            "app.css",
            &format!("/* Style */ p {{ color: rgb(1, 2, 3) }}{long}"),
        ),
        (
            "dot.svg",
            "<!-- Dot --><svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'></svg>",
        ),
    ] {
        std::fs::write(app.join(name), text).unwrap();
    }
}

fn site(folder: &Path, port: u16) -> Site {
    let sdk = folder.join("sdk");
    let document = Document::new(&format!("https://{NAME}:{port}"))
        .unwrap()
        .caching(Caching::Revalidate)
        .loads(Resource::Connect, "/api/session");
    Site::pinned(&sdk, Pins::scan(&sdk).unwrap())
        .app(folder.join("app"))
        .page_at("/verify/{*rest}", "index.html")
        .assets(PinnedAssets::builder().compressing())
        .load(document, Endpoint::resource("contoso").unwrap())
        .unwrap()
}

/// Each of the `CASES` and the picture changed, with the compressed copies of what was changed: who can write into the
/// folder can make them, too.
fn changed() -> BTreeMap<String, Bytes> {
    let folder = TempDir::new().unwrap();
    sources(folder.path());
    for case in CASES.iter().chain([&PICTURE]) {
        let packages = "sdk/node_modules/@azure";
        let place = match case.file {
            "/FaceLivenessDetector.js" => format!("{packages}/ai-vision-face-ui{}", case.file),
            asset if asset.starts_with("/facelivenessdetector-assets/") => {
                format!("{packages}-ai-vision-face/ui-assets{asset}")
            }
            own => format!("app{own}"),
        };
        let place = folder.path().join(place);
        let bytes = std::fs::read(&place).unwrap();
        std::fs::write(place, flip(&bytes, case.text)).unwrap();
    }
    let all = site(folder.path(), 443)
        .export(Hosting::Nginx)
        .files()
        .unwrap();
    let all = all.files();
    all.map(|(path, bytes)| (path.to_owned(), bytes.clone()))
        .collect()
}

/// A server with an export.
struct Behind {
    kind: Kind,
    export: PathBuf,
    origin: String,
    key: String,
    ports: Ports,
    file: PathBuf,
    // Ends before its folder does.
    server: Option<Server>,
    folder: TempDir,
}

impl Behind {
    async fn start(kind: Kind, upstream: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = TempDir::new().unwrap();
        // For a server that gives up root.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        sources(folder.path());
        let ports = Ports::free();
        let export = folder.path().join("export");
        site(folder.path(), ports.tls)
            .export(kind.hosting())
            .at(export.to_str().unwrap())
            .proxying("/api/", upstream)
            .write(&export)
            .unwrap();
        let file = kind.prepare(folder.path(), &export, ports, &kind.uses(&export));
        let server = kind.start(folder.path(), &file, ports).await;
        Self {
            kind,
            key: std::fs::read_to_string(folder.path().join("key.sha256")).unwrap(),
            origin: format!("https://{NAME}:{}", ports.tls),
            export,
            ports,
            file,
            server: Some(server),
            folder,
        }
    }

    /// Starts it again without what is said of the bytes: who can change a file can change that, too, and the
    /// page has to do alone.
    async fn forget_digests(&mut self) {
        self.server = None;
        let files = [
            "nginx/http.conf",
            "nginx/server.conf",
            "apache/visor.conf",
            "Caddyfile",
        ];
        let mut found = 0;
        for file in files.map(|file| self.export.join(file)) {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            found += text.matches(" unencoded-digest ").count();
            std::fs::write(file, text.replace(" unencoded-digest ", " x-digest ")).unwrap();
        }
        assert!(found > 0, "{:?} sends no digest", self.kind);
        let (kind, ports) = (self.kind, self.ports);
        self.server = Some(kind.start(self.folder.path(), &self.file, ports).await);
    }

    /// Loads the page and waits until its check has ended, if its script ran.
    async fn visit(&self, page: &Page, path: &str) {
        page.goto(&format!("{}{path}", self.origin)).await;
        page.wait_for(&format!("!({BEGAN}) || window.end")).await;
    }

    /// Puts other bytes in the place of files of the export; gives what was there.
    fn swap(&self, files: &BTreeMap<String, Bytes>) -> BTreeMap<String, Bytes> {
        let mut before = BTreeMap::new();
        for (path, bytes) in files {
            let place = self.export.join(path);
            let was = std::fs::read(&place).unwrap();
            assert_ne!(was, *bytes, "{path} is not changed");
            before.insert(path.clone(), Bytes::from(was));
            std::fs::write(place, bytes).unwrap();
        }
        before
    }
}

async fn refused(page: &Page) -> Vec<String> {
    page.eval("visorRefused.map(({reason, url}) => `${reason}: ${url}`)")
        .await
        .unwrap()
}

#[tokio::test]
async fn the_check_ends_behind_each_server_and_what_was_changed_on_its_disk_is_refused() {
    let kinds = [Kind::Nginx, Kind::Apache, Kind::Caddy];
    let kinds = kinds.into_iter().filter(|kind| !kind.is_skipped());
    let token = json!({"authToken": token_for(&format!("https://{FACE}"))});
    let session = Router::new()
        .route("/api/session", post(async move || Json(token)))
        .route("/api/alive", get(async || "yes"));
    let upstream = serve(session).await;
    let mut servers = Vec::new();
    for kind in kinds {
        servers.push(Behind::start(kind, &upstream).await);
    }

    // The Face API of the test, and every server with a key of its own.
    let tls = Tls::new();
    let face = Thief::default();
    let mut flags = tls.flags(&[(FACE, tls.serve(face.router()).await)]);
    for server in &servers {
        flags[0] = format!("{},{}", flags[0], server.key);
    }
    let Some(browser) = Chromium::launch(&flags.each_ref().map(String::as_str)).await else {
        return;
    };
    let changed = changed();
    for server in &mut servers {
        untouched(&browser, server).await;
        assert!(!face.take().is_empty(), "nobody asked the Face API");
        file_changed(&browser, server, &PICTURE, &changed).await;
        server.forget_digests().await;
        for case in &CASES {
            file_changed(&browser, server, case, &changed).await;
        }
        page_changed(&browser, server).await;
    }
}

/// Two visits of each path, as one visitor makes them.
async fn untouched(browser: &Chromium, server: &Behind) {
    let kind = server.kind;
    let page = browser.page().await;
    let mut seen = 0;
    for visit in 1..=2 {
        for path in VISITED {
            server.visit(&page, path).await;
            let end = page.eval::<String>("window.end").await;
            let said = console(&page).await;
            assert_eq!(
                end.as_deref(),
                Ok("done"),
                "{kind:?} {path}, visit {visit}: {said:?}"
            );
            assert_eq!(refused(&page).await, [""; 0], "{kind:?} {path}");
            assert_eq!(page.violations().await, [] as [Value; 0], "{kind:?} {path}");
            assert_eq!(said, [], "{kind:?} {path}, visit {visit}");
            for case in CASES.iter().chain([&PICTURE]) {
                let used = page.eval::<bool>(case.used).await;
                assert_eq!(used, Ok(true), "{kind:?} {path} {}", case.file);
            }
            let requests = page.requests();
            let of_this = &requests[seen..];
            seen = requests.len();
            let document = &of_this[0];
            assert_eq!(document.url, format!("{}{path}", server.origin));
            let expected = if visit == 1 { 200 } else { 304 };
            assert_eq!(document.status, expected, "{kind:?} {path}, visit {visit}");
            for request in of_this {
                assert_eq!(request.failure, None, "{kind:?} {}", request.url);
            }
        }
    }
}

async fn file_changed(
    browser: &Chromium,
    server: &Behind,
    case: &Case,
    changed: &BTreeMap<String, Bytes>,
) {
    let kind = server.kind;
    let is_it = |path: &str| {
        let name = path.strip_prefix("public");
        let name = name.and_then(|name| name.strip_prefix(case.file));
        name.is_some_and(|end| ["", ".br", ".gz"].contains(&end))
    };
    let files = changed.iter().filter(|(path, _)| is_it(path));
    let files = files
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    let before = server.swap(&files);
    let page = browser.page().await;
    server.visit(&page, "/").await;
    let said = console(&page).await;
    let context = format!("{kind:?} {}: {said:?}", case.file);
    assert_eq!(page.eval::<bool>(case.used).await, Ok(false), "{context}");
    let refused = refused(&page).await;
    assert_eq!(!refused.is_empty(), case.told, "{context} {refused:?}");
    assert!(
        refused
            .iter()
            .all(|line| line.starts_with("changed: ") && line.ends_with(case.file)),
        "{context} {refused:?}"
    );
    let is_done = page.eval::<bool>("window.end === 'done'").await;
    assert_eq!(is_done, Ok(case.goes_on), "{context}");
    server.swap(&before);
}

/// The page itself: no browser knows what it should be, but all that it runs is named in its policy.
async fn page_changed(browser: &Chromium, server: &Behind) {
    let kind = server.kind;
    let html = std::fs::read_to_string(server.export.join("public/index.html")).unwrap();
    std::fs::write(server.export.join("public/evil.js"), "window.evil = true").unwrap();
    let added = "<script>window.evil = true</script><script src=/evil.js></script></html>";
    let guard = html.find("<script>").unwrap() + "<script>".len();
    let cases = [
        // The rest of it works.
        (html.replace("</html>", added), true),
        // Without the guard nothing does.
        (format!("{};{}", &html[..guard], &html[guard..]), false),
    ];
    for (text, is_done) in cases {
        // A compressed copy would be sent in its place.
        let names = [
            "public/index.html",
            "public/index.html.br",
            "public/index.html.gz",
        ];
        let mut before = BTreeMap::new();
        for name in names {
            let place = server.export.join(name);
            if let Ok(bytes) = std::fs::read(&place) {
                before.insert(place.clone(), bytes);
                std::fs::remove_file(place).unwrap();
            }
        }
        std::fs::write(server.export.join(names[0]), &text).unwrap();
        let page = browser.page().await;
        server.visit(&page, "/").await;
        let context = format!("{kind:?}: {:?}", console(&page).await);
        let is_evil = page.eval::<bool>("window.evil === true").await;
        assert_eq!(is_evil, Ok(false), "{context}");
        let end = page.eval::<bool>("window.end === 'done'").await;
        assert_eq!(end, Ok(is_done), "{context}");
        let violations = page.violations().await;
        assert!(
            violations
                .iter()
                .any(|one| one["directive"] == "script-src-elem"),
            "{context} {violations:?}"
        );
        for (place, bytes) in before {
            std::fs::write(place, bytes).unwrap();
        }
    }
}
