//! One source expression, as a browser reads it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::dropped::DropReason;
use super::host::{self, Cut};
use crate::csp::{DirectiveName, HostSource, Keyword, SchemeSource};
use crate::sri::{Algorithm, Digest, decode_leniently};

/// A source expression that a browser understood.
///
/// `Display` writes it in the usual form: keywords in lower case, hashes in padded base64.
///
/// Specification: [CSP3, section 2.3.1](https://w3c.github.io/webappsec-csp/#framework-directive-source-list).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SourceExpression {
    /// `'self'`: the page's own origin.
    SelfOrigin,
    /// `*`: every network scheme, and the page's own; not `data:`, not `blob:`.
    Any,
    /// `https:`, `data:`.
    Scheme(SchemeSource),
    /// `https://example.com`. A keyword without its quotes is a host, too.
    Host(HostSource),
    /// `'nonce-...'`, byte for byte as written.
    Nonce(String),
    /// `'sha256-...'`, of any length: one of the wrong length matches nothing, and yet cancels
    /// `'unsafe-inline'`.
    Hash(HashSource),
    /// `'ed25519-...'`, a key of signature-based SRI. Chromium only; it lets it cancel
    /// `'unsafe-inline'`, which this reading doesn't count on.
    PublicKey(String),
    /// The other quoted words.
    Keyword(Keyword),
}

/// A hash source, of any length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashSource {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl HashSource {
    /// The algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest; `None` when its length is wrong, so that it matches nothing.
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_bytes(self.algorithm, &self.bytes).ok()
    }

    /// The bytes behind the algorithm, decoded.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for HashSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}-{}'", self.algorithm, STANDARD.encode(&self.bytes))
    }
}

impl fmt::Display for SourceExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfOrigin => f.write_str("'self'"),
            Self::Any => f.write_str("*"),
            Self::Scheme(scheme) => fmt::Display::fmt(scheme, f),
            Self::Host(host) => fmt::Display::fmt(host, f),
            Self::Nonce(nonce) => write!(f, "'nonce-{nonce}'"),
            Self::Hash(hash) => fmt::Display::fmt(hash, f),
            Self::PublicKey(key) => write!(f, "'ed25519-{key}'"),
            Self::Keyword(keyword) => fmt::Display::fmt(keyword, f),
        }
    }
}

/// What one word of a source list is.
pub(super) enum Word {
    Source(SourceExpression),
    /// A source, behind which something is ignored.
    Cut(SourceExpression, Cut),
    None,
    Dropped(DropReason),
}

/// Reads one word, without white space in it.
pub(super) fn read(text: &str) -> Word {
    let source = if let Some(quoted) = text.strip_prefix('\'') {
        match quoted.strip_suffix('\'') {
            Some(inside) => return read_quoted(inside),
            None => None,
        }
    } else if text == "*" {
        Some(SourceExpression::Any)
    } else if let Ok(scheme) = text.parse() {
        Some(SourceExpression::Scheme(scheme))
    } else {
        match host::read(text) {
            Some((host, Some(cut))) => return Word::Cut(SourceExpression::Host(host), cut),
            Some((host, None)) => Some(SourceExpression::Host(host)),
            None => None,
        }
    };
    source.map_or(Word::Dropped(DropReason::InvalidSource), Word::Source)
}

fn read_quoted(inside: &str) -> Word {
    if inside.eq_ignore_ascii_case("none") {
        return Word::None;
    }
    if inside.eq_ignore_ascii_case("self") {
        return Word::Source(SourceExpression::SelfOrigin);
    }
    if let Some(keyword) = Keyword::effective(inside) {
        return Word::Source(SourceExpression::Keyword(keyword));
    }
    let source = if let Some(nonce) = strip_ignoring_case(inside, "nonce-") {
        is_base64_value(nonce).then(|| SourceExpression::Nonce(nonce.to_owned()))
    } else if let Some(key) = strip_ignoring_case(inside, "ed25519-") {
        is_base64_value(key).then(|| SourceExpression::PublicKey(key.to_owned()))
    } else if let Some((algorithm, encoded)) = split_hash(inside) {
        is_base64_value(encoded)
            .then(|| decode_leniently(encoded))
            .flatten()
            .map(|bytes| SourceExpression::Hash(HashSource { algorithm, bytes }))
    } else if is_experiment(inside) {
        return Word::Dropped(DropReason::Experimental);
    } else {
        None
    };
    source.map_or(Word::Dropped(DropReason::InvalidSource), Word::Source)
}

/// `sha256-` and, in an old spelling that Chromium still takes, `sha-256-`; in any case.
fn split_hash(inside: &str) -> Option<(Algorithm, &str)> {
    Algorithm::ALL.into_iter().find_map(|algorithm| {
        let digits = algorithm.as_str().strip_prefix("sha")?;
        let rest = strip_ignoring_case(inside, "sha")?;
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let encoded = rest.strip_prefix(digits)?.strip_prefix('-')?;
        Some((algorithm, encoded))
    })
}

fn is_experiment(inside: &str) -> bool {
    ["wasm-eval", "strict-dynamic-url"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(inside))
        || ["url-sha", "eval-sha"]
            .iter()
            .any(|prefix| strip_ignoring_case(inside, prefix).is_some())
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// The grammar's `base64-value`: base64 or base64url, then at most two `=`.
fn is_base64_value(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !digits.is_empty()
        && text.len() - digits.len() <= 2
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
}

/// What a directive's list is for, and so which sources have an effect in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    /// URLs only.
    Urls,
    /// URLs, and `'strict-dynamic'`, which in Chromium lets any worker start (measured).
    Workers,
    /// The origins of frames around the page.
    Ancestors,
    Styles,
    /// Scripts, and `default-src`, which stands in for all.
    Scripts,
}

impl ListKind {
    /// `None` for a directive that holds no source list.
    pub(super) const fn of(directive: DirectiveName) -> Option<Self> {
        use DirectiveName as D;
        Some(match directive {
            D::DefaultSrc | D::ScriptSrc | D::ScriptSrcElem | D::ScriptSrcAttr => Self::Scripts,
            D::StyleSrc | D::StyleSrcElem | D::StyleSrcAttr => Self::Styles,
            D::ChildSrc | D::WorkerSrc => Self::Workers,
            D::FrameAncestors => Self::Ancestors,
            D::ImgSrc
            | D::ConnectSrc
            | D::FontSrc
            | D::MediaSrc
            | D::ObjectSrc
            | D::ManifestSrc
            | D::FrameSrc
            | D::FencedFrameSrc
            | D::BaseUri
            | D::FormAction => Self::Urls,
            _ => return None,
        })
    }

    pub(super) const fn has_use_for(self, source: &SourceExpression) -> bool {
        match source {
            SourceExpression::SelfOrigin
            | SourceExpression::Any
            | SourceExpression::Scheme(_)
            | SourceExpression::Host(_) => true,
            SourceExpression::Nonce(_)
            | SourceExpression::Hash(_)
            | SourceExpression::PublicKey(_) => matches!(self, Self::Styles | Self::Scripts),
            SourceExpression::Keyword(keyword) => match keyword {
                Keyword::StrictDynamic => matches!(self, Self::Workers | Self::Scripts),
                // Every fetch directive may ask for samples; only scripts and styles have any.
                Keyword::ReportSample => !matches!(self, Self::Ancestors),
                _ => matches!(self, Self::Styles | Self::Scripts),
            },
        }
    }
}
