//! The table of all codes, and what the manual says of each.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use super::Code;
use super::checks::{
    caching, connections, content, cookies, cors, csp, disclosure, framing, integrity,
    integrity_policy, isolation, markup, parameters, permissions, privacy, refused, reports, runs,
    sdk, secrets, transport, unencoded_digest, waict, workers,
};
use super::{differences, drift, files, observed, placement};

/// All codes, in the order of the manual.
const CODES: &[&[Code]] = &[
    transport::CODES,
    csp::presence::CODES,
    csp::scripts::CODES,
    csp::urls::CODES,
    csp::sources::CODES,
    csp::dropped::CODES,
    csp::nonces::CODES,
    csp::liveness::CODES,
    framing::CODES,
    isolation::CODES,
    permissions::CODES,
    connections::CODES,
    workers::CODES,
    privacy::CODES,
    caching::CODES,
    content::CODES,
    cors::CODES,
    cookies::CODES,
    disclosure::CODES,
    reports::CODES,
    parameters::CODES,
    integrity_policy::CODES,
    unencoded_digest::CODES,
    waict::CODES,
    integrity::CODES,
    markup::CODES,
    secrets::CODES,
    sdk::CODES,
    runs::CODES,
    refused::CODES,
    placement::CODES,
    observed::CODES,
    differences::CODES,
    drift::CODES,
    files::CODES,
];

impl Code {
    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|code| code.as_str() == name)
    }

    /// All codes, in the order of the manual.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().copied().flatten().copied()
    }

    /// What the manual says about it, in Markdown: why it matters, the fix, and the source.
    ///
    /// ```
    /// use tower_visor::audit::Code;
    ///
    /// assert!(Code::HTTP.explanation().starts_with("The page came over plain HTTP"));
    /// ```
    pub fn explanation(self) -> &'static str {
        SECTIONS.get(self.as_str()).copied().unwrap_or_default()
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    /// The code of that name.
    ///
    /// # Errors
    /// A name that no code has; for a typo, the error names the code that was probably meant.
    ///
    /// ```
    /// use tower_visor::audit::Code;
    ///
    /// assert_eq!("csp-missing".parse(), Ok(Code::CSP_MISSING));
    /// assert_eq!(
    ///     "csp-mising".parse::<Code>().unwrap_err().to_string(),
    ///     "unknown code `csp-mising`, did you mean `csp-missing`?",
    /// );
    /// ```
    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::named(name).ok_or_else(|| UnknownCode {
            name: crate::foreign::word(name),
            hint: crate::suggest::hint(name, Self::all().map(Self::as_str)),
        })
    }
}

/// A name that no code of findings has.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown code `{name}`{hint}")]
pub struct UnknownCode {
    name: String,
    hint: String,
}

crate::errors::debug_is_display!(UnknownCode);

/// What the manual says, by heading.
static SECTIONS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    const MANUAL: &str = include_str!("../../docs/findings.md");
    let sections = MANUAL.split("\n### ").skip(1);
    let sections = sections.filter_map(|section| section.split_once('\n'));
    // The heading of the next group ends the last section of one.
    let trimmed = |text: &'static str| text.split("\n## ").next().unwrap_or_default().trim();
    sections.map(|(name, text)| (name, trimmed(text))).collect()
});
