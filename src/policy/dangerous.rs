//! The one way to weaken a policy.

use http::HeaderName;

use super::{Conflict, Policy, Reason, Relaxation, Relaxed};
use crate::csp::DirectiveName;
use crate::header::StrictTransportSecurity;

/// The settings that weaken a policy. Made by [`Policy::dangerous`].
///
/// Each takes a [`Reason`], which start-up logs, audits and evidence print. The compiled policy
/// warns about an exception that changes nothing: it should be removed.
///
/// ```
/// use tower_visor::policy::{Document, LivenessPage, Policy};
/// use tower_visor::sdk::Endpoint;
///
/// let page = Document::new("https://liveness.contoso.example")?;
/// let page = LivenessPage::new(page, "1.4.8".parse()?, Endpoint::resource("contoso")?);
/// assert!(Policy::strict(page.clone()).compile().is_err(), "1.4.8 needs 'unsafe-eval'");
///
/// let reason = "1.4.8 until the kiosks are updated, LIV-77".parse()?;
/// let policy = Policy::strict(page).dangerous().allow_unsafe_eval(reason);
/// let compiled = policy.compile()?;
/// assert_eq!(
///     compiled.relaxed()[0].to_string(),
///     "script-src 'unsafe-eval' (1.4.8 until the kiosks are updated, LIV-77)",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "each method gives the policy back"]
pub struct Dangerous(Policy);

impl Policy {
    /// The settings that weaken the policy, each with a reason.
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }
}

impl Dangerous {
    /// Lets the page compile JavaScript from strings: `'unsafe-eval'` in `script-src`.
    ///
    /// SDK 1.4.8 and older need it. An attacker who gets a string into the page can then have it
    /// run. Upgrade to 1.5.0 instead, or keep such a page on a route of its own.
    pub fn allow_unsafe_eval(self, reason: Reason) -> Policy {
        self.relax(
            Relaxation::Source {
                directive: DirectiveName::ScriptSrc,
                source: String::from("'unsafe-eval'"),
            },
            reason,
        )
    }

    /// Adds a source expression to a directive of the documents' policy: a host of a CDN,
    /// `'unsafe-inline'` for styles, a scheme.
    ///
    /// For `trusted-types` it is the name of a policy that a library on a guarded page creates:
    /// `lit-html`, `dompurify`, `vue`. The [guard](crate::guard) checks again what such a policy
    /// lets through.
    ///
    /// The expression is checked with the whole policy, by [`Policy::compile`].
    pub fn allow(self, directive: DirectiveName, source: &str, reason: Reason) -> Policy {
        let source = source.to_owned();
        self.relax(Relaxation::Source { directive, source }, reason)
    }

    /// Sends a `Strict-Transport-Security` that is shorter than a year or leaves subdomains out,
    /// or none (`None`): while HTTPS is being rolled out. Of several, the last counts.
    pub fn strict_transport_security(
        self,
        value: Option<StrictTransportSecurity>,
        reason: Reason,
    ) -> Policy {
        self.relax(Relaxation::StrictTransportSecurity(value), reason)
    }

    /// Sends neither `Cross-Origin-Opener-Policy` nor `Cross-Origin-Embedder-Policy`. The SDK
    /// needs neither; they keep other sites' windows and resources out of the page's process.
    pub fn no_isolation(self, reason: Reason) -> Policy {
        self.relax(Relaxation::NoIsolation, reason)
    }

    /// Lets redirects through, which browsers otherwise refuse when a page's connections are limited
    /// to the places that it names: for a page whose own API or sign-in answers with one.
    ///
    /// Their targets aren't checked, so a place that the page may reach and that redirects anywhere
    /// on request is a way out.
    pub fn allow_redirects(self, reason: Reason) -> Policy {
        self.relax(Relaxation::Redirects, reason)
    }

    /// Has connections to places that the page doesn't name only reported, not blocked, even on
    /// a page with the SDK: while you are still finding out which places it needs.
    pub fn report_connections_only(self, reason: Reason) -> Policy {
        self.relax(Relaxation::ConnectionsReported, reason)
    }

    /// Changes what happens to a header that the application and the policy both set.
    ///
    /// [`Conflict::Keep`] also works for a header that is otherwise removed: for example
    /// `x-b3-traceid`, if callers need it. Of several rules for one header, the last counts.
    pub fn conflict(self, header: HeaderName, conflict: Conflict, reason: Reason) -> Policy {
        self.relax(Relaxation::Conflict { header, conflict }, reason)
    }

    fn relax(self, what: Relaxation, reason: Reason) -> Policy {
        let Self(mut policy) = self;
        policy.relaxed.push(Relaxed { what, reason });
        policy
    }
}
