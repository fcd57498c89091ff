//! What keeps a page from being compiled: each message, and what is not a fault.

use tower_visor::app::AppFiles;
use tower_visor::page::Page;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, LivenessPage, Policy, Resource, ScriptTrust};
use tower_visor::sdk::Endpoint;

use super::{app, compile, faults};
use crate::support::{document, pinned, pins, sdk};

#[test]
fn every_fault_names_its_place_and_fix() {
    for (html, message) in [
        (
            "<p>\n  <button onclick=go()>",
            "line 2, column 3: `onclick` on <button> would not run: set the handler in a script file with `addEventListener`, or have such handlers allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr",
        ),
        (
            "<svg><circle ONLOAD=go() /></svg>",
            "line 1, column 6: `onload` on <circle> would not run: set the handler in a script file with `addEventListener`, or have such handlers allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr",
        ),
        (
            "\u{e9}<form action=' \tjava\nScript:go()'>",
            "line 1, column 2: the `javascript:` URL in `action` of <form> would not run: use a button and a handler in a script file",
        ),
        (
            "<iframe src='&#106;avascript:go()'></iframe>",
            "line 1, column 1: the `javascript:` URL in `src` of <iframe> would not run: use a button and a handler in a script file",
        ),
        (
            "<p style='margin: 0'>",
            "line 1, column 1: `style` on <p> would not apply: move it to a style sheet, or have such attributes allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr",
        ),
        (
            "<meta HTTP-EQUIV=' Content-Security-Policy' content=\"default-src 'self'\">",
            "line 1, column 1: a Content-Security-Policy in <meta> is enforced in addition to the header's, and can only break the page: remove it",
        ),
        (
            "<base href=//cdn.example/>",
            "line 1, column 1: <base> changes what relative URLs mean, and only one that names a folder of the page's own origin is supported: remove it",
        ),
        (
            "<iframe srcdoc=hello></iframe>",
            "line 1, column 1: `srcdoc` on <iframe> is a document that is not checked: serve it at a URL of its own",
        ),
        (
            "<script src=https://cdn.example/app.js></script>",
            "line 1, column 1: the script `https://cdn.example/app.js` has no pin: serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page",
        ),
        (
            "<script src=https://cdn.example/npm/@azure/ai-vision-face-ui/FaceLivenessDetector.js></script>",
            "line 1, column 1: the script `https://cdn.example/npm/@azure/ai-vision-face-ui/FaceLivenessDetector.js` has no pin: serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page",
        ),
        (
            "<script src=https://user:secret@cdn.example/app.js></script>",
            "line 1, column 1: the script `https://...@cdn.example/app.js` has no pin: serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page",
        ),
        (
            "<script src=/lost.js?from=https://cdn.example/></script>",
            "line 1, column 1: the script `/lost.js...` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<script src=https://liveness.contoso.example/lost.js></script>",
            "line 1, column 1: the script `https://liveness.contoso.example/lost.js` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<script src=other.js></script>",
            "line 1, column 1: the script `other.js` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<script src=app.css></script>",
            "line 1, column 1: the script `app.css` has no pin: give its file a name that ends in `.js` or `.mjs`, since no other is sent as a script",
        ),
        (
            "<link rel='preload x' as=SCRIPT href=other.js>",
            "line 1, column 1: the script `other.js` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<script src=app.js integrity=sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=></script>",
            "line 1, column 1: the integrity of `app.js` is not that of the pinned file: sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= where it is sha256-s/vGUPLx1yumnJ9KVRKOzM6d1loqJOrMX0NcBcBZl88=; remove the attribute: the pins supply it",
        ),
        (
            "<script type=importmap>{\"imports\": [}</script>",
            "line 1, column 1: import map: not JSON: expected value at line 1 column 14",
        ),
        (
            "<script type=importmap>[]</script>",
            "line 1, column 1: import map: not an object: write `{\"imports\": {..}}`",
        ),
        (
            "<script type=importmap>{\"imports\": 7}</script>",
            "line 1, column 1: import map: `imports` is not an object",
        ),
        (
            "<script type=importmap>{}</script>\n<script type=importmap>{}</script>",
            "line 2, column 1: import map: it is the second: merge the two",
        ),
        (
            "<script type=importmap src=map.json></script>",
            "line 1, column 1: import map: `src` does not work here: write it into the page",
        ),
        (
            "<script type=importmap>{\"imports\": {\"a\": \"./a.js\"}}</script>",
            "line 1, column 1: the script `./a.js` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<script type=importmap>{\"scopes\": {\"/\": {\"a\": \"https://cdn.example/a.js\"}}}</script>",
            "line 1, column 1: the script `https://cdn.example/a.js` has no pin: serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page",
        ),
        (
            "<script type=importmap>{\"integrity\": {\"/app.js\": \"sha384-AAAA\"}}</script>",
            "line 1, column 1: the integrity of `/app.js` is not that of the pinned file: byte 7: digest is 3 bytes long, sha384 needs 48; remove the attribute: the pins supply it",
        ),
        (
            "<script>go()",
            "line 1, column 1: <script> is never closed: close it",
        ),
        (
            "<!doctype html",
            "line 1, column 1: <!doctype is never closed: write <!doctype html>",
        ),
        (
            "<d\u{1}\u{e9}v style=x>",
            "line 1, column 1: `style` on <d\\u{1}\\u{e9}v> would not apply: move it to a style sheet, or have such attributes allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr",
        ),
        (
            "<script src='/lost\u{7f}.js?token=secret'></script>",
            "line 1, column 1: the script `/lost\\u{7f}.js...` has no pin: add it to the application's files (`app`, `app_files`), correct the URL, or leave out a page that isn't needed (`SiteBuilder::without`, `--without`)",
        ),
        (
            "<svg><script>go()</script></svg>",
            "line 1, column 6: <script> inside <svg> or <math>: move it out",
        ),
        (
            "<svg><style/><p></style></svg>",
            "line 1, column 6: <style/> inside <svg> or <math>: write a start tag and an end tag",
        ),
        (
            "<svg><title>a<b></title></svg>",
            "line 1, column 6: <title> with `<` or `&` inside <svg> or <math>: move it out, or write it without them",
        ),
        (
            "<svg><![CDATA[ <script>go()</script> ]]></svg>",
            "line 1, column 6: <![CDATA[: write the text itself, with `&lt;` and `&amp;`",
        ),
        (
            "<plaintext>",
            "line 1, column 1: <plaintext> is obsolete: leave it out",
        ),
    ] {
        let found = faults(html);
        assert!(found.contains(&message.to_owned()), "{html}: {found:#?}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let html =
        "<base href=//cdn.example/><p onclick=a()>\n<script src=//cdn.example/a.js></script>";
    assert_eq!(faults(html).len(), 3);
}

#[test]
fn what_is_harmless_is_no_fault() {
    for html in [
        "",
        "<p on='x' data-onclick='y'>onclick= javascript:</p>",
        "<!-- <script src=//cdn.example/a.js></script> -->",
        "<textarea><script src=//cdn.example/a.js></script></textarea>",
        "<noscript><p>Please turn on JavaScript.</p></noscript>",
        "<script type=application/json>{\"a\": \"<script>\"}</script>",
        "<svg><title>A check mark</title><style>path { fill: red }</style><path d=''/></svg>",
        "<link rel=stylesheet href=https://styles.example/a.css>",
        "<link rel='icon' href='data:,'>",
        "<meta http-equiv=content-type content='text/html; charset=utf-8'>",
    ] {
        compile(html).unwrap_or_else(|faults| panic!("{html}: {faults:?}"));
    }
}

/// All messages for an empty page under a policy.
fn under(policy: &Policy, pins: &Pins, app: AppFiles) -> Vec<String> {
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let faults = Page::builder("")
        .app_files(app)
        .compile(&verified, policy)
        .unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_policy_has_to_be_one_for_these_files() {
    let pins = pins("/");
    let whole = |document| pinned(document, &pins);
    let none = AppFiles::new;
    assert_eq!(
        under(&Policy::document(document()), &pins, app()),
        ["the policy is not for a page with the SDK: create it with `Policy::strict`"]
    );
    assert_eq!(
        under(&pinned(document(), &super::pins("/sdk/")), &pins, app()),
        [
            "the policy looks for the SDK at `/sdk/`, and the pins are served at `/`: create the page with `LivenessPage::pinned`, or correct `sdk-path`"
        ]
    );
    assert_eq!(
        under(
            &whole(document().scripts_by(ScriptTrust::Nonce)),
            &pins,
            app()
        )[0],
        "the policy trusts scripts by nonce, but a compiled page is the same for everybody: use `ScriptTrust::Urls`"
    );
    assert_eq!(
        under(&whole(document()), &pins, none()),
        [
            "the policy names the script `/app.js`, whose bytes are not known: pass it to `app_files`, or remove it from the policy"
        ]
    );
    let languages = |tags: &[&str]| {
        let endpoint = Endpoint::resource("contoso").unwrap();
        let page = LivenessPage::pinned(document(), &pins, endpoint);
        Policy::strict(page.languages(tags.to_vec()))
    };
    assert_eq!(
        under(&languages(&["de-DE", "en-us", "xx-XX"]), &pins, app()),
        ["en-us", "xx-XX"].map(|tag| format!("/facelivenessdetector-assets/i18n/{tag}/en.json: the policy names this language, but the SDK has no file for it: remove it from `languages`, or check how the SDK spells it"))
    );
    let foreign = |document: Document| document.loads(Resource::Script, "https://cdn.example/a.js");
    assert_eq!(
        under(
            &whole(foreign(document())).isolation(tower_visor::policy::Isolation::Credentialless),
            &pins,
            app()
        ),
        [
            "the policy names the script `https://cdn.example/a.js`, whose bytes are not known: pass it to `app_files`, or remove it from the policy"
        ]
    );
    assert_eq!(
        under(
            &whole(document().loads(Resource::Worker, "/worker.js")),
            &pins,
            app()
        ),
        [
            "the policy names the worker `/worker.js`: no browser checks the integrity of a worker: remove it, or give the worker a page of its own"
        ]
    );
    assert_eq!(
        under(
            &whole(document()),
            &pins,
            app().file("/FaceLivenessDetector.js", "mine").unwrap()
        ),
        [
            "/FaceLivenessDetector.js: a file of the application has the path of an SDK file: move it"
        ]
    );

    let other = Pins::scan(sdk("1.4.8")).unwrap();
    let faults = under(&pinned(document(), &other), &pins, app());
    assert_eq!(
        faults[0],
        "the policy is for SDK 1.4.8, and the pins are for 1.5.0: create the page with `LivenessPage::pinned`, or correct `sdk`"
    );
    // What the policy itself lacks is told too.
    assert!(
        faults[1].starts_with("SDK 1.4.8 needs 'unsafe-eval'"),
        "{faults:?}"
    );
}

#[test]
fn files_of_a_folder_are_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| std::fs::write(folder.path().join(name), name).unwrap();
    std::fs::create_dir(folder.path().join("parts")).unwrap();
    for name in ["app.js", "parts/a.js", ".DS_Store"] {
        write(name);
    }
    let files = AppFiles::read(folder.path(), "/static/").unwrap();
    let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/static/app.js", "/static/parts/a.js"]);
    assert_eq!(
        files.get("/static/parts/a.js"),
        Some(b"parts/a.js".as_slice())
    );
    assert_eq!(
        format!("{files:?}"),
        r#"{"/static/app.js", "/static/parts/a.js"}"#
    );

    write("a\u{7}b.js");
    #[cfg(unix)]
    std::os::unix::fs::symlink("app.js", folder.path().join("link.js")).unwrap();
    let faults = AppFiles::read(folder.path(), "/").unwrap_err();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults[0],
        "/a%07b.js: not a path on the page's origin: write it with a leading slash, without `..`, empty parts, backslashes or a query"
    );
    #[cfg(unix)]
    assert_eq!(
        faults[1..],
        [
            "link.js: neither a file nor a folder: put the file itself there, a link can be pointed elsewhere without a trace"
        ]
    );
    assert!(AppFiles::read(folder.path(), "static").is_err());
    assert_eq!(
        app().file("/app.js", "").unwrap_err().to_string(),
        "/app.js: two files are served at this path: remove one"
    );
    let lost = folder.path().join("lost");
    assert_eq!(
        AppFiles::read(&lost, "/").unwrap_err()[0].to_string(),
        format!(
            "{}: no such folder; make it, or give the one that holds your pages and scripts",
            lost.display()
        )
    );
}
