//! The inventory of a page's scripts and styles: no findings, but what evidence asks for.

use crate::audit::finding::address;
use crate::audit::input::Input;
use crate::audit::loaded::loaded;
use crate::audit::sdk::SdkFile;
use crate::audit::sink::Sink;
use crate::audit::{Response, Script};
use crate::csp::{Inline, PolicyList};
use crate::html::ScriptKind;
use crate::sdk::layout::FileKind;
use crate::sri::{Algorithm, Digest};

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let Some(document) = input.document else {
        return;
    };
    let page = input.response.place();
    for loaded in loaded(document) {
        let body = input.resource(&loaded.url).and_then(Response::body);
        let pinned = input.pinned(&loaded.url);
        sink.inventory.push(Script {
            page: page.clone(),
            kind: loaded.kind,
            url: address(&loaded.url),
            bytes: body.map(|body| body.len() as u64),
            digest: body.map(|body| Digest::of(Algorithm::Sha384, body)),
            integrity: loaded.method(),
            provenance: pinned.map(|file| file.provenance().as_str()),
            justification: pinned.map(|file| format!("{}, Face Liveness SDK", file.package())),
        });
    }
    for element in &document.elements {
        let (kind, inline) = match (element.name.as_str(), element.script_kind()) {
            ("script", _) if element.value("src").is_some() => continue,
            ("script", ScriptKind::Data) => continue,
            ("script", ScriptKind::ImportMap) => ("import map", Inline::script(&element.text)),
            ("script", _) => ("inline script", Inline::script(&element.text)),
            ("style", _) => ("inline style", Inline::style(&element.text)),
            _ => continue,
        };
        let nonce = element.value("nonce").unwrap_or_default();
        let csp = input.csp_of(element);
        let integrity = if csp.is_empty() {
            "none"
        } else if allow(&csp, &inline) {
            // What is allowed without a nonce is so by its hash, or by 'unsafe-inline'.
            if is_unsafe_inline(&csp) {
                "none"
            } else {
                "CSP hash"
            }
        } else if allow(&csp, &inline.nonce(nonce)) {
            "nonce"
        } else {
            "blocked by the policy"
        };
        sink.inventory.push(Script {
            page: page.clone(),
            kind,
            url: format!(
                "line {}, column {}",
                element.place.line, element.place.column
            ),
            bytes: Some(element.text.len() as u64),
            digest: Some(Digest::of(Algorithm::Sha384, element.text.as_bytes())),
            integrity,
            provenance: None,
            justification: None,
        });
    }
    let Some(sdk) = &input.sdk else {
        return;
    };
    for SdkFile { path, url, kind } in sdk.files() {
        let body = input.resource(&url).and_then(Response::body);
        let url = address(&url);
        let is_listed = sink.inventory.iter().any(|script| script.url == url);
        if !kind.is_code() || is_listed {
            continue;
        }
        let pinned = input.context.pins.and_then(|pins| pins.file(&path));
        sink.inventory.push(Script {
            page: page.clone(),
            kind: if let FileKind::Wasm(_) = kind {
                "wasm of the SDK"
            } else {
                "script of the SDK"
            },
            url,
            bytes: body.map(|body| body.len() as u64),
            digest: body.map(|body| Digest::of(Algorithm::Sha384, body)),
            integrity: if sdk.is_guarded(&path) {
                "guard"
            } else {
                "none"
            },
            provenance: pinned.map(|file| file.provenance().as_str()),
            justification: pinned.map(|file| format!("{}, Face Liveness SDK", file.package())),
        });
    }
}

/// Whether any text at all may run.
fn is_unsafe_inline(csp: &[&PolicyList]) -> bool {
    allow(csp, &Inline::script("\u{0}any text"))
}

fn allow(csp: &[&PolicyList], inline: &Inline<'_>) -> bool {
    csp.iter().all(|list| list.allows_inline(inline))
}
