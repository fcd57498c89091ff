//! The built-in table.
//!
//! Dates are those of the tags in Microsoft's public sample and iOS repositories. The needs of
//! 0.18.0-beta.1, 1.2.0, 1.3.1, 1.4.7, 1.4.8 and 1.5.0 were measured by running their files under
//! a strict policy; that of 1.4.6 is a public report; the rest is concluded from its neighbours:
//! every engine examined from 0.18 to 1.4.8 compiles JavaScript from strings, that of 1.5.0 does
//! not.

use super::{Basis, DataImages, EvalNeed, Release, Released, Releases};
use crate::sdk::layout::Era;
use crate::sdk::{ConstantStyle, Date, StyleHash, StyleKind, Version};
use crate::sri::Digest;

/// The style that the component of 1.4.8 and 1.5.0 puts into the head, as observed.
const HEAD: &str = "sha256-v96dvpk34b2lGpSIonmMYJS7leh0c+BUvOW+AXapgn0=";
/// The style in the shadow root of 1.2.0 and 1.3.1, as observed.
const SHADOW: &str = "sha256-yxFeHFX3rrHx4UnzHY7lTzDRPN/nuVTpuAIbkVA6dRU=";

/// The component, the engine and the engine with SIMD of 1.5.0, as they were observed: Microsoft publishes no
/// digests of them that we know of.
const FILES_1_5_0: [&str; 3] = [
    "sha384-BeJsFYQ2UHfvaVsoFWb8VitQIH6vQG86ESPerR7fJgw/gMgkrvJf3zFyDnf/tCjX",
    "sha384-aDGKwFlEUvvGtvtMCd52FX/NPAVyxoE6Hf2FWqZGQPlRFIXMuHHzZqpb0P3mmMwN",
    "sha384-0PJmSqbUgfC50EmS8FSrBen7PEH3hbkRq6o6J+PTB4sYy7SxT0JuLZj+RXQn3WjJ",
];

const fn day(year: u16, month: u8, day: u8) -> Released {
    Released::on(Date::literal(year, month, day))
}

impl Releases {
    /// What was known when this version of the crate was made.
    pub fn builtin() -> Self {
        let releases = vec![
            preview(Version::beta(0, 17, 0, 1), day(2024, 5, 20)),
            preview(Version::beta(0, 17, 1, 1), day(2024, 6, 13)),
            preview(Version::beta(0, 17, 2, 1), day(2024, 7, 9)),
            preview(Version::beta(0, 17, 2, 2), day(2024, 9, 3)),
            preview(Version::beta(0, 17, 2, 3), day(2024, 9, 3)),
            Release {
                era: Era::Single,
                basis: Basis::Measured,
                ..preview(Version::beta(0, 18, 0, 1), day(2024, 10, 23))
            },
            single(Version::new(1, 0, 0), day(2025, 1, 23), &["first release"]),
            single(Version::new(1, 1, 0), day(2025, 2, 21), &["security fixes"]),
            single(Version::new(1, 1, 1), day(2025, 2, 28), &[]),
            Release {
                basis: Basis::Measured,
                styles: vec![style(StyleKind::Shadow, Some(SHADOW))],
                ..single(Version::new(1, 2, 0), day(2025, 4, 15), &[])
            },
            single(Version::new(1, 3, 0), day(2025, 5, 7), &[]),
            Release {
                basis: Basis::Measured,
                styles: vec![style(StyleKind::Shadow, Some(SHADOW))],
                ..single(Version::new(1, 3, 1), day(2025, 5, 7), &[])
            },
            single(Version::new(1, 3, 2), day(2025, 6, 11), &[]),
            scoped(
                Version::new(1, 4, 0),
                day(2025, 7, 28),
                &["not confirmed for the web"],
            ),
            scoped(Version::new(1, 4, 1), day(2025, 8, 15), &[]),
            scoped(Version::new(1, 4, 2), day(2025, 9, 15), &[]),
            scoped(Version::new(1, 4, 3), day(2025, 10, 8), &[]),
            scoped(Version::new(1, 4, 4), day(2025, 10, 17), &[]),
            scoped(Version::new(1, 4, 5), day(2025, 10, 20), &["branding"]),
            Release {
                basis: Basis::Reported,
                ..scoped(
                    Version::new(1, 4, 6),
                    Released::between(Date::literal(2025, 11, 1), Date::literal(2025, 11, 30)),
                    &["web only"],
                )
            },
            Release {
                basis: Basis::Measured,
                styles: vec![
                    style(StyleKind::Empty, None),
                    style(StyleKind::Head, None),
                    style(StyleKind::Shadow, None),
                ],
                ..scoped(
                    Version::new(1, 4, 7),
                    day(2026, 2, 25),
                    &["government routing"],
                )
            },
            Release {
                basis: Basis::Measured,
                styles: head_and_shadow(),
                ..scoped(Version::new(1, 4, 8), day(2026, 3, 26), &[])
            },
            Release {
                basis: Basis::Measured,
                styles: head_and_shadow(),
                eval: EvalNeed::Wasm,
                digests: observed(&FILES_1_5_0),
                ..scoped(
                    Version::new(1, 5, 0),
                    Released::between(Date::literal(2026, 3, 26), Date::literal(2026, 8, 11)),
                    &["first release that runs without 'unsafe-eval'"],
                )
            },
        ];
        Releases {
            as_of: Date::literal(2026, 11, 23),
            releases,
        }
    }
}

/// Before 1.0: the interface is built by the component, out of files, without a `data:` picture.
fn preview(version: Version, released: Released) -> Release {
    Release {
        data_images: DataImages::NotNeeded,
        era: Era::FaceAnalyzer,
        notes: vec!["preview".to_owned()],
        ..Release::new(version, released, EvalNeed::Eval)
    }
}

/// Up to 1.3: one package.
fn single(version: Version, released: Released, notes: &[&str]) -> Release {
    Release {
        era: Era::Single,
        styles: vec![style(StyleKind::Shadow, None)],
        notes: notes.iter().copied().map(str::to_owned).collect(),
        ..Release::new(version, released, EvalNeed::Eval)
    }
}

/// From 1.4 on: two packages.
fn scoped(version: Version, released: Released, notes: &[&str]) -> Release {
    Release {
        era: Era::Scoped,
        ..single(version, released, notes)
    }
}

fn head_and_shadow() -> Vec<ConstantStyle> {
    vec![
        style(StyleKind::Empty, None),
        style(StyleKind::Head, Some(HEAD)),
        style(StyleKind::Shadow, None),
    ]
}

/// Digests as they are written; a test counts them.
fn observed(digests: &[&str]) -> Vec<Digest> {
    let read = digests.iter().filter_map(|text| text.parse().ok());
    read.collect()
}

fn style(kind: StyleKind, hash: Option<&str>) -> ConstantStyle {
    let hash = match (kind, hash) {
        (StyleKind::Empty, _) => Some(StyleHash::of_empty_text()),
        (_, hash) => hash.map(StyleHash::literal),
    };
    ConstantStyle { kind, hash }
}
