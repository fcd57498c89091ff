//! What the pass over a page finds.

use std::collections::BTreeSet;
use std::ops::Range;

use super::PageFault;
use super::graph::Entry;
use super::loaded::Loaded;
use crate::app::Held;
use crate::html::Place;
use crate::policy::Resource;
use crate::sri::Digest;

/// What the pass found.
#[derive(Default)]
pub(super) struct Found {
    /// Hashes of inline scripts, and those that the page's own `integrity` attributes name.
    pub(super) scripts: Vec<Digest>,
    /// Hashes of inline styles.
    pub(super) styles: Vec<Digest>,
    /// The same as they are written.
    pub(super) inline_styles: Vec<(Place, String)>,
    pub(super) sheets: Linked,
    /// Hashes of `style` attributes.
    pub(super) style_attributes: Vec<Digest>,
    /// Hashes of event handlers in the markup.
    pub(super) handlers: Vec<Digest>,
    /// What attributes hold as `data:` URLs.
    pub(super) holds: BTreeSet<Held>,
    /// Paths of web app manifests, and of documents in frames, on the page's own origin.
    pub(super) manifests: Vec<String>,
    pub(super) frames: Vec<String>,
    /// The page has scripts of the application fetched ahead of their use.
    pub(super) prefetches: bool,
    /// What is put in place of what; in order, and apart from each other.
    pub(super) edits: Vec<(Range<usize>, String)>,
    /// Where the first script of the page belongs.
    pub(super) head: usize,
    /// The page loads the SDK's component by a tag of its own.
    pub(super) loads_component: bool,
    /// URLs of known files that say more than a path, such as a version, and the file's path.
    pub(super) spelt: Vec<(String, String)>,
    /// The scripts that it names or holds.
    pub(super) entries: Vec<Entry>,
    /// The first link that would run code when it is clicked, and how many more there are.
    pub(super) code_links: Option<(Place, usize)>,
    /// What it loads besides scripts.
    pub(super) loaded: Vec<Loaded>,
    /// The page's own import map.
    pub(super) import_map: Option<(Place, String)>,
}

/// What the policy calls a file that a `data:` URL is.
pub(super) fn resource(held: Held) -> Resource {
    match held {
        Held::Picture => Resource::Image,
        Held::Font => Resource::Font,
        Held::Recording => Resource::Media,
    }
}

/// The style sheets that a page links.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Linked {
    #[default]
    None,
    /// Each has integrity.
    Checked,
    /// One has none.
    Unchecked,
}

impl Linked {
    /// With one more sheet that has integrity.
    pub(super) fn and_checked(self) -> Self {
        match self {
            Self::None | Self::Checked => Self::Checked,
            Self::Unchecked => Self::Unchecked,
        }
    }
}

/// Says what is wrong with an attribute. A page has hundreds of a kind or none, and their way out is one, so
/// that they are said together: of the first, which is at `first`, and how many follow.
pub(super) fn count(first: &mut Option<usize>, fault: PageFault, faults: &mut Vec<PageFault>) {
    let known = first.and_then(|first| faults.get_mut(first));
    if let Some(PageFault::Handler { more, .. } | PageFault::StyleAttribute { more, .. }) = known {
        *more += 1;
    } else {
        *first = Some(faults.len());
        faults.push(fault);
    }
}
