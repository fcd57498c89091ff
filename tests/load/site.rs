//! A site in two versions, of which each file, its validator and its policy are known.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use http::Request;
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;
use tower_visor::pins::Pins;
use tower_visor::sdk::Endpoint;
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::{Document, Site};

/// Larger than what the kernel buffers for a connection, so that clients can go in the middle.
const WASM: usize = 4 * 1024 * 1024;

/// The one large file.
pub(crate) const LARGE: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace.wasm";

/// What is asked for most.
pub(crate) const SMALL: [&str; 5] = [
    "/",
    "/app.js",
    "/FaceLivenessDetector.js",
    "/facelivenessdetector-assets/js/AzureAIVisionFace.js",
    "/facelivenessdetector-assets/i18n/en.json",
];

/// A response of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) digest: Digest,
    pub(crate) tag: String,
    pub(crate) csp: String,
}

/// A folder that can be rewritten, and the site that reads it.
pub(crate) struct Versions {
    folder: TempDir,
    pub(crate) site: Site,
    /// Path -> its response in both versions.
    pub(crate) known: BTreeMap<&'static str, [Known; 2]>,
}

impl Versions {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sdk/1.5.0/node_modules");
        let sdk = folder.path().join("sdk");
        for package in [
            "@azure/ai-vision-face-ui",
            "@azure-ai-vision-face/ui-assets",
        ] {
            copy(&from.join(package), &sdk.join("node_modules").join(package));
        }
        fs::create_dir(folder.path().join("app")).unwrap();
        write(folder.path(), 1);
        let site = Site::builder(&sdk, folder.path().join("visor-lock.json"))
            .app(folder.path().join("app"))
            .load(
                Document::new("https://liveness.contoso.example").unwrap(),
                Endpoint::resource("contoso").unwrap(),
            )
            .unwrap();
        let mut versions = Self {
            folder,
            site,
            known: BTreeMap::new(),
        };
        let second = versions.responses().await;
        versions.move_to(0);
        let first = versions.responses().await;
        for (path, known) in first {
            versions.known.insert(path, [known, second[path].clone()]);
        }
        for [one, other] in versions.known.values() {
            // Else nobody could tell which version it is of.
            assert!(one.digest != other.digest || one == other);
        }
        versions
    }

    /// Writes the files of a version, pins them, and has the site read them.
    pub(crate) fn move_to(&self, version: usize) {
        write(self.folder.path(), version);
        self.site.reload().unwrap();
    }

    async fn responses(&self) -> BTreeMap<&'static str, Known> {
        let mut all = BTreeMap::new();
        for path in SMALL.into_iter().chain([LARGE]) {
            let request = Request::get(path).header("host", "liveness.contoso.example");
            let request = request.body(()).unwrap();
            let response = self.site.service().oneshot(request).await.unwrap();
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            let (tag, csp) = (header("etag"), header("content-security-policy"));
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let digest = Digest::of(Algorithm::Sha384, &body);
            // Each validator is a digest of the body: a file's the pinned one, a page's its own.
            let page = Digest::of(Algorithm::Sha256, &body).to_base64();
            let expected = if path == "/" {
                page
            } else {
                digest.to_string()
            };
            assert_eq!(tag, format!("\"{expected}\""), "{path}");
            all.insert(path, Known { digest, tag, csp });
        }
        all
    }
}

fn write(root: &Path, version: usize) {
    let sdk = root.join("sdk");
    let assets = sdk.join("node_modules/@azure-ai-vision-face/ui-assets");
    let engine = assets.join("facelivenessdetector-assets/js/AzureAIVisionFace.js");
    let text = fs::read_to_string(&engine).unwrap();
    let text = text.split("\n// version").next().unwrap();
    fs::write(&engine, format!("{text}\n// version {version}")).unwrap();

    let wasm = engine.with_extension("wasm");
    let mut bytes = fs::read(&wasm).unwrap();
    bytes.resize(WASM, 0);
    bytes[WASM - 1] = u8::try_from(version).unwrap();
    fs::write(&wasm, bytes).unwrap();

    let app = |name: &str, text: &str| {
        fs::write(root.join("app").join(name), format!("{text} {version} */")).unwrap();
    };
    app("app.js", "import('./FaceLivenessDetector.js') /* version");
    app(
        "index.html",
        "<!doctype html><title>Check</title><script type=module src=app.js></script>
        <style>/* version </style><script>/* version",
    );
    let html = fs::read_to_string(root.join("app/index.html")).unwrap();
    fs::write(root.join("app/index.html"), html + "</script>").unwrap();
    let pins = Pins::scan(sdk).unwrap();
    pins.replace(root.join("visor-lock.json")).unwrap();
}

fn copy(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
