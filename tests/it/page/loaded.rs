//! What a page's markup loads and its policy stops is told at the start.

use tower_visor::csp::DirectiveName;
use tower_visor::page::Page;
use tower_visor::policy::{Document, Isolation, Policy, Resource};

use crate::site::document;
use crate::support::{pinned, pins, sdk};

fn told(html: &str, document: Document, adjust: impl Fn(Policy) -> Policy) -> Vec<String> {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let page = Page::builder(html)
        .compile(&verified, &adjust(pinned(document, &pins)))
        .unwrap();
    page.warnings().iter().map(ToString::to_string).collect()
}

fn foreign(url: &str, more: &str, setting: &str) -> String {
    format!(
        "line 1, column 1: it loads `{url}`{more}, which the page's policy doesn't allow: serve it yourself, or \
         name the URL in the policy (`{setting}`)"
    )
}

#[test]
fn what_the_policy_stops_is_told_with_the_setting_that_allows_it() {
    let url = "https://fonts.example/a";
    for (html, setting) in [
        ("<link rel=stylesheet href=URL>", "styles"),
        ("<link rel='preload' as=Style href=URL>", "styles"),
        ("<link rel=preload as=font href=URL>", "fonts"),
        ("<link rel=preload as=fetch href=URL>", "connects"),
        ("<link rel='shortcut icon' href=URL>", "images"),
        ("<link rel=apple-touch-icon href=URL>", "images"),
        ("<img src=URL>", "images"),
        ("<input type=image src=URL>", "images"),
        ("<video poster=URL>", "images"),
        ("<video src=URL>", "media"),
        ("<audio src=URL>", "media"),
        ("<source src=URL>", "media"),
        ("<iframe src=URL></iframe>", "frames"),
    ] {
        let html = html.replace("URL", url);
        let expected = foreign(url, "", setting);
        assert_eq!(
            told(&html, document(), |policy| policy),
            [expected],
            "{html}"
        );
    }
    let html = format!("<object data={url}></object>");
    let plugin = format!(
        "line 1, column 1: it loads `{url}`, which the page's policy doesn't allow: leave out what plugins show"
    );
    assert_eq!(told(&html, document(), |policy| policy), [plugin]);
    let own = "line 1, column 1: it loads `logo.png`, which the page's policy doesn't allow: add the file, or where \
        it is served name the URL in the policy (`images`)";
    assert_eq!(
        told("<img src=logo.png>", document(), |policy| policy),
        [own]
    );
    for silent in [
        "<img src=data:,><img src=''><img><video></video><link rel=icon>",
        "<link rel='alternate stylesheet' href=https://a.example/b.css>",
        "<link rel=preconnect href=https://a.example><link rel=canonical href=https://a.example>",
        "<link rel=preload as=track href=https://a.example/b>",
        "<a href=https://a.example>a</a><input src=https://a.example/b>",
    ] {
        assert_eq!(
            told(silent, document(), |policy| policy),
            [""; 0],
            "{silent}"
        );
    }
}

#[test]
fn it_is_told_once_for_each_kind_and_origin_until_it_is_allowed() {
    let html =
        "<img src=https://a.example/1><img src=https://a.example/2><img src=https://a.example/3>";
    let expected = foreign("https://a.example/1", ", and 2 more from there", "images");
    assert_eq!(told(html, document(), |policy| policy), [expected]);
    let allowed = document().loads(Resource::Image, "https://a.example/");
    let isolated = |policy: Policy| policy.isolation(Isolation::Credentialless);
    assert_eq!(told(html, allowed, isolated), [""; 0]);

    let reason = || "pictures of partners, LIV-9".parse().unwrap();
    let by_exception = |policy: Policy| {
        let policy = policy.isolation(Isolation::Credentialless).dangerous();
        policy.allow(DirectiveName::ImgSrc, "https://a.example", reason())
    };
    assert_eq!(told(html, document(), by_exception), [""; 0]);
}
