//! Pages compiled against the pins, read again by a second parser. What the page's own policy would
//! block there had to be refused.

use std::sync::OnceLock;

use html5ever::{Attribute, QualName, ns};
use markup5ever_rcdom::{Handle, NodeData};
use tower_visor::app::AppFiles;
use tower_visor::csp::{ExternalScript, Inline, PolicyList};
use tower_visor::errors::Errors;
use tower_visor::page::{Page, PageError};
use tower_visor::pins::{Pins, Verified};
use tower_visor::policy::{Document, HostKind, LivenessPage, Policy, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sdk::Endpoint;
use tower_visor::sri::{Integrity, Verdict};

use super::{are_messages, dom, seeds};

const ORIGIN: &str = "https://liveness.contoso.example";
const MODULE: &str = "import './FaceLivenessDetector.js'";
const STYLE: &str = "p { margin: 0 }";

/// A site, and what its own files hold.
pub struct Site {
    origin: &'static str,
    verified: Verified<'static>,
    app: AppFiles,
    policy: Policy,
}

impl Site {
    /// A site with `/app.js`, `/app.css` and the stand-in for the SDK.
    pub fn at(origin: &'static str) -> Self {
        static PINS: OnceLock<Pins> = OnceLock::new();
        let folder = seeds::fixtures().join("sdk/1.5.0");
        let pins = PINS.get_or_init(|| Pins::scan(&folder).expect("the stand-in"));
        let document = Document::new(origin)
            .expect("a document")
            .loads(Resource::Style, "/app.css")
            .loads(Resource::Connect, "/api/session");
        let endpoint = Endpoint::resource("contoso").expect("a name");
        let page = LivenessPage::pinned(document, pins, endpoint);
        let app = AppFiles::new()
            .file("/app.js", MODULE)
            .and_then(|files| files.file("/app.css", STYLE));
        Self {
            origin,
            verified: pins.verify(folder).expect("the stand-in"),
            app: app.expect("two files"),
            policy: Policy::strict(page),
        }
    }

    /// Compiles a page.
    pub fn compile(&self, html: &str) -> Result<Page, Errors<PageError>> {
        Page::builder(html)
            .app_files(self.app.clone())
            .compile(&self.verified, &self.policy)
    }

    /// Compiles a page and has the second parser check it. `false`: it was refused.
    pub fn holds(&self, html: &str) -> bool {
        let page = match self.compile(html) {
            Ok(page) => page,
            Err(errors) => {
                are_messages(&errors);
                return false;
            }
        };
        assert_eq!(
            self.compile(html).expect("the same page").bytes(),
            page.bytes()
        );
        assert_eq!(page.html().as_bytes(), page.bytes());
        let headers = page
            .policy()
            .headers(ResponseClass::Document, HostKind::Named);
        let policies = PolicyList::effective(headers.get_all("content-security-policy"));
        assert_eq!(policies.dropped(), &[]);
        assert!(!policies.allows_eval());
        assert!(!policies.allows_inline(&Inline::script("alert('not of this page')")));
        let page_url = url::Url::parse(self.origin).expect("an origin");
        Browser {
            site: self,
            page: page_url,
            policies,
            scripts: 0,
        }
        .read(page.html());
        true
    }
}

/// A page.
pub fn run(data: &[u8]) {
    static SITE: OnceLock<Site> = OnceLock::new();
    if let Ok(html) = str::from_utf8(data) {
        SITE.get_or_init(|| Site::at(ORIGIN)).holds(html);
    }
}

/// What a browser does with a page under its policy.
struct Browser<'a> {
    site: &'a Site,
    page: url::Url,
    policies: PolicyList,
    scripts: usize,
}

