//! What a browser drops from a policy, and why.

use std::fmt;

use crate::csp::DirectiveName;
use crate::foreign;

/// Something in a header that a browser skips: it protects nothing, and nothing on the page shows that.
///
/// ```
/// use tower_visor::csp::{DropReason, PolicyList};
///
/// let list = PolicyList::effective([b"default-src 'none'; scirpt-src 'self'"]);
/// let [dropped] = list.dropped() else { panic!("one fact") };
/// assert_eq!((dropped.header, dropped.position), (0, 20));
/// assert_eq!(dropped.text, "scirpt-src 'self'");
/// assert!(matches!(dropped.reason, DropReason::UnknownDirective { .. }));
/// assert_eq!(
///     dropped.to_string(),
///     "byte 20: `scirpt-src 'self'` is dropped: unknown directive, did you mean `script-src`?",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Which of the header values, counted from 0.
    pub header: usize,
    /// Byte offset into that value.
    pub position: usize,
    /// The directive that contains it, if the name was understood.
    pub directive: Option<DirectiveName>,
    /// What is dropped, as written; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Why.
    pub reason: DropReason,
}

/// Why a browser drops a directive or a source.
///
/// Based on the console messages of Chromium 156. If browsers differ, whatever any of them drops
/// is listed, so that an audit never relies on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// The directive holds a byte outside ASCII, which drops the whole directive.
    NonAscii,
    /// The directive holds a control character other than white space: Chromium drops the whole
    /// directive.
    ControlCharacter,
    /// No directive of that name.
    UnknownDirective {
        /// `, did you mean ...?`, or nothing.
        hint: String,
    },
    /// A directive of older editions or of the draft, which current browsers don't know.
    ObsoleteDirective {
        /// What to write instead.
        instead: &'static str,
    },
    /// The directive stood before: the first one counts, even where that one was dropped for a
    /// character in it (Chromium).
    Duplicate,
    /// `sandbox` and the like have no effect in a report-only policy.
    NotInReportOnly,
    /// `frame-ancestors`, `sandbox` and `report-uri` have no effect in a `meta` element.
    NotInMeta,
    /// No source expression.
    InvalidSource,
    /// A source that browsers know and this directive has no use for, such as a nonce in
    /// `img-src`.
    NoEffectHere,
    /// An experiment: Chromium reads it without a warning and, as shipped, does nothing with it, except
    /// that an `'eval-sha256-...'` turns off `'unsafe-eval'` in the same list (measured in 156).
    Experimental,
    /// `'none'` counts only when it is alone.
    NoneBesideOthers,
    /// A query or a fragment: sources are compared without.
    QueryOrFragment,
    /// A query right behind the host: Chromium drops the whole source, Firefox (153, measured)
    /// only the query. The source is read, because what protects less counts.
    QueryWithoutPath,
    /// Not one of the values that this directive takes.
    InvalidValue,
    /// The directive takes no value, or only one; the rest is ignored.
    SurplusValue,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.header > 0 {
            write!(f, "header {}, ", self.header + 1)?;
        }
        write!(f, "byte {}: ", self.position)?;
        // For a fault of the whole directive its name is in the text already.
        if let (Some(directive), false) = (self.directive, self.reason.is_of_directive()) {
            write!(f, "in {directive}, ")?;
        }
        write!(
            f,
            "`{}` is dropped: {}",
            foreign::word(&self.text),
            self.reason
        )
    }
}

impl DropReason {
    /// Whether the whole directive is dropped.
    const fn is_of_directive(&self) -> bool {
        matches!(
            self,
            Self::NonAscii
                | Self::ControlCharacter
                | Self::UnknownDirective { .. }
                | Self::ObsoleteDirective { .. }
                | Self::Duplicate
                | Self::NotInReportOnly
                | Self::NotInMeta
        )
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonAscii => {
                "it holds a byte outside ASCII; write hosts in punycode and paths percent-encoded"
            }
            Self::ControlCharacter => "it holds a control character",
            Self::UnknownDirective { hint } => return write!(f, "unknown directive{hint}"),
            Self::ObsoleteDirective { instead } => {
                return write!(f, "browsers don't know this directive; {instead}");
            }
            Self::Duplicate => "the directive appears twice, and the first one counts",
            Self::NotInReportOnly => "it has no effect in a report-only policy",
            Self::NotInMeta => "it has no effect in a `meta` element; send it in the header",
            Self::InvalidSource => "no source expression",
            Self::NoEffectHere => "it has no effect in this directive",
            Self::Experimental => "an experiment of Chromium, without effect as shipped, except that no eval runs at all next to an `'eval-sha...'`",
            Self::NoneBesideOthers => "`'none'` counts only when it is alone",
            Self::QueryOrFragment => "sources are compared without query and fragment",
            Self::QueryWithoutPath => {
                "Firefox cuts a query off, Chromium drops the whole source; write a path, or the host alone"
            }
            Self::InvalidValue => "the directive doesn't take this value",
            Self::SurplusValue => "the directive takes no more values",
        })
    }
}
