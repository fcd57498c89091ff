//! The header, as it is written.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use http::HeaderName;
use sfv::BareItemFromInput;

use super::effective::EffectiveConnectionAllowlist;
use super::target::{ConnectionRule, ConnectionTarget, HEADER};
use crate::foreign;
use crate::header::sf::{self, Item, Value};
use crate::header::text::{as_header, printable};
use crate::header::{EndpointName, HeaderError};

const EXAMPLE: &str = "(response-origin \"https://api.example\")";

/// `Connection-Allowlist`: where a document's connections may go. All others are blocked before a
/// byte leaves, including navigations, WebRTC and preconnects, which no Content Security Policy
/// can block.
///
/// Grammar: a structured-field list with one inner list, of the token `response-origin` and of URL
/// patterns in quotes, with the parameters `report-to`, `redirects` and `webrtc`. Example:
/// `(response-origin "https://api.example");report-to=visor`. Specification:
/// [Connection Allowlists]. Obeyed by Chrome and Edge 152; what other browsers do, and what they
/// leave open, is in [`docs::integrity`](crate::docs::integrity).
///
/// Redirects and WebRTC are blocked unless a parameter allows them. That includes redirects within
/// the page's own origin; if redirects are allowed, their targets aren't checked.
///
/// ```
/// use tower_visor::header::ConnectionAllowlist;
///
/// let allowlist = ConnectionAllowlist::own_origin()
///     .and("https://contoso.cognitiveservices.azure.com".parse()?)
///     .report_to("visor".parse()?);
/// assert_eq!(
///     allowlist.to_string(),
///     "(response-origin \"https://contoso.cognitiveservices.azure.com\");report-to=visor",
/// );
/// assert_eq!(
///     "(response-origin), (\"https://api.example\")".parse::<ConnectionAllowlist>().unwrap_err().to_string(),
///     "connection-allowlist: a second list, and browsers obey only the first; \
///      put all places into one pair of brackets",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [Connection Allowlists]: https://wicg.github.io/connection-allowlists/
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionAllowlist {
    /// Whether the origin that sent the document is among them.
    own: Own,
    targets: BTreeSet<ConnectionTarget>,
    endpoint: Option<EndpointName>,
    redirects: ConnectionRule,
    webrtc: ConnectionRule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Own {
    Allowed,
    NotNamed,
}

impl ConnectionAllowlist {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);
    /// The name of the form that only reports.
    pub const REPORT_ONLY_NAME: HeaderName =
        HeaderName::from_static("connection-allowlist-report-only");

    /// Nothing at all: `()`.
    pub const fn nothing() -> Self {
        Self {
            own: Own::NotNamed,
            targets: BTreeSet::new(),
            endpoint: None,
            redirects: ConnectionRule::Block,
            webrtc: ConnectionRule::Block,
        }
    }

    /// The origin that the document came from, by whatever name: `(response-origin)`.
    pub fn own_origin() -> Self {
        Self {
            own: Own::Allowed,
            ..Self::nothing()
        }
    }

    /// One place more.
    #[must_use]
    pub fn and(mut self, target: ConnectionTarget) -> Self {
        self.targets.insert(target);
        self
    }

    /// Sends reports of what is blocked to this endpoint of `Reporting-Endpoints`.
    #[must_use]
    pub fn report_to(mut self, endpoint: EndpointName) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Whether redirects are blocked. If they aren't, an answer of an allowed place can lead
    /// anywhere.
    #[must_use]
    pub fn redirects(mut self, rule: ConnectionRule) -> Self {
        self.redirects = rule;
        self
    }

    /// Whether WebRTC is blocked. If it isn't, it can lead anywhere.
    #[must_use]
    pub fn webrtc(mut self, rule: ConnectionRule) -> Self {
        self.webrtc = rule;
        self
    }

    /// Whether the origin that the document came from is allowed by `response-origin`.
    pub fn allows_own_origin(&self) -> bool {
        self.own == Own::Allowed
    }

    /// The other places, in stable order.
    pub fn targets(&self) -> impl Iterator<Item = &ConnectionTarget> {
        self.targets.iter()
    }

    /// Where reports go.
    pub fn endpoint(&self) -> Option<&EndpointName> {
        self.endpoint.as_ref()
    }

    /// What a browser obeys: `None` without a value, where nothing is restricted. Never fails; what
    /// doesn't parse allows nothing.
    pub fn effective(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Option<EffectiveConnectionAllowlist> {
        EffectiveConnectionAllowlist::of(values, EXAMPLE)
    }
}

impl fmt::Display for ConnectionAllowlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.allows_own_origin();
        f.write_str(if own { "(response-origin" } else { "(" })?;
        for (index, target) in self.targets.iter().enumerate() {
            let space = if own || index > 0 { " " } else { "" };
            // In quotes a backslash is written twice; no target holds a quote.
            let target = target.to_string().replace('\\', "\\\\");
            write!(f, "{space}\"{target}\"")?;
        }
        f.write_str(")")?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, ";report-to={endpoint}")?;
        }
        for (name, rule) in [("redirects", self.redirects), ("webrtc", self.webrtc)] {
            // To block is what browsers do without the parameter.
            if rule == ConnectionRule::Allow {
                write!(f, ";{name}=allow")?;
            }
        }
        Ok(())
    }
}

