//! One loaded version of everything that a site serves.

use std::collections::{BTreeSet, HashSet};

use super::alike::{Others, gathered};
use super::builder::{Options, SiteBuilder, Source, Wanted};
use super::loads::{Loads, mentioned, name};
use super::pages::{Common, Pages};
use super::{SiteError, SiteFault, SiteWarning, Warned};
use crate::app::{AppFiles, names_sdk};
use crate::assets::Set;
use crate::errors::{Errors, both};
#[cfg(feature = "waict")]
use crate::header::WaictMode;
use crate::html;
use crate::page::Page;
use crate::pins::Pins;
use crate::policy::{
    CompiledPolicy, LivenessPage, Policy, PolicyError, PolicyWarning, Relaxed, for_other_pages,
};
use crate::url::{path_in_policy, path_of_names};

/// Everything, of one version; never changed, only replaced as a whole.
pub(super) struct State {
    pub(super) pins: Pins,
    pub(super) pages: Pages,
    /// What of the folder isn't served.
    hidden: Vec<String>,
    pub(super) files: Set,
    /// The host that the policy is for, with its port where it needs one.
    #[cfg(any(feature = "export", feature = "waict"))]
    pub(super) authority: String,
    /// Below it lies nothing but what is pinned.
    pub(super) sdk_folder: String,
    /// Of what the application answers itself.
    pub(super) policy: CompiledPolicy,
    /// Of the page with the SDK, without the hashes of a compiled one.
    pub(super) of_page: CompiledPolicy,
    /// For the collector, where there is one.
    #[cfg(feature = "reports")]
    pub(super) scripts: Option<crate::reports::KnownScripts>,
    #[cfg(feature = "waict")]
    pub(super) waict: Option<super::waict::Manifest>,
}

impl State {
    pub(super) fn load(options: &Options) -> Result<Self, Errors<SiteFault>> {
        let made_of = &options.made_of;
        let pins = pins(made_of)?;
        let verified = pins
            .verify_all(&made_of.folders)
            .map_err(|errors| errors.map(SiteFault::from))?;
        let found = pins.weakest_provenance();
        let minimum = made_of.minimum;
        if found < minimum {
            return Err(SiteFault::Provenance { found, minimum }.into());
        }
        let (html, files) = app(made_of, pins.base())?;

        let mut errors = Vec::new();
        let loads = Loads::find(made_of, pins.base(), &html, &files);
        let policy = policy(options, &pins, &loads);
        let policy = policy.map_err(|errors| errors.map(SiteFault::Policy))?;
        #[cfg(feature = "reports")]
        let policy = super::collected::pointed(made_of, policy)?;
        #[cfg(feature = "reports")]
        let scripts = super::collected::scripts(made_of, &policy, &pins, &files);
        let compiled = policy.compile();
        #[cfg(any(feature = "export", feature = "waict"))]
        let authority = policy
            .page()
            .map_or_else(String::new, |page| page.origin().authority());
        #[cfg(feature = "waict")]
        let endpoint = policy.reports_name().cloned();
        #[cfg(feature = "waict")]
        let origin = policy.page().map(|page| page.origin().clone());
        let hidden = files.hidden().map(str::to_owned).collect();
        let common = Common {
            files: &files,
            verified: &verified,
            policy: &policy,
            is_policy_wrong: compiled.is_err(),
        };
        let pages = common.compile(&html, &made_of.deep, &mut errors);
        let assets = made_of.assets.clone().app_files(files).with_parts();
        let pages = Errors::check(gathered(errors)).map(|()| pages);
        let compiled = compiled.and_then(|own| Ok((own, for_other_pages(&policy).compile()?)));
        let compiled = compiled.map_err(|errors| errors.map(SiteFault::Policy));
        let files = Set::load(&verified, &assets).map_err(|errors| errors.map(SiteFault::Assets));
        let (((of_page, policy), pages), files) = both(both(compiled, pages), files)?;
        #[allow(unused_mut)] // without the feature `waict`
        let mut state = Self {
            #[cfg(any(feature = "export", feature = "waict"))]
            authority,
            sdk_folder: format!("{}{}/", pins.base(), pins.layout().assets),
            pages,
            files,
            policy,
            of_page,
            #[cfg(feature = "reports")]
            scripts,
            pins,
            hidden,
            #[cfg(feature = "waict")]
            waict: None,
        };
        #[cfg(feature = "waict")]
        if let (Some(waict), Some(origin)) = (&made_of.waict, origin) {
            state.add_waict(waict, &origin, endpoint.as_ref())?;
        }
        Ok(state)
    }