impl Browser<'_> {
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
            if matches!(key, "action" | "data" | "formaction" | "href" | "src") {
                let url = self.page.join(&attribute.value);
                if let Ok(url) = url
                    && url.scheme() == "javascript"
                {
                    // A link to code waits for a click, and then the policy stops it.
                    let is_link = key == "href" && matches!(&*name.local, "a" | "area");
                    let code = Inline::javascript_url(url.as_str());
                    let runs = self.policies.allows_inline(&code);
                    assert!(is_link && !runs, "{key} on {name:?}");
                }
            }
        }
        match &*name.local {
            // One that says only where links open is left.
            "base" => assert_eq!(value("href"), None, "<base>"),
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
            "link" if name.ns == ns!(html) => self.link(value),
            "script" => {
                // Elsewhere the one attribute means nothing, and in SVG the other.
                let source = if name.ns == ns!(html) { "src" } else { "href" };
                self.script(value, value(source), &dom::text_of(node));
            }
            _ => {}
        }
    }

    /// The bytes that some server may send for a URL of the page, if it is one of its files.
    fn bytes(&self, reference: &str) -> Option<&[u8]> {
        let url = self.page.join(reference).ok()?;
        let path = url.path().replace("%2e", ".").replace("%61", "a");
        let path = format!("/{}", path.trim_start_matches('/'));
        (url.origin() == self.page.origin()).then_some(())?;
        let pinned = self.site.verified.pins().served(&path);
        let pinned = pinned.and_then(|file| self.site.verified.bytes(file));
        self.site.app.get(&path).or(pinned.map(AsRef::as_ref))
    }

    /// What is checked must be the file's, and what is a file of the page must be checked.
    fn link<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) {
        let Some((rel, reference)) = value("rel").zip(value("href")) else {
            return;
        };
        let has = |word: &str| {
            rel.split_ascii_whitespace()
                .any(|known| known.eq_ignore_ascii_case(word))
        };
        let is_script = has("modulepreload") || {
            has("preload") && value("as").is_some_and(|kind| kind.eq_ignore_ascii_case("script"))
        };
        let bytes = self.bytes(reference);
        assert!(value("integrity").is_some() || !is_script, "{reference:?}");
        if let Some(bytes) = bytes.filter(|_| is_script || has("stylesheet")) {
            let integrity = value("integrity").unwrap_or_else(|| panic!("{reference:?}"));
            let verdict = Integrity::effective(integrity).verdict(bytes);
            assert_eq!(verdict, Verdict::Matches, "{reference:?}");
            assert!(value("crossorigin").is_some());
        }
    }

    fn script<'a>(
        &mut self,
        value: impl Fn(&str) -> Option<&'a str>,
        source: Option<&str>,
        text: &str,
    ) {
        let kind = match (value("type"), value("language")) {
            (Some(""), _) | (None, None | Some("")) => "text/javascript".to_owned(),
            (Some(kind), _) => kind.trim_ascii().to_ascii_lowercase(),
            (None, Some(language)) => format!("text/{}", language.to_ascii_lowercase()),
        };
        let is_map = kind == "importmap";
        // Of what a script can be, only data is left alone; these names come with and without
        // versions, `x-` and `text`.
        let runs = ["ecmascript", "javascript", "jscript", "livescript"]
            .iter()
            .any(|name| {
                let bare = kind
                    .strip_prefix("text/")
                    .or(kind.strip_prefix("application/"));
                let bare = bare.map(|bare| bare.strip_prefix("x-").unwrap_or(bare));
                bare.is_some_and(|bare| {
                    bare.strip_prefix(name).is_some_and(|version| {
                        version.is_empty()
                            || *name == "javascript"
                                && kind.starts_with("text/java")
                                && ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"].contains(&version)
                    })
                })
            });
        if !runs && !is_map && !["module", "speculationrules"].contains(&&*kind) {
            return;
        }
        self.scripts += 1;
        if self.scripts == 1 {
            assert!(is_map, "the import map is not the first script");
        }
        if self.scripts == 2 {
            let guard = text.contains("integrity");
            assert!(guard, "the guard is not the first script that runs");
        }
        let Some(source) = source else {
            assert!(
                self.policies.allows_inline(&Inline::script(text)),
                "{text:?}"
            );
            if is_map {
                self.import_map(text);
            }
            return;
        };
        let integrity = value("integrity").expect("integrity");
        assert!(value("crossorigin").is_some());
        let url = format!("{}/x", self.site.origin).parse().expect("a URL");
        let script = ExternalScript::new(&url).integrity(integrity);
        let origin = self.site.origin.parse().expect("an origin");
        assert!(
            self.policies.allows_external_script(&script, &origin),
            "{source}"
        );
        // It is that of a file that the page may load, and for most spellings we know which.
        if let Some(bytes) = self.bytes(source) {
            let verdict = Integrity::effective(integrity).verdict(bytes);
            assert_eq!(verdict, Verdict::Matches, "{source:?}");
        }
    }

    /// Each URL that a module's name leads to has its digest under that very URL.
    fn import_map(&self, text: &str) {
        assert_eq!(self.scripts, 1, "a second import map");
        let map: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let resolve = |text: &str| {
            let is_relative = ["/", "./", "../"]
                .iter()
                .any(|start| text.starts_with(start));
            if is_relative {
                self.page.join(text).ok()
            } else {
                url::Url::parse(text).ok()
            }
        };
        let entries = |value: &serde_json::Value| {
            let pairs = value.as_object().into_iter().flatten();
            pairs
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                .collect::<Vec<_>>()
        };
        let checked: Vec<_> = entries(&map["integrity"])
            .iter()
            .filter_map(|(url, _)| resolve(url))
            .collect();
        let scopes = map["scopes"].as_object().into_iter().flatten();
        let all = scopes.flat_map(|(_, scope)| entries(scope));
        for (_, target) in all.chain(entries(&map["imports"])) {
            // Of a folder nothing is named.
            let url = resolve(&target).filter(|_| !target.ends_with('/'));
            if let Some(url) = url {
                assert!(
                    checked.contains(&url),
                    "{target:?} has no integrity in the map"
                );
            }
        }
    }
}

