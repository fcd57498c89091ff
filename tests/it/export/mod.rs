//! Sites as files for servers of others: what is written, and what is refused.

mod bad_input;

use std::fs;

use tower_visor::csp::Csp;
use tower_visor::export::{self, Counted, Hosting, LIMITS};
use tower_visor::site::Site;
use tower_visor::{Document, Policy, Resource};

use crate::site::{builder, document, endpoint, folder};
use crate::support::tree::{Tree, messages};

fn load(tree: &Tree) -> Site {
    builder(tree.path()).load(document(), endpoint()).unwrap()
}

/// All that keeps a site from being exported.
fn faults(site: &Site, hosting: Hosting) -> Vec<String> {
    messages(&site.export(hosting).files().unwrap_err())
}

fn has_ending(path: &str, ending: &str) -> bool {
    std::path::Path::new(path).extension() == Some(ending.as_ref())
}

#[test]
fn the_same_site_gives_the_same_bytes_for_every_host() {
    let tree = folder("1.5.0");
    let (one, other) = (load(&tree), load(&tree));
    for hosting in Hosting::ALL {
        let out = tree.join(hosting.as_str());
        let written = one.export(hosting).write(&out).unwrap();
        assert_eq!(written, other.export(hosting).files().unwrap(), "{hosting}");
        // Every byte of what is served is there.
        let files: Vec<(&str, &bytes::Bytes)> = written.files().collect();
        let get = |path: &str| files.iter().find(|(known, _)| *known == path).unwrap().1;
        assert_eq!(get("public/index.html"), one.page("/").unwrap().bytes());
        assert_eq!(get("public/app.css"), "p { margin: 0 }");
        for file in one.pins().files() {
            let path = format!("public{}", file.url());
            assert!(file.digest().matches(get(&path)), "{hosting} {path}");
        }
        let count = files.len() - 1;
        assert_eq!(export::check(&out), Ok(count), "{hosting}");
        // An earlier export is replaced, as a whole.
        fs::write(out.join("public/left-over.js"), "").unwrap();
        one.export(hosting).write(&out).unwrap();
        assert_eq!(export::check(&out), Ok(count), "{hosting}");
    }
}

#[test]
fn every_policy_of_hashes_is_in_the_configuration() {
    let tree = folder("1.5.0");
    tree.write("app/help.html", "<!doctype html><title>Help</title>");
    let site = load(&tree);
    let of = |path: &str| {
        let csp = site.page(path).unwrap().policy().headers(
            tower_visor::response::ResponseClass::Document,
            tower_visor::policy::HostKind::Named,
        )["content-security-policy"]
            .clone();
        csp.to_str().unwrap().to_owned()
    };
    for hosting in Hosting::ALL {
        let written = site.export(hosting).files().unwrap();
        let configuration: String = written
            .files()
            .filter(|(path, _)| !has_ending(path, "html") && !path.ends_with("export.json"))
            .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        for path in ["/", "/help.html"] {
            let policy = of(path);
            let scripts = policy
                .split("; ")
                .find(|one| one.starts_with("script-src"))
                .unwrap();
            for hash in scripts
                .split(' ')
                .filter(|word| word.starts_with("'sha384-"))
            {
                // Front Door's values are in pieces.
                let hash = if hosting == Hosting::AzureFrontDoor {
                    "sha384-"
                } else {
                    hash.trim_matches('\'')
                };
                assert!(configuration.contains(hash), "{hosting} {path} {hash}");
            }
        }
    }
}

#[test]
fn nothing_longer_than_a_host_takes_is_written() {
    let tree = folder("1.5.0");
    let site = load(&tree);
    for hosting in Hosting::ALL {
        let most = |counted| {
            let mut limits = LIMITS.iter();
            let limit = limits.find(|limit| limit.hosting == hosting && limit.counted == counted);
            limit.map_or(usize::MAX, |limit| limit.most)
        };
        for (path, bytes) in site.export(hosting).files().unwrap().files() {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if path.ends_with("_headers") {
                let longest = text.lines().map(str::len).max().unwrap();
                assert!(
                    longest <= most(Counted::Line),
                    "{hosting} {path}: {longest}"
                );
            }
            if has_ending(path, "bicep") {
                let values = text
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("value: '"));
                // Signs that mean something are escaped, and a quote ends it.
                let lengths = values.map(|value| value.replace(r"\'", "'").len() - 1);
                let longest = lengths.max().unwrap();
                assert!(longest <= most(Counted::Value), "{longest}");
                let rules: Vec<&str> = text.split("\nresource rule").skip(2).collect();
                assert!(rules.len() <= most(Counted::Rules) && rules.len() > 3);
                let actions = rules
                    .iter()
                    .map(|rule| rule.matches("ModifyResponseHeader").count());
                assert!(actions.max().unwrap() <= most(Counted::Actions));
            }
        }
    }
}

