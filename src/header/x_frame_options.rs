//! `X-Frame-Options`.

use http::HeaderName;

use super::HeaderError;
use super::keyword::{in_any_case, keyword};
use super::text::{into_value, split};

keyword! {
    /// `X-Frame-Options`: who may put this page into a frame, for browsers that don't know
    /// `frame-ancestors`.
    ///
    /// Grammar: one word, in any case. Example: `DENY`. Specification: [HTML, "X-Frame-Options"].
    /// Obeyed by every browser, unless the response has a CSP with `frame-ancestors`, which takes
    /// its place. No current browser obeys `ALLOW-FROM`: a page that a partner has to frame
    /// sends `frame-ancestors` and leaves this header out.
    ///
    /// ```
    /// use tower_visor::header::{Framing, XFrameOptions};
    ///
    /// assert_eq!(XFrameOptions::Deny.to_string(), "DENY");
    ///
    /// // A word that browsers don't know protects nothing ...
    /// assert_eq!(XFrameOptions::effective(["ALLOW-FROM https://a.example"]), Framing::Anyone);
    /// // ... and two that differ forbid every frame.
    /// assert_eq!(XFrameOptions::effective(["SAMEORIGIN", "DENY"]), Framing::Nobody);
    /// ```
    ///
    /// [HTML, "X-Frame-Options"]: https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-x-frame-options-header
    #[allow(clippy::exhaustive_enums)] // HTML names exactly these two to be sent
    XFrameOptions, "x-frame-options", "value",
    same = in_any_case, refuse = allow_from,
    {
        /// Nobody.
        Deny => "DENY",
        /// Pages of the same origin, all the way up.
        SameOrigin => "SAMEORIGIN",
    }
}

/// Who may put the page into a frame. Made by [`XFrameOptions::effective`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a match on it must handle each outcome
pub enum Framing {
    /// Everyone: no header, or one that means nothing to a browser.
    Anyone,
    /// Only pages of the same origin.
    SameOrigin,
    /// Nobody.
    Nobody,
}

into_value!(XFrameOptions);

impl XFrameOptions {
    /// The header's name.
    pub const NAME: HeaderName = http::header::X_FRAME_OPTIONS;

    /// What a browser obeys, when no enforced CSP has `frame-ancestors` ([HTML, check a
    /// navigation response's adherence]).
    ///
    /// [HTML, check a navigation response's adherence]: https://html.spec.whatwg.org/multipage/document-lifecycle.html#check-a-navigation-response's-adherence-to-x-frame-options
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Framing {
        // Steps 2 to 4: a set of the values in lower case, of which it matters whether it has one.
        let mut set = split(values).unwrap_or_default();
        for value in &mut set {
            value.make_ascii_lowercase();
        }
        let is_one = set.windows(2).all(|pair| pair.first() == pair.last());
        match set.first().map(String::as_str) {
            Some("deny") if is_one => Framing::Nobody,
            Some("sameorigin") if is_one => Framing::SameOrigin,
            // Step 5: a contradiction among words that once meant something.
            _ if !is_one
                && set
                    .iter()
                    .any(|value| matches!(value.as_str(), "deny" | "allowall" | "sameorigin")) =>
            {
                Framing::Nobody
            }
            _ => Framing::Anyone,
        }
    }
}

fn allow_from(text: &str) -> Option<HeaderError> {
    text.get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("allow-from"))
        .then(|| {
            HeaderError::malformed(
                "x-frame-options",
                0,
                "no browser obeys `ALLOW-FROM`",
                "name the origin in the CSP's frame-ancestors and leave x-frame-options out",
            )
        })
}
