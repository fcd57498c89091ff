//! The example against changes on its disk, before and after its start. No browser is needed.

use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower_visor::pins::{PinnedFile, Pins, Scan};

use crate::example::{Example, stand_in};

/// A copy of the stand-in, and its lock file beside it.
fn pinned() -> (tempfile::TempDir, Pins) {
    let folder = tempfile::TempDir::new().unwrap();
    copy(Path::new(&stand_in("1.5.0")), &folder.path().join("sdk"));
    let pins = Pins::scan(folder.path().join("sdk")).unwrap();
    pins.save(folder.path().join("visor-lock.json")).unwrap();
    (folder, pins)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Where a file of the SDK lies, as `npm install` puts it.
fn on_disk(folder: &Path, pins: &Pins, path: &str) -> std::path::PathBuf {
    let package = pins.file(path).unwrap().package();
    folder.join("sdk/node_modules").join(package).join(path)
}

fn options(folder: &Path) -> [String; 4] {
    let text = |name| folder.join(name).to_str().unwrap().to_owned();
    let (sdk, lock) = (text("sdk"), text("visor-lock.json"));
    ["--sdk".to_owned(), sdk, "--lock".to_owned(), lock]
}

/// Status and body of a `GET`.
async fn fetch(origin: &str, path: &str) -> (String, Vec<u8>) {
    let address = origin.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    let status = String::from_utf8(answer[9..12].to_vec()).unwrap();
    (status, body)
}

#[tokio::test]
async fn a_file_that_changed_before_the_start_is_named_and_nothing_is_served() {
    for spoil in [
        "FaceLivenessDetector.js",
        "facelivenessdetector-assets/js/AzureAIVisionFace.wasm",
        "facelivenessdetector-assets/i18n/en.json",
    ] {
        let (folder, pins) = pinned();
        let file = on_disk(folder.path(), &pins, spoil);
        let mut bytes = std::fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let found = tower_visor::sri::Digest::of(pins.algorithm(), &bytes);
        std::fs::write(file, bytes).unwrap();
        let options = options(folder.path());
        let words = Example::refuses(&options.each_ref().map(String::as_str)).await;
        let pinned = pins.file(spoil).unwrap().digest();
        assert_eq!(
            words,
            format!(
                "error: {spoil}: changed: it is {found} instead of {pinned}; restore it from the \
                 package, and find out who changed it\n"
            )
        );
    }
}

#[tokio::test]
async fn files_that_change_after_the_start_are_served_as_they_were_pinned() {
    let (folder, pins) = pinned();
    let options = options(folder.path());
    let example = Example::start(&options.each_ref().map(String::as_str)).await;
    for file in pins.files() {
        let path = on_disk(folder.path(), &pins, file.path());
        std::fs::write(path, "alert('not what was pinned')").unwrap();
    }
    for file in pins.files() {
        let (status, body) = fetch(&example.origin, file.url()).await;
        assert_eq!(status, "200", "{}", file.url());
        assert!(file.digest().matches(&body), "{}", file.url());
    }
    std::fs::remove_dir_all(folder.path().join("sdk")).unwrap();
    let (status, body) = fetch(&example.origin, "/FaceLivenessDetector.js").await;
    assert_eq!(status, "200");
    let component = pins.file("FaceLivenessDetector.js").unwrap();
    assert!(component.digest().matches(&body));
    let (status, body) = fetch(&example.origin, "/facelivenessdetector-assets/js/x.js").await;
    assert_eq!((status.as_str(), body.len()), ("404", 0));
}

#[tokio::test]
async fn a_lock_file_that_does_not_fit_is_named() {
    let (folder, _) = pinned();
    let lock = folder.path().join("visor-lock.json");
    let sdk = folder.path().join("sdk");
    let pins = Scan::new(&sdk).served_at("/sdk/").run().unwrap();
    pins.replace(&lock).unwrap();
    let options = options(folder.path());
    let options = options.each_ref().map(String::as_str);
    assert_eq!(
        Example::refuses(&options).await,
        format!(
            "error: {}: its files are pinned for `/sdk/`, this page serves them under `/`; pin \
             them for that\n",
            lock.display()
        )
    );
    std::fs::remove_file(&lock).unwrap();
    let words = Example::refuses(&options).await;
    let start = format!("error: {}: ", lock.display());
    assert!(words.starts_with(&start), "{words}");
}

#[tokio::test]
async fn a_reload_swaps_everything_or_nothing() {
    let (folder, pins) = pinned();
    let options = options(folder.path());
    let mut example = Example::start(&options.each_ref().map(String::as_str)).await;
    let words = "facelivenessdetector-assets/i18n/de-DE/en.json";
    let old = pins.file(words).unwrap().clone();
    let (_, old_page) = fetch(&example.origin, "/").await;
    assert!(holds(&old_page, &old));

    // A file that the lock file doesn't know: it says so, and serves what it served.
    let file = on_disk(folder.path(), &pins, words);
    let mut changed = std::fs::read(&file).unwrap();
    changed.push(b'\n');
    std::fs::write(&file, &changed).unwrap();
    assert_eq!(
        example.hang_up().await,
        format!(
            "not reloaded, still serving what was: {words}: changed: it has {} bytes instead of {}; \
             restore it from the package, and find out who changed it",
            changed.len(),
            old.bytes()
        )
    );
    assert_eq!(fetch(&example.origin, "/").await.1, old_page);
    assert!(
        old.digest()
            .matches(&fetch(&example.origin, old.url()).await.1)
    );

    // With a lock file that knows it: the page and the file are new.
    let sdk = folder.path().join("sdk");
    let pins = Pins::scan(&sdk).unwrap();
    pins.replace(folder.path().join("visor-lock.json")).unwrap();
    assert_eq!(example.hang_up().await, "reloaded: SDK 1.5.0");
    let new = pins.file(words).unwrap();
    let (_, new_page) = fetch(&example.origin, "/").await;
    assert!(holds(&new_page, new) && !holds(&new_page, &old));
    assert_eq!(fetch(&example.origin, new.url()).await.1, changed);

    // A version that can't run under this policy.
    std::fs::remove_dir_all(&sdk).unwrap();
    copy(Path::new(&stand_in("1.4.8")), &sdk);
    Pins::scan(&sdk)
        .unwrap()
        .replace(folder.path().join("visor-lock.json"))
        .unwrap();
    assert_eq!(
        example.hang_up().await,
        "not reloaded, still serving what was: SDK 1.4.8 needs 'unsafe-eval': upgrade to 1.5.0, \
         or allow it on this page only with `dangerous().allow_unsafe_eval(reason)`"
    );
    assert_eq!(fetch(&example.origin, "/").await.1, new_page);
    assert_eq!(fetch(&example.origin, new.url()).await.1, changed);
}

/// Whether a compiled page has the digest of a file.
fn holds(page: &[u8], file: &PinnedFile) -> bool {
    let page = std::str::from_utf8(page).unwrap();
    page.contains(&file.digest().to_base64())
}
