//! Compressed copies from a folder, and which one is sent.

use std::io::{Read as _, Write as _};
use std::path::Path;

use http::{Request, Version};
use tempfile::TempDir;
use tower_visor::assets::{AssetsError, AssetsErrorKind, Coding, PinnedAssets};
use tower_visor::errors::Errors;
use tower_visor::header::UnencodedDigest;
use tower_visor::pins::Pins;

use super::{COMPONENT, Tree, fixture, messages, original};
use crate::server::{Answer, Server};

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    brotli_by(bytes, &brotli::enc::BrotliEncoderParams::default())
}

fn brotli_by(bytes: &[u8], parameters: &brotli::enc::BrotliEncoderParams) -> Vec<u8> {
    let mut made = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut made, parameters).unwrap();
    made
}

pub(crate) fn compress(coding: Coding, bytes: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Brotli => brotli(bytes),
        Coding::Gzip => gzip(bytes),
        _ => zstd(bytes),
    }
}

fn write(folder: &Path, path: &str, coding: Coding, bytes: &[u8]) {
    let file = folder.join(format!("{path}{}", coding.extension()));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn build(folder: &Path) -> Result<PinnedAssets, Errors<AssetsError>> {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let verified = pins.verify(fixture("1.5.0")).unwrap();
    PinnedAssets::builder()
        .precompressed(folder)
        .build(&verified)
}

async fn ask(server: &Server, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = Request::builder().uri(format!("/{COMPONENT}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server
        .send(Version::HTTP_11, request.body("").unwrap())
        .await
}

#[tokio::test]
async fn the_copy_that_the_client_likes_best_is_sent() {
    let folder = TempDir::new().unwrap();
    let whole = original(COMPONENT);
    for coding in Coding::ALL {
        write(folder.path(), COMPONENT, coding, &compress(coding, &whole));
    }
    let server = Server::start(build(folder.path()).unwrap()).await;
    let mut tags = std::collections::BTreeSet::new();
    for (accept, expected) in [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("zstd", "zstd"),
        ("x-gzip", "gzip"),
        ("BR", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip;q=0.001", "gzip"),
        ("br; q=0.5 , gzip ;q=0.4", "br"),
        ("gzip;q=0.4, identity;q=0.5", ""),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity;q=0, *", "br"),
        ("br;q=0, *;q=0, gzip", "gzip"),
        // Nothing that is there is taken: the uncompressed file is what everybody understands.
        ("deflate", ""),
        ("identity;q=0", ""),
        ("*;q=0", ""),
        ("*", ""),
        ("", ""),
        ("br;q=2", ""),
        ("br;q=0.0001", ""),
        ("br;level=5", ""),
        ("br;q=1;q=1", ""),
        ("br, br;q=0", ""),
        ("brotli", ""),
    ] {
        let answer = ask(&server, &[("accept-encoding", accept)]).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(
            answer.all("content-encoding").concat(),
            expected,
            "{accept}"
        );
        assert_eq!(answer.one("vary"), "accept-encoding");
        assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
        assert_eq!(answer.one("content-length"), answer.body.len().to_string());
        // Of the bytes before they were compressed, so the same for every coding.
        let unencoded = UnencodedDigest::of(&whole).to_string();
        assert_eq!(answer.one("unencoded-digest"), unencoded);
        let tag = answer.one("etag");
        let end = match expected {
            "" => "\"".to_owned(),
            coding => format!("-{coding}\""),
        };
        assert!(tag.starts_with("\"sha384-") && tag.ends_with(&end), "{tag}");
        tags.insert((expected, tag.to_owned()));
    }
    assert_eq!(tags.len(), 4, "one tag for each coding: {tags:?}");
    // Without the header as well.
    let answer = ask(&server, &[]).await;
    assert_eq!(answer.body, whole);
    assert_eq!(answer.one("vary"), "accept-encoding");
    // A file without copies varies by nothing.
    let answer = server
        .get("/facelivenessdetector-assets/i18n/en.json")
        .await;
    assert_eq!(answer.all("vary"), [""; 0]);
}

#[tokio::test]
async fn what_is_sent_is_the_pinned_file() {
    let folder = TempDir::new().unwrap();
    let whole = original(COMPONENT);
    for coding in [Coding::Brotli, Coding::Gzip] {
        write(folder.path(), COMPONENT, coding, &compress(coding, &whole));
    }
    let server = Server::start(build(folder.path()).unwrap()).await;
    let br = ask(&server, &[("accept-encoding", "br")]).await;
    let mut out = Vec::new();
    brotli::BrotliDecompress(&mut &br.body[..], &mut out).unwrap();
    assert_eq!(out, whole);
    let gzip = ask(&server, &[("accept-encoding", "gzip")]).await;
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..])
        .read_to_end(&mut out)
        .unwrap();
    assert_eq!(out, whole);

    // Validators and ranges are those of the form that is sent.
    let tag = gzip.one("etag").to_owned();
    let answer = ask(
        &server,
        &[("accept-encoding", "gzip"), ("if-none-match", &tag)],
    )
    .await;
    assert_eq!(answer.status, 304);
    assert_eq!(answer.one("vary"), "accept-encoding");
    let answer = ask(
        &server,
        &[("accept-encoding", "br"), ("if-none-match", &tag)],
    )
    .await;
    assert_eq!(answer.status, 200);
    let range = ("range", "bytes=3-8");
    let answer = ask(
        &server,
        &[("accept-encoding", "gzip"), range, ("if-range", &tag)],
    )
    .await;
    assert_eq!(answer.status, 206);
    assert_eq!(answer.body, gzip.body[3..9]);
    assert_eq!(answer.one("content-encoding"), "gzip");
    let answer = ask(&server, &[range, ("if-range", &tag)]).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &whole[..]));
}

