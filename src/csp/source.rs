//! Sources by class: each directive takes only those that browsers heed in it.

use std::fmt;
use std::str::FromStr;

use super::keyword::{is_unquoted_keyword, takes_a_value};
use super::{CspError, CspFault, HostSource, Keyword, NonceSource, SchemeSource};
use crate::foreign;
use crate::sri::{Algorithm, Digest, SriError};
use crate::suggest;

/// Any source at all: what is read before it is known whether the directive takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnySource {
    SelfOrigin,
    Scheme(SchemeSource),
    Host(HostSource),
    Nonce(NonceSource),
    Hash(Digest),
    /// Any but `'trusted-types-eval'`.
    Keyword(Keyword),
}

/// Words of older drafts and of single browsers that mean one of today's keywords.
const FORMER: [(&str, &str); 4] = [
    ("wasm-eval", "wasm-unsafe-eval"),
    ("unsafe-hashed-attributes", "unsafe-hashes"),
    ("unsafe-dynamic", "strict-dynamic"),
    ("inline", "unsafe-inline"),
];

impl AnySource {
    /// Reads one source strictly. Positions count from the beginning of `text`.
    pub(super) fn read(text: &str) -> Result<Self, CspError> {
        let bad = text.char_indices().find_map(|(position, character)| {
            let fix = match character {
                c if c.is_whitespace() || c.is_control() => "write each source by itself",
                // In a path the host's own error says how to encode it.
                ';' | ',' if text.starts_with('\'') => "it would begin another directive or policy",
                _ => return None,
            };
            Some((position, character, fix))
        });
        if let Some((position, character, fix)) = bad {
            return Err(CspError::from(CspFault::BadCharacter {
                character,
                part: "a source",
                fix,
            })
            .at(position));
        }
        if let Some(quoted) = text.strip_prefix('\'') {
            return match quoted.strip_suffix('\'') {
                Some(word) => read_quoted(word, text),
                None => Err(CspError::from(CspFault::OpenQuote {
                    text: foreign::word(text),
                })
                .at(0)),
            };
        }
        match text.chars().next() {
            Some(
                character @ ('"' | '`' | '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{201a}'
                | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2032}'),
            ) => {
                return Err(CspError::from(CspFault::WrongQuote { character }).at(0));
            }
            _ if is_unquoted_keyword(text) => {
                return Err(CspError::from(CspFault::NotQuoted {
                    text: foreign::word(text),
                })
                .at(0));
            }
            _ => {}
        }
        match text.strip_suffix(':') {
            Some(scheme) if !scheme.contains(['/', ':']) => text.parse().map(Self::Scheme),
            _ => text.parse().map(Self::Host),
        }
    }

    /// What to do with this source in a directive that doesn't heed it.
    pub(super) fn belongs(&self) -> &'static str {
        match self {
            Self::SelfOrigin | Self::Scheme(_) | Self::Host(_) => {
                "attributes have no URL, so only hashes and `'unsafe-inline'` can allow them"
            }
            Self::Nonce(_) => {
                "nonces count in `script-src`, `script-src-elem`, `style-src`, `style-src-elem` and `default-src`"
            }
            Self::Hash(_) => "hashes count in `script-src`, `style-src` and `default-src`",
            Self::Keyword(
                Keyword::UnsafeInline | Keyword::UnsafeHashes | Keyword::ReportSample,
            ) => "it counts in `script-src`, `style-src` and `default-src`",
            Self::Keyword(_) => "it counts in `script-src` and `default-src`",
        }
    }
}

