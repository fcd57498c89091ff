//! The directives by name.

use std::fmt;
use std::str::FromStr;

use super::{CspError, CspFault};
use crate::suggest;

/// The name of a directive: those of CSP Level 3 and Trusted Types, and those that older editions
/// or single browsers had.
///
/// The old ones can be *read* (a deployed policy may hold them) but no [`Csp`](super::Csp) is
/// built with one: see [`replacement`](Self::replacement).
///
/// ```
/// use tower_visor::csp::DirectiveName;
///
/// assert_eq!("script-src".parse(), Ok(DirectiveName::ScriptSrc));
/// assert_eq!(
///     "scirpt-src".parse::<DirectiveName>().unwrap_err().to_string(),
///     "unknown directive `scirpt-src`, did you mean `script-src`?",
/// );
/// // Browsers take any case.
/// assert_eq!(DirectiveName::effective("Script-SRC"), Some(DirectiveName::ScriptSrc));
/// ```
///
/// Specification: [CSP3, section 6](https://w3c.github.io/webappsec-csp/#csp-directives) and
/// [Trusted Types, section 4](https://w3c.github.io/trusted-types/dist/spec/#integration-with-content-security-policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DirectiveName {
    /// `default-src`: what every fetch directive falls back to.
    DefaultSrc,
    /// `script-src`: scripts, and `eval` and WebAssembly.
    ScriptSrc,
    /// `script-src-elem`: script elements and `javascript:` navigation.
    ScriptSrcElem,
    /// `script-src-attr`: inline event handlers.
    ScriptSrcAttr,
    /// `style-src`: style sheets, and style attributes.
    StyleSrc,
    /// `style-src-elem`: style sheets.
    StyleSrcElem,
    /// `style-src-attr`: `style` attributes.
    StyleSrcAttr,
    /// `img-src`: images and favicons.
    ImgSrc,
    /// `connect-src`: `fetch`, XHR, web sockets, event sources, beacons.
    ConnectSrc,
    /// `font-src`: fonts.
    FontSrc,
    /// `media-src`: audio, video and tracks.
    MediaSrc,
    /// `object-src`: `object` and `embed`.
    ObjectSrc,
    /// `manifest-src`: the web application's manifest.
    ManifestSrc,
    /// `child-src`: what `frame-src` and `worker-src` fall back to.
    ChildSrc,
    /// `frame-src`: frames inside the page.
    FrameSrc,
    /// `fenced-frame-src`: fenced frames (Chromium).
    FencedFrameSrc,
    /// `worker-src`: workers, shared workers and service workers.
    WorkerSrc,
    /// `base-uri`: what a `base` element may name.
    BaseUri,
    /// `form-action`: where forms may be sent.
    FormAction,
    /// `frame-ancestors`: who may frame the page.
    FrameAncestors,
    /// `sandbox`: the restrictions of a sandboxed frame, on the page itself.
    Sandbox,
    /// `require-trusted-types-for`: sinks that take typed values only.
    RequireTrustedTypesFor,
    /// `trusted-types`: the policies that may be created.
    TrustedTypes,
    /// `upgrade-insecure-requests`: `http:` is fetched as `https:`.
    UpgradeInsecureRequests,
    /// `report-to`: the reporting endpoint.
    ReportTo,
    /// `report-uri`: the older form of it.
    ReportUri,
    /// `block-all-mixed-content`: what browsers do anyway.
    BlockAllMixedContent,
    /// `disown-opener`: dropped from the standard.
    DisownOpener,
    /// `navigate-to`: dropped from the standard.
    NavigateTo,
    /// `plugin-types`: dropped, with plugins.
    PluginTypes,
    /// `prefetch-src`: dropped from the standard.
    PrefetchSrc,
    /// `referrer`: dropped for the `Referrer-Policy` header.
    Referrer,
    /// `reflected-xss`: dropped, with the filters that it steered.
    ReflectedXss,
    /// `require-sri-for`: dropped for the `Integrity-Policy` header.
    RequireSriFor,
    /// `treat-as-public-address`: an experiment of Chromium.
    TreatAsPublicAddress,
    /// `webrtc`: in the draft, in no browser.
    Webrtc,
}

impl DirectiveName {
    /// All of them, in the order in which policies are written: fallbacks first, reporting last,
    /// then those that can only be read.
    pub const ALL: [Self; 36] = [
        Self::DefaultSrc,
        Self::ScriptSrc,
        Self::ScriptSrcElem,
        Self::ScriptSrcAttr,
        Self::StyleSrc,
        Self::StyleSrcElem,
        Self::StyleSrcAttr,
        Self::ImgSrc,
        Self::ConnectSrc,
        Self::FontSrc,
        Self::MediaSrc,
        Self::ObjectSrc,
        Self::ManifestSrc,
        Self::ChildSrc,
        Self::FrameSrc,
        Self::FencedFrameSrc,
        Self::WorkerSrc,
        Self::BaseUri,
        Self::FormAction,
        Self::FrameAncestors,
        Self::Sandbox,
        Self::RequireTrustedTypesFor,
        Self::TrustedTypes,
        Self::UpgradeInsecureRequests,
        Self::ReportTo,
        Self::ReportUri,
        Self::BlockAllMixedContent,
        Self::DisownOpener,
        Self::NavigateTo,
        Self::PluginTypes,
        Self::PrefetchSrc,
        Self::Referrer,
        Self::ReflectedXss,
        Self::RequireSriFor,
        Self::TreatAsPublicAddress,
        Self::Webrtc,
    ];

