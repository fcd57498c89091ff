//! The Content Security Policy of a page while it is put together.

use std::collections::{BTreeMap, BTreeSet};

use super::document::ScriptTrust;
use super::liveness::Sdk;
use super::location::own_source;
use super::preload::Preloads;
use super::{Document, PolicyFault, Relaxation, Relaxed, Reporting, Resource, ScriptHashes};
use crate::csp::{
    AncestorSource, Csp, CspBuilder, CspError, DirectiveName, ExternalScript, FetchSource,
    HostSource, NonceSource, PolicyList, SandboxToken, SchemeSource, ScriptAttrSource,
    ScriptSource, Sources, StyleAttrSource, StyleSource, TrustedTypesEntry,
};
use crate::errors::Errors;
use crate::sdk::{DataImages, EvalNeed, Needs};
use crate::sri::{Algorithm, Digest};
use crate::url::{Origin, Url, path_in_policy};

/// What browsers check of a page's scripts.
#[derive(Clone, Copy)]
pub(super) enum ScriptChecks<'a> {
    /// Where they come from.
    Urls,
    /// As much as headers can do for a page that is sent as it is.
    HeadersOnly(&'a Preloads),
    /// Every byte.
    #[cfg_attr(not(feature = "page"), allow(dead_code))] // what compiles pages makes it
    Guarded(&'a Guarded),
}

/// What the page's own policy says in addition to the site's.
#[cfg_attr(not(feature = "page"), allow(dead_code))] // what compiles pages makes it
#[derive(Clone, Debug, Default)]
pub(crate) struct Guarded {
    /// Of every script, inline or not. Browsers admit an external one by the hashes in its
    /// `integrity`, all of which must be here ([CSP3, section 6.7.1.1]).
    ///
    /// [CSP3, section 6.7.1.1]: https://w3c.github.io/webappsec-csp/#script-pre-request
    pub(crate) scripts: Vec<Digest>,
    /// Of the styles in the page.
    pub(crate) styles: Vec<Digest>,
    /// Of its `style` attributes.
    pub(crate) style_attributes: Vec<Digest>,
    /// Paths of the manifests that it names.
    pub(crate) manifests: Vec<String>,
    /// Paths of the documents that it shows in frames.
    pub(crate) frames: Vec<String>,
    /// Paths of the folders of scripts that it has fetched ahead of their use.
    pub(crate) prefetched: Vec<String>,
    /// All of its style sheets have integrity.
    pub(crate) checks_styles: bool,
    /// Of the event handlers in its markup.
    pub(crate) handlers: Vec<Digest>,
    /// What its files have in them as `data:` URLs.
    pub(crate) holds: BTreeSet<Resource>,
    /// The path that its `<base>` leads to.
    pub(crate) base: Option<String>,
}

/// The sources of each directive. A directive without sources is left out where `default-src
/// 'none'` says the same.
#[derive(Default)]
pub(super) struct Draft {
    script: Sources<ScriptSource>,
    script_attr: Sources<ScriptAttrSource>,
    style: Sources<StyleSource>,
    style_attr: Sources<StyleAttrSource>,
    /// All directives whose sources are hosts and schemes.
    fetch: BTreeMap<DirectiveName, Sources<FetchSource>>,
    ancestors: Sources<AncestorSource>,
    /// What the page may do in its sandbox, where it has one.
    sandbox: Option<Vec<SandboxToken>>,
    /// Policies for Trusted Types besides the guard's.
    trusted_types: Sources<TrustedTypesEntry>,
    has_forms: bool,
    opens_windows: bool,
    guarded: bool,
}

/// Directives that a draft can hold and that take hosts and schemes.
const FETCH: [DirectiveName; 9] = [
    DirectiveName::ImgSrc,
    DirectiveName::ConnectSrc,
    DirectiveName::FontSrc,
    DirectiveName::MediaSrc,
    DirectiveName::ManifestSrc,
    DirectiveName::FrameSrc,
    DirectiveName::WorkerSrc,
    DirectiveName::BaseUri,
    DirectiveName::FormAction,
];

impl Draft {
    /// What a page may load by its own account.
    pub(super) fn of_page(page: &Document, faults: &mut Vec<PolicyFault>) -> Self {
        let mut draft = Self::default();
        for (resource, locations) in &page.resources {
            for location in locations {
                match location.source(*resource, &page.origin) {
                    Ok(FetchSource::Host(source)) => draft.load(*resource, source),
                    Ok(inline) => {
                        if let Some(name) = resource.fetch_directive() {
                            draft.fetch.entry(name).or_default().extend([inline]);
                        }
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
        draft
            .script
            .extend(page.script_hashes.iter().copied().map(ScriptSource::Hash));
        draft
            .style
            .extend(page.style_hashes.iter().copied().map(StyleSource::Hash));
        if page.scripts_by == ScriptTrust::Nonce {
            draft
                .script
                .extend([ScriptSource::Nonce(NonceSource::PerResponse)]);
        }
        for origin in &page.frame_ancestors {
            if *origin == page.origin {
                draft.ancestors.extend([AncestorSource::SelfOrigin]);
                continue;
            }
            match origin.to_string().parse() {
                Ok(source) => draft.ancestors.extend([source]),
                Err(error) => faults.push(PolicyFault::Csp { error }),
            }
        }
        draft.has_forms = page.resources.contains_key(&Resource::Form);
        draft.opens_windows = !page.opens.is_empty();
        draft
    }

    fn load(&mut self, resource: Resource, source: HostSource) {
        match (resource, resource.fetch_directive()) {
            (_, Some(directive)) => self
                .fetch
                .entry(directive)
                .or_default()
                .extend([FetchSource::Host(source)]),
            (Resource::Style, None) => self.style.extend([StyleSource::Host(source)]),
            (_, None) => self.script.extend([ScriptSource::Host(source)]),
        }
    }

    /// What the SDK loads, and how it runs.
    pub(super) fn add_sdk(
        &mut self,
        page: &Document,
        sdk: &Sdk,
        needs: &Needs,
        faults: &mut Vec<PolicyFault>,
    ) {
        for (resource, path) in sdk.files(needs) {
            match own_source(&page.origin, &path) {
                Ok(source) => self.load(resource, source),
                Err(fault) => faults.push(fault),
            }
        }
        match sdk.endpoint.connect_source().parse() {
            Ok(source) => self.load(Resource::Connect, source),
            Err(error) => faults.push(PolicyFault::Csp { error }),
        }
        if needs.eval == EvalNeed::Wasm {
            self.script.extend([ScriptSource::WasmUnsafeEval]);
        }
        if needs.data_images == DataImages::Needed {
            let pictures = self.fetch.entry(DirectiveName::ImgSrc).or_default();
            pictures.extend([FetchSource::Scheme(SchemeSource::DATA)]);
        }
        let styles = sdk.style_hashes(needs).into_iter();
        self.style
            .extend(styles.map(|(_, digest)| StyleSource::Hash(digest)));
        self.sandbox = Some(vec![
            SandboxToken::AllowScripts,
            SandboxToken::AllowSameOrigin,
        ]);
    }

    /// Windows that the page opens are no part of its sandbox: a sign-in in one needs what any
    /// page has.
    pub(super) fn open_windows(&mut self) {
        self.sandbox.iter_mut().for_each(|tokens| {
            tokens.extend([
                SandboxToken::AllowPopups,
                SandboxToken::AllowPopupsToEscapeSandbox,
            ]);
        });
    }

    /// Scripts and inline styles by their hashes alone, and one Trusted Types policy.
    ///
    /// Exceptions come later: what the deployer allowed with a reason stays.
    pub(super) fn guard(&mut self, guarded: &Guarded) {
        self.script = self
            .script
            .iter()
            .filter(|source| !matches!(source, ScriptSource::Host(_) | ScriptSource::Nonce(_)))
            .cloned()
            .chain(guarded.scripts.iter().copied().map(ScriptSource::Hash))
            .collect();
        self.style
            .extend(guarded.styles.iter().copied().map(StyleSource::Hash));
        let hashes = guarded.style_attributes.iter().copied();
        self.style_attr.extend(hashes.map(StyleAttrSource::Hash));
        // From there the guard hands out the files that it has checked to `XMLHttpRequest`.
        if let Some(connect) = self.fetch.get_mut(&DirectiveName::ConnectSrc) {
            connect.extend([FetchSource::Scheme(SchemeSource::BLOB)]);
        }
        let handlers = guarded.handlers.iter().copied();
        self.script_attr
            .extend(handlers.map(ScriptAttrSource::Hash));
        for directive in guarded
            .holds
            .iter()
            .copied()
            .filter_map(Resource::fetch_directive)
        {
            let sources = self.fetch.entry(directive).or_default();
            sources.extend([FetchSource::Scheme(SchemeSource::DATA)]);
        }
        self.guarded = true;
    }

    /// Lets the hashes of `style` attributes count, where no exception of the policy does.
    pub(super) fn hash_attributes(&mut self) {
        self.style_attr.extend([StyleAttrSource::UnsafeHashes]);
    }

    /// What the page's markup names on its own origin.
    pub(super) fn add_named(
        &mut self,
        origin: &Origin,
        guarded: &Guarded,
        faults: &mut Vec<PolicyFault>,
    ) {
        let named = [
            (DirectiveName::ManifestSrc, &guarded.manifests[..]),
            (DirectiveName::FrameSrc, &guarded.frames[..]),
            // A prefetch needs a directive that names its URL, whichever one that is, and that of
            // scripts names hashes. This one lets no script read anything.
            (DirectiveName::ManifestSrc, &guarded.prefetched[..]),
            (DirectiveName::BaseUri, guarded.base.as_slice()),
        ];
        for (directive, paths) in named {
            for path in paths {
                match own_source(origin, &path_in_policy(path)) {
                    Ok(source) => self
                        .fetch
                        .entry(directive)
                        .or_default()
                        .extend([FetchSource::Host(source)]),
                    Err(fault) => faults.push(fault),
                }
            }
        }
    }

    /// The SDK's component by its digest alone, where the preloads say so.
    pub(super) fn admit_by_digest(
        &mut self,
        page: &Document,
        preloads: &Preloads,
    ) -> Result<(), PolicyFault> {
        let Some((path, digest)) = &preloads.component else {
            return Ok(());
        };
        let source = own_source(&page.origin, path)?;
        self.script = without(&self.script, &ScriptSource::Host(source));
        self.script.extend([ScriptSource::Hash(*digest)]);
        // A script with a nonce passes it on to what it imports.
        if page.scripts_by == ScriptTrust::Nonce {
            return Err(PolicyFault::ComponentByNonce);
        }
        let url = Url::from(page.origin.clone()).join(path);
        let url = url.map_err(|error| PolicyFault::Origin { error })?;
        let other = self.script_hosts().find(|host| {
            let alone = Csp::builder().script_src([ScriptSource::Host((*host).clone())]);
            let alone = alone.build().map(|csp| PolicyList::from(&csp));
            // What isn't allowed alone is found when the whole policy is made.
            alone.is_ok_and(|alone| {
                alone.allows_external_script(&ExternalScript::new(&url), &page.origin)
            })
        });
        match other {
            Some(source) => Err(PolicyFault::ComponentByUrl {
                source_expression: source.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// The URLs in `script-src`.
    fn script_hosts(&self) -> impl Iterator<Item = &HostSource> {
        self.script.iter().filter_map(|source| match source {
            ScriptSource::Host(host) => Some(host),
            _ => None,
        })
    }

    /// The guard sends its own reports.
    pub(super) fn add_guard_reports(
        &mut self,
        reporting: &Reporting,
        faults: &mut Vec<PolicyFault>,
    ) {
        // A source expression has no query.
        let end = reporting.url.find(['?', '#']);
        let place = reporting.url.get(..end.unwrap_or(reporting.url.len()));
        match place.unwrap_or_default().parse() {
            Ok(source) => self.load(Resource::Connect, source),
            Err(error) => faults.push(PolicyFault::Csp { error }),
        }
    }

    /// Reports of violations, and of the scripts that ran.
    pub(super) fn add_reporting(&mut self, reporting: &Reporting) {
        if reporting.hashes == ScriptHashes::Sha384 {
            self.report_hashes(Algorithm::Sha384);
        }
    }

    /// Reports of the scripts that ran.
    pub(super) fn report_hashes(&mut self, algorithm: Algorithm) {
        self.script.extend([ScriptSource::ReportHash(algorithm)]);
    }

    /// Applies an exception that adds a source. Gives whether it changed anything.
    pub(super) fn relax(
        &mut self,
        directive: DirectiveName,
        source: &str,
    ) -> Result<bool, PolicyFault> {
        let wrong = |error: CspError| PolicyFault::Csp {
            error: error.within(directive),
        };
        Ok(match directive {
            DirectiveName::ScriptSrc => {
                let source = source.parse().map_err(wrong)?;
                if source == ScriptSource::UnsafeEval {
                    // It covers WebAssembly too.
                    self.script = without(&self.script, &ScriptSource::WasmUnsafeEval);
                }
                add(&mut self.script, source)
            }
            DirectiveName::StyleSrc => {
                let source = source.parse().map_err(wrong)?;
                if source == StyleSource::UnsafeInline {
                    // Browsers ignore it beside a nonce or a hash, which it makes pointless.
                    self.style = self
                        .style
                        .iter()
                        .filter(|s| !matches!(s, StyleSource::Hash(_) | StyleSource::Nonce(_)))
                        .cloned()
                        .collect();
                }
                add(&mut self.style, source)
            }
            DirectiveName::ScriptSrcAttr => {
                add(&mut self.script_attr, source.parse().map_err(wrong)?)
            }
            DirectiveName::StyleSrcAttr => {
                let source = source.parse().map_err(wrong)?;
                if source == StyleAttrSource::UnsafeInline {
                    // Browsers ignore it beside a hash.
                    self.style_attr = Sources::default();
                }
                add(&mut self.style_attr, source)
            }
            DirectiveName::FrameAncestors => {
                add(&mut self.ancestors, source.parse().map_err(wrong)?)
            }
            // Where no page is guarded nothing is restricted, and the exception changes nothing.
            DirectiveName::TrustedTypes => {
                let entry: TrustedTypesEntry = source.parse().map_err(wrong)?;
                let known = "default".parse() == Ok(entry.clone());
                add(&mut self.trusted_types, entry) && self.guarded && !known
            }
            directive if FETCH.contains(&directive) => add(
                self.fetch.entry(directive).or_default(),
                source.parse().map_err(wrong)?,
            ),
            directive => return Err(PolicyFault::NoSources { directive }),
        })
    }

    /// The policy, for hosts with a name: with `upgrade-insecure-requests`.
    pub(super) fn finish(self, reporting: Option<&Reporting>) -> Result<Csp, Errors<CspError>> {
        let mut csp = Csp::builder()
            .default_src([])
            .script_src(self.script)
            .style_src(self.style)
            .frame_ancestors(self.ancestors)
            .upgrade_insecure_requests();
        // An exception for the attributes of compiled pages brings no hash to any other.
        let is_hash = |source: &ScriptAttrSource| matches!(source, ScriptAttrSource::Hash(_));
        let script_attr = with_hashes(self.script_attr, is_hash, &ScriptAttrSource::UnsafeHashes);
        if !script_attr.is_empty() {
            csp = csp.script_src_attr(script_attr);
        }
        let is_hash = |source: &StyleAttrSource| matches!(source, StyleAttrSource::Hash(_));
        let style_attr = with_hashes(self.style_attr, is_hash, &StyleAttrSource::UnsafeHashes);
        if !style_attr.is_empty() {
            csp = csp.style_src_attr(style_attr);
        }
        // These two don't fall back to `default-src`.
        let mut fetch = self.fetch;
        csp = csp
            .base_uri(fetch.remove(&DirectiveName::BaseUri).unwrap_or_default())
            .form_action(fetch.remove(&DirectiveName::FormAction).unwrap_or_default());
        // Workers fall back to `script-src`, whose hosts and hashes are no list of workers.
        csp = csp.worker_src(fetch.remove(&DirectiveName::WorkerSrc).unwrap_or_default());
        for (directive, sources) in fetch {
            csp = set(csp, directive, sources);
        }
        if let Some(mut tokens) = self.sandbox {
            if self.has_forms {
                tokens.push(SandboxToken::AllowForms);
            }
            if self.opens_windows {
                // Else the window would be in this page's sandbox, too.
                tokens.push(SandboxToken::AllowPopups);
                tokens.push(SandboxToken::AllowPopupsToEscapeSandbox);
            }
            csp = csp.sandbox(tokens);
        }
        if self.guarded {
            // A legal name; were it none, no policy could be made at all.
            let policy: Option<TrustedTypesEntry> = "default".parse().ok();
            csp = csp.require_trusted_types_for_script().trusted_types(
                policy
                    .into_iter()
                    .chain(self.trusted_types.iter().cloned())
                    .collect::<Sources<_>>(),
            );
        }
        if let Some(reporting) = reporting {
            csp = csp
                .report_to(reporting.name.as_str())
                .report_uri([reporting.url.as_str()]);
        }
        csp.build()
    }

    /// Whether only the page itself, or nobody, may frame it; `None` when others may.
    pub(super) fn framing(&self) -> Option<crate::header::XFrameOptions> {
        use crate::header::XFrameOptions;
        if self.ancestors.is_empty() {
            return Some(XFrameOptions::Deny);
        }
        let own = self
            .ancestors
            .iter()
            .all(|source| *source == AncestorSource::SelfOrigin);
        own.then_some(XFrameOptions::SameOrigin)
    }
}

fn set(csp: CspBuilder, directive: DirectiveName, sources: Sources<FetchSource>) -> CspBuilder {
    match directive {
        DirectiveName::ImgSrc => csp.img_src(sources),
        DirectiveName::ConnectSrc => csp.connect_src(sources),
        DirectiveName::FontSrc => csp.font_src(sources),
        DirectiveName::MediaSrc => csp.media_src(sources),
        DirectiveName::ManifestSrc => csp.manifest_src(sources),
        DirectiveName::FrameSrc => csp.frame_src(sources),
        // `FETCH` holds no other that is still there.
        _ => csp,
    }
}

fn add<T: Ord>(sources: &mut Sources<T>, source: T) -> bool {
    let new = !sources.contains(&source);
    sources.extend([source]);
    new
}

/// The sources of attributes: `'unsafe-hashes'` says something where there are hashes.
fn with_hashes<T: Ord + Clone>(
    sources: Sources<T>,
    is_hash: impl Fn(&T) -> bool,
    unsafe_hashes: &T,
) -> Sources<T> {
    if sources.iter().any(is_hash) {
        sources
    } else {
        without(&sources, unsafe_hashes)
    }
}

fn without<T: Ord + Clone>(sources: &Sources<T>, source: &T) -> Sources<T> {
    sources
        .iter()
        .filter(|known| *known != source)
        .cloned()
        .collect()
}

/// Whether the exceptions let the page compile JavaScript from strings.
pub(super) fn allows_eval(relaxed: &[Relaxed]) -> bool {
    relaxed.iter().any(|relaxed| {
        matches!(
            relaxed.what(),
            Relaxation::Source { directive: DirectiveName::ScriptSrc, source }
                if source == "'unsafe-eval'"
        )
    })
}
