//! Subresource Integrity: does the browser check what the page loads?

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, pci};
use crate::audit::finding::{shown, shown_url};
use crate::audit::input::Input;
use crate::audit::loaded::{Loaded, loaded};
use crate::audit::sink::Sink;
use crate::audit::{Code, Response, Subject};
use crate::header::{IntegrityDestination, IntegrityPolicy};
use crate::sri::{Entry, Integrity, Verdict};

codes! {
    SCRIPT_FOREIGN_UNCHECKED = "script-foreign-unchecked", High,
        "a script from another origin runs without integrity",
        "serve the file yourself, or give the element `integrity` and `crossorigin=\"anonymous\"`; a script that its publisher changes at any time (payments, tag managers) belongs in a frame or on another page, or needs a waiver",
        [microsoft("sri"), asvs("3.6.1"), pci("6.4.3")];
    SCRIPT_UNCHECKED = "script-unchecked", Medium,
        "a script from the page's own origin runs without integrity",
        "give the element `integrity` and `crossorigin=\"anonymous\"`, or compile the page with `Page`",
        [microsoft("sri"), pci("6.4.3")];
    STYLE_FOREIGN_UNCHECKED = "style-foreign-unchecked", Medium,
        "a style sheet from another origin is used without integrity",
        "serve the file yourself, or give the element `integrity` and `crossorigin=\"anonymous\"`",
        [microsoft("sri"), asvs("3.6.1")];
    STYLE_UNCHECKED = "style-unchecked", Low,
        "a style sheet from the page's own origin is used without integrity",
        "give the element `integrity` and `crossorigin=\"anonymous\"`",
        [microsoft("sri")];
    INTEGRITY_IGNORED = "integrity-ignored", High,
        "browsers ignore the integrity metadata, and use the file unchecked",
        "write `sha384-` and the base64 of the digest, nothing else",
        [microsoft("sri"), asvs("3.6.1"), pci("6.4.3")];
    INTEGRITY_ENTRY_IGNORED = "integrity-entry-ignored", Low,
        "browsers ignore a part of the integrity metadata",
        "remove the entry, or write it as `sha384-` and the base64 of the digest",
        [microsoft("sri")];
    INTEGRITY_NEVER_MATCHES = "integrity-never-matches", Medium,
        "no file can match the integrity metadata, so browsers refuse every one",
        "write the whole digest: 32 bytes for sha256, 48 for sha384, 64 for sha512",
        [microsoft("sri")];
    INTEGRITY_MISMATCH = "integrity-mismatch", High,
        "the file that is served does not match its integrity metadata",
        "find out which of the two is right: the file was changed, or the page is out of date",
        [microsoft("sri"), pci("6.4.3"), pci("11.6.1")];
    INTEGRITY_AGAINST_PINS = "integrity-against-pins", High,
        "the integrity metadata of an SDK file is not what is pinned",
        "compile the page with the pins of the SDK that is served",
        [microsoft("sri"), pci("6.4.3")];
    INTEGRITY_WITHOUT_CORS = "integrity-without-cors", Medium,
        "integrity metadata without `crossorigin`: browsers refuse the file",
        "add `crossorigin=\"anonymous\"` to the element",
        [microsoft("sri")];
    INTEGRITY_POLICY_BLOCKS = "integrity-policy-blocks", Medium,
        "Integrity-Policy blocks a file that the page loads without integrity",
        "give the element `integrity` and `crossorigin=\"anonymous\"`",
        [microsoft("sri")];
    IMPORT_MAP_INVALID = "import-map-invalid", Medium,
        "browsers drop the import map, and the integrity in it",
        "write one JSON object whose `imports`, `scopes` and `integrity` are objects",
        [microsoft("sri")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let Some(document) = &input.document else {
        return;
    };
    if let Some((place, reason)) = &document.map.fault {
        let subject = Subject::Element {
            name: "script".to_owned(),
            line: place.line,
            column: place.column,
        };
        sink.find(Code::IMPORT_MAP_INVALID, subject, shown(reason));
    }
    let policy = IntegrityPolicy::effective(input.response.values(IntegrityPolicy::NAME));
    for loaded in loaded(document) {
        let is_blocked = !loaded.is_style() && policy.blocks(IntegrityDestination::Script);
        metadata(input, &loaded, is_blocked, sink);
    }
}

fn metadata(input: &Input<'_>, loaded: &Loaded<'_>, is_blocked: bool, sink: &mut Sink) {
    let url = shown_url(&loaded.url);
    let is_own = loaded.url.origin() == Some(input.response.origin());
    let text = loaded.metadata.unwrap_or_default();
    let reading = Integrity::effective(text);
    if !reading.checks() {
        let (code, found) = match (is_blocked, reading.entries().is_empty()) {
            (true, _) => (Code::INTEGRITY_POLICY_BLOCKS, url),
            (_, false) => (
                Code::INTEGRITY_IGNORED,
                format!("`{}` for {url}", shown(text)),
            ),
            (_, true) => match (loaded.is_style(), is_own) {
                (false, false) => (Code::SCRIPT_FOREIGN_UNCHECKED, url),
                (false, true) => (Code::SCRIPT_UNCHECKED, url),
                (true, false) => (Code::STYLE_FOREIGN_UNCHECKED, url),
                (true, true) => (Code::STYLE_UNCHECKED, url),
            },
        };
        sink.find(code, loaded.subject(), found);
        return;
    }
    for entry in reading.entries() {
        if let Entry::Ignored(_) = entry.entry {
            let found = format!("`{}` for {url}", shown(&entry.text));
            sink.find(Code::INTEGRITY_ENTRY_IGNORED, loaded.subject(), found);
        }
    }
    // Same-origin files need CORS only where Integrity-Policy asks for it (SRI, 3.5).
    if !loaded.is_cors() && (!is_own || is_blocked) {
        sink.find(Code::INTEGRITY_WITHOUT_CORS, loaded.subject(), url.clone());
    }
    if reading.algorithm().is_some() && reading.strongest().next().is_none() {
        let found = format!("`{}` for {url}", shown(text));
        sink.find(Code::INTEGRITY_NEVER_MATCHES, loaded.subject(), found);
        return;
    }
    if let Some(body) = input.resource(&loaded.url).and_then(Response::body)
        && reading.verdict(body) == Verdict::Refused
    {
        let found = format!("{url} is not `{}`", shown(text));
        sink.find(Code::INTEGRITY_MISMATCH, loaded.subject(), found);
    }
    if let Some(file) = input.pinned(&loaded.url) {
        let pinned = file.digest();
        let mut compared = reading.strongest().peekable();
        let is_same_algorithm = reading.algorithm() == Some(pinned.algorithm());
        if is_same_algorithm && compared.peek().is_some() && !compared.any(|d| *d == pinned) {
            let found = format!("`{}` for {url}, pinned is `{pinned}`", shown(text));
            sink.find(Code::INTEGRITY_AGAINST_PINS, loaded.subject(), found);
        }
    }
}
