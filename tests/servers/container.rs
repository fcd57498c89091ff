//! `examples/container`: the recipe's own steps, read out of the file and done in an empty folder, and what
//! comes of them behind nginx.
//!
//! No container runs here. A stage is a folder, which begins as a copy of the stage that it is built `FROM`;
//! `COPY` copies, and `RUN` is done by `sh`. What is interpreted: a path from the root is one below the
//! stage's folder, in the words of a step and in the text of `nginx.conf`; `cargo install` gives the program
//! that is built here; `nginx` is the machine's, told where the configuration is; the port is another.
//! `USER`, `EXPOSE` and `CMD` are read and not done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use http::{Method, StatusCode};

use crate::client::{Asked, Way, ask};
use crate::compared::readable;
use crate::server::{Kind, NAME, Ports};

const RECIPE: &str = include_str!("../../examples/container/Containerfile");
const NGINX: &str = include_str!("../../examples/container/nginx.conf");

/// What the one step that needs a registry is written as.
const INSTALL: &str = "cargo install --locked --root /opt/visor tower-visor-cli";

/// A step: its word, and what follows.
fn steps() -> Vec<(String, String)> {
    let lines = RECIPE.lines().filter(|line| !line.starts_with('#'));
    let text: Vec<&str> = lines.collect();
    let text = text.join("\n").replace("\\\n", " ");
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (word, rest) = line.split_once(' ').unwrap();
            let words: Vec<&str> = rest.split_whitespace().collect();
            (word.to_owned(), words.join(" "))
        })
        .collect()
}

/// Paths from the root, as they are below a stage.
fn mapped(text: &str, stage: &Path) -> String {
    let below = |word: &str| match word.strip_prefix('/') {
        Some(path) => stage.join(path).display().to_string(),
        None => word.to_owned(),
    };
    text.split(' ').map(below).collect::<Vec<_>>().join(" ")
}

/// Runs it to its end; where it fails, what it says.
fn done(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let says = [&output.stdout[..], &output.stderr[..]].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&says)))
}

/// As `cp -a FROM TO` of one file or folder, into a place that need not be there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    done(Command::new("cp").arg("-aT").arg(from).arg(to)).unwrap();
}

/// The program of this repository.
fn program() -> PathBuf {
    done(
        Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--workspace",
                "--all-features",
                "--bin",
                "visor",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    )
    .unwrap();
    // This test lies in `target/debug/deps`.
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("visor")
}

/// What the recipe expects beside itself.
fn context(folder: &Path, visor: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(
        &source.join("fixtures/sdk/1.5.0/node_modules"),
        &folder.join("node_modules"),
    );
    fs::create_dir(folder.join("web")).unwrap();
    let html = "<!doctype html><title>Check</title><script type=module src=app.js></script>";
    fs::write(folder.join("web/index.html"), html).unwrap();
    let script = "import('./FaceLivenessDetector.js')";
    fs::write(folder.join("web/app.js"), script).unwrap();
    let policy = format!(
        "[document]\norigin = \"https://{NAME}\"\n[liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"\n"
    );
    fs::write(folder.join("visor.toml"), policy).unwrap();
    done(
        Command::new(visor)
            .args(["pin", "node_modules"])
            .current_dir(folder),
    )
    .unwrap();
    fs::write(folder.join("nginx.conf"), NGINX).unwrap();
}

