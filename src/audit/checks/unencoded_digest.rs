//! `Unencoded-Digest`: is the body the one that its server spoke of?

use http::StatusCode;
use http::header::CONTENT_ENCODING;

use crate::audit::code::codes;
use crate::audit::control::{microsoft, pci};
use crate::audit::finding::shown;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::UnencodedDigest;

codes! {
    UNENCODED_DIGEST_MISMATCH = "unencoded-digest-mismatch", High,
        "the body is not the one that its server sent",
        "find out what changes it on the way: a proxy, an optimiser, a cache",
        [microsoft("sri"), pci("11.6.1")];
    UNENCODED_DIGEST_DROPPED = "unencoded-digest-dropped", Low,
        "browsers drop Unencoded-Digest, or a part of it",
        "write `sha-256=:` and the digest in base64, and a colon",
        [microsoft("sri")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let name = UnencodedDigest::NAME;
    let Some(value) = sent(response, &name) else {
        return;
    };
    let subject = || Subject::header(&name);
    let digest = UnencodedDigest::effective(response.values(&name));
    if let Some(error) = digest.syntax_error() {
        let found = format!("`{value}`: {error}");
        sink.find(Code::UNENCODED_DIGEST_DROPPED, subject(), found);
    }
    for ignored in digest.ignored() {
        let found = format!("`{}` is skipped", shown(ignored));
        sink.find(Code::UNENCODED_DIGEST_DROPPED, subject(), found);
    }
    // Of a part, and of bytes that are compressed, it says nothing that could be compared here.
    let is_part = matches!(
        response.status(),
        StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    );
    let is_plain = response
        .values(CONTENT_ENCODING)
        .all(|coding| coding.eq_ignore_ascii_case(b"identity"));
    if let Some(body) = response.body()
        && !is_part
        && is_plain
        && digest.matches(body) == Some(false)
    {
        let found = format!("`{value}`, and the body is `{}`", UnencodedDigest::of(body));
        sink.find(Code::UNENCODED_DIGEST_MISMATCH, subject(), found);
    }
}
