//! `Integrity-Policy`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::keyword::{exactly, keyword};
use super::sf;
use super::text::{as_header, combined, printable};
use super::words::{tokens, words};
use super::{EndpointName, HeaderError};

const HEADER: &str = "integrity-policy";
const EXAMPLE: &str = "blocked-destinations=(script)";
const KEYS: &[&str] = &["blocked-destinations", "sources", "endpoints"];

keyword! {
    /// What an [`IntegrityPolicy`] blocks when it comes without integrity metadata.
    #[non_exhaustive]
    IntegrityDestination, "integrity-policy", "destination",
    same = exactly, refuse = |_| None,
    {
        /// Scripts, modules and what they import; not workers, not WebAssembly.
        Script => "script",
        /// Stylesheets. Firefox has it behind a switch; Chromium 156 warns and ignores it, Safari
        /// ignores it.
        Style => "style",
    }
}

/// `Integrity-Policy`: what comes without integrity metadata is blocked.
///
/// Grammar: a structured-field dictionary; every member is an inner list of tokens:
/// `blocked-destinations`, `sources` (only `inline`, which is the default and not written), and
/// `endpoints`, names of `Reporting-Endpoints`. Example: `blocked-destinations=(script),
/// endpoints=(visor)`. Specification: [SRI, section 3.8]. Obeyed for scripts by Chrome 138, Firefox
/// 145 (which ignores the endpoints) and Safari 26.
///
/// It is the safety net for `integrity`: an element with a malformed attribute, which browsers
/// otherwise ignore silently, is then blocked. A request must also be CORS, so a classic script needs
/// `crossorigin`.
///
/// ```
/// use tower_visor::header::{IntegrityDestination, IntegrityPolicy};
///
/// let policy = IntegrityPolicy::scripts().report_to("visor".parse()?);
/// assert_eq!(policy.to_string(), "blocked-destinations=(script), endpoints=(visor)");
///
/// // A bare word is not a list, and the policy does nothing.
/// let typo = IntegrityPolicy::effective(["blocked-destinations=script"]);
/// assert!(!typo.blocks(IntegrityDestination::Script));
/// assert_eq!(
///     "blocked-destinations=script".parse::<IntegrityPolicy>().unwrap_err().to_string(),
///     "integrity-policy, byte 0: the value of `blocked-destinations` is not a list; \
///      write words in brackets: `blocked-destinations=(script)`",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [SRI, section 3.8]: https://w3c.github.io/webappsec-subresource-integrity/#integrity-policy-section
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntegrityPolicy {
    /// Never empty.
    destinations: BTreeSet<IntegrityDestination>,
    endpoints: BTreeSet<EndpointName>,
}

impl IntegrityPolicy {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);
    /// The name of the form that only reports.
    pub const REPORT_ONLY_NAME: HeaderName =
        HeaderName::from_static("integrity-policy-report-only");

    /// Blocks scripts without integrity: what browsers of today can enforce.
    pub fn scripts() -> Self {
        Self::blocking(IntegrityDestination::Script)
    }

    /// Blocks one kind of file.
    pub fn blocking(destination: IntegrityDestination) -> Self {
        Self {
            destinations: BTreeSet::from([destination]),
            endpoints: BTreeSet::new(),
        }
    }

    /// Blocks one more kind of file.
    #[must_use]
    pub fn and(mut self, destination: IntegrityDestination) -> Self {
        self.destinations.insert(destination);
        self
    }

    /// Sends reports of violations to this endpoint of `Reporting-Endpoints`, too.
    #[must_use]
    pub fn report_to(mut self, endpoint: EndpointName) -> Self {
        self.endpoints.insert(endpoint);
        self
    }

    /// What is blocked.
    pub fn destinations(&self) -> impl Iterator<Item = IntegrityDestination> {
        self.destinations.iter().copied()
    }

    /// Where reports go.
    pub fn endpoints(&self) -> impl Iterator<Item = &EndpointName> {
        self.endpoints.iter()
    }

    /// What a browser obeys ([SRI, "parse Integrity-Policy headers"]). Never fails: what does not
    /// parse blocks nothing.
    ///
    /// [SRI, "parse Integrity-Policy headers"]: https://w3c.github.io/webappsec-subresource-integrity/#parse-integrity-policy-headers
    pub fn effective(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> EffectiveIntegrityPolicy {
        EffectiveIntegrityPolicy::read(&combined(values).unwrap_or_default())
    }
}

impl fmt::Display for IntegrityPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let destinations: Vec<&str> = self
            .destinations()
            .map(IntegrityDestination::as_str)
            .collect();
        write!(f, "blocked-destinations=({})", destinations.join(" "))?;
        if !self.endpoints.is_empty() {
            let endpoints: Vec<&str> = self.endpoints().map(EndpointName::as_str).collect();
            write!(f, ", endpoints=({})", endpoints.join(" "))?;
        }
        Ok(())
    }
}

