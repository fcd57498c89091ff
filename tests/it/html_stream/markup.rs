//! Which tags get the nonce, and which don't.

use bytes::Bytes;
use tower_visor::html_stream::{Mark, StampError};

use super::{MARK, fault, stamped, through, through_as};

#[tokio::test]
async fn marked_tags_get_the_nonce_and_nothing_else_does() {
    for html in [
        "<script nonce=\"NONCE\">go()</script>",
        "<script src=/app.js nonce=\"NONCE\" async></script>",
        "<style nonce=\"NONCE\">p { margin: 0 }</style>",
        "<link rel=modulepreload nonce=\"NONCE\" href=/app.js>",
        "<!doctype html><p>caf\u{e9}</p><svg><script nonce=\"NONCE\">go()</script></svg>",
        // Not marked: what an attacker can write.
        "<script>evil()</script>",
        "<script nonce>evil()</script>",
        "<script nonce=\"\">evil()</script>",
        "<script nonce=\"{nonce}\">evil()</script>",
        "<script nonce=visorvisorvisorvisorvisor>evil()</script>",
        "<SCRIPT nonce=VISORVISORVISORVISORVISOR-1>evil()</SCRIPT>",
        "<p>a < b & c</p><!-- ok --><textarea>&lt;</textarea>",
    ] {
        let source = html.replace("NONCE", "MARK");
        assert_eq!(stamped(&source).await, html);
    }
    // As HTML reads it: the case of names, quotes, spaces. All of it is left as it was written.
    for html in [
        "<SCRIPT Nonce='MARK'>",
        "<script nonce=MARK>",
        "<script\n  nonce = \"MARK\"\n  async >",
        "<script/nonce=MARK>",
        "<script src/=x nonce=MARK>",
    ] {
        assert_eq!(stamped(html).await, html.replace("MARK", "NONCE"));
    }
    // In another attribute of such a tag it is not a nonce.
    let html = "<script data-a=MARK nonce=MARK data-b='a MARK'>";
    let filler = "x".repeat(MARK.len());
    let expected = html
        .replace("nonce=MARK", "nonce=NONCE")
        .replace("MARK", &filler);
    assert_eq!(stamped(html).await, expected);
}

#[tokio::test]
async fn an_empty_value_without_quotes_ends_no_text() {
    let filler = "x".repeat(MARK.len());
    let own = "<script nonce=\"MARK\">go()</script>";
    for name in [
        "title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript",
    ] {
        for attributes in ["x=", "x= ", "x\n=\t", "x==", "x y='=' z="] {
            // All of it is the element's text, to the end of the document.
            let open = format!("<{name} {attributes}>hello {own}");
            let out = stamped(&open).await;
            assert_eq!(out, open.replace("MARK", &filler), "{open}");
            // And behind its end the application's tag is one again.
            let closed = format!("<{name} {attributes}>=></{name} =>{own}");
            let out = stamped(&closed).await;
            assert_eq!(out, closed.replace("MARK", "NONCE"), "{closed}");
        }
    }
    let arrow = format!("<script x=>(a) => a</script>{own}<p title='=>'>=>= ");
    assert_eq!(stamped(&arrow).await, arrow.replace("MARK", "NONCE"));
}

/// What a fuzzer found in the parser.
#[tokio::test]
async fn pages_from_the_field_go_on_to_their_end() {
    let Some(folder) = crate::conformance::cases("S11-html-stream") else {
        return;
    };
    let input = std::fs::read(folder.join("input.bin")).unwrap();
    let (_, body) = through(vec![input.clone().into()]).await;
    assert_eq!(body.unwrap().as_bytes(), input);
}

