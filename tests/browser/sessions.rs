//! Routes of sessions, called by pages in every way that a browser knows: `fetch` on the policy's own
//! page gets in, and a partner's after its preflight.
//!
//! Over TLS, because browsers send Fetch Metadata to nobody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::REFERRER_POLICY;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, Response};
use axum::routing::{get, post};
use tower::Layer as _;
use tower_visor::layer::{Partner, SessionRefusal, SessionRoutes, VisorLayer};
use tower_visor::policy::{Document, Policy, Resource};

use crate::attacks::until;
use crate::engine::{Engine, Tab, in_each_engine};
use crate::tls::Tls;

in_each_engine!(sessions_are_for_fetch_on_the_page_and_for_partners);

const OWN: &str = "www.contoso.example";
const SIBLING: &str = "api.contoso.example";
const PARTNER: &str = "shop.partner.example";
const EVIL: &str = "evil.example";

/// What came to the route, by the name of the case, which is the query.
type Came = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

async fn note(State(log): State<Came>, request: Request, next: Next) -> Response {
    let case = request.uri().query().unwrap_or_default().to_owned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let mut line = format!("{method} {}", response.status().as_u16());
    if let Some(reason) = response.extensions().get::<SessionRefusal>() {
        line = format!("{line} {reason:?}");
    }
    log.lock().unwrap().entry(case).or_default().push(line);
    response
}

/// The application at `https://www.contoso.example:PORT`, and, at any other name, pages of others.
fn app(port: u16, came: &Came) -> Router {
    let document = Document::new(&format!("https://{OWN}:{port}")).unwrap();
    let document = document.loads(Resource::Connect, "/api/session");
    let policy = Policy::document(document);
    let partner = Partner::new(&format!("https://{PARTNER}:{port}")).unwrap();
    let routes = SessionRoutes::new(&policy).unwrap().partner(partner);
    let page = "<!doctype html><link rel=icon href='data:,'><title>t</title>";
    let strict = Router::new().route("/", get(move || async move { Html(page) }));
    let strict = VisorLayer::new(&policy).unwrap().layer(strict);
    Router::new()
        .route("/api/session", post(async || "{}"))
        .layer(routes.unwrap())
        .layer(from_fn_with_state(came.clone(), note))
        // What blocks nothing, but sends no referrer, as our pages do.
        .route(
            "/bare",
            get(move || async move { ([(REFERRER_POLICY, "no-referrer")], Html(page)) }),
        )
        .fallback_service(strict)
}

/// In all engines, or in Chromium, Firefox and `WebKit`.
enum Comes {
    Alike(&'static [&'static str]),
    Each([&'static [&'static str]; 3]),
}
use Comes::{Alike, Each};

struct Case {
    name: &'static str,
    /// Run in a page; `TO` is the route.
    does: &'static str,
    /// What comes to the route.
    comes: Comes,
}

const FETCH: &str = "fetch('TO', {method: 'POST', body: '{}',
    headers: {'content-type': 'application/json'}}).then(r => r.status, () => 0)";
const SIMPLE: &str = "fetch('TO', {method: 'POST', body: '{}'}).then(r => r.status, () => 0)";
const NO_CORS: &str =
    "fetch('TO', {method: 'POST', body: '{}', mode: 'no-cors'}).then(r => r.status, () => 0)";
const BEACON: &str = "(navigator.sendBeacon('TO', '{}'), 0)";
const FORM: &str = "(() => {
    const frame = Object.assign(document.createElement('iframe'), {name: 'inner'});
    const form = Object.assign(document.createElement('form'),
        {method: 'post', enctype: 'text/plain', action: 'TO', target: 'inner'});
    form.append(Object.assign(document.createElement('input'), {name: '{\"a\":\"', value: '\"}'}));
    document.body.append(frame, form);
    form.submit();
    return 0;
})()";
const IMAGE: &str = "(() => { new Image().src = 'TO'; return 0 })()";
const FRAME: &str = "(() => { document.body.append(Object.assign(document.createElement('iframe'), {src: 'TO'})); return 0 })()";
const SCRIPT: &str = "(() => { document.body.append(Object.assign(document.createElement('script'), {src: 'TO'})); return 0 })()";
// Last, because the page is gone then.
const LINK: &str = "(() => {
    const link = Object.assign(document.createElement('a'), {href: 'TO'});
    document.body.append(link);
    setTimeout(() => link.click(), 0);
    return 0;
})()";

fn case(name: &'static str, does: &'static str, comes: &'static [&'static str]) -> Case {
    Case {
        name,
        does,
        comes: Alike(comes),
    }
}

