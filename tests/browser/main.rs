//! Tests in real browsers: they drive headless Chromium and Firefox, and WebKit on a display that
//! shows nothing, and look at what happens.
//!
//! A missing browser fails its tests. To leave one out, name it: `TOWER_VISOR_SKIP_BROWSER=webkit`
//! (or `firefox,webkit`); each test then says that it was not run. `CHROMIUM`, `FIREFOX` and
//! `WEBKIT_DRIVER` name other programs to use. `TOWER_VISOR_SKIP=npm` leaves out the tests for which npm
//! fetches libraries, once. Nothing else leaves the machine: in these browsers every host name leads
//! to 127.0.0.1, so a foreign host is a second server of the test.
//!
//! ```ignore
//! let Some(browser) = Chromium::launch(&[]).await else { return };
//! let page = browser.page().await;
//! page.goto(&format!("{}/", serve(app).await)).await;
//! page.wait_for("document.querySelector('.result')").await;
//! assert_eq!(page.eval::<u32>("fetch('/status').then(r => r.status)").await, Ok(200));
//! assert_eq!(page.console().await, []);
//! ```
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    // A table of cases is long, and easier to read whole.
    clippy::too_many_lines
)]

mod application;
mod attacks;
mod chromium;
#[cfg(all(feature = "page", feature = "reports"))]
mod collected;
mod connection;
mod disk;
#[cfg(feature = "audit")]
mod doctor;
mod enforced;
mod engine;
#[cfg(feature = "audit")]
mod evidence;
mod example;
#[cfg(all(feature = "compress", feature = "export"))]
mod exported;
mod firefox;
#[cfg(feature = "page")]
mod front_end;
#[cfg(feature = "page")]
mod fronts;
mod glue;
#[cfg(feature = "page")]
mod guard;
#[cfg(feature = "page")]
mod guard_helped;
mod harness;
mod headers;
mod isolated;
#[cfg(feature = "page")]
mod leaving;
mod libraries;
mod liveness;
#[cfg(feature = "audit")]
mod meta;
#[cfg(feature = "page")]
mod npm;
mod orchestrator;
mod origin;
mod page;
mod prefetch;
mod process;
mod proxy;
#[cfg(feature = "reports")]
mod reasons;
mod reported;
// Some of it is for the tests there alone.
#[cfg(all(feature = "compress", feature = "export"))]
#[allow(dead_code)]
#[path = "../servers/server.rs"]
mod server;
mod sessions;
#[cfg(feature = "page")]
mod site;
#[cfg(feature = "html-stream")]
mod streamed;
mod tamper;
mod tampered_example;
mod tls;
mod token;
#[cfg(feature = "page")]
mod unencoded;
mod vite;
#[cfg(all(feature = "page", feature = "waict"))]
mod waict;
mod ways;
mod webkit;

/// Serves `app` on a free port of 127.0.0.1 until the test ends; gives `http://127.0.0.1:PORT`.
async fn serve(app: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}
