//! The SDK as facts: versions, releases, support, endpoints, layout.

mod endpoints;
mod releases;
mod versions;

use proptest::prelude::*;
use tower_visor::sdk::layout::{self, Engine, Era, FileKind, Layout};
use tower_visor::sdk::{Date, Endpoint, EndpointErrorKind, EvalNeed, Releases, StyleHash, Version};
use tower_visor::sri::Digest;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn style_hashes_are_digests() {
    for text in [
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "sha256-47DEQpj8HBSa-/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "SHA256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "sha384-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "",
        "sha256-",
    ] {
        assert!(text.parse::<StyleHash>().is_err(), "{text}");
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
    assert_eq!(
        "sha1-AAAA".parse::<StyleHash>().unwrap_err().to_string(),
        "`sha1-AAAA` is not a style hash; write sha256, sha384 or sha512, `-`, and the digest in standard, padded base64"
    );
}

#[test]
fn files_are_what_their_paths_say() {
    let layout = Layout::SCOPED;
    let assets = "facelivenessdetector-assets";
    for (path, kind) in [
        (
            "FaceLivenessDetector.js".to_owned(),
            Some(FileKind::Component),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace.js"),
            Some(FileKind::Engine(Engine::Plain)),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace_SIMD.js"),
            Some(FileKind::Engine(Engine::Simd)),
        ),
        (
            format!("{assets}/js/AzureAIVisionFace_SIMD.wasm"),
            Some(FileKind::Wasm(Engine::Simd)),
        ),
        (format!("{assets}/js/AzureAIVisionFace.js.map"), None),
        (format!("{assets}/js/other.js"), None),
        (format!("{assets}/i18n/en.json"), Some(FileKind::Language)),
        (
            format!("{assets}/i18n/pt-BR/en.json"),
            Some(FileKind::Language),
        ),
        (format!("{assets}/i18n/evil.js"), None),
        (format!("{assets}/images/Smile.svg"), Some(FileKind::Image)),
        (format!("{assets}/images/Smile.html"), None),
        // Those of a preview.
        (format!("{assets}/css/styles.css"), None),
        (format!("{assets}/html/shadowRoot.html"), None),
        (format!("{assets}x/js/AzureAIVisionFace.js"), None),
        (assets.to_owned(), None),
        ("other.js".to_owned(), None),
    ] {
        assert_eq!(layout.kind(&path), kind, "{path}");
        if kind.is_some() {
            assert!(layout::content_type(&path).is_some(), "{path}");
        }
    }
    for required in layout.required() {
        let kind = layout.kind(&required).unwrap();
        assert!(kind.is_code() && !kind.may_be_overridden(), "{required}");
    }
    assert_eq!(layout.required().len(), 5);
    assert_eq!(Era::Scoped.layout(), Some(&layout));
    assert_eq!(Era::FaceAnalyzer.layout(), None);
    for (path, metadata) in [
        ("package.json", true),
        ("README.md", true),
        ("LICENSE", true),
        ("ThirdPartyNotices.txt", true),
        ("types/index.d.ts", true),
        ("readme.js", false),
        ("assets/package.json", false),
        ("FaceLivenessDetector.js", false),
    ] {
        assert_eq!(layout::is_package_metadata(path), metadata, "{path}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn tables_and_endpoints_come_from_configuration_through_the_same_constructors() {
    let table = Releases::builtin();
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Releases>(&json).unwrap(), table);

    let text = r#"
        as-of = "2026-12-24"
        [[releases]]
        version = "1.6.0"
        released = { earliest = "2026-12-01", latest = "2026-12-01" }
        eval = "wasm"
        styles = [{ kind = "empty", hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }, { kind = "shadow" }]
    "#;
    let read: Releases = toml::from_str(text).unwrap();
    assert_eq!(read.latest().version, version("1.6.0"));
    assert_eq!(
        read.latest().data_images,
        tower_visor::sdk::DataImages::Needed
    );

    for (text, message) in [
        (
            r#"{"as-of":"2026-12-24","releases":[]}"#,
            "the table of releases is empty; give at least one release that is not a preview",
        ),
        (
            r#"{"as-of":"2026-12-24","release":[]}"#,
            "unknown field `release`, expected `as-of` or `releases` at line 1 column 31",
        ),
        (
            r#"{"as-of":"2026-12","releases":[]}"#,
            "`2026-12` is not a date; write it as `2026-11-23`, from 1970 to 9999 at line 1 column 18",
        ),
    ] {
        assert_eq!(
            serde_json::from_str::<Releases>(text)
                .unwrap_err()
                .to_string(),
            message
        );
    }
    assert_eq!(
        serde_json::from_str::<Endpoint>("\"resource:contoso\"").unwrap(),
        Endpoint::resource("contoso").unwrap()
    );
    assert_eq!(
        serde_json::from_str::<Endpoint>("\"http://x\"")
            .unwrap_err()
            .to_string(),
        "byte 0: the endpoint must begin with `https://`: the session token travels to it at line 1 column 10"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Version>();
        let _ = text.parse::<Date>();
        let _ = text.parse::<Endpoint>();
        let _ = text.parse::<StyleHash>();
        let _ = Layout::SCOPED.kind(&text);
        let _ = layout::content_type(&text);
        let _ = layout::is_package_metadata(&text);
    }

    #[test]
    fn what_parses_as_a_version_is_written_the_same(text in "[0-9]{1,3}(\\.[0-9a-z-]{1,3}){1,4}") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn what_parses_as_a_style_hash_is_a_digest(text in "sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}") {
        prop_assert_eq!(text.parse::<StyleHash>().is_ok(), text.parse::<Digest>().is_ok());
    }

    #[test]
    fn an_endpoint_is_one_host(text in "(resource:|region:|https://|local-test:http://)[a-z0-9.*:@/\\[\\]-]{0,30}") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint.clone()));
            let host = endpoint.origin().split_once("://").unwrap().1;
            prop_assert!(!host.contains(['*', '/', '@', '?', '#', ' ', ';', ',']));
            prop_assert!(endpoint.origin().starts_with("https://") || endpoint.is_local_test());
        }
    }

    #[test]
    fn days_count_as_the_calendar_does(day in 0_u64..2_932_896) {
        let date = Date::from_unix_seconds(day * 86_400);
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        prop_assert_eq!(date.days_since(Date::from_unix_seconds(0)), i64::try_from(day).unwrap());
    }

    #[test]
    fn needs_never_grow_with_the_version(major in 0_u32..3, minor in 0_u32..8, patch in 0_u32..12) {
        let version = Version::new(major, minor, patch);
        let needs = Releases::builtin().needs(&version);
        if version >= Version::new(1, 4, 9) {
            prop_assert_eq!(needs.eval, EvalNeed::Wasm);
        }
    }
}

#[test]
fn errors_can_be_told_apart() {
    let error = "1.5".parse::<Version>().unwrap_err();
    assert_eq!(error.position(), Some(3));
    assert_eq!("".parse::<Version>().unwrap_err().position(), None);
    for (error, kind) in [
        (
            Endpoint::proxy("http://x.example"),
            EndpointErrorKind::Scheme,
        ),
        (
            Endpoint::proxy("https://*.example"),
            EndpointErrorKind::Wildcard,
        ),
        (Endpoint::resource("a.b"), EndpointErrorKind::Host),
        ("contoso".parse(), EndpointErrorKind::Form),
    ] {
        assert_eq!(error.unwrap_err().kind(), kind);
    }
}
