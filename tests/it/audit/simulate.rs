//! What a policy would block: against a table, against itself, and against another reader.

use content_security_policy as other;
use content_security_policy::{Destination as To, InlineCheckType as Kind};
use proptest::prelude::*;
use tower::ServiceExt as _;
use tower_visor::audit::{Blocked, Context, Profile, Response, simulate};
use tower_visor::csp::PolicyList;
use tower_visor::sri::{Algorithm, Digest};

use super::response;

const PAGE: &str = "https://example.com/";

fn page(html: &str) -> Response {
    response(PAGE, &[("content-type", "text/html")], html)
}

fn blocked(html: &str, policy: &str) -> Vec<Blocked> {
    let policies = PolicyList::effective([policy]);
    simulate(&page(html), &policies, &Context::new(Profile::Document))
}

#[test]
fn the_answer_names_resource_directive_and_the_least_change() {
    let hash = |text: &str| Digest::of(Algorithm::Sha256, text.as_bytes());
    let digest = Digest::of(Algorithm::Sha384, b"x");
    for (html, policy, directive, change) in [
        (
            "<script src=/a.js></script>".to_owned(),
            "script-src 'none'",
            "script-src-elem",
            "script-src https://example.com/a.js".to_owned(),
        ),
        (
            format!("<script src=/a.js integrity={digest}></script>"),
            "default-src 'self'; script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "script-src-elem",
            format!("script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' '{digest}'"),
        ),
        (
            "<script>a()</script>".to_owned(),
            "default-src 'self'",
            "script-src-elem",
            format!("script-src 'self' '{}'", hash("a()")),
        ),
        (
            "<p onclick='a()'>".to_owned(),
            "script-src 'self'",
            "script-src-attr",
            format!("script-src-attr 'self' 'unsafe-hashes' '{}'", hash("a()")),
        ),
        (
            "<p style='margin: 0'>".to_owned(),
            "style-src-attr 'none'",
            "style-src-attr",
            format!("style-src-attr 'unsafe-hashes' '{}'", hash("margin: 0")),
        ),
        (
            "<img src='data:image/png;base64,AA=='>".to_owned(),
            "default-src https:",
            "img-src",
            "img-src https: data:".to_owned(),
        ),
        (
            "<img src='/a;b,c.png?d=1'>".to_owned(),
            "img-src 'none'",
            "img-src",
            "img-src https://example.com/a%3Bb%2Cc.png".to_owned(),
        ),
        (
            "<iframe src=https://f.example></iframe>".to_owned(),
            "child-src 'self'",
            "frame-src",
            "frame-src 'self' https://f.example/".to_owned(),
        ),
        (
            "<form action=/send></form>".to_owned(),
            "form-action 'none'",
            "form-action",
            "form-action https://example.com/send".to_owned(),
        ),
    ] {
        let found = blocked(&html, policy);
        assert_eq!(found.len(), 1, "{html} under {policy}: {found:?}");
        assert_eq!(found[0].directive.as_str(), directive, "{html}");
        assert_eq!(
            found[0].change.as_ref().unwrap().to_string(),
            change,
            "{html}"
        );
    }
    let url = blocked("<a href='javascript:a()'>", "script-src 'self'");
    assert_eq!(
        url[0].to_string(),
        "<a> at 1:1: script-src-elem of policy 1 blocks `javascript:a()`; \
         no source expression allows it: move it into a script file"
    );
}

