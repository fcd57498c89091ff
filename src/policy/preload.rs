//! A page that is sent as it is: what headers alone have browsers check and report.

use super::compile::Depth;
use super::document::ScriptTrust;
use super::draft::Draft;
use super::location::own_source;
use super::{CompiledPolicy, Document, Policy, PolicyError};
use crate::csp::{Csp, ExternalScript, PolicyList, ScriptSource, Url};
use crate::errors::Errors;
use crate::header::IntegrityPolicy;
use crate::pins::{PinnedFile, Pins, Verified};
use crate::sdk::layout::{Engine, FileKind};
use crate::sri::{Algorithm, Digest};

/// How a page that is sent as it is recognises the SDK's component. See
/// [`Policy::compile_headers_only`]; there is no default, because each choice costs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a new way is a breaking change on purpose
pub enum ComponentTrust {
    /// By its URL, for every browser. Firefox alone then keeps to a refusal: Chromium refuses a
    /// changed component when it is loaded ahead, asks again when it is imported, and runs it.
    Url,
    /// By its digest alone. Chromium and Firefox run the pinned bytes and no others, whatever is
    /// tried again. **Safari's engine runs no component at all**: it does not load modules ahead
    /// (measured in WebKit 2.50).
    Digest,
}

/// What a page that is sent as it is gets beside its policy.
pub(super) struct Preloads {
    /// The `Link` field.
    pub(super) link: String,
    /// URL path and digest of the component, where the digest alone admits it.
    component: Option<(String, Digest)>,
    /// Of the pins, so that what browsers report can be compared with them.
    algorithm: Algorithm,
}

impl Policy {
    /// As [`Policy::compile`], for a page with the SDK that can't be changed, and so can't be
    /// [compiled](crate::docs::integrity): what headers alone can do.
    ///
    /// * `Link` loads the component (`rel=modulepreload`) and the engine that nearly every browser
    ///   takes (`rel=preload`) ahead of the page, with their `integrity`.
    /// * With [`Policy::reporting`], browsers report the digest of each script that they ran
    ///   (`'report-sha384'`, or the algorithm of the pins; [`reports`](crate::reports) compares
    ///   it with them)
    ///   and each script without `integrity` (`Integrity-Policy-Report-Only`).
    ///
    /// This is the weakest of the depths. What each browser makes of it is in
    /// [`docs::integrity`](crate::docs::integrity); no browser checks the WebAssembly.
    ///
    /// ```
    /// use tower_visor::response::ResponseClass;
    /// use tower_visor::layer::VisorLayer;
    /// use tower_visor::pins::Pins;
    /// use tower_visor::policy::{ComponentTrust, Document, HostKind, LivenessPage, Policy};
    /// use tower_visor::sdk::Endpoint;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// # let pins = Pins::scan(folder)?;
    /// // let pins = Pins::load("visor-lock.json")?;
    /// let verified = pins.verify(folder)?;
    /// let document = Document::new("https://liveness.contoso.example")?;
    /// let policy = Policy::strict(LivenessPage::pinned(document, &pins, Endpoint::resource("contoso")?))
    ///     .reporting("visor", "https://liveness.contoso.example/reports")?
    ///     .compile_headers_only(&verified, ComponentTrust::Url)?;
    /// let headers = policy.headers(ResponseClass::Document, HostKind::Named);
    /// let link = headers["link"].to_str()?;
    /// assert!(link.starts_with("</FaceLivenessDetector.js>; rel=modulepreload; integrity=\"sha384-"));
    ///
    /// let layer = VisorLayer::compiled(policy);
    /// # let _ = layer;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What [`Policy::compile`] finds, and
    ///
    /// * a page without the SDK, or one of another version or folder than the pins
    /// * with [`ComponentTrust::Digest`]: a nonce, or a folder in `script-src`, that admits the
    ///   component without its digest
    pub fn compile_headers_only(
        &self,
        verified: &Verified<'_>,
        component: ComponentTrust,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let pins = verified.pins();
        Errors::check(self.disagreements(pins))?;
        let mut policy = self.clone();
        if let Some(reporting) = &policy.reporting {
            let reported = IntegrityPolicy::scripts().report_to(reporting.name.clone());
            policy.integrity_policy_report_only.get_or_insert(reported);
        }
        policy.compile_as(Depth::HeadersOnly(&Preloads::new(pins, component)))
    }
}

impl Preloads {
    fn new(pins: &Pins, trust: ComponentTrust) -> Self {
        let entry = |file: &PinnedFile, how: &str| {
            let (url, integrity) = (file.url(), file.digest());
            format!("<{url}>; {how}; integrity=\"{integrity}\"")
        };
        // One component and both engines are in all pins. The plain engine is for browsers without
        // SIMD, and those that have it would load it for nothing. No browser checks what is loaded
        // ahead for `fetch` (https://crbug.com/981419), so the wasm isn't.
        let modules = pins.of_kind(FileKind::Component);
        let modules = modules.map(|file| entry(file, "rel=modulepreload"));
        let scripts = pins.of_kind(FileKind::Engine(Engine::Simd));
        // Without `crossorigin`, or the SDK's own request for it would be another one.
        let scripts = scripts.map(|file| entry(file, "rel=preload; as=script"));
        let link: Vec<String> = modules.chain(scripts).collect();
        let component = match trust {
            ComponentTrust::Url => None,
            ComponentTrust::Digest => pins.of_kind(FileKind::Component).next(),
        };
        Self {
            link: link.join(", "),
            component: component.map(|file| (file.url().to_owned(), file.digest())),
            algorithm: pins.algorithm(),
        }
    }

    /// Has the browser report the scripts that it ran.
    pub(super) fn report(&self, draft: &mut Draft) {
        draft.report_hashes(self.algorithm);
    }

    /// What `script-src` becomes.
    pub(super) fn apply(&self, page: &Document, draft: &mut Draft) -> Result<(), PolicyError> {
        let Some((path, digest)) = &self.component else {
            return Ok(());
        };
        let source = own_source(&page.origin, path)?;
        draft.by_digest(&source, *digest);
        // A script with a nonce passes it on to what it imports.
        if page.scripts_by == ScriptTrust::Nonce {
            return Err(PolicyError::ComponentByNonce);
        }
        let csp = |error| PolicyError::Csp { error };
        let url: Url = format!("{}{path}", page.origin).parse().map_err(csp)?;
        let other = draft.script_hosts().find(|host| {
            let alone = Csp::builder().script_src([ScriptSource::Host((*host).clone())]);
            let alone = alone.build().map(|csp| PolicyList::from(&csp));
            // What can't stand alone is found when the whole policy is made.
            alone.is_ok_and(|alone| {
                alone.allows_external_script(&ExternalScript::new(&url), &page.origin)
            })
        });
        match other {
            Some(source) => Err(PolicyError::ComponentByUrl {
                source_expression: source.to_string(),
            }),
            None => Ok(()),
        }
    }
}
