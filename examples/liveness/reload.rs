//! Another version of all that is served, without a restart.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use tower::Service;
use tower_visor::sdk::Version;

use super::Result;

/// What is served now: pages, files and headers of one version. Clones share it.
#[derive(Clone)]
pub(crate) struct Current(Arc<RwLock<Router>>);

impl Current {
    pub(crate) fn new(router: Router) -> Self {
        Self(Arc::new(RwLock::new(router)))
    }

    /// From now on requests are answered from this; those that came before, from what was.
    fn replace(&self, next: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Service<Request> for Current {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut router = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        router.call(request)
    }
}

/// Loads everything anew at each `SIGHUP`. Where anything is wrong it says so, and nothing changes.
#[cfg(unix)]
pub(crate) fn on_hangup(
    current: Current,
    load: impl Fn() -> Result<(Router, Option<Version>)> + Send + Sync + 'static,
) -> Result<()> {
    use std::io::{Write as _, stderr, stdout};
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangup = signal(SignalKind::hangup())?;
    let load = Arc::new(load);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let load = load.clone();
            // It reads and hashes files, for as long as that takes.
            let next =
                tokio::task::spawn_blocking(move || load().map_err(|error| error.to_string()));
            let error = match next.await {
                Ok(Ok((router, version))) => {
                    current.replace(router);
                    let version = version.map(|version| format!(": SDK {version}"));
                    // Whoever read this may have gone.
                    let _ = writeln!(stdout(), "reloaded{}", version.unwrap_or_default());
                    continue;
                }
                Ok(Err(error)) => error,
                Err(panic) => panic.to_string(),
            };
            let _ = writeln!(stderr(), "not reloaded, still serving what was: {error}");
        }
    });
    Ok(())
}

/// There is no such signal here.
#[cfg(not(unix))]
pub(crate) fn on_hangup(
    _: Current,
    _: impl Fn() -> Result<(Router, Option<Version>)> + Send + Sync + 'static,
) -> Result<()> {
    Ok(())
}