fn read_quoted(word: &str, text: &str) -> Result<AnySource, CspError> {
    let lower = word.to_ascii_lowercase();
    let known = match Keyword::effective(word) {
        None if lower == "self" => Some(("self", AnySource::SelfOrigin)),
        found => found.map(|keyword| (keyword.word(), AnySource::Keyword(keyword))),
    };
    let fault = match (known, lower.as_str()) {
        (Some((_, AnySource::Keyword(Keyword::TrustedTypesEval))), _) => CspFault::TrustedTypesEval,
        (Some((keyword, source)), _) if keyword == word => return Ok(source),
        (Some((keyword, _)), _) => CspFault::KeywordCase {
            text: foreign::word(text),
            keyword,
        },
        (None, "none") => CspFault::NoneBeside,
        _ => match word.split_once('-') {
            Some(("nonce", value)) => return read_nonce(value),
            Some(("sha256" | "sha384" | "sha512", _)) => {
                return word
                    .parse()
                    .map(AnySource::Hash)
                    .map_err(|error: SriError| bad_hash(error, word));
            }
            Some((head, _)) if takes_a_value(head) => CspFault::KeywordCase {
                text: foreign::word(text),
                keyword: match lower.split_once('-') {
                    Some(("nonce", _)) => "nonce-...",
                    Some(("sha256", _)) => "sha256-...",
                    Some(("sha384", _)) => "sha384-...",
                    _ => "sha512-...",
                },
            },
            _ if word.contains(['.', ':', '*']) => CspFault::Quoted {
                text: foreign::word(text),
                plain: foreign::word(word),
            },
            _ => CspFault::UnknownKeyword {
                text: foreign::word(text),
                suggestion: FORMER
                    .iter()
                    .find(|(former, _)| *former == lower)
                    .map(|(_, today)| *today)
                    .or_else(|| {
                        let written = Keyword::ALL
                            .into_iter()
                            .filter(|keyword| *keyword != Keyword::TrustedTypesEval);
                        suggest::nearest(word, written.map(Keyword::word).chain(["self"]))
                    }),
            },
        },
    };
    Err(CspError::from(fault).at(0))
}

fn read_nonce(value: &str) -> Result<AnySource, CspError> {
    if value == NonceSource::SLOT {
        return Ok(AnySource::Nonce(NonceSource::PerResponse));
    }
    value
        .parse()
        .map(|value| AnySource::Nonce(NonceSource::Value(value)))
        // Behind the quote and `nonce-`.
        .map_err(|error: CspError| error.shifted(7))
}

fn bad_hash(error: SriError, word: &str) -> CspError {
    // The digest begins behind the quote, the algorithm and the hyphen; the error's own position
    // is counted from the algorithm.
    let digest = 1 + word.find('-').map_or(0, |hyphen| hyphen + 1);
    CspError::from(CspFault::BadHash(error.shifted(1))).at(digest)
}

impl fmt::Display for AnySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => scheme.fmt(f),
            Self::Host(host) => host.fmt(f),
            Self::Nonce(nonce) => nonce.fmt(f),
            Self::Hash(digest) => write!(f, "'{digest}'"),
            Self::SelfOrigin => f.write_str("'self'"),
            Self::Keyword(keyword) => keyword.fmt(f),
        }
    }
}

/// A class of sources: the enum of those that browsers heed in some directives.
pub(super) trait SourceClass: Sized {
    fn widen(&self) -> AnySource;
    fn narrow(source: AnySource) -> Result<Self, CspFault>;
}

