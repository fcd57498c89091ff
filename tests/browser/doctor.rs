//! The doctor is right, both ways: the example's page through a proxy that breaks one thing at a time,
//! run in Chromium and audited from the same answers. What keeps the SDK from running is named first;
//! where it runs, nothing is named.

mod rows;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HOST, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::Response as Answer;
use futures_util::StreamExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower_visor::audit::{Code, Context, Probes, Profile, Response, Severity, Visit};
use tower_visor::pins::{Pins, Scan};

use crate::chromium::Chromium;
use crate::example::{Example, stand_in};
use crate::page::Page;
use crate::serve;

/// One answer on its way, to be broken.
struct Passing {
    port: String,
    path: String,
    query: String,
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Passing {
    fn is_page(&self) -> bool {
        self.path == "/" && self.query != "outer"
    }

    /// Sets a header, or takes it away.
    fn set(&mut self, name: &str, value: &str) {
        let name: HeaderName = name.parse().unwrap();
        self.headers.remove(&name);
        if !value.is_empty() {
            self.headers.insert(name, value.parse().unwrap());
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, value.parse().unwrap());
    }

    fn replace(&mut self, from: &str, to: &str) {
        let text = String::from_utf8(std::mem::take(&mut self.body)).unwrap();
        assert!(text.contains(from), "no {from} in {}", self.path);
        self.body = text.replacen(from, to, 1).into_bytes();
    }
}

type Break = Arc<dyn Fn(&mut Passing) + Send + Sync>;

/// Which of the example's fronts is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    Guarded,
    Headers,
    /// No header at all, to which rows add some.
    Bare,
}

