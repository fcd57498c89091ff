//! The steps for pipelines, run as the pipelines run them, against a server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// The script of a step: the lines below `key`, as far as they are indented further.
fn script(file: &str, key: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../monitoring");
    let text = std::fs::read_to_string(root.join(file)).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim().trim_start_matches("- ") != key);
    let first = lines.next().unwrap();
    let block = lines.take_while(|line| indent(line) > indent(first) + 1);
    block.fold(String::new(), |script, line| script + line.trim() + "\n")
}

/// A server of one page that lacks everything.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\
                          connection: close\r\n\r\n<!doctype html>";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn the_steps_of_pipelines_annotate_keep_evidence_and_fail() {
    let program = Path::new(env!("CARGO_BIN_EXE_visor"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let url = server();
    for (file, key, annotation) in [
        ("github/action.yml", "run: |", "::error title=csp-missing::"),
        (
            "azure/audit.yml",
            "bash: |",
            "##vso[task.logissue type=error;code=csp-missing]",
        ),
    ] {
        let script = script(file, key);
        assert!(script.contains("visor audit"), "{file}: {script}");
        for (arguments, code) in [
            ("--profile document", 1),
            // Values are arguments, and no part of the script.
            ("--profile document; touch injected", 2),
            ("--profile $(touch injected)", 2),
        ] {
            let folder = tempfile::tempdir().unwrap();
            // As both pipelines run `bash`: they stop at the first command that fails.
            let ran = Command::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("VISOR_URL", &url)
                .env("VISOR_BROWSER", "")
                .env("VISOR_ARGUMENTS", arguments)
                .output()
                .unwrap();
            let out = String::from_utf8(ran.stdout).unwrap();
            let error = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(code), "{file}: {out}{error}");
            assert!(!folder.path().join("injected").exists());
            let evidence = std::fs::read_to_string(folder.path().join("evidence.html"));
            if code == 1 {
                assert!(out.contains(annotation), "{file}: {out}");
                let evidence = evidence.unwrap();
                for part in [
                    "<span class=\"high\">Failed</span>",
                    "Not checked, because no browser was asked.",
                    "strong cryptography on the way",
                    "not checked, because HTTPS and Strict-Transport-Security: ",
                ] {
                    assert!(evidence.contains(part), "{file}: {part}");
                }
            }
        }
    }
}
