//! What can't be exported: an error that names the file, the host and the way out, and nothing on the disk.

use std::fs;
use std::path::Path;

use tower_visor::app::AppFiles;
use tower_visor::export::{self, Hosting};
use tower_visor::pins::Pins;
use tower_visor::policy::ScriptTrust;
use tower_visor::site::Site;
use tower_visor::{Document, Policy, Resource};

use super::{faults, load};
use crate::site::{builder, document, endpoint, folder};
use crate::support::tree::{Tree, messages};

/// What lies in a folder, hidden names too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Messages of a site that isn't loaded.
fn load_faults(tree: &Tree) -> Vec<String> {
    let loaded = builder(tree.path()).load(document(), endpoint());
    messages(&loaded.unwrap_err())
}

#[cfg(unix)]
#[test]
fn links_are_followed_nowhere() {
    use std::os::unix::fs::symlink;

    let tree = folder("1.5.0");
    tree.write("secret.txt", "not for the web");
    symlink(tree.join("secret.txt"), tree.join("app/out.txt")).unwrap();
    symlink(tree.path(), tree.join("app/up")).unwrap();
    symlink("app.js", tree.join("app/same.js")).unwrap();
    let told = |name: &str| {
        format!(
            "the application's files: {name}: neither a file nor a folder: put the file itself there, a link can be pointed elsewhere without a trace"
        )
    };
    assert_eq!(load_faults(&tree), ["out.txt", "same.js", "up"].map(told));

    let tree = folder("1.5.0");
    let component = tree.join("sdk/FaceLivenessDetector.js");
    fs::rename(&component, tree.join("elsewhere.js")).unwrap();
    symlink(tree.join("elsewhere.js"), &component).unwrap();
    assert_eq!(
        load_faults(&tree),
        [
            "FaceLivenessDetector.js: symbolic link; put the file itself there: a link can be pointed elsewhere without a trace",
            "FaceLivenessDetector.js: pinned, but missing; install the SDK again, or pin again if the release no longer has it",
        ]
    );

    // Nor is one written through.
    let tree = folder("1.5.0");
    fs::create_dir(tree.join("theirs")).unwrap();
    symlink(tree.join("theirs"), tree.join("out")).unwrap();
    let written = load(&tree).export(Hosting::Nginx).write(tree.join("out"));
    assert_eq!(
        messages(&written.unwrap_err()),
        ["`out` exists and is not an export of a site: name a new folder, or remove this one"]
    );
    assert_eq!(names(&tree.join("theirs")), [""; 0]);
}

#[test]
fn names_that_a_host_reads_in_its_own_way_are_refused() {
    let renames = "rename it, or leave it out with `without`";
    let cases: [(Hosting, &str, &str); 7] = [
        (
            Hosting::Nginx,
            "a\"b.js",
            "`$`, quotes and backslashes are syntax in nginx",
        ),
        (
            Hosting::Apache,
            "a%b.js",
            "`$`, `%`, quotes and wildcards are syntax in Apache",
        ),
        (
            Hosting::Caddy,
            "a{b}.js",
            "braces, quotes and `*` are syntax in Caddy",
        ),
        (
            Hosting::CloudflarePages,
            "a b.js",
            "spaces, `*` and `:` are syntax in its rules",
        ),
        (
            Hosting::Netlify,
            "a*b.js",
            "spaces, `*` and `:` are syntax in its rules",
        ),
        (
            Hosting::AzureStaticWebApps,
            "a{b}.js",
            "`*` and braces are syntax in its rules",
        ),
        (
            Hosting::Vercel,
            "a(b).js",
            "the characters of patterns are syntax in its rules",
        ),
    ];
    for (hosting, name, reason) in cases {
        let tree = folder("1.5.0");
        tree.write(&format!("app/{name}"), "");
        assert_eq!(
            faults(&load(&tree), hosting),
            [format!(
                "{name}: {hosting} can't serve a file with that name ({reason}): {renames}"
            )]
        );
        // The others do, or say why they don't.
        for other in Hosting::ALL.into_iter().filter(|other| *other != hosting) {
            if let Err(errors) = load(&tree).export(other).files() {
                let told = format!("{name}: {other} can't serve a file with that name (");
                assert!(messages(&errors)[0].starts_with(&told), "{errors}");
            }
        }
    }
}

