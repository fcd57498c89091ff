//! [`Resource`]: the kinds of things that a page can load.

use crate::csp::DirectiveName;

/// What a page can load, each with a directive of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// A script, classic or module (`script-src`).
    Script,
    /// A stylesheet (`style-src`).
    Style,
    /// A picture (`img-src`).
    Image,
    /// A font (`font-src`).
    Font,
    /// Sound or video from a URL (`media-src`); a camera's stream needs none.
    Media,
    /// What scripts fetch or connect to (`connect-src`).
    Connect,
    /// A frame in the page (`frame-src`).
    Frame,
    /// A WebSocket (`connect-src`): a path of the page's own origin, which becomes `wss://` (`ws://`
    /// where the origin is `http://localhost`), or a URL with `wss://`. To browsers an `https` URL
    /// names none.
    WebSocket,
    /// A web app manifest (`manifest-src`).
    Manifest,
    /// A worker or service worker (`worker-src`).
    Worker,
    /// Where forms are sent (`form-action`).
    Form,
}

impl Resource {
    /// All of them, in the order of their directives in a policy.
    pub const ALL: [Self; 11] = [
        Self::Script,
        Self::Style,
        Self::Image,
        Self::Font,
        Self::Media,
        Self::Connect,
        Self::WebSocket,
        Self::Manifest,
        Self::Frame,
        Self::Worker,
        Self::Form,
    ];

    /// The directive that allows it.
    pub const fn directive(self) -> &'static str {
        match self {
            Self::Script => "script-src",
            Self::Style => "style-src",
            Self::Image => "img-src",
            Self::Font => "font-src",
            Self::Media => "media-src",
            Self::Connect | Self::WebSocket => "connect-src",
            Self::Manifest => "manifest-src",
            Self::Frame => "frame-src",
            Self::Worker => "worker-src",
            Self::Form => "form-action",
        }
    }

    /// Whether the browser asks for it without CORS, so that `require-corp` blocks it unless its
    /// server says `Cross-Origin-Resource-Policy: cross-origin`.
    pub(super) const fn is_no_cors(self) -> bool {
        !matches!(
            self,
            Self::Font | Self::Connect | Self::WebSocket | Self::Manifest | Self::Form
        )
    }

    /// The directive of what is known by its URL alone; scripts and styles have sources of their own.
    pub(super) const fn fetch_directive(self) -> Option<DirectiveName> {
        Some(match self {
            Self::Script | Self::Style => return None,
            Self::Image => DirectiveName::ImgSrc,
            Self::Font => DirectiveName::FontSrc,
            Self::Media => DirectiveName::MediaSrc,
            Self::Connect | Self::WebSocket => DirectiveName::ConnectSrc,
            Self::Manifest => DirectiveName::ManifestSrc,
            Self::Frame => DirectiveName::FrameSrc,
            Self::Worker => DirectiveName::WorkerSrc,
            Self::Form => DirectiveName::FormAction,
        })
    }
}
