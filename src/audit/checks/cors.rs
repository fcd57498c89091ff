//! Who else may read the response: `Access-Control-Allow-Origin`.

use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, VARY};

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::url::{self, Origin};

codes! {
    CORS_ANY = "cors-any", High,
        "scripts of every site may read the response",
        "remove Access-Control-Allow-Origin, or name the one site that needs it",
        [microsoft("traffic"), asvs("3.4.2")];
    CORS_NULL = "cors-null", High,
        "sandboxed frames and local files may read the response",
        "never allow the origin `null`",
        [microsoft("traffic"), asvs("3.4.2")];
    CORS_DROPPED = "cors-dropped", Low,
        "browsers drop Access-Control-Allow-Origin",
        "send one header with one origin",
        [asvs("3.4.2")];
    CORS_NEVER_MATCHES = "cors-never-matches", Low,
        "Access-Control-Allow-Origin allows nobody",
        "write the origin as browsers send it: scheme, host and, unless it's the default, port, in lower case",
        [asvs("3.4.2")];
    CORS_VARY = "cors-vary", Low,
        "a cache may give the permission of one site to another",
        "send `Vary: Origin` wherever Access-Control-Allow-Origin depends on the request",
        [asvs("3.4.2")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let subject = || Subject::header(ACCESS_CONTROL_ALLOW_ORIGIN);
    let mut values = response.values(ACCESS_CONTROL_ALLOW_ORIGIN);
    let Some(first) = values.next() else {
        return;
    };
    let shown = sent(response, ACCESS_CONTROL_ALLOW_ORIGIN).unwrap_or_default();
    let text = String::from_utf8_lossy(first);
    let text = text.trim();
    let credentials = response
        .values(ACCESS_CONTROL_ALLOW_CREDENTIALS)
        .any(|value| value == b"true");
    match text {
        _ if values.next().is_some() || text.contains([',', ' ']) => {
            sink.find(Code::CORS_DROPPED, subject(), format!("`{shown}`"));
        }
        // Files for everybody have nothing to hide.
        "*" if input.profile() == Profile::Asset && !credentials => {}
        "*" if credentials => {
            let found = "`*` with Access-Control-Allow-Credentials, which browsers refuse";
            sink.find(Code::CORS_DROPPED, subject(), found);
            if input.profile() != Profile::Asset {
                sink.find(Code::CORS_ANY, subject(), "`*`");
            }
        }
        "*" => sink.find(Code::CORS_ANY, subject(), "`*`"),
        // Compared with its case, as browsers do.
        "null" => sink.find(Code::CORS_NULL, subject(), "`null`"),
        _ if never_matches(text) => {
            sink.find(Code::CORS_NEVER_MATCHES, subject(), format!("`{shown}`"));
        }
        _ => {
            let varies = response.values(VARY).any(|value| {
                let mut names = value.split(|byte| *byte == b',');
                names.any(|name| {
                    let name = name.trim_ascii();
                    name == b"*" || name.eq_ignore_ascii_case(b"origin")
                })
            });
            if !varies {
                let found = format!("`{shown}`, and Vary doesn't name Origin");
                sink.find(Code::CORS_VARY, subject(), found);
            }
        }
    }
}

/// Whether no browser can send this as its `Origin`, with which it is compared byte for byte: Fetch,
/// section 4.10, "CORS check".
fn never_matches(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return true;
    };
    match text.parse::<Origin>() {
        Ok(origin) => origin.to_string() != text,
        // Of applications and extensions: `capacitor://localhost`.
        Err(_) => {
            matches!(scheme, "http" | "https")
                || url::scheme(scheme).as_deref() != Some(scheme)
                || rest.is_empty()
                || rest.contains(['/', '?', '#', '@', '*'])
        }
    }
}
