//! What a browser is asked to do, whichever it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tower_visor::url::Url;

use super::options::Options;
use super::program::Program;
use super::proxy::{Gate, Proxy};

/// What to open, and under which conditions.
pub(crate) struct Order {
    pub(crate) page: Url,
    /// Now, as RFC 3339 writes it.
    pub(crate) began: String,
    /// How large one file may be.
    pub(crate) most: usize,
    pub(crate) time: Duration,
    pub(crate) gate: Arc<Gate>,
    /// The certificate (DER) of the page's server, where the program has checked it by an authority of
    /// the user's own. The browser takes this one for good, and nothing else that the authority signed.
    pub(crate) trusted: Option<Vec<u8>>,
}

/// What both engines need.
pub(super) struct Look<'a> {
    pub(super) order: &'a Order,
    pub(super) options: &'a Options,
    pub(super) program: &'a Program,
    pub(super) proxy: &'a Proxy,
    pub(super) profile: &'a Path,
}

/// The page is at rest when nothing happened for this long. Shorter, and a script that waits for a
/// timer is missed more often; longer, and every look takes longer.
pub(super) const REST: Duration = Duration::from_millis(700);

/// `"button.start"` as a string of JavaScript.
fn quoted(selector: &str) -> String {
    serde_json::Value::from(selector).to_string()
}

/// JavaScript that clicks an element; whether it was there.
pub(super) fn click(selector: &str) -> String {
    let selector = quoted(selector);
    format!("(element => !!element && (element.click(), true))(document.querySelector({selector}))")
}

/// JavaScript: whether an element is there.
pub(super) fn is_there(selector: &str) -> String {
    format!("!!document.querySelector({})", quoted(selector))
}

/// What is said of a file that is too large.
pub(super) fn too_large(url: &str, most: usize) -> String {
    format!("{url}: more than {most} bytes; --max-bytes allows more")
}
