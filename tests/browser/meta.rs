//! Policies in `meta` elements: what an audit says of a page is what the engines do with it.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_visor::audit::{self, Context, Profile};

use crate::engine::{Engine, in_each_engine};
use crate::proxy::Proxy;
use crate::serve;

in_each_engine!(an_audit_knows_which_scripts_run);

const NONE: &str = "<meta http-equiv=content-security-policy content=\"script-src 'none'\">";
const ONE: &str = "<script>window.ran = (window.ran ?? '') + '1'</script>";
const TWO: &str = "<script>window.ran = (window.ran ?? '') + '2'</script>";

/// A header's policy or nothing, and a page in which `NONE`, `ONE` and `TWO` stand for the above.
const CASES: &[(&str, &str)] = &[
    ("", "<!doctype html>NONE ONE"),
    ("", "ONE NONE TWO"),
    ("", "<head><title>a <b></title>NONE</head><body>ONE"),
    ("", "<head></head>NONE<body>ONE"),
    ("", "<body>NONE ONE"),
    ("", "text NONE ONE"),
    ("", "&nbsp;NONE ONE"),
    ("", "\u{feff}NONE ONE"),
    ("", "<p>NONE ONE"),
    ("", "</p></div>NONE ONE"),
    ("", "</br>NONE ONE"),
    ("", "<head></head></html>NONE ONE"),
    ("", "<svg></svg>NONE ONE"),
    ("", "<template>NONE</template>ONE"),
    ("", "<template><p><template></template></template>NONE ONE"),
    ("", "<template><template></template>NONE</template>ONE"),
    ("", "<noscript>NONE</noscript>ONE"),
    ("", "<noscript><p></noscript>NONE ONE"),
    ("", "<noframes>NONE</noframes>ONE"),
    ("", "<style>p {}</style><link rel=x href=y>NONE ONE"),
    ("script-src 'unsafe-inline'", "ONE NONE TWO"),
    ("script-src 'none'", "ONE NONE TWO"),
    (
        "",
        "<meta http-equiv=Content-Security-Policy content=\"script-src 'unsafe-inline'\">ONE NONE TWO",
    ),
    (
        "",
        "<meta http-equiv=content-security-policy content=\"script-src 'unsafe-inline', script-src 'none'\">ONE",
    ),
    (
        "",
        "<meta http-equiv=' content-security-policy' content=\"script-src 'none'\">ONE",
    ),
    (
        "",
        "<meta http-equiv=content-security-policy-report-only content=\"script-src 'none'\">ONE",
    ),
    (
        "",
        "<meta http-equiv=content-security-policy content=sandbox>ONE",
    ),
    (
        "",
        "<meta name=content-security-policy content=\"script-src 'none'\">ONE",
    ),
    ("", "<meta http-equiv=content-security-policy>ONE"),
];

fn html(case: usize) -> String {
    let (_, html) = CASES[case];
    let html = html.replace("NONE", NONE);
    html.replace("ONE", ONE).replace("TWO", TWO)
}

fn headers(case: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap());
    let (policy, _) = CASES[case];
    if !policy.is_empty() {
        headers.insert(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
    }
    headers
}

fn page(case: usize) -> Response {
    (headers(case), html(case)).into_response()
}

/// The scripts that run, by what an audit says.
fn said(case: usize) -> String {
    let html = html(case);
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.headers = headers(case);
    let body = html.clone().into();
    let page = audit::Response::new("https://example.com/", parts, Some(body)).unwrap();
    let report = audit::audit(&page, &Context::new(Profile::Document));
    let scripts = report
        .inventory
        .iter()
        .filter(|script| script.kind == "inline script");
    // Those of the text, in its order.
    let mut numbers: Vec<(usize, char)> = html
        .match_indices("?? '') + '")
        .map(|(at, text)| (at, html[at + text.len()..].chars().next().unwrap()))
        .collect();
    numbers.sort_unstable();
    assert_eq!(scripts.clone().count(), numbers.len(), "{html}");
    scripts
        .zip(numbers)
        .filter(|(script, _)| script.integrity != "blocked by the policy")
        .map(|(_, (_, number))| number)
        .collect()
}

async fn an_audit_knows_which_scripts_run(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let case = |Path(case): Path<usize>| async move { page(case) };
    let site = serve(Router::new().route("/{case}", get(case))).await;
    let tab = browser.tab(&proxy.address).await;
    let mut wrong = Vec::new();
    for (index, (policy, html)) in CASES.iter().enumerate() {
        tab.goto(&format!("{site}/{index}")).await;
        let here =
            format!("document.readyState === 'complete' && location.pathname === '/{index}'");
        tab.wait_for(&here).await;
        let ran: String = tab.eval("window.ran ?? ''").await.unwrap();
        let said = said(index);
        if ran != said {
            wrong.push(format!(
                "{policy:?} {html:?}: {ran:?} ran, the audit said {said:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "in {engine:?}:\n{}", wrong.join("\n"));
}
