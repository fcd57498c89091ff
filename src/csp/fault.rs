//! Everything that can be wrong with a Content Security Policy, with the fix.

use std::fmt;

use super::{Csp, DirectiveName};
use crate::foreign;
use crate::sri::SriError;

/// What is wrong, with the message, which holds the fix. Texts from the input are shortened and
/// escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CspFault {
    // Names
    #[error("unknown directive `{text}`{}", did_you_mean(*suggestion))]
    UnknownDirective {
        text: String,
        suggestion: Option<DirectiveName>,
    },

    #[error("directive names are written in lower case: write `{name}` for `{text}`")]
    DirectiveCase { text: String, name: DirectiveName },

    // Hosts, schemes, URLs
    #[error("empty; write {expected}")]
    Empty { expected: &'static str },

    #[error("`{}` isn't allowed in {part}; {fix}", foreign::character(*character))]
    BadCharacter {
        character: char,
        part: &'static str,
        fix: &'static str,
    },

    #[error("`//` without a scheme: write `https://` in front of the host, or the host alone")]
    NoScheme,

    #[error(
        "`{text}` is not a scheme: it begins with a letter, then letters, digits, `+`, `-`, `.`"
    )]
    BadScheme { text: String },

    #[error(
        "`{text}` is neither a scheme nor a host: write `{scheme}:` or `{scheme}://` and a host"
    )]
    NotASource { text: String, scheme: String },

    #[error("`*` may only be the whole host or its first label: write `*.example.com`")]
    BadWildcard,

    #[error("empty label in the host; remove the surplus dot")]
    EmptyLabel,

    #[error(
        "no host after the scheme; write `{scheme}://example.com`, or `{scheme}:` for all hosts"
    )]
    NoHost { scheme: String },

    #[error("browsers match no IPv6 address; write a host name")]
    Ipv6,

    #[error("`{text}` is not a port: write 1 to 65535, or `*` for any")]
    BadPort { text: String },

    #[error(
        "user names and passwords are not allowed in a source or an origin; remove everything up to `@`"
    )]
    UserInfo,

    #[error("browsers ignore `{mark}` and what follows; remove it")]
    QueryOrFragment { mark: char },

    #[error("`%` must be followed by two hexadecimal digits; write `%25` for a percent sign")]
    BadPercent,

    #[error("a path can't begin with `//`; remove one slash")]
    DoubleSlash,

    // Sources
    #[error("`{text}` must be quoted: write `'{}'`", keyword_case(text))]
    NotQuoted { text: String },

    #[error("only keywords, nonces and hashes are quoted: write `{plain}` for `{text}`")]
    Quoted { text: String, plain: String },

    #[error("`{}` is not a quote here: write `'`", foreign::character(*character))]
    WrongQuote { character: char },

    #[error("`{name}` is a directive: write `;` before it")]
    MissingSemicolon { name: DirectiveName },

    #[error("`{text}` lacks its closing quote: write `{text}'`")]
    OpenQuote { text: String },

    #[error("keywords are written in lower case: write `'{keyword}'` for `{text}`")]
    KeywordCase { text: String, keyword: &'static str },

    #[error("unknown keyword `{text}`{}", quoted_suggestion(*suggestion))]
    UnknownKeyword {
        text: String,
        suggestion: Option<&'static str>,
    },

    #[error(
        "`'trusted-types-eval'` can't be used: in Chromium, with `require-trusted-types-for 'script'`, it lets plain strings through `eval` without asking any policy; remove it, or write `'wasm-unsafe-eval'` if only WebAssembly needs it"
    )]
    TrustedTypesEval,

    #[error(
        "a nonce of {length} characters can be guessed: write at least 22 base64 characters (128 random bits)"
    )]
    ShortNonce { length: usize },

    #[error("{0}")]
    BadHash(#[source] SriError),

    #[error("`{text}` has no effect here: remove it; {belongs}")]
    NoEffect { text: String, belongs: &'static str },

    // Lists
    #[error("no sources: write `'none'`")]
    NoSources,

    #[error("`'none'` must stand alone: remove it or the others")]
    NoneBeside,

    #[error("`{text}` appears twice: remove one")]
    Duplicate { text: String },

    #[error("`'strict-dynamic'` needs a nonce or a hash next to it, or no script runs")]
    StrictDynamicAlone,

    #[error("`{text}` is ignored next to {by}: remove it")]
    Cancelled { text: String, by: &'static str },

    #[error("`'unsafe-hashes'` needs a hash next to it: write the hash, or remove it")]
    UnsafeHashesAlone,

    #[error("hashes apply to attributes only together with `'unsafe-hashes'`: write it too")]
    HashWithoutUnsafeHashes,

    #[error("`{text}` has a path, but ancestors are compared by their origin: remove `{path}`")]
    PathInAncestor { text: String, path: String },

    // Directives
    #[error("set twice; a browser would obey only the first: remove one")]
    DuplicateDirective,

    #[error("browsers ignore this directive: {fix}")]
    DeadDirective { fix: &'static str },

    #[error("takes no value: remove `{text}`")]
    UnexpectedValue { text: String },

    #[error("takes `'script'` and nothing else: write `require-trusted-types-for 'script'`")]
    NotScript,

    #[error("unknown sandbox token `{text}`{}", plain_suggestion(*suggestion))]
    UnknownSandboxToken {
        text: String,
        suggestion: Option<&'static str>,
    },

    #[error("names of Trusted Types policies are not quoted: write `{plain}`")]
    QuotedPolicyName { plain: String },

    #[error("`*` already admits `{name}`: remove one or the other")]
    NameBesideAny { name: String },

    #[error("`'allow-duplicates'` needs a policy name or `*` next to it: write one, or `'none'`")]
    AllowDuplicatesAlone,

    #[error(
        "takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`"
    )]
    BadEndpoint,

    #[error(
        "`{text}` can't receive reports: write an absolute `https:` URL or a path such as `/csp`"
    )]
    BadReportUri { text: String },

    #[error("`{text}` needs `report-to`, or its reports go nowhere: write the name of an endpoint")]
    ReportHashWithoutEndpoint { text: String },

    // The text as a whole
    #[error("no directives: write at least one, for example `default-src 'none'`")]
    EmptyPolicy,

    #[error("nothing before this `;`: remove it")]
    EmptyDirective,

    #[error(
        "`,` begins another policy, and a browser enforces each by itself: write `;` between directives, a space between sources, `%2C` in a path"
    )]
    Comma,

    #[error("control character `{}` in the policy: write a space", foreign::character(*character))]
    Control { character: char },

    #[error("{0}: remove sources")]
    TooLong(TooLong),

    #[error("the policy has a slot for a nonce: fill it for each response, between the pieces")]
    NonceSlot,

    #[error(
        "the policy has characters that no header can carry: remove whatever isn't printable ASCII"
    )]
    NotDeliverable,
}

