//! What is wrong with a policy, or with a part of one.

use std::fmt;

use super::DirectiveName;
use crate::sri::SriError;

/// One fault of a policy: where it is, what it is, and how to repair it.
///
/// ```ignore
/// use tower_visor::csp::{Csp, CspFault, DirectiveName};
///
/// let faults = "default-src 'none'; img-src self".parse::<Csp>().unwrap_err();
/// let [fault] = faults.as_slice() else { panic!("one fault") };
/// assert_eq!(fault.directive(), Some(DirectiveName::ImgSrc));
/// assert_eq!(fault.position(), Some(28));
/// assert!(matches!(fault.fault(), CspFault::NotQuoted { .. }));
/// assert_eq!(fault.to_string(), "img-src, byte 28: `self` must be quoted: write `'self'`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CspError {
    directive: Option<DirectiveName>,
    position: Option<usize>,
    fault: CspFault,
}

impl CspError {
    /// The directive in which it is; `None` when it concerns no single one.
    pub const fn directive(&self) -> Option<DirectiveName> {
        self.directive
    }

    /// Byte offset into the text that was parsed; `None` when no text was.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// What is wrong.
    pub const fn fault(&self) -> &CspFault {
        &self.fault
    }

    pub(super) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// The same error, for a text that stands `offset` bytes into a longer one.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        if let Some(position) = &mut self.position {
            *position += offset;
        }
        self
    }

    #[allow(dead_code)]
    pub(super) fn within(mut self, directive: DirectiveName) -> Self {
        self.directive = Some(directive);
        self
    }
}

impl From<CspFault> for CspError {
    fn from(fault: CspFault) -> Self {
        Self {
            directive: None,
            position: None,
            fault,
        }
    }
}

impl fmt::Display for CspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.directive, self.position) {
            (Some(directive), Some(position)) => write!(f, "{directive}, byte {position}: ")?,
            (Some(directive), None) => write!(f, "{directive}: ")?,
            (None, Some(position)) => write!(f, "byte {position}: ")?,
            (None, None) => {}
        }
        fmt::Display::fmt(&self.fault, f)
    }
}

impl std::error::Error for CspError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

/// What can be wrong with a policy. Each message holds the fix.
///
/// Texts from the input are shortened and escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CspFault {
    // Names
    /// No directive of that name.
    #[error("unknown directive `{text}`{}", did_you_mean(*suggestion))]
    UnknownDirective {
        /// The name as written.
        text: String,
        /// The nearest known name.
        suggestion: Option<DirectiveName>,
    },

    /// A known name, not in lower case.
    #[error("directive names are written in lower case: write `{name}` for `{text}`")]
    DirectiveCase {
        /// The name as written.
        text: String,
        /// The name.
        name: DirectiveName,
    },

    // Hosts, schemes, URLs
    /// Nothing where a source or a URL belongs.
    #[error("empty; write {expected}")]
    Empty {
        /// What belongs there.
        expected: &'static str,
    },

    /// A character that the grammar has no place for.
    #[error("`{}` can't stand in {part}; {fix}", character.escape_default())]
    BadCharacter {
        /// The character.
        character: char,
        /// The part in which it stands.
        part: &'static str,
        /// What to write instead.
        fix: &'static str,
    },

    /// `//host`, which browsers drop.
    #[error("`//` without a scheme: write `https://` in front of the host, or the host alone")]
    NoScheme,

    /// A scheme must begin with a letter.
    #[error("`{text}` is no scheme: it begins with a letter, then letters, digits, `+`, `-`, `.`")]
    BadScheme {
        /// The scheme as written.
        text: String,
    },

    /// More behind a scheme than a scheme source or a host source takes, such as `data:image/png`.
    #[error(
        "`{text}` is neither a scheme nor a host: write `{scheme}:` or `{scheme}://` and a host"
    )]
    NotASource {
        /// The source as written.
        text: String,
        /// What stands before the colon.
        scheme: String,
    },

    /// A `*` that isn't the whole leftmost label.
    #[error("`*` may only be the whole host or its first label: write `*.example.com`")]
    BadWildcard,

    /// A label between two dots with nothing in it.
    #[error("empty label in the host; remove the surplus dot")]
    EmptyLabel,

    /// No host behind the scheme.
    #[error(
        "no host after the scheme; write `{scheme}://example.com`, or `{scheme}:` for all hosts"
    )]
    NoHost {
        /// The scheme.
        scheme: String,
    },

    /// An IPv6 address, or another bracketed host.
    #[error("browsers match no IPv6 address; write a host name")]
    Ipv6,

    /// Not a port.
    #[error("`{text}` is no port: write 1 to 65535, or `*` for any")]
    BadPort {
        /// The port as written.
        text: String,
    },

    /// `user@` or `user:password@`.
    #[error(
        "user names and passwords have no place in a source or an origin; remove all up to `@`"
    )]
    UserInfo,

    /// A query or a fragment, which browsers don't compare.
    #[error("browsers ignore `{mark}` and what follows; remove it")]
    QueryOrFragment {
        /// `?` or `#`.
        mark: char,
    },

    /// A `%` without two hexadecimal digits.
    #[error("`%` must be followed by two hexadecimal digits; write `%25` for a percent sign")]
    BadPercent,

    /// An empty segment right at the beginning of a path.
    #[error("a path can't begin with `//`; remove one slash")]
    DoubleSlash,

    /// No scheme, so no absolute URL.
    #[error("`{text}` is no absolute URL; write for example `https://example.com/`")]
    RelativeUrl {
        /// The text as written.
        text: String,
    },

    /// A path, where only scheme, host and port belong.
    #[error("an origin has no path; remove `{text}`")]
    PathInOrigin {
        /// The path.
        text: String,
    },

    /// A host that reads as a number but is no plain IPv4 address.
    #[error("`{text}` ends in a number but is no IPv4 address; write four decimal numbers")]
    BadIpv4 {
        /// The host as written.
        text: String,
    },

    // Sources
    /// A keyword, nonce or hash without its quotes; a browser takes it for a host of that name.
    #[error("`{text}` must be quoted: write `'{}'`", text.to_ascii_lowercase_keyword())]
    NotQuoted {
        /// The word as written.
        text: String,
    },

    /// A digest that `sri` refuses.
    #[error("{0}")]
    BadHash(#[from] SriError),
}

/// Writes a keyword in lower case and leaves what is behind `nonce-` or `sha256-` alone.
trait KeywordCase {
    fn to_ascii_lowercase_keyword(&self) -> String;
}

impl KeywordCase for String {
    fn to_ascii_lowercase_keyword(&self) -> String {
        match self.split_once('-') {
            Some((head, tail)) if super::host::takes_a_value(head) => {
                format!("{}-{tail}", head.to_ascii_lowercase())
            }
            _ => self.to_ascii_lowercase(),
        }
    }
}

fn did_you_mean(suggestion: Option<DirectiveName>) -> String {
    match suggestion {
        Some(name) => format!(", did you mean `{name}`?"),
        None => String::from("; remove it"),
    }
}

/// Messages stay on one line and short, whatever was passed in. Quotes stay as they are: they
/// are what most mistakes are about.
pub(super) fn shorten(text: &str) -> String {
    let mut short = String::new();
    for character in text.chars().take(40) {
        if matches!(character, '\'' | '"' | '\\') {
            short.push(character);
        } else {
            short.extend(character.escape_default());
        }
    }
    if text.chars().nth(40).is_some() {
        short.push_str("...");
    }
    short
}
