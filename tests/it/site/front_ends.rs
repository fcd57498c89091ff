//! What front ends of others need of a site beside scripts and pins.

use tower_visor::csp::DirectiveName;
use tower_visor::site::Site;
use tower_visor::sri::{Algorithm, Digest};

use super::{folder, site};

/// The sources of a directive of the start page, in order.
fn sources(site: &Site, directive: &str) -> Vec<String> {
    sources_of(site, "/", directive)
}

/// Those of any page.
fn sources_of(site: &Site, page: &str, directive: &str) -> Vec<String> {
    let policy = format!("{:?}", site.page(page).unwrap().policy());
    let text = policy.split_once("default-src 'none'; ").unwrap().1;
    let text = text.split('"').next().unwrap();
    let mut all = text.split("; ");
    let found = all.find_map(|one| one.strip_prefix(&format!("{directive} ")));
    let mut found: Vec<String> = found
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

const START: &str = "<script type=module src=app.js></script>";

#[test]
fn style_attributes_of_any_text_take_an_exception_and_no_hash_stands_beside_it() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", format!("{START}<p style='margin: 0'>"));
    let site = site(&tree, |site| {
        site.policy(|policy| {
            policy.dangerous().allow(
                DirectiveName::StyleSrcAttr,
                "'unsafe-inline'",
                "templates of a library, LIV-9".parse().unwrap(),
            )
        })
    });
    // Beside a hash browsers ignore it.
    assert_eq!(sources(&site, "style-src-attr"), ["'unsafe-inline'"]);
}

#[test]
fn files_that_stand_in_others_are_allowed() {
    let tree = folder("1.5.0");
    // The page with the SDK shows pictures of that kind anyway.
    tree.write("app/index.html", START);
    let held = |html: &str, files: &[(&str, &str)]| {
        tree.write("app/help.html", format!("<title>Help</title>{html}"));
        for (name, text) in files {
            tree.write(&format!("app/{name}"), text);
        }
        let site = site(&tree, |site| site);
        let kinds = ["img-src", "font-src", "media-src"].map(|name| {
            let sources = sources_of(&site, "/help.html", name);
            sources.iter().any(|source| source == "data:")
        });
        for (name, _) in files {
            tree.write(&format!("app/{name}"), "");
        }
        kinds
    };
    let picture = [true, false, false];
    let font = [false, true, false];
    let recording = [false, false, true];
    for (html, kinds) in [
        ("<img src='data:image/png;base64,'>", picture),
        ("<img srcset='/a.png 1x, data:image/png, 2x'>", picture),
        ("<link rel='shortcut icon' href='data:,'>", picture),
        ("<style>p { background: url(data:,) }</style>", picture),
        ("<p style='background: url(data:image/gif,)'>", picture),
        ("<script>icon = 'data:image/svg+xml,'</script>", picture),
        ("<style>@font-face { src: url(data:,) }</style>", font),
        (
            "<script>'@font-face{' + 'src:url(data:;base64,A'</script>",
            font,
        ),
        ("<audio src='data:audio/wav;base64,'></audio>", recording),
        ("<p>data:image/png</p><a href='/data:'></a>", [false; 3]),
        ("<iframe src='data:text/html,'></iframe>", [false; 3]),
    ] {
        assert_eq!(held(html, &[]), kinds, "{html}");
    }
    for (css, kinds) in [
        ("@font-face { src: url(data:font/woff2;base64,) }", font),
        ("@font-face { src: url(' DATA:,') }", font),
        ("p { background: url(data:,) }", picture),
        ("@font-face{src:url(a.woff2)}p{a:url(data:,)}", picture),
    ] {
        assert_eq!(held("", &[("app.css", css)]), kinds, "{css}");
    }
    // No import names it: webpack's chunks are loaded by names that are put together.
    let chunk = [("1.js", "`<img src='data:image/gif;base64,'>`")];
    assert_eq!(held("<script>load(1)</script>", &chunk), picture);
    assert_eq!(held("<p>", &chunk), [false; 3]);
}

