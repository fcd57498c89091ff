//! How documents are kept apart from other sites.

/// Cross-origin isolation of the documents.
///
/// All of them send `Cross-Origin-Opener-Policy: same-origin`, so that no other site's window can
/// reach the page. They differ in what may be loaded from other origins without CORS.
///
/// The SDK needs none of it (it was required until 2024-09), and runs under each; the Face
/// endpoint is called with CORS. There is no weaker value: to send neither header is
/// [`Dangerous::no_isolation`](super::Dangerous::no_isolation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Isolation {
    /// `Cross-Origin-Embedder-Policy: require-corp`: another origin's picture, script or frame is
    /// loaded only if its server agrees. The default: all browsers know it, and a page that is
    /// served from one origin needs nothing else.
    #[default]
    RequireCorp,
    /// `Cross-Origin-Embedder-Policy: credentialless`: they are loaded without cookies. For pages
    /// with pictures or scripts of a third party. Frames of others are shown only if they are
    /// isolated too, as under `require-corp`; fonts need neither, they are loaded with CORS. Safari
    /// doesn't know it and isolates nothing then.
    Credentialless,
}
