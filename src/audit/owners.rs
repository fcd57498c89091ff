//! Who owns each script of a page, and why it is there: PCI DSS 6.4.3's inventory.

use serde::{Deserialize, Serialize};

use super::{AuditError, AuditFault};
use crate::errors::Errors;

/// Who owns a script, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Owner {
    /// Which script: its address, the beginning of it up to a slash (`https://example.com/app/`), or
    /// a digest (`sha384-...`) for what has no address.
    pub script: String,
    /// Who answers for it: a person, a team.
    pub owner: String,
    /// Why the page needs it.
    pub justification: String,
}

/// The owners of all scripts, read from a file: a list of tables, or a table `script` of them.
///
/// ```
/// use tower_visor::audit::Owners;
///
/// let owners: Owners = serde_json::from_str(r#"{"script": [{
///     "script": "https://example.com/app/",
///     "owner": "team onboarding",
///     "justification": "the application itself"
/// }]}"#)?;
/// assert_eq!(owners.iter().count(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(Vec<Owner>);

impl Owners {
    /// Script, owner and justification of each.
    ///
    /// # Errors
    /// All that is empty, at once.
    pub fn new<'a>(
        owners: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Result<Self, Errors<AuditError>> {
        let mut errors = Vec::new();
        let mut good = Vec::new();
        for (index, (script, owner, justification)) in owners.into_iter().enumerate() {
            for (what, text) in [
                ("script", script),
                ("owner", owner),
                ("justification", justification),
            ] {
                if text.trim().is_empty() {
                    errors.push(AuditFault::Owner {
                        number: index + 1,
                        script: crate::foreign::excerpt_without_secret(script),
                        what,
                    });
                }
            }
            good.push(Owner {
                script: script.trim().to_owned(),
                owner: owner.trim().to_owned(),
                justification: justification.trim().to_owned(),
            });
        }
        Errors::check(errors)?;
        Ok(Self(good))
    }

    /// The owners, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Owner> {
        self.0.iter()
    }

    /// The first that names a script by one of its digests or by its address.
    pub(super) fn of(&self, address: &str, digests: &[String]) -> Option<&Owner> {
        self.0.iter().find(|owner| {
            let is_below = owner.script.ends_with('/') && address.starts_with(&owner.script);
            is_below || owner.script == address || digests.contains(&owner.script)
        })
    }
}

impl<'de> Deserialize<'de> for Owners {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            script: Vec<Owner>,
        }
        let File { script } = File::deserialize(deserializer)?;
        let rows = script.iter();
        let rows = rows.map(|row| (&*row.script, &*row.owner, &*row.justification));
        Self::new(rows).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(lines.join("\n"))
        })
    }
}
