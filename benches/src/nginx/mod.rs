//! `Site` beside nginx: the same bytes with the same headers, over HTTP/1.1, and over HTTP/1.1 and HTTP/2
//! with TLS.

mod client;
mod peer;
mod site;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::{PinnedAssets, Site};
use tower_visor_benches::tree;

use self::client::{Certificate, Client, Way};
use self::peer::{Nginx, Place};
use self::site::Ours;
use crate::cpu::{Side, stay_on};
use crate::rounds::{ROUNDS, median};

const NAME: &str = "liveness.contoso.example";
const WASM: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm";
const SCRIPT: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js";

/// What is asked for: name, path, `Accept-Encoding`, whether it is known already, and how often in each
/// round.
type Question = (&'static str, &'static str, &'static str, bool, u32);

const QUESTIONS: [Question; 7] = [
    ("page", "/", "identity", false, 300),
    ("page, 304", "/", "identity", true, 300),
    ("script, 150 KB", SCRIPT, "identity", false, 100),
    ("script, brotli", SCRIPT, "br", false, 200),
    ("script, 304", SCRIPT, "identity", true, 300),
    ("wasm, 4.4 MB", WASM, "identity", false, 8),
    ("wasm, brotli", WASM, "br", false, 20),
];

pub(crate) fn compare() {
    // On a thread of its own: what comes after this uses all cores.
    std::thread::scope(|scope| drop(scope.spawn(ask_all)));
}

/// A site with one page and the SDK.
fn site(folder: &std::path::Path) -> Site {
    let sdk = folder.join("sdk");
    drop(tree::build(&sdk));
    let app = folder.join("app");
    std::fs::create_dir(&app).unwrap();
    let page = "<!doctype html><title>t</title><script type=module src=/app.js></script>";
    std::fs::write(app.join("index.html"), page).unwrap();
    std::fs::write(app.join("app.js"), "import './FaceLivenessDetector.js'").unwrap();
    let pins = Pins::scan(&sdk).unwrap_or_else(|errors| panic!("{errors:?}"));
    Site::pinned(sdk, pins)
        .app(app)
        .assets(PinnedAssets::builder().compressing())
        .load(
            Document::new(&format!("https://{NAME}")).unwrap(),
            Endpoint::resource("contoso").unwrap(),
        )
        .unwrap()
}

/// A request as our own server gets it.
fn request(path: &str, coding: &str, etag: Option<&header::HeaderValue>) -> Request<()> {
    let request = Request::get(path)
        .header("host", NAME)
        .header("accept-encoding", coding);
    let mut request = request.body(()).unwrap();
    if let Some(etag) = etag {
        request.headers_mut().insert("if-none-match", etag.clone());
    }
    request
}

/// Names of headers that nginx writes itself, or that are of the connection.
fn without_own(headers: &HeaderMap) -> HeaderMap {
    let own = [
        "accept-ranges",
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "etag",
        "last-modified",
        "server",
    ];
    let mut headers = headers.clone();
    for name in own {
        headers.remove(name);
    }
    headers
}

fn ask_all() {
    stay_on(Side::Client);
    let folder = tempfile::TempDir::new().unwrap();
    let site = site(folder.path());
    let places: Vec<Place> = QUESTIONS
        .iter()
        .enumerate()
        .map(|(number, (_, path, coding, is_known, _))| {
            let first = site::answer(&site, request(path, coding, None));
            let known = first.headers().get("etag").filter(|_| *is_known);
            let answer: Response<Bytes> = site::answer(&site, request(path, coding, known));
            Place {
                path: format!("/question-{number}"),
                // nginx answers `304` out of what it would have sent.
                body: first.into_body(),
                coding: (*coding == "br").then_some("br"),
                headers: answer.headers().clone(),
            }
        })
        .collect();
    let certificate = Certificate::new(NAME);
    let Some(nginx) = Nginx::start(folder.path(), &certificate, &places) else {
        println!("NOT MEASURED: nginx is not on this machine (`NGINX` names another one)");
        return;
    };
    let ours = site::start(site, &certificate);
    println!(
        "one thread each, CPU time of it; the same TLS 1.3 cipher; nginx with sendfile, tcp_nopush and open_file_cache; \
         {ROUNDS} rounds in turns, ratios formed within each, medians, and the middle half"
    );
    let servers = (&ours, &nginx);
    for way in Way::ALL {
        println!(
            "\n{way:28} {:>10} {:>10} {:>7}   {:>9} {:>12}",
            "ours, us", "nginx, us", "ratio", "half", "body, bytes"
        );
        for (question, place) in QUESTIONS.iter().zip(&places) {
            in_turns(way, question, place, servers, &certificate);
        }
    }
}

/// One question over one way.
fn in_turns(
    way: Way,
    (question, path, coding, is_known, count): &Question,
    place: &Place,
    (ours, nginx): (&Ours, &Nginx),
    certificate: &Certificate,
) {
    let (mut own, mut its) = (Vec::new(), Vec::new());
    let mut length = 0;
    for round in 0..ROUNDS {
        for turn in 0..2 {
            let is_ours = (round + turn) % 2 == 0;
            let (port, path, times) = if is_ours {
                (ours.ports[way as usize], *path, &mut own)
            } else {
                (nginx.ports[way as usize], &*place.path, &mut its)
            };
            let time = || {
                if is_ours {
                    ours.cpu_time()
                } else {
                    nginx.cpu_time()
                }
            };
            let mut client = Client::connect(way, port, certificate, path, coding);
            if *is_known {
                client.remember();
            }
            // How far the buffers of a connection grow is no part of it.
            (0..3).for_each(|_| client.ask());
            let start = time();
            (0..*count).for_each(|_| client.ask());
            times.push((time() - start) / f64::from(*count) / 1000.0);
            let last = client.last();
            assert_eq!(last.status, if *is_known { 304 } else { 200 });
            let (seen, wanted) = (without_own(&last.headers), without_own(&place.headers));
            assert_eq!(seen, wanted, "{question}");
            assert!(*is_known || last.body == place.body.len(), "{question}");
            length = last.body;
        }
    }
    let mut ratios: Vec<f64> = own.iter().zip(&its).map(|(own, its)| own / its).collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "{question:28} {:>10.1} {:>10.1} {:>7.2}   {:.2}-{:.2} {length:>12}",
        median(own),
        median(its),
        median(ratios.clone()),
        ratios[ratios.len() / 4],
        ratios[ratios.len() * 3 / 4],
    );
}
