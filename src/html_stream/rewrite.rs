//! HTML in, HTML with nonces out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lol_html::errors::RewritingError;
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{MemorySettings, OutputSink, Selector};

use super::parser_view::ParserView;
use super::replace::{Replace, Tag};
use super::{Mark, StampError};
use crate::layer::Nonce;

/// What one response may take. Each element that is open takes some 100 bytes, and the parser
/// doesn't know that a `<li>` ends where the next begins: this is enough for some thousands.
const MEMORY: usize = 1 << 20;

/// The elements on which a nonce means something.
static MARKED: LazyLock<Option<Selector>> =
    LazyLock::new(|| "script[nonce], style[nonce], link[nonce]".parse().ok());

/// One response's rewriter.
///
/// The parser is asked where the marks of good tags stand, and changes nothing itself: a tag that it
/// writes anew may be another one to browsers. (`<script src/=x>` has an attribute `=x`, and
/// `<script src =x>` loads it.)
pub(super) struct Rewriter {
    html: HtmlRewriter<'static, Sink>,
    view: ParserView,
    passed: Arc<Mutex<Passed>>,
    replace: Replace,
}

/// What the parser is done with.
#[derive(Default)]
struct Passed {
    /// As the parser read it.
    bytes: Vec<u8>,
    /// The tags that have it.
    tags: Vec<Tag>,
}

struct Sink(Arc<Mutex<Passed>>);

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        lock(&self.0).bytes.extend_from_slice(chunk);
    }
}

fn lock(passed: &Mutex<Passed>) -> MutexGuard<'_, Passed> {
    passed.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rewriter {
    pub(super) fn new(mark: &Mark, nonce: Option<Nonce>) -> Self {
        let passed = Arc::new(Mutex::new(Passed::default()));
        let memory = MemorySettings::new().with_max_allowed_memory_usage(MEMORY);
        let mut settings = Settings::new_send()
            .with_memory_settings(memory)
            .with_strict(true);
        // It is a selector; were it none, no tag got a nonce and nothing ran.
        if let Some(selector) = &*MARKED {
            let mark = mark.clone();
            let passed = Arc::clone(&passed);
            let handler = move |element: &mut Element<'_, '_>| {
                let tag = marked(element, &mark);
                lock(&passed).tags.extend(tag);
                Ok(())
            };
            let handlers = ElementContentHandlers::default().element(handler);
            settings = settings.append_element_content_handler((Cow::Borrowed(selector), handlers));
        }
        Self {
            html: HtmlRewriter::new(settings, Sink(Arc::clone(&passed))),
            view: ParserView::default(),
            passed,
            replace: Replace::new(mark, nonce),
        }
    }

    /// From here on no tag gets a nonce, nor one that is not complete yet.
    pub(super) fn give_no_more(&mut self) {
        self.replace.forget();
    }

    /// What can go on after some more bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<Bytes, StampError> {
        // Nearly all of it goes on, in many small pieces, and with it the beginning of a tag that
        // was waited for. Were it too little, the vector would double.
        lock(&self.passed).bytes.reserve(bytes.len() + 256);
        let given = self.view.give(bytes, MEMORY);
        self.html.write(&given).map_err(error)?;
        Ok(pass(&self.passed, &mut self.view, &mut self.replace).into())
    }

    /// The rest.
    pub(super) fn end(mut self) -> Result<Bytes, StampError> {
        self.html.write(&self.view.rest()).map_err(error)?;
        self.html.end().map_err(error)?;
        let mut out = pass(&self.passed, &mut self.view, &mut self.replace);
        out.extend(self.replace.end());
        Ok(out.into())
    }
}

/// What the parser is done with, as it goes on.
fn pass(passed: &Mutex<Passed>, view: &mut ParserView, replace: &mut Replace) -> Vec<u8> {
    let Passed { bytes, tags } = std::mem::take(&mut *lock(passed));
    replace.pass(view.restore(bytes), &tags)
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewriter(..)")
    }
}

/// Where a tag stands whose nonce is the mark, and that has no attribute twice.
fn marked(element: &Element<'_, '_>, mark: &Mark) -> Option<Tag> {
    let mut place = None;
    let mut names = HashSet::new();
    for attribute in element.attributes() {
        let name = attribute.name();
        if name == "nonce" && attribute.value() == mark.as_str() {
            place = attribute.value_source_location();
        }
        if !names.insert(name) {
            return None;
        }
    }
    Some(Tag {
        bytes: element.source_location().bytes(),
        mark: place?.bytes().start,
    })
}

fn error(error: RewritingError) -> StampError {
    match error {
        RewritingError::MemoryLimitExceeded(_) => StampError::Memory { limit: MEMORY },
        other => StampError::Ambiguous {
            reason: other.to_string().trim().replace('\n', " "),
        },
    }
}