#[test]
fn what_a_host_cannot_do_is_said() {
    let tree = folder("1.5.0");
    tree.write("app/a$b.js", "");
    tree.write("app/_headers", "");
    let site = load(&tree);
    assert_eq!(
        faults(&site, Hosting::Nginx),
        [
            "a$b.js: nginx can't serve a file with that name (`$`, quotes and backslashes are syntax in nginx): rename it, or leave it out with `without`"
        ]
    );
    assert_eq!(
        faults(&site, Hosting::CloudflarePages),
        [
            "_headers: cloudflare-pages reads its configuration from a file with that name: remove yours from the application's folder"
        ]
    );
    tree.remove("app/_headers");
    tree.write("app/logo.PNG", "png");
    assert_eq!(
        faults(&load(&tree), Hosting::Json),
        [
            "public/logo.png: differs from `public/logo.PNG` only in letter case, so a disk or a host may keep just one of them: rename one"
        ]
    );
    let site = load(&folder("1.5.0"));
    let export = site
        .export(Hosting::Nginx)
        .at("srv")
        .proxying("/", "http://a")
        .proxying("/api", "a/b");
    assert_eq!(
        messages(&export.files().unwrap_err()),
        [
            "`srv` can't be the export's folder on the server: give an absolute path without quotes, `$`, `%`, braces or control characters",
            "proxy `/`: name the paths of the API, `/api/` for example: all others are the site's",
            "proxy `/api`: its server is not a URL: write `http://127.0.0.1:3000`",
        ]
    );
    let export = site
        .export(Hosting::CloudflarePages)
        .proxying("/api/", "http://127.0.0.1:3000");
    assert_eq!(
        messages(&export.files().unwrap_err()),
        [
            "proxy `/api/`: cloudflare-pages can't forward requests with this configuration: set the application up there, and leave it out here"
        ]
    );
    let tree = folder("1.5.0");
    let deep = builder(tree.path()).page_at("/{tenant}/check", "index.html");
    let site = deep.load(document(), endpoint()).unwrap();
    assert_eq!(
        faults(&site, Hosting::AzureStaticWebApps),
        [
            "page at `/{part}/check`: azure-static-web-apps can't serve one page for these paths (its routes have one `*`, at their end): write the pattern with `{*rest}` at its end, or export for another host"
        ]
    );
}

#[test]
fn a_policy_that_does_not_fit_is_refused_with_the_number() {
    let long = |count: usize| {
        let page = Document::new("https://www.contoso.example").unwrap();
        let own = (0..count).fold(page, |page, number| {
            page.loads(Resource::Script, &format!("/js/chunk-{number}.js"))
        });
        Policy::document(own).compile().unwrap()
    };
    let fault = export::headers(long(100), Hosting::CloudflarePages)
        .unwrap_err()
        .to_string();
    assert!(
        fault.starts_with("/*: cloudflare-pages allows 1973 bytes for one line, but `content-security-policy` has ")
            && fault.ends_with(": remove languages and URLs from the policy, or let a Function send the headers of the `json` export"),
        "{fault}"
    );
    // nginx puts it together of parts.
    let text = export::headers(long(150), Hosting::Nginx).unwrap();
    assert!(text.lines().all(|line| line.len() < 4096));
    let dollar: Csp = "img-src https://a.example/$".parse().unwrap();
    let page = Document::new("https://www.contoso.example").unwrap();
    let policy = Policy::document(page).additional_csp(dollar);
    let policy = policy.compile().unwrap();
    assert_eq!(
        export::headers(policy, Hosting::Nginx)
            .unwrap_err()
            .to_string(),
        "the policy: `$` in `content-security-policy` can't be written for nginx: remove it from the policy"
    );
}