/// How long a policy is, and what takes the most of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(super) len: usize,
    pub(crate) longest: DirectiveName,
    /// How long the value of that one is.
    pub(super) of_it: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            len,
            longest,
            of_it,
        } = self;
        let most = Csp::MAX_LEN;
        write!(
            f,
            "the policy is {len} bytes long, and servers and proxies stop at {most}; {longest} has {of_it} of them"
        )
    }
}

/// What a [`CspError`](super::CspError) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CspErrorKind {
    /// A directive, a keyword or a token that isn't known, or not in this spelling.
    Name,
    /// The form of a directive, of a word or of the whole text.
    Syntax,
    /// A scheme, a host, a port or a path that no source can have.
    Source,
    /// A nonce that can be guessed, or an invalid hash.
    Secret,
    /// Something that browsers ignore: next to something else, in this place, or nowadays.
    NoEffect,
    /// Things that do not go together, or are not enough alone.
    Combination,
    /// Something that no header can carry, or that servers don't accept.
    Delivery,
}

impl CspFault {
    pub(super) const fn kind(&self) -> CspErrorKind {
        match self {
            Self::UnknownDirective { .. }
            | Self::DirectiveCase { .. }
            | Self::UnknownKeyword { .. }
            | Self::KeywordCase { .. }
            | Self::TrustedTypesEval
            | Self::UnknownSandboxToken { .. } => CspErrorKind::Name,
            Self::BadCharacter { .. }
            | Self::NoScheme
            | Self::BadScheme { .. }
            | Self::NotASource { .. }
            | Self::BadWildcard
            | Self::EmptyLabel
            | Self::NoHost { .. }
            | Self::Ipv6
            | Self::BadPort { .. }
            | Self::UserInfo
            | Self::QueryOrFragment { .. }
            | Self::BadPercent
            | Self::DoubleSlash
            | Self::PathInAncestor { .. } => CspErrorKind::Source,
            Self::ShortNonce { .. } | Self::BadHash(_) => CspErrorKind::Secret,
            Self::NoEffect { .. }
            | Self::Duplicate { .. }
            | Self::Cancelled { .. }
            | Self::DuplicateDirective
            | Self::DeadDirective { .. } => CspErrorKind::NoEffect,
            Self::NoSources
            | Self::NoneBeside
            | Self::StrictDynamicAlone
            | Self::UnsafeHashesAlone
            | Self::HashWithoutUnsafeHashes
            | Self::NameBesideAny { .. }
            | Self::AllowDuplicatesAlone
            | Self::ReportHashWithoutEndpoint { .. } => CspErrorKind::Combination,
            Self::TooLong(_) | Self::NonceSlot | Self::NotDeliverable => CspErrorKind::Delivery,
            _ => CspErrorKind::Syntax,
        }
    }
}

/// Writes a keyword in lower case and leaves what is behind `nonce-` or `sha256-` alone.
fn keyword_case(text: &str) -> String {
    match text.split_once('-') {
        Some((head, tail)) if super::keyword::takes_a_value(head) => {
            format!("{}-{tail}", head.to_ascii_lowercase())
        }
        _ => text.to_ascii_lowercase(),
    }
}

fn did_you_mean(suggestion: Option<DirectiveName>) -> String {
    plain_suggestion(suggestion.map(DirectiveName::as_str))
}

fn plain_suggestion(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!(", did you mean `{name}`?"),
        None => String::from(": remove it"),
    }
}

fn quoted_suggestion(suggestion: Option<&str>) -> String {
    plain_suggestion(suggestion.map(|keyword| format!("'{keyword}'")).as_deref())
}
