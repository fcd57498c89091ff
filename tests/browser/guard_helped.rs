//! The guard on pages that take part in loading the SDK.

use serde_json::Value;
use tower_visor::app::AppFiles;
use tower_visor::sdk::layout::Layout;

use crate::example::stand_in;
use crate::guard::{JS, ORIGIN_OF_PAGE, Stage, files, refused};
use crate::liveness::picture;

/// A way to load the SDK, and which of its files the page must not get changed.
struct Way {
    page: &'static str,
    /// Files of which one is changed, and what the check then comes to.
    files: &'static [(&'static str, &'static str)],
}

const WAYS: [Way; 5] = [
    // The page fetches the words itself.
    Way {
        page: "/words.html",
        files: &[("/de-DE/en.json", "TypeError: Failed to fetch")],
    },
    // The page has a tag for the engine, and instantiates the WebAssembly by itself.
    Way {
        page: "/engine.html",
        files: &[
            ("/AzureAIVisionFace_SIMD.js", "no engine"),
            ("/AzureAIVisionFace_SIMD.wasm", "no engine"),
        ],
    },
    // The page inserts the engine by script, and hooks the WebAssembly.
    Way {
        page: "/inserted.html",
        files: &[
            ("/AzureAIVisionFace.js", "no engine"),
            ("/AzureAIVisionFace.wasm", "no engine"),
        ],
    },
    // The component looks for the engine at an absolute path.
    Way {
        page: "/absolute.html",
        files: &[
            ("/AzureAIVisionFace_SIMD.js", "Unexpected"),
            ("/AzureAIVisionFace_SIMD.wasm", "Unexpected"),
        ],
    },
    // The engine lies in a folder of the application's.
    Way {
        page: "/moved.html",
        files: &[
            (
                "/moved/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js",
                "Unexpected",
            ),
            (
                "/moved/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
                "Unexpected",
            ),
        ],
    },
];

/// Sets `Module` up as a page does that instantiates by itself; `ready` settles with the engine.
const BOOT: &str = r#"
window.ready = new Promise((done, failed) => {
  const abort = () => failed("no engine");
  addEventListener("error", ({ target }) => target.src?.includes("AzureAIVisionFace") && abort(), true);
  window.Module = {
    locateFile: (file) => "./facelivenessdetector-assets/js/" + file,
    onRuntimeInitialized: done,
    onAbort: abort,
    instantiateWasm(imports, receive) {
      const engine = document.documentElement.dataset.engine ?? "AzureAIVisionFace_SIMD";
      WebAssembly.instantiateStreaming(fetch(Module.locateFile(engine + ".wasm")), imports)
        .then(({ instance }) => receive(instance), abort);
      return {};
    },
  };
});
ready.catch(() => {});
"#;

/// The pages of [`WAYS`], and one whose engine comes from a foreign host.
fn ways(version: &str) -> AppFiles {
    let engine = "<script src=boot.js></script><script src=facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js></script>";
    let tag = |name: &str| format!("<script type=module src={name}.js></script>");
    let files = files(
        &[
            ("/words.html", &tag("words")),
            ("/engine.html", &format!("{engine}{}", tag("engine"))),
            (
                "/inserted.html",
                &format!("<script src=boot.js></script>{}", tag("inserted")),
            ),
            ("/absolute.html", &tag("absolute")),
            ("/moved.html", &tag("moved")),
            ("/foreign.html", &tag("foreign")),
        ],
        &[
            ("/boot.js", BOOT),
            (
                "/words.js",
                "import { check } from './check.js';
                 check(async (detector) => {
                   const words = await fetch('./facelivenessdetector-assets/i18n/de-DE/en.json');
                   detector.languageDictionary = await words.json();
                 });",
            ),
            (
                "/engine.js",
                "import { check } from './check.js';
                 check(() => ready);",
            ),
            (
                "/inserted.js",
                "import { check } from './check.js';
                 document.documentElement.dataset.engine = 'AzureAIVisionFace';
                 const script = document.createElement('script');
                 script.src = './facelivenessdetector-assets/js/AzureAIVisionFace.js';
                 document.head.append(script);
                 check(() => ready);",
            ),
            (
                "/absolute.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = location.origin + '/'; });",
            ),
            (
                "/moved.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = './moved/'; });",
            ),
            (
                "/foreign.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = 'https://foreign.example/'; });",
            ),
        ],
    );
    ["AzureAIVisionFace_SIMD.js", "AzureAIVisionFace_SIMD.wasm"]
        .into_iter()
        .fold(files, |files, name| {
            let layout = Layout::of(&version.parse().unwrap()).unwrap();
            let package = layout.assets_package;
            let path = format!("{}/node_modules/{package}/{JS}{name}", stand_in(version));
            files
                .file(format!("/moved/{JS}{name}"), std::fs::read(path).unwrap())
                .unwrap()
        })
}

