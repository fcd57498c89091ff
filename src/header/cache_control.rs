//! `Cache-Control`, of responses.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::HeaderName;

use super::HeaderError;
use super::text::{Part, as_header, parts, printable, split};
use crate::foreign;

const HEADER: &str = "cache-control";
const EXAMPLE: &str = "no-store";
/// RFC 9111, section 1.2.2: what a cache counts a larger number as.
const MOST_SECONDS: u64 = 2_147_483_648;

/// A directive of [`CacheControl`]. Numbers are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CacheDirective {
    /// `public`: shared caches may keep it.
    Public,
    /// `private`: only the browser may keep it.
    Private,
    /// `no-store`: nobody may keep it.
    NoStore,
    /// `no-cache`: revalidate before it is used again.
    NoCache,
    /// `max-age`: it is fresh for so long.
    MaxAge(u32),
    /// `s-maxage`: the same for shared caches.
    SMaxAge(u32),
    /// `must-revalidate`: once stale, ask before it is used.
    MustRevalidate,
    /// `proxy-revalidate`: the same for shared caches.
    ProxyRevalidate,
    /// `must-understand`: keep it only if the status code is understood.
    MustUnderstand,
    /// `immutable` ([RFC 8246](https://www.rfc-editor.org/rfc/rfc8246)): while fresh it doesn't
    /// change, not even on reload.
    Immutable,
    /// `no-transform`: nobody in between may change the bytes. Anything with a digest needs it.
    NoTransform,
    /// `stale-while-revalidate` ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861)).
    StaleWhileRevalidate(u32),
    /// `stale-if-error` (RFC 5861).
    StaleIfError(u32),
}

impl CacheDirective {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::NoStore => "no-store",
            Self::NoCache => "no-cache",
            Self::MaxAge(_) => "max-age",
            Self::SMaxAge(_) => "s-maxage",
            Self::MustRevalidate => "must-revalidate",
            Self::ProxyRevalidate => "proxy-revalidate",
            Self::MustUnderstand => "must-understand",
            Self::Immutable => "immutable",
            Self::NoTransform => "no-transform",
            Self::StaleWhileRevalidate(_) => "stale-while-revalidate",
            Self::StaleIfError(_) => "stale-if-error",
        }
    }

    /// The number of seconds, for those that have one.
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Self::MaxAge(seconds)
            | Self::SMaxAge(seconds)
            | Self::StaleWhileRevalidate(seconds)
            | Self::StaleIfError(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// The directive of this name, in lower case; with these seconds, if it has any.
    fn named(name: &str, seconds: u32) -> Option<Self> {
        let mut all = Self::all(seconds).into_iter();
        all.find(|directive| directive.name() == name)
    }

    const fn all(seconds: u32) -> [Self; 13] {
        [
            Self::Public,
            Self::Private,
            Self::NoStore,
            Self::NoCache,
            Self::MaxAge(seconds),
            Self::SMaxAge(seconds),
            Self::MustRevalidate,
            Self::ProxyRevalidate,
            Self::MustUnderstand,
            Self::Immutable,
            Self::NoTransform,
            Self::StaleWhileRevalidate(seconds),
            Self::StaleIfError(seconds),
        ]
    }
}

impl fmt::Display for CacheDirective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.seconds() {
            None => Ok(()),
            Some(seconds) => write!(f, "={seconds}"),
        }
    }
}

/// `Cache-Control` of a response: who may keep it, and for how long.
///
/// Grammar: directives separated by commas, some with a number of seconds. Example:
/// `public, max-age=31536000, immutable, no-transform`. Specification: [RFC 9111, section 5.2.2].
/// Obeyed by browsers, proxies and CDNs; `immutable` by Firefox 49 and Safari 11, while Chrome
/// ignores it.
///
/// Directives are kept as written, without contradictions.
///
/// ```
/// use tower_visor::header::CacheControl;
///
/// assert_eq!(CacheControl::NO_STORE.to_string(), "no-store");
/// assert_eq!(
///     "no-store, max-age=3600".parse::<CacheControl>().unwrap_err().to_string(),
///     "cache-control: `no-store` contradicts `max-age=3600`; keep one of them, caches obey no-store",
/// );
/// ```
///
/// [RFC 9111, section 5.2.2]: https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheControl {
    /// Never empty.
    directives: Cow<'static, [CacheDirective]>,
}

impl CacheControl {
    /// The header's name.
    pub const NAME: HeaderName = http::header::CACHE_CONTROL;

    /// `no-store`: for pages that hold a nonce or a token, and for answers about a person.
    pub const NO_STORE: Self = Self {
        directives: Cow::Borrowed(&[CacheDirective::NoStore]),
    };

