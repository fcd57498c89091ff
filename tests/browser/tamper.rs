//! A guarded page, in each engine: one changed byte anywhere, behind the server's back, and the
//! browser refuses that file.

use serde_json::Value;

use crate::engine::{Engine, Tab, in_each_engine};
use crate::example::{Example, stand_in};
use crate::proxy::Proxy;

in_each_engine!(
    one_changed_byte_and_the_browser_refuses_the_file,
    an_untouched_sdk_runs_to_its_end_through_the_proxy,
    scripts_of_the_page_do_not_get_around_the_guard,
    of_text_only_the_old_engines_own_runs,
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
        // What imports it does not run either, and is what the browser names.
        refused: Some("/app.js"),
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
            let refused = refused(&page).await;
            // WebKit checks no preload, and what imports the component is told why it failed.
            let told = engine != Engine::Webkit || case.file != "/FaceLivenessDetector.js";
            check(
                &format!("the guard names it: {refused:?}"),
                match case.refused.filter(|_| told) {
                    None => refused.is_empty(),
                    Some(file) => {
                        !refused.is_empty()
                            && refused.iter().all(|line| {
                                line.starts_with("changed or not loaded") && line.ends_with(file)
                            })
                    }
                },
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
    let example = Example::start(&["--legacy", &stand_in("1.4.8")]).await;
    for (path, simd) in [
        ("/", true),
        ("/", false),
        ("/legacy/", true),
        ("/legacy/", false),
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

/// What a script of the page may try, and what comes of it: an expression whose value says so.
const TRIES: &[(&str, &str)] = &[
    // The guard stays as it is.
    ("Reflect.set(window, 'fetch', 1) || Reflect.set(WebAssembly, 'compileStreaming', 1)", "false"),
    (
        "Reflect.defineProperty(window, 'fetch', {value: 1})
         || Reflect.defineProperty(WebAssembly, 'instantiateStreaming', {value: 1})
         || Reflect.defineProperty(XMLHttpRequest.prototype, 'open', {value: 1})
         || Reflect.defineProperty(HTMLScriptElement.prototype, 'src', {value: 1})
         || Reflect.defineProperty(HTMLScriptElement.prototype, 'integrity', {value: 1})
         || Reflect.defineProperty(Element.prototype, 'setAttribute', {value: 1})
         || Reflect.defineProperty(Request.prototype, 'url', {value: ''})
         || Reflect.defineProperty(URL.prototype, 'pathname', {value: ''})
         || Reflect.defineProperty(WeakSet.prototype, 'has', {value: () => true})
         || Reflect.defineProperty(RegExp.prototype, 'exec', {value: () => null})",
        "false",
    ),
    // A script element, whichever way it gets its URL.
    (
        "(() => { const s = document.createElement('script'); s.src = E; return s.integrity.slice(0, 7) + s.crossOrigin })()",
        "sha384-anonymous",
    ),
    (
        "(() => { const s = document.createElement('script'); s.setAttribute('SRC', E); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); s.setAttributeNS(null, 'src', E); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'), a = document.createAttribute('src');
          a.value = E; s.setAttributeNode(a); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); s.src = location.origin + E.slice(1) + '?v=1'; return s.cloneNode().integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); try { s.src = A + 'js/x.js' } catch (e) { return e.message } })()",
        "not pinned: ./facelivenessdetector-assets/js/x.js",
    ),
    (
        "(() => { const s = document.createElement('script'); try { s.src = '/api/session' } catch (e) { return e.name } })()",
        "TypeError",
    ),
    // Taken off again, it does not run.
    (
        "new Promise(done => { const s = document.createElement('script'); s.src = './words.js';
          s.removeAttribute('integrity'); s.onload = () => done('ran'); s.onerror = () => done('blocked');
          document.head.append(s) })",
        "blocked",
    ),
    // Fetch, in each of its forms.
    ("fetch(A + 'i18n/en-US/en.json').then(r => r.status)", "200"),
    ("fetch(new URL(A + 'i18n/en-US/en.json', location)).then(r => r.status)", "200"),
    ("fetch(new Request(A + 'i18n/en-US/en.json'), {integrity: ''}).then(r => r.status)", "200"),
    ("fetch(A + 'i18n/xx-XX/en.json').catch(e => e.message)", "not pinned: O/facelivenessdetector-assets/i18n/xx-XX/en.json"),
    ("fetch('index.html').then(r => r.status)", "200"),
    // What cannot be checked.
    (
        "(() => { try { new XMLHttpRequest().open('GET', A + 'i18n/en-US/en.json') } catch (e) { return e.message } })()",
        "not checked: use fetch: ./facelivenessdetector-assets/i18n/en-US/en.json",
    ),
    ("(() => { try { new Worker('./words.js') } catch (e) { return e.name } })()", "TypeError"),
    (
        "WebAssembly.instantiateStreaming(new Response('', {headers: {'content-type': 'application/wasm'}})).catch(e => e.message)",
        "not pinned: ",
    ),
    (
        "WebAssembly.compileStreaming(fetch('index.html')).catch(e => e.message)",
        "not pinned: O/index.html",
    ),
    ("WebAssembly.compileStreaming(fetch(A + 'js/AzureAIVisionFace.wasm')).then(m => m instanceof WebAssembly.Module)", "true"),
    // Text.
    ("(() => { const p = document.createElement('p'); p.innerHTML = '<b>on</b> a = b'; return p.innerHTML })()", "<b>on</b> a = b"),
    ("H('<script>1</script>')", "TypeError"),
    ("H('<IFRAME src=/>')", "TypeError"),
    ("H('<img/onerror =1>')", "TypeError"),
    ("H('<a href=javascript:1>')", "TypeError"),
    ("H('<meta http-equiv=refresh>')", "TypeError"),
    ("H('<form action=/>')", "TypeError"),
    ("H('<base href=/>')", "TypeError"),
    ("H('<p srcdoc=1>')", "TypeError"),
    ("(() => { try { document.createElement('script').text = '1' } catch (e) { return e.name } })()", "TypeError"),
    ("(() => { try { trustedTypes.createPolicy('default', {}) } catch (e) { return e.name } })()", "TypeError"),
    ("(() => { try { setTimeout('1') } catch (e) { return e.name } })()", "TypeError"),
];

