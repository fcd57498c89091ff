//! A version of the SDK that needs `'unsafe-eval'`, in a frame of an origin of its own.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;

use crate::chromium::Chromium;
use crate::example::Example;
use crate::serve;

#[tokio::test]
async fn the_check_ends_in_the_frame_and_the_page_around_it_stays_strict() {
    let Some(browser) = Chromium::launch(&["--site-per-process"]).await else {
        return;
    };
    let example = Example::start_named("isolated-frame", &[]).await;
    let page = browser.page().await;
    page.goto(&format!("{}/", example.origin)).await;
    page.wait_for("['done', 'failed'].includes(document.documentElement.dataset.state)")
        .await;
    let state: String = page
        .eval("document.documentElement.dataset.state")
        .await
        .unwrap();
    assert_eq!(state, "done", "{:?}", page.console().await);
    assert_eq!(page.violations().await, Vec::<Value>::new());
    let result: String = page
        .eval("document.querySelector('output').value")
        .await
        .unwrap();
    assert_eq!(result.len(), 32, "{result}");

    // The exception is the frame's alone.
    let policies: Vec<(String, String)> = page
        .requests()
        .into_iter()
        .filter(|request| request.url.ends_with('/'))
        .map(|request| {
            (
                request.url,
                request.headers["content-security-policy"].clone(),
            )
        })
        .collect();
    let [(outer, strict), (frame, excepted)] = &policies[..] else {
        panic!("{policies:#?}")
    };
    assert_eq!(*outer, format!("{}/", example.origin));
    assert!(!strict.contains("unsafe-eval"), "{strict}");
    assert!(strict.contains(&format!("frame-src {frame}")), "{strict}");
    assert!(excepted.contains("'unsafe-eval'"), "{excepted}");
    let ancestors = format!("frame-ancestors {};", example.origin);
    assert!(excepted.contains(&ancestors), "{excepted}");
    let text_runs = "(() => { try { return Function('return true')() } catch { return false } })()";
    assert_eq!(page.eval(text_runs).await, Ok(false));

    // They are two origins: the page sees nothing of its frame.
    let inside =
        "(() => { try { return String(frames[0].document) } catch (e) { return e.name } })()";
    assert_eq!(page.eval(inside).await, Ok("SecurityError".to_owned()));
    assert_eq!(page.eval("crossOriginIsolated").await, Ok(true));

    // A message of anybody else says nothing to the page: here one of its own.
    let forged = "(async () => {
        document.documentElement.dataset.state = 'waiting';
        const heard = new Promise(done => addEventListener('message', done, { once: true }));
        postMessage({ kind: 'ended', resultId: 'forged' }, location.origin);
        await heard;
        return document.documentElement.dataset.state + document.querySelector('output').value.includes('forged');
    })()";
    assert_eq!(page.eval(forged).await, Ok("waitingfalse".to_owned()));

    // A foreign page gets no frame.
    let framed = format!(
        "<!doctype html><link rel=icon href='data:,'><iframe src='{frame}' allow=camera></iframe>"
    );
    let evil = serve(Router::new().route("/", get(move || async move { Html(framed) }))).await;
    let page = browser.page().await;
    page.goto(&format!("{evil}/")).await;
    let console = page.console().await;
    assert!(
        console
            .iter()
            .any(|line| line.text.contains("frame-ancestors")),
        "{console:#?}"
    );
    let script = format!("{frame}frame.js");
    let asked = page
        .requests()
        .into_iter()
        .any(|request| request.url == script);
    assert!(!asked, "nothing of it ran");
}
