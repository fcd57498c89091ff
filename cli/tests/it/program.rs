//! What every command has in common, and what slips are answered with.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::hosts::refused;
use crate::support::{pinned, project, visor};
use crate::tree::COMPONENT_PACKAGE;

#[test]
fn a_url_without_its_scheme_is_answered_with_one() {
    for (target, message) in [
        (
            "localhost:3911",
            "visor: localhost:3911: no such file; for what a server sends, write `http://localhost:3911/`\n",
        ),
        (
            "127.0.0.1:3911/check/",
            "visor: 127.0.0.1:3911/check/: no such file; for what a server sends, write `http://127.0.0.1:3911/check/`\n",
        ),
        (
            "liveness.contoso.example",
            "visor: liveness.contoso.example: no such file; for what a server sends, write `https://liveness.contoso.example/`\n",
        ),
        ("page.txt", "visor: no such file: page.txt\n"),
        ("nowhere", "visor: no such file: nowhere\n"),
    ] {
        assert_eq!(refused(&[target]), message);
    }
}

#[test]
fn a_slip_in_a_code_is_answered_with_the_code() {
    let ran = visor(Path::new("."), &["explain", "csp-mising"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            2,
            "error: unknown code `csp-mising`, did you mean `csp-missing`?; `visor explain` lists them all\n"
        )
    );
    let ran = visor(Path::new("."), &["explain", "zzz"]);
    assert_eq!(
        ran.err,
        "error: unknown code `zzz`; `visor explain` lists them all\n"
    );
}

