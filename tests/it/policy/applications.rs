//! What applications need beside the SDK: what is sent for it.

use tower_visor::policy::{Document, HostKind, Isolation, Policy, Resource};
use tower_visor::response::ResponseClass;

use super::{directive, documents, strict};

#[test]
fn what_applications_load_beside_files() {
    let page = |origin: &str| {
        let page = Document::new(origin).unwrap();
        Policy::document(
            page.loads(Resource::WebSocket, "/live")
                .loads(Resource::WebSocket, "wss://push.example/feed")
                .loads(Resource::Image, "data:")
                .loads(Resource::Image, "blob:")
                .loads(Resource::Worker, "/worker.js")
                .loads(Resource::Manifest, "/app.webmanifest"),
        )
    };
    let shop = page("https://shop.example:8443");
    for (name, sources) in [
        (
            "connect-src",
            "wss://shop.example:8443/live wss://push.example/feed",
        ),
        ("img-src", "data: blob:"),
        ("worker-src", "https://shop.example:8443/worker.js"),
        ("manifest-src", "https://shop.example:8443/app.webmanifest"),
    ] {
        assert_eq!(directive(&shop, name).unwrap(), format!("{name} {sources}"));
    }
    let local = page("http://localhost:3000");
    assert_eq!(
        directive(&local, "connect-src").unwrap(),
        "connect-src ws://localhost:3000/live wss://push.example/feed"
    );
}

#[test]
fn files_for_everybody_are_a_policy_of_their_routes() {
    use tower_visor::header::CrossOriginResourcePolicy;

    let public = Policy::api().cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin);
    let compiled = public.compile().unwrap();
    assert_eq!(compiled.warnings(), []);
    for class in [ResponseClass::Other, ResponseClass::PinnedAsset] {
        let headers = compiled.headers(class, HostKind::Named);
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    }
    // A page's own follows from who may frame it.
    let page = strict().cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin);
    assert_eq!(
        documents(&page)["cross-origin-resource-policy"],
        "same-origin"
    );
}

#[test]
fn each_isolation_sends_what_its_pages_need() {
    for (isolation, opener, embedder, sandbox) in [
        (
            Isolation::RequireCorp,
            "same-origin",
            "require-corp",
            "allow-scripts allow-same-origin",
        ),
        (
            Isolation::Credentialless,
            "same-origin",
            "credentialless",
            "allow-scripts allow-same-origin",
        ),
        (
            Isolation::ForeignFrames,
            "same-origin",
            "",
            "allow-scripts allow-same-origin",
        ),
        (
            Isolation::AllowPopups,
            "same-origin-allow-popups",
            "",
            "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox",
        ),
    ] {
        let policy = strict().isolation(isolation);
        let headers = documents(&policy);
        let value = |name| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        assert_eq!(value("cross-origin-opener-policy"), opener);
        assert_eq!(value("cross-origin-embedder-policy"), embedder);
        assert_eq!(
            directive(&policy, "sandbox").unwrap(),
            format!("sandbox {sandbox}")
        );
        assert!(policy.compile().unwrap().relaxed().is_empty());
        // Workers need the page's embedder policy, where it has one.
        let other = policy
            .compile()
            .unwrap()
            .headers(ResponseClass::Other, HostKind::Named);
        let other = other.get("cross-origin-embedder-policy");
        assert_eq!(other.map_or("", |value| value.to_str().unwrap()), embedder);
    }
}
