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
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondVisor => f.write_str(
                "a visor with another policy is inside of this one, so browsers enforce both: give the route its policy with `CompiledPolicy::layer`, or take one of them out",
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
