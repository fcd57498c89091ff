//! Whether a page uses the SDK, as far as its code says.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::import_map::Merged;
use super::known::Known;
use super::location::{Location, Reach};
use super::rules::{Handlers, Rules, StyleAttributes};
use super::scan;
use crate::app::{AppFiles, names_sdk};
use crate::pins::Verified;
use crate::url::{Origin, Url};

/// What a page loads by its own account.
pub(crate) struct Used {
    /// Its markup or a script in it names the SDK.
    pub(crate) names_sdk: bool,
    /// It has a script of any kind.
    pub(crate) has_scripts: bool,
    /// An element has a `style` attribute.
    pub(crate) has_style_attributes: bool,
    /// The application's scripts that it loads, and what those import by name.
    pub(crate) scripts: BTreeSet<String>,
}

impl Used {
    /// Looks through a page that is served at a path; what is wrong with it is for its compilation
    /// to say.
    pub(crate) fn by(
        html: &str,
        path: &str,
        app: &AppFiles,
        verified: &Verified<'_>,
        origin: &Origin,
    ) -> Self {
        let mut faults = Vec::new();
        let root = Url::from(origin.clone());
        let location = Location::new(html, &root, path, None, Reach::One);
        let base = verified.pins().base();
        let known = Known::new(verified, Some(base), app, &location, None, &mut faults);
        let rules = Rules {
            writes_out: false,
            attributes: StyleAttributes::Hashed,
            handlers: Handlers::Hashed,
            path,
        };
        let found = scan::scan(html, &known, rules, &mut faults);
        let own = found.import_map.as_ref();
        let own = own.map(|(place, text)| (*place, text.as_str()));
        let map = Merged::new(own, &known, &mut faults);
        let graph = Graph::walk(&found.entries, &known, &map, &mut faults);
        Self {
            names_sdk: names_sdk(html),
            has_style_attributes: !found.style_attributes.is_empty(),
            has_scripts: !found.entries.is_empty(),
            scripts: graph.reached.into_iter().map(str::to_owned).collect(),
        }
    }
}