    /// `no-cache`: kept, but revalidated each time. For files whose name stays the same when they change.
    pub const NO_CACHE: Self = Self {
        directives: Cow::Borrowed(&[CacheDirective::NoCache]),
    };

    /// `no-cache, no-transform`: the same for files whose bytes are pinned.
    pub const NO_CACHE_NO_TRANSFORM: Self = Self {
        directives: Cow::Borrowed(&[CacheDirective::NoCache, CacheDirective::NoTransform]),
    };

    /// `public, max-age=31536000, immutable, no-transform`: for files whose URL holds their digest
    /// or version.
    pub const IMMUTABLE_YEAR: Self = Self {
        directives: Cow::Borrowed(&[
            CacheDirective::Public,
            CacheDirective::MaxAge(31_536_000),
            CacheDirective::Immutable,
            CacheDirective::NoTransform,
        ]),
    };

    /// A value with these directives, in this order.
    ///
    /// # Errors
    /// If there is none, if one appears twice, or if two contradict each other: `no-store` with
    /// anything that lets a cache keep the response (`max-age=0` is harmless there), `public` with
    /// `private`, `s-maxage` with `private`, `immutable` with `no-cache` or without a time.
    pub fn new(directives: impl IntoIterator<Item = CacheDirective>) -> Result<Self, HeaderError> {
        let directives: Vec<CacheDirective> = directives.into_iter().collect();
        for (index, directive) in directives.iter().enumerate() {
            let before = directives.get(..index).unwrap_or_default();
            if before.iter().any(|other| other.name() == directive.name()) {
                return Err(twice(0, directive.name()));
            }
            if directive
                .seconds()
                .is_some_and(|s| u64::from(s) > MOST_SECONDS)
            {
                return Err(bad_seconds(0, &directive.to_string()));
            }
        }
        if directives.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        no_contradiction(&directives)?;
        Ok(Self {
            directives: directives.into(),
        })
    }

    /// The directives, in order.
    pub fn directives(&self) -> &[CacheDirective] {
        &self.directives
    }

    /// Whether nobody may keep the response.
    pub fn forbids_storing(&self) -> bool {
        self.directives.contains(&CacheDirective::NoStore)
    }

    /// Whether a shared cache may keep the response and give it to others.
    pub fn allows_sharing(&self) -> bool {
        !self
            .directives
            .iter()
            .any(|directive| matches!(directive, CacheDirective::NoStore | CacheDirective::Private))
    }

    /// What caches obey: all directives of all headers, names in any case; of two with the same
    /// name the first counts. Never fails.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> EffectiveCacheControl {
        EffectiveCacheControl::read(&split(values).unwrap_or_default())
    }
}

