//! The example with `--tamper`: what it shows of a byte that was changed on the way, on its page and
//! in the terminal.

use crate::chromium::Chromium;
use crate::example::{Example, stand_in};
use crate::liveness::picture;
use crate::page::Page;
use crate::process::reserved_port;

const USED: &str = "Check complete, with a changed file: One byte of /";
const COMPONENT: &str = "FaceLivenessDetector.js";

/// Runs the check, and gives what the page says of its outcome.
async fn outcome(page: &Page, example: &Example) -> String {
    page.goto(&format!("{}/?auto", example.origin)).await;
    page.wait_for("!document.querySelector('#outcome').hidden")
        .await;
    page.eval("document.querySelector('#outcome-title').innerText + ': ' + document.querySelector('#outcome-text').innerText")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_changed_byte_is_refused_where_the_page_is_guarded_and_runs_where_it_is_bare() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let cases: [(&str, &[&str], String); 6] = [
        (
            COMPONENT,
            &[],
            "Stopped: a file was not the right one: Part of this check came to your browser changed, or not at all. Your browser did not use it. Try again, or on another network; if it stays so, tell whoever runs this page.".to_owned(),
        ),
        (
            COMPONENT,
            &["--insecure-no-headers"],
            format!("{USED}{COMPONENT} was changed on its way here, and the browser used the file. Nothing was checked. Whoever can change a byte can change what this page makes of your face."),
        ),
        (
            "AzureAIVisionFace_SIMD.wasm",
            &["--checks", "headers"],
            format!("{USED}facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm was changed on its way here, and the browser used the file. The headers of this page name where it comes from, and not what is in it."),
        ),
        (
            "FaceId.svg",
            &[],
            format!("{USED}facelivenessdetector-assets/images/FaceId.svg was changed on its way here, and the browser used the file. No browser checks pictures."),
        ),
        (
            "en-US/en.json",
            &[],
            "Stopped: a file was not the right one: Part of this check came to your browser changed, or not at all. Your browser did not use it. Try again, or on another network; if it stays so, tell whoever runs this page.".to_owned(),
        ),
        // A file that this browser doesn't load changes nothing.
        (
            "AzureAIVisionFace.js",
            &["--insecure-no-headers"],
            "Check complete, and nothing was checked: Had anybody changed a file of this page on its way, the browser would have run it.".to_owned(),
        ),
    ];
    for (file, options, says) in cases {
        let mut example = Example::start(&[&["--tamper", file], options].concat()).await;
        let tampering = example.says("tampered").await;
        assert!(
            tampering.ends_with(&format!(
                "{file}: one byte is changed on its way to the browser"
            )),
            "{tampering}"
        );
        let page = browser.page().await;
        assert_eq!(outcome(&page, &example).await, says, "{file} {options:?}");
        if file == COMPONENT {
            let changed = example.says("changed   /").await;
            assert!(
                changed.contains(&format!("/{COMPONENT}: byte "))
                    && changed.ends_with("was 0x20 and left as 0x09"),
                "{changed}"
            );
            page.viewport(1040, 860).await;
            let name = options.first().unwrap_or(&"guarded");
            picture(&page, &format!("tampered-{}", name.trim_matches('-'))).await;
        }
    }
}

