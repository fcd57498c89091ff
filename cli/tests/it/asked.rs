//! What a start asks for that a policy file can allow is printed as the lines of that file.

use std::fs;
use std::path::Path;

use crate::serve::{ENDPOINT, front_end};
use crate::support::{pinned, visor};

const SERVE: [&str; 6] = ["serve", "app", "--sdk", "web", "--port", "0"];

fn serve(folder: &Path, more: &[&str]) -> String {
    let ran = visor(folder, &[&SERVE[..], more].concat());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err
}

const FAULT: &str = "visor: the site: /index.html: line 1, column 1: `style` on <p> would not apply: \
    move it to a style sheet, or have such attributes allowed by their hashes with an exception \
    (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr\n\n";

#[test]
fn what_arguments_said_becomes_a_file_that_needs_reasons_only() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    fs::write(folder.join("app/index.html"), "<p style='margin: 0'>").unwrap();
    let arguments = [&ENDPOINT[..], &["--origin", "https://a.example"]].concat();
    let said = serve(folder, &arguments);
    let file = "[document]\n\
        origin = \"https://a.example\"\n\n\
        [liveness]\n\
        sdk = \"1.5.0\"\n\
        endpoint = \"resource:contoso\"\n\n\
        [[exceptions]]\n\
        directive = \"style-src-attr\"\n\
        source = \"'unsafe-hashes'\"\n\
        reason = \"\"\n";
    assert_eq!(
        said,
        format!(
            "{FAULT}to allow what is named above, put these lines into a file, without the exceptions \
             that the page doesn't need, and with a reason for each that stays; then pass `--policy \
             FILE` in place of `--endpoint` and `--origin`:\n\n{file}"
        )
    );
    // As they are, the lines are refused for their reason.
    fs::write(folder.join("visor.toml"), file).unwrap();
    let said = serve(folder, &["--policy", "visor.toml"]);
    assert!(
        said.contains("reason: say in one line why the policy is weaker here; reports print it"),
        "{said}"
    );
    let file = file.replace("reason = \"\"", "reason = \"a widget, LIV-9\"");
    fs::write(folder.join("visor.toml"), file).unwrap();
    let build = [
        "build", "app", "--sdk", "web", "--host", "json", "--out", "dist", "--policy",
    ];
    let ran = visor(folder, &[&build[..], &["visor.toml"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.err.contains("to allow"), "{}", ran.err);
}

#[test]
fn a_file_gets_lines_of_its_own_format() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let app = folder.join("app");
    fs::write(app.join("index.html"), "<p style='margin: 0'>").unwrap();
    let json = "{\"document\": {\"origin\": \"https://a.example\"}, \
        \"liveness\": {\"sdk\": \"1.5.0\", \"endpoint\": \"resource:contoso\"}, \"exceptions\": [EXCEPTIONS]}";
    fs::write(folder.join("visor.json"), json.replace("EXCEPTIONS", "")).unwrap();
    assert_eq!(
        serve(folder, &["--policy", "visor.json"]),
        format!(
            "{FAULT}to allow what is named above, put these lines into visor.json among its `exceptions`, \
             without those that the page doesn't need, and with a reason for each that stays:\n\n\
             {{\"directive\": \"style-src-attr\", \"source\": \"'unsafe-hashes'\", \"reason\": \"\"}}\n"
        )
    );

    // What is only warned of, too: here for another server. The wider one of two is enough.
    fs::write(app.join("index.html"), "<script src=app.js></script>").unwrap();
    let script = "trustedTypes.createPolicy('lit-html', {}); trustedTypes.createPolicy('default', {}); \
        f('<p style=\"margin: 0\">'); f(`<p style=\"color: ${x}\">`)";
    fs::write(app.join("app.js"), script).unwrap();
    let build = |policy: &str, out: &str| {
        let build = [
            "build", "app", "--sdk", "web", "--host", "json", "--policy", policy, "--out", out,
        ];
        let ran = visor(folder, &build);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.err
    };
    let said = build("visor.json", "dist");
    let (_, lines) = said.split_once("stays:\n\n").unwrap();
    assert_eq!(
        lines,
        "{\"directive\": \"trusted-types\", \"source\": \"lit-html\", \"reason\": \"\"},\n\
         {\"directive\": \"style-src-attr\", \"source\": \"'unsafe-inline'\", \"reason\": \"\"}\n\n"
    );
    let lines = lines.replace("\"\"", "\"a library, LIV-9\"");
    fs::write(
        folder.join("visor.json"),
        json.replace("EXCEPTIONS", &lines),
    )
    .unwrap();
    let said = build("visor.json", "again");
    assert!(!said.contains("to allow"), "{said}");
}