#[tokio::test]
async fn a_tag_that_was_left_open_to_swallow_a_marked_one_gets_nothing() {
    let own = "<script nonce=\"MARK\" src=/app.js></script>";
    for injected in [
        "<script src=//evil.example/ ",
        "<script src=//evil.example/ a=",
        "<script src=//evil.example/ a",
        "<script src=//evil.example/ a='",
        "<script src=//evil.example/ a=\"",
        "<script src=//evil.example/\n<b ",
        "<script src=//evil.example/ nonce=guess ",
        "<script src=//evil.example/ nonce ",
        "<style a=",
        "<link rel=stylesheet href=//evil.example/ a=",
        "<link rel=stylesheet href=//evil.example/",
    ] {
        let out = stamped(&format!("{injected}{own}")).await;
        assert!(!out.contains("NONCE"), "{injected}: {out}");
    }
    // The same in front of other marked tags, which browsers don't look for.
    for own in [
        "<link nonce=\"MARK\" rel=stylesheet href=/app.css>",
        "<style nonce=\"MARK\">p {}</style>",
    ] {
        let out = stamped(&format!("<script src=//evil.example/ a={own}</script>")).await;
        assert!(!out.contains("NONCE"), "{own}: {out}");
    }
    // An attribute twice: the first counts, and the tag is suspect.
    let out = stamped("<script nonce=\"MARK\" src=/a.js src=/b.js></script>").await;
    assert!(!out.contains("NONCE"), "{out}");
}

#[tokio::test]
async fn bytes_of_another_encoding_hide_nothing() {
    // The parser takes an attribute that begins so for UTF-16, in which there is no `<`.
    for order_mark in [b"\xfe\xff", b"\xff\xfe"] {
        for open in [
            &b"<script src=//evil.example/ "[..],
            b"<script src=//evil.example/ a=",
        ] {
            let own = format!("<script nonce=\"{MARK}\" src=/app.js></script>");
            let html = [open, order_mark, own.as_bytes()].concat();
            let (nonce, out) = through(vec![html.into()]).await;
            let out = out.unwrap();
            assert!(!out.contains(&nonce), "{out}");
        }
    }
}

#[tokio::test]
async fn no_nonce_under_an_encoding_whose_markup_is_not_ascii() {
    let own = format!("<script nonce=\"{MARK}\" src=/app.js></script>");
    let plain = own.as_bytes();
    let cases: [(&str, Vec<&[u8]>, usize); 17] = [
        ("text/html; charset=utf-8", vec![plain], 1),
        ("text/html; charset=utf-8", vec![b"\x1b(J", plain], 1),
        (
            "text/html; charset=\"UTF-8\"",
            vec![b"\xef\xbb\xbf", plain],
            1,
        ),
        ("text/html; charset=iso-8859-1", vec![plain], 1),
        ("text/html", vec![plain, plain], 2),
        ("text/html; charset=shift_jis", vec![plain], 1),
        ("text/html; charset=utf-16", vec![plain], 0),
        ("text/html; charset=UTF-16LE", vec![plain], 0),
        ("text/html;a=b;charset=\"iso-2022-jp\"", vec![plain], 0),
        ("text/html; charset=csISO2022JP", vec![plain], 0),
        ("text/html; charset=hz-gb-2312", vec![plain], 0),
        // The order mark counts before the header.
        ("text/html; charset=utf-8", vec![b"\xfe", b"\xff", plain], 0),
        ("text/html; charset=utf-8", vec![b"\xff\xfe", plain], 0),
        // Without a name, or with one that browsers don't know, ISO-2022-JP may be guessed.
        ("text/html", vec![plain, b"\x1b(J", plain], 1),
        ("text/html", vec![b"a\x1b", plain], 0),
        ("text/html; charset=nothing", vec![b"\x1b$@", plain], 0),
        (
            "text/html",
            vec![
                plain,
                b"<script nonce=",
                MARK.as_bytes(),
                b" a='\x1b$@'></script>",
            ],
            1,
        ),
    ];
    for (content_type, pieces, expected) in cases {
        for whole in [true, false] {
            let html: Vec<Bytes> = if whole {
                vec![pieces.concat().into()]
            } else {
                let pieces = pieces.iter().copied();
                pieces.map(Bytes::copy_from_slice).collect()
            };
            let (nonce, out) = through_as(content_type, html).await;
            let out = out.unwrap();
            let count = out.matches(&nonce).count();
            assert_eq!(count, expected, "{content_type} {pieces:?}: {out}");
            assert!(!out.contains(MARK), "{out}");
        }
    }
}

