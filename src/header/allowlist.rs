//! Who may use a feature of `Permissions-Policy`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::HeaderError;
use super::features::HEADER;
use super::sf::{self, Item};
use super::text::printable;
use crate::foreign;
use crate::url::{Origin, UrlErrorKind};

/// Who may use a feature.
///
/// An allowlist says who *may* be given the feature; a frame of another origin also needs
/// `allow="..."` on its `<iframe>`.
///
/// ```
/// use tower_visor::header::Allowlist;
///
/// assert_eq!(Allowlist::None.to_string(), "()");
/// assert_eq!(Allowlist::SelfOrigin.to_string(), "(self)");
/// assert_eq!(Allowlist::Any.to_string(), "*");
///
/// // The page that frames a capture page of another origin.
/// let partner = Allowlist::self_and(["https://liveness.example"])?;
/// assert_eq!(partner.to_string(), r#"(self "https://liveness.example")"#);
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the grammar has these forms
pub enum Allowlist {
    /// Nobody, not even the page itself: `()`.
    None,
    /// The page's own origin: `(self)`.
    SelfOrigin,
    /// Named origins, with or without the page's own.
    Origins(AllowedOrigins),
    /// Everyone: `*`.
    Any,
}

/// One or more origins, with or without the page's own. Made by [`Allowlist::origins`] and
/// [`Allowlist::self_and`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AllowedOrigins {
    self_origin: bool,
    /// Never empty.
    origins: BTreeSet<String>,
}

impl AllowedOrigins {
    /// Whether the page's own origin is among them.
    pub fn includes_self(&self) -> bool {
        self.self_origin
    }

    /// The named origins, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(String::as_str)
    }
}

impl Allowlist {
    /// These origins, *without* the page's own.
    ///
    /// # Errors
    /// When one is not an origin (`scheme://host`, perhaps `:port`; `http` or `https`; no path, no
    /// wildcard), appears twice, or when there is none.
    pub fn origins(
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        Self::named(false, origins)
    }

    /// The page's own origin and these.
    ///
    /// # Errors
    /// As [`origins`](Self::origins).
    pub fn self_and(
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        Self::named(true, origins)
    }

    fn named(
        self_origin: bool,
        origins: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, HeaderError> {
        let mut set = BTreeSet::new();
        for origin in origins {
            let origin = origin.as_ref();
            check_origin(origin)?;
            if !set.insert(origin.to_owned()) {
                return Err(twice(0, origin));
            }
        }
        if set.is_empty() {
            return Err(HeaderError::malformed(
                HEADER,
                0,
                "no origin is named",
                "name one, or use `Allowlist::None` or `Allowlist::SelfOrigin`",
            ));
        }
        Ok(Self::Origins(AllowedOrigins {
            self_origin,
            origins: set,
        }))
    }

    /// The allowlist that the items of a member are; `place` is where the member begins.
    pub(super) fn from_items(items: &[Item<'_>], place: usize) -> Result<Self, HeaderError> {
        let (mut everyone, mut self_origin) = (None, false);
        let mut origins = BTreeSet::new();
        for item in items {
            let position = item.position.unwrap_or(place);
            if let Some((key, _)) = item.parameters.first() {
                return Err(HeaderError::malformed(
                    HEADER,
                    position,
                    format!("the parameter `{}`", foreign::word(key.as_str())),
                    "leave it out, and separate members by `, `",
                ));
            }
            let again = match (item.token(), item.string()) {
                (Some("*"), _) => everyone.replace(position).is_some(),
                (Some("self"), _) => std::mem::replace(&mut self_origin, true),
                (_, Some(origin)) => {
                    check_origin(origin).map_err(|error| error.shifted(position + 1))?;
                    !origins.insert(origin.to_owned())
                }
                _ => {
                    let text = item.describe();
                    let fix = match text.as_ref() {
                        "none" | "?1" | "?0" => "write `()` to deny, `(self)` to allow it here",
                        "src" => "`src` belongs on the <iframe>; write `self`",
                        _ => "write `self`, `*`, or an origin in quotes: `\"https://a.example\"`",
                    };
                    return Err(HeaderError::malformed(
                        HEADER,
                        position,
                        format!("`{}` is not a member of an allowlist", foreign::word(&text)),
                        fix,
                    ));
                }
            };
            if again {
                return Err(twice(position, &item.describe()));
            }
        }
        match (everyone, self_origin, origins.is_empty()) {
            (None, false, true) => Ok(Self::None),
            (None, true, true) => Ok(Self::SelfOrigin),
            (None, _, false) => Ok(Self::Origins(AllowedOrigins {
                self_origin,
                origins,
            })),
            (Some(_), false, true) => Ok(Self::Any),
            (Some(position), ..) => Err(HeaderError::malformed(
                HEADER,
                position,
                "`*` next to others",
                "write `*` alone, or name the origins without it",
            )),
        }
    }
}

impl fmt::Display for Allowlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("()"),
            Self::SelfOrigin => f.write_str("(self)"),
            Self::Any => f.write_str("*"),
            Self::Origins(named) => {
                let own = named.includes_self().then_some("self".to_owned());
                // No origin holds a quote or a backslash.
                let quoted = named.iter().map(|origin| format!("\"{origin}\""));
                let all: Vec<String> = own.into_iter().chain(quoted).collect();
                write!(f, "({})", all.join(" "))
            }
        }
    }
}

impl FromStr for Allowlist {
    type Err = HeaderError;

    /// Reads a single allowlist: `()`, `(self)`, `*`, `(self "https://a.example")`.
    ///
    /// # Errors
    /// As those of [`PermissionsPolicy`](super::PermissionsPolicy).
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let prefix = "a=";
        let member = format!("{prefix}{text}");
        let example = "(self)";
        let entries = sf::dictionary(HEADER, member.as_bytes(), example);
        let back = |error: HeaderError| error.unshifted(prefix.len());
        match entries.map_err(back)?.as_slice() {
            [entry] => match &entry.value {
                sf::Value::Item(item) => Self::from_items(std::slice::from_ref(item), prefix.len()),
                sf::Value::List { items, parameters } if parameters.is_empty() => {
                    Self::from_items(items, prefix.len())
                }
                sf::Value::List { .. } => Err(HeaderError::malformed(
                    HEADER,
                    prefix.len(),
                    "a parameter behind the allowlist",
                    "leave it out",
                )),
            }
            .map_err(back),
            _ => Err(HeaderError::malformed(
                HEADER,
                0,
                "more than one allowlist",
                format!("write for example `{example}`"),
            )),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Allowlist, "an allowlist such as `(self)`");
}

fn twice(position: usize, name: &str) -> HeaderError {
    HeaderError::duplicate(HEADER, position, name, "once is enough")
}

/// `http://` or `https://`, a host, perhaps a port.
fn check_origin(text: &str) -> Result<(), HeaderError> {
    printable(HEADER, text)?;
    let wrong = |position, fault: &str| {
        Err(HeaderError::malformed(
            HEADER,
            position,
            format!("`{}` is not an origin: {fault}", foreign::word(text)),
            "write scheme, host and perhaps port: `https://a.example`",
        ))
    };
    match text.parse::<Origin>() {
        Err(error) if error.kind() == UrlErrorKind::Relative => wrong(0, "it has no scheme"),
        Err(error) => wrong(error.position().unwrap_or(0), error.what()),
        Ok(origin) if !matches!(origin.scheme(), "http" | "https") => {
            wrong(0, "its scheme is neither `https` nor `http`")
        }
        Ok(_) if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            wrong(0, "it is not in lower case")
        }
        Ok(_) => Ok(()),
    }
}
