//! `Clear-Site-Data`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::HeaderError;
use super::keyword::{exactly, keyword};
use super::text::{as_header, combined, decoded, printable};
use crate::foreign;

const HEADER: &str = "clear-site-data";
const EXAMPLE: &str = "\"cache\", \"cookies\", \"storage\"";

keyword! {
    /// A kind of data that [`ClearSiteData`] discards. The text form has no quotes; the header
    /// does.
    #[non_exhaustive]
    SiteData, "clear-site-data", "directive",
    same = exactly, refuse = |_| None,
    {
        /// What the browser kept of this origin's responses.
        Cache => "cache",
        /// Hints about the browser that it sends to this origin.
        ClientHints => "clientHints",
        /// Cookies of the whole registrable domain, subdomains included.
        Cookies => "cookies",
        /// Open pages of this origin: they are reloaded.
        ExecutionContexts => "executionContexts",
        /// Pages fetched ahead (Chrome 138).
        PrefetchCache => "prefetchCache",
        /// Pages rendered ahead (Chrome 138).
        PrerenderCache => "prerenderCache",
        /// Local storage, databases, service workers.
        Storage => "storage",
        /// All of these, and what later browsers add.
        Everything => "*",
    }
}

/// `Clear-Site-Data`: discard what this site left in the browser. For the answer to a sign-out, and
/// for nothing else.
///
/// Grammar: words in double quotes, separated by commas. Example: `"cache", "cookies", "storage"`.
/// Specification: [Clear Site Data]. Obeyed by Chrome 61, Firefox 63, Safari 17 in secure
/// contexts; each skips the words that it doesn't know, and a word without quotes is one.
///
/// ```
/// use tower_visor::header::{ClearSiteData, SiteData};
///
/// assert_eq!(ClearSiteData::sign_out().to_string(), r#""cache", "cookies", "storage""#);
///
/// assert!(ClearSiteData::effective(["cookies"]).is_empty(), "quotes are missing");
/// assert_eq!(
///     "cookies".parse::<ClearSiteData>().unwrap_err().to_string(),
///     "clear-site-data, byte 0: `cookies` has no quotes; write `\"cookies\"`",
/// );
/// ```
///
/// [Clear Site Data]: https://w3c.github.io/webappsec-clear-site-data/
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClearSiteData {
    /// Never empty.
    data: BTreeSet<SiteData>,
}

impl ClearSiteData {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);

    /// `"cache", "cookies", "storage"`: what OWASP recommends for the answer to a sign-out.
    pub fn sign_out() -> Self {
        Self {
            data: BTreeSet::from([SiteData::Cache, SiteData::Cookies, SiteData::Storage]),
        }
    }

    /// `"storage", "executionContexts"`: for an origin on which a foreign page or service worker has
    /// been. Service workers, databases and their contents are discarded, and open pages are reloaded
    /// if the browser knows the second word. What it cures, and what it doesn't, is in
    /// [`docs::deploying`](crate::docs::deploying).
    pub fn reclaim_origin() -> Self {
        Self {
            data: BTreeSet::from([SiteData::Storage, SiteData::ExecutionContexts]),
        }
    }

    /// These kinds of data.
    ///
    /// # Errors
    /// [`HeaderErrorKind::Empty`](super::HeaderErrorKind::Empty) without any.
    pub fn new(data: impl IntoIterator<Item = SiteData>) -> Result<Self, HeaderError> {
        let data: BTreeSet<SiteData> = data.into_iter().collect();
        if data.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        Ok(Self { data })
    }

    /// The kinds of data, by name.
    pub fn iter(&self) -> impl Iterator<Item = SiteData> {
        self.data.iter().copied()
    }

    /// What a browser obeys: every known word in quotes. Never fails; an empty set clears
    /// nothing.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> BTreeSet<SiteData> {
        let all = decoded(&combined(values).unwrap_or_default());
        all.split(',')
            .filter_map(|part| {
                let part = part.trim_matches([' ', '\t']);
                SiteData::read(part.strip_prefix('"')?.strip_suffix('"')?)
            })
            .collect()
    }
}

impl fmt::Display for ClearSiteData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, data) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}\"{data}\"")?;
        }
        Ok(())
    }
}

impl FromStr for ClearSiteData {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"cookies"`, `"'cookies'"`: no double quotes
    /// * `"\"Cookies\""`: unknown, words are compared with their case
    /// * `"\"cache\", \"cache\""`: twice
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        if text.trim().is_empty() {
            return Self::new([]);
        }
        let mut data = BTreeSet::new();
        let mut offset = 0;
        for part in text.split(',') {
            let position = offset + part.len() - part.trim_start().len();
            offset += part.len() + 1;
            let part = part.trim();
            let word = part
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(|| no_quotes(position, part))?;
            let kind = word
                .parse::<SiteData>()
                .map_err(|error| error.shifted(position + 1))?;
            if !data.insert(kind) {
                return Err(HeaderError::duplicate(
                    HEADER,
                    position,
                    part,
                    "once is enough",
                ));
            }
        }
        Self::new(data)
    }
}

as_header!(
    ClearSiteData,
    "a Clear-Site-Data such as `\"cache\", \"cookies\", \"storage\"`"
);

fn no_quotes(position: usize, part: &str) -> HeaderError {
    let plain = part.trim_matches(['\'', '"', ' ']);
    let word = SiteData::read(plain).unwrap_or(SiteData::Cookies);
    HeaderError::malformed(
        HEADER,
        position,
        format!("`{}` has no quotes", foreign::word(part)),
        format!("write `\"{word}\"`"),
    )
}
