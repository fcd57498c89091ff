//! [`Isolation`]: how strictly documents are kept apart from other sites.

/// Cross-origin isolation of the documents.
///
/// All of them send `Cross-Origin-Opener-Policy`, so that no other site's window can reach the
/// page unless the page opened it. They differ in what may be loaded from other origins without
/// CORS, and in whether another site's window that the page opens keeps a handle on it.
///
/// | | opener policy | embedder policy | for |
/// |---|---|---|---|
/// | [`RequireCorp`](Self::RequireCorp) | `same-origin` | `require-corp` | a page of one origin |
/// | [`Credentialless`](Self::Credentialless) | `same-origin` | `credentialless` | pictures, scripts, styles of others |
/// | [`ForeignFrames`](Self::ForeignFrames) | `same-origin` | none | frames of others: a card form, a video |
/// | [`AllowPopups`](Self::AllowPopups) | `same-origin-allow-popups` | none | windows that answer: OAuth |
///
/// The SDK needs none of it (it was required until 2024-09), and runs under each; the Face
/// endpoint is called with CORS. There is no weaker value: to send neither header is
/// [`Dangerous::no_isolation`](super::Dangerous::no_isolation).
///
/// ```
/// use tower_visor::policy::{Document, Isolation, Policy, Resource};
///
/// let page = Document::new("https://www.contoso.example")?
///     .loads(Resource::Frame, "https://www.youtube-nocookie.com");
/// let errors = Policy::document(page.clone()).compile().unwrap_err();
/// assert!(errors[0].to_string().contains("`Isolation::ForeignFrames`"));
/// Policy::document(page).isolation(Isolation::ForeignFrames).compile()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// with pictures or scripts from a third party. Foreign frames are shown only if they are
    /// isolated too, as under `require-corp`; fonts need neither, since they are loaded with CORS.
    /// Safari doesn't support it and then isolates nothing.
    Credentialless,
    /// No embedder policy, because a page that has one shows a frame only if the frame's server
    /// sends one too, and few do. The page is then not cross-origin isolated; the opener policy stays.
    ForeignFrames,
    /// `Cross-Origin-Opener-Policy: same-origin-allow-popups`, and no embedder policy, which
    /// would isolate nothing in that case: a window that the page opens can answer it, as OAuth
    /// does in a popup. Windows that others open still can't reach the page. On a page with the SDK,
    /// whose sandbox otherwise opens no windows, this allows them.
    AllowPopups,
}
