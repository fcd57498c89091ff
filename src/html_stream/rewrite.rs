//! HTML in, HTML with nonces out.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use lol_html::errors::RewritingError;
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{MemorySettings, OutputSink, Selector};

use super::scrub::Scrub;
use super::{Mark, StampError};
use crate::layer::Nonce;

/// What one response may take. Each element that is open takes some 100 bytes, and the parser
/// doesn't know that a `<li>` ends where the next begins: this is enough for some thousands.
const MEMORY: usize = 1 << 20;

/// The elements on which a nonce means something.
static MARKED: LazyLock<Option<Selector>> =
    LazyLock::new(|| "script[nonce], style[nonce], link[nonce]".parse().ok());

/// One response's rewriter.
pub(super) struct Rewriter {
    html: HtmlRewriter<'static, Sink>,
    out: Arc<Mutex<Vec<u8>>>,
    scrub: Scrub,
}

/// Where the parser puts what it is done with.
struct Sink(Arc<Mutex<Vec<u8>>>);

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.extend_from_slice(chunk);
    }
}

impl Rewriter {
    pub(super) fn new(mark: &Mark, nonce: Option<Nonce>) -> Self {
        let out = Arc::new(Mutex::new(Vec::new()));
        let memory = MemorySettings::new().with_max_allowed_memory_usage(MEMORY);
        let mut settings = Settings::new_send()
            .with_memory_settings(memory)
            .with_strict(true);
        // It is a selector; were it none, no tag got a nonce and nothing ran.
        if let Some(marked) = &*MARKED {
            let mark = mark.clone();
            let handler = move |element: &mut Element<'_, '_>| {
                stamp(element, &mark, nonce);
                Ok(())
            };
            let handlers = ElementContentHandlers::default().element(handler);
            settings = settings.append_element_content_handler((Cow::Borrowed(marked), handlers));
        }
        Self {
            html: HtmlRewriter::new(settings, Sink(Arc::clone(&out))),
            out,
            scrub: Scrub::new(mark),
        }
    }

    /// What can go on after some more bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<Bytes, StampError> {
        self.html.write(bytes).map_err(error)?;
        let out = std::mem::take(&mut *self.out.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(self.scrub.pass(out).into())
    }

    /// The rest.
    pub(super) fn end(mut self) -> Result<Bytes, StampError> {
        self.html.end().map_err(error)?;
        let out = std::mem::take(&mut *self.out.lock().unwrap_or_else(PoisonError::into_inner));
        let mut out = self.scrub.pass(out);
        out.extend(self.scrub.end());
        Ok(out.into())
    }
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewriter(..)")
    }
}

/// Puts the nonce into a tag that has the mark, and takes the mark out of one that may have swallowed
/// the tag that it was for.
fn stamp(element: &mut Element<'_, '_>, mark: &Mark, nonce: Option<Nonce>) {
    if element.get_attribute("nonce").as_deref() != Some(mark.as_str()) {
        return;
    }
    match nonce {
        Some(nonce) if is_whole(element) => {
            // It is a legal name.
            let _ = element.set_attribute("nonce", nonce.as_str());
        }
        _ => element.remove_attribute("nonce"),
    }
}

/// Whether the tag is as it was written, and not an attacker's that was left open before it. Stricter
/// than browsers ([CSP3, "is element nonceable?"]), because they look for `<script` and `<style`
/// alone.
///
/// [CSP3, "is element nonceable?"]: https://w3c.github.io/webappsec-csp/#is-element-nonceable
fn is_whole(element: &Element<'_, '_>) -> bool {
    let mut names = Vec::new();
    element.attributes().iter().all(|attribute| {
        let name = attribute.name();
        let is_plain = !name.contains('<') && !attribute.value().contains('<');
        let is_first = !names.contains(&name);
        names.push(name);
        is_plain && is_first
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
