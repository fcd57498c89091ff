//! What a page's code plainly does although the page doesn't allow it.

use std::fmt;

use crate::foreign::shown;
use crate::html::Place;
use crate::policy::{Relaxation, Resource};

/// Something that the code of a page does literally, and that won't work when it runs: print it when
/// the server starts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PageWarning {
    script: String,
    what: Warned,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Warned {
    NewFunction,
    Eval,
    ServiceWorker,
    Worker,
    Style,
    StyleAttribute,
    AnyStyleAttribute,
    TrustedTypes {
        name: String,
    },
    Foreign {
        specifier: String,
    },
    Spelling {
        specifier: String,
        path: String,
    },
    ForeignInSheet {
        url: String,
    },
    LostInSheet {
        url: String,
        path: String,
    },
    ImportInSheet {
        url: String,
    },
    CodeInLink {
        more: usize,
    },
    Stopped {
        url: String,
        is_own: bool,
        resource: Option<Resource>,
        more: usize,
    },
    Unlisted {
        count: usize,
    },
}

impl PageWarning {
    pub(super) fn new(script: &str, what: Warned) -> Self {
        Self {
            script: script.to_owned(),
            what,
        }
    }

    /// The links of a page that would run code, by the place of the first and how many follow.
    pub(super) fn of_links((first, more): (Place, usize)) -> Self {
        Self::new(&first.to_string(), Warned::CodeInLink { more })
    }

    /// The script that it is about: the path of its file, or the place of an inline one, or of a link; or a
    /// folder of scripts.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// What it is.
    pub(crate) fn what(&self) -> &Warned {
        &self.what
    }

    /// The exceptions that allow it, where there are any: with a reason of your own, each goes into
    /// [`Dangerous::allow`](crate::policy::Dangerous::allow) or a policy file.
    pub fn exceptions(&self) -> Vec<Relaxation> {
        match &self.what {
            Warned::Style => vec![Relaxation::styles()],
            Warned::StyleAttribute => vec![Relaxation::hashed_style_attributes()],
            Warned::AnyStyleAttribute => vec![Relaxation::style_attributes()],
            Warned::TrustedTypes { name } if name == "default" => Vec::new(),
            Warned::TrustedTypes { name } => {
                let again = is_created_again(name).then(Relaxation::trusted_types_again);
                Relaxation::trusted_types(name)
                    .into_iter()
                    .chain(again)
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for PageWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.script, self.what)
    }
}

impl fmt::Display for Warned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewFunction => f.write_str(
                "it has `Function` with text that is assembled at run time, which the page refuses: if that is ever called, choose a build without it",
            ),
            Self::Eval => f.write_str(
                "it has `eval` of more than a feature test, which the page refuses: if that is ever called, choose a build without it (in webpack, a `devtool` whose name doesn't begin with `eval`)",
            ),
            Self::ServiceWorker => f.write_str(
                "it registers a service worker, which the page refuses: no browser checks what a worker answers with",
            ),
            Self::Worker => f.write_str(
                "it starts a worker, which the page refuses: no browser checks the integrity of a worker",
            ),
            Self::Style => f.write_str(
                "it adds `<style>` elements whose text it puts together at run time, and the page refuses those: where that is called, allow styles of any text with an exception (`dangerous().allow(..)`) for `'unsafe-inline'` in style-src, or choose a build with a style sheet of its own",
            ),
            Self::StyleAttribute => f.write_str(
                "it has markup with `style` attributes, and the page refuses those: where it puts that into the page, allow them by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr",
            ),
            Self::AnyStyleAttribute => f.write_str(
                "it has markup with `style` attributes that it puts together at run time, and the page refuses those: where it puts that into the page, allow attributes of any text with an exception (`dangerous().allow(..)`) for `'unsafe-inline'` in style-src-attr",
            ),
            Self::TrustedTypes { name } if name == "default" => f.write_str(
                "it creates the Trusted Types policy `default`, which belongs to the page's guard: choose a build without it",
            ),
            Self::TrustedTypes { name } if Relaxation::trusted_types(name).is_none() => write!(
                f,
                "it creates the Trusted Types policy `{}`, which the page refuses, and no policy can allow: choose a build without it",
                shown(name)
            ),
            Self::TrustedTypes { name } => write!(
                f,
                "it creates the Trusted Types policy `{}`, which the page refuses{}: allow the name with an exception (`dangerous().allow(..)`) for trusted-types{}; what such a policy lets through is checked again",
                shown(name),
                library(name).unwrap_or_default(),
                if is_created_again(name) {
                    ", and `'allow-duplicates'`, because it creates it again each time"
                } else {
                    ""
                }
            ),
            Self::Foreign { specifier } => write!(
                f,
                "it imports `{specifier}` from another origin, and the page refuses what has no pin: serve it yourself"
            ),
            Self::Spelling { specifier, path } => write!(
                f,
                "it imports `{specifier}`, which to browsers is a different module from `{path}`: it is checked as such, and runs in addition; remove what is appended"
            ),
            Self::ForeignInSheet { url } => write!(
                f,
                "it loads `{url}` from another origin, and no browser checks what comes: serve it yourself"
            ),
            Self::LostInSheet { url, path } => write!(
                f,
                "it loads `{url}`, but `{path}` is not among the files whose bytes are known: add the file, or remove the URL"
            ),
            Self::CodeInLink { more } => {
                f.write_str("a `javascript:` URL in a link, which the page refuses when it is clicked")?;
                match more {
                    0 => {}
                    1 => f.write_str(", and one more below it")?,
                    more => write!(f, ", and {more} more below it")?,
                }
                f.write_str(": use a button and a handler in a script file")
            }
            Self::Stopped {
                url,
                is_own,
                resource,
                more,
            } => {
                write!(f, "it loads `{url}`")?;
                if *more > 0 {
                    write!(f, ", and {more} more from there")?;
                }
                f.write_str(", which the page's policy doesn't allow: ")?;
                let Some(setting) = resource.and_then(setting) else {
                    return f.write_str("leave out what plugins show");
                };
                let way = if *is_own {
                    "add the file, or where it is served name the URL"
                } else {
                    "serve it yourself, or name the URL"
                };
                write!(f, "{way} in the policy (`{setting}`)")
            }
            Self::Unlisted { count } => write!(
                f,
                "the policy has no room for the hashes of all scripts, so {count} in this folder that no code names are refused: if a page loads one of them by a name that it puts together, name that file, or its folder, in the policy (`scripts`, `Resource::Script`)"
            ),
            Self::ImportInSheet { url } => write!(
                f,
                "it imports `{url}`, and no browser checks what a style sheet imports: link that sheet from the page, or bundle the two"
            ),
        }
    }
}

