//! The header, as browsers read it.

use std::fmt;

use sfv::BareItemFromInput;

use super::pattern::{Pattern, Plain};
use super::target::{ConnectionRule, HEADER};
use crate::header::HeaderError;
use crate::header::sf::{self, Item, Value};
use crate::header::text::combined;
use crate::url::{Origin, Url};

/// Where a browser lets a document's connections go. Made by
/// [`ConnectionAllowlist::effective`](super::ConnectionAllowlist::effective).
///
/// It follows Chromium 156 (measured), which keeps to [the draft] but for what doesn't parse: the
/// draft restricts nothing then, Chromium allows nothing.
///
/// ```
/// use tower_visor::header::{ConnectionAllowlist, ConnectionVerdict};
/// use tower_visor::url::Origin;
///
/// let page: Origin = "https://liveness.contoso.example".parse()?;
/// let allowlist = ConnectionAllowlist::effective(["(response-origin \"https://cdn.example\"), (\"https://b.example\")"]);
/// let allowlist = allowlist.unwrap();
/// let verdict = |url: &str| Ok::<_, tower_visor::url::UrlError>(allowlist.allows(&url.parse()?, &page));
/// assert_eq!(verdict("https://cdn.example/app.js")?, ConnectionVerdict::Allowed);
/// assert_eq!(verdict("https://b.example/")?, ConnectionVerdict::Blocked);
/// assert_eq!(allowlist.ignored(), ["a second list"]);
/// # Ok::<(), tower_visor::url::UrlError>(())
/// ```
///
/// [the draft]: https://wicg.github.io/connection-allowlists/#parsing
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveConnectionAllowlist {
    targets: Vec<EffectiveTarget>,
    endpoint: Option<String>,
    redirects: ConnectionRule,
    webrtc: ConnectionRule,
    ignored: Vec<String>,
    fault: Option<HeaderError>,
}

/// What a browser takes as one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveTarget {
    text: String,
    reading: Reading,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    Own,
    Plain(Plain),
    /// It uses more of the syntax than is read here.
    Unclear,
}

/// Whether a connection is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there is no fourth answer
pub enum ConnectionVerdict {
    /// It is.
    Allowed,
    /// It isn't.
    Blocked,
    /// It depends on a pattern with groups, names or a regular expression. Chromium skips the
    /// last of these, the draft doesn't.
    Unclear,
}

/// Whether an allowlist allows more than another. Made by [`EffectiveConnectionAllowlist::compare`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // there is no fourth answer
pub enum AllowlistComparison {
    /// It allows nothing that the other doesn't.
    AtMost,
    /// It allows these, but the other doesn't.
    Wider(Vec<String>),
    /// Whether the other allows these can't be determined: one of the two has patterns with
    /// groups, names or regular expressions.
    NotComparable(Vec<String>),
}

impl EffectiveTarget {
    /// Whether a URL is this place, for a document of an origin.
    pub fn allows(&self, url: &Url, response_origin: &Origin) -> ConnectionVerdict {
        let allowed = match &self.reading {
            Reading::Own => Plain::of_origin(response_origin).matches(url),
            Reading::Plain(pattern) => pattern.matches(url),
            Reading::Unclear => return ConnectionVerdict::Unclear,
        };
        if allowed {
            ConnectionVerdict::Allowed
        } else {
            ConnectionVerdict::Blocked
        }
    }

    /// A URL that it allows, with a host of nobody's where it leaves the host open; `None` where it
    /// says more than is read here, or allows no URL.
    pub fn sample(&self, response_origin: &Origin) -> Option<Url> {
        match &self.reading {
            Reading::Own => Some(response_origin.clone().into()),
            Reading::Plain(pattern) => pattern.sample(),
            Reading::Unclear => None,
        }
    }

    /// Whether it allows hosts that it doesn't name.
    pub fn leaves_host_open(&self) -> bool {
        match &self.reading {
            Reading::Own => false,
            Reading::Plain(pattern) => pattern.leaves_host_open(),
            Reading::Unclear => true,
        }
    }

    fn covers(&self, other: &Self, response_origin: &Origin) -> Option<bool> {
        let plain = |target: &Self| match &target.reading {
            Reading::Own => Some(Plain::of_origin(response_origin)),
            Reading::Plain(pattern) => Some(pattern.clone()),
            Reading::Unclear => None,
        };
        if self.text == other.text {
            return Some(true);
        }
        Some(plain(self)?.covers(&plain(other)?))
    }
}

impl fmt::Display for EffectiveTarget {
    /// As it is in the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl EffectiveConnectionAllowlist {
    /// The places, in the order written.
    pub fn targets(&self) -> &[EffectiveTarget] {
        &self.targets
    }

    /// The name of the endpoint that gets reports.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Whether redirects are blocked. If they aren't, the targets of an allowed place's redirects
    /// aren't checked.
    pub fn redirects(&self) -> ConnectionRule {
        self.redirects
    }

    /// Whether WebRTC is blocked.
    pub fn webrtc(&self) -> ConnectionRule {
        self.webrtc
    }

