//! A guarded page, in each engine: one changed byte anywhere, behind the server's back, and the
//! browser refuses that file.

use serde_json::Value;

use crate::engine::{Engine, Tab, in_each_engine};
use crate::example::{Example, stand_in};
use crate::proxy::Proxy;

in_each_engine!(
    one_changed_byte_and_the_browser_refuses_the_file,
    an_untouched_sdk_runs_to_its_end_through_the_proxy,
);

/// Loads the page, starts the check, and waits for its end; gives the page's state, which stays
/// `loading` when its own script did not run.
async fn run(tab: &Tab<'_>, url: &str, simd: bool) -> String {
    tab.goto(url).await;
    let state = "document.documentElement.dataset.state";
    // In a new group of pages, as the headers ask for, WebKit's driver goes on before it has loaded.
    tab.wait_for("document.readyState === 'complete'").await;
    let scripted = tab.eval("typeof livenessPage !== 'undefined'").await;
    if scripted != Ok(true) {
        return tab.eval(state).await.unwrap();
    }
    if !simd {
        // The component asks when its element enters the page.
        tab.eval::<Value>("void (WebAssembly.validate = () => false)")
            .await
            .unwrap();
    }
    for _ in 0..8 {
        tab.eval::<Value>("document.querySelector('#start').click()")
            .await
            .unwrap();
        tab.wait_for(&format!("['done', 'failed'].includes({state})"))
            .await;
        // On a busy machine WebKit's camera may show too few pictures in the SDK's time.
        let late = tab.eval("livenessPage.error?.code === 'TimedOut'").await;
        if late != Ok(true) {
            return tab.eval(state).await.unwrap();
        }
    }
    panic!("the camera never showed enough pictures in time");
}

struct Case {
    file: &'static str,
    /// Its last letter is changed: nothing that matters to whoever runs the file.
    text: &'static str,
    /// What the page comes to, and what shows that nothing of the file ran.
    ends: &'static str,
    unused: &'static str,
    /// The file that the guard names, if it is told.
    refused: Option<&'static str>,
    simd: bool,
}

const ADAPTER: &str = "!window.Module?.FaceRecoEngineAdapter";

const CASES: [Case; 8] = [
    Case {
        file: "/FaceLivenessDetector.js",
        text: "// S",
        ends: "failed",
        unused: "!customElements.get('azure-ai-vision-face-ui')",
        refused: Some("/FaceLivenessDetector.js"),
        simd: true,
    },
    Case {
        file: "/AzureAIVisionFace_SIMD.js",
        text: "// S",
        ends: "failed",
        unused: ADAPTER,
        refused: Some("/AzureAIVisionFace_SIMD.js"),
        simd: true,
    },
    Case {
        file: "/AzureAIVisionFace.js",
        text: "// S",
        ends: "failed",
        unused: ADAPTER,
        refused: Some("/AzureAIVisionFace.js"),
        simd: false,
    },
    Case {
        file: "/AzureAIVisionFace_SIMD.wasm",
        text: "/* B",
        ends: "failed",
        unused: ADAPTER,
        refused: Some("/AzureAIVisionFace_SIMD.wasm"),
        simd: true,
    },
    Case {
        file: "/AzureAIVisionFace.wasm",
        text: "/* B",
        ends: "failed",
        unused: ADAPTER,
        refused: Some("/AzureAIVisionFace.wasm"),
        simd: false,
    },
    Case {
        file: "/i18n/en-US/en.json",
        text: "\": \"L",
        ends: "failed",
        // The SDK showed nothing, so the page took it away.
        unused: "!document.querySelector('azure-ai-vision-face-ui')",
        refused: Some("/i18n/en-US/en.json"),
        simd: true,
    },
    Case {
        file: "/app.js",
        text: "// T",
        ends: "loading",
        unused: "typeof livenessPage === 'undefined'",
        refused: Some("/app.js"),
        simd: true,
    },
    Case {
        file: "/words.js",
        text: "// P",
        ends: "loading",
        unused: "typeof livenessPage === 'undefined'",
        refused: Some("/words.js"),
        simd: true,
    },
];