macro_rules! source_class {
    (
        $(#[$attribute:meta])*
        $class:ident { $($variant:ident $(($inside:ident: $type:ty))?,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $class {
            $(
                #[doc = source_class!(@doc $variant)]
                $variant $(($type))?,
            )*
        }

        impl SourceClass for $class {
            fn widen(&self) -> AnySource {
                match self {
                    $(Self::$variant $(($inside))? => {
                        $(let $inside = $inside.clone();)?
                        source_class!(@any $variant $($inside)?)
                    })*
                }
            }

            fn narrow(source: AnySource) -> Result<Self, CspFault> {
                #[allow(unreachable_patterns)] // reached by the classes that lack some source
                match source {
                    $(source_class!(@any $variant $($inside)?) => Ok(Self::$variant $(($inside))?),)*
                    other => Err(CspFault::NoEffect {
                        text: foreign::word(&other.to_string()),
                        belongs: other.belongs(),
                    }),
                }
            }
        }

        impl fmt::Display for $class {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.widen().fmt(f)
            }
        }

        impl FromStr for $class {
            type Err = CspError;

            /// Reads one source strictly.
            ///
            /// # Errors
            /// * `"self"`, `"nonce-..."`: not quoted
            /// * `"'SELF'"`, `"'bogus'"`, `"'self"`, `"\"self\""`: not a keyword
            /// * `"'none'"`: not a source; use [`Sources::none`](super::Sources::none)
            /// * a host, hash or nonce that its own type refuses
            /// * a source that has no effect in the directives of this class
            fn from_str(text: &str) -> Result<Self, CspError> {
                Self::narrow(AnySource::read(text)?).map_err(|fault| CspError::from(fault).at(0))
            }
        }

        #[cfg(feature = "serde")]
        crate::serde_text::as_text!($class, "a CSP source such as `'self'` or `https://example.com`");
    };
    (@any SelfOrigin) => { AnySource::SelfOrigin };
    (@any ReportHash $inside:ident) => { AnySource::Keyword(Keyword::ReportHash($inside)) };
    (@any $variant:ident $inside:ident) => { AnySource::$variant($inside) };
    (@any $variant:ident) => { AnySource::Keyword(Keyword::$variant) };
    (@doc SelfOrigin) => { "`'self'`: the page's own origin." };
    (@doc Scheme) => { "Every URL of a scheme, such as `data:`." };
    (@doc Host) => { "A host, with or without scheme, port and path." };
    (@doc Nonce) => { "`'nonce-...'`: elements that carry the nonce." };
    (@doc Hash) => { "`'sha384-...'`: content with this digest." };
    (@doc StrictDynamic) => { "`'strict-dynamic'`: also what an allowed script adds. Needs a nonce or a hash next to it." };
    (@doc UnsafeInline) => { "`'unsafe-inline'`: all inline content. Takes no nonce and no hash next to it." };
    (@doc UnsafeEval) => { "`'unsafe-eval'`: `eval` and its kin, and WebAssembly." };
    (@doc WasmUnsafeEval) => { "`'wasm-unsafe-eval'`: compiling WebAssembly, without `eval`." };
    (@doc UnsafeHashes) => { "`'unsafe-hashes'`: hashes count for attributes too. Needs a hash next to it." };
    (@doc InlineSpeculationRules) => { "`'inline-speculation-rules'`: inline speculation rules (Chromium)." };
    (@doc ReportSample) => { "`'report-sample'`: reports hold the beginning of what was blocked." };
    (@doc ReportHash) => { "`'report-sha384'`: the browser reports the digest of every script that it loads." };
}

source_class! {
    /// A source of `default-src`: all that any directive that falls back to it takes.
    ///
    /// ```
    /// use tower_visor::csp::{Csp, DefaultSource};
    ///
    /// let csp = Csp::builder().default_src([DefaultSource::SelfOrigin]).build()?;
    /// assert_eq!(csp.to_string(), "default-src 'self'");
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    DefaultSource {
        SelfOrigin,
        Scheme(scheme: SchemeSource),
        Host(host: HostSource),
        Nonce(nonce: NonceSource),
        Hash(digest: Digest),
        StrictDynamic,
        UnsafeInline,
        UnsafeEval,
        WasmUnsafeEval,
        UnsafeHashes,
        InlineSpeculationRules,
        ReportSample,
        ReportHash(algorithm: Algorithm),
    }
}

source_class! {
    /// A source of `script-src` and `script-src-elem`.
    ///
    /// There is no `'trusted-types-eval'`: in Chromium, together with
    /// `require-trusted-types-for 'script'`, it lets plain strings through `eval` without asking
    /// any policy. The effective reading knows it.
    ///
    /// ```
    /// use tower_visor::csp::ScriptSource;
    /// use tower_visor::sri::{Algorithm, Digest};
    ///
    /// let hash = ScriptSource::Hash(Digest::of(Algorithm::Sha256, b""));
    /// assert_eq!(hash.to_string(), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    /// assert_eq!("'wasm-unsafe-eval'".parse(), Ok(ScriptSource::WasmUnsafeEval));
    /// assert_eq!(
    ///     "'unsafe-evil'".parse::<ScriptSource>().unwrap_err().to_string(),
    ///     "byte 0: unknown keyword `'unsafe-evil'`, did you mean `'unsafe-eval'`?",
    /// );
    /// ```
    ScriptSource {
        SelfOrigin,
        Scheme(scheme: SchemeSource),
        Host(host: HostSource),
        Nonce(nonce: NonceSource),
        Hash(digest: Digest),
        StrictDynamic,
        UnsafeInline,
        UnsafeEval,
        WasmUnsafeEval,
        UnsafeHashes,
        InlineSpeculationRules,
        ReportSample,
        ReportHash(algorithm: Algorithm),
    }
}

source_class! {
    /// A source of `script-src-attr`, which governs inline event handlers.
    ///
    /// Handlers have neither a URL nor a nonce, so only hashes (with `'unsafe-hashes'`) and
    /// `'unsafe-inline'` can allow one.
    ///
    /// ```
    /// use tower_visor::csp::ScriptAttrSource;
    ///
    /// assert_eq!(
    ///     "'self'".parse::<ScriptAttrSource>().unwrap_err().to_string(),
    ///     "byte 0: `'self'` has no effect here: remove it; attributes have no URL, so only hashes and `'unsafe-inline'` can allow them",
    /// );
    /// ```
    ScriptAttrSource {
        Hash(digest: Digest),
        UnsafeHashes,
        UnsafeInline,
        ReportSample,
    }
}

source_class! {
    /// A source of `style-src` and `style-src-elem`.
    ///
    /// ```
    /// use tower_visor::csp::{NonceSource, StyleSource};
    ///
    /// assert_eq!("'nonce-{nonce}'".parse(), Ok(StyleSource::Nonce(NonceSource::PerResponse)));
    /// assert!("'strict-dynamic'".parse::<StyleSource>().is_err());
    /// ```
    StyleSource {
        SelfOrigin,
        Scheme(scheme: SchemeSource),
        Host(host: HostSource),
        Nonce(nonce: NonceSource),
        Hash(digest: Digest),
        UnsafeInline,
        UnsafeHashes,
        ReportSample,
    }
}

source_class! {
    /// A source of `style-src-attr`, which governs `style` attributes.
    ///
    /// ```
    /// use tower_visor::csp::StyleAttrSource;
    ///
    /// assert_eq!("'unsafe-hashes'".parse(), Ok(StyleAttrSource::UnsafeHashes));
    /// assert!("https:".parse::<StyleAttrSource>().is_err());
    /// ```
    StyleAttrSource {
        Hash(digest: Digest),
        UnsafeHashes,
        UnsafeInline,
        ReportSample,
    }
}

source_class! {
    /// A source of the directives that compare URLs and nothing else: `img-src`, `connect-src`,
    /// `font-src`, `media-src`, `object-src`, `manifest-src`, `child-src`, `frame-src`,
    /// `fenced-frame-src`, `worker-src`, `base-uri` and `form-action`.
    ///
    /// ```
    /// use tower_visor::csp::{FetchSource, SchemeSource};
    ///
    /// assert_eq!("data:".parse(), Ok(FetchSource::Scheme(SchemeSource::DATA)));
    /// assert_eq!(
    ///     "'nonce-4AEemGb0xJptoIGFP3Nd5w=='".parse::<FetchSource>().unwrap_err().to_string(),
    ///     "byte 0: `'nonce-4AEemGb0xJptoIGFP3Nd5w=='` has no effect here: remove it; nonces count in \
    ///      `script-src`, `script-src-elem`, `style-src`, `style-src-elem` and `default-src`",
    /// );
    /// ```
    FetchSource {
        SelfOrigin,
        Scheme(scheme: SchemeSource),
        Host(host: HostSource),
    }
}

source_class! {
    /// A source of `frame-ancestors`: the origins that may frame the page. A host has no path
    /// here, since browsers compare it with origins.
    ///
    /// ```
    /// use tower_visor::csp::AncestorSource;
    ///
    /// assert_eq!("'self'".parse(), Ok(AncestorSource::SelfOrigin));
    /// ```
    AncestorSource {
        SelfOrigin,
        Scheme(scheme: SchemeSource),
        Host(host: HostSource),
    }
}
