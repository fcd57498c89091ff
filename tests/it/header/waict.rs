//! `Integrity-Policy-WAICT-v1`.

use std::time::Duration;

use tower_visor::header::{Waict, WaictDestination, WaictMode, WaictRevision};

use super::{messages, round_trips};

const EXAMPLE: &str =
    "max-age=0, mode=report, blocked-destinations=(script style image), manifest=\"/waict\"";

#[test]
fn it_is_written_for_both_revisions() {
    round_trips::<Waict>(&[
        EXAMPLE,
        "max-age=90, mode=enforce, blocked-destinations=(script), endpoints=(a b), manifest=\"https://a.example/m?v=1\"",
    ]);
    let read: Waict =
        "manifest=\"/m\", endpoints=(b a), blocked-destinations=(image script style), mode=enforce, max-age=7"
            .parse()
            .unwrap();
    let built = Waict::new(WaictMode::Enforce, "/m")
        .unwrap()
        .for_time(Duration::from_millis(7_900))
        .report_to("a".parse().unwrap())
        .report_to("b".parse().unwrap());
    assert_eq!(built, read);
    assert_eq!(built.max_age(), Duration::from_secs(7));
    let all = built.destinations().collect::<Vec<_>>();
    assert_eq!(all, WaictDestination::ALL);
    // The largest number that a header can hold.
    let forever = built.for_time(Duration::MAX);
    assert!(
        forever.to_string().starts_with("max-age=999999999999999,"),
        "{forever}"
    );
    assert_eq!(forever.to_string().parse(), Ok(forever));
}

#[test]
fn every_fault_has_its_message() {
    let with = |text: &str| text.replace("EXAMPLE", EXAMPLE);
    let cases = [
        (
            "",
            "integrity-policy-waict-v1: the value is empty; write for example `EXAMPLE`",
        ),
        (
            "not a dictionary !",
            "integrity-policy-waict-v1, byte 4: trailing characters after member; write for example `EXAMPLE`",
        ),
        (
            "mode=report, blocked-destinations=(script), manifest=\"/m\"",
            "integrity-policy-waict-v1: `max-age` is missing; write for example `EXAMPLE`",
        ),
        (
            "max-age=0, blocked-destinations=(script), manifest=\"/m\"",
            "integrity-policy-waict-v1: `mode` is missing; write for example `EXAMPLE`",
        ),
        (
            "max-age=0, mode=report, manifest=\"/m\"",
            "integrity-policy-waict-v1: `blocked-destinations` is missing; write for example `EXAMPLE`",
        ),
        (
            "max-age=0, mode=report, blocked-destinations=(script)",
            "integrity-policy-waict-v1: `manifest` is missing; write for example `EXAMPLE`",
        ),
        (
            "max-age=-1",
            "integrity-policy-waict-v1, byte 0: the value of `max-age` is not a whole number of seconds, from 0 on; write for example `EXAMPLE`",
        ),
        (
            "mode=\"report\"",
            "integrity-policy-waict-v1, byte 0: the value of `mode` is not a word without quotes; write for example `EXAMPLE`",
        ),
        (
            "mode=enforced",
            "integrity-policy-waict-v1, byte 5: unknown mode `enforced`, did you mean `enforce`?; use report or enforce",
        ),
        (
            "manifest=waict",
            "integrity-policy-waict-v1, byte 0: the value of `manifest` is not a text in quotes; write for example `EXAMPLE`",
        ),
        (
            "blocked-destinations=(script font)",
            "integrity-policy-waict-v1, byte 29: unknown destination `font`; use script, style or image",
        ),
        (
            "max-age=0, max-age=1",
            "integrity-policy-waict-v1, byte 11: `max-age` appears twice; remove one, browsers obey the last one",
        ),
        (
            "endpoints=(a a)",
            "integrity-policy-waict-v1, byte 13: `a` appears twice; remove one, once is enough",
        ),
        (
            "max-age=0;x",
            "integrity-policy-waict-v1, byte 0: the parameter `x`; leave it out, and separate members by `, `",
        ),
        (
            "preload",
            "integrity-policy-waict-v1, byte 0: unknown member `preload`; use max-age, mode, blocked-destinations, endpoints or manifest",
        ),
        (
            "max-age=0, mode=report, blocked-destinations=(script), manifest=\"//a.example/m\"",
            "integrity-policy-waict-v1: `//a.example/m` is not a URL that means the same on every page; begin it with one slash, or with `https://`",
        ),
    ];
    for (text, message) in cases {
        messages::<Waict>(&[(text, &with(message))]);
    }
    for url in [
        "",
        "waict",
        "http://a.example/m",
        "https://",
        "/a b",
        "/\"",
        "/\u{e9}",
    ] {
        assert!(Waict::new(WaictMode::Report, url).is_err(), "{url}");
    }
}