    /// The name as policies write it, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DefaultSrc => "default-src",
            Self::ScriptSrc => "script-src",
            Self::ScriptSrcElem => "script-src-elem",
            Self::ScriptSrcAttr => "script-src-attr",
            Self::StyleSrc => "style-src",
            Self::StyleSrcElem => "style-src-elem",
            Self::StyleSrcAttr => "style-src-attr",
            Self::ImgSrc => "img-src",
            Self::ConnectSrc => "connect-src",
            Self::FontSrc => "font-src",
            Self::MediaSrc => "media-src",
            Self::ObjectSrc => "object-src",
            Self::ManifestSrc => "manifest-src",
            Self::ChildSrc => "child-src",
            Self::FrameSrc => "frame-src",
            Self::FencedFrameSrc => "fenced-frame-src",
            Self::WorkerSrc => "worker-src",
            Self::BaseUri => "base-uri",
            Self::FormAction => "form-action",
            Self::FrameAncestors => "frame-ancestors",
            Self::Sandbox => "sandbox",
            Self::RequireTrustedTypesFor => "require-trusted-types-for",
            Self::TrustedTypes => "trusted-types",
            Self::UpgradeInsecureRequests => "upgrade-insecure-requests",
            Self::ReportTo => "report-to",
            Self::ReportUri => "report-uri",
            Self::BlockAllMixedContent => "block-all-mixed-content",
            Self::DisownOpener => "disown-opener",
            Self::NavigateTo => "navigate-to",
            Self::PluginTypes => "plugin-types",
            Self::PrefetchSrc => "prefetch-src",
            Self::Referrer => "referrer",
            Self::ReflectedXss => "reflected-xss",
            Self::RequireSriFor => "require-sri-for",
            Self::TreatAsPublicAddress => "treat-as-public-address",
            Self::Webrtc => "webrtc",
        }
    }

    /// The directive that a browser takes this name for: in any case, `None` when it is unknown.
    pub fn effective(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(name))
    }

    /// What to write instead of a directive that current browsers ignore; `None` for the others.
    ///
    /// The text ends the sentence "browsers ignore `...`: ".
    pub const fn replacement(self) -> Option<&'static str> {
        Some(match self {
            Self::BlockAllMixedContent => {
                "they block mixed content anyway; write `upgrade-insecure-requests` to have it upgraded"
            }
            Self::DisownOpener => {
                "send the header `Cross-Origin-Opener-Policy: same-origin` instead"
            }
            Self::NavigateTo => {
                "remove it; `form-action` and `frame-src` govern what they still can"
            }
            Self::PluginTypes => "write `object-src 'none'` instead",
            Self::PrefetchSrc => "remove it; prefetching obeys `default-src`",
            Self::Referrer => "send the header `Referrer-Policy: no-referrer` instead",
            Self::ReflectedXss => {
                "remove it; a `script-src` without `'unsafe-inline'` is the protection"
            }
            Self::RequireSriFor => {
                "send the header `Integrity-Policy: blocked-destinations=(script)` instead"
            }
            Self::TreatAsPublicAddress => "remove it; only Chromium knows it, as an experiment",
            Self::Webrtc => "remove it; no browser has it, and nothing in a policy governs WebRTC",
            _ => return None,
        })
    }

    /// Where a browser looks, in this order, when a policy lacks this directive. Empty for the
    /// directives without a fallback: when they are missing, everything is allowed.
    ///
    /// Specification: [CSP3, section 6.8.3](https://w3c.github.io/webappsec-csp/#directive-fallback-list).
    pub const fn fallbacks(self) -> &'static [Self] {
        match self {
            Self::ScriptSrcElem | Self::ScriptSrcAttr => &[Self::ScriptSrc, Self::DefaultSrc],
            Self::StyleSrcElem | Self::StyleSrcAttr => &[Self::StyleSrc, Self::DefaultSrc],
            Self::WorkerSrc => &[Self::ChildSrc, Self::ScriptSrc, Self::DefaultSrc],
            Self::FrameSrc => &[Self::ChildSrc, Self::DefaultSrc],
            // Chromium's only: a fenced frame is a frame.
            Self::FencedFrameSrc => &[Self::FrameSrc, Self::ChildSrc, Self::DefaultSrc],
            Self::ScriptSrc
            | Self::StyleSrc
            | Self::ImgSrc
            | Self::ConnectSrc
            | Self::FontSrc
            | Self::MediaSrc
            | Self::ObjectSrc
            | Self::ManifestSrc
            | Self::ChildSrc
            | Self::PrefetchSrc => &[Self::DefaultSrc],
            _ => &[],
        }
    }
}

impl fmt::Display for DirectiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DirectiveName {
    type Err = CspError;

    /// Reads a name strictly: in lower case.
    ///
    /// # Errors
    /// * `""`, `"default src"`, `"default_src"`, `"bogus-src"`: unknown, with the nearest name if
    ///   one is near
    /// * `"Default-Src"`: not in lower case (browsers take it, so that a second spelling of the
    ///   same directive passes unseen)
    fn from_str(text: &str) -> Result<Self, CspError> {
        match Self::effective(text) {
            Some(name) if name.as_str() == text => Ok(name),
            Some(name) => Err(CspFault::DirectiveCase {
                text: crate::foreign::word(text),
                name,
            }
            .into()),
            None => Err(CspFault::UnknownDirective {
                text: crate::foreign::word(text),
                suggestion: suggest::nearest(text, Self::ALL.map(Self::as_str))
                    .and_then(Self::effective),
            }
            .into()),
        }
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::DirectiveName, "the name of a CSP directive");
}
