//! HTML bodies through the streaming rewriter: cut anywhere they become the same page, and the page
//! is the one that was written, but for nonces on the application's own tags.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use html5ever::QualName;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use markup5ever_rcdom::{Handle, NodeData};
use tower_layer::Layer as _;
use tower_service::Service;
use tower_visor::html_stream::{HtmlStreamLayer, Mark};
use tower_visor::layer::{Nonce, VisorLayer};
use tower_visor::policy::{Document, Policy, ScriptTrust};

use super::{dom, is_message};

/// The application's secret; its beginning comes again in it. Lower case, as it may become a name.
const MARK: &str = "visorvisorvisorvisorvisor-1";

/// What stands for it where it is no nonce.
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

/// Cut at places that follow from the seed; some of the pieces are empty.
fn pieces(source: &[u8], seed: u8, waits: bool) -> Vec<Bytes> {
    let mut state = u32::from(seed);
    let mut next = |most: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 16).unwrap_or_default() % (most + 1)
    };
    // One byte at a time, a few, or many.
    let most = [1, 3, 9, 40, 300, 5000][usize::from(seed) % 6];
    let mut pieces = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(next(most).min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = after;
        if waits && next(3) == 0 {
            pieces.push(Bytes::new());
        }
    }
    pieces
}

/// A body of these pieces. Where it waits, it does so before each.
struct Pieces {
    kind: u8,
    data: VecDeque<Bytes>,
    is_waiting: bool,
    trailers: Option<HeaderMap>,
    is_failing: bool,
}

#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("gone")
    }
}

impl std::error::Error for Gone {}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Gone;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Gone>>> {
        self.is_waiting = self.kind & flag::WAITS != 0 && !self.is_waiting;
        if self.is_waiting {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(piece) = self.data.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if std::mem::take(&mut self.is_failing) {
            self.trailers = None;
            return Poll::Ready(Some(Err(Gone)));
        }
        let trailers = self.trailers.take();
        Poll::Ready(trailers.map(|map| Ok(Frame::trailers(map))))
    }

    fn size_hint(&self) -> SizeHint {
        let left: usize = self.data.iter().map(Bytes::len).sum();
        SizeHint::with_exact(left as u64)
    }
}

/// Answers once.
struct Once(Option<Response<Pieces>>);

impl Service<Request<()>> for Once {
    type Response = Response<Pieces>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(self.0.take().expect("one request")))
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a service that answers at once was waited for"),
    }
}

/// Keeps the nonce that a layer made for a request.
struct Keep<'a>(&'a mut Option<Nonce>);

impl Service<Request<()>> for Keep<'_> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        *self.0 = request.extensions().get::<Nonce>().copied();
        ready(Ok(Response::new(String::new())))
    }
}

/// A nonce as the layer makes it; one for the process, so that an input does the same each time.
fn nonce() -> &'static Nonce {
    static NONCE: OnceLock<Nonce> = OnceLock::new();
    NONCE.get_or_init(|| {
        let page = Document::new("https://www.contoso.example").expect("an origin");
        let policy = Policy::document(page.scripts_by(ScriptTrust::Nonce));
        let layer = VisorLayer::new(&policy).expect("a policy");
        let mut nonce = None;
        now(layer.layer(Keep(&mut nonce)).call(Request::new(()))).expect("an answer");
        nonce.expect("a nonce")
    })
}

const fn is_stamped(kind: u8) -> bool {
    kind & 7 < 4
}

/// What came out.
struct Outcome {
    data: Vec<u8>,
    error: Option<String>,
}

