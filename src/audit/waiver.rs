//! Findings that somebody accepted.

use serde::{Deserialize, Serialize};

use super::{AuditError, Code, Finding};
use crate::errors::Errors;
use crate::suggest;

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
            finding.url.contains(place) || finding.subject.to_string().contains(place)
        };
        self.code == finding.code && self.place.as_ref().is_none_or(is_there)
    }
}

/// Accepted findings. A waiver that nothing was found for is reported: it would hide the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers(Vec<Waiver>);

impl Waivers {
    /// Codes with an optional place and the reason.
    ///
    /// # Errors
    /// All that is wrong, at once: [`AuditError::WaiverCode`] for a code that doesn't exist,
    /// [`AuditError::WaiverReason`] for an empty reason.
    pub fn new<'a>(
        waivers: impl IntoIterator<Item = (&'a str, Option<&'a str>, &'a str)>,
    ) -> Result<Self, Errors<AuditError>> {
        let mut errors = Vec::new();
        let mut good = Vec::new();
        for (index, (name, place, reason)) in waivers.into_iter().enumerate() {
            let number = index + 1;
            let code = Code::named(name);
            if code.is_none() {
                let near = suggest::nearest(name, Code::all().map(Code::as_str));
                errors.push(AuditError::WaiverCode {
                    number,
                    code: crate::foreign::escaped(name, 40),
                    hint: near.map_or_else(
                        || "; `visor explain` lists them".to_owned(),
                        |near| format!(", did you mean `{near}`?"),
                    ),
                });
            }
            if reason.trim().is_empty() {
                errors.push(AuditError::WaiverReason {
                    number,
                    code: crate::foreign::escaped(name, 40),
                });
            }
            if let Some(code) = code {
                good.push(Waiver {
                    code,
                    place: place.map(str::to_owned),
                    reason: reason.trim().to_owned(),
                });
            }
        }
        Errors::check(errors).map(|()| Self(good))
    }

    /// The waivers, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.0.iter()
    }

    /// Takes the accepted findings out: what is left, what was accepted, and what covers nothing.
    pub(super) fn split(
        &self,
        findings: Vec<Finding>,
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
            match covering {
                Some(waiver) => accepted.push((finding, waiver.clone())),
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

/// A waiver as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    code: String,
    place: Option<String>,
    reason: String,
}

/// Reads a list of tables, or a table `waiver` of them, as TOML wants it.
impl<'de> Deserialize<'de> for Waivers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            waiver: Vec<Raw>,
        }
        let File { waiver } = File::deserialize(deserializer)?;
        let rows = waiver.iter();
        let rows = rows.map(|raw| (&*raw.code, raw.place.as_deref(), &*raw.reason));
        Self::new(rows).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(lines.join("\n"))
        })
    }
}
