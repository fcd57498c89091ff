//! `visor pin`, `verify`, `show` and `update`.

use std::fs;

use serde_json::json;
use tower_visor::pins::Pins;

use crate::schema;
use crate::support::{TODAY, pinned, project, visor};
use crate::tree::{ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, copy, fixture};

#[test]
fn pin_writes_the_lock_file_and_says_what_vouches_for_it() {
    let project = project("1.5.0");
    let ran = visor(project.path(), &["pin", "web", TODAY[0], TODAY[1]]);
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (
            0,
            "1.5.0 (104 to 242 days old) is the newest release known (releases as of 2026-11-23)
visor-lock.json: 17 files of version 1.5.0 pinned: 17 observed
nothing vouches for them yet: give the packages' tarballs with --npm-lock or --signature, or digests with --published
",
            ""
        )
    );
    let pins = Pins::load(project.path().join("visor-lock.json")).unwrap();
    assert_eq!(pins, Pins::scan(fixture("1.5.0")).unwrap());

    // Not over a lock file that is there.
    let again = visor(project.path(), &["pin", "web"]);
    assert_eq!(again.code, 2);
    assert_eq!(
        again.err,
        "visor: visor-lock.json: exists; look at what would change with `visor update`, or remove it first\n"
    );
}

#[test]
fn an_expired_key_and_a_second_host_are_not_passed_over() {
    let project = project("1.5.0");
    // npm's own test of `npm audit signatures`, by the key that it gave up in 2025.
    let dist = r#"{"integrity": "sha512-QqZ7VJ/8xPkS9s2IWB7Shj3qTJdcRyeXKbPQnsZjsPEwvutGv0EGeVchPcauoiDFJlGbZMFq5GDCurAGNSghJQ==", "signatures": [{"keyid": "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA", "sig": "MEUCIDrLNspFeU5NZ6d55ycVBZIMXnPJi/XnI1Y2dlJvK8P1AiEAnXjn1IOMUd+U7YfPH+FNjwfLq+jCwfH8uaxocq+mpPk="}]}"#;
    fs::write(project.path().join("dist.json"), dist).unwrap();
    let signature = "kms-demo@1.0.0=dist.json";
    let ran = visor(project.path(), &["pin", "web", "--signature", signature]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            2,
            "visor: dist.json: the key SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA has expired, and nothing here says that kms-demo@1.0.0 was published before; give the registry's whole answer for the package, which has its `time`\n"
        )
    );

    let integrity = "sha512-QqZ7VJ/8xPkS9s2IWB7Shj3qTJdcRyeXKbPQnsZjsPEwvutGv0EGeVchPcauoiDFJlGbZMFq5GDCurAGNSghJQ==";
    let entry = |path: &str, name: &str, host: &str| {
        format!(
            r#""{path}node_modules/{name}": {{"version": "1.5.0", "resolved": "https://{host}/x.tgz", "integrity": "{integrity}"}}"#
        )
    };
    let component = "@azure/ai-vision-face-ui";
    let lock = [
        entry("", component, "one.example"),
        entry("node_modules/a/", component, "two.example"),
        entry("", "@azure-ai-vision-face/ui-assets", "one.example"),
    ];
    let lock = format!(
        r#"{{"lockfileVersion": 3, "packages": {{{}}}}}"#,
        lock.join(",")
    );
    fs::write(project.path().join("package-lock.json"), lock).unwrap();
    let arguments = [
        "pin",
        "web",
        "--npm-lock",
        "package-lock.json",
        TODAY[0],
        TODAY[1],
    ];
    let ran = visor(project.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = "package-lock.json: @azure/ai-vision-face-ui@1.5.0 comes from several hosts with one integrity: one.example, two.example; reduce them to one, as only the bytes are checked\n";
    assert!(ran.out.contains(line), "{}", ran.out);
}