    /// The path of the start page as people type it, where it isn't the root.
    pub(super) fn start_without_slash(&self) -> &str {
        let base = self.pins.base();
        match base.strip_suffix('/') {
            Some(start) if !start.is_empty() && self.pages.by_path.contains_key(base) => start,
            // No path is empty.
            _ => "",
        }
    }

    /// Whether this may be replaced by another one.
    pub(super) fn check_next(&self, next: &Self) -> Result<(), Errors<SiteError>> {
        let checked = self.files.check_next(&next.files);
        Ok(checked.map_err(|errors| errors.map(SiteFault::Assets))?)
    }

    pub(super) fn warnings(&self) -> Vec<SiteWarning> {
        let pages = &self.pages.by_path;
        let policies = pages.values().map(Page::policy);
        let policies = std::iter::once(self.of_page).chain(policies);
        let policies: Vec<CompiledPolicy> = policies.collect();
        // What is unused to one page may be what another one needs.
        let is_used = |exception: &Relaxed| {
            policies.iter().any(|policy| {
                let unused = PolicyWarning::UnusedException(exception.clone());
                policy.relaxed().contains(exception) && !policy.warnings().contains(&unused)
            })
        };
        let of_policies = policies
            .iter()
            .flat_map(|policy| policy.warnings())
            .filter(|warning| match warning {
                PolicyWarning::UnusedException(exception) => !is_used(exception),
                _ => true,
            });
        let of_policies = without_shorter(of_policies.cloned().collect()).map(Warned::Policy);
        #[cfg(feature = "waict")]
        let inline = self
            .waict
            .iter()
            .filter(|waict| waict.mode == WaictMode::Enforce);
        #[cfg(feature = "waict")]
        let of_pages_code = inline.map(|_| Warned::Inline);
        #[cfg(not(feature = "waict"))]
        let of_pages_code = std::iter::empty();
        let hidden = self.hidden.iter().cloned();
        let hidden = hidden.map(|name| Warned::Hidden { name });
        let styled = self.pages.styled.iter().cloned();
        let styled = styled.map(|path| Warned::Styled {
            path,
            others: Others::default(),
        });
        // What is in a page is said once, of its file.
        let named = pages.iter().filter(|(path, _)| {
            let folder = path.strip_suffix("index.html");
            !folder.is_some_and(|folder| pages.contains_key(folder))
        });
        let named = named.map(|(path, page)| match path.strip_suffix('/') {
            Some(folder) => (format!("{folder}/index.html"), page),
            None => (path.clone(), page),
        });
        let of_pages = named.flat_map(|(path, page)| {
            page.warnings().iter().map(move |warning| Warned::Page {
                path: path.clone(),
                warning: warning.clone(),
                others: Others::default(),
            })
        });
        let all = of_policies
            .chain(of_pages)
            .chain(of_pages_code)
            .chain(styled)
            .chain(hidden);
        let mut said = BTreeSet::new();
        let all = gathered(all.collect()).into_iter().map(SiteWarning);
        all.filter(|warning| said.insert(warning.to_string()))
            .collect()
    }
}

/// Each warning but one on a policy's length, of which the longest says it for all.
fn without_shorter(warnings: Vec<PolicyWarning>) -> impl Iterator<Item = PolicyWarning> {
    let longest = warnings.iter().filter_map(PolicyWarning::length).max();
    let all = warnings.into_iter();
    all.filter(move |warning| warning.length().is_none_or(|len| Some(len) == longest))
}

