//! What a browser would fetch for a page, for whoever fetches it.

use super::input::Input;
use super::loads;
use super::{Context, Response};
use crate::url::Url;

/// The URLs that a browser would ask for to show a page, and that the context doesn't hold yet:
/// scripts, style sheets, preloads, and the files of the SDK.
///
/// An audit fetches nothing; this is for the caller who does. Ask again with what was fetched,
/// because a script may name the SDK that the page itself doesn't, until nothing is left:
///
/// ```
/// use tower_visor::audit::{Context, Profile, Response, audit, wanted};
/// # fn fetch(url: &str) -> Response {
/// #     let body = if url.ends_with("app.js") { "import './FaceLivenessDetector.js'" } else { "" };
/// #     let kind = if url.ends_with(".js") { "text/javascript" } else { "text/html" };
/// #     let answer = http::Response::builder().header("content-type", kind);
/// #     let (parts, ()) = answer.body(()).unwrap().into_parts();
/// #     Response::new(url, parts, Some(body.into())).unwrap()
/// # }
///
/// let (parts, ()) = http::Response::builder()
///     .header("content-type", "text/html")
///     .body(())
///     .unwrap()
///     .into_parts();
/// let html = "<!doctype html><script type=module src=app.js></script>";
/// let page = Response::new("https://example.com/", parts, Some(html.into()))?;
///
/// let mut resources = Vec::new();
/// loop {
///     let context = Context::new(Profile::Liveness).resources(&resources);
///     let urls = wanted(&page, &context);
///     if urls.is_empty() {
///         break;
///     }
///     resources.extend(urls.iter().map(|url| fetch(&url.to_string())));
/// }
/// assert!(resources.iter().any(|resource| {
///     resource.url().path() == "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm"
/// }));
/// let report = audit(&page, &Context::new(Profile::Liveness).resources(&resources));
/// # let _ = report;
/// # Ok::<(), tower_visor::audit::AuditError>(())
/// ```
///
/// The list is finite: a script adds at most the files of one SDK.
pub fn wanted(page: &Response, context: &Context<'_>) -> Vec<Url> {
    loads::wanted(&Input::new(page, context))
}
