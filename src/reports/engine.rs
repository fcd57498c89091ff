//! Which browser sent a report: of a `User-Agent` the engine and its major version, and no more.

use std::fmt;

use super::kind::written_as_text;
use crate::named::named;

named! {
    /// A browser's engine.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum EngineFamily {
        /// Chrome, Edge, Opera, Android's web view.
        Chromium = "Chromium",
        /// Firefox.
        Gecko = "Firefox",
        /// Safari, and every browser on iOS.
        WebKit = "WebKit",
        /// None of these, or not stated.
        Other = "other",
    }
}

/// A browser's engine and its major version. Nothing else of a `User-Agent` is kept.
///
/// ```
/// use tower_visor::reports::BrowserEngine;
///
/// let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
/// assert_eq!(BrowserEngine::of(agent).to_string(), "Firefox 153");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrowserEngine {
    family: EngineFamily,
    major: u16,
}

impl BrowserEngine {
    /// One about which nothing is known.
    pub(super) const UNKNOWN: Self = Self {
        family: EngineFamily::Other,
        major: 0,
    };

    /// What a `User-Agent` says, as a hint: anybody can send anything.
    pub fn of(agent: &str) -> Self {
        let after = |name: &str| {
            let (_, rest) = agent.split_once(name)?;
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<u16>().ok()
        };
        let known = [
            ("Firefox/", EngineFamily::Gecko),
            ("Chrome/", EngineFamily::Chromium),
            ("Chromium/", EngineFamily::Chromium),
            // Chrome and Firefox on iOS have names of their own there.
            ("Version/", EngineFamily::WebKit),
            ("AppleWebKit/", EngineFamily::WebKit),
        ];
        known
            .into_iter()
            .find_map(|(name, family)| {
                let major = after(name)?;
                // Other programs say `Version`, too.
                let is_it = family != EngineFamily::WebKit || agent.contains("AppleWebKit/");
                is_it.then_some(Self { family, major })
            })
            .unwrap_or(Self::UNKNOWN)
    }

    /// The engine.
    pub const fn family(self) -> EngineFamily {
        self.family
    }

    /// The first part of its version; 0 where nothing was said.
    pub const fn major(self) -> u16 {
        self.major
    }
}

impl fmt::Display for BrowserEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family {
            EngineFamily::Other => f.write_str(EngineFamily::Other.as_str()),
            family => write!(f, "{family} {}", self.major),
        }
    }
}

written_as_text!(BrowserEngine);
