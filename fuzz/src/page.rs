//! Pages compiled against the pins, read again by a second parser. What the page's own policy would
//! block there had to be refused.

use std::sync::OnceLock;

use html5ever::{Attribute, QualName, ns};
use markup5ever_rcdom::{Handle, NodeData};
use tower_visor::app::AppFiles;
use tower_visor::csp::{ExternalScript, Inline, PolicyList};
use tower_visor::page::Page;
use tower_visor::pins::{Pins, Verified};
use tower_visor::policy::{Document, HostKind, LivenessPage, Policy, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sdk::Endpoint;
use tower_visor::sri::{Integrity, Verdict};

use super::{are_messages, dom, seeds};

const ORIGIN: &str = "https://liveness.contoso.example";
const MODULE: &str = "import './FaceLivenessDetector.js'";

struct Site {
    verified: Verified<'static>,
    app: AppFiles,
    policy: Policy,
}

fn site() -> &'static Site {
    static PINS: OnceLock<Pins> = OnceLock::new();
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let folder = seeds::fixtures().join("sdk/1.5.0");
        let pins = PINS.get_or_init(|| Pins::scan(&folder).expect("the stand-in"));
        let document = Document::new(ORIGIN)
            .and_then(|document| document.loads(Resource::Style, "/app.css"))
            .and_then(|document| document.loads(Resource::Connect, "/api/session"));
        let endpoint = Endpoint::resource("contoso").expect("a name");
        let page = LivenessPage::pinned(document.expect("a document"), pins, endpoint);
        let app = AppFiles::new()
            .file("/app.js", MODULE)
            .and_then(|files| files.file("/app.css", "p { margin: 0 }"));
        Site {
            verified: pins.verify(folder).expect("the stand-in"),
            app: app.expect("two files"),
            policy: Policy::strict(page),
        }
    })
}

/// A page.
pub fn run(data: &[u8]) {
    let Ok(html) = str::from_utf8(data) else {
        return;
    };
    let site = site();
    let compile = || {
        Page::builder(html)
            .app_files(site.app.clone())
            .compile(&site.verified, &site.policy)
    };
    let page = match compile() {
        Ok(page) => page,
        Err(errors) => return are_messages(&errors),
    };
    assert_eq!(compile().expect("the same page").bytes(), page.bytes());
    assert_eq!(page.html().as_bytes(), page.bytes());
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    let policies = PolicyList::effective(headers.get_all("content-security-policy"));
    assert_eq!(policies.dropped(), &[]);
    assert!(!policies.allows_eval());
    assert!(!policies.allows_inline(&Inline::script("alert('not of this page')")));
    Browser {
        policies,
        scripts: 0,
    }
    .read(page.html());
}

/// What a browser does with a page under its policy.
struct Browser {
    policies: PolicyList,
    scripts: usize,
}

impl Browser {
    fn read(&mut self, html: &str) {
        dom::walk(html, |_, node| {
            if let NodeData::Element { name, attrs, .. } = &node.data {
                self.element(name, &attrs.borrow(), node);
            }
        });
        assert!(self.scripts >= 2, "the guard or the import map is missing");
    }

    fn element(&mut self, name: &QualName, attributes: &[Attribute], node: &Handle) {
        let value = |name: &str| dom::value(attributes, name);
        for attribute in attributes {
            let key = &*attribute.name.local;
            assert!(
                !(key.starts_with("on") && is_handler(key)),
                "{key} on {name:?}"
            );
            assert_ne!(key, "style", "on {name:?}");
        }
        match &*name.local {
            "base" => panic!("<base>"),
            "iframe" => assert_eq!(value("srcdoc"), None),
            "meta" => assert!(!value("http-equiv").is_some_and(|kind| {
                kind.trim_ascii()
                    .eq_ignore_ascii_case("content-security-policy")
            })),
            "style" => {
                let text = dom::text_of(node);
                assert!(
                    self.policies.allows_inline(&Inline::style(&text)),
                    "{text:?}"
                );
            }
            "script" => {
                // Elsewhere the one attribute means nothing, and in SVG the other.
                let source = if name.ns == ns!(html) { "src" } else { "href" };
                self.script(value, value(source), &dom::text_of(node));
            }
            _ => {}
        }
    }

    fn script<'a>(
        &mut self,
        value: impl Fn(&str) -> Option<&'a str>,
        source: Option<&str>,
        text: &str,
    ) {
        let kind = value("type").map(str::to_ascii_lowercase);
        let runs = match kind.as_deref().map(str::trim_ascii) {
            // The attribute `language`, long dead.
            None if value("language").is_some_and(|language| !language.is_empty()) => return,
            None => true,
            Some("") => value("type") == Some(""),
            Some(kind) => ["module", "text/javascript", "importmap"].contains(&kind),
        };
        if !runs {
            return;
        }
        self.scripts += 1;
        if self.scripts == 1 {
            assert!(
                text.contains("integrity"),
                "the guard is not the first script"
            );
        }
        let Some(source) = source else {
            assert!(
                self.policies.allows_inline(&Inline::script(text)),
                "{text:?}"
            );
            return;
        };
        let integrity = value("integrity").expect("integrity");
        assert!(value("crossorigin").is_some());
        let url = format!("{ORIGIN}/x").parse().expect("an URL");
        let script = ExternalScript::new(&url).integrity(integrity);
        let origin = ORIGIN.parse().expect("an origin");
        assert!(
            self.policies.allows_external_script(&script, &origin),
            "{source}"
        );
        // It is that of a file that the page may load, and for the application's own we know which.
        if source == "app.js" {
            let verdict = Integrity::effective(integrity).verdict(MODULE.as_bytes());
            assert_eq!(verdict, Verdict::Matches);
        }
    }
}

fn is_handler(name: &str) -> bool {
    name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

const SEEDS: [&str; 12] = [
    "<!doctype html>\n<title>Check</title>\n<script type=module src=app.js></script>",
    "<!doctype html><html lang=en><head><meta charset=utf-8><link rel=stylesheet href=/app.css><style>p{}</style></head><body><script>go()</script></body></html>",
    "<script type=importmap>{\"imports\": {\"x\": \"./app.js\"}}</script><script type=module>import 'x'</script>",
    "<link rel=modulepreload href=FaceLivenessDetector.js><p>text &amp; more<svg><title>a</title><path d=''/></svg>",
    "<script src='/app.js' crossorigin></script><noscript><p>no</noscript><template><script>1</script></template>",
    "<textarea><script></textarea><xmp><script></xmp><!-- <script> --><script>/* <!-- <script> */</script>",
    "<table><script>1</script><tr><td><select><script>2</script></select></table><math><mi>x</mi></math>",
    "<svg><foreignObject><div></svg></div></foreignObject></svg><style>a</style>",
    "<script type=application/json>{}</script><script type='text/javascript' language=x>1</script>",
    "<p onclick=go()><a href=' java\tscript:go()'>x</a><base href=/><iframe srcdoc=x></iframe>",
    "<meta http-equiv=content-security-policy content=x><div style=x><svg><script>1</script></svg>",
    "<script integrity=sha384-AAAA src=app.js></script><script src=//evil.example/x.js></script>",
];

/// Pages, most of them right.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|html| html.as_bytes().to_vec()).into()
}