#[test]
fn pin_takes_settings_and_writes_nothing_when_something_is_wrong() {
    let project = project("1.5.0");
    let logo = format!("{ASSETS}/images/logo.svg=our logo");
    let arguments = [
        "pin",
        "web",
        "--lock",
        "face.json",
        "--base",
        "/sdk/",
        "--algorithm",
        "sha512",
        "--override",
        &logo,
        "--expect",
        "1.5.0",
    ];
    assert_eq!(visor(project.path(), &arguments).code, 0);
    let pins = Pins::load(project.path().join("face.json")).unwrap();
    assert_eq!(pins.base(), "/sdk/");
    assert_eq!(pins.algorithm().as_str(), "sha512");

    let engine = format!("web/{ASSETS_PACKAGE}/{ASSETS}/js/AzureAIVisionFace.js");
    fs::remove_file(project.path().join(engine)).unwrap();
    let ran = visor(project.path(), &["pin", "web"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.out,
        "high   sdk-folder-invalid: facelivenessdetector-assets/js/AzureAIVisionFace.js: engine is missing; deploy the complete SDK: a browser chooses its engine at run time
       fix: install the SDK again, and give the folder that is deployed

1 finding: 1 high
"
    );
    assert!(!project.path().join("visor-lock.json").exists());
}

#[test]
fn verify_is_clean_or_lists_every_difference() {
    let project = pinned("1.5.0");
    let verify = ["verify", "web", TODAY[0], TODAY[1]];
    let clean = visor(project.path(), &verify);
    assert_eq!(
        (clean.code, clean.out.as_str(), clean.err.as_str()),
        (
            0,
            "17 files of version 1.5.0 are the pinned ones: 17 observed
1.5.0 (104 to 242 days old) is the newest release known (releases as of 2026-11-23)
",
            ""
        )
    );

    let logo = format!("web/{ASSETS_PACKAGE}/{ASSETS}/images/logo.svg");
    let german = format!("web/{ASSETS_PACKAGE}/{ASSETS}/i18n/de-DE/en.json");
    fs::write(project.path().join(logo), "<svg/>").unwrap();
    fs::remove_file(project.path().join(german)).unwrap();
    let spoilt = visor(project.path(), &verify);
    assert_eq!(spoilt.code, 1);
    let missing = "facelivenessdetector-assets/i18n/de-DE/en.json: pinned, but missing";
    let install = "install the SDK again, or pin again if the release no longer has it";
    let changed =
        "facelivenessdetector-assets/images/logo.svg: changed: it has 6 bytes instead of 215";
    let restore = "restore it from the package, and find out who changed it";
    assert_eq!(
        spoilt.out,
        format!(
            "1.5.0 (104 to 242 days old) is the newest release known (releases as of 2026-11-23)

high   sdk-file-changed: {changed}
       fix: {restore}
high   sdk-file-missing: {missing}
       fix: {install}

2 findings: 2 high
"
        )
    );

    // The same for CI, and for machines.
    let format = |format| {
        visor(
            project.path(),
            &["verify", "web", TODAY[0], TODAY[1], "--format", format],
        )
    };
    let github = format("github");
    assert!(github.out.ends_with(&format!(
        "\n::error title=sdk-file-changed::{changed}; fix: {restore}\n::error title=sdk-file-missing::{missing}; fix: {install}\n2 findings: 2 high\n"
    )));
    let azure = format("azure");
    assert!(azure.out.ends_with(&format!(
        "\n##vso[task.logissue type=error;code=sdk-file-changed]{changed}; fix: {restore}\n##vso[task.logissue type=error;code=sdk-file-missing]{missing}; fix: {install}\n2 findings: 2 high\n"
    )));
    let json = format("json");
    assert_eq!(json.codes(), ["sdk-file-changed", "sdk-file-missing"]);
    assert_eq!(json.json()["clean"], false);
    assert_eq!(json.json()["version"], "1.5.0");
    assert_eq!(json.json()["worst"], "high");
    assert_eq!(
        json.json()["findings"][1],
        json!({
            "code": "sdk-file-missing",
            "severity": "high",
            "url": null,
            "subject": {"kind": "file", "path": format!("{ASSETS}/i18n/de-DE/en.json")},
            "found": "pinned, but missing",
            "help": install,
        })
    );
    let faults = schema::faults("audit-report.schema.json", &json.json());
    assert!(faults.is_empty(), "{faults:#?}");
    for ran in [github, azure, json] {
        assert_eq!(ran.code, 1);
    }
}

#[test]
fn what_could_not_run_is_code_2() {
    let project = project("1.5.0");
    let run = |arguments: &[&str]| visor(project.path(), arguments);
    let none = run(&["verify", "web"]);
    assert_eq!(
        (none.code, none.out.as_str(), none.err.as_str()),
        (
            2,
            "",
            "visor: lock file: no such file: visor-lock.json; create it with `visor pin`\n"
        )
    );
    fs::write(project.path().join("visor-lock.json"), "{\"schema\": 7}").unwrap();
    let unknown = run(&["verify", "web"]);
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (
            2,
            "visor: lock file: schema: version `7` of the lock file is not known, this release reads 1; update tower-visor, or create the file again with `visor pin`\n"
        )
    );
    for arguments in [
        &["verify"][..],
        &["pin", "web", "--algorithm", "md5"],
        &["pin", "web", "--override", "no-reason"],
        &["pin", "web", "--signature", "no-file"],
        &["verify", "web", "--max-behind", "a-bit"],
        &["verify", "web", "--min-provenance", "rumour"],
        &["guess"],
        &[],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}");
    }
    // What was asked for can't be, or isn't there: nothing was found out about any file.
    let base = "`x` is not a base path; write `/` or for example `/liveness/`, with `/` at both ends and letters, digits and `-._~@+` between";
    let folder = "nowhere: no such folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)";
    let old = "0.18.0-beta.1 is a preview, which the service has refused since 2025-07-23; expect a newer version";
    fs::remove_file(project.path().join("visor-lock.json")).unwrap();
    assert_eq!(run(&["pin", "web", "--lock", "ok.json"]).code, 0);
    for (arguments, why) in [
        (
            &["pin", "web", "--base", "x"][..],
            format!("--base: {base}"),
        ),
        (
            &["pin", "web", "--expect", "0.18.0-beta.1"],
            format!("--expect: {old}"),
        ),
        (&["pin", "nowhere"], folder.to_owned()),
        (&["pin", "web", "nowhere"], folder.to_owned()),
        (
            &["update", "nowhere", "--lock", "ok.json"],
            folder.to_owned(),
        ),
        (
            &["verify", "nowhere", "--lock", "ok.json"],
            folder.to_owned(),
        ),
    ] {
        let ran = run(arguments);
        assert_eq!(
            (ran.code, ran.out, ran.err),
            (2, String::new(), format!("visor: {why}\n")),
            "{arguments:?}"
        );
    }
    // Another version than the expected one is a finding about the files.
    let other = run(&["pin", "web", "--expect", "1.4.8"]);
    assert_eq!((other.code, other.err.as_str()), (1, ""), "{}", other.out);
    let missing = run(&[
        "pin",
        "web",
        "--lock",
        "o.json",
        "--npm-lock",
        "/etc/nowhere/yarn.lock",
    ]);
    assert_eq!(missing.err, "visor: no such file: yarn.lock\n");
}

