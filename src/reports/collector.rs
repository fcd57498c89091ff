//! A collector: what many requests and their handlers share.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use http::request::Parts;

use super::builder::CollectorBuilder;
use super::clock;
use super::engine::BrowserEngine;
use super::event::ReportEvents;
use super::judge::ReportVerdict;
use super::known::Known;
use super::metrics;
use super::read::ReportBody;
use super::scripts::KnownScripts;
use super::snapshot::{DroppedBecause, ReportSnapshot};
use super::state::{News, State};
use super::window::SenderKey;
use crate::events::event;
use crate::url::Origin;

/// Collects what browsers report, and condenses it into a few groups and alarms.
///
/// Clones share everything. See the [manual](crate::docs::reports) for the results, and what they
/// are worth.
///
/// ```
/// use axum::Router;
/// use tower::ServiceExt as _;
/// use tower_visor::pins::Pins;
/// use tower_visor::reports::{Collector, KnownScripts, ReportVerdict};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Pins::scan(folder)?;
/// let collector = Collector::builder()
///     .scripts(KnownScripts::new("https://liveness.contoso.example".parse()?, &pins))
///     .alarm(|group| eprintln!("{group}"))
///     .build();
/// let app = collector.around(Router::new()); // and everything else of the site
///
/// let report = r#"[{"type": "visor-refused", "url": "https://liveness.contoso.example/",
///     "body": {"url": "/FaceLivenessDetector.js", "reason": "changed"}}]"#;
/// let request = http::Request::post("/reports")
///     .header("content-type", "application/reports+json")
///     .body(axum::body::Body::from(report))?;
/// assert_eq!(app.oneshot(request).await?.status(), 204);
///
/// let groups = collector.snapshot().groups;
/// assert_eq!(groups[0].verdict(), ReportVerdict::Tampered);
/// # Ok(())
/// # }
/// ```
///
/// Specification: [Reporting API](https://w3c.github.io/reporting/).
#[derive(Clone)]
pub struct Collector {
    shared: Arc<Shared>,
}

struct Shared {
    made_of: CollectorBuilder,
    /// The key of this process: no one else can tell which address a hash is of.
    key: RandomState,
    state: Mutex<State>,
}

impl CollectorBuilder {
    /// A collector.
    pub fn build(self) -> Collector {
        let known = Known::new(self.scripts.clone());
        Collector {
            shared: Arc::new(Shared {
                made_of: self,
                key: RandomState::new(),
                state: Mutex::new(State::new(known)),
            }),
        }
    }
}

impl Collector {
    /// What a collector is made of.
    pub fn builder() -> CollectorBuilder {
        CollectorBuilder::new(clock::now)
    }

    /// The URL path at which browsers post.
    pub fn path(&self) -> &str {
        &self.shared.made_of.path
    }

    /// The site serves these scripts from now on. An earlier script that still runs somewhere is
    /// [`ReportVerdict::Outdated`].
    pub fn serves(&self, scripts: KnownScripts) {
        let now = self.now();
        self.state().known.replace(scripts, now);
    }

    /// Takes what was sent: by whom, so that quotas apply, and by which browser, if the report
    /// doesn't say. The service of [`around`](Self::around) does this for each request.
    pub fn collect(&self, body: ReportBody, sender: Option<IpAddr>, engine: BrowserEngine) {
        let (key, now) = (self.key(sender), self.now());
        let (mut reports, unread) = body.into_parts();
        for report in &mut reports {
            report.sent_by(engine);
        }
        let limits = &self.shared.made_of.limits;
        let mut state = self.state();
        let news = state.take(&reports, key, now, limits);
        let unread = u64::try_from(unread).unwrap_or(u64::MAX);
        state.drop_some(DroppedBecause::Unread, unread);
        drop(state);
        self.tell(&news);
    }

    /// Tells those who don't listen to the events, with nothing locked.
    fn tell(&self, news: &News) {
        if news.dropped > 0 {
            event!(WARN, "reports dropped", reports = news.dropped);
        }
        for group in &news.first {
            if group.verdict() == ReportVerdict::Tampered {
                event!(
                    WARN,
                    "tampering reported",
                    blocked = group.blocked(),
                    expected = group.expected().map(|digest| digest.to_string()),
                    found = group.found().first().map(ToString::to_string),
                    page = group.page(),
                    disposition = group.disposition().as_str()
                );
                if let Some(alarm) = &self.shared.made_of.alarm {
                    (alarm.0)(group);
                }
            } else {
                event!(
                    INFO,
                    "violation reported",
                    verdict = group.verdict().as_str(),
                    kind = group.kinds().keys().next().map(|kind| kind.as_str()),
                    directive = group.directive(),
                    blocked = group.blocked(),
                    source = group.source(),
                    page = group.page(),
                    disposition = group.disposition().as_str()
                );
            }
        }
    }

    /// What happens from now on.
    pub fn events(&self) -> ReportEvents {
        self.state().listeners.listen()
    }

    /// What there is now.
    ///
    /// ```
    /// use tower_visor::reports::Collector;
    ///
    /// let collector = Collector::builder().build();
    /// let json = serde_json::to_value(collector.snapshot())?;
    /// assert_eq!(json["groups"], serde_json::json!([]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn snapshot(&self) -> ReportSnapshot {
        let now = self.now();
        self.state().snapshot(now)
    }

    /// The numbers, in the text format of
    /// [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/), for a route that is not
    /// public; its `Content-Type` is [`Collector::OPENMETRICS`].
    pub fn openmetrics(&self) -> String {
        metrics::openmetrics(&self.snapshot())
    }

    /// What `Content-Type` says of [`openmetrics`](Self::openmetrics).
    pub const OPENMETRICS: &str = metrics::CONTENT_TYPE;

    /// Whether a sender may send anything more in this minute.
    pub(super) fn is_open_for(&self, sender: Option<IpAddr>) -> bool {
        let (key, now) = (self.key(sender), self.now());
        let limits = &self.shared.made_of.limits;
        self.state().is_open_for(key, now, limits)
    }

    /// Counts a request that was refused.
    pub(super) fn refused(&self) {
        self.state().drop_some(DroppedBecause::Refused, 1);
    }

    /// Who sends a request.
    pub(super) fn sender(&self, request: &Parts) -> Option<IpAddr> {
        match &self.shared.made_of.sender {
            Some(sender) => (sender.0)(request),
            None => request.extensions.get().map(SocketAddr::ip),
        }
    }

    /// Whether pages of this origin report here from another one, according to `Origin`.
    pub(super) fn takes_from(&self, origin: &HeaderValue) -> bool {
        let is_it = |known: &Origin| origin.as_bytes() == known.to_string().as_bytes();
        let made_of = &self.shared.made_of;
        made_of.pages.iter().any(is_it) || self.state().known.origin().is_some_and(is_it)
    }

    /// What tells senders apart for a minute. Whoever has an IPv6 address has 2^64 of them.
    fn key(&self, sender: Option<IpAddr>) -> SenderKey {
        let network = match sender?.to_canonical() {
            IpAddr::V4(address) => u64::from(address.to_bits()),
            IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
        };
        Some(self.shared.key.hash_one(network))
    }

    fn now(&self) -> u64 {
        (self.shared.made_of.clock.0)()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing of the user's runs while it is held.
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the reports.
impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("path", &self.path())
            .field("groups", &self.state().number_of_groups())
            .finish_non_exhaustive()
    }
}
