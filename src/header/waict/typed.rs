//! The header as one writes it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::HeaderName;

use super::effective::EffectiveWaict;
use super::kinds::{EXAMPLE, HEADER, WaictDestination, WaictMode};
use crate::foreign;
use crate::header::sf::{self, Entry, Value};
use crate::header::text::{as_header, combined, printable};
use crate::header::words::words;
use crate::header::{EndpointName, HeaderError};
use crate::url::Url;

const KEYS: &[&str] = &[
    "max-age",
    "mode",
    "blocked-destinations",
    "endpoints",
    "manifest",
];
/// The largest integer of a structured field (RFC 9651, section 3.3.1).
const LONGEST: u64 = 999_999_999_999_999;

/// `Integrity-Policy-WAICT-v1`: **experimental**. Everything that the site runs is in a manifest, and
/// browsers check it against that.
///
/// Grammar: a structured-field dictionary with `max-age` (seconds), `mode`, `manifest` (a URL), and
/// `endpoints`, names of `Reporting-Endpoints`. Example: `max-age=0, mode=report,
/// blocked-destinations=(script style image), manifest="/waict"`. Specification: the draft [WAICT,
/// signalling and integrity], second revision of 2026-04-15. The first one, of 2026-03-06, demands
/// `blocked-destinations`, too, and is what Firefox Nightly obeys where `security.waict.enabled` is
/// set; the second one ignores what it doesn't know, so the list is always written. Every other
/// browser ignores the header.
///
/// `max-age` is how long a browser remembers that the site has a manifest. With anything but zero it
/// asks for a proof that the manifest is in a public log, and without one nothing loads, so zero is the
/// default: integrity without transparency.
///
/// ```
/// use tower_visor::header::{Waict, WaictMode};
///
/// let waict = Waict::new(WaictMode::Report, "/waict-5X_MjpjR0bpBpP3dEF6-hA")?
///     .report_to("visor".parse()?);
/// assert_eq!(
///     waict.to_string(),
///     "max-age=0, mode=report, blocked-destinations=(script style image), endpoints=(visor), \
///      manifest=\"/waict-5X_MjpjR0bpBpP3dEF6-hA\"",
/// );
///
/// // Browsers resolve it in two ways: against the page, or against its origin.
/// assert_eq!(
///     Waict::new(WaictMode::Report, "waict").unwrap_err().to_string(),
///     "integrity-policy-waict-v1: `waict` is not a URL that means the same on every page; begin it \
///      with one slash, or with `https://`",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [WAICT, signalling and integrity]: https://github.com/waict-wg/waict-integrity-spec
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Waict {
    mode: WaictMode,
    /// In seconds.
    max_age: u64,
    /// A path with one slash in front, or an `https` URL.
    manifest: String,
    destinations: BTreeSet<WaictDestination>,
    endpoints: BTreeSet<EndpointName>,
}

impl Waict {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);

    /// A manifest at a URL: a path of the own origin, with a slash in front, or an `https` URL. All that
    /// [`WaictDestination`] knows is checked.
    ///
    /// # Errors
    /// A URL of another form, because browsers resolve `waict` in two ways, and one with characters
    /// that aren't allowed in it.
    pub fn new(mode: WaictMode, manifest: impl Into<String>) -> Result<Self, HeaderError> {
        let manifest = manifest.into();
        check_url(&manifest)?;
        Ok(Self {
            mode,
            max_age: 0,
            manifest,
            destinations: BTreeSet::from(WaictDestination::ALL),
            endpoints: BTreeSet::new(),
        })
    }

    /// How long browsers remember it, in whole seconds. With anything but zero, the default, the
    /// manifest needs a proof that it is in a log.
    #[must_use]
    pub fn for_time(mut self, max_age: Duration) -> Self {
        self.max_age = max_age.as_secs().min(LONGEST);
        self
    }

    /// Sends reports of violations to this endpoint of `Reporting-Endpoints`, too.
    #[must_use]
    pub fn report_to(mut self, endpoint: EndpointName) -> Self {
        self.endpoints.insert(endpoint);
        self
    }

    /// What happens to a file that differs from the manifest.
    pub const fn mode(&self) -> WaictMode {
        self.mode
    }

    /// How long browsers remember it.
    pub const fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age)
    }

    /// The URL of the manifest.
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// What the first revision checks.
    pub fn destinations(&self) -> impl Iterator<Item = WaictDestination> {
        self.destinations.iter().copied()
    }

    /// Where reports go.
    pub fn endpoints(&self) -> impl Iterator<Item = &EndpointName> {
        self.endpoints.iter()
    }

    /// What browsers obey, by each [revision](super::WaictRevision) of the draft. Never fails: what
    /// does not parse checks nothing.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> EffectiveWaict {
        EffectiveWaict::read(&combined(values).unwrap_or_default())
    }
}

/// Whether a URL is the same for the two ways to resolve it, and is allowed in a string of a structured
/// field without an escape.
fn check_url(url: &str) -> Result<(), HeaderError> {
    let quoted = |c: char| matches!(c, '"' | '\\') || !c.is_ascii_graphic();
    let is_path = url.starts_with('/') && !url.starts_with("//");
    let is_url = url.starts_with("https://") && url.parse::<Url>().is_ok();
    if !url.contains(quoted) && (is_path || is_url) {
        return Ok(());
    }
    Err(HeaderError::contradiction(
        HEADER,
        format!(
            "`{}` is not a URL that means the same on every page; begin it with one slash, or with `https://`",
            foreign::word(url)
        ),
    ))
}