#[test]
fn many_style_sheets_are_allowed_by_their_folder() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", "<link rel=stylesheet href=css/1.css>");
    for n in 1..=32 {
        tree.write(&format!("app/css/{n}.css"), "p { margin: 0 }");
    }
    let own = |site: &Site| {
        let mut sources = sources(site, "style-src");
        sources.retain(|source| source.contains("/css/"));
        sources
    };
    assert_eq!(own(&site(&tree, |site| site)).len(), 32);
    tree.write("app/css/33.css", "p { margin: 0 }");
    let site = site(&tree, |site| site);
    assert_eq!(own(&site), ["https://liveness.contoso.example/css/"]);
    // There is none without integrity all the same.
    let policy = format!("{:?}", site.page("/").unwrap().policy());
    assert!(
        policy.contains("blocked-destinations=(script style)"),
        "{policy}"
    );
}

#[test]
fn a_style_sheet_that_stands_in_a_script_is_allowed_by_its_hash() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", START);
    tree.write(
        "app/app.js",
        "import './late.js'; const a = \".a > b { color: red }\\n\", b = '{\"a\": {}}', \
         c = 'function f() { a: b }', d = `p { color: ${a} }`, e = 'if {x}'; f = ' { a: b }'",
    );
    tree.write("app/late.js", "add('@media print { p { margin: 0 } }')");
    let plain = |text: &str| {
        let digest = Digest::of(Algorithm::Sha384, text.as_bytes());
        format!("'{digest}'")
    };
    let found = sources(&site(&tree, |site| site), "style-src");
    let sheets = [
        ".a > b { color: red }\n",
        "@media print { p { margin: 0 } }",
    ];
    for text in sheets {
        assert!(found.contains(&plain(text)), "{text}: {found:?}");
    }
    tree.write("app/app.js", "");
    let without = sources(&site(&tree, |site| site), "style-src");
    assert_eq!(found.len(), without.len() + sheets.len());

    // Of more there is none: each takes its part of a header.
    let many: Vec<_> = (0..17)
        .map(|n| format!("add('p {{ top: {n}px }}');"))
        .collect();
    tree.write("app/app.js", many.concat());
    assert_eq!(sources(&site(&tree, |site| site), "style-src"), without);
    let says = |code: &str| {
        tree.write("app/app.js", code);
        let said = site(&tree, |site| site).warnings();
        said.iter().any(|line| {
            line.to_string()
                .starts_with("/app.js: it adds `<style>` elements")
        })
    };
    assert!(!says(&many.concat()));
    let makes = "document.createElement('style');";
    assert!(says(&format!("{makes}{}", many.concat())));
    assert!(!says(&format!("{makes}{}", many[1..].concat())));
}

#[test]
fn scripts_are_fetched_ahead_of_their_use_where_the_page_or_a_script_does_that() {
    let tree = folder("1.5.0");
    for name in ["a/one.js", "a/b/two.js", "c/three.js"] {
        tree.write(&format!("app/{name}"), "");
    }
    tree.write("app/app.js", "");
    tree.write("app/index.html", START);
    assert_eq!(sources(&site(&tree, |site| site), "manifest-src"), [""; 0]);

    let origin = "https://liveness.contoso.example";
    // All others are below that of `app.js`.
    let all = [format!("{origin}/")];
    tree.write(
        "app/index.html",
        format!("<link rel=prefetch href=a/b/two.js>{START}"),
    );
    assert_eq!(sources(&site(&tree, |site| site), "manifest-src"), all);
    // Another file is no reason.
    tree.write(
        "app/index.html",
        format!("<link rel=prefetch href=a/gone.js>{START}"),
    );
    assert_eq!(sources(&site(&tree, |site| site), "manifest-src"), [""; 0]);

    std::fs::remove_file(tree.path().join("app/app.js")).unwrap();
    tree.write("app/a/one.js", "link.rel = \"prefetch\"");
    tree.write(
        "app/index.html",
        "<script type=module src=a/one.js></script>",
    );
    let below = ["a/", "c/"].map(|folder| format!("{origin}/{folder}"));
    assert_eq!(sources(&site(&tree, |site| site), "manifest-src"), below);
}