/// What policy files call what may be loaded.
fn setting(resource: Resource) -> Option<&'static str> {
    Some(match resource {
        Resource::Style => "styles",
        Resource::Image => "images",
        Resource::Font => "fonts",
        Resource::Media => "media",
        Resource::Connect => "connects",
        Resource::Frame => "frames",
        _ => return None,
    })
}

/// What comes of a library without its policy, where that is known: whether its code catches the error.
fn library(name: &str) -> Option<&'static str> {
    Some(match name {
        "angular#bundler" => ", so that webpack stops there, in an application of Angular",
        "angular#components" => ", so that the CDK of Angular stops there",
        "fast-element" | "fast-html" => ", so that FAST stops there",
        "html" => ", so that Swiper stops there",
        "lit-html" => ", so that Lit stops there",
        "nextjs" | "nextjs#bundler" => ", so that Next.js stops there",
        "svelte-trusted-html" => ", so that Svelte stops there",
        "webpack" => ", so that webpack stops there",
        "angular" | "angular#unsafe-bypass" | "angular#unsafe-jit" => {
            ", and Angular goes on without it"
        }
        "dompurify" => ", and DOMPurify goes on without it",
        "goog#html" => ", and the Closure Library goes on without it",
        "iconify" => ", and Iconify goes on without it",
        "knockout" => ", and Knockout goes on without it",
        "vue" => ", and Vue goes on without it",
        _ => return None,
    })
}

/// Whether the library of this name creates its policy each time that it needs one: Swiper does.
pub(super) fn is_created_again(name: &str) -> bool {
    name == "html"
}

crate::errors::debug_is_display!(PageWarning);
