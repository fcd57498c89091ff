//! What can be wrong with a policy, with the fix.

use super::{Csp, DirectiveName};
use crate::foreign;
use crate::sri::SriError;

/// What can be wrong with a policy. Each message holds the fix.
///
/// Texts from the input are shortened and escaped.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
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
    #[error("`{}` can't stand in {part}; {fix}", foreign::character(*character))]
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

    // Sources
    /// A keyword, nonce or hash without its quotes; a browser takes it for a host of that name.
    #[error("`{text}` must be quoted: write `'{}'`", keyword_case(text))]
    NotQuoted {
        /// The word as written.
        text: String,
    },

    /// Quotes around a host or a scheme.
    #[error("only keywords, nonces and hashes are quoted: write `{plain}` for `{text}`")]
    Quoted {
        /// The source as written.
        text: String,
        /// The same without its quotes.
        plain: String,
    },

    /// A quote of another kind.
    #[error("`{}` is no quote here: write `'`", foreign::character(*character))]
    WrongQuote {
        /// The character.
        character: char,
    },

    /// The name of a directive among sources.
    #[error("`{name}` is a directive: write `;` before it")]
    MissingSemicolon {
        /// The directive.
        name: DirectiveName,
    },

    /// A quote that isn't closed.
    #[error("`{text}` lacks its closing quote: write `{text}'`")]
    OpenQuote {
        /// The word as written.
        text: String,
    },

    /// A keyword, nonce or hash that isn't in lower case. Browsers take it, other tools don't.
    #[error("keywords are written in lower case: write `'{keyword}'` for `{text}`")]
    KeywordCase {
        /// The word as written.
        text: String,
        /// The keyword.
        keyword: &'static str,
    },

    /// No keyword that browsers heed.
    #[error("unknown keyword `{text}`{}", quoted_suggestion(*suggestion))]
    UnknownKeyword {
        /// The word as written.
        text: String,
        /// The nearest known keyword, without quotes.
        suggestion: Option<&'static str>,
    },

    /// `'trusted-types-eval'`, which isn't written for a reason.
    #[error(
        "`'trusted-types-eval'` can't be used: in Chromium, with `require-trusted-types-for 'script'`, it lets plain strings through `eval` without asking any policy; remove it, or write `'wasm-unsafe-eval'` if only WebAssembly needs it"
    )]
    TrustedTypesEval,

    /// A nonce that is too short.
    #[error(
        "a nonce of {length} characters can be guessed: write at least 22 base64 characters (128 random bits)"
    )]
    ShortNonce {
        /// Its length, not counting `=`.
        length: usize,
    },

    /// A digest that `sri` refuses.
    #[error("{0}")]
    BadHash(#[source] SriError),

    /// A source that browsers ignore in this directive.
    #[error("`{text}` has no effect here: remove it; {belongs}")]
    NoEffect {
        /// The source.
        text: String,
        /// Where it has one.
        belongs: &'static str,
    },

    // Lists
    /// A directive without a source.
    #[error("no sources: write `'none'`")]
    NoSources,

    /// `'none'` beside something else: browsers ignore it then.
    #[error("`'none'` must stand alone: remove it or the others")]
    NoneBeside,

    /// The same source twice, also in another case.
    #[error("`{text}` stands twice: remove one")]
    Duplicate {
        /// The source.
        text: String,
    },

    /// `'strict-dynamic'` alone: it cancels hosts, schemes and `'self'`, so nothing is left.
    #[error("`'strict-dynamic'` needs a nonce or a hash beside it, or no script runs")]
    StrictDynamicAlone,

    /// A source that another one cancels.
    #[error("`{text}` is ignored beside {by}: remove it")]
    Cancelled {
        /// The source.
        text: String,
        /// What cancels it.
        by: &'static str,
    },

    /// `'unsafe-hashes'` without a hash.
    #[error("`'unsafe-hashes'` needs a hash beside it: write the hash, or remove it")]
    UnsafeHashesAlone,

    /// A hash for an attribute, which counts only with `'unsafe-hashes'`.
    #[error("hashes count for attributes only beside `'unsafe-hashes'`: write it too")]
    HashWithoutUnsafeHashes,

    /// A path in `frame-ancestors`.
    #[error("`{text}` has a path, but ancestors are compared by their origin: remove `{path}`")]
    PathInAncestor {
        /// The source.
        text: String,
        /// Its path.
        path: String,
    },

    // Directives
    /// A directive twice, also in another case.
    #[error("set twice; a browser would obey only the first: remove one")]
    DuplicateDirective,

    /// A directive that current browsers ignore.
    #[error("browsers ignore this directive: {fix}")]
    DeadDirective {
        /// What to do instead.
        fix: &'static str,
    },

    /// A value behind a directive that takes none.
    #[error("takes no value: remove `{text}`")]
    UnexpectedValue {
        /// The first word of the value.
        text: String,
    },

    /// Something else than `'script'`.
    #[error("takes `'script'` and nothing else: write `require-trusted-types-for 'script'`")]
    NotScript,

    /// No sandbox token of the standard.
    #[error("unknown sandbox token `{text}`{}", plain_suggestion(*suggestion))]
    UnknownSandboxToken {
        /// The token as written.
        text: String,
        /// The nearest known token.
        suggestion: Option<&'static str>,
    },

    /// A quoted name in `trusted-types`.
    #[error("names of Trusted Types policies are not quoted: write `{plain}`")]
    QuotedPolicyName {
        /// The name without its quotes.
        plain: String,
    },

    /// `*` beside names in `trusted-types`.
    #[error("`*` already admits `{name}`: remove the one or the other")]
    NameBesideAny {
        /// The first name.
        name: String,
    },

    /// `'allow-duplicates'` without a name.
    #[error("`'allow-duplicates'` needs a policy name or `*` beside it: write one, or `'none'`")]
    AllowDuplicatesAlone,

    /// Not one name of an endpoint.
    #[error(
        "takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`"
    )]
    BadEndpoint,

    /// Not a URL to which reports can be sent.
    #[error(
        "`{text}` is no URL that takes reports: write an absolute `https:` URL or a path such as `/csp`"
    )]
    BadReportUri {
        /// The URL as written.
        text: String,
    },

    /// `'report-sha384'` without `report-to`.
    #[error("`{text}` needs `report-to`, or its reports go nowhere: write the name of an endpoint")]
    ReportHashWithoutEndpoint {
        /// The source.
        text: String,
    },

    // The text as a whole
    /// No directive at all.
    #[error("no directives: write at least one, for example `default-src 'none'`")]
    EmptyPolicy,

    /// Nothing between two semicolons.
    #[error("nothing before this `;`: remove it")]
    EmptyDirective,

    /// A comma, which ends a policy in a header.
    #[error(
        "`,` begins another policy, and a browser enforces each by itself: write `;` between directives, a space between sources, `%2C` in a path"
    )]
    Comma,

    /// A control character; in a header it would end the line or be refused.
    #[error("control character `{}` in the policy: write a space", foreign::character(*character))]
    Control {
        /// The character.
        character: char,
    },

    /// More than [`Csp::MAX_LEN`](super::Csp::MAX_LEN) bytes.
    #[error(
        "the policy is {len} bytes long, servers and proxies stop at {}: remove sources",
        Csp::MAX_LEN
    )]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },

    /// A value is asked for while a nonce is still to be filled in.
    #[error("the policy has a slot for a nonce: fill it for each response, between the pieces")]
    NonceSlot,

    /// A text that no header can hold.
    #[error(
        "the policy holds characters that no header can hold: remove what isn't printable ASCII"
    )]
    NotDeliverable,
}

crate::errors::debug_is_display!(CspFault);

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
