//! One changed byte on the way: what a cache, a CDN or anyone else in between could do.

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::Result;

/// The path of the one file whose URL ends in `file`.
pub(crate) fn find(file: &str, paths: &[&str]) -> Result<Arc<str>> {
    let file = file.trim_start_matches('/');
    let mut found: Vec<&str> = paths
        .iter()
        .copied()
        .filter(|path| {
            path.strip_suffix(file)
                .is_some_and(|before| before.ends_with('/'))
        })
        .collect();
    // A path that is given in full is that file, whatever else ends in it.
    if let Some(whole) = found.iter().position(|path| path[1..] == *file) {
        found = vec![found[whole]];
    }
    match found[..] {
        [] => Err(format!("--tamper {file}: no file of this server ends in `{file}`; name one that the page loads, for example `FaceLivenessDetector.js`").into()),
        [path] => Ok(path.into()),
        _ => Err(format!("--tamper {file}: that may be {}; write more of its path", found.join(" or ")).into()),
    }
}

/// Puts somebody between this server and its visitors who changes a byte of the file at `path`.
pub(crate) fn between(router: Router, path: Arc<str>) -> Router {
    router.layer(from_fn_with_state(path, on_the_way))
}

async fn on_the_way(State(path): State<Arc<str>>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET || request.uri().path() != &*path {
        return next.run(request).await;
    }
    // The whole file each time: not a part of it, and not the news that it is still the same.
    for name in [RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE] {
        request.headers_mut().remove(name);
    }
    let (mut parts, body) = next.run(request).await.into_parts();
    // Whoever changes the bytes can change what is said of them: Chromium would compare the two.
    parts.headers.remove("unencoded-digest");
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut bytes = Vec::from(bytes);
    if let Some((at, byte)) = harmless(&path, &bytes) {
        // Whoever read this may have gone.
        let _ = writeln!(
            std::io::stdout(),
            "   changed   {path}: byte {at} of {} was {:#04x} and left as {byte:#04x}",
            bytes.len(),
            bytes[at],
        );
        bytes[at] = byte;
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Where a byte can change without harm to whoever runs the file, and to what: so that the page
/// without checks runs on, and shows that nothing would have stopped a worse change.
fn harmless(path: &str, bytes: &[u8]) -> Option<(usize, u8)> {
    if path.rsplit('.').next() == Some("json") {
        // In a text for people: a tab would be a fault of the JSON. After a backslash, so is a letter.
        let at = (1..bytes.len())
            .rev()
            .find(|&at| bytes[at].is_ascii_lowercase() && bytes[at - 1] != b'\\')?;
        return Some((at, bytes[at].to_ascii_uppercase()));
    }
    match bytes.iter().rposition(|&byte| byte == b' ') {
        Some(at) => Some((at, b'\t')),
        // A file without any space is not one for people; its end does least.
        None => Some((bytes.len().checked_sub(1)?, bytes[bytes.len() - 1] ^ 1)),
    }
}
