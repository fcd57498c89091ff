//! What browsers send to a reporting endpoint, in each of its forms.

use serde_json::{Map, Value};

use super::engine::BrowserEngine;
use super::kind::{Disposition, ReportKind};
use super::place::ReportedPlace;
use super::scripts::digest;
use crate::json;
use crate::sri::Digest;

/// How deep a report is nested at the most: a list, a report, its body, and values that are lists.
const DEEPEST: usize = 8;

/// The longest name of a directive, a feature or a reason that is kept.
const LONGEST_WORD: usize = 64;

/// One report, as far as it is looked at: without samples of code, queries, referrers and lines.
///
/// Read by [`ReportBody::read`]. Everything in it is what somebody *reported*, and anybody can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserReport {
    kind: ReportKind,
    page: ReportedPlace,
    blocked: ReportedPlace,
    source: ReportedPlace,
    directive: String,
    disposition: Disposition,
    digest: Option<Digest>,
    engine: BrowserEngine,
}

impl BrowserReport {
    /// Says which browser sent it, if the report itself doesn't.
    pub(super) fn sent_by(&mut self, engine: BrowserEngine) {
        if self.engine == BrowserEngine::UNKNOWN {
            self.engine = engine;
        }
    }

    /// What it is about.
    pub const fn kind(&self) -> ReportKind {
        self.kind
    }

    /// The page that it is about.
    pub const fn page(&self) -> &ReportedPlace {
        &self.page
    }

    /// What was blocked, refused or, of a `csp-hash`, ran.
    pub const fn blocked(&self) -> &ReportedPlace {
        &self.blocked
    }

    /// The script or the style sheet that did it.
    pub const fn source(&self) -> &ReportedPlace {
        &self.source
    }

    /// The directive of the policy, the feature, the destination or the reason; at most 64 bytes of
    /// visible ASCII and spaces.
    pub fn directive(&self) -> &str {
        &self.directive
    }

    /// Whether it was stopped.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// The digest of a script that ran.
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The browser, where the report names it.
    pub const fn engine(&self) -> BrowserEngine {
        self.engine
    }
}

/// The body of a request to a reporting endpoint.
///
/// | form | who sends it |
/// |---|---|
/// | a list of reports (`application/reports+json`) | Chromium, Firefox, the [guard](crate::guard) |
/// | one report (`application/reports+json`) | Safari |
/// | `{"csp-report": {..}}` (`application/csp-report`) | every browser, to `report-uri` |
///
/// The form is recognised by the content. Fields are known under their old names too.
///
/// ```
/// use tower_visor::reports::{ReportBody, ReportKind};
///
/// let body = br#"{"csp-report": {"document-uri": "https://liveness.contoso.example/?a=b",
///     "blocked-uri": "https://evil.example/x.js?id=1", "violated-directive": "script-src 'self'"}}"#;
/// let read = ReportBody::read(body)?;
/// let report = &read.reports()[0];
/// assert_eq!(report.kind(), ReportKind::CspViolation);
/// assert_eq!(report.directive(), "script-src");
/// assert_eq!(report.blocked().to_string(), "https://evil.example/x.js");
/// # Ok::<(), tower_visor::reports::ReportBodyError>(())
/// ```
///
/// Specification: [Reporting API, section 2.3](https://w3c.github.io/reporting/#media-type), and
/// [CSP3, section 5.3](https://w3c.github.io/webappsec-csp/#deprecated-serialize-violation).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportBody {
    reports: Vec<BrowserReport>,
    unread: usize,
}

crate::errors::opaque! {
    /// Why a body doesn't consist of reports. The message repeats nothing of the body.
    pub struct ReportBodyError(BodyFault);
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("reports: the body has {bytes} bytes, over the limit of {most}", most = ReportBody::LONGEST)]
    TooLong { bytes: usize },
    #[error("reports: line {line} column {column}: {reason}")]
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    #[error(
        "reports: not a report: send one, a list of them, or an object with `csp-report`, as browsers do"
    )]
    Form,
}

impl ReportBody {
    /// The most bytes that are read: Chromium sends batches, of reports that are less than 1 KB apart
    /// from their URLs and the policy.
    pub const LONGEST: usize = 256 * 1024;

    /// The most reports that are read; those behind it are counted.
    pub const MOST: usize = 256;

    /// Reads a body.
    ///
    /// Anything in a list that is not a report is left out and counted.
    ///
    /// # Errors
    /// * more than [`LONGEST`](Self::LONGEST) bytes
    /// * not JSON, a key that appears twice in one object, nested deeper than 8 levels
    /// * something other than reports
    pub fn read(body: &[u8]) -> Result<Self, ReportBodyError> {
        if body.len() > Self::LONGEST {
            let bytes = body.len();
            return Err(BodyFault::TooLong { bytes }.into());
        }
        let value: Value = json::read(body, DEEPEST).map_err(|fault| BodyFault::Json {
            line: fault.line,
            column: fault.column,
            reason: fault.reason,
        })?;
        let items = match value {
            Value::Array(items) => items,
            one => vec![one],
        };
        let all = items.len();
        let some = items.iter().take(Self::MOST);
        let reports: Vec<BrowserReport> = some.filter_map(report).collect();
        if reports.is_empty() && all > 0 {
            return Err(BodyFault::Form.into());
        }
        let unread = all - reports.len();
        Ok(Self { reports, unread })
    }

