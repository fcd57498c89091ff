//! `Strict-Transport-Security`.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::HeaderName;

use super::HeaderError;
use super::text::{Part, as_header, decoded, parts, printable, trim};
use crate::foreign;

const HEADER: &str = "strict-transport-security";
const EXAMPLE: &str = "max-age=63072000; includeSubDomains";
const VOID: &str = "browsers ignore the whole header";
/// What the preload list demands: one year of 365 days.
const PRELOAD_MIN: u64 = 31_536_000;

/// `Strict-Transport-Security` (HSTS): reach this host over https only, for a time.
///
/// Grammar: `max-age=SECONDS`, then `includeSubDomains` and `preload`, separated by `;`. Example:
/// `max-age=63072000; includeSubDomains`. Specification: [RFC 6797, section 6.1]; `preload` is not
/// part of it, but the word by which an owner agrees to the [preload list]. Obeyed by every browser
/// over https; over http and from hosts that are IP addresses they ignore it.
///
/// Whether the subdomains are included must be stated: they are included by
/// [`including_subdomains`](Self::including_subdomains) and left out by
/// [`this_host_only`](Self::this_host_only).
///
/// ```
/// use std::time::Duration;
/// use tower_visor::header::StrictTransportSecurity;
///
/// let year = Duration::from_secs(31_536_000);
/// let hsts = StrictTransportSecurity::including_subdomains(year);
/// assert_eq!(hsts.to_string(), "max-age=31536000; includeSubDomains");
/// assert_eq!(hsts.preload()?.to_string(), "max-age=31536000; includeSubDomains; preload");
///
/// let day = Duration::from_secs(86_400);
/// assert_eq!(
///     StrictTransportSecurity::including_subdomains(day).preload().unwrap_err().to_string(),
///     "strict-transport-security: preload needs a max-age of at least 31536000 (one year), \
///      not 86400; raise it or leave preload out",
/// );
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [RFC 6797, section 6.1]: https://www.rfc-editor.org/rfc/rfc6797#section-6.1
/// [preload list]: https://hstspreload.org/
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StrictTransportSecurity {
    /// In seconds.
    max_age: u64,
    scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    ThisHost,
    Subdomains,
    Preload,
}

impl StrictTransportSecurity {
    /// The header's name.
    pub const NAME: HeaderName = http::header::STRICT_TRANSPORT_SECURITY;

    /// `max-age=63072000; includeSubDomains`: two years, which Mozilla and OWASP recommend.
    pub const TWO_YEARS: Self = Self {
        max_age: 63_072_000,
        scope: Scope::Subdomains,
    };

    /// For this host and every host below it. The `max-age` is in whole seconds; zero makes
    /// browsers forget the host.
    pub const fn including_subdomains(max_age: Duration) -> Self {
        Self {
            max_age: max_age.as_secs(),
            scope: Scope::Subdomains,
        }
    }

    /// For this host only. Hosts below it can then still be reached over http, and can set
    /// cookies for this one.
    pub const fn this_host_only(max_age: Duration) -> Self {
        Self {
            max_age: max_age.as_secs(),
            scope: Scope::ThisHost,
        }
    }

    /// Agrees to the preload list: browsers then never try http, not even the first time.
    ///
    /// Getting off the list takes months, and the entry applies to all subdomains; so nothing in
    /// this crate does it by default.
    ///
    /// # Errors
    /// Without subdomains, and under a `max-age` of 31,536,000 seconds: the list refuses both.
    pub fn preload(self) -> Result<Self, HeaderError> {
        match self.scope {
            Scope::ThisHost => Err(HeaderError::contradiction(
                HEADER,
                "preload needs includeSubDomains; begin with `including_subdomains`, or leave preload out".to_owned(),
            )),
            _ if self.max_age < PRELOAD_MIN => Err(HeaderError::contradiction(
                HEADER,
                format!(
                    "preload needs a max-age of at least 31536000 (one year), not {}; raise it or leave preload out",
                    self.max_age
                ),
            )),
            _ => Ok(Self {
                max_age: self.max_age,
                scope: Scope::Preload,
            }),
        }
    }

    /// How long it holds.
    pub const fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age)
    }

    /// Whether it holds for the hosts below this one.
    pub const fn includes_subdomains(&self) -> bool {
        !matches!(self.scope, Scope::ThisHost)
    }

    /// Whether it agrees to the preload list.
    pub const fn is_preload(&self) -> bool {
        matches!(self.scope, Scope::Preload)
    }

    /// What a browser obeys: the first header only, and that only if it is whole
    /// ([RFC 6797, section 8.1]). `None` when there is none or when it is void.
    ///
    /// Void: no `max-age`, a `max-age` that is not a number, a directive that appears twice, a value
    /// behind `includeSubDomains`, anything that is neither token nor quoted string.
    ///
    /// [RFC 6797, section 8.1]: https://www.rfc-editor.org/rfc/rfc6797#section-8.1
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<EffectiveHsts> {
        let first = values.into_iter().next()?;
        EffectiveHsts::read(&decoded(trim(first.as_ref())))
    }
}

impl fmt::Display for StrictTransportSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max-age={}", self.max_age)?;
        f.write_str(match self.scope {
            Scope::ThisHost => "",
            Scope::Subdomains => "; includeSubDomains",
            Scope::Preload => "; includeSubDomains; preload",
        })
    }
}

impl FromStr for StrictTransportSecurity {
    type Err = HeaderError;