#[test]
fn scripts_may_fetch_the_pages_and_data_of_a_small_site() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", START);
    let origin = "https://liveness.contoso.example";
    let own = |site: &Site| -> Vec<String> {
        let mut found = sources(site, "connect-src");
        let texts = ["html", "md", "txt", "pf_meta", "/words/"];
        found.retain(|source| texts.iter().any(|end| source.ends_with(end)));
        found
    };
    // A page may ask for itself.
    let page = format!("{origin}/index.html");
    assert_eq!(own(&site(&tree, |site| site)), [page]);
    for name in [
        "help/index.html",
        "help/kiwi.md",
        "a b.txt",
        "a.pf_meta",
        "app.txt.gz",
    ] {
        tree.write(&format!("app/{name}"), "text");
    }
    let paths = [
        "a%20b.txt",
        "a.pf_meta",
        "help/index.html",
        "help/kiwi.md",
        "index.html",
    ];
    let all = paths.map(|path| format!("{origin}/{path}"));
    assert_eq!(own(&site(&tree, |site| site)), all);
    let routed = site(&tree, |site| {
        let site = site.page_at("/verify", "index.html");
        site.page_at("/v/", "index.html")
            .page_at("/w/{*rest}", "index.html")
    });
    let all = sources(&routed, "connect-src");
    assert!(all.contains(&format!("{origin}/verify")), "{all:?}");
    assert!(
        !all.iter()
            .any(|source| source.contains("/v/") || source.contains("/w/"))
    );
    // They are checked, too: the guard finds their digests in the page's import map.
    let page = site(&tree, |site| site).page("/").unwrap();
    let html = page.html();
    for name in ["a%20b.txt", "a.pf_meta", "help/kiwi.md"] {
        assert!(
            html.contains(&format!("\"/{name}\":\"sha384-")),
            "{name}: {html}"
        );
    }
    tree.remove("app/words/en.json");
    for n in 0..24 {
        tree.write(&format!("app/words/{n}.txt"), "");
    }
    assert_eq!(own(&site(&tree, |site| site)).len(), 5 + 24);
    // More in one folder are named by it, and checked no less.
    tree.write("app/words/24.txt", "");
    let more = site(&tree, |site| site);
    assert_eq!(own(&more).last(), Some(&format!("{origin}/words/")));
    assert_eq!(own(&more).len(), 5 + 1);
    let page = more.page("/").unwrap();
    assert!(page.html().contains("\"/words/24.txt\":\"sha384-"));
    // Of pages that isn't said: a page of a folder is all that lies below.
    for n in 0..23 {
        tree.write(&format!("app/pages/{n}.html"), "<title>x</title>");
    }
    assert_eq!(own(&site(&tree, |site| site)).len(), 4);
}

#[test]
fn many_pictures_of_one_folder_are_named_by_it() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", START);
    let own = |site: &Site, directive| -> Vec<String> {
        let mut found = sources(site, directive);
        found.retain(|source| source.starts_with("https://") && !source.contains("assets"));
        found
    };
    let origin = "https://liveness.contoso.example";
    for n in 0..17 {
        tree.write(&format!("app/icons/{n}.svg"), "<svg/>");
        tree.write(&format!("app/words/{n}.json"), "{}");
        tree.write(&format!("app/{n}.png"), "");
        if n < 16 {
            tree.write(&format!("app/few/{n}.png"), "");
        }
    }
    let site = site(&tree, |site| site);
    let pictures = own(&site, "img-src");
    assert!(
        pictures.contains(&format!("{origin}/icons/")),
        "{pictures:?}"
    );
    // Sixteen are named, and so are those beside the page, one of which the folder had.
    assert_eq!(pictures.len(), 1 + 16 + 18, "{pictures:?}");
    // What browsers can check is named.
    let fetched = own(&site, "connect-src");
    assert!(
        fetched.contains(&format!("{origin}/words/16.json")),
        "{fetched:?}"
    );
}