impl FromStr for ConnectionAllowlist {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty, which restricts nothing; `()` allows nothing
    /// * `"response-origin"`, `"\"https://a.example\""`: no list in brackets
    /// * `"(response-origin), (\"https://a.example\")"`: two lists
    /// * `"(self)"`, `"(\"response-origin\")"`, `"(1)"`: browsers skip these
    /// * `"(\"a.example\")"` and all else that [`ConnectionTarget`] refuses
    /// * `"();report-to=\"visor\""`: the name of an endpoint is written without quotes
    /// * `"();redirects=no"`, `"();webrtc"`: neither `block` nor `allow`. Any word but `block`
    ///   allows, and what is not a word blocks
    /// * the same place twice; an unknown parameter
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        if text.trim().is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        let values = sf::list(HEADER, text.as_bytes(), EXAMPLE)?;
        let (items, parameters) = match values.as_slice() {
            [Value::List { items, parameters }] => (items, parameters),
            [] | [Value::Item(_)] => {
                return Err(HeaderError::malformed(
                    HEADER,
                    0,
                    "a value without brackets, by which browsers block every connection",
                    format!("write for example `{EXAMPLE}`"),
                ));
            }
            _ => {
                let what = "a second list, and browsers obey only the first; \
                            put all places into one pair of brackets";
                return Err(HeaderError::contradiction(HEADER, what.to_owned()));
            }
        };
        let mut allowlist = Self::nothing();
        for item in items {
            allowlist.read_item(item)?;
        }
        for (key, value) in parameters {
            let position = sf::position(text.as_bytes(), key.as_str()).unwrap_or(0);
            allowlist.read_parameter(position, key.as_str(), value)?;
        }
        Ok(allowlist)
    }
}

impl ConnectionAllowlist {
    fn read_item(&mut self, item: &Item<'_>) -> Result<(), HeaderError> {
        let position = item.position.unwrap_or(0);
        let twice = |text: &str| HeaderError::duplicate(HEADER, position, text, "once is enough");
        if let Some((key, _)) = item.parameters.first() {
            return Err(HeaderError::malformed(
                HEADER,
                position,
                format!("the parameter `{}` of a place", foreign::word(key.as_str())),
                "leave it out, or write it behind the brackets",
            ));
        }
        match (item.token(), item.string()) {
            (Some("response-origin"), _) => {
                if std::mem::replace(&mut self.own, Own::Allowed) == Own::Allowed {
                    return Err(twice("response-origin"));
                }
            }
            (Some(word), _) => {
                let known = &["response-origin"];
                return Err(HeaderError::unknown(HEADER, position, "word", word, known));
            }
            (_, Some("response-origin")) => {
                return Err(HeaderError::malformed(
                    HEADER,
                    position,
                    "`\"response-origin\"` in quotes, which browsers skip",
                    "write it without quotes",
                ));
            }
            (_, Some(text)) => {
                // Behind the quote, where the string is in the header as it is.
                let at = item.position.map_or(0, |quote| quote + 1);
                let target: ConnectionTarget = text
                    .parse()
                    .map_err(|error: HeaderError| error.shifted(at))?;
                if !self.targets.insert(target) {
                    return Err(twice(text));
                }
            }
            (None, None) => {
                return Err(HeaderError::malformed(
                    HEADER,
                    position,
                    format!("{} among the places, which browsers skip", item.describe()),
                    format!("write places in quotes: `{EXAMPLE}`"),
                ));
            }
        }
        Ok(())
    }

    fn read_parameter(
        &mut self,
        position: usize,
        key: &str,
        value: &BareItemFromInput<'_>,
    ) -> Result<(), HeaderError> {
        let token = match value {
            BareItemFromInput::Token(token) => Some(token.as_str()),
            _ => None,
        };
        match (key, token) {
            ("report-to", Some(name)) => {
                let name: EndpointName = name.parse().map_err(|error: HeaderError| {
                    error.within(HEADER, position + "report-to=".len())
                })?;
                self.endpoint = Some(name);
            }
            ("report-to", None) => {
                return Err(HeaderError::malformed(
                    HEADER,
                    position,
                    "`report-to` without the plain name of an endpoint, by which nothing is reported",
                    "write it without quotes: `report-to=visor`",
                ));
            }
            ("redirects", Some(word)) => self.redirects = rule(key, word, position)?,
            ("webrtc", Some(word)) => self.webrtc = rule(key, word, position)?,
            ("redirects" | "webrtc", None) => {
                return Err(HeaderError::malformed(
                    HEADER,
                    position,
                    format!("`{key}` without a plain word, which blocks"),
                    format!("write `{key}=block` or `{key}=allow`, without quotes"),
                ));
            }
            _ => {
                let known = &["report-to", "redirects", "webrtc"];
                return Err(HeaderError::unknown(
                    HEADER,
                    position,
                    "parameter",
                    key,
                    known,
                ));
            }
        }
        Ok(())
    }
}

fn rule(key: &str, word: &str, position: usize) -> Result<ConnectionRule, HeaderError> {
    match word {
        "block" => Ok(ConnectionRule::Block),
        "allow" => Ok(ConnectionRule::Allow),
        _ => Err(HeaderError::malformed(
            HEADER,
            position,
            format!(
                "`{key}={}`, which allows, as any word but `block` does",
                foreign::word(word)
            ),
            format!("write `{key}=block` or `{key}=allow`"),
        )),
    }
}

as_header!(
    ConnectionAllowlist,
    "a Connection-Allowlist such as `(response-origin \"https://api.example\")`"
);