#[tokio::test]
async fn other_bytes_of_the_same_file_have_another_tag() {
    let whole = original(COMPONENT);
    let mut answers = Vec::new();
    for quality in [1, 11] {
        let folder = TempDir::new().unwrap();
        let parameters = brotli::enc::BrotliEncoderParams {
            quality,
            ..Default::default()
        };
        let copy = brotli_by(&whole, &parameters);
        write(folder.path(), COMPONENT, Coding::Brotli, &copy);
        let server = Server::start(build(folder.path()).unwrap()).await;
        answers.push(ask(&server, &[("accept-encoding", "br")]).await);
    }
    // Else a download that goes on after a new build would be put together of both.
    assert_ne!(answers[0].body, answers[1].body);
    assert_ne!(answers[0].one("etag"), answers[1].one("etag"));
}

#[test]
fn a_copy_of_anything_else_stops_the_start() {
    let whole = original(COMPONENT);
    let mut other = whole.clone();
    *other.last_mut().unwrap() ^= 1;
    let mut longer = whole.clone();
    longer.push(b'\n');
    let bomb = vec![b' '; whole.len() * 100];
    for coding in Coding::ALL {
        let good = compress(coding, &whole);
        let with_more = [&good[..], b"x"].concat();
        let twice = [&good[..], &good[..]].concat();
        let twice = (twice.len() < whole.len()).then_some(twice);
        for wrong in [&other, &longer, &bomb, &whole[..whole.len() - 1].to_vec()] {
            refused(
                coding,
                &compress(coding, wrong),
                "decompressed, it is not the pinned file",
            );
        }
        refused(coding, &with_more, "1 bytes follow its end");
        if let Some(twice) = twice {
            refused(
                coding,
                &twice,
                &format!("{} bytes follow its end", good.len()),
            );
        }
        for (bytes, start) in [
            (&good[..good.len() / 2], "it "),
            (b"<!doctype html>".as_slice(), "it is not a "),
            (b"", "it "),
        ] {
            let reason = reason(coding, bytes);
            assert!(reason.starts_with(start), "{coding:?}: {reason}");
        }
    }
}