    /// The reports, in their order.
    pub fn reports(&self) -> &[BrowserReport] {
        &self.reports
    }

    /// The same, and how many things were not read.
    pub(super) fn into_parts(self) -> (Vec<BrowserReport>, usize) {
        (self.reports, self.unread)
    }

    /// How many things in the body were not read: anything that is not a report, and those after the 256th.
    pub const fn unread(&self) -> usize {
        self.unread
    }
}

fn report(value: &Value) -> Option<BrowserReport> {
    let outer = value.as_object()?;
    if let Some(body) = outer.get("csp-report") {
        return Some(of_csp(body.as_object()?));
    }
    let kind = ReportKind::of(text(outer, &["type"])?);
    let empty = Map::new();
    let body = outer.get("body").and_then(Value::as_object);
    let mut report = read(kind, body.unwrap_or(&empty), outer);
    if let Some(agent) = text(outer, &["user_agent", "userAgent"]) {
        report.engine = BrowserEngine::of(agent);
    }
    Some(report)
}

/// What goes to `report-uri`.
fn of_csp(body: &Map<String, Value>) -> BrowserReport {
    read(ReportKind::CspViolation, body, body)
}

const PAGE: &[&str] = &["documentURL", "document-uri", "documentURI", "document_url"];
const BLOCKED: &[&str] = &[
    "blockedURL",
    "blocked-uri",
    "blockedURI",
    "blocked-url",
    "blocked_url",
    "subresourceURL",
    "subresource_url",
    "blocked",
];
const SOURCE: &[&str] = &["sourceFile", "source-file", "source_file"];

fn read(kind: ReportKind, body: &Map<String, Value>, outer: &Map<String, Value>) -> BrowserReport {
    let page = text(body, PAGE).or_else(|| text(outer, &["url"]));
    let page = ReportedPlace::read(page.unwrap_or_default());
    let (blocked, directive): (&[&str], &[&str]) = match kind {
        ReportKind::CspViolation => (
            BLOCKED,
            &[
                "effectiveDirective",
                "effective-directive",
                "effective_directive",
                "violatedDirective",
                "violated-directive",
                "violated_directive",
                "directive",
            ],
        ),
        ReportKind::WaictViolation => (BLOCKED, &["reason"]),
        // `Connection Allowlists, section 5`.
        ReportKind::ConnectionAllowlist => (&["connection", "blockedURL"], &[]),
        ReportKind::Coep => (BLOCKED, &["type"]),
        ReportKind::Coop => (
            &[
                "nextResponseURL",
                "previousResponseURL",
                "openedWindowURL",
                "openerURL",
                "otherDocumentURL",
            ],
            &["type"],
        ),
        ReportKind::PermissionsPolicy | ReportKind::DocumentPolicy => {
            (BLOCKED, &["policyId", "featureId", "feature"])
        }
        ReportKind::VisorRefused => (&[], &["reason"]),
        // `csp-hash`, `integrity-violation`; of what is counted only, nothing.
        _ => (BLOCKED, &["destination"]),
    };
    let directive = word(kind, text(body, directive).unwrap_or_default());
    let blocked = match text(body, blocked) {
        // The guard says what a script wrote: a URL of whatever form, or text for code and markup.
        _ if kind == ReportKind::VisorRefused && is_of_a_url(&directive) => {
            ReportedPlace::on(&page, text(body, &["url"]).unwrap_or_default())
        }
        found => ReportedPlace::read(found.unwrap_or_default()),
    };
    BrowserReport {
        kind,
        blocked,
        source: ReportedPlace::read(text(body, SOURCE).unwrap_or_default()),
        directive,
        disposition: disposition(body),
        digest: text(body, &["hash"]).and_then(digest),
        engine: BrowserEngine::UNKNOWN,
        page,
    }
}

/// Whether a reason of the guard is about something with a URL.
fn is_of_a_url(reason: &str) -> bool {
    !matches!(
        reason,
        "markup" | "code from text" | "policy for Trusted Types"
    )
}

fn disposition(body: &Map<String, Value>) -> Disposition {
    let is_only_reported = body.get("reportOnly").and_then(Value::as_bool);
    match (text(body, &["disposition"]), is_only_reported) {
        (Some("enforce"), _) | (_, Some(false)) => Disposition::Enforced,
        (Some("report" | "reporting"), _) | (_, Some(true)) => Disposition::Reported,
        _ => Disposition::Unsaid,
    }
}

/// A directive without its sources, which Firefox up to 60 and Safari up to 15.3 write behind it; a
/// reason as it is.
fn word(kind: ReportKind, text: &str) -> String {
    let text = match kind {
        ReportKind::CspViolation => text.split_whitespace().next().unwrap_or_default(),
        _ => text,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -_,:./#".contains(&byte);
    if text.len() <= LONGEST_WORD && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        String::new()
    }
}

/// The first of these members that is a text.
fn text<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| object.get(*name).and_then(Value::as_str))
}
