//! What is wrong with many pages is said once, with its way out.

use tower_visor::csp::DirectiveName;
use tower_visor::policy::Relaxation;
use tower_visor::site::SiteError;

use super::{builder, document, endpoint, faults, folder, site};

/// The exceptions that are asked for, as they are printed.
fn asked(all: impl Iterator<Item = Vec<Relaxation>>) -> Vec<String> {
    all.flatten().map(|one| one.to_string()).collect()
}

#[test]
fn style_attributes_of_many_pages_are_one_fault() {
    let tree = folder("1.5.0");
    let html = "<title>x</title>\n<p style='margin: 0'><b style='color: red'>\n<i style=a>\
        <azure-ai-vision-face-ui>";
    for page in ["index", "a", "b/index", "c", "d"] {
        tree.write(&format!("app/{page}.html"), html);
    }
    // Another fault of one of them remains another one.
    tree.write("app/c.html", format!("<p onclick=go()>{html}"));
    assert_eq!(
        faults(builder(tree.path())),
        [
            "/a.html: line 2, column 1: `style` on <p>, and 2 more below it, would not apply: move them to a \
             style sheet, or have such attributes allowed by their hashes with an exception \
             (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr; the same on \
             /b/index.html, /c.html and 2 more pages",
            "/c.html: line 1, column 1: `onclick` on <p> would not run: set the handler in a script file \
             with `addEventListener`, or have such handlers allowed by their hashes with an exception \
             (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr"
        ]
    );
    let errors = builder(tree.path()).load(document(), endpoint());
    assert_eq!(
        asked(errors.unwrap_err().iter().map(SiteError::exceptions)),
        [
            "style-src-attr 'unsafe-hashes'",
            "script-src-attr 'unsafe-hashes'"
        ]
    );
}

#[test]
fn handlers_of_many_pages_are_one_fault() {
    let tree = folder("1.5.0");
    for page in ["a", "b"] {
        let html = "<p onclick=go()>\n<b onkeydown='key()' onclick=stop()></b>";
        tree.write(&format!("app/{page}.html"), html);
    }
    let said = "/a.html: line 1, column 1: `onclick` on <p>, and 2 more below it, would not run: set the \
                handlers in a script file with `addEventListener`, or have such handlers allowed by their \
                hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in \
                script-src-attr; the same on /b.html";
    assert_eq!(faults(builder(tree.path())), [said]);
    // It is a way out.
    let site = site(&tree, |site| {
        site.policy(|policy| {
            policy.dangerous().allow(
                DirectiveName::ScriptSrcAttr,
                "'unsafe-hashes'",
                "javadoc writes them, LIV-12".parse().unwrap(),
            )
        })
    });
    assert!(site.page("/a.html").is_some());
}

#[test]
fn what_is_in_each_page_is_said_of_the_first_by_its_places() {
    let tree = folder("1.5.0");
    let frames = "<iframe srcdoc=a></iframe>\n<iframe srcdoc=b></iframe>";
    for (pages, others) in [
        (&["a"][..], ""),
        (&["a", "b"], "; the same on /b.html"),
        (&["a", "b", "c"], "; the same on /b.html and /c.html"),
        (
            &["a", "b", "c", "d"],
            "; the same on /b.html, /c.html and one more page",
        ),
    ] {
        for page in pages {
            tree.write(&format!("app/{page}.html"), frames);
        }
        let said = |line: u8, others: &str| {
            format!(
                "/a.html: line {line}, column 1: `srcdoc` on <iframe> is a document that is not checked: \
                 serve it at a URL of its own{others}"
            )
        };
        assert_eq!(
            faults(builder(tree.path())),
            [said(1, others), said(2, "")],
            "{pages:?}"
        );
    }
}

#[test]
fn a_warning_of_many_pages_is_one_with_the_exception_that_it_asks_for() {
    let tree = folder("1.5.0");
    let html = "<p>\n<script>trustedTypes.createPolicy('lit-html', {})</script>";
    for page in ["a", "b", "c"] {
        tree.write(&format!("app/{page}.html"), html);
    }
    tree.write("app/app.js", "trustedTypes.createPolicy('not a name', {})");
    let site = site(&tree, |site| site);
    let warnings = site.warnings();
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts[..2],
        [
            "/app.js: it creates the Trusted Types policy `not a name`, which the page refuses, and no \
             policy can allow: choose a build without it",
            "/a.html: line 2, column 1: the inline script: it creates the Trusted Types policy `lit-html`, which the page \
             refuses, so that Lit stops there: allow the name with an exception (`dangerous().allow(..)`) \
             for trusted-types; what such a policy lets through is checked again; the same on /b.html and \
             /c.html",
        ]
    );
    assert_eq!(
        asked(
            warnings
                .iter()
                .map(tower_visor::site::SiteWarning::exceptions)
        ),
        ["trusted-types lit-html"]
    );
    let exception = warnings[1].exceptions().remove(0);
    assert!(matches!(
        exception,
        Relaxation::Source {
            directive: DirectiveName::TrustedTypes,
            ..
        }
    ));
}

#[test]
fn a_policy_that_is_too_long_says_what_takes_the_room_and_the_way_out() {
    let tree = folder("1.5.0");
    let mut names = Vec::new();
    for index in 0..120 {
        tree.write(&format!("app/icons/solid/{index}.js"), format!("{index}"));
        names.push(format!("'/icons/solid/{index}.js'"));
    }
    tree.write("app/app.js", names.join(";"));
    tree.write("app/a.html", "<script src=app.js></script>");
    let [fault] = &faults(builder(tree.path()))[..] else {
        panic!("one fault");
    };
    let (start, end) = fault.split_once(" bytes long").unwrap();
    assert!(start.starts_with("/a.html: content-security-policy: the policy is "));
    let (numbers, end) = end.split_once(" of them, ").unwrap();
    assert!(numbers.starts_with(", and servers and proxies stop at 8192; script-src has "));
    assert_eq!(
        end,
        "where each script that the page names has a hash (120 are in `/icons/solid/`): bundle them, \
         leave out those that no page needs (`SiteBuilder::without`, `--without FOLDER/`), or have a folder's \
         allowed by its URL with an exception (`dangerous().allow(..)`) for \
         `https://liveness.contoso.example/icons/solid/` in script-src; their digests are still checked; \
         the same on /index.html"
    );
    site(&tree, |site| site.without("icons/solid/"));
}
