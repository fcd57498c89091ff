//! An audit step by step: what is asked for, where it ends, and what a report says of the rest.

use tower_visor::audit::{
    AuditError, Code, Context, Finding, Probes, Profile, Report, Response, Visit,
};

use super::response;

const PAGE: &str = "https://example.com/";

/// The outcome of a visit with these answers, `None` for what is left out, and all that was asked.
fn visited(
    context: &Context<'_>,
    answer: impl Fn(&str) -> Option<Result<Response, String>>,
) -> (Result<Report, AuditError>, Vec<String>) {
    let mut visit = Visit::new(PAGE.parse().unwrap(), context).probes(Probes::All);
    let mut asked = Vec::new();
    while let Some(fetch) = visit.next_fetch() {
        let url = match fetch.probe() {
            None => fetch.url.to_string(),
            Some(probe) => probe.to_owned(),
        };
        match answer(&url) {
            Some(answer) => visit.answer(fetch, answer),
            None => visit.leave(fetch, "left out"),
        }
        asked.push(url);
    }
    (visit.report(), asked)
}

fn html(url: &str, body: &str) -> Response {
    response(url, &[("content-type", "text/html")], body)
}

fn redirect(url: &str, to: &str) -> Response {
    let (mut parts, ()) = http::Response::builder()
        .header("location", to)
        .body(())
        .unwrap()
        .into_parts();
    parts.status = http::StatusCode::FOUND;
    Response::new(url, parts, None).unwrap()
}

fn not_checked(report: &Report) -> Vec<String> {
    let rows = report.not_checked.iter();
    rows.map(|row| format!("{}: {}", row.what, row.why))
        .collect()
}

#[test]
fn the_page_comes_first_then_its_files_then_the_probes() {
    let context = Context::new(Profile::Document);
    let (report, asked) = visited(&context, |url| match url {
        PAGE => Some(Ok(html(
            url,
            "<!doctype html><script src=a.js></script><script src=a.js></script>\
             <link rel=stylesheet href=//cdn.example/b.css><img src=c.png>",
        ))),
        url => Some(Ok(response(
            PAGE,
            &[("content-type", "text/javascript")],
            url,
        ))),
    });
    assert_eq!(
        asked,
        [
            PAGE,
            "https://example.com/a.js",
            "https://cdn.example/b.css",
            "unknown path",
            "unknown method",
            "oversized body",
            "unknown host",
        ]
    );
    // The page, and the file of its own origin by its own headers.
    let report = report.unwrap();
    let judged: Vec<_> = report
        .responses
        .iter()
        .map(|response| (&*response.url, response.profile))
        .collect();
    assert_eq!(
        judged,
        [
            (PAGE, Profile::Document),
            ("https://example.com/a.js", Profile::Asset),
        ]
    );
    let bare = |finding: &&Finding| finding.url.as_deref() == Some("https://example.com/a.js");
    assert_eq!(report.of(Code::NOSNIFF_MISSING).filter(bare).count(), 1);
    assert_eq!(not_checked(&report), [""; 0]);
}

#[test]
fn what_is_fetched_may_name_more() {
    let context = Context::new(Profile::Liveness);
    let (_, asked) = visited(&context, |url| match url {
        PAGE => Some(Ok(html(
            url,
            "<!doctype html><script type=module src=app.js></script>",
        ))),
        "https://example.com/app.js" => Some(Ok(response(
            url,
            &[("content-type", "text/javascript")],
            "import './FaceLivenessDetector.js'",
        ))),
        url => Some(Ok(response(PAGE, &[], url))),
    });
    let position = |end: &str| asked.iter().position(|url| url.ends_with(end)).unwrap();
    assert!(position("/app.js") < position("/FaceLivenessDetector.js"));
    assert!(position("/AzureAIVisionFace_SIMD.wasm") < position("unknown path"));
    let mut once = asked.clone();
    once.dedup();
    assert_eq!(asked, once);
}

#[test]
fn redirects_are_followed_as_browsers_do() {
    let context = Context::new(Profile::Document);
    let fault = |answer: fn(&str) -> Option<Result<Response, String>>| {
        visited(&context, answer).0.unwrap_err().to_string()
    };
    let (report, _) = visited(&context, |url| match url {
        PAGE => Some(Ok(redirect(url, "/there?token=SECRET"))),
        "https://example.com/there?token=SECRET" => {
            Some(Ok(html(url, "<!doctype html><script src=a.js></script>")))
        }
        "https://example.com/a.js" => Some(Ok(redirect(url, "/b.js"))),
        url => Some(Ok(response(
            PAGE,
            &[("content-type", "text/javascript")],
            url,
        ))),
    });
    let report = report.unwrap();
    assert_eq!(report.responses[0].url, "https://example.com/there");
    // The page knows the file by the URL in its element.
    assert_eq!(report.inventory[0].url, "https://example.com/a.js");
    let body = "https://example.com/b.js";
    assert_eq!(report.inventory[0].bytes, Some(body.len() as u64));

    for target in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "data:,x",
    ] {
        let (report, _) = visited(&context, |url| Some(Ok(redirect(url, target))));
        assert_eq!(
            report.unwrap_err().to_string(),
            "https://example.com/: redirects to something that isn't a URL",
            "{target}"
        );
    }
    assert_eq!(
        fault(|url| Some(Ok(redirect(
            url,
            if url.ends_with("/a") { "/b" } else { "/a" }
        )))),
        "https://example.com/a: redirects in a circle"
    );
    let endless = fault(|url| Some(Ok(redirect(url, &format!("{url}x")))));
    assert_eq!(
        endless,
        format!("{PAGE}{}: more than 20 redirects", "x".repeat(20))
    );
    assert_eq!(
        fault(|_| Some(Err("it sleeps".to_owned()))),
        "https://example.com/: it sleeps"
    );
    assert_eq!(fault(|_| None), "https://example.com/: left out");
    let mut visit = Visit::new("wss://example.com/".parse().unwrap(), &context);
    assert!(visit.next_fetch().is_none());
    assert_eq!(
        visit.report().unwrap_err().to_string(),
        "wss://example.com/: only http and https can be asked"
    );
}

