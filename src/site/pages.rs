//! The pages of a site, each with the policy that it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::Others;
use super::pattern::Pattern;
use super::{SiteFault, builder::Deep};
use crate::app::AppFiles;
use crate::page::{Page, PageBuilder, PageErrorKind, Used};
use crate::pins::Verified;
use crate::policy::{Policy, Resource};
use crate::url::path_in_policy;

/// All pages.
#[derive(Default)]
pub(super) struct Pages {
    /// By URL path; the start page of a folder appears twice.
    pub(super) by_path: BTreeMap<String, Page>,
    /// Those of more than one URL, in the order in which they were given.
    pub(super) deep: Vec<(Pattern, Page)>,
    /// The paths of those that may be meant to have the SDK, and have `style` attributes in its place.
    pub(super) styled: Vec<String>,
}

impl Pages {
    /// The page at a URL path, in any spelling.
    pub(super) fn at(&self, path: &str) -> Option<&Page> {
        let spelt = || self.by_path.get(&crate::url::respelt(path)?);
        self.by_path.get(path).or_else(spelt)
    }

    /// The page whose pattern a URL path fits.
    pub(super) fn below(&self, path: &str) -> Option<&Page> {
        let mut fitting = self
            .deep
            .iter()
            .filter(|(pattern, _)| pattern.matches(path));
        fitting.next().map(|(_, page)| page)
    }
}

/// What all pages of a site are compiled with.
pub(super) struct Common<'a> {
    pub(super) files: &'a AppFiles,
    pub(super) verified: &'a Verified<'a>,
    pub(super) policy: &'a Policy,
    /// The policy as such doesn't compile, and that is said already.
    pub(super) is_policy_wrong: bool,
}