    /// What a browser skipped: further lists, impossible patterns, anything that is not a pattern,
    /// and parameters without meaning.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault for which Chromium allows nothing at all.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.fault.as_ref()
    }

    /// Whether a connection to a URL is allowed, from a document of an origin. URLs that connect
    /// to nothing, such as `data:`, always are.
    pub fn allows(&self, url: &Url, response_origin: &Origin) -> ConnectionVerdict {
        if matches!(url.scheme(), "about" | "blob" | "data" | "filesystem") {
            return ConnectionVerdict::Allowed;
        }
        let verdicts = self
            .targets
            .iter()
            .map(|target| target.allows(url, response_origin));
        verdicts.fold(ConnectionVerdict::Blocked, |all, one| match (all, one) {
            (ConnectionVerdict::Allowed, _) | (_, ConnectionVerdict::Allowed) => {
                ConnectionVerdict::Allowed
            }
            (ConnectionVerdict::Unclear, _) | (_, ConnectionVerdict::Unclear) => {
                ConnectionVerdict::Unclear
            }
            _ => ConnectionVerdict::Blocked,
        })
    }

    /// Whether this allows nothing that a baseline doesn't, for documents of an origin. Each place
    /// has to be in one of the baseline's; two that cover it only together don't count.
    ///
    /// ```
    /// use tower_visor::header::{AllowlistComparison, ConnectionAllowlist};
    ///
    /// let read = |text: &str| ConnectionAllowlist::effective([text]).unwrap();
    /// let page = "https://contoso.example".parse()?;
    /// let baseline = read("(response-origin \"https://*.cdn.example\")");
    /// let narrower = read("(\"https://contoso.example/app.js\" \"https://eu.cdn.example\")");
    /// assert_eq!(narrower.compare(&baseline, &page), AllowlistComparison::AtMost);
    /// assert_eq!(
    ///     read("(\"https://cdn.example\");webrtc=allow").compare(&baseline, &page),
    ///     AllowlistComparison::Wider(vec!["https://cdn.example".into(), "webrtc=allow".into()]),
    /// );
    /// assert_eq!(
    ///     read("(\"https://(a|b).cdn.example\")").compare(&baseline, &page),
    ///     AllowlistComparison::NotComparable(vec!["https://(a|b).cdn.example".into()]),
    /// );
    /// # Ok::<(), tower_visor::url::UrlError>(())
    /// ```
    pub fn compare(&self, baseline: &Self, response_origin: &Origin) -> AllowlistComparison {
        let mut wider = Vec::new();
        let mut unclear = Vec::new();
        for target in &self.targets {
            let covers = baseline
                .targets
                .iter()
                .map(|known| known.covers(target, response_origin));
            let covers: Vec<Option<bool>> = covers.collect();
            if covers.contains(&Some(true)) {
                continue;
            }
            let unread = target.reading == Reading::Unclear || covers.contains(&None);
            if unread && !baseline.targets.is_empty() {
                unclear.push(target.text.clone());
            } else {
                wider.push(target.text.clone());
            }
        }
        for (name, own, other) in [
            ("redirects", self.redirects, baseline.redirects),
            ("webrtc", self.webrtc, baseline.webrtc),
        ] {
            if own > other {
                wider.push(format!("{name}=allow"));
            }
        }
        match (wider.is_empty(), unclear.is_empty()) {
            (false, _) => AllowlistComparison::Wider(wider),
            (true, false) => AllowlistComparison::NotComparable(unclear),
            (true, true) => AllowlistComparison::AtMost,
        }
    }

    /// Reads all values of the header; `None` where there is none, or an empty one.
    pub(super) fn of(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
        example: &'static str,
    ) -> Option<Self> {
        let bytes = combined(values).filter(|bytes| !bytes.is_empty())?;
        let mut read = Self::default();
        let values = match sf::list(HEADER, &bytes, example) {
            Ok(values) => values,
            Err(error) => {
                read.fault = Some(error);
                return Some(read);
            }
        };
        let mut values = values.iter();
        let Some(Value::List { items, parameters }) = values.next() else {
            let what = "a value without brackets";
            let fix = format!("write for example `{example}`");
            read.fault = Some(HeaderError::malformed(HEADER, 0, what, fix));
            return Some(read);
        };
        if values.next().is_some() {
            read.ignored.push(String::from("a second list"));
        }
        for item in items {
            read.read_item(item);
        }
        for (key, value) in parameters {
            read.read_parameter(key.as_str(), value);
        }
        Some(read)
    }

    fn read_item(&mut self, item: &Item<'_>) {
        let reading = match (item.token(), item.string()) {
            (Some("response-origin"), _) => Ok(Reading::Own),
            (Some(_), _) => Err("no pattern in quotes"),
            // The word would mean itself, were it taken.
            (_, Some("response-origin")) => Err("in quotes it is not a pattern"),
            (_, Some(text)) => match Pattern::read(text) {
                Pattern::Plain(pattern) => Ok(Reading::Plain(pattern)),
                Pattern::Unclear => Ok(Reading::Unclear),
                Pattern::Skipped(why) => Err(why),
            },
            _ => Err("no pattern in quotes"),
        };
        let text = match item.string() {
            Some(text) => text.to_owned(),
            None => item.describe().into_owned(),
        };
        match reading {
            Ok(reading) => self.targets.push(EffectiveTarget { text, reading }),
            Err(why) => {
                let text = crate::foreign::word(&text);
                self.ignored.push(format!("`{text}`: {why}"));
            }
        }
    }

    fn read_parameter(&mut self, key: &str, value: &BareItemFromInput<'_>) {
        let token = match value {
            BareItemFromInput::Token(token) => Some(token.as_str()),
            _ => None,
        };
        let rule = match token {
            None | Some("block") => ConnectionRule::Block,
            Some(_) => ConnectionRule::Allow,
        };
        match (key, token) {
            ("report-to", Some(name)) => self.endpoint = Some(name.to_owned()),
            ("redirects", _) => self.redirects = rule,
            ("webrtc", _) => self.webrtc = rule,
            ("report-to", None) => {
                self.ignored
                    .push(String::from("`report-to`: no plain name"));
            }
            _ => {
                let key = crate::foreign::word(key);
                self.ignored.push(format!("`{key}`: no parameter"));
            }
        }
    }
}
