//! A manifest of any bytes: read or refused with a reason, and what was read is written so that it
//! reads as the same.

use tower_visor::header::WaictRevision::{First, Second};
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::url::Origin;
use tower_visor::waict::{WaictManifest, WaictSpelling};

use super::is_message;

fn origin() -> Origin {
    "https://a.example".parse().unwrap()
}

/// The body of a response.
pub fn run(data: &[u8]) {
    let read = match WaictManifest::read(data, &origin()) {
        Ok(read) => read,
        Err(error) => return is_message(&error),
    };
    for revision in [First, Second] {
        if let Some(reason) = read.refused_by(revision) {
            is_message(&reason);
        }
    }
    let manifest = read.manifest();
    for (url, digest) in manifest.files() {
        assert!(manifest.names(url), "{url}");
        assert!(manifest.holds(&digest), "{url}");
    }
    assert!(!manifest.holds(&Digest::of(Algorithm::Sha384, data)));
    let body = manifest.to_body(WaictSpelling::Draft);
    let again = WaictManifest::read(body.as_bytes(), &origin()).unwrap();
    assert_eq!(again.manifest(), manifest);
    assert_eq!(again.refused_by(Second), None, "{body}");
    assert_eq!(again.manifest().to_body(WaictSpelling::Draft), body);
    let name = WaictManifest::path_of(&body);
    assert!(
        name.is_ascii() && name.len() == "waict-.waict".len() + 22,
        "{name}"
    );
    let body = manifest.to_body(WaictSpelling::Prototype);
    let again = WaictManifest::read(body.as_bytes(), &origin()).unwrap();
    assert!(again.manifest().files().eq(manifest.files()), "{body}");
    if manifest.files().next().is_some() {
        assert_eq!(again.refused_by(First), None, "{body}");
    }
}

/// Manifests.
pub fn seeds() -> Vec<Vec<u8>> {
    let own = WaictManifest::new(origin())
        .file("/", b"page")
        .file("/app.js", b"script")
        .wasm(b"wasm")
        .fallback(b"page")
        .fallback(b"");
    let texts = [
        own.to_body(WaictSpelling::Draft),
        own.to_body(WaictSpelling::Prototype),
        own.proof(b"proof").to_body(WaictSpelling::Draft),
        r#"{"hashes":{"/a":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},"any_hashes":[]}"#.to_owned(),
        r#"{"url_hashes":{"https://b.example/a?b":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"},"wildcard_hashes":["47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"],"resource_delimiter":"/**/"}"#.to_owned(),
        "{\"hashes\":{},\"emergency_opt_out\":true}\n\n".to_owned(),
        "{\"hashes\":{\"../a b#c\":7},\"wasm_hashes\":{}}\nAAAA\n".to_owned(),
    ];
    texts.map(String::into_bytes).into()
}