/// A body through the layer, with all that holds for any body on its way.
fn through(kind: u8, pieces: Vec<Bytes>) -> Outcome {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("a"));
    let trailers = Some(trailers).filter(|_| kind & flag::TRAILERS != 0);
    let mut response = Response::new(Pieces {
        kind,
        data: pieces.into(),
        is_waiting: false,
        trailers: trailers.clone(),
        is_failing: kind & flag::FAILS != 0,
    });
    let media_type = match kind & 7 {
        1 => "TEXT/HTML",
        4 => "text/plain",
        _ => "text/html; charset=utf-8",
    };
    let media_type = HeaderValue::from_static(media_type);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    match kind & 7 {
        5 => drop(headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"))),
        6 => *response.status_mut() = StatusCode::PARTIAL_CONTENT,
        7 => drop(headers.remove(CONTENT_TYPE)),
        _ => {}
    }
    let layer = HtmlStreamLayer::new(MARK.parse().expect("a mark"));
    let mut request = Request::new(());
    request.extensions_mut().insert(*nonce());
    let answer = now(layer.layer(Once(Some(response))).call(request));
    let mut body = pin!(answer.expect("an answer").into_body());

    let mut context = Context::from_waker(Waker::noop());
    let mut outcome = Outcome {
        data: Vec::new(),
        error: None,
    };
    let mut hints = Vec::new();
    let mut came = None;
    loop {
        hints.push((outcome.data.len(), body.size_hint()));
        let is_over = body.is_end_stream();
        match body.as_mut().poll_frame(&mut context) {
            Poll::Pending => assert!(kind & flag::WAITS != 0 && !is_over),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(error))) => {
                assert!(!is_over);
                assert_eq!(came, None, "an error after the trailers");
                is_message(&error);
                outcome.error = Some(error.to_string());
                break;
            }
            Poll::Ready(Some(Ok(frame))) => {
                assert!(!is_over, "more after the end");
                assert_eq!(came, None, "more after the trailers");
                match frame.into_data() {
                    Ok(data) => outcome.data.extend_from_slice(&data),
                    Err(frame) => came = frame.into_trailers().ok(),
                }
            }
        }
    }
    for _ in 0..2 {
        let more = body.as_mut().poll_frame(&mut context);
        // The inner body waits before it says that there is no more.
        assert!(matches!(more, Poll::Ready(None) | Poll::Pending));
    }
    if outcome.error.is_none() {
        assert_eq!(came, trailers, "trailers");
        assert!(kind & flag::FAILS == 0, "an error was swallowed");
        for (at, hint) in hints {
            let left = (outcome.data.len() - at) as u64;
            assert!(hint.lower() <= left, "{hint:?} and {left}");
            assert!(hint.upper().is_none_or(|most| left <= most), "{hint:?}");
        }
    }
    outcome
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

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.data))
    }
}

/// Whatever has the nonce is an element of the application's, as it was written.
pub fn are_own(html: &str, nonce: &str, has_bare: bool, is_cut: bool) {
    dom::walk(html, |_, node| is_own(node, nonce, has_bare, is_cut));
}

fn is_own(node: &Handle, nonce: &str, has_bare: bool, is_cut: bool) {
    let NodeData::Element { name, attrs, .. } = &node.data else {
        return;
    };
    let attributes = attrs.borrow();
    if attributes.iter().all(|one| !one.value.contains(nonce)) {
        return;
    }
    let name = &*name.local;
    assert!(["script", "style", "link"].contains(&name), "{name}");
    assert_eq!(dom::value(&attributes, "nonce"), Some(nonce));
    // Text of others beside the mark itself may be a tag of the application's.
    if has_bare {
        return;
    }
    let mut others: Vec<(&str, &str)> = attributes
        .iter()
        .map(|one| (&*one.name.local, &*one.value))
        .filter(|(name, _)| *name != "nonce")
        .collect();
    others.sort_unstable();
    let text = dom::text_of(node);
    let is_own = BLESSED.iter().any(|(known, attributes, content)| {
        // In SVG what follows a link stands in it.
        let has_text = text == *content
            || (is_cut && content.starts_with(&text))
            || (name == "link" && *known == name);
        *known == name && *attributes == others && has_text
    });
    assert!(is_own, "{name} {others:?} {text:?}");
}