#[test]
fn a_guarded_page_of_ours_is_not_blocked_by_its_own_policy() {
    use crate::site::{builder, document, endpoint, folder};
    let tree = folder("1.5.0");
    let site = builder(tree.path()).load(document(), endpoint()).unwrap();
    let page = site.page("/").unwrap();
    let pins = site.pins();
    let request = http::Request::new(axum::body::Body::empty());
    let answer = super::site::block_on(site.service().oneshot(request)).unwrap();
    let policies = PolicyList::effective(
        answer
            .headers()
            .get_all(http::header::CONTENT_SECURITY_POLICY),
    );
    let context = Context::new(Profile::Liveness).pins(&pins);
    let response = response(
        "https://liveness.contoso.example/",
        &[("content-type", "text/html")],
        page.html(),
    );
    assert_eq!(simulate(&response, &policies, &context), []);
    // And the policy of another page blocks what it has to.
    let none = PolicyList::effective(["default-src 'none'"]);
    let blocked = simulate(&response, &none, &context);
    assert!(
        blocked
            .iter()
            .any(|blocked| blocked.resource == "WebAssembly")
    );
    assert!(
        blocked
            .iter()
            .any(|blocked| blocked.resource.ends_with("AzureAIVisionFace.js"))
    );
}

/// Pages and policies out of parts that fit together often enough.
fn html() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "<script src=/a.js></script>",
        "<script src=https://cdn.example/a.js></script>",
        "<script src=/n.js nonce=r4nd0mr4nd0mr4nd0m></script>",
        "<script src=/i.js integrity=sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=></script>",
        "<script>a()</script>",
        "<script nonce=r4nd0mr4nd0mr4nd0m>n()</script>",
        "<p onclick='a()'>",
        "<p style='margin:0'>",
        "<style>p{}</style>",
        "<link rel=stylesheet href=/a.css>",
        "<img src=/a.png>",
        "<img src=data:image/png,x>",
        "<video src=https://cdn.example/v.mp4></video>",
        "<iframe src=https://f.example:8443/x></iframe>",
        "<object data=/o></object>",
        "<link rel=manifest href=/m.json>",
    ]);
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

fn policy() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "default-src",
        "script-src",
        "script-src-elem",
        "script-src-attr",
        "style-src",
        "style-src-elem",
        "style-src-attr",
        "img-src",
        "media-src",
        "frame-src",
        "child-src",
        "object-src",
        "manifest-src",
    ]);
    let source = prop::sample::select(vec![
        "'self'",
        "'none'",
        "*",
        "https:",
        "data:",
        "'unsafe-inline'",
        "'strict-dynamic'",
        "'unsafe-hashes'",
        "https://cdn.example",
        "*.example:8443",
        "https://cdn.example/v.mp4",
        "'nonce-r4nd0mr4nd0mr4nd0m'",
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    ]);
    let directive = (name, prop::collection::vec(source, 0..4))
        .prop_map(|(name, sources)| format!("{name} {}", sources.join(" ")));
    prop::collection::vec(directive, 1..5).prop_map(|directives| directives.join("; "))
}

proptest! {
    /// Making the changes one after the other lets everything pass that a source can allow.
    #[test]
    fn the_changes_are_enough(html in html(), text in policy()) {
        let mut text = text;
        for _ in 0..60 {
            let found = blocked(&html, &text);
            let Some(change) = found.iter().find_map(|blocked| blocked.change.as_ref()) else {
                break;
            };
            // In place of the directive of that name.
            let policies = PolicyList::effective([&text]);
            let policy = &policies.policies()[0];
            let mut parts = vec![change.to_string()];
            for directive in policy.directives() {
                if directive.name() != change.directive {
                    let sources: Vec<_> = directive.sources().iter().map(ToString::to_string).collect();
                    let value = if sources.is_empty() { "'none'".to_owned() } else { sources.join(" ") };
                    parts.push(format!("{} {value}", directive.name()));
                }
            }
            text = parts.join("; ");
        }
        let left = blocked(&html, &text);
        prop_assert!(left.iter().all(|blocked| blocked.change.is_none()), "{html}\n{text}\n{left:?}");
    }

    /// Two readers, written apart from the same standard, block the same.
    #[test]
    fn another_reader_blocks_the_same(html in html(), text in policy()) {
        let ours: Vec<String> = blocked(&html, &text)
            .into_iter()
            .map(|blocked| format!("{} {}", blocked.directive, blocked.resource))
            .collect();
        for (element, expected) in theirs(&html, &text) {
            let is_ours = ours.contains(&element);
            prop_assert_eq!(is_ours, expected, "{} under {}", element, text);
        }
    }
}