#[tokio::test]
async fn the_page_counts_the_headers_that_the_terminal_counts() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    for depth in ["guarded", "headers"] {
        let mut example = Example::start(&["--checks", depth]).await;
        let told = example.says("headers   ").await;
        let told = told.trim().trim_start_matches("headers").trim();
        let count = told.strip_suffix(" on the page:").unwrap();
        let page = browser.page().await;
        page.goto(&format!("{}/", example.origin)).await;
        page.wait_for("document.querySelector('#headers').children.length > 0")
            .await;
        let shown: String = page
            .eval("document.querySelector('#headers-summary').innerText")
            .await
            .unwrap();
        assert_eq!(
            shown,
            format!("{count} headers of the policy came with it."),
            "{depth}"
        );
        let rows: usize = page
            .eval("document.querySelectorAll('#headers dt').length")
            .await
            .unwrap();
        assert_eq!(rows.to_string(), count, "{depth}");

        // Of the features that nobody may use, one line.
        let features: Vec<String> = page
            .eval("[...document.querySelectorAll('#headers dt')].find(dt => dt.innerText === 'permissions-policy').nextSibling.innerText.trim().split('\\n').filter(line => line)")
            .await
            .unwrap();
        assert_eq!(features, ["camera=(self)", "47 more denied: =()"]);
    }

    let mut bare = Example::start(&["--insecure-no-headers"]).await;
    let told = bare.says("headers   ").await;
    assert_eq!(
        told.trim(),
        "headers   none: nothing is checked, and anything that gets into this page runs"
    );
    let page = browser.page().await;
    page.goto(&format!("{}/", bare.origin)).await;
    page.wait_for("document.querySelector('#headers-summary').classList.contains('bare')")
        .await;
    let shown: Vec<String> = page
        .eval("['.lead', '#headers-summary'].map(name => document.querySelector(name).innerText)")
        .await
        .unwrap();
    assert_eq!(
        shown,
        [
            "The same liveness check without any header or check of tower-visor's, for comparison.",
            "None of the policy's headers came with it. Nothing is checked: the browser runs anything that gets into this page."
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_tampered_with_is_said() {
    for (file, message) in [
        (
            "nothing.js",
            "error: --tamper nothing.js: no file of this server ends in `nothing.js`; name one that the page loads, for example `FaceLivenessDetector.js`\n",
        ),
        // The page itself: what comes with it can't be checked by anything in it.
        (
            "index.html",
            "error: --tamper index.html: no file of this server ends in `index.html`; name one that the page loads, for example `FaceLivenessDetector.js`\n",
        ),
    ] {
        assert_eq!(Example::refuses(&["--tamper", file]).await, message);
    }
    let several = Example::refuses(&["--tamper", "en.json"]).await;
    assert!(
        several.starts_with("error: --tamper en.json: that may be /facelivenessdetector-assets/i18n/de-DE/en.json or ")
            && several.ends_with(" or /facelivenessdetector-assets/i18n/pt-BR/en.json; write more of its path\n"),
        "{several}"
    );
}

#[tokio::test]
async fn a_second_sdk_has_a_lock_file_and_a_version_of_its_own() {
    let old = stand_in("1.4.8");
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("legacy.json");
    let pins = tower_visor::pins::Scan::new(&old);
    let pins = pins.served_at("/legacy/").run().unwrap();
    pins.save(&lock).unwrap();
    let lock = lock.to_str().unwrap();
    let options = ["--legacy", &old, "--legacy-lock", lock];
    let mut example =
        Example::start(&[&options[..], &["--legacy-version", "1.4.8"]].concat()).await;
    let told = example.says("1.4.8").await;
    assert!(
        told.contains(&format!("1.4.8, pinned by {lock} (observed")),
        "{told}"
    );
    assert_eq!(
        Example::refuses(&[&options[..], &["--legacy-version", "1.4.6"]].concat()).await,
        format!("error: {lock}: this is SDK 1.4.8, not 1.4.6\n")
    );
    let other = ["--legacy", &stand_in("1.5.0"), "--legacy-lock", lock];
    let other = Example::refuses(&other).await;
    assert!(other.starts_with("error: "), "{other}");
}

#[tokio::test]
async fn without_headers_nothing_needs_a_policy_that_holds() {
    // This SDK runs under no strict policy, and the policy's file isn't even there.
    let old = stand_in("1.4.8");
    let options = ["--sdk", &old, "--policy", "nowhere.toml"];
    assert_eq!(
        Example::refuses(&options).await,
        "error: nowhere.toml: No such file or directory (os error 2)\n"
    );
    let mut example = Example::start(&[&options[..], &["--insecure-no-headers"]].concat()).await;
    example.says("1.4.8, pinned as it was found").await;
}

#[tokio::test]
async fn a_policy_from_a_file_learns_what_the_pins_know() {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    let text = "[document]\norigin = \"http://127.0.0.1:9\"\nscripts = [\"/app.js\", \"/words.js\"]\n\
                styles = [\"/app.css\"]\nconnects = [\"/index.html\", \"/api/session\"]\n\
                [liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"\n";
    std::fs::write(file.path(), text).unwrap();
    let file = file.path().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("visor-lock.json");
    let sdk = stand_in("1.5.0");
    let pins = tower_visor::pins::Pins::scan(&sdk).unwrap();
    pins.save(&lock).unwrap();
    let options = ["--policy", file, "--lock", lock.to_str().unwrap()];
    let (_port, port) = reserved_port();
    let refused = Example::refuses(&[&options[..], &["--port", &port.to_string()]].concat()).await;
    assert_eq!(
        refused,
        format!(
            "error: {file}: its origin is http://127.0.0.1:9, and this server's is http://127.0.0.1:{port}: correct it, or give its port with --port\n"
        )
    );
    // A proxy's, in front of it.
    let text = text.replace("http://127.0.0.1:9", "https://liveness.contoso.example");
    std::fs::write(file, &text).unwrap();
    for depth in ["guarded", "headers"] {
        let example = Example::start(&[&options[..], &["--checks", depth]].concat()).await;
        let answer = reqwest::get(format!("{}/", example.origin)).await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        let styles = policy
            .split("; ")
            .find(|directive| directive.starts_with("style-src "))
            .unwrap();
        for (_, style) in pins.styles() {
            assert!(styles.contains(&style.to_string()), "{depth}: {styles}");
        }
    }
    // What the two say differently is refused, with the file's name.
    let text = text.replace("1.5.0", "1.4.8");
    std::fs::write(file, text).unwrap();
    let refused = Example::refuses(&options).await;
    assert!(
        refused.starts_with(&format!("error: {file}: ")),
        "{refused}"
    );
}
