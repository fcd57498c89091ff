//! The words of the header.

use crate::header::keyword::{exactly, keyword};

pub(super) const HEADER: &str = "integrity-policy-waict-v1";
pub(super) const EXAMPLE: &str =
    "max-age=0, mode=report, blocked-destinations=(script style image), manifest=\"/waict\"";

keyword! {
    /// What a browser does with a file that differs from the manifest of [`Waict`](super::Waict).
    ///
    /// ```
    /// use tower_visor::header::WaictMode;
    ///
    /// assert_eq!("report".parse(), Ok(WaictMode::Report));
    /// assert_eq!(
    ///     "block".parse::<WaictMode>().unwrap_err().to_string(),
    ///     "integrity-policy-waict-v1, byte 0: unknown mode `block`; use report or enforce",
    /// );
    /// ```
    #[non_exhaustive]
    WaictMode, "integrity-policy-waict-v1", "mode", same = exactly, refuse = |_| None,
    {
        /// It is loaded, and reported.
        Report => "report",
        /// It is blocked, and reported.
        Enforce => "enforce",
    }
}

keyword! {
    /// What is checked against the manifest of [`Waict`](super::Waict), in the draft's first revision and in
    /// Firefox's prototype. The second revision checks by rules of its own, and ignores the list.
    #[non_exhaustive]
    WaictDestination, "integrity-policy-waict-v1", "destination", same = exactly, refuse = |_| None,
    {
        /// Scripts and modules of documents.
        Script => "script",
        /// Style sheets. Firefox's prototype has them behind a further switch.
        Style => "style",
        /// Pictures.
        Image => "image",
    }
}