#[test]
fn freshness_and_provenance_decide_where_they_are_asked_for() {
    let project = pinned("1.4.8");
    let run = |more: &[&str]| {
        let mut arguments = vec!["verify", "web", TODAY[0], TODAY[1]];
        arguments.extend(more);
        visor(project.path(), &arguments)
    };
    let behind = "1.4.8 (242 days old) is behind 1.5.0 by a minor version: it contains important security and reliability fixes, update (releases as of 2026-11-23)";
    let told = run(&[]);
    assert_eq!(told.code, 0);
    let shown = |level: &str| format!("{level:<6} sdk-behind: SDK: {behind}\n");
    assert!(told.out.contains(&shown("note")), "{}", told.out);
    assert_eq!(run(&["--max-behind", "minor"]).code, 0);
    let refused = run(&["--max-behind", "patch"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains(&shown("medium")), "{}", refused.out);

    // Another table of releases.
    let table = r#"{"as-of":"2026-12-01","releases":[{"version":"1.4.8","released":{"earliest":"2026-03-26","latest":"2026-03-26"},"eval":"eval"}]}"#;
    fs::write(project.path().join("releases.json"), table).unwrap();
    assert_eq!(
        run(&["--max-behind", "current", "--releases", "releases.json"]).code,
        0
    );

    let weak = run(&["--min-provenance", "registry", "--format", "json"]);
    assert_eq!(weak.code, 1);
    assert_eq!(
        weak.codes()
            .iter()
            .filter(|c| *c == "provenance-too-low")
            .count(),
        17
    );
    assert_eq!(run(&["--min-provenance", "observed"]).code, 0);
}

#[test]
fn show_prints_a_table() {
    let project = pinned("1.5.0");
    let ran = visor(project.path(), &["show", TODAY[0], TODAY[1]]);
    assert_eq!(ran.code, 0);
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let digest = |path: &str| pins.file(path).unwrap().digest().to_string()[..16].to_owned();
    let lines: Vec<&str> = ran.out.lines().collect();
    let total: u64 = pins
        .files()
        .iter()
        .map(tower_visor::pins::PinnedFile::bytes)
        .sum();
    assert_eq!(
        lines[..8],
        [
            &format!(
                "version 1.5.0, served under /, 17 files, {},{} bytes: 17 observed",
                total / 1000,
                total % 1000
            ),
            "1.5.0 (104 to 242 days old) is the newest release known (releases as of 2026-11-23)",
            "",
            "package                          version  provenance  integrity",
            "@azure-ai-vision-face/ui-assets  1.5.0    observed    -",
            "@azure/ai-vision-face-ui         1.5.0    observed    -",
            "",
            "bytes  digest              provenance  served at",
        ]
    );
    assert_eq!(
        lines[8],
        format!("5,679  {}..  observed    /{COMPONENT}", digest(COMPONENT))
    );
    let json = visor(project.path(), &["show", "--format", "json"]);
    assert_eq!(json.json()["files"].as_array().unwrap().len(), 17);
}

#[test]
fn update_writes_only_when_asked() {
    let project = project("1.4.8");
    let logo = format!("{ASSETS}/images/logo.svg");
    let reason = format!("{logo}=our logo");
    let german = format!("{ASSETS}/i18n/de-DE/en.json");
    let strings = format!("{german}=reviewed");
    let pin = [
        "pin",
        "web",
        "--base",
        "/sdk/",
        "--override",
        &reason,
        "--override",
        &strings,
    ];
    assert_eq!(visor(project.path(), &pin).code, 0);
    let lock = project.path().join("visor-lock.json");
    let before = fs::read_to_string(&lock).unwrap();
    let unchanged = visor(project.path(), &["update", "web"]);
    assert_eq!(unchanged.code, 0);
    assert!(unchanged.out.starts_with("nothing changes\n"));

    // The new version no longer has one of the overridden files.
    let web = project.path().join("web");
    fs::remove_dir_all(&web).unwrap();
    copy(&fixture("1.5.0"), &web);
    fs::remove_file(web.join(ASSETS_PACKAGE).join(&german)).unwrap();
    let shown = visor(project.path(), &["update", "web", TODAY[0], TODAY[1]]);
    assert_eq!(shown.code, 1);
    assert!(
        shown.out.starts_with("version 1.4.8 -> 1.5.0\n"),
        "{}",
        shown.out
    );
    assert!(shown.out.ends_with(
        "
medium lock-outdated: visor-lock.json: the lock file doesn't match the files
       fix: look at the changes, then write them with visor update --write

1 finding: 1 medium
"
    ));
    assert_eq!(fs::read_to_string(&lock).unwrap(), before);

    let written = visor(
        project.path(),
        &["update", "web", "--write", "--format", "json"],
    );
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    assert_eq!(written.json()["written"], "visor-lock.json");
    let faults = schema::faults("audit-report.schema.json", &written.json());
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(written.json()["changes"]["version"][1], "1.5.0");
    let pins = Pins::load(&lock).unwrap();
    assert_eq!(pins.base(), "/sdk/");
    assert_eq!(
        pins.file(&logo).unwrap().override_reason(),
        Some("our logo")
    );
    assert!(pins.file(&german).is_none());

    let back = visor(
        project.path(),
        &["update", "web", "--no-override", &logo, "--write"],
    );
    assert_eq!(back.code, 0);
    let pins = Pins::load(&lock).unwrap();
    assert_eq!(pins.file(&logo).unwrap().override_reason(), None);

    // What is wrong with the files is not written.
    let before = fs::read_to_string(&lock).unwrap();
    fs::write(web.join(COMPONENT_PACKAGE).join(COMPONENT), "x").unwrap();
    assert_eq!(visor(project.path(), &["update", "web", "--write"]).code, 1);
    assert_eq!(fs::read_to_string(&lock).unwrap(), before);
}

#[test]
fn a_pipe_gets_no_progress_and_no_color() {
    let project = project("1.5.0");
    for arguments in [&["pin", "web"][..], &["verify", "web"], &["--help"]] {
        let ran = visor(project.path(), arguments);
        assert!(ran.err.is_empty(), "{}", ran.err);
        assert!(!ran.out.contains('\u{1b}'));
    }
}