/// Every load of the page and whether the other crate blocks it.
fn theirs(html: &str, policy: &str) -> Vec<(String, bool)> {
    let list = other::CspList::parse(
        policy,
        other::PolicySource::Header,
        other::PolicyDisposition::Enforce,
    );
    let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let request = |url: &str, destination, nonce: &str, integrity: &str| {
        let url = url::Url::parse(url).unwrap();
        let request = other::Request {
            url: url.clone(),
            current_url: url,
            origin: url::Url::parse(PAGE).unwrap().origin(),
            redirect_count: 0,
            destination,
            initiator: other::Initiator::None,
            nonce: nonce.to_owned(),
            integrity_metadata: integrity.to_owned(),
            parser_metadata: other::ParserMetadata::ParserInserted,
        };
        list.should_request_be_blocked(&request).0 == other::CheckResult::Blocked
    };
    let inline = |kind, nonce: Option<&'static str>, text: &str| {
        let element = other::Element {
            nonce: nonce.map(Into::into),
        };
        let (result, _) =
            list.should_elements_inline_type_behavior_be_blocked(&element, kind, text);
        result == other::CheckResult::Blocked
    };
    let nonce = "r4nd0mr4nd0mr4nd0m";
    let all = [
        (
            "src=/a.js",
            "script-src-elem https://example.com/a.js",
            request("https://example.com/a.js", To::Script, "", ""),
        ),
        (
            "cdn.example/a.js",
            "script-src-elem https://cdn.example/a.js",
            request("https://cdn.example/a.js", To::Script, "", ""),
        ),
        (
            "/n.js",
            "script-src-elem https://example.com/n.js",
            request("https://example.com/n.js", To::Script, nonce, ""),
        ),
        (
            "/i.js",
            "script-src-elem https://example.com/i.js",
            request("https://example.com/i.js", To::Script, "", hash),
        ),
        (
            "<script>a()",
            "script-src-elem `a()`",
            inline(Kind::Script, None, "a()"),
        ),
        (
            "n()",
            "script-src-elem `n()`",
            inline(Kind::Script, Some(nonce), "n()"),
        ),
        (
            "onclick",
            "script-src-attr `a()`",
            inline(Kind::ScriptAttribute, None, "a()"),
        ),
        (
            "style='",
            "style-src-attr `margin:0`",
            inline(Kind::StyleAttribute, None, "margin:0"),
        ),
        (
            "<style>",
            "style-src-elem `p{}`",
            inline(Kind::Style, None, "p{}"),
        ),
        (
            "/a.css",
            "style-src-elem https://example.com/a.css",
            request("https://example.com/a.css", To::Style, "", ""),
        ),
        (
            "/a.png",
            "img-src https://example.com/a.png",
            request("https://example.com/a.png", To::Image, "", ""),
        ),
        (
            "data:image",
            "img-src data:image/png,x",
            request("data:image/png,x", To::Image, "", ""),
        ),
        (
            "v.mp4",
            "media-src https://cdn.example/v.mp4",
            request("https://cdn.example/v.mp4", To::Video, "", ""),
        ),
        (
            "f.example",
            "frame-src https://f.example:8443/x",
            request("https://f.example:8443/x", To::IFrame, "", ""),
        ),
        (
            "data=/o",
            "object-src https://example.com/o",
            request("https://example.com/o", To::Object, "", ""),
        ),
        (
            "/m.json",
            "manifest-src https://example.com/m.json",
            request("https://example.com/m.json", To::Manifest, "", ""),
        ),
    ];
    all.into_iter()
        .filter(|(part, ..)| html.contains(part))
        .map(|(_, element, blocked)| (element.to_owned(), blocked))
        .collect()
}