/// Does the steps in folders below `root`; gives the last stage, or what the step says that failed.
fn build(context: &Path, root: &Path, visor: &Path, port: u16) -> Result<PathBuf, String> {
    let mut stages: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut stage = PathBuf::new();
    let mut working = PathBuf::new();
    let mut ran = Vec::new();
    for (word, rest) in steps() {
        let words: Vec<&str> = rest.split(' ').collect();
        match (word.as_str(), &words[..]) {
            ("FROM", [image, "AS", name]) => {
                stage = root.join(name);
                match stages.get(*image) {
                    Some(earlier) => copy(earlier, &stage),
                    // Somebody else's: nothing of it is here.
                    None => fs::create_dir(&stage).unwrap(),
                }
                fs::create_dir_all(stage.join("tmp")).unwrap();
                if !stages.contains_key(*image) {
                    working = PathBuf::new();
                }
                stages.insert((*name).to_owned(), stage.clone());
            }
            ("WORKDIR", [path]) => {
                working = PathBuf::from(path.trim_start_matches('/'));
                fs::create_dir_all(stage.join(&working)).unwrap();
            }
            ("COPY", [from, to]) => {
                let to = match to.strip_prefix('/') {
                    Some(to) => stage.join(to),
                    None => stage.join(&working).join(to),
                };
                copy(&context.join(from), &to);
                if Path::new(from).extension().is_some_and(|end| end == "conf") {
                    configure(&to, &stage, port);
                }
            }
            ("COPY", [other, from, to]) => {
                let other = &stages[other.strip_prefix("--from=").unwrap()];
                let to = stage.join(to.trim_start_matches('/'));
                copy(&other.join(from.trim_start_matches('/')), &to);
                // What was written there names that stage.
                for file in conf_files(&to) {
                    let text = fs::read_to_string(&file).unwrap();
                    let (old, new) = (other.display().to_string(), stage.display().to_string());
                    fs::write(file, text.replace(&old, &new)).unwrap();
                }
            }
            ("RUN", _) if rest == INSTALL => {
                copy(visor, &stage.join("opt/visor/bin/visor"));
                ran.push("cargo".to_owned());
            }
            ("RUN", ["nginx", "-t"]) => {
                let output = Kind::Nginx.check(&stage, &stage.join("etc/nginx/nginx.conf"));
                if !output.status.success() {
                    return Err(String::from_utf8_lossy(&output.stderr).into_owned());
                }
                ran.push("nginx".to_owned());
            }
            ("RUN", [program, ..]) => {
                assert_eq!(*program, "/opt/visor/bin/visor", "{rest}");
                done(
                    Command::new("sh")
                        .args(["-c", &mapped(&rest, &stage)])
                        .env_clear()
                        .current_dir(stage.join(&working)),
                )?;
                ran.push(words[1].to_owned());
            }
            ("USER" | "EXPOSE" | "CMD", _) => {}
            _ => panic!("`{word} {rest}` is nothing that this test can do"),
        }
    }
    assert_eq!(ran, ["cargo", "verify", "build", "build", "nginx"]);
    Ok(stage)
}

fn conf_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(conf_files(&path));
        } else if path.extension().is_some_and(|end| end == "conf") {
            files.push(path);
        }
    }
    files
}

/// The same configuration below a stage, and on a port that is free.
fn configure(file: &Path, stage: &Path, port: u16) {
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(text.matches("listen 8080;").count(), 1);
    let text = text.replace("listen 8080;", &format!("listen 127.0.0.1:{port};"));
    fs::write(file, mapped(&text, stage)).unwrap();
}

#[tokio::test]
async fn the_recipe_of_the_container_serves_what_it_verified() {
    if Kind::Nginx.is_skipped() {
        return;
    }
    let manual = include_str!("../../docs/hosting.md");
    assert!(
        manual.contains(RECIPE),
        "docs/hosting.md shows another recipe"
    );

    let folder = tempfile::tempdir().unwrap();
    readable(folder.path());
    let (given, stages) = (folder.path().join("given"), folder.path().join("stages"));
    fs::create_dir(&given).unwrap();
    fs::create_dir(&stages).unwrap();
    let visor = program();
    context(&given, &visor);
    let ports = Ports::free();
    let stage = build(&given, &stages, &visor, ports.plain).unwrap();
    let ports = Ports {
        tls: ports.plain,
        ..ports
    };
    let file = stage.join("etc/nginx/nginx.conf");
    let server = Kind::Nginx.start(&stage, &file, ports).await;

    let get = async |path: &str| ask(ports, folder.path(), Way::Plain, &Asked::get(path)).await;
    let page = get("/").await;
    assert_eq!(page.status, StatusCode::OK, "{}", server.log());
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.contains("<title>Check</title>") && text.contains("integrity="));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("script-src 'wasm-unsafe-eval' 'sha384-"),
        "{policy}"
    );
    let component = get("/FaceLivenessDetector.js").await;
    assert_eq!(component.status, StatusCode::OK);
    assert_eq!(get("/visor.toml").await.status, StatusCode::NOT_FOUND);
    let head = Asked::get("/").by(Method::HEAD);
    let head = ask(ports, folder.path(), Way::Plain, &head).await;
    assert_eq!(head.headers["content-security-policy"], policy);
    drop(server);

    // Of the last stage nothing but what is served.
    let mut names: Vec<_> = fs::read_dir(&stage)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["etc", "log", "srv", "tmp"]);

    // A file that isn't the pinned one stops it.
    let component = given.join("node_modules/@azure/ai-vision-face-ui/FaceLivenessDetector.js");
    fs::write(component, "changed").unwrap();
    let again = folder.path().join("again");
    fs::create_dir(&again).unwrap();
    let says = build(&given, &again, &visor, ports.plain).unwrap_err();
    assert!(
        says.contains("visor verify") && says.contains("FaceLivenessDetector.js"),
        "{says}"
    );
    assert!(
        !again.join("build").exists(),
        "it went on after the failure"
    );
}
