//! Whether a script of an application is the SDK's component, swallowed by a bundler.

use std::collections::BTreeSet;
use std::fmt;

#[cfg(feature = "page")]
use super::PinnedFile;
use super::Pins;
use crate::javascript::{Call, Joined, calls, joined};
use crate::sri::{Algorithm, Digest};

/// Texts from this length on are the component's own, and no common word of libraries.
const LONG: usize = 32;

/// Of the length of all its long texts, the share from which on a script holds the component.
/// Measured on six published components in bundles of Vite, Rolldown, esbuild and webpack: at least
/// 67 % are still there, and 5 % at most are in a bundle of something else.
const SHARE: f64 = 1.0 / 3.0;

/// By what a bundle that holds the component is known.
#[derive(Clone, Debug)]
pub(crate) struct ComponentMarks {
    element: &'static str,
    texts: BTreeSet<String>,
    /// The length of all of them.
    length: usize,
    /// Digests of the component's styles, which are in the lock file.
    styles: Vec<Digest>,
    algorithm: Algorithm,
    /// The component's pin.
    #[cfg(feature = "page")]
    component: Option<Digest>,
}

/// What shows that a script holds the component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bundled {
    /// It defines the SDK's element.
    Element(&'static str),
    /// It holds this share of the component's long texts.
    Texts(f64),
    /// It holds one of the component's styles.
    Style,
}

impl fmt::Display for Bundled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => write!(f, "defines <{element}>"),
            Self::Texts(share) => {
                write!(f, "holds {:.0} % of the component's texts", share * 100.0)
            }
            Self::Style => f.write_str("holds a style of the component"),
        }
    }
}

impl ComponentMarks {
    /// By the pins, and by the component itself where it is at hand.
    pub(crate) fn new(pins: &Pins, component: Option<&[u8]>) -> Self {
        let mut texts = BTreeSet::new();
        if let Some(component) = component {
            long_texts(&String::from_utf8_lossy(component), &mut |found| {
                texts.insert(found.text);
            });
        }
        let styles = pins.styles().into_iter();
        let of_no_text = Digest::of(pins.algorithm(), b"");
        Self {
            element: pins.layout().element,
            length: texts.iter().map(String::len).sum(),
            texts,
            styles: styles
                .filter(|(kind, digest)| {
                    *kind == crate::sdk::StyleKind::Head && *digest != of_no_text
                })
                .map(|(_, digest)| digest)
                .collect(),
            algorithm: pins.algorithm(),
            #[cfg(feature = "page")]
            component: pins.file(pins.layout().component).map(PinnedFile::digest),
        }
    }

    /// The component whose marks they are.
    #[cfg(feature = "page")]
    pub(crate) fn component(&self) -> Option<Digest> {
        self.component
    }

    /// What shows that a script holds the component; `None` for one that only imports or names it.
    pub(crate) fn find(&self, code: &str) -> Option<Bundled> {
        let mut seen = BTreeSet::new();
        let mut has_style = false;
        let mut is_defined = self.is_defined(code);
        long_texts(code, &mut |Joined { text, is_code }| {
            is_defined |= is_code && self.is_defined(&text);
            if self.texts.contains(&text) {
                seen.insert(text);
                return;
            }
            let digest = || Digest::of(self.algorithm, text.as_bytes());
            has_style |= !self.styles.is_empty() && self.styles.contains(&digest());
        });
        if is_defined {
            return Some(Bundled::Element(self.element));
        }
        if self.length > 0 {
            let length: usize = seen.iter().map(String::len).sum();
            #[allow(clippy::cast_precision_loss)] // lengths of files
            let share = length as f64 / self.length as f64;
            return (share >= SHARE).then_some(Bundled::Texts(share));
        }
        has_style.then_some(Bundled::Style)
    }

    fn is_defined(&self, code: &str) -> bool {
        // Most scripts don't name it at all.
        code.contains("customElements")
            && calls(code)
                .iter()
                .any(|call| matches!(call, Call::DefineElement(name) if *name == self.element))
    }
}

/// The long texts in some code, and in code that it evaluates.
fn long_texts(code: &str, found: &mut impl FnMut(Joined)) {
    for text in long(code) {
        if text.is_code {
            long(&text.text).for_each(&mut *found);
        }
        found(text);
    }
}

fn long(code: &str) -> impl Iterator<Item = Joined> {
    joined(code).filter(|text| text.text.len() >= LONG)
}
