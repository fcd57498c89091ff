//! The table of releases, what a version needs, and how long it is supported.

use tower_visor::sdk::layout::Era;
use tower_visor::sdk::{
    Age, Basis, Certainty, DataImages, EvalNeed, Release, Released, Releases, StyleKind,
    SupportLevel, Version,
};
use tower_visor::sri::{Algorithm, Digest};

use super::{date, version};

#[test]
fn the_built_in_table_is_one_that_could_have_been_written_by_hand() {
    let table = Releases::builtin();
    assert_eq!(
        Releases::new(table.as_of(), table.iter().cloned()),
        Ok(table.clone()),
        "sorted, nothing twice, dates in order"
    );
    assert_eq!(table.latest().version, Version::new(1, 5, 0));
    for release in table.iter() {
        let again: Version = release.version.to_string().parse().unwrap();
        assert_eq!(again, release.version);
        for day in [release.released.earliest, release.released.latest] {
            assert_eq!(day.to_string().parse(), Ok(day));
            assert!(day <= table.as_of());
        }
        for hash in release
            .styles
            .iter()
            .filter_map(|style| style.hash.as_ref())
        {
            assert_eq!(hash.as_str().parse(), Ok(hash.clone()));
            assert!(hash.as_str().parse::<Digest>().is_ok(), "{hash}");
        }
    }
}

#[test]
fn the_table_holds_what_was_measured() {
    let table = Releases::builtin();
    let release = |text: &str| table.release(&version(text)).unwrap();
    for measured in ["0.18.0-beta.1", "1.2.0", "1.3.1", "1.4.7", "1.4.8", "1.5.0"] {
        assert_eq!(release(measured).basis, Basis::Measured, "{measured}");
    }
    for eval in ["0.18.0-beta.1", "1.2.0", "1.3.1", "1.4.6", "1.4.7", "1.4.8"] {
        assert_eq!(release(eval).eval, EvalNeed::Eval, "{eval}");
    }
    assert_eq!(release("1.5.0").eval, EvalNeed::Wasm);
    assert_eq!(
        (EvalNeed::Eval.keyword(), EvalNeed::Wasm.keyword()),
        ("'unsafe-eval'", "'wasm-unsafe-eval'")
    );

    let hash = |text: &str, kind: StyleKind| {
        let style = release(text).styles.iter().find(|style| style.kind == kind);
        style.map(|style| style.hash.as_ref().map(ToString::to_string))
    };
    let head = "sha256-v96dvpk34b2lGpSIonmMYJS7leh0c+BUvOW+AXapgn0=".to_owned();
    let shadow = "sha256-yxFeHFX3rrHx4UnzHY7lTzDRPN/nuVTpuAIbkVA6dRU=".to_owned();
    assert_eq!(hash("1.5.0", StyleKind::Head), Some(Some(head.clone())));
    assert_eq!(hash("1.4.8", StyleKind::Head), Some(Some(head)));
    assert_eq!(
        hash("1.5.0", StyleKind::Shadow),
        Some(None),
        "only in the wasm"
    );
    assert_eq!(hash("1.3.1", StyleKind::Shadow), Some(Some(shadow.clone())));
    assert_eq!(hash("1.2.0", StyleKind::Shadow), Some(Some(shadow)));
    assert_eq!(hash("1.2.0", StyleKind::Head), None);

    assert_eq!(release("0.18.0-beta.1").data_images, DataImages::NotNeeded);
    assert_eq!(release("1.2.0").data_images, DataImages::Needed);
    assert_eq!(release("1.3.2").era, Era::Single);
    assert_eq!(release("1.4.1").era, Era::Scoped);
    assert_eq!(release("1.1.0").notes, ["security fixes"]);
    assert_eq!(
        release("1.5.0").released.to_string(),
        "between 2026-03-26 and 2026-08-11"
    );
}

#[test]
fn an_unknown_version_never_gets_more_than_the_known_ones_around_it() {
    let table = Releases::builtin();
    for (text, eval, certainty) in [
        (
            "1.4.9",
            EvalNeed::Wasm,
            "not in the table of releases; assumed to need no more than 1.4.8 and 1.5.0 both do",
        ),
        (
            "1.5.0-beta.1",
            EvalNeed::Wasm,
            "not in the table of releases; assumed to need no more than 1.4.8 and 1.5.0 both do",
        ),
        (
            "1.2.5",
            EvalNeed::Eval,
            "not in the table of releases; assumed to need no more than 1.2.0 and 1.3.0 both do",
        ),
        (
            "2.0.0",
            EvalNeed::Wasm,
            "newer than 1.5.0, the newest in the table of releases; assumed to need only 'wasm-unsafe-eval'",
        ),
        (
            "0.1.0",
            EvalNeed::Eval,
            "older than 0.17.0-beta.1, the oldest in the table of releases; assumed to need what that one does",
        ),
        ("1.5.0", EvalNeed::Wasm, "in the table of releases"),
    ] {
        let needs = table.needs(&version(text));
        assert_eq!(needs.eval, eval, "{text}");
        assert_eq!(needs.certainty.to_string(), certainty, "{text}");
        if needs.certainty != Certainty::Known {
            assert!(
                needs.styles.iter().all(|style| style.hash.is_none()),
                "{text}"
            );
        }
    }
    // Even when the newest one known needs it, what comes after gets no 'unsafe-eval'.
    let old = Releases::new(
        date("2026-04-01"),
        [Release::new(
            Version::new(1, 4, 8),
            Released::on(date("2026-03-26")),
            EvalNeed::Eval,
        )],
    );
    assert_eq!(
        old.unwrap().needs(&Version::new(1, 4, 9)).eval,
        EvalNeed::Wasm
    );
}

