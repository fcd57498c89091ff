//! What only shows while requests are served.

use std::fmt;

/// Something that is probably not meant, and that no layer can know when it is made. Each is told
/// once for a policy; see [`VisorLayer::notices`](super::VisorLayer::notices).
///
/// `Display` is one line for a log, with the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A response from inside has the headers of another visor with another policy: browsers
    /// enforce both Content Security Policies, and of every other header the outer value is sent.
    SecondVisor,
    /// A page was asked for at another host than the policy's origin. Only the first 255 requests are
    /// looked at, none of them where [`ClientScheme`](super::ClientScheme) says that a proxy is
    /// known.
    ///
    /// Proxies may ask for what they like, and browsers name their own host nowhere else in the
    /// request. So this is told only where it can't be meant: the page was asked for at localhost or at
    /// an address, or the policy's origin is one (and the request has a name with a dot, unlike
    /// `backend:8080`), or that origin is a name for examples, such as `liveness.contoso.example`.
    /// Two names that both exist are never compared.
    OtherHost {
        /// The `Host` of the request, or its `:authority`.
        asked: String,
        /// The policy's origin.
        origin: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondVisor => f.write_str(
                "a visor with another policy is inside of this one, so browsers enforce both: give the route its policy with `CompiledPolicy::layer`, or take one of them out",
            ),
            Self::OtherHost { asked, origin } => write!(
                f,
                "a page was opened at `{asked}`, and its policy is for `{origin}`: browsers there refuse the page's own files; open it at that origin, give the policy the one that browsers see, or let the proxy in front pass on `Host`"
            ),
        }
    }
}

/// Where notices go unless the user says otherwise: a fault of the set-up that nobody sees would
/// stay.
#[allow(clippy::print_stderr)] // once for each policy, and it can be replaced
pub(super) fn to_stderr(notice: &Notice) {
    eprintln!("tower-visor: {notice}");
}