#[test]
fn a_part_of_a_version_is_answered_with_whole_ones() {
    let project = project("1.5.0");
    let ran = visor(project.path(), &["pin", "web", "--expect", "0.18"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err.lines().next(),
        Some(
            "error: invalid value '0.18' for '--expect <VERSION>': not a complete version; the known releases are 0.18.0-beta.1"
        )
    );
    let ran = visor(project.path(), &["pin", "web", "--expect", "1.4.8"]);
    assert_eq!(ran.code, 1, "it is another version: {}", ran.err);
}

#[test]
fn quiet_says_what_was_found_and_nothing_else() {
    let project = pinned("1.5.0");
    let ran = visor(project.path(), &["verify", "web", "-q"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let component = format!("web/{COMPONENT_PACKAGE}/FaceLivenessDetector.js");
    fs::write(project.path().join(component), "other").unwrap();
    let ran = visor(project.path(), &["-q", "verify", "web"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("high   sdk-file-changed: "),
        "{}",
        ran.out
    );
    let shown = visor(project.path(), &["show", "--quiet"]);
    assert!(shown.out.contains("version 1.5.0"), "{}", shown.out);
}

#[test]
fn a_quiet_audit_says_what_makes_its_exit_code() {
    let folder = tempfile::TempDir::new().unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\
                X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n\
                Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n\
                Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n";
    let file = folder.path().join("answer.txt");
    fs::write(&file, format!("{head}\r\n{{}}")).unwrap();
    let audit = [
        "audit",
        "answer.txt",
        "--url",
        "https://a.example/",
        "--profile",
        "api",
    ];
    let said = visor(folder.path(), &audit);
    assert!(
        said.out.contains("\nnote   ") && said.code == 0,
        "{}",
        said.out
    );
    let quiet = [&audit[..], &["-q"]].concat();
    let ran = visor(folder.path(), &quiet);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    // Whoever asks for notes gets them, and nothing else.
    let notes = [&quiet[..], &["--fail-on", "note"]].concat();
    let ran = visor(folder.path(), &notes);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("note   ") && !ran.out.contains("not checked"),
        "{}",
        ran.out
    );
    // And of all that is found, what is bad enough.
    fs::write(
        &file,
        format!("{}\r\n{{}}", head.replace("nosniff", "sniff")),
    )
    .unwrap();
    let ran = visor(folder.path(), &quiet);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.starts_with("medium nosniff-missing: ") && !ran.out.contains("note"),
        "{}",
        ran.out
    );
}

#[test]
fn color_is_as_said() {
    let project = pinned("1.5.0");
    let component = format!("web/{COMPONENT_PACKAGE}/FaceLivenessDetector.js");
    fs::write(project.path().join(component), "other").unwrap();
    for (when, is_colored) in [("always", true), ("never", false), ("auto", false)] {
        let ran = visor(project.path(), &["verify", "web", "--color", when]);
        assert_eq!(ran.out.contains('\u{1b}'), is_colored, "{when}");
    }
}

#[test]
fn other_bytes_under_the_same_version_are_written_only_on_demand() {
    let project = pinned("1.5.0");
    let lock = project.path().join("visor-lock.json");
    let before = fs::read(&lock).unwrap();
    let component = format!("web/{COMPONENT_PACKAGE}/FaceLivenessDetector.js");
    let component = project.path().join(component);
    let mut bytes = fs::read(&component).unwrap();
    bytes.push(b'\n');
    fs::write(&component, bytes).unwrap();
    let ran = visor(project.path(), &["update", "web", "-w"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains(
            "\nhigh   same-version-differs: FaceLivenessDetector.js: version 1.5.0 has different bytes than the pinned ones\n       \
             fix: get the package again and compare; if you know why it differs, use visor update --write --same-version\n"
        ),
        "{}",
        ran.out
    );
    assert_eq!(fs::read(&lock).unwrap(), before);
    let ran = visor(project.path(), &["update", "web", "-w", "--same-version"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.contains("FaceLivenessDetector.js: version 1.5.0 has different bytes than the pinned ones; accepted by --same-version\n"),
        "{}",
        ran.out
    );
    assert_ne!(fs::read(&lock).unwrap(), before);
}

#[test]
fn pin_says_when_it_found_no_style_of_the_shadow_root() {
    const MESSAGE: &str = "no style of the SDK's shadow root was found in its engines, so a strict policy will block it: open the page, and add the hash that the browser's console names to `style-hashes`\n";
    let project = project("1.5.0");
    let ran = visor(project.path(), &["pin", "web"]);
    assert!(!ran.out.contains(MESSAGE), "{}", ran.out);
    fs::remove_file(project.path().join("visor-lock.json")).unwrap();
    let js = project
        .path()
        .join("web/node_modules/@azure-ai-vision-face/ui-assets/facelivenessdetector-assets/js");
    for name in ["AzureAIVisionFace.wasm", "AzureAIVisionFace_SIMD.wasm"] {
        let mut wasm = fs::read(js.join(name)).unwrap();
        let at = wasm.windows(6).position(|w| w == b"/* Bas").unwrap();
        wasm[at] = b'x';
        fs::write(js.join(name), wasm).unwrap();
    }
    let ran = visor(project.path(), &["pin", "web"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(MESSAGE), "{}", ran.out);
}

/// A server that keeps the heads of all requests.
fn listening(answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            kept.lock().unwrap().push(lines.join("\n").to_lowercase());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (format!("http://{address}"), heads)
}

#[test]
fn what_opens_a_login_goes_to_its_origin_and_into_no_report() {
    let page = |headers: &str, body: &str| {
        format!(
            "HTTP/1.1 {headers}\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (other, heads_of_other) = listening(page("200 OK", "<title>other</title>"));
    let body =
        format!("<!doctype html><script src=/own.js></script><script src={other}/a.js></script>");
    let (own, heads) = listening(page("200 OK", &body));
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(
        folder.path().join("headers"),
        "Authorization: Bearer s3cret\n\nX-Team: s3cret\n",
    )
    .unwrap();
    for format in ["human", "json", "markdown", "html", "github", "azure"] {
        let url = format!("{own}/");
        let ran = visor(
            folder.path(),
            &[
                "audit",
                &url,
                "-f",
                format,
                "-H",
                "@headers",
                "--cookie",
                "session=s3cret",
            ],
        );
        assert!(ran.code < 2, "{}", ran.err);
        assert!(
            !ran.out.contains("s3cret") && !ran.err.contains("s3cret"),
            "{format}"
        );
    }
    let heads = heads.lock().unwrap();
    assert!(heads.iter().any(|head| head.starts_with("get /own.js ")));
    for head in heads.iter() {
        for line in [
            "authorization: bearer s3cret",
            "x-team: s3cret",
            "cookie: session=s3cret",
        ] {
            assert!(head.contains(line), "{head}");
        }
    }
    let heads = heads_of_other.lock().unwrap();
    assert!(!heads.is_empty(), "the foreign script is fetched");
    assert!(
        heads.iter().all(|head| !head.contains("s3cret")),
        "{heads:?}"
    );
    drop(heads);

    // Where a login sends away, it stays behind.
    heads_of_other.lock().unwrap().clear();
    let (away, _) = listening(page(&format!("302 Found\r\nLocation: {other}/"), ""));
    let _ = visor(
        folder.path(),
        &["audit", &away, "--cookie", "session=s3cret"],
    );
    let heads = heads_of_other.lock().unwrap();
    assert!(
        heads.iter().all(|head| !head.contains("s3cret")),
        "{heads:?}"
    );
}

#[test]
fn headers_that_cannot_be_are_refused_without_their_values() {
    for (arguments, message) in [
        (
            ["-H", "s3cret"],
            "visor: --header: line 1: write the name, `:` and the value\n",
        ),
        (
            ["-H", "a b: s3cret"],
            "visor: --header: line 1: the name has characters other than letters, digits and `-`\n",
        ),
        (
            ["-H", "a: s3cret\u{1}"],
            "visor: --header: line 1: the value has characters that no header can carry\n",
        ),
        (
            ["-H", "Host: s3cret"],
            "visor: --header: line 1: `host` is set by the request itself; leave it out\n",
        ),
        (
            ["--cookie", "s3cret\u{1}"],
            "visor: --cookie: it has characters that no header can carry\n",
        ),
        (["--cookie", "@none"], "visor: no such file: none\n"),
    ] {
        let arguments = [&["http://127.0.0.1:9/"][..], &arguments].concat();
        assert_eq!(refused(&arguments), message);
    }
    assert_eq!(
        refused(&["page.txt", "--cookie", "a=b"]),
        "visor: page.txt: headers and cookies are for URLs, and nothing is requested here\n"
    );
}
