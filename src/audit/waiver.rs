//! Waivers: findings that somebody accepted, with the reason.

use serde::Serialize;

use super::{Code, Exception, Finding};

/// A finding that is accepted, and why.
///
/// ```
/// use tower_visor::audit::Waivers;
///
/// let waivers = Waivers::new([
///     ("hsts-subdomains", None, "a subdomain serves a device that can't speak TLS"),
/// ]);
/// assert!(waivers.is_ok());
///
/// let waivers = Waivers::new([("hsts-subdomain", None, "as above")]);
/// assert_eq!(
///     waivers.unwrap_err()[0].to_string(),
///     "waiver 1: there is no code `hsts-subdomain`, did you mean `hsts-subdomains`?",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Waiver {
    /// The code that is accepted.
    pub code: Code,
    /// Where: the finding's subject or URL must hold this text. `None`: everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why. Reports print it.
    pub reason: String,
}

impl Waiver {
    /// Whether it is about this finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        let is_there = |place: &String| {
            let url = finding.url.as_deref().unwrap_or_default();
            url.contains(place) || finding.subject.to_string().contains(place)
        };
        self.code == finding.code && self.place.as_ref().is_none_or(is_there)
    }
}

/// Accepted findings. A waiver that matches no finding is reported, since it would hide the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers(pub(super) Vec<Waiver>);

impl Waivers {
    /// The waivers, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.0.iter()
    }

    /// Takes the accepted findings out: what is left, what was accepted, and what covers nothing.
    /// An exception of the policy is as good as a waiver, and may cover nothing: a policy that
    /// compiles says so itself.
    pub(super) fn split(
        &self,
        findings: Vec<Finding>,
        exceptions: &[Exception],
    ) -> (Vec<Finding>, Vec<(Finding, Waiver)>, Vec<Waiver>) {
        let mut used = vec![false; self.0.len()];
        let mut left = Vec::new();
        let mut accepted = Vec::new();
        for finding in findings {
            let mut covering = None;
            for (waiver, used) in self.0.iter().zip(&mut used) {
                if waiver.covers(&finding) {
                    *used = true;
                    covering = covering.or(Some(waiver));
                }
            }
            let by_exception = || {
                let exception = exceptions.iter().find(|known| known.covers(&finding))?;
                Some(Waiver {
                    code: finding.code,
                    place: Some(finding.subject.to_string()),
                    reason: exception.reason.clone(),
                })
            };
            match covering.cloned().or_else(by_exception) {
                Some(waiver) => accepted.push((finding, waiver)),
                None => left.push(finding),
            }
        }
        let unused = self.0.iter().zip(&used).filter(|(_, used)| !**used);
        (
            left,
            accepted,
            unused.map(|(waiver, _)| waiver.clone()).collect(),
        )
    }
}