    /// Reads a value, strictly. Names may be in any case, the order is free.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"includeSubDomains"`: no `max-age`
    /// * `"max-age=\"31536000\""`, `"max-age=1y"`, `"max-age=-1"`: not a plain number
    /// * `"max-age=1, max-age=2"`, `"max-age=1; max-age=2"`: browsers ignore the header
    /// * `"max-age=31536000;"`: an empty directive
    /// * `"max-age=31536000; includeSubDomain"`: unknown directive
    /// * `"max-age=300; includeSubDomains; preload"`: refused by the preload list
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        if text.trim().is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        let (mut max_age, mut subdomains, mut preload) = (None, false, false);
        for part in parts(text, ';') {
            let Part {
                position,
                text,
                name,
                value,
            } = part;
            let repeated = match name.to_ascii_lowercase().as_str() {
                "max-age" => {
                    let seconds = seconds(value.unwrap_or_default())
                        .ok_or_else(|| not_seconds(position, value))?;
                    max_age.replace(seconds).is_some().then_some("max-age")
                }
                "includesubdomains" if value.is_none() => {
                    std::mem::replace(&mut subdomains, true).then_some("includeSubDomains")
                }
                "preload" if value.is_none() => {
                    std::mem::replace(&mut preload, true).then_some("preload")
                }
                "includesubdomains" | "preload" => {
                    return Err(HeaderError::malformed(
                        HEADER,
                        position,
                        format!("`{}` has a value", foreign::word(text)),
                        format!("write `{name}` alone, {VOID}"),
                    ));
                }
                "" => {
                    return Err(HeaderError::malformed(
                        HEADER,
                        position,
                        "an empty directive",
                        "remove the `;`",
                    ));
                }
                _ => {
                    return Err(HeaderError::unknown(
                        HEADER,
                        position,
                        "directive",
                        name,
                        &["max-age", "includeSubDomains", "preload"],
                    ));
                }
            };
            if let Some(name) = repeated {
                return Err(HeaderError::duplicate(HEADER, position, name, VOID));
            }
        }
        let max_age = Duration::from_secs(
            max_age.ok_or_else(|| HeaderError::missing(HEADER, "max-age", EXAMPLE))?,
        );
        let hsts = if subdomains {
            Self::including_subdomains(max_age)
        } else {
            Self::this_host_only(max_age)
        };
        if preload { hsts.preload() } else { Ok(hsts) }
    }
}

as_header!(
    StrictTransportSecurity,
    "Strict-Transport-Security such as `max-age=63072000; includeSubDomains`"
);

/// What a browser obeys. Made by [`StrictTransportSecurity::effective`].
///
/// `preload` has no effect here: it is addressed to the maintainers of the preload list, and only
/// a strictly read [`StrictTransportSecurity`] says whether they would accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EffectiveHsts {
    /// In seconds. A number that is too large counts as the largest.
    max_age: u64,
    subdomains: bool,
    preload: bool,
}

impl EffectiveHsts {
    /// How long it holds; zero makes browsers forget the host.
    pub const fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age)
    }

    /// Whether it holds for the hosts below this one.
    pub const fn includes_subdomains(&self) -> bool {
        self.subdomains
    }

    /// Whether it has the word `preload`, right or wrong.
    pub const fn asks_for_preload(&self) -> bool {
        self.preload
    }

    fn read(text: &str) -> Option<Self> {
        let (mut max_age, mut subdomains, mut preload) = (None, false, false);
        let mut others = HashSet::new();
        for part in directives(text)? {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (part.trim(), None),
            };
            // [ directive ] *( ";" [ directive ] )
            if name.is_empty() && value.is_none() {
                continue;
            }
            if !is_token(name) {
                return None;
            }
            let value = match value.map(unquoted) {
                Some(None) => return None,
                Some(Some(value)) => Some(value),
                None => None,
            };
            let name = name.to_ascii_lowercase();
            let again = match name.as_str() {
                "max-age" => {
                    let digits = value.as_deref()?;
                    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                        return None;
                    }
                    max_age
                        .replace(digits.parse().unwrap_or(u64::MAX))
                        .is_some()
                }
                "includesubdomains" if value.is_some() => return None,
                "includesubdomains" => std::mem::replace(&mut subdomains, true),
                "preload" => std::mem::replace(&mut preload, true),
                _ => !others.insert(name),
            };
            if again {
                return None;
            }
        }
        Some(Self {
            max_age: max_age?,
            subdomains,
            preload,
        })
    }
}

/// The parts between `;` that stand outside quotes; `None` if a quote never ends.
fn directives(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (position, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&text[start..position]);
                start = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

/// A token as it is, or what a quoted string holds.
fn unquoted(value: &str) -> Option<String> {
    match value.strip_prefix('"') {
        None => is_token(value).then(|| value.to_owned()),
        Some(rest) => {
            let inside = rest.strip_suffix('"')?;
            let mut text = String::new();
            let mut characters = inside.chars();
            while let Some(character) = characters.next() {
                match character {
                    '"' => return None,
                    '\\' => text.push(characters.next()?),
                    other => text.push(other),
                }
            }
            Some(text)
        }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Plain digits that fit.
fn seconds(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn not_seconds(position: usize, value: Option<&str>) -> HeaderError {
    let fault = value.filter(|value| !value.is_empty()).map_or_else(
        || "`max-age` has no value".to_owned(),
        |value| format!("`max-age` is `{}`", foreign::word(value)),
    );
    HeaderError::malformed(
        HEADER,
        position,
        fault,
        "write whole seconds in plain digits, for example `max-age=63072000`",
    )
}