/// What has to come of it.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Runs,
    /// It runs without its styles or pictures, which is the one thing to be named (styles with pins
    /// only, which know them).
    Plain(Code),
    /// It doesn't, and the first cause is one of these.
    Dies(&'static [Code]),
    /// The same; without pins nothing is named, for this reason.
    DiesPinned(&'static [Code], &'static str),
    /// It doesn't, and no audit can know, for this reason.
    Unseen(&'static str),
}

struct Row {
    name: String,
    front: Front,
    /// In place of 127.0.0.1.
    host: &'static str,
    query: &'static str,
    change: Break,
    ends: Ends,
}

type Upstream = Client<hyper_util::client::legacy::connect::HttpConnector, Body>;

/// Whatever host it is asked for, it asks 127.0.0.1.
async fn pass(client: &Upstream, change: &Break, mut request: Request) -> Answer {
    let host = request.headers()[HOST].to_str().unwrap();
    let port = host
        .rsplit_once(':')
        .map_or("80", |(_, port)| port)
        .to_owned();
    let target = request.uri().path_and_query().unwrap().as_str();
    *request.uri_mut() = format!("http://127.0.0.1:{port}{target}")
        .parse::<Uri>()
        .unwrap();
    request.headers_mut().remove(IF_NONE_MATCH);
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = to_bytes(Body::new(body), usize::MAX)
        .await
        .unwrap()
        .to_vec();
    let (status, headers) = (parts.status, parts.headers);
    let mut passing = Passing {
        port,
        path,
        query,
        status,
        headers,
        body,
    };
    change(&mut passing);
    passing.headers.remove(CONTENT_LENGTH);
    passing.set(CACHE_CONTROL.as_str(), "no-store");
    let mut answer = Answer::new(Body::from(passing.body));
    *answer.status_mut() = passing.status;
    *answer.headers_mut() = passing.headers;
    answer
}

fn upstream() -> Upstream {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Whether the check ends in a result.
async fn runs(browser: &Chromium, row: &Row, url: &str) -> (bool, Page) {
    let (client, change) = (upstream(), row.change.clone());
    let app = Router::new().fallback(move |request: Request| {
        let (client, change) = (client.clone(), change.clone());
        async move { pass(&client, &change, request).await }
    });
    let page = browser.page_through(&serve(app).await).await;
    page.goto(url).await;
    let root = if row.query == "outer" {
        "frames[0].document"
    } else {
        "document"
    };
    let state = format!("{root}.documentElement.dataset.state");
    // A page whose own script didn't run says nothing more: it is given the time of a slow machine.
    for _ in 0..600 {
        let state = page.eval::<String>(&state).await.unwrap_or_default();
        match &*state {
            "done" => return (true, page),
            "failed" => return (false, page),
            _ => {}
        }
        let begun = page
            .eval::<bool>(&format!(
                "typeof {}livenessPage !== 'undefined'",
                if row.query == "outer" {
                    "frames[0]."
                } else {
                    "window."
                }
            ))
            .await;
        let is_loaded = page
            .eval::<bool>(&format!("{root}.readyState === 'complete'"))
            .await;
        if begun != Ok(true) && is_loaded != Ok(false) {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let begun = page
                .eval::<bool>(&format!(
                    "typeof {}livenessPage !== 'undefined'",
                    if row.query == "outer" {
                        "frames[0]."
                    } else {
                        "window."
                    }
                ))
                .await;
            if begun != Ok(true) {
                return (false, page);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (false, page)
}

/// What the audit names of the same answers.
async fn causes(row: &Row, url: &str, pins: Option<&Pins>) -> Vec<Code> {
    let client = upstream();
    let mut context = Context::new(Profile::Liveness);
    if let Some(pins) = pins {
        context = context.pins(pins);
    }
    let mut visit = Visit::new(url.parse().unwrap(), &context).probes(Probes::default());
    while let Some(fetch) = visit.next_fetch() {
        let (parts, body) = fetch.request.clone().into_parts();
        let request = Request::from_parts(parts, Body::from(body));
        let (parts, body) = pass(&client, &row.change, request).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let answer = Response::new(&fetch.url.to_string(), parts, Some(body));
        visit.answer(fetch, answer.map_err(|error| error.to_string()));
    }
    let report = visit.report().unwrap();
    let causes = report.causes();
    causes.iter().map(|cause| cause.code).collect()
}

async fn check(browser: &Chromium, row: &Row, origin: &str, pins: &Pins) -> Vec<String> {
    let origin = origin.replace("127.0.0.1", row.host);
    let url = format!("{origin}/?{}", row.query);
    let (ran, page) = runs(browser, row, &url).await;
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{}: {what}", row.name));
        }
    };
    let should_run = matches!(row.ends, Ends::Runs | Ends::Plain(_));
    let console = if ran == should_run {
        Vec::new()
    } else {
        page.console().await
    };
    check(ran == should_run, format!("runs: {ran}, {console:?}"));
    for pins in [None, Some(pins)] {
        let causes = causes(row, &url, pins).await;
        let named = format!("pins: {}, causes: {causes:?}", pins.is_some());
        match row.ends {
            Ends::Runs => check(causes.is_empty(), named),
            Ends::Unseen(why) => check(causes.is_empty(), format!("{named}, {why}")),
            Ends::Plain(code) => {
                let cosmetic = [Code::BLOCKS_STYLE, Code::BLOCKS_IMAGE];
                check(
                    cosmetic.contains(&code) && code.severity() == Severity::Low,
                    named.clone(),
                );
                check(causes.iter().all(|cause| *cause == code), named.clone());
                let is_known = pins.is_some() || code != Code::BLOCKS_STYLE;
                check(!is_known || !causes.is_empty(), named);
            }
            Ends::DiesPinned(_, why) if pins.is_none() => {
                check(causes.is_empty(), format!("{named}, {why}"));
            }
            Ends::Dies(codes) | Ends::DiesPinned(codes, _) => {
                check(
                    causes.first().is_some_and(|first| codes.contains(first)),
                    named,
                );
            }
        }
    }
    wrong
}

#[tokio::test]
async fn what_keeps_the_sdk_from_running_is_named_and_nothing_else() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let guarded = Example::start(&[]).await;
    let headers = Example::start(&["--checks", "headers"]).await;
    let bare = Example::start(&["--insecure-no-headers"]).await;
    let pins = Scan::new(stand_in("1.5.0")).served_at("/").run().unwrap();
    let rows = rows::rows();
    assert!(rows.len() >= 40);
    // One row alone, for who mends it.
    let only = std::env::var("TOWER_VISOR_DOCTOR_ROW").unwrap_or_default();
    let rows = rows.iter().filter(|row| row.name.contains(&*only));
    let checks = rows.map(|row| {
        let origin = match row.front {
            Front::Guarded => &guarded.origin,
            Front::Headers => &headers.origin,
            Front::Bare => &bare.origin,
        };
        check(&browser, row, origin, &pins)
    });
    // Some at a time: most of a row is waiting for the camera.
    let checks = futures_util::stream::iter(checks.collect::<Vec<_>>());
    let wrong: Vec<Vec<String>> = checks.buffer_unordered(4).collect().await;
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
