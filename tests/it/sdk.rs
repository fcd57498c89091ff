//! The SDK as facts: versions, releases, support, endpoints, layout.

use proptest::prelude::*;
use tower_visor::sdk::layout::{self, Engine, Era, FileKind, Layout};
use tower_visor::sdk::{
    Age, Basis, Certainty, DataImages, Date, Endpoint, EvalNeed, Release, Released, Releases,
    SdkError, StyleHash, StyleKind, SupportLevel, Version,
};
use tower_visor::sri::Digest;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

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
            "byte 4: `x` has no place in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0 ",
            "byte 5: ` ` has no place in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0.1",
            "byte 5: `.` has no place in the patch; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.\u{e9}.0",
            "byte 2: `\\u{e9}` has no place in the minor; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
        ),
        (
            "1.5.0-beta_1",
            "byte 10: `_` has no place in the prerelease; write for example `1.5.0` or `1.5.0-beta.1`".to_owned(),
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
            "the table of releases is empty; give at least one release that is no preview",
        ),
        (
            vec![release("1.6.0-beta.1", day, day)],
            "the table of releases is empty; give at least one release that is no preview",
        ),
        (
            vec![
                release("1.6.0", day, day),
                release("1.5.0", day, day),
                release("1.6.0", day, day),
            ],
            "release 1.6.0 stands twice in the table; remove one",
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
                "1.4.8 (242 days old) is behind 1.5.0 by a minor version: it holds important security and reliability fixes, update {tail}"
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
        "1.5.0 (143 to 281 days old) is behind 2.0.0 by a major version: the service blocks it from 2027-06-01 on, update before (releases as of 2026-12-10)"
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

#[test]
fn endpoints_have_one_host_and_one_text() {
    for (text, origin, display) in [
        (
            "resource:contoso",
            "https://contoso.cognitiveservices.azure.com",
            "resource:contoso",
        ),
        (
            "resource:Contoso-7",
            "https://contoso-7.cognitiveservices.azure.com",
            "resource:contoso-7",
        ),
        (
            "region:westeurope",
            "https://westeurope.api.cognitive.microsoft.com",
            "region:westeurope",
        ),
        (
            "government:virginia",
            "https://virginia.api.cognitive.microsoft.us",
            "government:virginia",
        ),
        (
            "https://contoso.cognitiveservices.azure.com/",
            "https://contoso.cognitiveservices.azure.com",
            "resource:contoso",
        ),
        (
            "HTTPS://WestEurope.API.cognitive.microsoft.com:443",
            "https://westeurope.api.cognitive.microsoft.com",
            "region:westeurope",
        ),
        (
            "https://face.contoso.example",
            "https://face.contoso.example",
            "https://face.contoso.example",
        ),
        (
            "https://Face.contoso.example:8443/",
            "https://face.contoso.example:8443",
            "https://face.contoso.example:8443",
        ),
        (
            "local-test:http://127.0.0.1:8080/",
            "http://127.0.0.1:8080",
            "local-test:http://127.0.0.1:8080",
        ),
        (
            "local-test:http://LOCALHOST",
            "http://localhost",
            "local-test:http://localhost",
        ),
    ] {
        let endpoint: Endpoint = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(endpoint.origin(), origin);
        assert_eq!(endpoint.connect_source(), format!("{origin}/face/"));
        assert_eq!(endpoint.to_string(), display);
        assert_eq!(display.parse(), Ok(endpoint));
    }
    assert!(
        Endpoint::local_test("http://localhost:1")
            .unwrap()
            .is_local_test()
    );
    assert!(!Endpoint::resource("contoso").unwrap().is_local_test());
}

#[test]
fn every_fault_of_an_endpoint_has_its_message() {
    const WILDCARD: &str = "`*` in an endpoint; name the one resource: a wildcard over Azure's domains also allows every attacker's resource";
    const FORM: &str = "is not an endpoint; write `resource:contoso`, `region:westeurope`, `government:virginia` or a URL such as `https://face.contoso.example`";
    const HTTPS: &str =
        "byte 0: the endpoint must begin with `https://`: the session token travels to it";
    const USER: &str = "the endpoint holds a user name or password; remove everything up to `@`";
    const TAIL: &str = "the endpoint has a path, query or fragment; end it after the host, the SDK adds `/face/` itself";
    const PORT: &str = "the port is not a number from 1 to 65535 without leading zeros";
    const EMPTY: &str = "the host is empty or has an empty part; write for example `face.contoso.example`, without a dot at the end";
    const IP: &str = "the host is an IP address; give a name, a Content Security Policy matches no address but 127.0.0.1";
    const LOCAL: &str = "a test endpoint must be `http://localhost:PORT` or `http://127.0.0.1:PORT`; for any other host use https";
    const HYPHEN: &str = "begins or ends with a hyphen; no host can be named so";
    let long = "a".repeat(64);
    for (text, message) in [
        (String::new(), format!("`` {FORM}")),
        ("contoso".into(), format!("`contoso` {FORM}")),
        ("Resource:contoso".into(), format!("`Resource:contoso` {FORM}")),
        ("resource:".into(), "resource name is 0 characters long; it must have 2 to 63".into()),
        ("resource:a".into(), "resource name is 1 characters long; it must have 2 to 63".into()),
        (format!("region:{long}"), "region name is 64 characters long; it must have 2 to 63".into()),
        ("resource:*".into(), format!("byte 9: {WILDCARD}")),
        (
            "resource:contoso.cognitiveservices.azure.com".into(),
            "byte 16: `.` in a resource name; it holds letters, digits and hyphens only: write the name, not the host".into(),
        ),
        (
            "government:vir ginia".into(),
            "byte 14: ` ` in a government region name; it holds letters, digits and hyphens only".into(),
        ),
        (
            "resource:c\u{43e}ntoso".into(),
            "byte 10: `\\u{43e}` in a resource name; it holds letters, digits and hyphens only".into(),
        ),
        ("resource:-contoso".into(), format!("byte 9: `-contoso` {HYPHEN}")),
        ("http://face.contoso.example".into(), HTTPS.into()),
        ("http://127.0.0.1:8080".into(), HTTPS.into()),
        ("wss://face.contoso.example".into(), HTTPS.into()),
        ("https://*.cognitiveservices.azure.com".into(), format!("byte 8: {WILDCARD}")),
        ("https://user:secret@face.contoso.example".into(), USER.into()),
        ("user:secret@face.contoso.example".into(), USER.into()),
        ("https://face.contoso.example/face/".into(), format!("byte 28: {TAIL}")),
        ("https://face.contoso.example?x".into(), format!("byte 28: {TAIL}")),
        ("https://face.contoso.example\\x".into(), format!("byte 28: {TAIL}")),
        ("https://face.contoso.example:0".into(), format!("byte 29: {PORT}")),
        ("https://face.contoso.example:".into(), format!("byte 29: {PORT}")),
        ("https://face.contoso.example:65536".into(), format!("byte 29: {PORT}")),
        ("https://face.contoso.example:+80".into(), format!("byte 29: {PORT}")),
        ("https://".into(), format!("byte 8: {EMPTY}")),
        ("https://face.contoso.example.".into(), format!("byte 29: {EMPTY}")),
        ("https://face..example".into(), format!("byte 13: {EMPTY}")),
        ("https://-face.example".into(), format!("byte 8: `-face` {HYPHEN}")),
        ("https://192.0.2.1".into(), format!("byte 8: {IP}")),
        ("https://0x7f000001".into(), format!("byte 8: {IP}")),
        ("https://2130706433".into(), format!("byte 8: {IP}")),
        ("https://[::1]".into(), format!("byte 8: {IP}")),
        (
            "https://face_1.example".into(),
            "byte 12: `_` in a host; it holds letters, digits, hyphens and dots only, and international names in their `xn--` form".into(),
        ),
        (
            format!("https://{long}.example"),
            "byte 8: the host is longer than 253 characters or a part of it longer than 63".into(),
        ),
        (
            "https://cognitiveservices.azure.com".into(),
            "`cognitiveservices.azure.com` names no resource; write for example `resource:contoso`".into(),
        ),
        (
            "https://a.b.cognitiveservices.azure.com".into(),
            "byte 9: `.` in a resource name; it holds letters, digits and hyphens only: write the name, not the host".into(),
        ),
        ("local-test:http://10.0.0.1".into(), LOCAL.into()),
        ("local-test:http://localhost.example".into(), LOCAL.into()),
        ("local-test:https://localhost".into(), LOCAL.into()),
        ("local-test:http://127.0.0.1@evil.example".into(), USER.into()),
        ("local-test:http://localhost:80x".into(), format!("byte 17: {PORT}")),
    ] {
        assert_eq!(
            text.parse::<Endpoint>().unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
}

#[test]
fn style_hashes_are_digests() {
    for text in [
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "sha256-47DEQpj8HBSa-/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "SHA256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "sha384-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "",
        "sha256-",
    ] {
        assert!(text.parse::<StyleHash>().is_err(), "{text}");
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
    assert_eq!(
        "sha1-AAAA".parse::<StyleHash>().unwrap_err().to_string(),
        "`sha1-AAAA` is not a style hash; write sha256, sha384 or sha512, `-`, and the digest in standard, padded base64"
    );
}

#[test]
fn files_are_what_their_paths_say() {
    let layout = Layout::SCOPED;
    let assets = "facelivenessdetector-assets";
    for (path, kind) in [
        (
            "FaceLivenessDetector.js".to_owned(),
            Some(FileKind::Component),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace.js"),
            Some(FileKind::Engine(Engine::Plain)),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace_SIMD.js"),
            Some(FileKind::Engine(Engine::Simd)),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace_SIMD.wasm"),
            Some(FileKind::Wasm(Engine::Simd)),
        ),
        (format!("{assets}/js/AzureAIVisionFace.js.map"), None),
        (format!("{assets}/js/other.js"), None),
        (format!("{assets}/i18n/en.json"), Some(FileKind::Language)),
        (
            format!("{assets}/i18n/pt-BR/en.json"),
            Some(FileKind::Language),
        ),
        (format!("{assets}/i18n/evil.js"), None),
        (format!("{assets}/images/Smile.svg"), Some(FileKind::Image)),
        (format!("{assets}/images/Smile.html"), None),
        (format!("{assets}/css/styles.css"), Some(FileKind::Style)),
        (
            format!("{assets}/html/shadowRoot.html"),
            Some(FileKind::Markup),
        ),
        (format!("{assets}x/js/AzureAIVisionFace.js"), None),
        (assets.to_owned(), None),
        ("other.js".to_owned(), None),
    ] {
        assert_eq!(layout.kind(&path), kind, "{path}");
        if kind.is_some() {
            assert!(layout::content_type(&path).is_some(), "{path}");
        }
    }
    for required in layout.required() {
        let kind = layout.kind(&required).unwrap();
        assert!(kind.is_code() && !kind.may_be_overridden(), "{required}");
    }
    assert_eq!(layout.required().len(), 5);
    assert_eq!(Era::Scoped.layout(), Some(&layout));
    assert_eq!(Era::FaceAnalyzer.layout(), None);
    for (path, metadata) in [
        ("package.json", true),
        ("README.md", true),
        ("LICENSE", true),
        ("ThirdPartyNotices.txt", true),
        ("types/index.d.ts", true),
        ("readme.js", false),
        ("assets/package.json", false),
        ("FaceLivenessDetector.js", false),
    ] {
        assert_eq!(layout::is_package_metadata(path), metadata, "{path}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn tables_and_endpoints_come_from_configuration_through_the_same_constructors() {
    let table = Releases::builtin();
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Releases>(&json).unwrap(), table);

    let text = r#"
        as-of = "2026-12-24"
        [[releases]]
        version = "1.6.0"
        released = { earliest = "2026-12-01", latest = "2026-12-01" }
        eval = "wasm"
        styles = [{ kind = "empty", hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }, { kind = "shadow" }]
    "#;
    let read: Releases = toml::from_str(text).unwrap();
    assert_eq!(read.latest().version, version("1.6.0"));
    assert_eq!(read.latest().data_images, DataImages::Needed);

    for (text, message) in [
        (
            r#"{"as-of":"2026-12-24","releases":[]}"#,
            "the table of releases is empty; give at least one release that is no preview",
        ),
        (
            r#"{"as-of":"2026-12-24","release":[]}"#,
            "unknown field `release`, expected `as-of` or `releases` at line 1 column 31",
        ),
        (
            r#"{"as-of":"2026-12","releases":[]}"#,
            "`2026-12` is not a date; write it as `2026-11-23`, from 1970 to 9999 at line 1 column 18",
        ),
    ] {
        assert_eq!(
            serde_json::from_str::<Releases>(text)
                .unwrap_err()
                .to_string(),
            message
        );
    }
    assert_eq!(
        serde_json::from_str::<Endpoint>("\"resource:contoso\"").unwrap(),
        Endpoint::resource("contoso").unwrap()
    );
    assert_eq!(
        serde_json::from_str::<Endpoint>("\"http://x\"")
            .unwrap_err()
            .to_string(),
        "byte 0: the endpoint must begin with `https://`: the session token travels to it at line 1 column 10"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Version>();
        let _ = text.parse::<Date>();
        let _ = text.parse::<Endpoint>();
        let _ = text.parse::<StyleHash>();
        let _ = Layout::SCOPED.kind(&text);
        let _ = layout::content_type(&text);
        let _ = layout::is_package_metadata(&text);
    }

    #[test]
    fn what_parses_as_a_version_is_written_the_same(text in "[0-9]{1,3}(\\.[0-9a-z-]{1,3}){1,4}") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn what_parses_as_a_style_hash_is_a_digest(text in "sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}") {
        prop_assert_eq!(text.parse::<StyleHash>().is_ok(), text.parse::<Digest>().is_ok());
    }

    #[test]
    fn an_endpoint_is_one_host(text in "(resource:|region:|https://|local-test:http://)[a-z0-9.*:@/\\[\\]-]{0,30}") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint.clone()));
            let host = endpoint.origin().split_once("://").unwrap().1;
            prop_assert!(!host.contains(['*', '/', '@', '?', '#', ' ', ';', ',']));
            prop_assert!(endpoint.origin().starts_with("https://") || endpoint.is_local_test());
        }
    }

    #[test]
    fn days_count_as_the_calendar_does(day in 0_u64..2_932_896) {
        let date = Date::from_unix_seconds(day * 86_400);
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        prop_assert_eq!(date.days_since(Date::from_unix_seconds(0)), i64::try_from(day).unwrap());
    }

    #[test]
    fn needs_never_grow_with_the_version(major in 0_u32..3, minor in 0_u32..8, patch in 0_u32..12) {
        let version = Version::new(major, minor, patch);
        let needs = Releases::builtin().needs(&version);
        if version >= Version::new(1, 4, 9) {
            prop_assert_eq!(needs.eval, EvalNeed::Wasm);
        }
    }
}

#[test]
fn errors_can_be_told_apart() {
    assert_eq!("".parse::<Version>(), Err(SdkError::VersionEmpty));
    assert_eq!(
        Endpoint::proxy("http://x.example"),
        Err(SdkError::EndpointNotHttps)
    );
}
