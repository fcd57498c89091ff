//! The flags of the `sandbox` directive.

use std::str::FromStr;

use super::{CspError, CspFault};
use crate::foreign;
use crate::named::named;
use crate::suggest;

named! {
    /// What a sandboxed page may still do.
    ///
    /// ```
    /// use tower_visor::csp::{Csp, SandboxToken};
    ///
    /// let csp = Csp::builder()
    ///     .sandbox([SandboxToken::AllowScripts, SandboxToken::AllowSameOrigin])
    ///     .build()?;
    /// assert_eq!(csp.to_string(), "sandbox allow-scripts allow-same-origin");
    /// // Without a token everything is forbidden: right for a file that is only fetched.
    /// assert_eq!(Csp::builder().sandbox([]).build()?.to_string(), "sandbox");
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::csp::CspError>>(())
    /// ```
    ///
    /// Specification: [HTML,
    /// sandboxing](https://html.spec.whatwg.org/multipage/browsers.html#parse-a-sandboxing-directive).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum SandboxToken {
        /// Downloads.
        AllowDownloads = "allow-downloads",
        /// Submitting forms.
        AllowForms = "allow-forms",
        /// `alert`, `confirm`, `prompt`, printing.
        AllowModals = "allow-modals",
        /// Locking the orientation of the screen.
        AllowOrientationLock = "allow-orientation-lock",
        /// Locking the pointer.
        AllowPointerLock = "allow-pointer-lock",
        /// Opening windows.
        AllowPopups = "allow-popups",
        /// Opening windows that aren't sandboxed themselves.
        AllowPopupsToEscapeSandbox = "allow-popups-to-escape-sandbox",
        /// Starting a presentation on another screen.
        AllowPresentation = "allow-presentation",
        /// Keeping its origin, and so its storage and permissions such as the camera.
        AllowSameOrigin = "allow-same-origin",
        /// Running scripts.
        AllowScripts = "allow-scripts",
        /// Navigating the top window.
        AllowTopNavigation = "allow-top-navigation",
        /// Navigating the top window when the user acts.
        AllowTopNavigationByUserActivation = "allow-top-navigation-by-user-activation",
        /// Navigating the top window to schemes of other applications.
        AllowTopNavigationToCustomProtocols = "allow-top-navigation-to-custom-protocols",
    }
}

impl FromStr for SandboxToken {
    type Err = CspError;

    /// Reads one token, in lower case.
    ///
    /// # Errors
    /// * `"allow-script"`, `"ALLOW-SCRIPTS"`, `"'allow-scripts'"`: unknown; browsers skip it and
    ///   forbid what it was meant to allow
    fn from_str(text: &str) -> Result<Self, CspError> {
        Self::ALL
            .into_iter()
            .find(|token| token.as_str() == text)
            .ok_or_else(|| {
                CspError::from(CspFault::UnknownSandboxToken {
                    text: foreign::word(text),
                    suggestion: suggest::nearest(text, Self::ALL.map(Self::as_str)),
                })
                .at(0)
            })
    }
}

#[cfg(feature = "serde")]
crate::serde_text::as_text!(SandboxToken, "a sandbox token such as `allow-scripts`");
