//! A real browser that opens a page, and writes down what it got, ran and did.

mod certificate;
mod chromium;
mod firefox;
pub(crate) mod keeper;
mod options;
mod program;
mod proxy;
mod task;
mod wire;

use std::sync::Arc;

use tokio::time::Instant;
use tower_visor::audit::{BrowserSandbox, Observation};
use tower_visor::url::Url;

pub(crate) use certificate::read as certificate;
pub(crate) use options::Options;
pub(crate) use program::{Engine, Program};
pub(crate) use proxy::Gate;
use proxy::Proxy;
use task::Look;
pub(crate) use task::Order;

/// Why a look was not finished, and what was seen so far.
pub(crate) struct Stopped {
    pub(crate) why: String,
    pub(crate) seen: Option<Box<Observation>>,
}

pub(crate) async fn look(
    program: &Program,
    options: &Options,
    order: &Order,
) -> Result<Observation, Stopped> {
    let early = |why: String| Stopped { why, seen: None };
    let proxy = Proxy::start(Arc::clone(&order.gate)).await.map_err(early)?;
    let folder = tempfile::Builder::new().prefix("visor-browser-").tempdir();
    let folder = folder.map_err(|error| early(format!("no folder for its profile: {error}")))?;
    let page = Observation::address(&order.page.to_string());
    let mut seen = Observation::new(program.engine.name(), "unknown", &order.began, &page);
    if options.no_browser_sandbox {
        seen.sandbox = BrowserSandbox::Off;
    }
    let look = Look {
        order,
        options,
        program,
        proxy: &proxy,
        profile: folder.path(),
    };
    let work = async {
        match program.engine {
            Engine::Chromium => chromium::look(&look, &mut seen).await,
            Engine::Firefox => firefox::look(&look, &mut seen).await,
        }
    };
    let done = tokio::time::timeout_at(Instant::now() + order.time, work).await;
    let asked: Vec<Url> = (seen.files.iter().map(|file| &file.url))
        .chain(seen.documents.iter().map(|document| &document.url))
        .filter_map(|url| Url::effective(url).ok())
        .collect();
    for (host, why) in proxy.gate.refused() {
        let is_of_page = |url: &Url| url.host().is_some_and(|known| known.as_str() == host);
        // What the browser asks for itself is no page's.
        if !asked.iter().any(is_of_page) {
            continue;
        }
        seen.code_not_seen(&format!("what {host} would have sent"), &why);
    }
    let seconds = order.time.as_secs_f64();
    let done = done.unwrap_or_else(|_| {
        Err(format!(
            "the page did not come to rest within {seconds} seconds; --browser-timeout allows more"
        ))
    });
    // What was used up shows in other ways as well, and says more.
    match order.gate.spent().map_or(done, Err) {
        Ok(()) => Ok(seen),
        Err(why) => Err(Stopped {
            why,
            seen: Some(Box::new(seen)),
        }),
    }
}