#[test]
fn a_copy_that_only_some_tools_can_read_stops_the_start() {
    let whole = original(COMPONENT);
    // Brotli's extension for windows of up to 1 GB.
    let large = brotli::enc::BrotliEncoderParams {
        large_window: true,
        lgwin: 28,
        ..Default::default()
    };
    refused(
        Coding::Brotli,
        &brotli_by(&whole, &large),
        "it is not a brotli stream",
    );
    // RFC 8878, section 3.1.1: the second byte after the magic number is the window, where the
    // file's size doesn't stand in for it. 16 MB, where browsers take 8.
    let mut frame = zstd(&whole);
    assert_eq!(frame[4] & 0b0010_0000, 0, "not of a single segment");
    frame[5] = 14 << 3;
    let reason = reason(Coding::Zstd, &frame);
    assert!(reason.contains("indow"), "{reason}");
    // Two members, which `gunzip` joins and some browsers don't.
    let mut twice = gzip(&whole[..100]);
    twice.extend(gzip(&whole[100..]));
    refused(
        Coding::Gzip,
        &twice,
        "decompressed, it is not the pinned file",
    );
    // A checksum that is wrong, of the right bytes.
    let mut copy = gzip(&whole);
    let end = copy.len() - 8;
    copy[end] ^= 1;
    let reason = self::reason(Coding::Gzip, &copy);
    assert!(reason.starts_with("it is not a gzip stream: "), "{reason}");
}

fn reason(coding: Coding, copy: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    write(folder.path(), COMPONENT, coding, copy);
    let errors = build(folder.path()).unwrap_err();
    let [error] = &errors[..] else {
        panic!("{coding:?}: {errors}");
    };
    assert_eq!(error.kind(), AssetsErrorKind::Compressed);
    let text = error.to_string();
    let rest = text.strip_prefix(&format!("{COMPONENT}{}: ", coding.extension()));
    let fix = format!("; compress `{COMPONENT}` again, from the package's own file");
    let reason = rest.and_then(|rest| rest.strip_suffix(&fix));
    reason.unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn refused(coding: Coding, copy: &[u8], expected: &str) {
    assert_eq!(reason(coding, copy), expected, "{coding:?}");
}

#[test]
fn all_wrong_copies_are_named_at_once() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), COMPONENT, Coding::Gzip, &gzip(b"alert(1)"));
    let wasm = super::wasm();
    write(folder.path(), &wasm, Coding::Brotli, &brotli(b"alert(1)"));
    assert_eq!(
        messages(&build(folder.path()).unwrap_err()),
        [
            "FaceLivenessDetector.js.gz: decompressed, it is not the pinned file; compress `FaceLivenessDetector.js` again, from the package's own file",
            "facelivenessdetector-assets/js/AzureAIVisionFace.wasm.br: decompressed, it is not the pinned file; compress `facelivenessdetector-assets/js/AzureAIVisionFace.wasm` again, from the package's own file",
        ]
    );
    assert_eq!(
        messages(&build(&folder.path().join("nowhere")).unwrap_err()),
        ["no folder `nowhere`, where compressed copies are looked for"]
    );
}

#[tokio::test]
async fn a_copy_that_is_not_smaller_and_one_of_no_file_are_left_out() {
    let folder = TempDir::new().unwrap();
    let whole = original(COMPONENT);
    // Stored, not compressed.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(&whole).unwrap();
    write(
        folder.path(),
        COMPONENT,
        Coding::Gzip,
        &encoder.finish().unwrap(),
    );
    write(folder.path(), "other.js", Coding::Gzip, b"nonsense");
    let server = Server::start(build(folder.path()).unwrap()).await;
    let answer = ask(&server, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.body, whole);
    assert_eq!(server.get("/other.js").await.status, 404);
    assert_eq!(server.get("/FaceLivenessDetector.js.gz").await.status, 404);
}

#[test]
fn a_copy_beside_its_file_does_not_verify() {
    let tree = Tree::vendored("1.5.0");
    let pins = Pins::scan(tree.path()).unwrap();
    let wasm = super::wasm();
    tree.write(&format!("{wasm}.gz"), gzip(&original(&wasm)));
    assert_eq!(
        messages(&pins.verify(tree.path()).unwrap_err()),
        [
            "facelivenessdetector-assets/js/AzureAIVisionFace.wasm.gz: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
        ]
    );
}
