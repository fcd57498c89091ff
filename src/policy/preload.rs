//! A page that is sent as it is: what headers alone have browsers check and report.

use crate::pins::{PinnedFile, Pins};
use crate::sdk::layout::{Engine, FileKind};
use crate::sri::{Algorithm, Digest};

/// How a page that is sent as it is recognises the SDK's component. See
/// [`Policy::compile_headers_only`](super::Policy::compile_headers_only); there is no default, because
/// each choice costs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a new way is a breaking change on purpose
pub enum ComponentTrust {
    /// By its URL, for every browser. Only Firefox then sticks to a refusal: Chromium refuses a
    /// changed component when it is preloaded, requests it again when it is imported, and runs it.
    Url,
    /// By its digest alone. Chromium and Firefox run the pinned bytes and no others, however often
    /// it is tried. **Safari's engine runs no component at all**: it does not load modules ahead
    /// (measured in WebKit 2.50).
    Digest,
}

/// What a page that is sent as it is gets beside its policy.
pub(super) struct Preloads {
    /// The `Link` field.
    pub(super) link: String,
    /// URL path and digest of the component, where the digest alone admits it.
    pub(super) component: Option<(String, Digest)>,
    /// Of the pins, so that what browsers report can be compared with them.
    pub(super) algorithm: Algorithm,
}

impl Preloads {
    pub(super) fn new(pins: &Pins, trust: ComponentTrust) -> Self {
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
}
