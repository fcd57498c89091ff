//! HTML: pages that are audited, compiled and stamped.

use std::sync::OnceLock;

use bytes::Bytes;
use tower_visor::app::AppFiles;
use tower_visor::audit::{Context, Profile, Response, audit, simulate};
use tower_visor::csp::PolicyList;
use tower_visor::page::Page;
use tower_visor::pins::{Pins, Verified};
use tower_visor::sdk::Endpoint;
use tower_visor::{Document, LivenessPage, Policy};

use super::{Call, Reader, call, join, reader, repeat};

pub(super) const READERS: &[Reader] = &[
    reader("audit: modules of an import map", 200, |n| {
        audited(import_map(n))
    }),
    reader("audit: scopes of an import map", 200, |n| {
        let scopes = join(n, ",", |i| format!("\"/s{i}/\":{{\"m\":\"/m{i}.js\"}}"));
        audited(format!(
            "<script type=importmap>{{\"scopes\":{{{scopes}}}}}</script>"
        ))
    }),
    reader("audit: import maps", 200, |n| {
        audited(repeat(n, |i| {
            format!("<script type=importmap>{{\"imports\":{{\"m{i}\":\"/m{i}.js\"}}}}</script>")
        }))
    }),
    reader("audit: scripts", 200, |n| audited(scripts(n))),
    reader("audit: modules", 200, |n| {
        audited(repeat(n, |i| {
            format!("<script type=module src=/m{i}.js></script>")
        }))
    }),
    reader("audit: scripts of other hosts", 200, |n| {
        audited(repeat(n, |i| {
            format!("<script src=https://h{i}.example/x.js></script>")
        }))
    }),
    reader("audit: inline scripts", 200, |n| audited(inline_scripts(n))),
    reader("audit: inline styles", 200, |n| audited(inline_styles(n))),
    reader("audit: style sheets", 200, |n| audited(style_sheets(n))),
    reader("audit: handlers and style attributes", 200, |n| {
        audited(repeat(n, |i| {
            format!("<p onclick=\"go({i})\" style=\"top:{i}px\">x</p>\n")
        }))
    }),
    reader("audit: metas", 200, |n| {
        audited(repeat(n, |i| format!("<meta name=m{i} content=x>")))
    }),
    reader("audit: policies in metas", 30, |n| {
        audited(repeat(n, |i| {
            format!(
                "<meta http-equiv=content-security-policy content=\"img-src https://h{i}.example\">"
            )
        }))
    }),
    reader("audit: frames", 200, |n| {
        audited(repeat(n, |i| {
            format!("<iframe src=https://h{i}.example/ allow=camera></iframe>")
        }))
    }),
    reader("audit: forms and links", 200, |n| {
        audited(repeat(n, |i| {
            format!(
                "<form action=http://h{i}.example></form><a href=javascript:x({i}) target=_blank>x</a>"
            )
        }))
    }),
    reader("audit: preloads", 200, |n| {
        audited(repeat(n, |i| {
            format!("<link rel=modulepreload href=/m{i}.js>")
        }))
    }),
    reader("audit: plain tags", 2000, |n| {
        audited("<p>x</p>\n".repeat(n))
    }),
    reader("audit: open tags", 2000, |n| audited("<div>".repeat(n))),
    reader("audit: attributes of one tag", 500, |n| {
        audited(format!("<p {}>", join(n, " ", |i| format!("a{i}=x"))))
    }),
    reader("audit: comments", 2000, |n| audited("<!-- x -->".repeat(n))),
    reader("audit: bytes of one script", 20_000, |n| {
        audited(format!("<script>{}</script>", "a=1;".repeat(n)))
    }),
    reader("audit: files of a page", 100, files),
    reader("audit: scripts under a policy of so many hosts", 100, |n| {
        let policy = format!(
            "script-src {}",
            join(n, " ", |i| format!("https://h{i}.example"))
        );
        let html = repeat(n, |i| {
            format!("<script src=https://x{i}.example/x.js></script>")
        });
        judged(html, Some(policy))
    }),
    reader("audit: scripts under an import map of so many", 100, |n| {
        audited(format!("{}{}", import_map(n), scripts(n)))
    }),
    reader("simulation: scripts", 200, |n| {
        let page = response(&scripts(n), None);
        let list = PolicyList::effective(["default-src 'self'; script-src 'none'"]);
        call((page, list), |(page, list)| {
            simulate(page, list, &Context::new(Profile::Liveness))
        })
    }),
    reader("simulation: inline scripts", 200, |n| {
        let page = response(&inline_scripts(n), None);
        let list = PolicyList::effective(["default-src 'self'; script-src 'none'"]);
        call((page, list), |(page, list)| {
            simulate(page, list, &Context::new(Profile::Liveness))
        })
    }),
    reader("a compiled page: plain tags", 2000, |n| {
        compiled("<p>x</p>\n".repeat(n))
    }),
    reader("a compiled page: open tags", 2000, |n| {
        compiled("<div>".repeat(n))
    }),
    reader("a compiled page: tags of one line", 2000, |n| {
        compiled("<p>x</p>".repeat(n))
    }),
    reader("a compiled page: inline scripts", 200, |n| {
        compiled(inline_scripts(n))
    }),
    reader("a compiled page: inline styles", 200, |n| {
        compiled(inline_styles(n))
    }),
    reader("a compiled page: scripts of the application", 100, |n| {
        let files = (0..n).map(|i| (format!("/a{i}.js"), format!("x = {i}")));
        with_files(files.collect(), scripts(n))
    }),
    reader("a compiled page: one script again and again", 100, |n| {
        with_files(
            vec![("/a0.js".into(), "x".into())],
            "<script src=/a0.js></script>".repeat(n),
        )
    }),
    reader("a compiled page: modules of the application", 100, |n| {
        let files = (0..n).map(|i| (format!("/a{i}.js"), format!("import './a{}.js'", i + 1)));
        with_files(
            files.collect(),
            "<script type=module src=/a0.js></script>".into(),
        )
    }),
    reader("a compiled page: imports by names of its map", 200, |n| {
        let names = join(n, ",", |i| format!("\"m{i}\":\"/x.js\",\"n{i}/\":\"/\""));
        let imports = repeat(n, |i| format!("import 'm{i}'; import 'n{i}/x.js';"));
        with_files(
            vec![("/a.js".into(), imports), ("/x.js".into(), String::new())],
            format!(
                "<script type=importmap>{{\"imports\":{{{names}}}}}</script><script type=module src=/a.js></script>"
            ),
        )
    }),
    reader("a compiled page: what is said of a script", 200, |n| {
        let policies = repeat(n, |i| format!("t.createPolicy('p{i}', {{}});"));
        with_files(
            vec![("/a.js".into(), policies)],
            "<script src=/a.js></script>".into(),
        )
    }),
    reader(
        "a compiled page: style sheets of the application",
        100,
        |n| {
            let files = (0..n).map(|i| (format!("/s{i}.css"), format!("p {{ top: {i}px }}")));
            with_files(files.collect(), style_sheets(n))
        },
    ),
    reader("a compiled page: metas", 500, |n| {
        compiled(repeat(n, |i| format!("<meta name=m{i} content=x>")))
    }),
    reader("a compiled page: attributes of one tag", 500, |n| {
        compiled(format!("<p {}>", join(n, " ", |i| format!("a{i}=x"))))
    }),
    reader("a compiled page: comments", 2000, |n| {
        compiled("<!-- x -->".repeat(n))
    }),
    reader("a compiled page: faults", 200, |n| {
        compiled(repeat(n, |i| format!("<p onclick=\"go({i})\">x</p>\n")))
    }),
    reader("a compiled page: scripts that are unknown", 200, |n| {
        compiled(repeat(n, |i| format!("<script src=/none{i}.js></script>")))
    }),
];

