//! Why a route of sessions answers a request itself.

use std::fmt;

use http::StatusCode;

/// Why a request was refused, in the extensions of the answer that
/// [`SessionRoutes`](super::SessionRoutes) gives.
///
/// In the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionRefusal {
    /// A token is in the address: `400`.
    TokenInQuery,
    /// None of the three Fetch Metadata headers is there, which every current browser sends:
    /// `403`.
    NoMetadata,
    /// Fetch Metadata as no browser sends it: only some of the three headers, one of them twice, or
    /// an unknown word: `403`.
    OddMetadata,
    /// The page that asked is one of another site or origin, or none at all: `403`.
    ForeignSite,
    /// It was not asked by a script's `fetch`: a form, a link, a frame, a picture, `no-cors`:
    /// `403`.
    NotByFetch,
    /// A method other than `POST`: `405`.
    NotPost,
    /// No `Origin`: `403`.
    NoOrigin,
    /// `Origin` isn't, letter for letter, the one that may ask; `null`, a list and two of them
    /// included: `403`.
    ForeignOrigin,
    /// The one `Content-Type` doesn't say `application/json`: `415`.
    NotJson,
    /// The body is longer than [`SessionRoutes::body_limit`](super::SessionRoutes::body_limit):
    /// `413`.
    BodyTooLarge,
}

impl SessionRefusal {
    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TokenInQuery => StatusCode::BAD_REQUEST,
            Self::NotPost => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoMetadata
            | Self::OddMetadata
            | Self::ForeignSite
            | Self::NotByFetch
            | Self::NoOrigin
            | Self::ForeignOrigin => StatusCode::FORBIDDEN,
        }
    }
}

impl fmt::Display for SessionRefusal {
    /// What it is, and what to do if the request was in fact legitimate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TokenInQuery => {
                "a token is in the query, and so in logs and histories: \
                 send it in the body, and let this one expire"
            }
            Self::NoMetadata => {
                "no `Sec-Fetch-Site`, `-Mode` and `-Dest`: not a current browser on HTTPS, \
                 or a proxy removes them"
            }
            Self::OddMetadata => {
                "`Sec-Fetch-Site`, `-Mode` and `-Dest` don't appear exactly once \
                 each, as browsers send them"
            }
            Self::ForeignSite => "asked by a page of another origin",
            Self::NotByFetch => "not asked by `fetch` with the mode `cors` or `same-origin`",
            Self::NotPost => "a method other than `POST`; requests that only read use `POST` too",
            Self::NoOrigin => "no `Origin`: a browser sends it with every `POST`",
            Self::ForeignOrigin => {
                "`Origin` isn't the policy's; it is `null` where a page with `no-referrer` \
                 uses `fetch` in the mode `same-origin`: leave the mode out"
            }
            Self::NotJson => "the `Content-Type` isn't a single `application/json`",
            Self::BodyTooLarge => "the body is longer than the limit",
        })
    }
}
