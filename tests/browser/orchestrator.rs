//! `examples/orchestrator`, the whole way: page, check, digests compared, a spoof, a change on the
//! way, attempts used up, review, release; and what is kept when the process is killed.

use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::chromium::Chromium;
use crate::liveness::{console, picture};
use crate::page::Page;

const KEY: &str = "the operator's key of this test";

/// A running backend; it is killed when this is dropped.
struct Backend {
    process: Child,
    page: String,
    operator: String,
    face: String,
}

/// Builds the package once; with nothing changed that takes cargo a moment.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // This test lies in `target/debug/deps`.
        let test = std::env::current_exe().unwrap();
        let target = test.ancestors().nth(3).unwrap().join("orchestrator");
        let status = std::process::Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(root.join("examples/orchestrator/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .status()
            .unwrap();
        assert!(status.success(), "examples/orchestrator does not build");
        target.join("debug/orchestrator")
    })
}

impl Backend {
    async fn start(database: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(program())
            .args(["--port", "0", "--operator-port", "0", "--operator-key", KEY])
            .arg("--database")
            .arg(database)
            .args(more)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut urls = Vec::new();
        while urls.len() < 3 {
            let line = lines.next_line().await.unwrap().expect("it has ended");
            let url = line
                .split_whitespace()
                .find(|word| word.starts_with("http"));
            urls.push(url.unwrap().trim_end_matches('/').to_owned());
        }
        let [page, operator, face] = urls.try_into().unwrap();
        Self {
            process,
            page,
            operator,
            face,
        }
    }

    /// What the sessions from now on come to.
    async fn next(&self, next: Value) {
        let client = reqwest::Client::new();
        let request = client.post(format!("{}/next", self.face));
        let request = request.header("content-type", "application/json");
        let answer = request.body(next.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// As `fetch` on the page sends it.
    async fn fetch(
        &self,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> reqwest::Result<reqwest::Response> {
        let request = reqwest::Client::new().post(format!("{}{path}", self.page));
        request
            .header("origin", &self.page)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty")
            .header("content-type", "application/json")
            .header("cookie", cookie)
            .body(body.to_string())
            .send()
            .await
    }
}

/// A check by this person, as the page shows its end.
async fn check(backend: &Backend, page: &Page, name: &str) -> String {
    page.goto(&format!("{}/", backend.page)).await;
    page.wait_for("document.documentElement.dataset.state === 'ready'")
        .await;
    let name = json!(name);
    let start = format!(
        "document.querySelector('#name').value = {name}, document.querySelector('#start').click()"
    );
    page.eval::<Value>(&start).await.unwrap();
    page.wait_for("!['ready', 'running'].includes(document.documentElement.dataset.state)")
        .await;
    page.eval("document.documentElement.dataset.state")
        .await
        .unwrap()
}

async fn text(page: &Page) -> String {
    page.eval("document.body.innerText").await.unwrap()
}

/// Fills the fields of the form that leads there, and sends it.
async fn send(page: &Page, form: &str, fields: &[(&str, &str)]) {
    let fields = json!(fields);
    let js = format!(
        "(() => {{
            const form = document.querySelector('form[action=\"{form}\"]');
            for (const [name, value] of {fields}) form.elements[name].value = value;
            document.body.dataset.left = '';
            form.querySelector('button').click();
        }})()"
    );
    page.eval::<Value>(&js).await.unwrap();
}

async fn arrives(page: &Page) {
    page.wait_for("document.readyState === 'complete' && !('left' in document.body.dataset)")
        .await;
}

