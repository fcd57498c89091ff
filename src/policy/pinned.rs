//! A policy and the pins of the SDK on its page.

use super::{Kind, Policy, PolicyError};
use crate::errors::Errors;
use crate::pins::Pins;

impl Policy {
    /// The same policy for the SDK that is pinned: a policy out of a file gets the hashes of the
    /// styles that are in the pinned files. All that it says itself stays.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// use tower_visor::{Policy, pins::Pins};
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder).unwrap();
    /// let text = r#"
    ///     [document]
    ///     origin = "https://liveness.contoso.example"
    ///     [liveness]
    ///     sdk = "1.5.0"
    ///     endpoint = "resource:contoso"
    ///     languages = ["de-DE"]
    /// "#;
    /// let policy: Policy = toml::from_str(text)?;
    /// let policy = policy.pinned(&pins)?;
    /// assert_eq!(policy.compile()?.warnings(), []);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the two contradict each other, and of two statements one must be wrong: another
    /// version, another folder, other hashes of styles, a language that isn't pinned. And
    /// [`PolicyError::NoSdk`] without a page with the SDK.
    pub fn pinned(mut self, pins: &Pins) -> Result<Self, Errors<PolicyError>> {
        let mut faults = self.disagreements(pins);
        let Kind::Liveness(page) = &mut self.kind else {
            return Err(Errors::or(faults, PolicyError::NoSdk));
        };
        for tag in page.sdk.languages.iter().flatten() {
            if pins.file(&pins.layout().language(tag)).is_none() {
                let tag = tag.clone();
                faults.push(PolicyError::UnpinnedLanguage { tag });
            }
        }
        let styles = pins.styles();
        if let Some(own) = &page.sdk.styles
            && !(own.len() == styles.len() && own.iter().all(|style| styles.contains(style)))
        {
            faults.push(PolicyError::OtherStyles);
        }
        page.sdk.styles = Some(styles);
        Errors::check(faults).map(|()| self)
    }

    /// Where a policy isn't one for these pins.
    pub(crate) fn disagreements(&self, pins: &Pins) -> Vec<PolicyError> {
        let Some(page) = self.liveness_page() else {
            return vec![PolicyError::NoSdk];
        };
        let mut faults = Vec::new();
        if page.version() != pins.version() {
            faults.push(PolicyError::OtherVersion {
                policy: page.version().clone(),
                pins: pins.version().clone(),
            });
        }
        if page.sdk.path != pins.base() {
            faults.push(PolicyError::OtherPath {
                policy: page.sdk.path.clone(),
                pins: pins.base().to_owned(),
            });
        }
        faults
    }
}
