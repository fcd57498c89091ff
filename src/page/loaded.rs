//! What a page's markup loads besides scripts, and whether its policy allows that.

use std::collections::BTreeMap;

use html5gum::StartTag;

use super::PageWarning;
use super::tag::{has_rel, value};
use super::warning::Warned;
use crate::foreign::shown;
use crate::html::Place;
use crate::policy::{Permits, Resource};
use crate::url::Url;

/// A URL that an element loads.
pub(super) struct Loaded {
    place: Place,
    /// `None` for plugins.
    resource: Option<Resource>,
    url: Url,
    /// As it is written.
    text: String,
}

impl Loaded {
    /// What a tag makes browsers load, as far as a policy decides by its URL; the URLs of scripts and manifests
    /// are looked at elsewhere.
    pub(super) fn of(name: &str, place: Place, tag: &StartTag<usize>, page: &Url) -> Vec<Self> {
        let attributes: &[(&str, Option<Resource>)] = match name {
            "link" => match linked(tag) {
                Some(resource) => &[("href", Some(resource))],
                None => &[],
            },
            "img" => &[("src", Some(Resource::Image))],
            "input"
                if value(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("image")) =>
            {
                &[("src", Some(Resource::Image))]
            }
            "video" => &[
                ("poster", Some(Resource::Image)),
                ("src", Some(Resource::Media)),
            ],
            "audio" | "source" | "track" => &[("src", Some(Resource::Media))],
            "iframe" => &[("src", Some(Resource::Frame))],
            "embed" => &[("src", None)],
            "object" => &[("data", None)],
            _ => &[],
        };
        let loaded = attributes.iter().filter_map(|(attribute, resource)| {
            let text = value(tag, attribute).filter(|text| !text.trim_ascii().is_empty())?;
            let url = page.join(&text).ok()?;
            Some(Self {
                place,
                resource: *resource,
                url,
                text,
            })
        });
        loaded.collect()
    }
}

/// What a link loads.
fn linked(tag: &StartTag<usize>) -> Option<Resource> {
    // Browsers load that when somebody chooses it.
    if has_rel(tag, "alternate") {
        None
    } else if has_rel(tag, "stylesheet") {
        Some(Resource::Style)
    } else if has_rel(tag, "icon") || has_rel(tag, "apple-touch-icon") {
        Some(Resource::Image)
    } else if has_rel(tag, "preload") {
        let kind = value(tag, "as")?.to_ascii_lowercase();
        Some(match kind.as_str() {
            "style" => Resource::Style,
            "font" => Resource::Font,
            "image" => Resource::Image,
            "fetch" => Resource::Connect,
            _ => return None,
        })
    } else {
        None
    }
}

/// What the page's policy stops of that: one warning for each kind and origin.
pub(super) fn stopped(loaded: &[Loaded], permits: &Permits) -> Vec<PageWarning> {
    let mut groups: BTreeMap<_, (&Loaded, usize)> = BTreeMap::new();
    for one in loaded {
        if permits.loads(one.resource, &one.url) {
            continue;
        }
        let alike = (one.resource, one.url.origin().map(ToString::to_string));
        let group = groups.entry(alike);
        group.and_modify(|(_, more)| *more += 1).or_insert((one, 0));
    }
    let mut groups: Vec<(&Loaded, usize)> = groups.into_values().collect();
    groups.sort_by_key(|(first, _)| first.place);
    let warning = |(first, more): (&Loaded, usize)| {
        let what = Warned::Stopped {
            url: shown(&first.text),
            is_own: permits.is_own(&first.url),
            resource: first.resource,
            more,
        };
        PageWarning::new(&first.place.to_string(), what)
    };
    groups.into_iter().map(warning).collect()
}
