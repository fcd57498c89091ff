//! Manifests of WAICT: written in one form, read from any bytes.

use tower_visor::header::WaictRevision::{self, First, Later, Second};
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::url::Origin;
use tower_visor::waict::{ReadWaict, WaictManifest, WaictSpelling};

/// Of no bytes: in base64url, and as the prototype writes it.
const URL: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
const STANDARD: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn origin() -> Origin {
    "https://liveness.contoso.example".parse().unwrap()
}

fn read(body: &str) -> ReadWaict {
    let body = body.replace("URL", URL).replace("STANDARD", STANDARD);
    WaictManifest::read(body.as_bytes(), &origin())
        .unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn manifest() -> WaictManifest {
    WaictManifest::new(origin())
        .file("/b.js", b"b")
        .file("/", b"page")
        .file("https://cdn.example/a b.css", b"")
        // What browsers never ask for.
        .file("https://1.2.3.999/", b"")
        .wasm(b"wasm 1")
        .wasm(b"wasm 2")
        .wasm(b"wasm 1")
        .fallback(b"page")
}

#[test]
fn it_is_written_in_one_form() {
    let body = manifest().to_body(WaictSpelling::Draft);
    // By `openssl dgst -sha256 -binary | base64`.
    assert_eq!(
        body,
        "{\"fallback_hashes\":[\"NmAxWprz3yVdjxmrB35Hl4IrQUiKDioEvGr3EhPCMnQ\"],\
         \"hashes\":{\
         \"https://cdn.example/a%20b.css\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\",\
         \"https://liveness.contoso.example/\":\"NmAxWprz3yVdjxmrB35Hl4IrQUiKDioEvGr3EhPCMnQ\",\
         \"https://liveness.contoso.example/b.js\":\"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0\"},\
         \"wasm_hashes\":[\"6n9mfPuAfRhpwTJWhQHCnF6JFssIUfO88EFaRs_PB40\",\
         \"Hka5haRQyGfbsU6c-pYW37TlfzAtW_suhR5QbQ4qMZw\"]}\n\n"
    );
    // The order in which it was made says nothing.
    let again = WaictManifest::new(origin())
        .fallback(b"page")
        .wasm(b"wasm 2")
        .file("https://cdn.example/a%20b.css", b"")
        .file("/", b"old page")
        .wasm(b"wasm 1")
        .file("https://liveness.contoso.example/", b"page")
        .file("b.js#top", b"b");
    assert_eq!(again, manifest());
    assert_eq!(again.to_body(WaictSpelling::Draft), body);
}

#[test]
fn digests_are_sorted_by_their_text() {
    // Among a hundred, some begin with `-`, `_`, `+` and `/`, which bytes sort elsewhere.
    let all = (0..100_u8).fold(WaictManifest::new(origin()), |all, n| all.wasm(&[n]));
    for spelling in WaictSpelling::ALL {
        let body = all.to_body(spelling);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        let list = json["wasm_hashes"].as_array().unwrap();
        assert_eq!(list.len(), 100);
        assert!(list.is_sorted_by(|a, b| a.as_str() < b.as_str()), "{body}");
    }
    let read = WaictManifest::read(all.to_body(WaictSpelling::Draft).as_bytes(), &origin());
    assert_eq!(read.unwrap().refused_by(Second), None);
}

#[test]
fn the_name_is_of_its_own_bytes() {
    let body = manifest().to_body(WaictSpelling::Draft);
    let digest = Digest::of(Algorithm::Sha256, body.as_bytes()).to_base64();
    let start = digest[..22].replace('+', "-").replace('/', "_");
    assert_eq!(
        WaictManifest::path_of(&body),
        format!("waict-{start}.waict")
    );
}

#[test]
fn a_proof_is_put_in_place() {
    let body = manifest()
        .proof(b"\xff\xfe\xfd")
        .to_body(WaictSpelling::Draft);
    assert!(body.ends_with("]}\n//79\n"), "{body}");
    let with = read(&body);
    assert!(with.manifest().has_proof());
    assert_eq!(with.refused_by(Second), None);
    assert_eq!(with.refused_by(First), Some("a proof follows the JSON"));
    // The prototype would take it for a fault of the JSON.
    let body = manifest().proof(b"\xff").to_body(WaictSpelling::Prototype);
    assert!(body.ends_with("]}\n\n"), "{body}");
    assert_eq!(read(&body).refused_by(First), None);
}

#[test]
fn each_spelling_is_for_one_reader() {
    let draft = read(&manifest().to_body(WaictSpelling::Draft));
    assert_eq!(draft.refused_by(Second), None);
    assert_eq!(
        draft.refused_by(First),
        Some("hashes: https://cdn.example/a%20b.css: not spelt in padded standard base64")
    );
    let prototype = read(&manifest().to_body(WaictSpelling::Prototype));
    assert_eq!(prototype.refused_by(First), None);
    assert_eq!(
        prototype.refused_by(Second),
        Some("hashes: https://cdn.example/a%20b.css: not spelt in base64url without padding")
    );
    assert_eq!(draft.manifest(), prototype.manifest());
    assert_eq!(draft.manifest(), &manifest());
}

#[test]
fn what_it_allows() {
    let all = manifest();
    assert!(all.allows("https://liveness.contoso.example/", b"page"));
    assert!(!all.allows("https://liveness.contoso.example/", b"other"));
    assert!(!all.allows("https://liveness.contoso.example/b.js", b"page"));
    // At any URL, and as a document alone.
    assert!(all.allows_fallback(b"page") && !all.allows_fallback(b"b"));
    assert!(all.allows_wasm(b"wasm 1") && !all.allows_wasm(b"b"));
    for bytes in [&b"page"[..], b"b", b"", b"wasm 2"] {
        assert!(all.holds(&Digest::of(Algorithm::Sha256, bytes)));
        assert!(!all.holds(&Digest::of(Algorithm::Sha384, bytes)));
    }
    assert!(!all.holds(&Digest::of(Algorithm::Sha256, b"other")));
    assert_eq!(
        format!("{all:?}"),
        "WaictManifest { origin: https://liveness.contoso.example, files: 3, wasm: 2, fallback: 1, proof: 0 }"
    );
}

#[test]
fn what_no_revision_takes_is_an_error() {
    let long = "A".repeat(10_000);
    let long = format!("{{\"hashes\": {{\"/a\": \"{long}\"}}}}");
    for (body, message) in [
        ("", "line 1 column 0: EOF while parsing a value"),
        ("\"text\"", "the manifest: must be an object"),
        ("[]\n\n", "the manifest: must be an object"),
        (
            "{\"a\": 1 \"b\": 2}",
            "line 1 column 9: expected `,` or `}`",
        ),
        ("{}{}\n\n", "line 1 column 3: trailing characters"),
        ("{\"hashes\": []}", "hashes: must be an object"),
        ("{\"hashes\": {\"/a\": 1}}", "hashes: /a: must be a text"),
        (
            "{\"hashes\": {\"/a\": \"\"}}",
            "hashes: /a: `` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes",
        ),
        (
            "{\"hashes\": {\"/a\": \"hashhash\"}}",
            "hashes: /a: `hashhash` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes",
        ),
        (
            "{\"hashes\": {\"/a\": \" STANDARD\"}}",
            "hashes: /a: ` 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes",
        ),
        (
            "{\"hashes\": {\"/a\": \"47DEQpj8HBSa@/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"}}",
            "hashes: /a: `47DEQpj8HBSa@/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes",
        ),
        (
            "{\"hashes\": {\"https://a b/\": \"URL\"}}",
            "hashes: `https://a b/` is not a URL: ",
        ),
        (
            "{\"hashes\": {}, \"wasm_hashes\": {}}",
            "wasm_hashes: must be a list",
        ),
        (
            "{\"hashes\": {}, \"any_hashes\": [\"URL\", \"x\"]}",
            "any_hashes[1]: `x` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes",
        ),
        (&long, "hashes: /a: `AAAA"),
    ] {
        let body = body.replace("URL", URL).replace("STANDARD", STANDARD);
        let error = WaictManifest::read(body.as_bytes(), &origin()).unwrap_err();
        let text = error.to_string();
        let open = message.ends_with(": ") || message.ends_with("AAAA");
        assert!(
            if open {
                text.starts_with(message)
            } else {
                text == message
            },
            "{body}: {text}"
        );
        assert!(text.len() < 300, "{text}");
    }
    let huge = vec![b' '; 16 * 1024 * 1024 + 1];
    let error = WaictManifest::read(&huge, &origin()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "16777217 bytes are too many: at most 16777216 are read"
    );
    let error = WaictManifest::read(b"{\"a\": \"\xff\"}", &origin()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 7: not UTF-8: write the manifest as UTF-8"
    );
    let deep = "[".repeat(100_000);
    let error = WaictManifest::read(deep.as_bytes(), &origin()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1 column 128: recursion limit exceeded"
    );
}