async fn one_changed_byte_and_the_browser_refuses_the_file(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let guarded = Example::start(&[]).await;
    let bare = Example::start(&["--insecure-no-headers"]).await;
    let mut wrong = Vec::new();
    for case in &CASES {
        proxy.change(case.file, case.text);
        for (example, checked) in [(&guarded, true), (&bare, false)] {
            let page = browser.tab(&proxy.address).await;
            let ends = run(&page, &format!("{}/", example.origin), case.simd).await;
            let console = page.console().await;
            let mut check = |what: &str, holds: bool| {
                if !holds {
                    wrong.push(format!(
                        "{} (checked: {checked}): {what}: {ends}, {console:#?}",
                        case.file
                    ));
                }
            };
            check("was changed", proxy.changed() > 0);
            if !checked {
                // So the change does no harm by itself. What headers alone do about it is in
                // `headers.rs`.
                check("it runs where nothing is checked", ends == "done");
                continue;
            }
            check("how it ends", ends == case.ends);
            let unused: bool = page.eval(case.unused).await.unwrap();
            check("nothing of it ran", unused);
            if let Some(console) = &console {
                let mut integrity = console.iter().filter(|line| line.contains("integrity"));
                check(
                    "the console names the file, and no other",
                    integrity.next().is_some() && integrity.all(|line| line.contains(case.file)),
                );
            }
            // WebKit checks no preload, and what imports the component is told why it failed.
            let told = engine != Engine::Webkit || case.file != "/FaceLivenessDetector.js";
            // It tells which script of the page failed, and not which module is why.
            let (reason, named) = match case.refused {
                Some("/app.js" | "/words.js") if engine == Engine::Webkit => {
                    ("changed, or what it imports: ", Some("/app.js"))
                }
                named => ("changed: ", named),
            };
            if named.is_some() && told {
                // Which module it was, the guard asks the browser first.
                page.wait_for("visorRefused.length > 0").await;
            }
            let refused = refused(&page).await;
            check(
                &format!("the guard names it: {refused:?}"),
                match named.filter(|_| told) {
                    None => refused.is_empty(),
                    Some(file) => {
                        !refused.is_empty()
                            && refused
                                .iter()
                                .all(|line| line.starts_with(reason) && line.ends_with(file))
                    }
                },
            );
            let late = "getComputedStyle(document.querySelector('.late')).display !== 'none'";
            let late: bool = page.eval(late).await.unwrap();
            check(
                "the page says that its own script has not run, if so",
                late == (ends == "loading"),
            );
            if ends == "failed" {
                let shown = "[...document.querySelectorAll('#outcome, #refusals')].map(e => e.innerText).join()";
                let shown: String = page.eval(shown).await.unwrap();
                check(
                    &format!("the page names it: {shown}"),
                    shown.contains(case.file.trim_start_matches('/')),
                );
            }
            let eval = page.eval::<u8>("eval('1+1')").await;
            check(
                "no text is run",
                eval.is_err_and(|e| e.starts_with("EvalError")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the guard refused.
async fn refused(page: &Tab<'_>) -> Vec<String> {
    page.eval("visorRefused.map(({reason, url}) => reason + ': ' + url)")
        .await
        .unwrap()
}

async fn an_untouched_sdk_runs_to_its_end_through_the_proxy(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let examples = [
        Example::start(&["--legacy", &stand_in("1.4.8")]).await,
        Example::start(&["--legacy", &stand_in("1.2.0")]).await,
    ];
    let [later, earlier] = &examples;
    for (example, path, simd) in [
        (later, "/", true),
        (later, "/", false),
        (later, "/legacy/", true),
        (later, "/legacy/", false),
        (earlier, "/legacy/", true),
        (earlier, "/legacy/", false),
    ] {
        let page = browser.tab(&proxy.address).await;
        let ends = run(&page, &format!("{}{path}", example.origin), simd).await;
        let page_says: Value = page
            .eval("[livenessPage.error, livenessPage.violations]")
            .await
            .unwrap();
        assert_eq!(
            ends,
            "done",
            "{path} {simd} {page_says} {:?}",
            page.console().await
        );
        // The page's own list: of events and, where there are any, of reports.
        let violations: Value = page.eval("livenessPage.violations").await.unwrap();
        assert_eq!(violations, Value::Array(Vec::new()));
        assert_eq!(refused(&page).await, Vec::<String>::new());
        let eval = page.eval::<u8>("eval('1+1')").await.unwrap_err();
        assert!(eval.starts_with("EvalError"), "{eval}");
    }
}