fn pins(made_of: &SiteBuilder) -> Result<Pins, Errors<SiteFault>> {
    let file = match &made_of.source {
        Source::Pins(pins) => return Ok(pins.as_ref().clone()),
        Source::File(file) => file,
    };
    Pins::load(file).map_err(|errors| {
        let name = file.file_name().unwrap_or(file.as_os_str());
        let name = crate::foreign::shown(&name.to_string_lossy());
        errors.map(|error| SiteFault::Lock {
            file: name.clone(),
            error,
        })
    })
}

/// The application's pages, and its other files. Parts of pages are among both: they are served as they are, and
/// what a page may not have they may not have either.
fn app(made_of: &SiteBuilder, base: &str) -> Result<(AppFiles, AppFiles), Errors<SiteFault>> {
    let mut files = made_of.app_files.clone();
    if let Some(folder) = &made_of.app_folder {
        let read = AppFiles::read(folder, base).map_err(|errors| errors.map(SiteFault::from))?;
        files = files.and(read).map_err(SiteFault::from)?;
    }
    let mut faults = Vec::new();
    for name in &made_of.left_out {
        let path = format!("{base}{}", path_of_names(name));
        let left =
            files.take(|file| file == path || path.ends_with('/') && file.starts_with(&path));
        if left.iter().next().is_none() {
            let name = crate::foreign::shown(name);
            faults.push(SiteFault::NotThere { name });
        }
    }
    Errors::check(faults)?;
    let pages = files.take(AppFiles::is_page);
    let parts = parts(made_of, base, &pages);
    files = files.and(parts).map_err(SiteFault::from)?;
    // A page is compiled, so a copy of what it was is unused.
    files.take(|path| AppFiles::compressed(path).is_some_and(AppFiles::is_page));
    Ok((pages, files))
}

/// Those that are parts of pages, which fetch them and put them into themselves. The start page is none, nor
/// what is shown in a frame, nor what names the SDK.
fn parts(made_of: &SiteBuilder, base: &str, pages: &AppFiles) -> AppFiles {
    let is_start = |path: &str| path.ends_with("/index.html");
    let is_deep = |path: &str| {
        let name = path.strip_prefix(base);
        let mut deep = made_of.deep.iter();
        deep.any(|deep| Some(&*path_of_names(&deep.page)) == name)
    };
    let framing: Vec<&[u8]> = pages
        .iter()
        .map(|(_, text)| text)
        .filter(|text| html::find(text, b"<iframe").is_some())
        .collect();
    let mut parts: BTreeSet<&str> = pages
        .iter()
        .filter(|(path, text)| {
            !is_start(path)
                && !is_deep(path)
                && pages.is_part(path)
                && !names_sdk(&String::from_utf8_lossy(text))
        })
        .map(|(path, _)| path)
        .collect();
    let names: HashSet<&str> = parts.iter().map(|path| name(path)).collect();
    let framed = mentioned(&names, framing.into_iter());
    parts.retain(|path| !framed.contains(name(path)));
    // What is alone is part of nothing.
    if parts.len() == pages.iter().count() {
        return AppFiles::new();
    }
    pages.clone().take(|path| parts.contains(path))
}

/// The policy of the page with what the folder holds.
fn policy(options: &Options, pins: &Pins, loads: &Loads) -> Result<Policy, Errors<PolicyError>> {
    let mut policy = match &options.wanted {
        Wanted::Page { document, endpoint } => Policy::strict(LivenessPage::pinned(
            document.as_ref().clone(),
            pins,
            endpoint.clone(),
        )),
        Wanted::Policy(policy) => policy.as_ref().clone().pinned(pins)?,
    };
    for (resource, path) in &loads.paths {
        policy.load(*resource, &path_in_policy(path))?;
    }
    match &options.made_of.adjust {
        Some(adjust) => Ok(adjust.0(policy)),
        None => Ok(policy),
    }
}
