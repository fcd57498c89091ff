//! Whatever is asked: no panic, and never a byte that is not pinned.

use std::sync::OnceLock;

use http::header::{ACCEPT_ENCODING, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{Request, Uri};
use proptest::prelude::*;
use tower_visor::assets::PinnedAssets;

use super::{COMPONENT, assets, original};
use crate::support::pins;

fn shared() -> &'static (PinnedAssets, Vec<u8>, String) {
    static SHARED: OnceLock<(PinnedAssets, Vec<u8>, String)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let digest = pins("/sdk/").file(COMPONENT).unwrap().digest();
        (
            assets("/sdk/"),
            original(COMPONENT),
            format!("\"{digest}\""),
        )
    })
}

/// A header's value that looks like what it should be, or like nothing.
fn value(alphabet: &'static str) -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        alphabet.prop_map(|text| HeaderValue::from_bytes(text.as_bytes()).unwrap()),
        proptest::collection::vec(any::<u8>(), 0..40)
            .prop_filter_map("no value", |bytes| { HeaderValue::from_bytes(&bytes).ok() }),
    ]
}

proptest! {
    #[test]
    fn any_path_gets_a_file_by_its_name_or_nothing(
        path in prop_oneof![
            "/sdk/[A-Za-z.%/0-9]{0,30}",
            "(/sdk)?/?(%2e|%2E|\\.|/|%2f|%00|sdk|FaceLivenessDetector\\.js|facelivenessdetector-assets|js){1,9}",
            "/\\PC{0,30}",
        ],
    ) {
        let (assets, ..) = shared();
        // What is no URI doesn't reach a service.
        if let Ok(uri) = path.parse::<Uri>() {
            let pinned = pins("/sdk/");
            let file = pinned.files().iter().find(|file| file.url() == uri.path());
            let response = assets.respond(&Request::get(uri).body(()).unwrap());
            let status = response.status();
            let body = response.into_body().into_bytes();
            match file {
                Some(file) => prop_assert!(status == 200 && file.digest().matches(&body)),
                None => prop_assert!(status == 404 && body.is_empty()),
            }
        }
    }

    #[test]
    fn any_headers_get_pinned_bytes(
        headers in proptest::collection::vec(
            prop_oneof![
                value("(bytes=)?([0-9]{0,20}-[0-9]{0,20},? ?){1,3}").prop_map(|v| (RANGE, v)),
                value("((br|gzip|zstd|identity|\\*)(;q=[01](\\.[0-9]{0,4})?)?,? ?){0,5}")
                    .prop_map(|v| (ACCEPT_ENCODING, v)),
                value("(W/)?\"[a-z]{0,3}\"(, \\*)?").prop_map(|v| (IF_NONE_MATCH, v)),
                value("(W/)?\"[a-z]{0,3}\"").prop_map(|v| (IF_RANGE, v)),
            ],
            0..4,
        ),
    ) {
        let (assets, whole, tag) = shared();
        let mut request = Request::get("/sdk/FaceLivenessDetector.js").body(()).unwrap();
        for (name, value) in headers {
            let name: HeaderName = name;
            request.headers_mut().append(name, value);
        }
        let response = assets.respond(&request);
        let (parts, body) = response.into_parts();
        let body = body.into_bytes();
        match parts.status.as_u16() {
            200 => prop_assert_eq!(&body[..], &whole[..]),
            206 => {
                let place = parts.headers["content-range"].to_str().unwrap();
                let (range, length) = place
                    .strip_prefix("bytes ")
                    .and_then(|place| place.split_once('/'))
                    .unwrap();
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (usize, usize) =
                    (first.parse().unwrap(), last.parse().unwrap());
                prop_assert_eq!(length, whole.len().to_string());
                prop_assert_eq!(&body[..], &whole[first..=last]);
            }
            304 | 416 => prop_assert!(body.is_empty()),
            other => prop_assert!(false, "status {}", other),
        }
        if parts.status != 416 {
            prop_assert_eq!(parts.headers["etag"].to_str().unwrap(), tag);
        }
    }
}