/// What Firefox's tests of its reader hold (mozilla-central, `WAICTManifestValidation`), in own words,
/// and the draft's own rules.
#[test]
fn each_revision_reads_by_its_own_rules() {
    let one_line = "it does not end in two lines: the JSON, and the proof, which may be empty";
    for (body, first, second) in [
        ("{\"hashes\": {\"/a\": \"STANDARD\"}}", None, Some(one_line)),
        (
            "{\"hashes\": {\"/a\": \"STANDARD\"}, \"bt-server\": 1, \"resource_delimiter\": \"//\"}\n",
            None,
            Some(one_line),
        ),
        (
            "{\"any_hashes\": [\"STANDARD\", \"STANDARD\"]}",
            None,
            Some(one_line),
        ),
        (
            "{\"hashes\": {\"/a\": \"STANDARD\"}, \"any_hashes\": []}",
            None,
            Some(one_line),
        ),
        (
            "{}\n\n",
            Some("neither `hashes` nor `any_hashes` holds anything"),
            Some("`hashes` is missing"),
        ),
        (
            "{\"hashes\": {}}\n\n",
            Some("neither `hashes` nor `any_hashes` holds anything"),
            None,
        ),
        (
            "{\"any_hashes\": []}\n\n",
            Some("neither `hashes` nor `any_hashes` holds anything"),
            Some("`hashes` is missing"),
        ),
        (
            "{\n\"hashes\":\n{\"/a\": \"URL\"}}\n\n",
            Some("hashes: /a: not spelt in padded standard base64"),
            None,
        ),
        (
            "{\"hashes\": {\"https://liveness.contoso.example/a?b\": \"URL\"}}\nproof\n",
            Some("a proof follows the JSON"),
            None,
        ),
        (
            "{\"hashes\": {\"a\": \"URL\"}}\n\n",
            Some("hashes: a: not spelt in padded standard base64"),
            Some("`a` is not written as `https://liveness.contoso.example/a`"),
        ),
        (
            "{\"hashes\": {\"/b/../a\": \"STANDARD\"}}\n\n",
            None,
            Some("hashes: /b/../a: not spelt in base64url without padding"),
        ),
        (
            "{\"hashes\": {\"/b/../a\": \"URL\"}}\n\n",
            Some("hashes: /b/../a: not spelt in padded standard base64"),
            Some("`/b/../a` is not written as `https://liveness.contoso.example/a`"),
        ),
        (
            "{\"hashes\": {}, \"wasm_hashes\": [\"URL\", \"URL\"]}\n\n",
            Some("neither `hashes` nor `any_hashes` holds anything"),
            Some("`wasm_hashes` is not sorted, or holds one twice"),
        ),
    ] {
        let found = read(body);
        assert_eq!(found.refused_by(First), first, "{body}");
        assert_eq!(found.refused_by(Second), second, "{body}");
    }
    // The later text renamed the member.
    let later = read("{\"url_hashes\": {\"/a\": \"URL\"}}\n\n");
    assert_eq!(later.refused_by(Later), None);
    assert!(
        later
            .manifest()
            .allows("https://liveness.contoso.example/a", b"")
    );
}

#[test]
fn of_two_equal_keys_the_last_one_counts() {
    let body = "{\"hashes\": {\"/a\": \"STANDARD\", \"/a\": \"LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564\"}}\n\n";
    let found = read(body);
    assert!(
        found
            .manifest()
            .allows("https://liveness.contoso.example/a", b"foo")
    );
    assert_eq!(found.refused_by(Second), None);
}

#[test]
fn what_is_too_wide_is_counted() {
    let found = read(
        "{\"hashes\": {}, \"wildcard_hashes\": [\"URL\"], \"any_hashes\": [\"STANDARD\"]}\n\n",
    );
    assert_eq!(found.at_any_url(), 2);
    assert!(!found.is_tombstone());
    // No digest in it has to be one.
    let found = read("{\"hashes\": {\"/a\": \"nonsense\"}, \"emergency_opt_out\": true}\n\n");
    assert!(found.is_tombstone());
    for revision in WaictRevision::ALL {
        assert_eq!(found.refused_by(revision), None, "{revision}");
    }
    assert!(!read("{\"hashes\": {}, \"emergency_opt_out\": \"true\"}\n\n").is_tombstone());
}