fn no_contradiction(directives: &[CacheDirective]) -> Result<(), HeaderError> {
    use CacheDirective as D;
    let conflict = |first: D, second: &D, fix| {
        let what = format!("`{first}` contradicts `{second}`; {fix}");
        Err(HeaderError::contradiction(HEADER, what))
    };
    let has = |directive: D| directives.contains(&directive);
    for directive in directives {
        match directive {
            D::Public
            | D::Immutable
            | D::MaxAge(1..)
            | D::SMaxAge(1..)
            | D::StaleWhileRevalidate(_)
            | D::StaleIfError(_)
                if has(D::NoStore) =>
            {
                return conflict(
                    D::NoStore,
                    directive,
                    "keep one of them, caches obey no-store",
                );
            }
            D::Public | D::SMaxAge(_) | D::ProxyRevalidate if has(D::Private) => {
                return conflict(
                    D::Private,
                    directive,
                    "keep one of them, shared caches obey private",
                );
            }
            D::Immutable if has(D::NoCache) => {
                return conflict(
                    D::NoCache,
                    directive,
                    "keep one of them: ask each time, or never",
                );
            }
            D::MaxAge(0) if has(D::Immutable) => {
                return conflict(
                    D::Immutable,
                    directive,
                    "give it a time, immutable holds while the response is fresh",
                );
            }
            D::Immutable if !directives.iter().any(|d| matches!(d, D::MaxAge(_))) => {
                return Err(HeaderError::missing(
                    HEADER,
                    "max-age",
                    "max-age=31536000, immutable",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

impl fmt::Display for CacheControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, directive) in self.directives.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{directive}")?;
        }
        Ok(())
    }
}

impl FromStr for CacheControl {
    type Err = HeaderError;

    /// Reads a value, strictly. Names may be in any case.
    ///
    /// # Errors
    /// * `""`: empty; `"no-store,"`: an empty directive
    /// * `"no-stor"`: unknown
    /// * `"max-age=1.5"`, `"max-age=\"60\""`, `"max-age"`: not whole seconds
    /// * `"no-store=1"`, `"private=\"set-cookie\""`: a value where none belongs
    /// * `"max-age=1, max-age=2"`: the same directive twice
    /// * contradictions, as [`new`](Self::new)
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        if text.trim().is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        let mut directives: Vec<CacheDirective> = Vec::new();
        for part in parts(text, ',') {
            let directive = read_directive(&part)?;
            if directives.iter().any(|d| d.name() == directive.name()) {
                return Err(twice(part.position, directive.name()));
            }
            directives.push(directive);
        }
        Self::new(directives)
    }
}

as_header!(CacheControl, "a Cache-Control such as `no-store`");

fn read_directive(part: &Part<'_>) -> Result<CacheDirective, HeaderError> {
    let Part {
        position,
        text,
        value,
        ..
    } = *part;
    let name = part.name.to_ascii_lowercase();
    if name.is_empty() {
        return Err(HeaderError::malformed(
            HEADER,
            position,
            "an empty directive",
            "remove the comma",
        ));
    }
    let Some(directive) = CacheDirective::named(&name, 0) else {
        let names = CacheDirective::all(0).map(CacheDirective::name);
        return Err(HeaderError::unknown(
            HEADER,
            position,
            "directive",
            &name,
            &names,
        ));
    };
    match (directive.seconds(), value) {
        (None, None) => Ok(directive),
        (None, Some(_)) => Err(HeaderError::malformed(
            HEADER,
            position,
            format!("`{}` has a value", foreign::word(text)),
            format!("write `{directive}` alone"),
        )),
        (Some(_), value) => value
            .filter(|value| value.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|value| value.parse::<u32>().ok())
            .filter(|seconds| u64::from(*seconds) <= MOST_SECONDS)
            .and_then(|seconds| CacheDirective::named(&name, seconds))
            .ok_or_else(|| bad_seconds(position, text)),
    }
}

fn twice(position: usize, name: &str) -> HeaderError {
    HeaderError::duplicate(HEADER, position, name, "caches may treat it as stale")
}

fn bad_seconds(position: usize, part: &str) -> HeaderError {
    HeaderError::malformed(
        HEADER,
        position,
        format!("`{}` has no number of seconds", foreign::word(part)),
        "write plain digits, at most 2147483648, for example `max-age=3600`",
    )
}

/// What caches obey. Made by [`CacheControl::effective`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveCacheControl {
    directives: Vec<(String, Option<String>)>,
}

impl EffectiveCacheControl {
    /// Whether a directive is there, by its name in lower case.
    pub fn has(&self, name: &str) -> bool {
        self.directives.iter().any(|(known, _)| known == name)
    }

    /// All directives: the name in lower case, and the value without its quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.directives
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// How long the response is fresh. `None` without `max-age`; a value that is not a number counts
    /// as zero ([RFC 9111, section 4.2.1]).
    ///
    /// [RFC 9111, section 4.2.1]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
    pub fn max_age(&self) -> Option<Duration> {
        self.seconds("max-age")
    }

    /// How long it is fresh for shared caches, as [`max_age`](Self::max_age).
    pub fn s_maxage(&self) -> Option<Duration> {
        self.seconds("s-maxage")
    }

    /// Whether nobody may keep the response.
    pub fn forbids_storing(&self) -> bool {
        self.has("no-store")
    }

    /// Whether a shared cache may keep the response and give it to others. Without any directive
    /// it may: caches then guess.
    pub fn allows_sharing(&self) -> bool {
        // `private="field"` speaks of that field only.
        let private = self
            .iter()
            .any(|(name, value)| name == "private" && value.is_none());
        !self.forbids_storing() && !private
    }

    fn seconds(&self, name: &str) -> Option<Duration> {
        let (_, value) = self.iter().find(|(known, _)| *known == name)?;
        let digits = value.filter(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()));
        let seconds = digits.map_or(0, |digits| {
            digits.parse().unwrap_or(MOST_SECONDS).min(MOST_SECONDS)
        });
        Some(Duration::from_secs(seconds))
    }

    fn read(parts: &[String]) -> Self {
        let mut directives: Vec<(String, Option<String>)> = Vec::new();
        let mut known = HashSet::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part.as_str(), None),
            };
            let name = name.to_ascii_lowercase();
            if known.insert(name.clone()) {
                directives.push((name, value.map(str::to_owned)));
            }
        }
        Self { directives }
    }
}