fn scripts(n: usize) -> String {
    repeat(n, |i| format!("<script src=/a{i}.js></script>"))
}

fn inline_scripts(n: usize) -> String {
    repeat(n, |i| format!("<script>go({i})</script>\n"))
}

fn inline_styles(n: usize) -> String {
    repeat(n, |i| format!("<style>p {{ top: {i}px }}</style>\n"))
}

fn style_sheets(n: usize) -> String {
    repeat(n, |i| format!("<link rel=stylesheet href=/s{i}.css>"))
}

fn import_map(n: usize) -> String {
    let digest = format!("sha384-{}", "A".repeat(64));
    let imports = join(n, ",", |i| format!("\"m{i}\":\"/m{i}.js\""));
    let integrity = join(n, ",", |i| format!("\"/m{i}.js\":\"{digest}\""));
    format!(
        "<script type=importmap>{{\"imports\":{{{imports}}},\"integrity\":{{{integrity}}}}}</script>"
    )
}

fn response(body: &str, policy: Option<&str>) -> Response {
    let mut builder = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    if let Some(policy) = policy {
        builder = builder.header("content-security-policy", policy);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let html = Bytes::from(format!("<!doctype html><title>x</title>{body}"));
    Response::new("https://page.example/", parts, Some(html)).unwrap()
}

fn audited(body: String) -> Call {
    judged(body, None)
}

fn judged(body: String, policy: Option<String>) -> Call {
    call(response(&body, policy.as_deref()), |page| {
        audit(page, &Context::new(Profile::Liveness))
    })
}

/// A page with the files that it loads, each of which imports the next.
fn files(n: usize) -> Call {
    let files: Vec<Response> = (0..n)
        .map(|i| {
            let builder = http::Response::builder().header("content-type", "text/javascript");
            let (parts, ()) = builder.body(()).unwrap().into_parts();
            let body = Bytes::from(format!("import './m{}.js'; go({i})", i + 1));
            Response::new(&format!("https://page.example/m{i}.js"), parts, Some(body)).unwrap()
        })
        .collect();
    let html = repeat(n, |i| format!("<script type=module src=/m{i}.js></script>"));
    call((response(&html, None), files), |(page, files)| {
        audit(page, &Context::new(Profile::Liveness).resources(files))
    })
}

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");

struct Sdk {
    verified: Verified<'static>,
    policy: Policy,
}

fn sdk() -> &'static Sdk {
    static PINS: OnceLock<Pins> = OnceLock::new();
    static SDK: OnceLock<Sdk> = OnceLock::new();
    SDK.get_or_init(|| {
        let pins = PINS.get_or_init(|| Pins::scan(FIXTURE).unwrap());
        let document = Document::new("https://page.example").unwrap();
        let endpoint = Endpoint::resource("contoso").unwrap();
        Sdk {
            verified: pins.verify(FIXTURE).unwrap(),
            policy: Policy::strict(LivenessPage::pinned(document, pins, endpoint)),
        }
    })
}

fn compiled(body: String) -> Call {
    with_files(Vec::new(), body)
}

fn with_files(files: Vec<(String, String)>, body: String) -> Call {
    let mut all = AppFiles::new();
    for (path, text) in files {
        all = all.file(path, text).unwrap();
    }
    let html = format!(
        "<!doctype html><title>x</title>{body}<script type=module src=/FaceLivenessDetector.js></script>"
    );
    let sdk = sdk();
    call((html, all), |(html, files)| {
        Page::builder(html.as_str())
            .app_files(files.clone())
            .compile(&sdk.verified, &sdk.policy)
            .is_ok()
    })
}