#[tokio::test]
async fn a_page_that_helps_loading_the_sdk_is_guarded_as_well() {
    for version in ["1.5.0", "1.4.8", "1.2.0"] {
        let reports_to = "https://liveness.example/reports/in";
        let Some(stage) = Stage::open(version, reports_to, ways(version)).await else {
            return;
        };
        for way in &WAYS {
            let page = stage.run(way.page, None).await;
            let end: String = page.eval("end").await.unwrap();
            assert_eq!(end, "done", "{} {:?}", way.page, page.console().await);
            // Of the old ones Trusted Types ask the guard, of the new one nobody asks.
            let texts = if version == "1.5.0" { 0 } else { 4 };
            assert_eq!(refused(&page).await, vec!["code from text: eval"; texts]);
            // One engine: the component adds none where the page has one.
            let engines = "document.querySelectorAll('script[src*=AzureAIVisionFace]').length";
            assert_eq!(page.eval(engines).await, Ok(1), "{}", way.page);
            let words = page
                .requests()
                .into_iter()
                .filter(|request| request.url.contains("/i18n/"));
            assert_eq!(words.count(), 1, "{}", way.page);
            let evals: Vec<String> = page.eval("evals").await.unwrap();
            assert_eq!(evals[..3], ["EvalError"; 3], "{}", way.page);
            assert_ne!(evals[3], "ran");

            for (file, expected) in way.files {
                let page = stage.run(way.page, Some(file)).await;
                let end: String = page.eval("end").await.unwrap();
                assert_eq!(end, *expected, "{} {file}", way.page);
                let mut told = refused(&page).await;
                told.retain(|line| !line.starts_with("code from text"));
                assert!(
                    !told.is_empty()
                        && told
                            .iter()
                            .all(|line| line.starts_with("changed: ") && line.ends_with(file)),
                    "{} {file}: {told:?}",
                    way.page
                );
            }
        }

        let page = stage.run("/foreign.html", None).await;
        assert_eq!(page.eval("end").await, Ok("Unexpected".to_owned()));
        let url = format!("https://foreign.example/{JS}AzureAIVisionFace_SIMD.js");
        assert!(refused(&page).await.contains(&format!("not pinned: {url}")));
        assert!(
            stage.thief.take().is_empty(),
            "nobody asked the foreign host"
        );
    }
}

#[tokio::test]
async fn the_example_tells_its_user_which_file_was_changed() {
    let page = ["index.html", "app.js", "app.css", "words.js"];
    let files = page.into_iter().fold(AppFiles::new(), |files, name| {
        let path = format!("{}/examples/liveness/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        files.file(format!("/{name}"), bytes).unwrap()
    });
    let reports_to = "https://liveness.example/reports/in";
    let Some(stage) = Stage::open("1.5.0", reports_to, files).await else {
        return;
    };
    for (file, name) in [
        // Refused before the page's own script ran.
        ("/FaceLivenessDetector.js", "component"),
        ("/AzureAIVisionFace_SIMD.wasm", "wasm"),
        ("/i18n/en-US/en.json", "words"),
    ] {
        *stage.spoiled.lock().unwrap() = Some(file);
        let page = stage.browser.page().await;
        page.goto(&format!("{ORIGIN_OF_PAGE}/?auto")).await;
        page.wait_for("document.documentElement.dataset.state === 'failed'")
            .await;
        let told: String = page
            .eval("document.querySelector('#outcome').innerText")
            .await
            .unwrap();
        assert!(
            told.starts_with("Stopped: a file was not the right one"),
            "{told}"
        );
        assert!(
            told.contains(&format!("{ORIGIN_OF_PAGE}/")) && told.contains(file),
            "{told}"
        );
        page.viewport(1100, 1200).await;
        picture(&page, &format!("changed-{name}")).await;

        // The next check tells of what it was refused itself, and of nothing before it.
        if name == "words" {
            *stage.spoiled.lock().unwrap() = None;
            page.eval::<Value>("void document.querySelector('#start').click()")
                .await
                .unwrap();
            page.wait_for("document.documentElement.dataset.state === 'done'")
                .await;
            let told = "document.querySelector('#refusals').hidden
                && document.querySelector('#refusal-list').innerText === ''
                && !document.querySelector('#outcome').innerText.includes('en.json')";
            assert_eq!(page.eval(told).await, Ok(true));
            picture(&page, "again").await;
        }
    }
}