#[test]
fn a_folder_of_somebody_else_stays_and_a_changed_export_is_told() {
    let tree = folder("1.5.0");
    let site = load(&tree);
    tree.write("mine/notes.txt", "mine");
    assert_eq!(
        messages(
            &site
                .export(Hosting::Json)
                .write(tree.join("mine"))
                .unwrap_err()
        ),
        ["`mine` exists and is not an export of a site: name a new folder, or remove this one"]
    );
    assert_eq!(
        fs::read_to_string(tree.join("mine/notes.txt")).unwrap(),
        "mine"
    );
    assert_eq!(
        messages(&export::check(tree.join("mine")).unwrap_err()),
        ["visor-export.json: is missing, so this is not an export: build the export again"]
    );

    let out = tree.join("out");
    site.export(Hosting::Json).write(&out).unwrap();
    fs::write(out.join("public/app.js"), "changed").unwrap();
    fs::remove_file(out.join("public/app.css")).unwrap();
    fs::write(out.join("public/more.js"), "").unwrap();
    let errors = export::check(&out).unwrap_err();
    assert!(errors.iter().all(export::ExportError::is_difference));
    assert_eq!(
        messages(&errors),
        [
            "public/app.css: was exported, but is missing: build the export again",
            "public/app.js: not as it was exported: build the export again",
            "public/more.js: exists, but was not exported: remove it, or build the export again",
        ]
    );
    // Nothing is left beside it.
    let beside: Vec<String> = fs::read_dir(tree.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(beside, Vec::<String>::new());
}

#[test]
fn a_list_that_no_export_has_is_refused() {
    let tree = folder("1.5.0");
    let out = tree.join("out");
    load(&tree).export(Hosting::Json).write(&out).unwrap();
    let list = out.join("visor-export.json");
    let text = fs::read_to_string(&list).unwrap();
    for (from, to, reason) in [
        ("{", "", "is not JSON"),
        ("\"schema\": 1", "\"schema\": 2", "is of another version"),
        ("\"json\"", "\"jsonn\"", "names no host that we write for"),
        ("\"files\"", "\"file\"", "lists no files"),
        ("sha384-", "sha384", "names a file outside, or no digest"),
        (
            "public/",
            "../public/",
            "names a file outside, or no digest",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&list, text.replacen(from, to, 1)).unwrap();
        let errors = export::check(&out).unwrap_err();
        let whole = format!("visor-export.json: {reason}: build the export again");
        assert_eq!(messages(&errors), [whole]);
        assert!(!errors.iter().any(export::ExportError::is_difference));
    }
}

#[test]
fn what_is_not_pinned_is_not_exported() {
    let tree = folder("1.5.0");
    tree.write("sdk/FaceLivenessDetector.js", "other");
    assert!(builder(tree.path()).load(document(), endpoint()).is_err());
}

#[test]
fn vercel_takes_no_group_that_captures_inside_of_another() {
    let tree = folder("1.5.0");
    let deep = builder(tree.path()).page_at("/verify/{*rest}", "index.html");
    let site = deep.load(document(), endpoint()).unwrap();
    let written = site.export(Hosting::Vercel).files().unwrap();
    let (_, text) = written
        .files()
        .find(|(path, _)| *path == "vercel.json")
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(text).unwrap();
    let headers = document["headers"].as_array().unwrap();
    for source in headers.iter().map(|rule| rule["source"].as_str().unwrap()) {
        // Two open at once, of which the inner one is none of `(?:`, `(?!` and an escaped one.
        let mut depth = 0;
        let signs: Vec<char> = source.chars().collect();
        for (at, sign) in signs
            .iter()
            .enumerate()
            .filter(|(at, _)| *at == 0 || signs[at - 1] != '\\')
        {
            match sign {
                '(' => {
                    assert!(depth == 0 || signs.get(at + 1) == Some(&'?'), "{source}");
                    depth += 1;
                }
                ')' => depth -= 1,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{source}");
    }
}
