//! `Integrity-Policy-WAICT-v1`: is what the server sends what its manifest says?

use std::collections::BTreeSet;

use http::header::CONTENT_ENCODING;

use crate::audit::code::codes;
use crate::audit::control::{microsoft, pci};
use crate::audit::finding::{shown, shown_url};
use crate::audit::input::{Input, sent};
use crate::audit::loaded::loaded;
use crate::audit::loads;
use crate::audit::sink::Sink;
use crate::audit::{Code, Response, Subject};
use crate::header::{EffectiveWaict, Waict, WaictRevision};
use crate::html::JAVASCRIPT;
use crate::url::Url;
use crate::waict::{ReadWaict, WaictManifest};

codes! {
    WAICT_DROPPED = "waict-dropped", Low,
        "browsers drop Integrity-Policy-WAICT-v1, or a part of it",
        "write `max-age`, `mode`, `blocked-destinations` and `manifest` as both revisions of the draft read them",
        [microsoft("sri")];
    WAICT_MANIFEST_INVALID = "waict-manifest-invalid", Medium,
        "browsers don't accept the manifest: where it is enforced, nothing loads",
        "serve it at the URL that the header names, in the draft's form and type",
        [microsoft("sri"), pci("11.6.1")];
    WAICT_FILE_MISSING = "waict-file-missing", Medium,
        "the manifest doesn't name what the page runs: where it is enforced, that is blocked",
        "generate the manifest from everything that the site serves, in the same build",
        [microsoft("sri"), pci("6.4.3")];
    WAICT_STALE = "waict-stale", Medium,
        "the manifest names different bytes from those that the server sends",
        "deploy the manifest with the files that it describes, or find out who changed them",
        [microsoft("sri"), pci("11.6.1")];
    WAICT_TOO_WIDE = "waict-too-wide", Low,
        "the manifest allows more than each file at its own URL",
        "name each file by its URL",
        [microsoft("sri"), pci("6.4.3")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let Some(value) = sent(input.response, Waict::NAME) else {
        return;
    };
    let waict = Waict::effective(input.response.values(Waict::NAME));
    header(&value, &waict, sink);
    let Some(url) = loads::waict_manifest(input) else {
        return;
    };
    let Some(answer) = input.resource(&url) else {
        let what = format!("the manifest {}", shown_url(&url));
        return sink.none_of(CODES, what, "it was not fetched");
    };
    let subject = || Subject::resource(&url);
    match manifest(answer, input) {
        Err(found) => sink.find(Code::WAICT_MANIFEST_INVALID, subject(), found),
        Ok(read) => {
            if let Some(reason) = refusal(&read, &waict) {
                sink.find(Code::WAICT_MANIFEST_INVALID, subject(), reason);
            }
            if read.is_tombstone() {
                let found = "`emergency_opt_out`: nothing is checked";
                return sink.find(Code::WAICT_TOO_WIDE, subject(), found);
            }
            if read.at_any_url() > 0 {
                let found = format!("files that may come from any URL: {}", read.at_any_url());
                sink.find(Code::WAICT_TOO_WIDE, subject(), found);
            }
            compare(input, read.manifest(), sink);
        }
    }
}

fn header(value: &str, waict: &EffectiveWaict, sink: &mut Sink) {
    let mut dropped = |found: String| {
        sink.find(Code::WAICT_DROPPED, Subject::header(Waict::NAME), found);
    };
    if let Some(error) = waict.syntax_error() {
        return dropped(format!("`{value}`: {error}"));
    }
    let by = |revision| waict.ignored_by(revision);
    let (first, second) = (by(WaictRevision::First), by(WaictRevision::Second));
    match (first, second, by(WaictRevision::Later)) {
        (_, Some(reason), Some(_)) => dropped(format!("`{value}`: {reason}")),
        (Some(reason), None, _) => {
            dropped(format!("Firefox's prototype drops `{value}`: {reason}"));
        }
        _ => {}
    }
    for ignored in waict.ignored() {
        dropped(format!("`{}` is skipped", shown(ignored)));
    }
}

/// The manifest as browsers get it, or why they don't.
fn manifest(answer: &Response, input: &Input<'_>) -> Result<ReadWaict, String> {
    if !answer.status().is_success() {
        return Err(format!("the server answers {}", answer.status().as_u16()));
    }
    let kind = answer.media_type();
    if kind != WaictManifest::CONTENT_TYPE {
        let wanted = WaictManifest::CONTENT_TYPE;
        return Err(format!("its type is `{}`, not `{wanted}`", shown(&kind)));
    }
    let body = plain(answer).ok_or("its body was not read")?;
    let read = WaictManifest::read(body, input.response.origin());
    read.map_err(|error| error.to_string())
}

/// Why browsers of each revision refuse it.
fn refusal(read: &ReadWaict, waict: &EffectiveWaict) -> Option<String> {
    // Whoever spells it for the prototype means the prototype.
    let revisions = [
        WaictRevision::First,
        WaictRevision::Second,
        WaictRevision::Later,
    ];
    let by_all = revisions
        .into_iter()
        .all(|revision| read.refused_by(revision).is_some());
    if by_all {
        let reason = read.refused_by(WaictRevision::Second);
        return reason.map(str::to_owned);
    }
    let needs_proof = waict.max_age().is_some_and(|age| !age.is_zero());
    let without = needs_proof && !read.manifest().has_proof() && !read.is_tombstone();
    without.then(|| "`max-age` is not 0, and there is no proof that it is in a log".to_owned())
}

/// The body before content coding, where it can be told.
fn plain(answer: &Response) -> Option<&[u8]> {
    let is_plain = answer
        .values(CONTENT_ENCODING)
        .all(|coding| coding.eq_ignore_ascii_case(b"identity"));
    let body = answer.body().filter(|_| is_plain)?;
    Some(body)
}

/// What came, against what the manifest says.
fn compare(input: &Input<'_>, manifest: &WaictManifest, sink: &mut Sink) {
    if let Some(body) = plain(input.response) {
        let url = input.response.url();
        let is_fine = manifest.allows(&url.to_string(), body) || manifest.allows_fallback(body);
        if !is_fine {
            tell(url, manifest, sink);
        }
    }
    let named: BTreeSet<Url> = input
        .document
        .into_iter()
        .flat_map(loaded)
        .map(|loaded| loaded.url)
        .collect();
    for url in loads::files(input) {
        let file = input.resource(&url);
        let Some(file) = file.filter(|file| file.status().is_success()) else {
            continue;
        };
        let kind = file.media_type();
        // What `fetch` gets is not checked; what stands in the manifest should still be true.
        let is_active =
            named.contains(&url) || kind == "text/css" || JAVASCRIPT.contains(&kind.as_str());
        let is_known = manifest.names(&url.to_string());
        let Some(body) = plain(file).filter(|_| is_known || is_active) else {
            continue;
        };
        if !manifest.allows(&url.to_string(), body) {
            tell(&url, manifest, sink);
        } else if kind == "application/wasm" && !manifest.allows_wasm(body) {
            let found = "its digest is not in `wasm_hashes`";
            sink.find(Code::WAICT_FILE_MISSING, Subject::resource(&url), found);
        }
    }
}

fn tell(url: &Url, manifest: &WaictManifest, sink: &mut Sink) {
    let subject = Subject::resource(url);
    if manifest.names(&url.to_string()) {
        let found = "the manifest has another digest for it";
        sink.find(Code::WAICT_STALE, subject, found);
    } else {
        sink.find(Code::WAICT_FILE_MISSING, subject, "it is not in `hashes`");
    }
}