/// What Firefox's own tests of its reader hold (mozilla-central, `TestWAICTHeaderParsing`), in own
/// words; the second column is the second revision's.
#[test]
fn both_revisions_read_by_their_own_rules() {
    for (text, first, second) in [
        (
            "manifest=\"m.json\", max-age=0, mode=enforce, blocked-destinations=(script)",
            true,
            true,
        ),
        (
            "manifest=\"https://a.example/m\", max-age=86400, mode=report, blocked-destinations=(script)",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=(script image)",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=(script cat)",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=()",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=(script), endpoints=(a b)",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=(script), endpoints=()",
            true,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=report, blocked-destinations=(script), preload=?0, x=1",
            true,
            true,
        ),
        // The manifest.
        (
            "max-age=0, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=\"\", max-age=0, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=m.json, max-age=0, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        // The time.
        (
            "manifest=\"m\", mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=\"m\", max-age=-1, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=\"m\", max-age=1.0, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
        // The mode.
        (
            "manifest=\"m\", max-age=0, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=\"m\", max-age=0, mode=block, blocked-destinations=(script)",
            false,
            false,
        ),
        (
            "manifest=\"m\", max-age=0, mode=\"enforce\", blocked-destinations=(script)",
            false,
            false,
        ),
        // What only one of them asks for.
        ("manifest=\"m\", max-age=0, mode=enforce", false, true),
        (
            "manifest=\"m\", max-age=0, mode=enforce, blocked-destinations=script",
            false,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=enforce, blocked-destinations=(\"script\")",
            false,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=enforce, blocked-destinations=(script), endpoints=(\"a\")",
            false,
            true,
        ),
        (
            "manifest=\"m\", max-age=0, mode=enforce, blocked-destinations=(script), endpoints=a",
            true,
            true,
        ),
        // The whole.
        ("not a dictionary !", false, false),
        ("", false, false),
        // Of two members the last one counts.
        (
            "manifest=\"m\", max-age=0, max-age=-1, mode=enforce, blocked-destinations=(script)",
            false,
            false,
        ),
    ] {
        let read = Waict::effective([text]);
        let obeyed = |revision| read.ignored_by(revision).is_none();
        assert_eq!(obeyed(WaictRevision::First), first, "{text}");
        assert_eq!(obeyed(WaictRevision::Second), second, "{text}");
        assert!(!obeyed(WaictRevision::Later), "{text}");
    }
}

#[test]
fn why_it_is_ignored_is_said() {
    use WaictRevision::{First, Later, Second};
    for (text, revision, reason) in [
        ("", Second, "`max-age` is missing"),
        (
            "max-age=-1",
            Second,
            "the value of `max-age` is not a whole number from 0 on",
        ),
        (
            "max-age=0, manifest=m",
            Second,
            "the value of `manifest` is not a URL in quotes",
        ),
        (
            "max-age=0, manifest=\"m\", mode=warn",
            Second,
            "the value of `mode` is not `report` or `enforce`",
        ),
        (
            "max-age=0, manifest=\"m\", mode=report",
            First,
            "`blocked-destinations` is missing",
        ),
        (
            "max-age=0, manifest=\"m\", mode=report, blocked-destinations=script",
            First,
            "the value of `blocked-destinations` is not a list",
        ),
        (
            "max-age=0, manifest=\"m\", mode=report, blocked-destinations=(1)",
            First,
            "not all in `blocked-destinations` are plain words",
        ),
        (
            "max-age=0, manifest=\"m\", mode=report, blocked-destinations=(), endpoints=(1)",
            First,
            "not all in `endpoints` are plain words",
        ),
        (
            "max-age=0, manifest=\"m\", mode=report",
            Later,
            "no member such as `mode-script` has a mode",
        ),
    ] {
        assert_eq!(
            Waict::effective([text]).ignored_by(revision),
            Some(reason),
            "{text}"
        );
    }
}

#[test]
fn what_the_later_text_reads() {
    let read = Waict::effective([
        "max-age=90, mode-script=enforce, mode-wasm=warn, mode-image=block, mode-style=report",
        "mode-style=1, manifest=\"/m\", report-to=(a b), preload, GREASE=?1, grease-x",
    ]);
    // A key in upper case is no key.
    assert!(read.syntax_error().is_some());
    let read = Waict::effective([
        "max-age=90, mode-script=enforce, mode-wasm=warn, mode-image=block, mode-style=report",
        "mode-style=1, manifest=\"/m\", report-to=(a b), preload, grease-x",
    ]);
    assert_eq!(read.syntax_error(), None);
    assert_eq!(read.ignored_by(WaictRevision::Later), None);
    assert_eq!(
        read.ignored_by(WaictRevision::Second),
        Some("`mode` is missing")
    );
    let modes: Vec<_> = read.modes().collect();
    assert_eq!(modes, [("mode-script", "enforce"), ("mode-wasm", "warn")]);
    assert_eq!(read.endpoints(), ["a", "b"]);
    assert_eq!(read.manifest(), Some("/m"));
    assert_eq!(read.max_age(), Some(Duration::from_secs(90)));
    assert!(read.asks_for_preload());
    assert_eq!(read.ignored(), ["mode-image", "mode-style", "grease-x"]);
}
