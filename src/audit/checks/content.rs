//! What the bytes are: `Content-Type` and `X-Content-Type-Options`.

use http::header::CONTENT_TYPE;

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::header::XContentTypeOptions;

codes! {
    NOSNIFF_MISSING = "nosniff-missing", Medium,
        "browsers may treat the response as a type other than its own",
        "send `X-Content-Type-Options: nosniff`",
        [microsoft("headers"), asvs("3.4.4"), owasp("X-Content-Type-Options")];
    CONTENT_TYPE_MISSING = "content-type-missing", Medium,
        "browsers have to guess what the bytes are",
        "send Content-Type with every response that has a body",
        [asvs("4.1.1")];
    CHARSET_MISSING = "charset-missing", Low,
        "browsers have to guess the encoding of a text",
        "add `; charset=utf-8` to Content-Type",
        [asvs("4.1.1")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let status = response.status();
    // A 304 speaks about the stored response, and the others have no body.
    if status.is_informational() || matches!(status.as_u16(), 204 | 205 | 304) {
        return;
    }
    let name = XContentTypeOptions::NAME;
    if XContentTypeOptions::effective(response.values(&name)).is_none() {
        let found = sent(response, &name).map_or("not sent".to_owned(), |value| {
            format!("browsers drop `{value}`")
        });
        sink.find(Code::NOSNIFF_MISSING, Subject::header(&name), found);
    }
    let subject = || Subject::header(CONTENT_TYPE);
    let is_empty = response.body().is_some_and(bytes::Bytes::is_empty);
    // No browser looks at the body of a redirect.
    if is_empty || status.is_redirection() {
        return;
    }
    let Some(value) = sent(response, CONTENT_TYPE) else {
        sink.find(Code::CONTENT_TYPE_MISSING, subject(), "not sent");
        return;
    };
    let Some(mime) = response.mime() else {
        let found = format!("`{value}` is not a media type");
        sink.find(Code::CONTENT_TYPE_MISSING, subject(), found);
        return;
    };
    let media_type = &*mime.essence;
    let is_text = media_type.starts_with("text/")
        || media_type.ends_with("+xml")
        || media_type.ends_with("/xml");
    // The labels of UTF-8 that are in use.
    let has_charset = matches!(mime.charset.as_deref(), Some("utf-8" | "utf8"));
    // A picture in SVG says its encoding itself, as all XML does.
    if is_text && !has_charset && media_type != "image/svg+xml" {
        sink.find(Code::CHARSET_MISSING, subject(), format!("`{value}`"));
    }
}