fn is_handler(name: &str) -> bool {
    name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

const SEEDS: [&str; 15] = [
    "<!doctype html>\n<title>Check</title>\n<script type=module src=app.js></script>",
    "<!doctype html><html lang=en><head><meta charset=utf-8><link rel=stylesheet href=/app.css><style>p{}</style></head><body><script>go()</script></body></html>",
    "<script type=importmap>{\"imports\": {\"x\": \"./app.js\"}}</script><script type=module>import 'x'</script>",
    "<link rel=modulepreload href=FaceLivenessDetector.js><p>text &amp; more<svg><title>a</title><path d=''/></svg>",
    "<script src='/app.js' crossorigin></script><noscript><p>no</noscript><template><script>1</script></template>",
    "<textarea><script></textarea><xmp><script></xmp><!-- <script> --><script>/* <!-- <script> */</script>",
    "<table><script>1</script><tr><td><select><script>2</script></select></table><math><mi>x</mi></math>",
    "<svg><foreignObject><div></svg></div></foreignObject></svg><style>a</style>",
    "<script type=application/json>{}</script><script type='text/javascript' language=x>1</script>",
    "<base target=_blank><p>x",
    "<p onclick=go()><a href=' java\tscript:go()'>x</a><base href=/><iframe srcdoc=x></iframe>",
    "<meta http-equiv=content-security-policy content=x><div style=x><svg><script>1</script></svg>",
    "<link rel=stylesheet href='HTTPS:\\\\liveness.contoso.example:443/x/%2e%2e/app.css'><link rel=stylesheet href='https:./%61pp.css?v=2'>",
    "<script type=importmap>{\"imports\": {\"x\": \"./app.js?v=2\"}, \"integrity\": {\"/%61pp.js\": \"\"}}</script><script src='.//app.js'></script>",
    "<script integrity=sha384-AAAA src=app.js></script><script src=//evil.example/x.js></script>",
];

/// Pages, most of them right.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|html| html.as_bytes().to_vec()).into()
}
