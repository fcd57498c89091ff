//! The titles of the requirements (OWASP, ASVS, PCI DSS, Microsoft) that findings refer to.

use super::{Control, Framework};

/// Short titles, in our own words, by framework and id. Those of the OWASP Secure Headers Project are
/// the headers themselves.
const TITLES: &[(Framework, &str, &str)] = &[
    (
        Framework::Microsoft,
        "csp",
        "a strict Content Security Policy",
    ),
    (
        Framework::Microsoft,
        "current",
        "the newest version of the SDK",
    ),
    (
        Framework::Microsoft,
        "headers",
        "security headers on every response",
    ),
    (Framework::Microsoft, "https", "HTTPS only"),
    (Framework::Microsoft, "key", "no resource key in the page"),
    (Framework::Microsoft, "sri", "the SDK is an authentic copy"),
    (
        Framework::Microsoft,
        "traffic",
        "reports and traffic are monitored",
    ),
    (Framework::Asvs, "12.2.1", "TLS for all connections"),
    (Framework::Asvs, "13.3.1", "keys are kept in a vault"),
    (
        Framework::Asvs,
        "13.4.6",
        "component versions are not disclosed",
    ),
    (
        Framework::Asvs,
        "14.3.1",
        "session data is cleared from the browser",
    ),
    (
        Framework::Asvs,
        "14.3.2",
        "sensitive responses are not stored",
    ),
    (Framework::Asvs, "15.2.1", "components are updated in time"),
    (
        Framework::Asvs,
        "3.2.1",
        "responses are not rendered in the wrong context",
    ),
    (
        Framework::Asvs,
        "3.3.1",
        "cookies are Secure, with a prefix in their names",
    ),
    (Framework::Asvs, "3.3.2", "cookies have SameSite"),
    (
        Framework::Asvs,
        "3.3.3",
        "cookies for one host have __Host-",
    ),
    (Framework::Asvs, "3.3.4", "session cookies are HttpOnly"),
    (Framework::Asvs, "3.3.5", "cookies are not too large"),
    (
        Framework::Asvs,
        "3.4.1",
        "Strict-Transport-Security of a year or more",
    ),
    (
        Framework::Asvs,
        "3.4.2",
        "CORS allows fixed or checked origins",
    ),
    (Framework::Asvs, "3.4.3", "a Content-Security-Policy"),
    (Framework::Asvs, "3.4.4", "X-Content-Type-Options: nosniff"),
    (Framework::Asvs, "3.4.5", "a Referrer-Policy"),
    (
        Framework::Asvs,
        "3.4.6",
        "frame-ancestors on every response",
    ),
    (Framework::Asvs, "3.4.7", "the policy names where to report"),
    (
        Framework::Asvs,
        "3.4.8",
        "Cross-Origin-Opener-Policy on documents",
    ),
    (
        Framework::Asvs,
        "3.5.8",
        "resources are limited to their own site",
    ),
    (
        Framework::Asvs,
        "3.6.1",
        "scripts from elsewhere are fixed and have integrity",
    ),
    (
        Framework::Asvs,
        "3.7.4",
        "the domain is on the HSTS preload list",
    ),
    (
        Framework::Asvs,
        "4.1.1",
        "a correct Content-Type with its charset",
    ),
    (
        Framework::Pci,
        "11.6.1",
        "changes to the page as received are detected",
    ),
    (Framework::Pci, "4.2.1", "strong cryptography in transit"),
    (
        Framework::Pci,
        "6.4.3",
        "scripts are authorised, intact and in an inventory",
    ),
];

impl Control {
    /// What it is called, in a few words of ours; for people who don't know the ids by heart.
    ///
    /// ```
    /// use tower_visor::audit::Code;
    ///
    /// let control = Code::HSTS_SHORT.controls()[1];
    /// assert_eq!(control.to_string(), "ASVS 3.4.1");
    /// assert_eq!(control.title(), "Strict-Transport-Security of a year or more");
    /// ```
    pub fn title(&self) -> &'static str {
        let mut titles = TITLES.iter();
        let own = titles.find(|(framework, id, _)| *framework == self.framework && *id == self.id);
        own.map_or(self.id, |(.., title)| title)
    }
}

#[cfg(test)]
mod tests {
    use super::TITLES;
    use crate::audit::{Code, Framework};

    #[test]
    fn every_requirement_has_its_title_and_no_other() {
        let controls: Vec<_> = Code::all().flat_map(Code::controls).collect();
        for control in &controls {
            let is_header = control.framework == Framework::Owasp;
            assert_ne!(control.title() == control.id, !is_header, "{control}");
        }
        for (framework, id, _) in TITLES {
            let mut known = controls.iter();
            let known = known.any(|known| known.framework == *framework && known.id == *id);
            assert!(known, "{} {id}", framework.short());
        }
    }
}
