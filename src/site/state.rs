//! One loaded version of everything that a site serves.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::{Others, gathered};
use super::builder::{Options, SiteBuilder, Source, Wanted};
use super::pages::{Common, Pages};
use super::{SiteError, SiteFault, SiteWarning, Warned};
use crate::app::AppFiles;
use crate::assets::Set;
use crate::bundle;
use crate::errors::{Errors, both};
#[cfg(feature = "waict")]
use crate::header::WaictMode;
use crate::page::Page;
use crate::pins::Pins;
use crate::policy::{
    CompiledPolicy, LivenessPage, Policy, PolicyError, PolicyWarning, Relaxed, Resource,
    for_other_pages,
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
        let policy = policy(options, &pins, &html, &files);
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
        let assets = made_of.assets.clone().app_files(files);
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
        let of_pages = pages.iter().flat_map(|(path, page)| {
            page.warnings().iter().map(|warning| Warned::Page {
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

/// The application's pages, and its other files.
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
    // A page is compiled, so a copy of what it was is unused.
    files.take(|path| AppFiles::compressed(path).is_some_and(AppFiles::is_page));
    Ok((pages, files))
}

/// So many pictures, fonts or recordings in one folder are named one by one. A set of icons has
/// thousands, and servers and proxies stop at a header of 8 KB.
const NAMED: usize = 16;

/// So many style sheets are: with a folder's name in the policy one that was added there later would be kept
/// out by `Integrity-Policy` alone, which not every browser knows for style sheets.
const NAMED_SHEETS: usize = 32;

/// What pages may load of these files, besides scripts, which are known by their hashes: each by its
/// path, or by that of its folder, where there are too many, and no browser checks what comes or each has
/// integrity. The site's own folder is none of these: all else lies below it.
fn loaded(files: &AppFiles, base: &str) -> BTreeSet<(Resource, String)> {
    let mut by_folder: BTreeMap<(Resource, &str), Vec<&str>> = BTreeMap::new();
    for (path, _) in files.iter() {
        if let Some(resource) = bundle::resource(path).filter(|kind| *kind != Resource::Script)
            && let Some(slash) = path.rfind('/')
        {
            let folder = &path[..=slash];
            by_folder.entry((resource, folder)).or_default().push(path);
        }
    }
    let all = by_folder
        .into_iter()
        .flat_map(|((resource, folder), paths)| {
            let most = match resource {
                Resource::Image | Resource::Font | Resource::Media => NAMED,
                Resource::Style => NAMED_SHEETS,
                _ => usize::MAX,
            };
            let named = if paths.len() > most && folder != base {
                vec![folder]
            } else {
                paths
            };
            named
                .into_iter()
                .map(move |path| (resource, path.to_owned()))
        });
    all.collect()
}

/// So many pages, texts and data are named for scripts to fetch. Each takes about 60 bytes of a header; where
/// there are more, the policy has to say which of them are fetched.
const FETCHED: usize = 24;

/// The ends of names of texts and data; the last four are the index of Pagefind, a search for static sites.
const DATA: [&str; 12] = [
    "txt",
    "md",
    "csv",
    "yaml",
    "yml",
    "bin",
    "dat",
    "data",
    "pagefind",
    "pf_fragment",
    "pf_index",
    "pf_meta",
];

/// Pages, texts and data, which routers, searches and viewers of a site fetch: of Next.js, Sphinx, Astro, docsify.
/// Each is named by itself. That a page is a folder's can't be said: to a policy it is all that lies below.
fn fetched<'a>(made_of: &'a SiteBuilder, html: &'a AppFiles, files: &'a AppFiles) -> Vec<&'a str> {
    let data = files.iter().map(|(path, _)| path);
    let data =
        data.filter(|path| matches!(path.rsplit_once('.'), Some((_, end)) if DATA.contains(&end)));
    let routes = made_of.deep.iter().map(|deep| deep.pattern.as_str());
    let routes = routes
        .filter(|route| route.starts_with('/') && !route.ends_with('/') && !route.contains('{'));
    let pages = html.iter().map(|(path, _)| path).chain(routes);
    let all: Vec<&str> = pages.chain(data).collect();
    // A page by itself fetches nothing of the kind.
    if all.len() > FETCHED || all.len() < 2 {
        return Vec::new();
    }
    all
}

/// The policy of the page with what the folder holds.
fn policy(
    options: &Options,
    pins: &Pins,
    html: &AppFiles,
    files: &AppFiles,
) -> Result<Policy, Errors<PolicyError>> {
    let mut policy = match &options.wanted {
        Wanted::Page { document, endpoint } => Policy::strict(LivenessPage::pinned(
            document.as_ref().clone(),
            pins,
            endpoint.clone(),
        )),
        Wanted::Policy(policy) => policy.as_ref().clone().pinned(pins)?,
    };
    for (resource, path) in loaded(files, pins.base()) {
        policy.load(resource, &path_in_policy(&path))?;
    }
    for path in fetched(&options.made_of, html, files) {
        policy.load(Resource::Connect, &path_in_policy(path))?;
    }
    match &options.made_of.adjust {
        Some(adjust) => Ok(adjust.0(policy)),
        None => Ok(policy),
    }
}