impl fmt::Display for Waict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let destinations: Vec<&str> = self.destinations().map(WaictDestination::as_str).collect();
        write!(
            f,
            "max-age={}, mode={}, blocked-destinations=({})",
            self.max_age,
            self.mode,
            destinations.join(" ")
        )?;
        if !self.endpoints.is_empty() {
            let endpoints: Vec<&str> = self.endpoints().map(EndpointName::as_str).collect();
            write!(f, ", endpoints=({})", endpoints.join(" "))?;
        }
        write!(f, ", manifest=\"{}\"", self.manifest)
    }
}

impl FromStr for Waict {
    type Err = HeaderError;

    /// Reads a value, strictly: one that each revision of the draft obeys.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `max-age`, `mode`, `blocked-destinations` or `manifest` missing
    /// * `"max-age=-1"`, `"max-age=1.5"`, `"mode=\"report\""`, `"manifest=/waict"`: of another kind
    /// * `"mode=block"`, `"blocked-destinations=(font)"`: unknown
    /// * `"preload"`: what asks makers of browsers to remember it for good, and every other member that
    ///   isn't named above
    /// * a parameter, and the same key or word twice
    /// * a URL as [`Waict::new`] refuses it
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let entries = sf::dictionary(HEADER, text.as_bytes(), EXAMPLE)?;
        if entries.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        let mut keys = BTreeSet::new();
        let (mut max_age, mut mode, mut manifest) = (None, None, None);
        let mut destinations = BTreeSet::new();
        let mut endpoints = BTreeSet::new();
        for entry in &entries {
            let Entry { position, key, .. } = *entry;
            if !KEYS.contains(&key) {
                let error = HeaderError::unknown(HEADER, position, "member", key, KEYS);
                return Err(error);
            }
            if !keys.insert(key) {
                let error =
                    HeaderError::duplicate(HEADER, position, key, "browsers obey the last one");
                return Err(error);
            }
            match key {
                "max-age" => max_age = Some(seconds(entry)?),
                "mode" => {
                    let (position, word) = plain(entry, "a word without quotes", sf::Item::token)?;
                    let read = word.parse::<WaictMode>();
                    mode = Some(read.map_err(|error| error.shifted(position))?);
                }
                "manifest" => {
                    let (_, url) = plain(entry, "a text in quotes", |item| {
                        item.string().map(str::to_owned)
                    })?;
                    manifest = Some(url);
                }
                "endpoints" => {
                    for (position, word) in words(HEADER, entry, EXAMPLE)? {
                        let name = word.parse::<EndpointName>();
                        let name = name.map_err(|error| error.within(HEADER, position))?;
                        once(endpoints.insert(name), position, word)?;
                    }
                }
                _ => {
                    for (position, word) in words(HEADER, entry, EXAMPLE)? {
                        let read = word.parse::<WaictDestination>();
                        let destination = read.map_err(|error| error.shifted(position))?;
                        once(destinations.insert(destination), position, word)?;
                    }
                }
            }
        }
        let missing = |key| HeaderError::missing(HEADER, key, EXAMPLE);
        let max_age = max_age.ok_or_else(|| missing("max-age"))?;
        let mode = mode.ok_or_else(|| missing("mode"))?;
        let manifest = manifest.ok_or_else(|| missing("manifest"))?;
        if destinations.is_empty() {
            return Err(missing("blocked-destinations"));
        }
        let waict = Self::new(mode, manifest)?;
        Ok(Self {
            max_age,
            destinations,
            endpoints,
            ..waict
        })
    }
}

as_header!(
    Waict,
    "an Integrity-Policy-WAICT-v1 such as `max-age=0, mode=report, blocked-destinations=(script), manifest=\"/waict\"`"
);

fn once(is_new: bool, position: usize, word: &str) -> Result<(), HeaderError> {
    if is_new {
        return Ok(());
    }
    let error = HeaderError::duplicate(HEADER, position, word, "once is enough");
    Err(error)
}

/// The one item of a member, of a kind.
fn plain<'e, 'a, T>(
    entry: &'e Entry<'a>,
    wanted: &str,
    take: impl FnOnce(&'e sf::Item<'a>) -> Option<T>,
) -> Result<(usize, T), HeaderError> {
    let fault = || {
        let what = format!("the value of `{}` is not {wanted}", entry.key);
        let fix = format!("write for example `{EXAMPLE}`");
        HeaderError::malformed(HEADER, entry.position, what, fix)
    };
    let Value::Item(item) = &entry.value else {
        return Err(fault());
    };
    if let Some((key, _)) = item.parameters.first() {
        let what = format!("the parameter `{}`", foreign::word(key.as_str()));
        let fix = "leave it out, and separate members by `, `";
        return Err(HeaderError::malformed(HEADER, entry.position, what, fix));
    }
    let position = item.position.unwrap_or(entry.position);
    take(item).map(|value| (position, value)).ok_or_else(fault)
}

fn seconds(entry: &Entry<'_>) -> Result<u64, HeaderError> {
    let (_, number) = plain(entry, "a whole number of seconds, from 0 on", |item| {
        u64::try_from(item.integer()?).ok()
    })?;
    Ok(number)
}