/// A page of the internet has no business on the machine of who audits it.
#[test]
fn nothing_leads_to_this_machine_from_elsewhere() {
    let context = Context::new(Profile::Document);
    let why = |address: &str, kind: &str| {
        format!(
            "{address} is {kind}, and only an address of the internet, or the one that was asked \
             for, is connected to; for any other, audit what `curl -si` received"
        )
    };
    let (report, asked) = visited(&context, |url| match url {
        PAGE => Some(Ok(html(
            url,
            "<script src=http://127.0.0.1/a.js></script><script src=http://localhost/b.js></script>\
             <script src=/c.js></script>",
        ))),
        "https://example.com/c.js" => Some(Ok(redirect(url, "http://169.254.169.254/latest"))),
        url => Some(Ok(response(PAGE, &[], url))),
    });
    assert_eq!(
        asked[..3],
        [PAGE, "https://example.com/c.js", "unknown path"]
    );
    assert_eq!(
        not_checked(&report.unwrap()),
        [
            format!(
                "http://127.0.0.1/a.js and 1 more: {}",
                why("127.0.0.1", "a loopback address")
            ),
            format!(
                "https://example.com/c.js: {}",
                why("169.254.169.254", "a link-local address")
            ),
        ]
    );
    let (report, _) = visited(&context, |url| Some(Ok(redirect(url, "http://[::1]/"))));
    assert_eq!(
        report.unwrap_err().to_string(),
        format!("http://[::1]/: {}", why("::1", "a loopback address"))
    );

    // Whoever names one address has named that one.
    let mut visit = Visit::new("http://127.0.0.1:8080/".parse().unwrap(), &context);
    let fetch = visit.next_fetch().unwrap();
    assert!(fetch.check([127, 0, 0, 1].into()).is_ok());
    visit.answer(
        fetch,
        Ok(redirect("http://127.0.0.1:8080/", "http://10.1.2.3/")),
    );
    assert!(visit.next_fetch().is_none());
    assert_eq!(
        visit.report().unwrap_err().to_string(),
        format!("http://10.1.2.3/: {}", why("10.1.2.3", "a private address"))
    );
}

#[test]
fn what_did_not_come_is_said_by_its_reason() {
    let context = Context::new(Profile::Document);
    let page =
        "<script src=a.js></script><script src=b.js></script><script src=c.js?sig=SECRET></script>";
    let (report, _) = visited(&context, |url| match url {
        PAGE => Some(Ok(html(url, page))),
        "https://example.com/a.js" => Some(Err("no answer\u{1b}[2J\nat all".to_owned())),
        _ => None,
    });
    let report = report.unwrap();
    assert_eq!(
        not_checked(&report),
        [
            "the answer to an unknown path and 3 more: left out",
            "https://example.com/b.js and 1 more: left out",
            "https://example.com/a.js: no answer\\u{1b}[2J\\nat all",
        ]
    );
    assert!(!report.to_json().contains("SECRET"));

    // A redirect that isn't followed is what there is to judge.
    let (report, asked) = visited(&context, |url| match url {
        PAGE => Some(Ok(redirect(url, "https://login.example/"))),
        _ => None,
    });
    assert_eq!(asked[1], "https://login.example/");
    assert_eq!(report.unwrap().responses[0].status, 302);
}

#[test]
fn a_visit_ends_whatever_a_page_names() {
    let context = Context::new(Profile::Document);
    let many = |index: usize| format!("<script src=/{index}.js></script>");
    let many: String = (0..1000).map(many).collect();
    let (report, asked) = visited(&context, |url| match url {
        PAGE => Some(Ok(html(url, &many))),
        url => Some(Ok(response(PAGE, &[], url))),
    });
    assert_eq!(asked.len(), 1 + 300 + 4);
    assert_eq!(
        not_checked(&report.unwrap())[1..],
        ["https://example.com/300.js and 699 more: no more than 300 files of a page are requested"]
    );

    // A fetch that nobody answers isn't asked for again.
    let mut visit = Visit::new(PAGE.parse().unwrap(), &context);
    assert!(visit.next_fetch().is_some() && visit.next_fetch().is_none());
    assert_eq!(
        visit.report().unwrap_err().to_string(),
        "https://example.com/: it was not asked for"
    );
}

#[test]
fn only_who_runs_a_server_sends_it_what_may_change_something() {
    let context = Context::new(Profile::Document);
    let mut visit = Visit::new(PAGE.parse().unwrap(), &context);
    let mut methods = Vec::new();
    while let Some(fetch) = visit.next_fetch() {
        methods.push(fetch.request.method().to_string());
        assert_eq!(fetch.request.headers()["host"], "example.com");
        visit.answer(fetch, Ok(response(PAGE, &[], "")));
    }
    assert_eq!(methods, ["GET", "GET"]);
    assert_eq!(
        not_checked(&visit.report().unwrap()),
        [
            "the answers to an unknown method, a large body and an unknown host: \
          only the server's operator should send such requests: `visor audit --probe`"
        ]
    );
}
