//! Lock files, tarballs and published digests on the command line.

use std::fs;

use tower_visor::pins::{Pins, Provenance};

use crate::registry::{Registry, strong};
use crate::support::{Ran, project, visor};
use crate::tree::{COMPONENT, fixture};

#[test]
fn tarballs_and_a_lock_file_lift_the_provenance() {
    let project = project("1.5.0");
    let folder = project.path();
    let registry = Registry::of(&folder.join("web"), "1.5.0", strong);
    fs::create_dir(folder.join("tarballs")).unwrap();
    fs::write(folder.join("tarballs/component.tgz"), &registry.tarballs[0]).unwrap();
    fs::write(folder.join("tarballs/assets.tgz"), &registry.tarballs[1]).unwrap();
    fs::write(folder.join("package-lock.json"), &registry.lock).unwrap();

    let lock = ["--npm-lock", "package-lock.json"];
    let pin = |places: &[&str], out: &str| -> Ran {
        let mut arguments = vec!["pin", "--lock", out];
        arguments.extend(lock);
        arguments.extend(places);
        visor(folder, &arguments)
    };
    for (out, places) in [
        ("a.json", &["web", "tarballs"][..]),
        ("b.json", &["tarballs"]),
        ("c.json", &["tarballs/component.tgz", "tarballs/assets.tgz"]),
    ] {
        let ran = pin(places, out);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let pins = Pins::load(folder.join(out)).unwrap();
        assert_eq!(pins.weakest_provenance(), Provenance::Registry, "{out}");
        let verified = visor(
            folder,
            &[
                "verify",
                "web",
                "--lock",
                out,
                "--min-provenance",
                "registry",
            ],
        );
        assert_eq!(verified.code, 0, "{}", verified.out);
    }

    // What can be pinned can be verified: tarballs alone, in a folder, and beside the files.
    let today = ["--today", "2026-11-23"];
    let fresh =
        "1.5.0 (104 to 242 days old) is the newest release known (releases as of 2026-11-23)\n";
    let verify = |lock: &str, places: &[&str]| {
        let mut arguments = vec!["verify", "--lock", lock];
        arguments.extend(today);
        arguments.extend(places);
        visor(folder, &arguments)
    };
    let both = ["tarballs/component.tgz", "tarballs/assets.tgz"];
    assert_eq!(visor(folder, &["pin", "web", "--lock", "o.json"]).code, 0);
    for (lock, known, checked) in [
        (
            "b.json",
            "registry",
            "their files and the integrity in the lock file",
        ),
        (
            "o.json",
            "observed",
            "only their files, because the lock file has no integrity for each of them",
        ),
    ] {
        let same = format!("17 files of version 1.5.0 are the pinned ones: 17 {known}\n");
        for (places, count) in [
            (&["tarballs"][..], "2 tarballs"),
            (&both, "2 tarballs"),
            (&["web", "tarballs"], "2 tarballs"),
            (&["web", both[0]], "1 tarball"),
        ] {
            let ran = verify(lock, places);
            assert_eq!(
                ran.out,
                format!("{same}{count} compared: {checked}\n{fresh}"),
                "{places:?}"
            );
            assert_eq!(ran.code, 0);
        }
    }
    let half = verify("b.json", &both[..1]);
    assert_eq!(
        (half.code, half.out),
        (
            1,
            format!(
                "{fresh}
high   sdk-tarball-invalid: @azure-ai-vision-face/ui-assets: pinned, but not among the tarballs
       fix: give its tarball too

1 finding: 1 high
"
            )
        )
    );

    // A byte of a tarball: nothing is unpacked, nothing written.
    let mut spoilt = registry.tarballs[0].clone();
    spoilt[100] ^= 1;
    fs::write(folder.join("tarballs/component.tgz"), spoilt).unwrap();
    let ran = verify("b.json", &["web", "tarballs"]);
    assert_eq!(
        (ran.code, ran.out),
        (
            1,
            format!(
                "{fresh}
high   sdk-tarball-invalid: component.tgz: not a pinned tarball: its integrity isn't in the lock file
       fix: get it again from the registry, or look at the differences with visor update

1 finding: 1 high
"
            )
        )
    );
    let ran = pin(&["web", "tarballs"], "d.json");
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.out,
        "high   pinning-refused: SDK: component.tgz: no given lock file or signature covers this tarball; nothing was unpacked, fetch it again with the lock file's package manager
       fix: correct what the finding names, and pin again

1 finding: 1 high
"
    );
    assert!(!folder.join("d.json").exists());
}

#[test]
fn published_digests_mark_what_they_cover_and_list_what_they_do_not() {
    let project = project("1.5.0");
    let folder = project.path();
    let known = Pins::scan(fixture("1.5.0")).unwrap();
    let list: Vec<String> = known
        .files()
        .iter()
        .filter(|file| !file.path().contains("i18n/"))
        .map(|file| format!("{} {}", file.path(), file.digest()))
        .collect();
    fs::write(folder.join("list.txt"), list.join("\n")).unwrap();
    let ran = visor(
        folder,
        &["pin", "web", "--published", "list.txt", "--format", "json"],
    );
    assert_eq!(ran.code, 0);
    assert_eq!(ran.codes(), ["not-published"; 7]);
    assert_eq!(
        ran.json()["findings"][0]["found"],
        "not among the published digests; it stays observed"
    );
    let pins = Pins::load(folder.join("visor-lock.json")).unwrap();
    assert_eq!(
        pins.file(COMPONENT).unwrap().provenance(),
        Provenance::Published
    );

    // How many files have which provenance, wherever pins are spoken of.
    let counts = "17 files of version 1.5.0 pinned: 10 published, 7 observed
nothing vouches for 7 of them yet: give the packages' tarballs with --npm-lock or --signature, or digests with --published
";
    let again = [
        "pin",
        "web",
        "--published",
        "list.txt",
        "--lock",
        "again.json",
    ];
    let ran = visor(folder, &again);
    assert!(ran.out.contains(counts), "{}", ran.out);
    for command in [&["verify", "web"][..], &["show"]] {
        let ran = visor(folder, command);
        assert!(
            ran.out.contains(": 10 published, 7 observed\n"),
            "{}",
            ran.out
        );
        let mut arguments = command.to_vec();
        arguments.extend(["--format", "json"]);
        let json = visor(folder, &arguments).json();
        assert_eq!(
            json["provenances"],
            serde_json::json!({"published": 10, "observed": 7})
        );
    }

    // An update without the list keeps what is unchanged.
    let update = visor(folder, &["update", "web"]);
    assert_eq!(update.code, 0, "{}", update.out);

    // A contradiction shows both.
    let component = pins.file(COMPONENT).unwrap().digest().to_string();
    let other = pins.files()[1].digest().to_string();
    fs::write(folder.join("list.txt"), format!("{COMPONENT} {other}\n")).unwrap();
    let ran = visor(
        folder,
        &["pin", "web", "--published", "list.txt", "--lock", "x.json"],
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains(&component) && ran.out.contains(&other),
        "{}",
        ran.out
    );
    assert!(!folder.join("x.json").exists());
}
