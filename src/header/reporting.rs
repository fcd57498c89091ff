//! `Reporting-Endpoints`, and the names by which other headers refer to it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::HeaderError;
use super::sf::{self, Value};
use super::text::{as_header, combined, printable};
use crate::foreign;
use crate::url::{Host, Url, UrlErrorKind};

const HEADER: &str = "reporting-endpoints";
const EXAMPLE: &str = "visor=\"/reports\"";

/// The name of a reporting endpoint: what `report-to` in a CSP, `endpoints` in an integrity policy
/// and `report-to` behind an isolation policy refer to.
///
/// Grammar: a structured-field key; it begins with a lower-case letter or `*`, and goes on with
/// lower-case letters, digits, `_`, `-`, `.`, `*` ([RFC 9651, section 3.1.2]). The name `default`
/// also gets the reports that no header directs (deprecations, crashes).
///
/// ```
/// use tower_visor::header::EndpointName;
///
/// let name: EndpointName = "visor".parse()?;
/// assert_eq!(name.as_str(), "visor");
/// assert_eq!(
///     "Visor".parse::<EndpointName>().unwrap_err().to_string(),
///     "reporting-endpoints, byte 0: `V` isn't allowed there in the name of an endpoint; \
///      begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [RFC 9651, section 3.1.2]: https://www.rfc-editor.org/rfc/rfc9651#section-3.1.2
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointName(String);

impl EndpointName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EndpointName {
    type Err = HeaderError;

    /// Reads a name.
    ///
    /// # Errors
    /// `""`, `"Visor"`, `"my endpoint"`, `"1st"`: not of the grammar.
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let rule = "begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`";
        if text.is_empty() {
            return Err(HeaderError::malformed(
                HEADER,
                0,
                "the name of an endpoint is empty",
                rule,
            ));
        }
        let wrong = text.char_indices().find(|(position, c)| {
            let first = c.is_ascii_lowercase() || *c == '*';
            !(first || *position > 0 && (c.is_ascii_digit() || matches!(c, '_' | '-' | '.')))
        });
        match wrong {
            None => Ok(Self(text.to_owned())),
            Some((position, character)) => Err(HeaderError::malformed(
                HEADER,
                position,
                format!(
                    "`{}` isn't allowed there in the name of an endpoint",
                    character.escape_default()
                ),
                rule,
            )),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::EndpointName, "the name of a reporting endpoint");
}

/// `Reporting-Endpoints`: where browsers send reports of violations.
///
/// Grammar: a structured-field dictionary of an [`EndpointName`] and a URL in quotes. Example:
/// `visor="https://reports.example/visor"`. Specification: [Reporting API, section 3.2].
/// Obeyed by Chrome 96, Firefox 130, Safari 16.4, on pages that came over https. Firefox ignores
/// the endpoints of an integrity policy; other browsers only know `report-uri` of a CSP, so send
/// both.
///
/// A URL is absolute and `https`, or `http` to this very machine (`localhost`, `127.0.0.0/8`,
/// `[::1]`), or a path that begins with one `/`: the standard reads it against the page's URL, so
/// one value serves every host.
///
/// ```
/// use tower_visor::header::ReportingEndpoints;
///
/// let endpoints = ReportingEndpoints::new("visor", "/reports")?
///     .with("default", "https://reports.example/all")?;
/// assert_eq!(
///     endpoints.to_string(),
///     r#"default="https://reports.example/all", visor="/reports""#,
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [Reporting API, section 3.2]: https://w3c.github.io/reporting/#header
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportingEndpoints {
    /// Never empty.
    endpoints: BTreeMap<EndpointName, String>,
}

impl ReportingEndpoints {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);

    /// One endpoint.
    ///
    /// # Errors
    /// When the name or the URL is not of the grammar above.
    pub fn new(name: &str, url: &str) -> Result<Self, HeaderError> {
        let none = Self {
            endpoints: BTreeMap::new(),
        };
        none.with(name, url)
    }

    /// One endpoint more.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when there is one of this name.
    pub fn with(mut self, name: &str, url: &str) -> Result<Self, HeaderError> {
        self.insert(0, name, 0, url)?;
        Ok(self)
    }

    /// The URL of an endpoint, as written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| known.as_str() == name)
            .map(|(_, url)| url)
    }

    /// Whether there is an endpoint with this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All endpoints, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&EndpointName, &str)> {
        self.endpoints
            .iter()
            .map(|(name, url)| (name, url.as_str()))
    }

    /// What a browser obeys ([Reporting API, "process reporting endpoints"]): every member whose
    /// value is the URL of an endpoint, in quotes. Never fails: a fault of syntax gives no endpoint at all.
    ///
    /// [Reporting API, "process reporting endpoints"]: https://w3c.github.io/reporting/#process-header
    pub fn effective(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> EffectiveReportingEndpoints {
        EffectiveReportingEndpoints::read(&combined(values).unwrap_or_default())
    }

    fn insert(
        &mut self,
        name_at: usize,
        name: &str,
        url_at: usize,
        url: &str,
    ) -> Result<(), HeaderError> {
        let key: EndpointName = name
            .parse()
            .map_err(|error: HeaderError| error.shifted(name_at))?;
        check_url(url).map_err(|error| error.shifted(url_at))?;
        if self.endpoints.contains_key(&key) {
            return Err(HeaderError::duplicate(
                HEADER,
                name_at,
                name,
                "browsers obey the last one",
            ));
        }
        self.endpoints.insert(key, url.to_owned());
        Ok(())
    }
}

