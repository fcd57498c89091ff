//! The steps for pipelines, run as the pipelines run them, against a server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::steps::{STEPS, script, step};

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
    let url = server();
    for (file, key, error) in STEPS {
        let script = script(file, key);
        assert!(script.contains("visor audit"), "{file}: {script}");
        for (arguments, code) in [
            ("--profile document", 1),
            // Values are arguments, and no part of the script.
            ("--profile document; touch injected", 2),
            ("--profile $(touch injected)", 2),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let ran = step(&script, folder.path(), &url, "", arguments);
            let out = String::from_utf8(ran.stdout).unwrap();
            let stderr = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(code), "{file}: {out}{stderr}");
            assert!(!folder.path().join("injected").exists());
            let evidence = std::fs::read_to_string(folder.path().join("evidence.html"));
            if code == 1 {
                assert!(
                    out.contains(&format!("{error}csp-missing")),
                    "{file}: {out}"
                );
                let evidence = evidence.unwrap();
                for part in [
                    "<span class=\"high\">Failed</span>",
                    "Not checked, because no browser was asked.",
                    "strong cryptography in transit",
                    "not checked, because HTTPS and Strict-Transport-Security: ",
                ] {
                    assert!(evidence.contains(part), "{file}: {part}");
                }
            }
        }
    }
}