#[test]
fn one_path_has_one_answer() {
    // Cloudflare and Netlify take `.html` off.
    let tree = folder("1.5.0");
    for page in ["help.html", "help/index.html"] {
        tree.write(&format!("app/{page}"), "<!doctype html><title>Help</title>");
    }
    let site = load(&tree);
    for hosting in Hosting::ALL {
        let shortens = matches!(hosting, Hosting::CloudflarePages | Hosting::Netlify);
        let told = site
            .export(hosting)
            .files()
            .map_err(|errors| messages(&errors));
        let expected = format!(
            "/help: {hosting} has one answer for that path, and the site has two, `public/help.html` and `public/help/index.html`: rename one, or leave it out"
        );
        match told {
            Ok(_) => assert!(!shortens, "{hosting}"),
            Err(told) => {
                assert!(shortens, "{hosting}: {told:?}");
                assert_eq!(told, [expected]);
            }
        }
    }

    // The same pattern twice: no host can do it, and our own layer would never send the second.
    let tree = folder("1.5.0");
    tree.write("app/help.html", "<!doctype html><title>Help</title>");
    let twice = builder(tree.path())
        .page_at("/verify/{*rest}", "index.html")
        .page_at("/verify/{*all}", "help.html");
    let site = twice.load(document(), endpoint()).unwrap();
    for hosting in Hosting::ALL {
        assert_eq!(
            faults(&site, hosting),
            [format!(
                "pages at `/verify/{{*rest}}` and `/verify/{{*rest}}`: {hosting} has one answer for a path that fits both: take one of them out"
            )]
        );
    }

    // The first one that fits, but for hosts that add up all rules that fit.
    let nested = builder(tree.path())
        .page_at("/verify/help/{*rest}", "help.html")
        .page_at("/verify/{*rest}", "index.html");
    let site = nested.load(document(), endpoint()).unwrap();
    for hosting in Hosting::ALL {
        use Hosting::{AzureFrontDoor, CloudflarePages, Netlify, Vercel};
        if matches!(hosting, AzureFrontDoor | CloudflarePages | Netlify | Vercel) {
            assert_eq!(
                faults(&site, hosting),
                [format!(
                    "pages at `/verify/help/{{*rest}}` and `/verify/{{*rest}}`: {hosting} has one answer for a path that fits both: give one of them a folder of its own, or export for another host"
                )]
            );
        } else {
            site.export(hosting).files().unwrap();
        }
    }

    // A page of its own name, and another one at the same.
    let over = builder(tree.path()).page_at("/help.html", "index.html");
    let site = over.load(document(), endpoint()).unwrap();
    assert_eq!(
        faults(&site, Hosting::Json),
        [
            "/help.html: json has one answer for that path, and the site has two, `public/help.html` and a page that `page_at` puts there: rename one, or leave it out"
        ]
    );
}

#[test]
fn a_policy_that_a_host_cannot_express_is_refused() {
    // Nonces: by every host.
    let page = Document::new("https://www.contoso.example").unwrap();
    let page = page.loads(Resource::Script, "/app.js");
    let nonce = Policy::document(page.scripts_by(ScriptTrust::Nonce));
    let nonce = nonce.compile().unwrap();
    for hosting in Hosting::ALL {
        assert_eq!(
            export::headers(nonce, hosting).unwrap_err().to_string(),
            format!(
                "the policy: it uses nonces, and {hosting} can't make a new one for each response: name scripts by hash or URL"
            )
        );
    }

    // Too much for it: what, how much, and what to do.
    let tree = folder("1.5.0");
    let many = (0..90).fold(document(), |document, number| {
        document.loads(
            Resource::Connect,
            &format!("/api/tenants/{number}/sessions"),
        )
    });
    let site = builder(tree.path()).load(many, endpoint()).unwrap();
    let mut refused = Vec::new();
    for hosting in Hosting::ALL {
        let Err(errors) = site.export(hosting).files() else {
            continue;
        };
        refused.push(hosting);
        for told in messages(&errors) {
            assert!(told.contains(&format!("{hosting} allows ")), "{told}");
            let way = told.rsplit(": ").next().unwrap();
            let ways = ["leave", "remove", "put", "export", "let"];
            assert!(ways.iter().any(|word| way.starts_with(word)), "{told}");
        }
    }
    assert_eq!(refused, [Hosting::CloudflarePages, Hosting::Vercel]);
}

#[test]
fn a_failure_leaves_what_was_there_and_nothing_else() {
    let tree = folder("1.5.0");
    let out = tree.join("out");
    load(&tree).export(Hosting::Nginx).write(&out).unwrap();

    // Found before anything is written: a file where a folder must be.
    let files = |more: &[&str]| {
        let files = AppFiles::new().file("/index.html", "<!doctype html><title>t</title>");
        more.iter().fold(files.unwrap(), |files, path| {
            files.file(*path, "1").unwrap()
        })
    };
    let site = |files| {
        let pins = Pins::scan(tree.join("sdk")).unwrap();
        let site = Site::pinned(tree.join("sdk"), pins).app_files(files);
        site.load(document(), endpoint()).unwrap()
    };
    let clash = site(files(&["/words", "/words/en.txt"]));
    let told = clash.export(Hosting::Nginx).write(&out).unwrap_err();
    assert_eq!(
        messages(&told),
        [
            "public/words: is a file, and `public/words/en.txt` needs a folder of that name: rename one"
        ]
    );

    // Found in the middle: each name is short enough, and the path is too long for the disk.
    let mut folder = tree.path().canonicalize().unwrap();
    while folder.as_os_str().len() < 3700 {
        folder.push("d".repeat(100));
    }
    let deep = folder.join("out");
    load(&tree).export(Hosting::Nginx).write(&deep).unwrap();
    let path = format!("/zz{}/en.txt", format!("/{}", "z".repeat(100)).repeat(4));
    let long = site(files(&[&path]));
    let told = long.export(Hosting::Nginx).write(&deep).unwrap_err();
    assert_eq!(
        messages(&told),
        [format!(
            "public/zz/{}/{}...: invalid filename: nothing was exported, and what was there before is as it was; make room or give another folder, and build it again",
            "z".repeat(100),
            "z".repeat(9)
        )]
    );
    assert_eq!(names(&folder), ["out"]);
    assert!(export::check(&deep).is_ok(), "the export from before");
    // Nor does a first one leave anything.
    assert!(
        long.export(Hosting::Nginx)
            .write(folder.join("first"))
            .is_err()
    );
    assert_eq!(names(&folder), ["out"]);

    assert!(export::check(&out).is_ok());
}