impl Common<'_> {
    /// Compiles all pages.
    pub(super) fn compile(
        &self,
        html: &AppFiles,
        deep: &[Deep],
        faults: &mut Vec<SiteFault>,
    ) -> Pages {
        let mut texts = BTreeMap::new();
        for (path, bytes) in html.iter() {
            match std::str::from_utf8(bytes) {
                Ok(text) => drop(texts.insert(path, text)),
                Err(error) => faults.push(SiteFault::NotUtf8 {
                    path: path.to_owned(),
                    position: error.valid_up_to(),
                }),
            }
        }
        let (with_sdk, styled) = self.with_sdk(&texts);
        let others = self.policy.without_sdk();
        let of = |path: &str| {
            if with_sdk.contains(path) {
                self.policy
            } else {
                &others
            }
        };
        let mut compiled = BTreeMap::new();
        for (path, text) in &texts {
            let page = self.page(path, text, of(path), |page| page, faults);
            compiled.extend(page.map(|page| (*path, page)));
        }
        // A page that the site itself shows in a frame says so; nobody may frame the others.
        let mut framed: BTreeSet<String> = compiled
            .values()
            .flat_map(Page::frames)
            .map(|path| start_page(path))
            .collect();
        // A script may show one: the policy names it, or a folder, which of the pages with the SDK means
        // the folder's own alone.
        let named = self.policy.named(Resource::Frame);
        let is_named = |path: &str| {
            let written = path_in_policy(path);
            named.iter().any(|place| {
                let is_below = place.ends_with('/') && written.starts_with(place.as_str());
                start_page(place) == written || is_below && !with_sdk.contains(path)
            })
        };
        let scripted = texts.keys().filter(|path| is_named(path));
        framed.extend(scripted.map(|path| (*path).to_owned()));
        for path in &framed {
            let known = texts.get_key_value(path.as_str());
            // One that doesn't compile has said so.
            if let Some((path, text)) = known.filter(|(path, _)| compiled.contains_key(*path)) {
                let policy = of(path).clone().framed_by_itself();
                let page = self.page(path, text, &policy, |page| page, faults);
                compiled.extend(page.map(|page| (*path, page)));
            }
        }
        // A part of pages is served as it is: what would be wrong with it as a page is wrong in any.
        compiled.retain(|path, _| self.files.get(path).is_none());
        let mut pages = Pages {
            styled,
            ..Pages::default()
        };
        for Deep {
            pattern,
            page: name,
        } in deep
        {
            let path = format!("{}{name}", self.verified.pins().base());
            let read = Pattern::read(pattern);
            let (Ok(known), Some(text)) = (&read, texts.get(path.as_str())) else {
                faults.push(SiteFault::Deep {
                    pattern: crate::foreign::shown(pattern),
                    reason: match read {
                        Err(reason) => reason.to_owned(),
                        Ok(_) => format!("there is no page `{}`", crate::foreign::shown(name)),
                    },
                });
                continue;
            };
            let page = self.page(&path, text, of(&path), PageBuilder::deep, &mut Vec::new());
            pages.deep.extend(page.map(|page| (known.clone(), page)));
        }
        for (path, page) in compiled {
            if let Some(folder) = path
                .strip_suffix("index.html")
                .filter(|folder| folder.ends_with('/'))
            {
                pages.by_path.insert(folder.to_owned(), page.clone());
            }
            pages.by_path.insert(path.to_owned(), page);
        }
        pages
    }

    fn page(
        &self,
        path: &str,
        text: &str,
        policy: &Policy,
        further: impl FnOnce(PageBuilder) -> PageBuilder,
        faults: &mut Vec<SiteFault>,
    ) -> Option<Page> {
        let mut page = Page::builder(text)
            .served_at(path)
            .app_files(self.files.clone());
        if policy.liveness_page().is_none() {
            page = page.without_sdk();
        }
        match further(page).compile(self.verified, policy) {
            Ok(page) => Some(page),
            Err(errors) => {
                let errors = errors.into_iter().filter(|error| match error.kind() {
                    PageErrorKind::AppFile => false,
                    PageErrorKind::Policy => !self.is_policy_wrong,
                    _ => true,
                });
                faults.extend(errors.map(|error| SiteFault::Page {
                    path: path.to_owned(),
                    error,
                    others: Others::default(),
                }));
                None
            }
        }
    }

    /// The pages that use the SDK: those that name it, or load a script that does.
    ///
    /// Where a script that names it is loaded by no name that can be read in the code, as webpack
    /// does with its chunks, any page with a script may be the one. And where nothing names it, each
    /// of them. One of these that has `style` attributes, which no page with the SDK may have, is none
    /// as long as there are others: it is an error page, of Next.js for one. These come second.
    fn with_sdk<'t>(&self, texts: &BTreeMap<&'t str, &str>) -> (BTreeSet<&'t str>, Vec<String>) {
        let Some(document) = self.policy.page().filter(|_| texts.len() > 1) else {
            return (texts.keys().copied().collect(), Vec::new());
        };
        let used: Vec<(&str, Used)> = texts
            .iter()
            .map(|(path, text)| {
                (
                    *path,
                    Used::by(text, path, self.files, self.verified, document.origin()),
                )
            })
            .collect();
        let naming: BTreeSet<&str> = self.files.naming_sdk().collect();
        let is_seen = |script: &&&str| used.iter().any(|(_, page)| page.scripts.contains(**script));
        let all_seen = naming.iter().filter(is_seen).count() == naming.len();
        let is_sure = |page: &Used| {
            let mut scripts = page.scripts.iter();
            page.names_sdk || scripts.any(|script| naming.contains(script.as_str()))
        };
        let anyone = used
            .iter()
            .any(|(_, page)| is_sure(page) || page.has_scripts && !all_seen);
        let is_guessed = |page: &Used| page.has_scripts && (!all_seen || !anyone);
        let found = used
            .iter()
            .filter(|(_, page)| is_sure(page) || is_guessed(page));
        let refuses_styles =
            !(self.policy.hashes_style_attributes() || self.policy.allows_style_attributes());
        let (styled, with_sdk): (Vec<_>, Vec<_>) = found
            .partition(|(_, page)| refuses_styles && page.has_style_attributes && !is_sure(page));
        let paths = |pages: &[&(&'t str, Used)]| pages.iter().map(|(path, _)| *path).collect();
        if with_sdk.is_empty() {
            return (paths(&styled), Vec::new());
        }
        let styled = styled.iter().map(|(path, _)| (*path).to_owned());
        (paths(&with_sdk), styled.collect())
    }
}

/// The file of a folder.
fn start_page(path: &str) -> String {
    if path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    }
}
