//! The options of a [`Collector`](super::Collector).

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;

use super::group::ReportGroup;
use super::limits::CollectorLimits;
use super::scripts::KnownScripts;
use crate::url::Origin;

/// What a [`Collector`](super::Collector) is made from; created by
/// [`Collector::builder`](super::Collector::builder).
#[derive(Clone, Debug)]
#[must_use = "nothing is collected before it is built"]
pub struct CollectorBuilder {
    pub(super) path: String,
    pub(super) scripts: Option<KnownScripts>,
    pub(super) limits: CollectorLimits,
    pub(super) pages: Vec<Origin>,
    pub(super) sender: Option<Closure<SenderOf>>,
    pub(super) alarm: Option<Closure<Alarm>>,
    pub(super) clock: Closure<dyn Fn() -> u64 + Send + Sync>,
}

type SenderOf = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;
type Alarm = dyn Fn(&ReportGroup) + Send + Sync;

/// A function of the user's.
pub(super) struct Closure<F: ?Sized>(pub(super) Arc<F>);

impl<F: ?Sized> Clone for Closure<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: ?Sized> fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(..)")
    }
}

impl CollectorBuilder {
    pub(super) fn new(clock: fn() -> u64) -> Self {
        Self {
            path: String::from("/reports"),
            scripts: None,
            limits: CollectorLimits::new(),
            pages: Vec::new(),
            sender: None,
            alarm: None,
            clock: Closure(Arc::new(clock)),
        }
    }

    /// The URL path at which browsers post: `/reports`, unless this says otherwise.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The scripts that the site serves; without them nothing can be said about a script. A `Site`
    /// that is given the collector supplies them itself.
    pub fn scripts(mut self, scripts: KnownScripts) -> Self {
        self.scripts = Some(scripts);
        self
    }

    /// How much is accepted and kept.
    pub const fn limits(mut self, limits: CollectorLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The origin of pages that report here, if it isn't the collector's own: browsers ask first
    /// (CORS), and may read the answer. The site's own origin needn't be named.
    pub fn pages_of(mut self, origin: Origin) -> Self {
        self.pages.push(origin);
        self
    }

    /// Who sends a request: its peer's address, or what a proxy that you trust says about it. Without
    /// this it is a [`SocketAddr`](std::net::SocketAddr) in the request's extensions, if there
    /// is one; otherwise all senders share the quotas of one.
    ///
    /// The address is hashed with a key of the process, an IPv6 address by its first 64 bits, and the
    /// hash is forgotten within a minute.
    ///
    /// ```
    /// use std::net::SocketAddr;
    ///
    /// use axum::extract::ConnectInfo;
    /// use tower_visor::reports::Collector;
    ///
    /// // With `into_make_service_with_connect_info::<SocketAddr>()`:
    /// let collector = Collector::builder()
    ///     .sender(|request| {
    ///         let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    ///         Some(peer.0.ip())
    ///     })
    ///     .build();
    /// # let _ = collector;
    /// ```
    pub fn sender(
        mut self,
        sender: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.sender = Some(Closure(Arc::new(sender)));
        self
    }

    /// Called with the first report of each group that says *tampered*: to wake somebody up. It is
    /// called while the sender waits for the answer, so pass the news on and return.
    pub fn alarm(mut self, alarm: impl Fn(&ReportGroup) + Send + Sync + 'static) -> Self {
        self.alarm = Some(Closure(Arc::new(alarm)));
        self
    }

    /// The time, in seconds since 1970-01-01 (UTC): the system's, unless this says otherwise.
    pub fn clock(mut self, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.clock = Closure(Arc::new(clock));
        self
    }
}
