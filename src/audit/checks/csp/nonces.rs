//! Nonces: one for each response, long, and in no cache.

use http::StatusCode;

use super::weakness::directive_of;
use crate::audit::Code;
use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::csp::SourceExpression;
use crate::header::CacheControl;

codes! {
    CSP_NONCE_CACHED = "csp-nonce-cached", Medium,
        "a response with a nonce may be stored, and its nonce used again",
        "send Cache-Control: no-store with every response that holds a nonce",
        [microsoft("csp"), asvs("3.4.3")];
    CSP_NONCE_SHORT = "csp-nonce-short", Medium,
        "a nonce of less than 128 bits",
        "take 16 random bytes for each response, in base64",
        [microsoft("csp"), asvs("3.4.3")];
    CSP_NONCE_304 = "csp-nonce-304", Medium,
        "a 304 carries a nonce that the stored page doesn't have",
        "send no policy with 304, or allow scripts by hash",
        [microsoft("csp")];
}

/// Padded or not, base64 of 16 bytes has at least so many digits.
const LEAST_DIGITS: usize = 22;

pub(in crate::audit) fn check(input: &Input<'_>, sink: &mut Sink) {
    let caching = CacheControl::effective(input.response.values(CacheControl::NAME));
    for (index, policy) in input.csp.policies().iter().enumerate() {
        for directive in policy.directives() {
            let nonces = directive
                .sources()
                .iter()
                .filter_map(|source| match source {
                    SourceExpression::Nonce(nonce) => Some(nonce),
                    _ => None,
                });
            for nonce in nonces {
                let subject = || directive_of(index, directive.name());
                let digits = nonce.trim_end_matches('=').len();
                if digits < LEAST_DIGITS {
                    // Never the nonce itself: while the page lives it is a secret.
                    let found = format!("{digits} characters, at most {} bits", digits * 6);
                    sink.find(Code::CSP_NONCE_SHORT, subject(), found);
                }
                if input.response.status() == StatusCode::NOT_MODIFIED {
                    sink.find(Code::CSP_NONCE_304, subject(), "a nonce in a 304");
                } else if !caching.forbids_storing() {
                    let found = "a nonce, and no `no-store` in Cache-Control";
                    sink.find(Code::CSP_NONCE_CACHED, subject(), found);
                }
            }
        }
    }
}