async fn scripts_of_the_page_do_not_get_around_the_guard(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let example = Example::start(&[]).await;
    let page = browser.tab(&proxy.address).await;
    page.goto(&format!("{}/", example.origin)).await;
    page.wait_for("document.documentElement.dataset.state === 'ready'")
        .await;
    page.eval::<Value>(
        "void Object.assign(window, {
             A: './facelivenessdetector-assets/', E: './facelivenessdetector-assets/js/AzureAIVisionFace.js',
             H: html => { try { document.createElement('p').innerHTML = html } catch (e) { return e.name } },
         })",
    )
    .await
    .unwrap();
    let mut wrong = Vec::new();
    for (js, expected) in TRIES {
        let value = page
            .eval::<String>(&format!("Promise.resolve({js}).then(String)"))
            .await
            .unwrap_or_else(|error| error);
        let value = value.replace(&example.origin, "O");
        if value != *expected {
            wrong.push(format!("{js}\n    gave {value}, and not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts that an old engine makes code of, and texts that only look like them.
async fn of_text_only_the_old_engines_own_runs(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let example = Example::start(&["--legacy", &stand_in("1.4.8")]).await;
    let page = browser.tab(&proxy.address).await;
    page.goto(&format!("{}/legacy/", example.origin)).await;
    let head = "if (arguments.length !== 1){ throwBindingError(humanName + \"Expected 1 closure arguments \" + arguments.length + \" given.\"); }";
    for (text, runs) in [
        (
            "return function (arg0, arg1) {\nvar rv = invoker(fn, arg0Wired, arg1Wired);\nreturn rv;\n}",
            true,
        ),
        ("return function () {\n}", true),
        (head, true),
        ("", true),
        ("return 7", false),
        ("return function () {\nalert(1)\n}", false),
        (
            "return function () {\nvar rv = invoker(fn, alert(1));\n}",
            false,
        ),
        ("return function (arg0 = alert(1)) {\n}", false),
        ("return rv; alert(1)", false),
        ("return rv;\r alert(1)", false),
        ("return rv;\u{2028}alert(1)", false),
        ("}\n}); alert(1); (function () {", false),
    ] {
        let js = format!(
            "(() => {{ try {{ new Function('humanName', {}); return true }} catch (e) {{ return e.name === 'SyntaxError' ? null : false }} }})()",
            serde_json::to_string(text).unwrap()
        );
        assert_eq!(page.eval(&js).await, Ok(runs), "{text:?}");
    }
    for text in ["1+1", "return rv;", "(function anonymous(\n) {\n\n})"] {
        let text = serde_json::to_string(text).unwrap();
        let refused = page.eval::<Value>(&format!("eval({text})")).await;
        assert!(
            text.contains("anonymous") || refused.is_err_and(|e| e.starts_with("EvalError")),
            "{text}"
        );
    }
}
