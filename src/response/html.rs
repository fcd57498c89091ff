//! Whether a response is HTML.
//!
//! Several ask it, and what is safe differs, so there is a function for each reading. What they
//! differ in is XHTML, and what several `Content-Type`s mean, of which browsers take different
//! ones:
//!
//! | who asks, and for what | function | XHTML | several types |
//! |---|---|---|---|
//! | the layer: are these the headers of a document? | [`is_html`] | yes, scripts run in it | all have to be; else it gets the stricter headers of other responses |
//! | the audit: is the body read as a page? | `extract_mime` | yes, for the same reason | the one that Fetch takes |
//! | `html_stream`: are marks looked for? | [`may_be_html`] | no, its grammar is that of XML | any; a mark that stays would be seen |
//! | site and assets: is this file a page to compile? | [`AppFiles::is_page`] | no, [`Page`](crate::docs::integrity) reads HTML | by the file's name there is one |
//!
//! [`AppFiles::is_page`]: crate::app::AppFiles::is_page

use http::HeaderValue;
#[cfg(feature = "html-stream")]
use http::header::{CONTENT_TYPE, HeaderMap};

/// Whether this one type is HTML, in either of its two forms. What else a browser can show and could
/// run scripts in (SVG, XML) is not.
///
/// Who gets several types decides which of them count. `may_be_html` is the other reading.
#[inline]
pub(crate) fn is_html(content_type: &HeaderValue) -> bool {
    let value = content_type.as_bytes();
    // As nearly every server writes it.
    if let Some([] | [b';', ..]) = value.strip_prefix(b"text/html") {
        return true;
    }
    let essence = essence(value);
    essence.eq_ignore_ascii_case(b"text/html")
        || essence.eq_ignore_ascii_case(b"application/xhtml+xml")
}

/// Whether a browser may take a response for HTML in its first form: any of its types says so.
///
/// XHTML counts for [`is_html`], but means nothing to a parser of HTML.
#[cfg(feature = "html-stream")]
pub(crate) fn may_be_html(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    types.any(|value| essence(value.as_bytes()).eq_ignore_ascii_case(b"text/html"))
}

/// The media type without its parameters
/// ([MIME Sniffing, section 4.1](https://mimesniff.spec.whatwg.org/#mime-type-essence)).
fn essence(content_type: &[u8]) -> &[u8] {
    let mut parts = content_type.split(|byte| *byte == b';');
    parts.next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_takes_what_it_says() {
        // The type, whether it is HTML in either form, and whether it may be in the first.
        for (value, either, first) in [
            ("text/html", true, true),
            ("text/html;charset=utf-8", true, true),
            (" Text/HTML ; charset=utf-8", true, true),
            ("application/xhtml+xml", true, false),
            ("APPLICATION/XHTML+XML; charset=utf-8", true, false),
            ("text/htmlx", false, false),
            ("text/html, text/plain", false, false),
            ("image/svg+xml", false, false),
            ("text/plain; text/html", false, false),
            ("", false, false),
        ] {
            let value = HeaderValue::from_str(value).unwrap();
            assert_eq!(is_html(&value), either, "{value:?}");
            #[cfg(feature = "html-stream")]
            assert_eq!(
                may_be_html(&HeaderMap::from_iter([(CONTENT_TYPE, value.clone())])),
                first,
                "{value:?}"
            );
            #[cfg(not(feature = "html-stream"))]
            let _ = first;
        }
    }
}
