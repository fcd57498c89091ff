//! HTML bodies through the streaming rewriter: cut anywhere they become the same page, and the page
//! is the one that was written, but for nonces on the application's own tags.

mod judge;
mod service;

use bytes::Bytes;
use judge::unchanged;
use service::{Outcome, is_stamped, nonce, pieces, through};
use tower_visor::html_stream::Mark;

use super::is_message;

pub use judge::are_own;

/// The application's secret; its beginning comes again in it. Lower case, as it may become a name.
const MARK: &str = "visorvisorvisorvisorvisor-1";

/// What stands for it where it is not a nonce.
const FILLER: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// The application's own elements; the bytes 1 to 5 of an input stand for them.
const OWN: [&str; 5] = [
    "<script nonce=\"MARK\" src=/app.js></script>",
    "<script nonce='MARK'>go()</script>",
    "<style nonce=MARK>p {}</style>",
    "<link nonce=\"MARK\" rel=stylesheet href=/app.css>",
    "<SCRIPT async type=module nonce=\"MARK\" src=/x.js></SCRIPT>",
];

/// Name, other attributes, text.
type Seen = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// The same as a browser's parser sees them.
const BLESSED: [Seen; 5] = [
    ("script", &[("src", "/app.js")], ""),
    ("script", &[], "go()"),
    ("style", &[], "p {}"),
    ("link", &[("href", "/app.css"), ("rel", "stylesheet")], ""),
    (
        "script",
        &[("async", ""), ("src", "/x.js"), ("type", "module")],
        "",
    ),
];

/// This byte of an input stands for the mark itself, somewhere else than in an element of `OWN`.
const BARE_MARK: u8 = 6;

/// What a body is besides its data: bits of an input's first byte. The lowest three are the kind of
/// response; most are HTML.
mod flag {
    pub(super) const TRAILERS: u8 = 8;
    pub(super) const FAILS: u8 = 16;
    pub(super) const WAITS: u8 = 32;
}

/// How the body comes, where it is cut, and what it is made of.
pub fn run(data: &[u8]) {
    let [kind, cuts, template @ ..] = data else {
        return;
    };
    if let Ok(line) = str::from_utf8(template)
        && let Err(error) = line.parse::<Mark>()
    {
        is_message(&error);
    }
    // libFuzzer looks at what is compared, and so learns what no attacker knows.
    if contains(template, nonce().as_str()) {
        return;
    }
    let source = source(template);
    let whole = through(*kind, vec![Bytes::from(source.clone())]);
    let pieces = through(*kind, pieces(&source, *cuts, kind & flag::WAITS != 0));
    if !is_stamped(*kind) {
        assert_eq!(whole.data, source);
        assert_eq!(pieces.data, source);
        assert_eq!(whole.error, pieces.error);
        assert_eq!(whole.error.is_some(), kind & flag::FAILS != 0);
        return;
    }
    same(&whole, &pieces);
    let nonce = nonce().as_str();
    for outcome in [&whole, &pieces] {
        assert!(!contains(&outcome.data, MARK), "the mark got out");
        let html = String::from_utf8_lossy(&outcome.data);
        let is_cut = outcome.error.is_some();
        if !has_bare(template) {
            let own = template.iter().filter(|byte| (1..=5).contains(*byte));
            assert!(html.matches(nonce).count() <= own.count(), "{html}");
        }
        are_own(&html, nonce, has_bare(template), is_cut);
    }
    if whole.error.is_none() {
        let has_filler = contains(template, FILLER);
        unchanged(
            &source,
            &whole.data,
            nonce,
            has_bare(template) || has_filler,
        );
    }
}

/// Whether the mark stands where it may become part of a tag of others.
fn has_bare(template: &[u8]) -> bool {
    template.contains(&BARE_MARK) || contains(template, MARK)
}

/// The bytes that the application writes.
fn source(template: &[u8]) -> Vec<u8> {
    let mut source = Vec::new();
    for byte in template {
        match byte {
            1..=5 => {
                let tag = OWN[usize::from(*byte) - 1].replace("MARK", MARK);
                source.extend_from_slice(tag.as_bytes());
            }
            &BARE_MARK => source.extend_from_slice(MARK.as_bytes()),
            _ => source.push(*byte),
        }
    }
    source
}

fn contains(text: &[u8], wanted: &str) -> bool {
    text.windows(wanted.len())
        .any(|part| part == wanted.as_bytes())
}

/// However it was cut, it is the same.
fn same(whole: &Outcome, pieces: &Outcome) {
    // How much memory is needed depends on where tags are cut.
    let is_memory = |error: &Option<String>| {
        let error = error.as_deref();
        error.is_some_and(|error| error.contains("bytes of memory"))
    };
    if is_memory(&whole.error) || is_memory(&pieces.error) {
        return;
    }
    assert_eq!(whole.error, pieces.error);
    if whole.error.is_none() {
        assert!(whole.data == pieces.data, "{whole} {pieces}");
    } else {
        let shorter = whole.data.len().min(pieces.data.len());
        assert!(whole.data[..shorter] == pieces.data[..shorter]);
    }
}

const SEEDS: [&str; 26] = [
    "\u{8}a<!doctype html><html><head>\u{4}\u{3}</head><body><p class=a>caf\u{e9}</p>\u{1}</body></html>\n",
    "\0b\u{1}\u{2}\u{3}\u{4}\u{5}",
    "(c<p>before</p><script src=//evil.example/ a=\u{1}<p>after",
    "\0d<script src=//evil.example/ a='\u{2}' b>\u{1}",
    "\0e<img alt=\"\u{1}\u{6}\"><textarea>\u{1}</textarea>\u{2}",
    "\0f<!-- \u{2} --><title>\u{3}</title>\u{6}",
    "\0g<svg>\u{2}<style>\u{3}</style><title>\u{1}</title></svg>\u{1}",
    "\0h<math><mtext>\u{2}</math><table>\u{1}<tr><td>\u{3}</table>",
    "\0i<template>\u{1}</template><noscript>\u{1}</noscript>\u{2}",
    "\0j<select>\u{1}</select><xmp>\u{1}</xmp><iframe>\u{2}</iframe>",
    "\0k<p>\u{1}<plaintext>\u{1}</plaintext>",
    "\0l<svg><![CDATA[\u{1}]]>\u{2}</svg><![CDATA[\u{1}]]>",
    "\0m<script>const a = '\u{6}'; // <!-- <script>\n</script>\u{1}",
    "\0n<script nonce=\"\u{6}\" nonce=\"\u{6}\" src=a>1</script><style nonce=\u{6}>a</style>",
    "\0o<script nonce=\u{6}\u{6}></script><p nonce=\u{6}>visorvisor</p>\u{6}\u{6}",
    "\0p<select><xmp><script nonce=\u{6}>",
    "\0q<li>a<li>b<b><i></b></i><a href=x><a href=y></a><p><table><p>\u{1}",
    "\0r<frameset>\u{1}</frameset>",
    "\0s<html a=1><body b=2><html c=3 a=4><body d>\u{1}",
    "\u{18}t<p>one</p>\u{1}<p",
    "\u{30}u\u{1}two",
    ",v{\"json\": \"\u{6}\"}",
    "-wgzip\u{6}",
    ".xpart\u{6}",
    "/y<p>\u{6}",
    "\u{1}z<SCRIPT NONCE=\u{6} ASYNC/><scr\0ipt nonce=\u{6}></script><script/nonce=\u{6}/>\r\n",
];

/// Pages of the application's with text of others in them.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|html| html.as_bytes().to_vec()).into()
}
