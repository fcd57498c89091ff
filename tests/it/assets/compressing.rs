//! Compressed copies that are made at the start.

use http::{Request, Version};
use tower_visor::assets::PinnedAssets;
use tower_visor::pins::Pins;

use super::fixture;
use crate::server::Server;

#[tokio::test]
async fn every_file_that_gets_smaller_is_sent_so() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let verified = pins.verify(fixture("1.5.0")).unwrap();
    let assets = PinnedAssets::builder()
        .compressing()
        .build(&verified)
        .unwrap();
    let server = Server::start(assets).await;
    let mut smaller = 0;
    for file in pins.files() {
        for coding in ["br", "gzip"] {
            let request = Request::builder()
                .uri(file.url())
                .header("accept-encoding", coding)
                .body("")
                .unwrap();
            let answer = server.send(Version::HTTP_11, request).await;
            if answer.headers.contains_key("content-encoding") {
                assert_eq!(answer.one("content-encoding"), coding);
                assert!((answer.body.len() as u64) < file.bytes());
                smaller += 1;
            } else {
                assert!(file.digest().matches(&answer.body));
            }
        }
        // Uncompressed, it is the same file as ever.
        assert!(file.digest().matches(&server.get(file.url()).await.body));
    }
    assert!(smaller > 10, "only {smaller}");
}
