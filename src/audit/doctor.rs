//! One symptom, "the component says Unexpected", and its cause.

use super::{Code, Finding, Report};

/// What keeps the SDK from running, most fundamental first: if one of these was found, those
/// after it may be mere consequences.
const CAUSES: &[Code] = &[
    Code::INSECURE_CONTEXT,
    Code::SANDBOX_BLOCKS,
    Code::SDK_BLOCKED,
    Code::BASE_PATH,
    Code::SDK_FILE_MISSING,
    Code::SCRIPT_REFUSED,
    Code::BLOCKS_SCRIPT,
    Code::BLOCKS_ENGINE,
    Code::BLOCKS_TEXT,
    Code::INTEGRITY_POLICY_BLOCKS,
    Code::INTEGRITY_WITHOUT_CORS,
    Code::INTEGRITY_NEVER_MATCHES,
    Code::INTEGRITY_MISMATCH,
    Code::INTEGRITY_AGAINST_PINS,
    Code::SDK_FILE_CHANGED,
    Code::SDK_VERSION_SKEW,
    Code::BLOCKS_EVAL,
    Code::BLOCKS_WASM,
    Code::ALLOWLIST_BLOCKS,
    Code::BLOCKS_CONNECT,
    Code::COEP_BLOCKS,
    Code::CAMERA_DENIED,
    Code::FRAME_WITHOUT_CAMERA,
    Code::BLOCKS_STYLE,
    Code::BLOCKS_IMAGE,
];

impl Report {
    /// The findings that keep the SDK from running, likeliest first. The component has one word
    /// for all of them, "Unexpected".
    ///
    /// Waived findings count too: accepted doesn't mean harmless.
    ///
    /// ```
    /// use tower_visor::audit::{Code, Context, Profile, Response, audit};
    ///
    /// let (parts, ()) = http::Response::builder()
    ///     .header("content-type", "text/html")
    ///     .header("content-security-policy", "script-src 'self'")
    ///     .body(())
    ///     .unwrap()
    ///     .into_parts();
    /// let html = "<!doctype html><azure-ai-vision-face-ui></azure-ai-vision-face-ui>";
    /// let page = Response::new("https://example.com/", parts, Some(html.into()))?;
    /// let report = audit(&page, &Context::new(Profile::Liveness));
    /// assert_eq!(report.causes()[0].code, Code::BLOCKS_WASM);
    /// # Ok::<(), tower_visor::audit::AuditError>(())
    /// ```
    pub fn causes(&self) -> Vec<&Finding> {
        let waived = self.waived.iter().map(|waived| &waived.finding);
        let all: Vec<&Finding> = self.findings.iter().chain(waived).collect();
        let of = |code: &Code| {
            let code = *code;
            all.iter()
                .copied()
                .filter(move |finding| finding.code == code)
        };
        CAUSES.iter().flat_map(of).collect()
    }
}
