//! `Referrer-Policy`.

use http::HeaderName;

use super::HeaderError;
use super::keyword::{in_any_case, keyword};
use super::text::{combined, decoded, into_value};

keyword! {
    /// `Referrer-Policy`: how much of a page's URL is sent with its requests.
    ///
    /// Grammar: one of eight words. Example: `no-referrer`. Specification: [Referrer Policy].
    /// Obeyed by every browser. The standard allows a list of which the last known word counts, for
    /// the sake of browsers that knew fewer; all of today's know all eight, so this type holds one.
    ///
    /// ```
    /// use tower_visor::header::ReferrerPolicy;
    ///
    /// assert_eq!(ReferrerPolicy::NoReferrer.to_string(), "no-referrer");
    /// assert_eq!(
    ///     ReferrerPolicy::effective(["no-referrer, origin"]),
    ///     Some(ReferrerPolicy::Origin),
    /// );
    /// assert_eq!(
    ///     "no-referrer, origin".parse::<ReferrerPolicy>().unwrap_err().to_string(),
    ///     "referrer-policy, byte 11: a list of policies; write one: browsers obey the last one they \
    ///      know, and they all know every one",
    /// );
    /// ```
    ///
    /// [Referrer Policy]: https://w3c.github.io/webappsec-referrer-policy/#referrer-policies
    #[allow(clippy::exhaustive_enums)] // the standard names exactly these eight
    ReferrerPolicy, "referrer-policy", "policy",
    same = in_any_case, refuse = one_of_a_list,
    {
        /// Nothing goes out.
        NoReferrer => "no-referrer",
        /// The whole URL, except from https to http.
        NoReferrerWhenDowngrade => "no-referrer-when-downgrade",
        /// The whole URL, within the origin only.
        SameOrigin => "same-origin",
        /// The origin.
        Origin => "origin",
        /// The origin, except from https to http.
        StrictOrigin => "strict-origin",
        /// The whole URL within the origin, the origin to others.
        OriginWhenCrossOrigin => "origin-when-cross-origin",
        /// The whole URL within the origin, the origin to others, nothing from https to http: what
        /// browsers do without the header.
        StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
        /// The whole URL to everyone, over http too.
        UnsafeUrl => "unsafe-url",
    }
}

into_value!(ReferrerPolicy);

impl ReferrerPolicy {
    /// The header's name.
    pub const NAME: HeaderName = http::header::REFERRER_POLICY;

    /// What a browser obeys: the last known word of the list. `None` leaves the default,
    /// [`StrictOriginWhenCrossOrigin`](Self::StrictOriginWhenCrossOrigin).
    ///
    /// A list with an element that could never be a word (`origin no-referrer`, `"origin"`) does
    /// not parse, and then the whole header is dropped: so web-platform-tests and Chromium 156. A
    /// reader that takes the last known word no matter what comes to another result there.
    pub fn effective(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Self> {
        let all = decoded(&combined(values)?);
        let mut last = None;
        for part in all.split(',') {
            let word = part.trim_matches([' ', '\t']);
            // 1#(policy-token / extension-token); the list rule allows empty elements.
            if !word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') {
                return None;
            }
            last = Self::read(word).or(last);
        }
        last
    }
}

fn one_of_a_list(text: &str) -> Option<HeaderError> {
    text.find(',').map(|position| {
        HeaderError::malformed(
            "referrer-policy",
            position,
            "a list of policies",
            "write one: browsers obey the last one they know, and they all know every one",
        )
    })
}
