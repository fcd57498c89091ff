//! What only shows while requests are served.

use std::fmt;

/// Something that is probably unintended, and that no layer can know when it is created. Each is
/// reported once per policy; see [`VisorLayer::notices`](super::VisorLayer::notices).
///
/// `Display` is one line for a log, with the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// An inner response has the headers of another visor with another policy: browsers enforce
    /// both Content Security Policies, and of every other header the outer value is sent.
    SecondVisor,
    /// A page was requested at a host other than the policy's origin. Only the first 255 requests are
    /// checked, and none if [`ClientScheme`](super::ClientScheme) says that a proxy is
    /// known.
    ///
    /// Proxies may ask for any host, and browsers name theirs nowhere else in the request. So
    /// this is reported only if it can't be intended: the page was asked for at localhost or at
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
                "a visor with another policy is inside this one, so browsers enforce both: give the route its policy with `CompiledPolicy::layer`, or remove one of them",
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
