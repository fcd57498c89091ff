//! The steps for pipelines, with a real browser.

use crate::site::Site;
use crate::steps::{STEPS, script, step};
use crate::{is_left_out, left_behind};

#[test]
fn the_steps_of_pipelines_show_what_a_browser_saw() {
    let html = "<!doctype html><link rel=icon href=data:,><title>t</title><script>tag()</script>";
    let site = Site::of(&[("/", "text/html", html)]);
    let url = format!("{}/", site.origin);
    let is_root = rustix::process::geteuid().is_root();
    for ((file, key, error), browser, engine) in [
        (STEPS[0], "chromium", "Chromium"),
        (STEPS[1], "firefox", "Firefox"),
    ] {
        if is_left_out(browser) {
            continue;
        }
        let script = script(file, key);
        let mut arguments = "--profile document --today 2026-11-23".to_owned();
        if is_root {
            arguments.push_str(" --no-browser-sandbox");
        }
        let folder = tempfile::tempdir().unwrap();
        let ran = step(&script, folder.path(), &url, browser, &arguments);
        let out = String::from_utf8(ran.stdout).unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{file}: {out}{stderr}");
        let annotations = out.lines().filter(|line| line.starts_with(error));
        let unvouched = annotations.filter(|line| line.contains("script-unvouched"));
        assert_eq!(unvouched.count(), 1, "{file}: {out}");
        let evidence = std::fs::read_to_string(folder.path().join("evidence.html")).unwrap();
        for part in [
            "<span class=\"high\">Failed</span>",
            &format!("<dt>browser</dt><dd>{engine} 1"),
            "<h3>All that ran (PCI DSS 6.4.3)</h3>",
        ] {
            assert!(evidence.contains(part), "{file}: {part}");
        }
        assert_eq!(left_behind(folder.path()), Vec::<String>::new(), "{file}");
    }
}