#[tokio::test]
async fn a_tag_that_gets_nothing_is_left_as_it_was_written() {
    // The attribute `=x` after `src` is not a value of it, unless the tag is written anew.
    let html = "<script src/=//evil.example/ a='<script nonce=\"MARK\">' b>go()</script>";
    let filler = "x".repeat(MARK.len());
    assert_eq!(stamped(html).await, html.replace("MARK", &filler));
}

#[tokio::test]
async fn the_mark_gets_out_nowhere() {
    let filler = "x".repeat(MARK.len());
    for html in [
        "MARK",
        "<p>MARK</p>",
        "<p nonce=\"MARK\" id=MARK>",
        "<!-- <script nonce=\"MARK\"> -->",
        "<textarea><script nonce=\"MARK\"></script></textarea>",
        "<title><script nonce=\"MARK\"></title>",
        "<script>const nonce = 'MARK';</script>",
        "<script nonce=\"a\" nonce=\"MARK\"></script>",
        "<script nonce=\"MARKMARK\"></script>",
        "<img alt='<script nonce=\"MARK\">'>",
        "<plaintext><script nonce=\"MARK\">",
        // Not closed at the end.
        "<script nonce=\"MARK",
        "<script nonce=\"MARK\"",
        "<!-- MARK",
    ] {
        let out = stamped(html).await;
        assert_eq!(out, html.replace("MARK", &filler));
    }
}

#[tokio::test]
async fn markup_that_can_be_read_in_two_ways_ends_the_body() {
    let error = fault("<p>before</p><select><xmp><script>go()</script></select>".to_owned()).await;
    let StampError::Ambiguous { reason } = &error else {
        panic!("{error:?}");
    };
    assert!(reason.contains("<xmp>"), "{reason}");
    assert!(
        error
            .to_string()
            .starts_with("html-stream: browsers may read this markup in two ways: "),
        "{error}"
    );
}

#[tokio::test]
async fn memory_is_bounded() {
    const LIMIT: usize = 1 << 20;
    let expected = "html-stream: a tag or the nesting of elements needs more than 1048576 bytes of memory: close every element, and keep data out of attributes";
    for html in [
        format!("<script nonce=\"{}\">", "a".repeat(2 * LIMIT)),
        format!("<script {}>", "a=b ".repeat(LIMIT)),
        "<b>".repeat(100_000),
    ] {
        let error = fault(html).await;
        assert_eq!(error, StampError::Memory { limit: LIMIT });
        assert_eq!(error.to_string(), expected);
    }
    // What pages hold goes through: long text, long attributes elsewhere, many elements, some
    // thousands of them never closed.
    for html in [
        "a".repeat(3 * LIMIT),
        format!("<script>{}</script>", "a".repeat(3 * LIMIT)),
        format!(
            "<img src=\"data:image/png;base64,{}\">",
            "a".repeat(LIMIT / 2)
        ),
        "<p>a</p>".repeat(100_000),
        "<li>a".repeat(2_000),
    ] {
        assert_eq!(stamped(&html).await, html);
    }
}

#[test]
fn a_mark_is_long_plain_and_never_shown() {
    let marks = [Mark::random().unwrap(), Mark::random().unwrap()];
    assert_ne!(marks[0], marks[1]);
    assert_eq!(marks[0].as_str().parse(), Ok(marks[0].clone()));
    assert_eq!(format!("{:?}", marks[0]), "Mark(..)");
    let message = |text: &str| text.parse::<Mark>().unwrap_err().to_string();
    assert_eq!(
        message("nonce"),
        "mark: 5 characters, from 22 to 128 are needed: let `Mark::random` make one"
    );
    assert_eq!(
        message("{nonce-of-the-application}"),
        "mark: byte 0: write letters, digits, `-` and `_` only"
    );
}
