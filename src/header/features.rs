//! The features of `Permissions-Policy`, as data.

use std::str::FromStr;

use super::HeaderError;
use crate::named::named;

pub(super) const HEADER: &str = "permissions-policy";

/// What kind of thing a feature lets a page do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FeatureKind {
    /// It reaches a sensor, a device, the user's data or attention, or another party.
    Capability,
    /// It sends a fact about the browser with requests.
    ClientHint,
    /// It changes how the page works, but gives it no power.
    Knob,
}

macro_rules! features {
    ($($(#[$meta:meta])* $variant:ident => $name:literal, $kind:ident;)+) => {
        named! {
            /// A feature that `Permissions-Policy` can give or deny: the 78 that Chromium
            /// 156.0.8078.79 (November 2026) knows. The order is that of the names.
            ///
            /// Firefox and Safari don't support the header. Chromium warns about unknown names and
            /// continues; here they are an error, because a misspelt name denies nothing.
            ///
            /// ```
            /// use tower_visor::header::Feature;
            ///
            /// assert_eq!("camera".parse(), Ok(Feature::Camera));
            /// assert_eq!(
            ///     "microfone".parse::<Feature>().unwrap_err().to_string(),
            ///     "permissions-policy, byte 0: unknown feature `microfone`, did you mean \
            ///      `microphone`?; use a feature that Chromium 156 knows",
            /// );
            /// ```
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[non_exhaustive]
            pub enum Feature {
                $($(#[$meta])* $variant = $name,)+
            }
        }

        impl Feature {
            /// What kind of thing it is.
            pub const fn kind(self) -> FeatureKind {
                match self {
                    $(Self::$variant => FeatureKind::$kind,)+
                }
            }
        }
    };
}

features! {
    /// The acceleration of the device.
    Accelerometer => "accelerometer", Capability;
    /// Announcements to assistive technologies by `ariaNotify()`.
    AriaNotify => "aria-notify", Knob;
    /// Media that play by themselves.
    Autoplay => "autoplay", Capability;
    /// Interests that the browser derived from the history.
    BrowsingTopics => "browsing-topics", Capability;
    /// Video of the camera. A capture page needs it.
    Camera => "camera", Capability;
    /// Scrolling and zooming a captured tab.
    CapturedSurfaceControl => "captured-surface-control", Capability;
    /// The client hint `Sec-CH-Device-Memory`.
    ChDeviceMemory => "ch-device-memory", ClientHint;
    /// The client hint `Downlink`.
    ChDownlink => "ch-downlink", ClientHint;
    /// The client hint `Sec-CH-DPR`.
    ChDpr => "ch-dpr", ClientHint;
    /// The client hint `ECT`.
    ChEct => "ch-ect", ClientHint;
    /// The client hint `Sec-CH-Prefers-Color-Scheme`.
    ChPrefersColorScheme => "ch-prefers-color-scheme", ClientHint;
    /// The client hint `Sec-CH-Prefers-Reduced-Motion`.
    ChPrefersReducedMotion => "ch-prefers-reduced-motion", ClientHint;
    /// The client hint `Sec-CH-Prefers-Reduced-Transparency`.
    ChPrefersReducedTransparency => "ch-prefers-reduced-transparency", ClientHint;
    /// The client hint `RTT`.
    ChRtt => "ch-rtt", ClientHint;
    /// The client hint `Save-Data`.
    ChSaveData => "ch-save-data", ClientHint;
    /// The client hint `Sec-CH-UA`.
    ChUa => "ch-ua", ClientHint;
    /// The client hint `Sec-CH-UA-Arch`.
    ChUaArch => "ch-ua-arch", ClientHint;
    /// The client hint `Sec-CH-UA-Bitness`.
    ChUaBitness => "ch-ua-bitness", ClientHint;
    /// The client hint `Sec-CH-UA-Form-Factors`.
    ChUaFormFactors => "ch-ua-form-factors", ClientHint;
    /// The client hint `Sec-CH-UA-Full-Version`.
    ChUaFullVersion => "ch-ua-full-version", ClientHint;
    /// The client hint `Sec-CH-UA-Full-Version-List`.
    ChUaFullVersionList => "ch-ua-full-version-list", ClientHint;
    /// All detailed `Sec-CH-UA` hints, also by `getHighEntropyValues()`.
    ChUaHighEntropyValues => "ch-ua-high-entropy-values", ClientHint;
    /// The client hint `Sec-CH-UA-Mobile`.
    ChUaMobile => "ch-ua-mobile", ClientHint;
    /// The client hint `Sec-CH-UA-Model`.
    ChUaModel => "ch-ua-model", ClientHint;
    /// The client hint `Sec-CH-UA-Platform`.
    ChUaPlatform => "ch-ua-platform", ClientHint;
    /// The client hint `Sec-CH-UA-Platform-Version`.
    ChUaPlatformVersion => "ch-ua-platform-version", ClientHint;
    /// The client hint `Sec-CH-UA-WoW64`.
    ChUaWow64 => "ch-ua-wow64", ClientHint;
    /// The client hint `Sec-CH-Viewport-Height`.
    ChViewportHeight => "ch-viewport-height", ClientHint;
    /// The client hint `Sec-CH-Viewport-Width`.
    ChViewportWidth => "ch-viewport-width", ClientHint;
    /// The client hint `Sec-CH-Width`.
    ChWidth => "ch-width", ClientHint;
    /// Reading the clipboard.
    ClipboardRead => "clipboard-read", Capability;
    /// Writing the clipboard.
    ClipboardWrite => "clipboard-write", Capability;
    /// How busy the processor is.
    ComputePressure => "compute-pressure", Capability;
    /// Shared memory and fine timers, where the opener and embedder policies earned them.
    CrossOriginIsolated => "cross-origin-isolated", Knob;
    /// Requests that go out after the page is gone.
    DeferredFetch => "deferred-fetch", Capability;
    /// The same for frames, with a small quota.
    DeferredFetchMinimal => "deferred-fetch-minimal", Capability;
    /// Issuing digital credentials into a wallet.
    DigitalCredentialsCreate => "digital-credentials-create", Capability;
    /// Asking a wallet for digital credentials.
    DigitalCredentialsGet => "digital-credentials-get", Capability;
    /// Capturing the screen.
    DisplayCapture => "display-capture", Capability;
    /// Protected media (EME).
    EncryptedMedia => "encrypted-media", Capability;
    /// Filling the screen.
    Fullscreen => "fullscreen", Capability;
    /// Game controllers.
    Gamepad => "gamepad", Capability;
    /// Where the device is.
    Geolocation => "geolocation", Capability;
    /// The rotation of the device.
    Gyroscope => "gyroscope", Capability;
    /// Human interface devices.
    Hid => "hid", Capability;
    /// Federated sign-in (`FedCM`).
    IdentityCredentialsGet => "identity-credentials-get", Capability;
    /// Whether the user is there.
    IdleDetection => "idle-detection", Capability;
    /// `FLoC`, which no browser has any more; the name is still known.
    InterestCohort => "interest-cohort", Knob;
    /// The layout of the keyboard.
    KeyboardMap => "keyboard-map", Capability;
    /// The built-in language detector.
    LanguageDetector => "language-detector", Capability;
    /// The built-in language model.
    LanguageModel => "language-model", Capability;
    /// The fonts that are installed.
    LocalFonts => "local-fonts", Capability;
    /// Requests to devices of the local network.
    LocalNetwork => "local-network", Capability;
    /// Requests to the local network and to this device.
    LocalNetworkAccess => "local-network-access", Capability;
    /// Requests to this device.
    LoopbackNetwork => "loopback-network", Capability;
    /// The magnetic field.
    Magnetometer => "magnetometer", Capability;
    /// Media that go on playing in a frame that is not shown.
    MediaPlaybackWhileNotVisible => "media-playback-while-not-visible", Knob;
    /// Sound of the microphone.
    Microphone => "microphone", Capability;
    /// MIDI devices.
    Midi => "midi", Capability;
    /// Speech recognition on the device.
    OnDeviceSpeechRecognition => "on-device-speech-recognition", Capability;
    /// One-time passwords out of text messages.
    OtpCredentials => "otp-credentials", Capability;
    /// The Payment Request API.
    Payment => "payment", Capability;
    /// Video in a window of its own.
    PictureInPicture => "picture-in-picture", Capability;
    /// Issuing private state tokens.
    PrivateStateTokenIssuance => "private-state-token-issuance", Capability;
    /// Redeeming private state tokens.
    PrivateStateTokenRedemption => "private-state-token-redemption", Capability;
    /// Creating passkeys.
    PublickeyCredentialsCreate => "publickey-credentials-create", Capability;
    /// Signing in by passkeys.
    PublickeyCredentialsGet => "publickey-credentials-get", Capability;
    /// Keeping the screen on.
    ScreenWakeLock => "screen-wake-lock", Capability;
    /// Serial ports.
    Serial => "serial", Capability;
    /// Choosing the loudspeaker.
    SpeakerSelection => "speaker-selection", Capability;
    /// Cookies of its own in a foreign page.
    StorageAccess => "storage-access", Capability;
    /// The built-in summarizer.
    Summarizer => "summarizer", Capability;
    /// `XMLHttpRequest` that blocks the page.
    SyncXhr => "sync-xhr", Knob;
    /// The built-in translator.
    Translator => "translator", Capability;
    /// `unload` handlers.
    Unload => "unload", Knob;
    /// USB devices.
    Usb => "usb", Capability;
    /// The arrangement of screens and windows.
    WindowManagement => "window-management", Capability;
    /// Virtual and augmented reality.
    XrSpatialTracking => "xr-spatial-tracking", Capability;
}

impl Feature {
    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|feature| feature.as_str() == name)
    }
}

impl FromStr for Feature {
    type Err = HeaderError;

    /// Reads a name, in lower case.
    ///
    /// # Errors
    /// [`HeaderErrorKind::Unknown`](super::HeaderErrorKind::Unknown) for every other text.
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let known = "a feature that Chromium 156 knows";
        Self::read(text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            HeaderError::not_among(HEADER, 0, "feature", text, &names, known)
        })
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Feature, "a Permissions-Policy feature");
}
