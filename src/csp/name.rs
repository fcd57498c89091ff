//! The names of the CSP directives.

use std::str::FromStr;

use super::{CspError, CspFault};
use crate::named::named;
use crate::suggest;

named! {
    /// The name of a directive: those of CSP Level 3 and Trusted Types, and those that older editions
    /// or single browsers had.
    ///
    /// They are in the order in which policies are written: fallbacks first, reporting last, then
    /// those that can only be read.
    ///
    /// The old ones can be *read* (a deployed policy may have them), but no [`Csp`](super::Csp) is
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
    /// [Trusted Types, section
    /// 4](https://w3c.github.io/trusted-types/dist/spec/#integration-with-content-security-policy).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum DirectiveName {
        /// `default-src`: what every fetch directive falls back to.
        DefaultSrc = "default-src",
        /// `script-src`: scripts, and `eval` and WebAssembly.
        ScriptSrc = "script-src",
        /// `script-src-elem`: script elements and `javascript:` navigation.
        ScriptSrcElem = "script-src-elem",
        /// `script-src-attr`: inline event handlers.
        ScriptSrcAttr = "script-src-attr",
        /// `style-src`: style sheets, and style attributes.
        StyleSrc = "style-src",
        /// `style-src-elem`: style sheets.
        StyleSrcElem = "style-src-elem",
        /// `style-src-attr`: `style` attributes.
        StyleSrcAttr = "style-src-attr",
        /// `img-src`: images and favicons.
        ImgSrc = "img-src",
        /// `connect-src`: `fetch`, XHR, web sockets, event sources, beacons.
        ConnectSrc = "connect-src",
        /// `font-src`: fonts.
        FontSrc = "font-src",
        /// `media-src`: audio, video and tracks.
        MediaSrc = "media-src",
        /// `object-src`: `object` and `embed`.
        ObjectSrc = "object-src",
        /// `manifest-src`: the web application's manifest.
        ManifestSrc = "manifest-src",
        /// `child-src`: what `frame-src` and `worker-src` fall back to.
        ChildSrc = "child-src",
        /// `frame-src`: frames inside the page.
        FrameSrc = "frame-src",
        /// `fenced-frame-src`: fenced frames (Chromium).
        FencedFrameSrc = "fenced-frame-src",
        /// `worker-src`: workers, shared workers and service workers.
        WorkerSrc = "worker-src",
        /// `base-uri`: what a `base` element may name.
        BaseUri = "base-uri",
        /// `form-action`: where forms may be sent.
        FormAction = "form-action",
        /// `frame-ancestors`: who may frame the page.
        FrameAncestors = "frame-ancestors",
        /// `sandbox`: the restrictions of a sandboxed frame, on the page itself.
        Sandbox = "sandbox",
        /// `require-trusted-types-for`: sinks that take typed values only.
        RequireTrustedTypesFor = "require-trusted-types-for",
        /// `trusted-types`: the policies that may be created.
        TrustedTypes = "trusted-types",
        /// `upgrade-insecure-requests`: `http:` is fetched as `https:`.
        UpgradeInsecureRequests = "upgrade-insecure-requests",
        /// `report-to`: the reporting endpoint.
        ReportTo = "report-to",
        /// `report-uri`: the older form of it.
        ReportUri = "report-uri",
        /// `block-all-mixed-content`: browsers do that anyway.
        BlockAllMixedContent = "block-all-mixed-content",
        /// `disown-opener`: dropped from the standard.
        DisownOpener = "disown-opener",
        /// `navigate-to`: dropped from the standard.
        NavigateTo = "navigate-to",
        /// `plugin-types`: dropped, with plugins.
        PluginTypes = "plugin-types",
        /// `prefetch-src`: dropped from the standard.
        PrefetchSrc = "prefetch-src",
        /// `referrer`: dropped for the `Referrer-Policy` header.
        Referrer = "referrer",
        /// `reflected-xss`: dropped, with the filters that it steered.
        ReflectedXss = "reflected-xss",
        /// `require-sri-for`: dropped for the `Integrity-Policy` header.
        RequireSriFor = "require-sri-for",
        /// `treat-as-public-address`: an experiment of Chromium.
        TreatAsPublicAddress = "treat-as-public-address",
        /// `webrtc`: in the draft, but in no browser.
        Webrtc = "webrtc",
    }
}

impl DirectiveName {
    /// The directive that a browser reads this name as, in upper or lower case; `None` if it is unknown.
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
            Self::PrefetchSrc => {
                "remove it; prefetching obeys `default-src`, and in Chromium any directive that allows the URL"
            }
            Self::Referrer => "send the header `Referrer-Policy: no-referrer` instead",
            Self::ReflectedXss => {
                "remove it; a `script-src` without `'unsafe-inline'` is the protection"
            }
            Self::RequireSriFor => {
                "send the header `Integrity-Policy: blocked-destinations=(script)` instead"
            }
            Self::TreatAsPublicAddress => "remove it; only Chromium knows it, as an experiment",
            Self::Webrtc => {
                "remove it; no browser has it, and no policy governs WebRTC: `Connection-Allowlist` does"
            }
            _ => return None,
        })
    }

    /// Where a browser looks, in this order, when a policy lacks this directive. Empty for the
    /// directives without a fallback: if they are missing, everything is allowed.
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