fn on_the_page() -> Vec<Case> {
    vec![
        case("fetch", FETCH, &["POST 200"]),
        case(
            "xhr",
            "new Promise(done => {
                const request = new XMLHttpRequest();
                request.open('POST', 'TO');
                request.setRequestHeader('content-type', 'application/json');
                request.onloadend = () => done(request.status);
                request.send('{}');
            })",
            &["POST 200"],
        ),
        // By the standard `no-referrer` makes its `Origin` null (Fetch, section 3.2, "append a
        // request Origin header"). Chromium sends it as it is.
        Case {
            name: "same-origin",
            does: "fetch('TO', {method: 'POST', body: '{}', mode: 'same-origin',
                headers: {'content-type': 'application/json'}}).then(r => r.status)",
            comes: Each([
                &["POST 200"],
                &["POST 403 ForeignOrigin"],
                &["POST 403 ForeignOrigin"],
            ]),
        },
        case(
            "get",
            "fetch('TO').then(r => r.status)",
            &["GET 405 NotPost"],
        ),
        case("simple", SIMPLE, &["POST 415 NotJson"]),
        case("no-cors", NO_CORS, &["POST 403 NotByFetch"]),
        case("beacon", BEACON, &["POST 403 NotByFetch"]),
        case("form", FORM, &["POST 403 NotByFetch"]),
        case("image", IMAGE, &["GET 403 NotByFetch"]),
        case("frame", FRAME, &["GET 403 NotByFetch"]),
        case("script", SCRIPT, &["GET 403 NotByFetch"]),
        case("link", LINK, &["GET 403 NotByFetch"]),
    ]
}

fn on_another_page() -> Vec<Case> {
    vec![
        case("fetch", FETCH, &["OPTIONS 403 ForeignSite"]),
        case("simple", SIMPLE, &["POST 403 ForeignSite"]),
        case("no-cors", NO_CORS, &["POST 403 ForeignSite"]),
        case("beacon", BEACON, &["POST 403 ForeignSite"]),
        case("form", FORM, &["POST 403 ForeignSite"]),
        case("image", IMAGE, &["GET 403 ForeignSite"]),
        case("frame", FRAME, &["GET 403 ForeignSite"]),
        case("script", SCRIPT, &["GET 403 ForeignSite"]),
        case("link", LINK, &["GET 403 ForeignSite"]),
    ]
}

fn on_a_partners_page() -> Vec<Case> {
    vec![
        case("fetch", FETCH, &["OPTIONS 204", "POST 200"]),
        case("simple", SIMPLE, &["POST 415 NotJson"]),
        case(
            "header",
            "fetch('TO', {method: 'POST', body: '{}', headers: {'content-type': 'application/json',
                'x-other': '1'}}).then(r => r.status, () => 0)",
            &["OPTIONS 204"],
        ),
        case(
            "method",
            "fetch('TO', {method: 'PUT', body: '{}'}).then(r => r.status, () => 0)",
            &["OPTIONS 204"],
        ),
        // By the standard its `Origin` is null without a referrer, as above.
        Case {
            name: "no-cors",
            does: NO_CORS,
            comes: Each([
                &["POST 403 NotByFetch"],
                &["POST 403 ForeignSite"],
                &["POST 403 ForeignSite"],
            ]),
        },
        case("form", FORM, &["POST 403 ForeignSite"]),
        case("image", IMAGE, &["GET 403 ForeignSite"]),
        case("frame", FRAME, &["GET 403 ForeignSite"]),
        case("link", LINK, &["GET 403 ForeignSite"]),
    ]
}

impl Case {
    /// Does it on the page, and says what is wrong with what came.
    async fn run(
        &self,
        tab: &Tab<'_>,
        engine: Engine,
        host: &str,
        port: u16,
        came: &Came,
    ) -> Vec<String> {
        let tag = format!("{host}-{}", self.name);
        let does = self
            .does
            .replace("TO", &format!("https://{OWN}:{port}/api/session?{tag}"));
        let status = tab.eval::<u16>(&does).await.unwrap();
        let expected = match &self.comes {
            Alike(lines) => *lines,
            Each(lines) => lines[engine as usize],
        };
        until(|| {
            came.lock()
                .unwrap()
                .get(&tag)
                .is_some_and(|lines| lines.len() >= expected.len())
        })
        .await;
        let mut faults = Vec::new();
        let lines = came.lock().unwrap()[&tag].clone();
        if lines != expected {
            faults.push(format!("{tag}: {lines:?}, and not {expected:?}"));
        }
        // What a page may read of it: its own, and a partner's.
        let last = expected.last().and_then(|line| line.split(' ').nth(1));
        let readable = self.does.contains("r.status") || self.does.contains("request.status");
        let is_read = readable && status != 0;
        let may_read = host == OWN || (host == PARTNER && ["fetch", "simple"].contains(&self.name));
        if readable && (is_read != may_read || is_read && Some(&*status.to_string()) != last) {
            faults.push(format!("{tag}: the page reads {status}"));
        }
        faults
    }
}

async fn sessions_are_for_fetch_on_the_page_and_for_partners(engine: Engine) {
    let tls = Tls::new();
    let came = Came::default();
    let port = tls.serve_by(|port| app(port, &came)).await;
    let Some(browser) = engine.launch_for(&tls).await else {
        return;
    };
    let tab = browser.direct_tab().await;
    let mut faults = Vec::new();
    // First as it is meant: under the policy itself.
    tab.goto(&format!("https://{OWN}:{port}/")).await;
    let strict = case("strict", FETCH, &["POST 200"]);
    faults.extend(strict.run(&tab, engine, OWN, port, &came).await);
    for (host, cases) in [
        (OWN, on_the_page()),
        (SIBLING, on_another_page()),
        (EVIL, on_another_page()),
        (PARTNER, on_a_partners_page()),
    ] {
        tab.goto(&format!("https://{host}:{port}/bare")).await;
        for case in cases {
            faults.extend(case.run(&tab, engine, host, port, &came).await);
        }
    }
    assert_eq!(faults, [""; 0], "{engine:?}");
}
