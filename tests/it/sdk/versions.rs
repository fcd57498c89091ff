//! Versions and dates.

use tower_visor::sdk::{Date, Version};

use super::{date, version};

#[test]
fn versions_are_ordered_as_semver_orders_them() {
    // Semantic Versioning 2.0.0, item 11, and the SDK's own previews.
    let sorted = [
        "0.17.2-beta.3",
        "0.18.0-beta.1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.4.10",
        "1.10.0",
        "2.0.0-0",
        "2.0.0--",
    ];
    for (index, text) in sorted.iter().enumerate() {
        assert_eq!(version(text).to_string(), *text);
        for (other, later) in sorted.iter().enumerate() {
            assert_eq!(
                version(text).cmp(&version(later)),
                index.cmp(&other),
                "{text} {later}"
            );
        }
    }
}

#[test]
fn every_fault_of_a_version_has_its_message() {
    const NOT_EXACT: &str =
        "is not an exact version; write for example `1.5.0`, without a range, a tag or a `v`";
    for (text, message) in [
        ("", "version is empty; write for example `1.5.0`".to_owned()),
        ("v1.5.0", format!("byte 0: `v1.5.0` {NOT_EXACT}")),
        ("^1.5.0", format!("byte 0: `^1.5.0` {NOT_EXACT}")),
        ("latest", format!("byte 0: `latest` {NOT_EXACT}")),
        (" 1.5.0", format!("byte 0: ` 1.5.0` {NOT_EXACT}")),
        (
            "1",
            "byte 1: the minor number is missing; write for example `1.5.0`".to_owned(),
        ),
        (
            "1.5",
            "byte 3: the patch number is missing; write for example `1.5.0`".to_owned(),
        ),
        (
            "1..0",
            "byte 2: the minor number is missing; write for example `1.5.0`".to_owned(),
        ),
        (
            "1.5.x",
            "byte 4: `x` isn't allowed in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0 ",
            "byte 5: ` ` isn't allowed in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0.1",
            "byte 5: `.` isn't allowed in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.\u{e9}.0",
            "byte 2: `\\u{e9}` isn't allowed in the minor; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0-beta_1",
            "byte 10: `_` isn't allowed in the prerelease; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0-beta.",
            "byte 11: the prerelease number is missing; write for example `1.5.0`".to_owned(),
        ),
        (
            "1.05.0",
            "byte 2: a number in the minor has a leading zero; remove it".to_owned(),
        ),
        (
            "1.5.0-beta.01",
            "byte 11: a number in the prerelease has a leading zero; remove it".to_owned(),
        ),
        (
            "1.5.4294967296",
            "byte 4: a number in the patch is larger than 4294967295; no release has such a number".to_owned(),
        ),
        (
            "1.5.0+b",
            "byte 5: build metadata is not part of an SDK version; remove `+` and what follows".to_owned(),
        ),
        (
            "1.5.0-a+b",
            "byte 7: build metadata is not part of an SDK version; remove `+` and what follows".to_owned(),
        ),
    ] {
        assert_eq!(
            text.parse::<Version>().unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
}

#[test]
fn dates_are_days_of_the_calendar() {
    for (text, valid) in [
        ("2026-11-23", true),
        ("2024-02-29", true),
        ("2023-02-29", false),
        ("2000-02-29", true),
        ("2100-02-29", false),
        ("1970-01-01", true),
        ("1969-12-31", false),
        ("2026-13-01", false),
        ("2026-00-10", false),
        ("2026-04-31", false),
        ("2026-11", false),
        ("2026-2-3", false),
        ("23.11.2026", false),
        ("2026-11-2\u{e9}", false),
        ("+026-11-23", false),
    ] {
        assert_eq!(text.parse::<Date>().is_ok(), valid, "{text}");
    }
    assert_eq!(
        "2026-02-30".parse::<Date>().unwrap_err().to_string(),
        "`2026-02-30` is not a date; write it as `2026-11-23`, from 1970 to 9999"
    );
    assert_eq!(Date::from_unix_seconds(0), date("1970-01-01"));
    assert_eq!(Date::from_unix_seconds(951_782_399), date("2000-02-28"));
    assert_eq!(Date::from_unix_seconds(951_782_400), date("2000-02-29"));
    assert_eq!(Date::from_unix_seconds(u64::MAX), date("9999-12-31"));
    assert_eq!(date("2026-08-31").plus_months(6), date("2027-02-28"));
    assert_eq!(date("2026-08-31").plus_months(u16::MAX), date("7487-11-30"));
    assert_eq!(date("9999-12-31").plus_months(1), date("9999-12-31"));
    assert_eq!(date("2026-01-01").days_since(date("2026-03-01")), -59);
}
