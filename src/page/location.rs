//! Where a page is served, and what relative URLs mean there.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use crate::html::find;
use crate::url::Url;

/// What relative URLs mean in a page.
pub(super) struct Location {
    /// What those in its markup mean: the folder that it is served from, or what its own `<base>` says.
    pub(super) markup: Url,
    /// What browsers, the SDK and inline scripts take them for.
    pub(super) base: Url,
    /// How browsers get to know of it.
    pub(super) told_by: ToldBy,
}

/// How browsers get to know what relative URLs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// By the URL of the page.
    Url,
    /// By a `<base>` that is put in front of all else.
    Base,
}

/// At which URLs a page is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    One,
    /// Deeper ones too.
    Deep,
}

impl Location {
    /// Of a page at a URL path; the SDK looks for its files below `sdk`, where there is one.
    pub(super) fn new(html: &str, root: &Url, path: &str, sdk: Option<&str>, reach: Reach) -> Self {
        let url = |path: &str| root.join(path).unwrap_or_else(|_| root.clone());
        let folder = url(path.rsplit_once('/').map_or("/", |(folder, _)| folder))
            .path()
            .to_owned();
        let folder = url(&format!("{}/", folder.trim_end_matches('/')));
        let own = own_base(html).and_then(|href| folder.join(&href).ok());
        let markup = own
            .filter(|own| own.origin() == root.origin())
            .unwrap_or_else(|| folder.clone());
        let base = sdk.map_or_else(|| markup.clone(), url);
        let told_by = if reach == Reach::Deep || base != folder {
            ToldBy::Base
        } else {
            ToldBy::Url
        };
        Self {
            markup,
            base,
            told_by,
        }
    }

    /// Whether what a relative URL in the markup means has to be written out.
    pub(super) fn writes_out(&self) -> bool {
        self.markup.path() != self.base.path()
    }
}

/// The first `<base>` that says what URLs are relative to.
fn own_base(html: &str) -> Option<String> {
    find(html.as_bytes(), b"<base")?;
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).find_map(|token| {
        // Reading from memory can't fail.
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) if &*tag.name == b"base" => {
                let href = tag.attributes.get(b"href".as_slice())?;
                Some(String::from_utf8_lossy(&href.value).into_owned())
            }
            _ => None,
        }
    })
}