#[tokio::test]
async fn a_check_goes_all_the_way_and_so_does_a_review() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let backend = Backend::start(&folder.path().join("o.sqlite"), &[]).await;
    let page = browser.page().await;
    assert_eq!(check(&backend, &page, "Ada").await, "done");
    picture(&page, "orchestrator-done").await;

    backend.next(json!({ "decision": "spoofface" })).await;
    assert_eq!(check(&backend, &page, "Mallory").await, "again");
    backend.next(json!({ "changedOnTheWay": true })).await;
    assert_eq!(check(&backend, &page, "Mallory").await, "review");
    backend.next(json!({})).await;
    // Their own review, and nobody else's.
    assert_eq!(check(&backend, &page, "Mallory").await, "review");
    assert_eq!(check(&backend, &page, "Ada").await, "done");

    backend.next(json!({ "decision": "uncertain" })).await;
    for _ in 0..5 {
        assert_eq!(check(&backend, &page, "Eve").await, "again");
    }
    assert_eq!(check(&backend, &page, "Eve").await, "review");
    backend.next(json!({ "refuses": "Flagged" })).await;
    assert_eq!(check(&backend, &page, "Oscar").await, "review");
    assert_eq!(page.violations().await, Vec::<Value>::new());
    // Chromium itself says of each refused session that it was refused.
    let mut lines = console(&page).await;
    lines.retain(|line| line.source != "network");
    assert_eq!(lines, []);
    backend.next(json!({})).await;

    let operator = browser.page().await;
    operator.goto(&format!("{}/", backend.operator)).await;
    send(&operator, "/sign-in", &[("key", "another")]).await;
    arrives(&operator).await;
    send(&operator, "/sign-in", &[("key", KEY)]).await;
    operator.wait_for("document.querySelector('table')").await;
    let list = text(&operator).await;
    for line in [
        "Mallory\tin review: the digests of page and service differ: the calls between them were changed\t2",
        "Eve\tin review: used 5 attempts\t5\tuncertain",
        "Oscar\tin review: the service refused a session: 403 Flagged\t0",
        "Ada\tattempted\t2\tlive",
    ] {
        assert!(list.contains(line), "{line}\n{list}");
    }
    picture(&operator, "orchestrator-list").await;

    let mallory = format!("{}/person?name=Mallory", backend.operator);
    operator.goto(&mallory).await;
    send(
        &operator,
        "/release",
        &[("by", "M. Okafor"), ("reason", "a <proxy> of ours")],
    )
    .await;
    arrives(&operator).await;
    let shown = text(&operator).await;
    assert!(
        shown.contains("released by M. Okafor: a <proxy> of ours"),
        "{shown}"
    );
    picture(&operator, "orchestrator-person").await;
    assert_eq!(check(&backend, &page, "Mallory").await, "done");
    // The service knows Eve by a new id, which has its attempts anew.
    operator
        .goto(&format!("{}/person?name=Eve", backend.operator))
        .await;
    send(
        &operator,
        "/release",
        &[("by", "M. Okafor"), ("reason", "bad light")],
    )
    .await;
    arrives(&operator).await;
    assert_eq!(check(&backend, &page, "Eve").await, "done");

    operator.goto(&mallory).await;
    let downloads = folder.path().join("downloads");
    let allowed = json!({ "behavior": "allow", "downloadPath": downloads });
    operator.call("Page.setDownloadBehavior", allowed).await;
    let fields = [("material", "a `mask` of silicone"), ("steps", "look\nnod")];
    send(&operator, "/abuse", &fields).await;
    let file = downloads.join("abuse-report.md");
    // The file is there before its content.
    let report = loop {
        let report = std::fs::read_to_string(&file).unwrap_or_default();
        if !report.is_empty() {
            break report;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for part in [
        "| API path | ` /face/v1.2/detectLiveness-sessions ",
        "apim-request-id",
        "a `mask` of silicone",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert_eq!(operator.violations().await, Vec::<Value>::new());
}

/// The id of the session in a fake token.
fn session_of(token: &str) -> String {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
    let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

fn cookie_of(answer: &reqwest::Response) -> String {
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// Persons ask for sessions, and the process is killed in the middle: each token that came out has
/// its session in the records.
#[tokio::test]
async fn a_kill_loses_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("o.sqlite");
    let mut given: Vec<(String, String)> = Vec::new();
    for round in 0..3 {
        let backend = Backend::start(&database, &[]).await;
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let asking = async {
            for person in 0.. {
                let name = format!("P {round}-{person}");
                let body = json!({ "name": &name });
                let Ok(answer) = backend.fetch("/api/sign-in", "", &body).await else {
                    return;
                };
                let cookie = cookie_of(&answer);
                let session = backend.fetch("/api/session", &cookie, &json!({})).await;
                let Ok(answer) = session else { return };
                // The head has come, and the rest may not.
                let Ok(answer) = answer.text().await else {
                    return;
                };
                let answer: Value = serde_json::from_str(&answer).unwrap();
                let id = session_of(answer["authToken"].as_str().unwrap());
                sender.send((name, id)).unwrap();
            }
        };
        let process = backend.process.id().unwrap().to_string();
        let killing = async {
            let mut own = Vec::new();
            while own.len() < 5 + round {
                own.extend(receiver.recv().await);
            }
            let killed = Command::new("kill").args(["-9", &process]).status();
            assert!(killed.await.unwrap().success());
            own
        };
        let ((), own) = tokio::join!(asking, killing);
        given.extend(own);
        while let Ok(late) = receiver.try_recv() {
            given.push(late);
        }
    }
    let backend = Backend::start(&database, &[]).await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let key = format!("key={}", KEY.replace(' ', "+").replace('\'', "%27"));
    let answer = client
        .post(format!("{}/sign-in", backend.operator))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(key)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let cookie = cookie_of(&answer);
    for (name, id) in given {
        let url = format!(
            "{}/person?name={}",
            backend.operator,
            name.replace(' ', "+")
        );
        let page = client
            .get(url)
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        let page = page.text().await.unwrap();
        assert!(
            page.contains(&format!("Session {id}")),
            "the session of {name} is lost"
        );
        assert!(
            page.contains(&format!("session {id} created")),
            "its record is lost"
        );
    }
}

#[tokio::test]
async fn behind_a_proxy_nothing_is_answered_over_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let options = [
        "--origin",
        "https://liveness.example",
        "--proxy",
        "127.0.0.0/8",
    ];
    let backend = Backend::start(&folder.path().join("o.sqlite"), &options).await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let get = |path: &str| client.get(format!("{}{path}", backend.page));
    let plain = get("/?a=b").send().await.unwrap();
    assert_eq!(plain.status(), 308);
    assert_eq!(plain.headers()["location"], "https://liveness.example/?a=b");
    let told = get("/")
        .header("x-forwarded-proto", "https")
        .send()
        .await
        .unwrap();
    assert_eq!(told.status(), 200);
    assert!(told.headers().contains_key("strict-transport-security"));
    assert_eq!(get("/healthz").send().await.unwrap().status(), 204);
    let token = get("/api/session").send().await.unwrap();
    assert_eq!(token.status(), 308);
}
