//! Reading waivers: each names a code that there is, and a reason.

use serde::Deserialize;

use super::{AuditError, AuditFault, Code, Waiver, Waivers};
use crate::errors::Errors;
use crate::suggest;

impl Waivers {
    /// Codes with an optional place and the reason.
    ///
    /// # Errors
    /// Everything that is wrong, at once: a code that doesn't exist, an empty reason.
    pub fn new<'a>(
        waivers: impl IntoIterator<Item = (&'a str, Option<&'a str>, &'a str)>,
    ) -> Result<Self, Errors<AuditError>> {
        let mut errors = Vec::new();
        let mut good = Vec::new();
        for (index, (name, place, reason)) in waivers.into_iter().enumerate() {
            let number = index + 1;
            let code = Code::named(name);
            if code.is_none() {
                let near = suggest::nearest(name, Code::all().map(Code::as_str));
                errors.push(AuditFault::WaiverCode {
                    number,
                    code: crate::foreign::word(name),
                    hint: near.map_or_else(
                        || "; `visor explain` lists them".to_owned(),
                        |near| format!(", did you mean `{near}`?"),
                    ),
                });
            }
            if reason.trim().is_empty() {
                errors.push(AuditFault::WaiverReason {
                    number,
                    code: crate::foreign::word(name),
                });
            }
            if let Some(code) = code {
                good.push(Waiver {
                    code,
                    place: place.map(str::to_owned),
                    reason: reason.trim().to_owned(),
                });
            }
        }
        Errors::check(errors)?;
        Ok(Self(good))
    }
}

/// A waiver as it is in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    code: String,
    place: Option<String>,
    reason: String,
}

/// Reads a list of tables, or a table `waiver` of them, as TOML wants it.
impl<'de> Deserialize<'de> for Waivers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            waiver: Vec<Raw>,
        }
        let File { waiver } = File::deserialize(deserializer)?;
        let rows = waiver.iter();
        let rows = rows.map(|raw| (&*raw.code, raw.place.as_deref(), &*raw.reason));
        Self::new(rows).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(lines.join("\n"))
        })
    }
}