/// A node as it is compared.
#[derive(Debug, PartialEq)]
enum Node {
    Document,
    Doctype(String),
    Text(String),
    Comment(String),
    Element {
        name: QualName,
        attributes: Vec<(String, String)>,
        nonce: Option<String>,
    },
}

impl Node {
    fn is_blessed(&self) -> bool {
        let Self::Element {
            name, attributes, ..
        } = self
        else {
            return false;
        };
        let mut others: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        others.sort_unstable();
        let name = &*name.local;
        let mut all = BLESSED.iter();
        all.any(|(known, attributes, _)| *known == name && *attributes == others)
    }
}

fn nodes(html: &[u8]) -> Vec<(usize, Node)> {
    let mut nodes = Vec::new();
    // Bytes that are no UTF-8 are replaced, as browsers do.
    dom::walk(&String::from_utf8_lossy(html), |depth, node| {
        let node = match &node.data {
            NodeData::Document => Node::Document,
            NodeData::Doctype {
                name,
                public_id,
                system_id,
            } => Node::Doctype(format!("{name} {public_id} {system_id}")),
            NodeData::Text { contents } => Node::Text(contents.borrow().to_string()),
            NodeData::Comment { contents } => Node::Comment(contents.to_string()),
            NodeData::ProcessingInstruction { .. } => panic!("not in HTML"),
            NodeData::Element { name, attrs, .. } => {
                let attributes = attrs.borrow();
                let nonce = dom::value(&attributes, "nonce").map(str::to_owned);
                let others = attributes.iter();
                let others = others.filter(|one| &*one.name.local != "nonce");
                Node::Element {
                    name: name.clone(),
                    attributes: others
                        .map(|one| (one.name.local.to_string(), one.value.to_string()))
                        .collect(),
                    nonce,
                }
            }
        };
        nodes.push((depth, node));
    });
    nodes
}

/// To a browser the page is as it was written, but for nonces in place of marks: on each element
/// of the application's, unless others may have written the like.
fn unchanged(source: &[u8], out: &[u8], nonce: &str, has_like: bool) {
    let before = nodes(&replaced(source));
    let after = nodes(out);
    // There the parser may take for a tag what is text to browsers, or the other way round: it
    // doesn't know where each foreign element ends, and of `<![CDATA[` in the title of a picture.
    // A text gets a nonce then and runs nothing, and an element gets none.
    let lower = source.to_ascii_lowercase();
    let is_foreign = contains(&lower, "<svg") || contains(&lower, "<math");
    assert_eq!(before.len(), after.len(), "{before:?} became {after:?}");
    for ((depth, mut before), (now, mut after)) in before.into_iter().zip(after) {
        assert_eq!(depth, now, "{before:?} {after:?}");
        if let (Node::Element { nonce: old, .. }, Node::Element { nonce: new, .. }) =
            (&mut before, &mut after)
            && old.as_deref() == Some(FILLER)
            && new.as_deref().is_none_or(|new| new == nonce)
        {
            // What the mark becomes in a tag that is looked at; which tag, `is_own` says.
            let has_nonce = new.is_some();
            (*old, *new) = (None, None);
            assert!(
                has_nonce || has_like || is_foreign || !before.is_blessed(),
                "{before:?}"
            );
        }
        if let (true, Node::Text(text) | Node::Comment(text)) = (is_foreign, &mut after) {
            *text = text.replace(nonce, FILLER);
        }
        assert_eq!(before, after);
    }
}

/// With the filler in place of each mark.
fn replaced(source: &[u8]) -> Vec<u8> {
    let mut out = source.to_vec();
    let mut at = 0;
    while at + MARK.len() <= out.len() {
        if out[at..].starts_with(MARK.as_bytes()) {
            out[at..at + MARK.len()].copy_from_slice(FILLER.as_bytes());
            at += MARK.len();
        } else {
            at += 1;
        }
    }
    out
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