impl FromStr for IntegrityPolicy {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"blocked-destinations=script"`: no list
    /// * `"blocked-destinations=(\"script\")"`: words stand without quotes
    /// * `"blocked-destinations=(script,style)"`: words are separated by spaces
    /// * `"blocked-destinations=(worker)"`, `"sources=(header)"`: unknown
    /// * `"blocked-destinations=()"`, `"endpoints=(visor)"`: blocks nothing
    /// * the same key or word twice
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let entries = sf::dictionary(HEADER, text.as_bytes(), EXAMPLE)?;
        let mut keys = BTreeSet::new();
        let mut destinations = BTreeSet::new();
        let mut endpoints = BTreeSet::new();
        for entry in &entries {
            if !KEYS.contains(&entry.key) {
                return Err(HeaderError::unknown(
                    HEADER,
                    entry.position,
                    "member",
                    entry.key,
                    KEYS,
                ));
            }
            if !keys.insert(entry.key) {
                return Err(HeaderError::duplicate(
                    HEADER,
                    entry.position,
                    entry.key,
                    "browsers obey the last one",
                ));
            }
            for (position, word) in words(HEADER, entry, EXAMPLE)? {
                let new = match entry.key {
                    "blocked-destinations" => destinations.insert(
                        word.parse::<IntegrityDestination>()
                            .map_err(|error| error.shifted(position))?,
                    ),
                    "endpoints" => endpoints.insert(
                        word.parse::<EndpointName>()
                            .map_err(|error| error.within(HEADER, position))?,
                    ),
                    _ if word == "inline" => true,
                    _ => {
                        return Err(HeaderError::unknown(
                            HEADER,
                            position,
                            "source",
                            word,
                            &["inline"],
                        ));
                    }
                };
                if !new {
                    return Err(HeaderError::duplicate(
                        HEADER,
                        position,
                        word,
                        "once is enough",
                    ));
                }
            }
        }
        if keys.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        if destinations.is_empty() {
            return Err(HeaderError::missing(
                HEADER,
                "blocked-destinations",
                EXAMPLE,
            ));
        }
        Ok(Self {
            destinations,
            endpoints,
        })
    }
}

as_header!(
    IntegrityPolicy,
    "an Integrity-Policy such as `blocked-destinations=(script)`"
);

/// What a browser obeys. Made by [`IntegrityPolicy::effective`].
///
/// It follows the standard; Chromium 156 and Safari know only [`IntegrityDestination::Script`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveIntegrityPolicy {
    destinations: BTreeSet<IntegrityDestination>,
    endpoints: Vec<String>,
    ignored: Vec<String>,
    syntax_error: Option<HeaderError>,
}

impl EffectiveIntegrityPolicy {
    /// Whether files of this kind are blocked when they come without integrity metadata.
    pub fn blocks(&self, destination: IntegrityDestination) -> bool {
        self.destinations.contains(&destination)
    }

    /// The names of the endpoints that get reports.
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// What a browser skipped, with its key: words that it doesn't know, what is not a plain word, and
    /// values that are no list.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault of syntax for which the browser dropped the whole header.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.syntax_error.as_ref()
    }

    fn read(bytes: &[u8]) -> Self {
        let mut policy = Self::default();
        let entries = sf::dictionary(HEADER, bytes, EXAMPLE).unwrap_or_else(|error| {
            policy.syntax_error = Some(error);
            Vec::new()
        });
        // Step 3: without `sources`, or with `inline` among them, inline metadata count.
        let inline = match entries.iter().rfind(|entry| entry.key == "sources") {
            None => true,
            Some(entry) => tokens(entry, &mut policy.ignored)
                .iter()
                .any(|word| word == "inline"),
        };
        // Of members with the same key the last one counts.
        if let Some(entry) = entries
            .iter()
            .rfind(|entry| entry.key == "blocked-destinations")
        {
            for word in tokens(entry, &mut policy.ignored) {
                match IntegrityDestination::read(&word) {
                    Some(destination) if inline => {
                        policy.destinations.insert(destination);
                    }
                    Some(_) => {}
                    None => policy.ignored.push(format!("{}: {word}", entry.key)),
                }
            }
        }
        if let Some(entry) = entries.iter().rfind(|entry| entry.key == "endpoints") {
            policy.endpoints = tokens(entry, &mut policy.ignored);
        }
        for entry in entries.iter().filter(|entry| !KEYS.contains(&entry.key)) {
            policy.ignored.push(entry.key.to_owned());
        }
        policy
    }
}