impl fmt::Display for ReportingEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, url)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            // No URL here holds a quote or a backslash.
            write!(f, "{comma}{name}=\"{url}\"")?;
        }
        Ok(())
    }
}

impl FromStr for ReportingEndpoints {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"visor=/reports"`: the URL needs quotes
    /// * `"visor=\"http://a.example/\""`: browsers report over https only
    /// * `"visor=\"reports\""`, `"visor=\"//a.example/\""`: neither absolute nor a path from `/`
    /// * `"visor=\"/a\", visor=\"/b\""`: the same name twice
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let entries = sf::dictionary(HEADER, text.as_bytes(), EXAMPLE)?;
        let mut endpoints = Self {
            endpoints: BTreeMap::new(),
        };
        for entry in &entries {
            let item = match &entry.value {
                Value::Item(item) if item.string().is_some() => item,
                _ => {
                    return Err(HeaderError::malformed(
                        HEADER,
                        entry.position,
                        format!("`{}` has no URL in quotes", foreign::word(entry.key)),
                        format!("write for example `{EXAMPLE}`"),
                    ));
                }
            };
            if let Some((key, _)) = item.parameters.first() {
                return Err(HeaderError::malformed(
                    HEADER,
                    entry.position,
                    format!("the parameter `{}`", foreign::word(key.as_str())),
                    "leave it out, and separate members by `, `",
                ));
            }
            // Behind the quote, when the string is in the text as it is.
            let url_at = item.position.map_or(entry.position, |quote| quote + 1);
            let url = item.string().unwrap_or_default();
            endpoints.insert(entry.position, entry.key, url_at, url)?;
        }
        if endpoints.endpoints.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        Ok(endpoints)
    }
}

as_header!(
    ReportingEndpoints,
    "Reporting-Endpoints such as `visor=\"/reports\"`"
);

/// The endpoints that a browser knows. Made by [`ReportingEndpoints::effective`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveReportingEndpoints {
    endpoints: BTreeMap<String, String>,
    ignored: Vec<String>,
    syntax_error: Option<HeaderError>,
}

impl EffectiveReportingEndpoints {
    /// The URL of an endpoint, as written; to be read against the page's URL.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.endpoints.get(name).map(String::as_str)
    }

    /// All endpoints, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.endpoints
            .iter()
            .map(|(name, url)| (name.as_str(), url.as_str()))
    }

    /// The names that a browser skips: their value is not a string, or a URL to which it does not
    /// report (`http` to another machine, a relative path without its `/`).
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault of syntax for which the browser dropped the whole header.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.syntax_error.as_ref()
    }

    fn read(bytes: &[u8]) -> Self {
        let mut read = Self::default();
        let entries = sf::dictionary(HEADER, bytes, EXAMPLE).unwrap_or_else(|error| {
            read.syntax_error = Some(error);
            Vec::new()
        });
        for entry in &entries {
            let url = match &entry.value {
                Value::Item(item) => item.string(),
                Value::List { .. } => None,
            };
            match url.filter(|url| is_reported_to(url)) {
                Some(url) => {
                    read.endpoints.insert(entry.key.to_owned(), url.to_owned());
                }
                None => read.ignored.push(entry.key.to_owned()),
            }
        }
        read
    }
}

/// Whether a browser would send reports there: a path from one `/`, `https`, or `http` to this
/// very machine. (The standard also takes other relative URLs; Chromium doesn't.)
fn is_reported_to(url: &str) -> bool {
    let is_path = url.starts_with('/') && !url.starts_with("//");
    is_path || Url::effective(url).is_ok_and(|url| is_safe(&url))
}

fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => url.host().is_some_and(Host::is_loopback),
        _ => false,
    }
}

fn check_url(url: &str) -> Result<(), HeaderError> {
    let wrong = |position: usize, fault: &str, fix: &'static str| {
        Err(HeaderError::malformed(
            HEADER,
            position,
            format!("the URL `{}` {fault}", foreign::word(url)),
            fix,
        ))
    };
    let form = "write `https://host/path`, or a path such as `/reports`";
    if url.is_empty() {
        return wrong(0, "is empty", form);
    }
    let bad = |c: char| !('!'..='~').contains(&c) || matches!(c, '"' | '\\' | '<' | '>');
    if let Some((position, character)) = url.char_indices().find(|(_, c)| bad(*c)) {
        let fault = format!("holds `{}`", character.escape_default());
        return wrong(position, &fault, "percent-encode the character");
    }
    if let Some(position) = url.find('#') {
        return wrong(position, "has a fragment", "leave it out, it is never sent");
    }
    if url.starts_with("//") {
        return wrong(0, "has no scheme", form);
    }
    if url.starts_with('/') {
        return Ok(());
    }
    match url.parse::<Url>() {
        Err(error) if error.kind() == UrlErrorKind::Relative => {
            wrong(0, "is neither absolute nor a path", form)
        }
        Err(error) => {
            let fault = format!("is malformed: {}", error.what());
            wrong(error.position().unwrap_or(0), &fault, form)
        }
        Ok(parsed) if is_safe(&parsed) => Ok(()),
        Ok(parsed) if parsed.scheme() == "http" => {
            wrong(0, "is not https", "browsers report over https only")
        }
        Ok(_) => wrong(0, "is not https", form),
    }
}