#[test]
fn files_that_one_release_alone_has_tell_which_it_is() {
    let table = Releases::builtin();
    let known: Vec<_> = table
        .iter()
        .flat_map(|release| release.digests.iter().map(move |digest| (release, digest)))
        .collect();
    assert_eq!(known.len(), 3);
    for (release, digest) in known {
        assert_eq!(release.version, version("1.5.0"));
        assert_eq!(table.with_file(digest), Some(release));
    }
    assert_eq!(table.with_file(&Digest::of(Algorithm::Sha384, b"")), None);
}

#[test]
fn tables_can_be_extended_and_are_checked() {
    let release = |text: &str, earliest: &str, latest: &str| {
        Release::new(
            version(text),
            Released::between(date(earliest), date(latest)),
            EvalNeed::Eval,
        )
    };
    let as_of = date("2026-11-23");
    let day = "2026-11-01";
    for (releases, error) in [
        (
            vec![],
            "the table of releases is empty; give at least one release that is not a preview",
        ),
        (
            vec![release("1.6.0-beta.1", day, day)],
            "the table of releases is empty; give at least one release that is not a preview",
        ),
        (
            vec![
                release("1.6.0", day, day),
                release("1.5.0", day, day),
                release("1.6.0", day, day),
            ],
            "release 1.6.0 appears twice in the table; remove one",
        ),
        (
            vec![release("1.6.0", "2026-11-02", day)],
            "release 1.6.0: 2026-11-02 lies after 2026-11-01; swap the two dates",
        ),
    ] {
        assert_eq!(
            Releases::new(as_of, releases).unwrap_err().to_string(),
            error
        );
    }

    let day = "2027-01-05";
    let table = Releases::builtin().with(release("1.6.0", day, day));
    assert_eq!(table.as_of(), date(day));
    assert_eq!(table.latest().version, version("1.6.0"));
    // The table can be corrected too.
    let count = table.iter().count();
    let table = table.with(release("1.5.0", "2026-06-01", "2026-06-01"));
    assert_eq!(table.iter().count(), count);
    assert_eq!(table.needs(&version("1.5.0")).eval, EvalNeed::Eval);
}

#[test]
fn support_follows_microsofts_rule() {
    let table = Releases::builtin();
    let today = date("2026-11-23");
    let tail = "(releases as of 2026-11-23)";
    for (text, level, message) in [
        (
            "1.5.0",
            SupportLevel::Current,
            format!("1.5.0 (104 to 242 days old) is the newest release known {tail}"),
        ),
        (
            "1.4.8",
            SupportLevel::BehindMinor,
            format!(
                "1.4.8 (242 days old) is behind 1.5.0 by a minor version: it contains important security and reliability fixes, update {tail}"
            ),
        ),
        (
            "1.5.0-beta.1",
            SupportLevel::BehindPatch,
            format!("1.5.0-beta.1 is behind 1.5.0 by a patch: the update is optional {tail}"),
        ),
        (
            "0.18.0-beta.1",
            SupportLevel::Blocked,
            format!(
                "0.18.0-beta.1 (761 days old) is behind 1.5.0 by a major version: the service blocks it since 2025-07-23, update now {tail}"
            ),
        ),
        (
            "1.6.0",
            SupportLevel::UnknownNewer,
            format!("1.6.0 is newer than 1.5.0, the newest release known {tail}"),
        ),
    ] {
        let support = table.support(&version(text), today);
        assert_eq!(support.level, level, "{text}");
        assert_eq!(support.to_string(), message);
    }

    let table = table.with(Release::new(
        version("2.0.0"),
        Released::between(date("2026-12-01"), date("2026-12-10")),
        EvalNeed::Wasm,
    ));
    for (today, level) in [
        ("2027-05-31", SupportLevel::BehindMajor),
        ("2027-06-01", SupportLevel::Blocked),
    ] {
        let support = table.support(&version("1.5.0"), date(today));
        assert_eq!(support.level, level, "{today}");
        assert_eq!(support.blocked_from, Some(date("2027-06-01")));
    }
    assert_eq!(
        table
            .support(&version("1.5.0"), date("2027-01-01"))
            .to_string(),
        "1.5.0 (143 to 281 days old) is behind 2.0.0 by a major version: the service blocks it from 2027-06-01 on, update before then (releases as of 2026-12-10)"
    );
    // A clock that stands before the release gives no negative age.
    assert_eq!(
        table.support(&version("2.0.0"), date("2026-12-05")).age,
        Some(Age {
            at_least: 0,
            at_most: 4
        })
    );
    let mut levels = [
        SupportLevel::Blocked,
        SupportLevel::BehindMinor,
        SupportLevel::UnknownNewer,
        SupportLevel::BehindMajor,
        SupportLevel::BehindPatch,
        SupportLevel::Current,
    ];
    levels.sort();
    assert_eq!(
        levels.map(|level| level.as_str().parse::<SupportLevel>().unwrap().as_str()),
        [
            "unknown-newer",
            "current",
            "patch",
            "minor",
            "major",
            "blocked"
        ]
    );
    assert_eq!(
        "Minor".parse::<SupportLevel>().unwrap_err().to_string(),
        "`Minor` is not a support level; write current, patch, minor, major or blocked"
    );
}
