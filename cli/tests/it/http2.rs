//! `visor audit` against servers of HTTP/2 that are wrong, endless, or want something else. Such
//! servers are written frame by frame, because no library sends what they send.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

use crate::hosts::{PAGE, encrypted, path_of, send, server};
use crate::support::{Ran, TODAY, visor};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Of HPACK's literals, the one that isn't kept: RFC 7541, section 6.2.2.
fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        let mut length = text.len();
        if length < 127 {
            bytes.push(u8::try_from(length).unwrap());
        } else {
            bytes.push(127);
            length -= 127;
            while length >= 128 {
                bytes.push(u8::try_from(length % 128 + 128).unwrap());
                length /= 128;
            }
            bytes.push(u8::try_from(length).unwrap());
        }
        bytes.extend(text);
    }
    bytes
}

fn block(headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| literal(name, value));
    headers.collect::<Vec<_>>().concat()
}

/// A whole answer with these headers.
fn answer(headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let head = frame(HEADERS, END_HEADERS, 1, &block(headers));
    [head, frame(DATA, END_STREAM, 1, b"<!doctype html>")].concat()
}

const OK: (&[u8], &[u8]) = (b":status", b"200");
const HTML: (&[u8], &[u8]) = (b"content-type", b"text/html");

type Tls = StreamOwned<ServerConnection, TcpStream>;

/// A server of HTTP/2 (or of HTTP/1.1, where a client wants that) whose connections are given to
/// `talk` after the handshake and the first settings; and the options that trust it.
struct Raw {
    url: String,
    folder: TempDir,
}

impl Raw {
    fn new(talk: impl Fn(&mut Tls) + Send + Sync + 'static) -> Self {
        let (config, pem) = encrypted(&["127.0.0.1"], &["h2", "http/1.1"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let talk = Arc::new(talk);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let talk = Arc::clone(&talk);
                std::thread::spawn(move || {
                    let mut stream = StreamOwned::new(connection, stream);
                    let mut preface = [0; 24];
                    while stream.conn.is_handshaking() {
                        if stream.conn.complete_io(&mut stream.sock).is_err() {
                            return;
                        }
                    }
                    if stream.conn.alpn_protocol() == Some(b"h2") {
                        stream.read_exact(&mut preface).unwrap();
                        assert_eq!(preface, *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
                        send(&mut stream, &frame(SETTINGS, 0, 0, b""));
                        // An answer before its request is against the protocol.
                        until_request(&mut stream);
                        send(&mut stream, &frame(SETTINGS, ACK, 0, b""));
                    }
                    talk(&mut stream);
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                    // Whoever closes with something unread takes back what was sent.
                    let _ = stream.sock.shutdown(std::net::Shutdown::Write);
                    let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
                });
            }
        });
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ca.pem"), pem).unwrap();
        Self { url, folder }
    }

    fn sending(bytes: Vec<u8>) -> Self {
        Self::new(move |stream| send(stream, &bytes))
    }

    fn audit(&self, url: &str, more: &[&str]) -> Ran {
        let audit = ["audit", url, "--ca", "ca.pem", "--profile", "document"];
        visor(self.folder.path(), &[&audit[..], &TODAY, more].concat())
    }

    /// Why there is no answer.
    fn refused(&self, more: &[&str]) -> String {
        let ran = self.audit(&self.url, more);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        let start = format!("visor: the page: {}/: ", self.url);
        let why = ran.err.strip_prefix(&start);
        why.unwrap_or_else(|| panic!("{}", ran.err))
            .trim_end()
            .to_owned()
    }
}

/// Reads frames up to the request's headers.
fn until_request(stream: &mut Tls) {
    let mut head = [0; 9];
    while head[3] != HEADERS && stream.read_exact(&mut head).is_ok() {
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        let _ = stream.read_exact(&mut payload);
    }
}

#[test]
fn an_answer_is_read_however_its_headers_are_packed() {
    let long = vec![b'y'; 20_000];
    let packed = block(&[OK, HTML, (b"x-long", &long), (b"x-spaced", b" \t a b ")]);
    let (first, rest) = packed.split_at(100);
    // With padding and a priority; an interim answer before, trailers after.
    let padded = [&[3, 0, 0, 0, 0, 1], first, &[0; 3]].concat();
    let (second, third) = rest.split_at(16_384);
    let bytes = [
        frame(HEADERS, END_HEADERS, 1, &block(&[(b":status", b"103")])),
        frame(HEADERS, 8 | 32, 1, &padded),
        frame(CONTINUATION, 0, 1, second),
        frame(CONTINUATION, END_HEADERS, 1, third),
        frame(PING, 0, 0, &[0; 8]),
        frame(0xbe, 0, 0, b"of a kind that nobody knows"),
        frame(DATA, 0, 1, b"<!doctype html>"),
        frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            1,
            &block(&[(b"x-after", b"1")]),
        ),
    ];
    let raw = Raw::sending(bytes.concat());
    let json = raw.audit(&raw.url, &["--format", "json"]).json();
    let page = &json["responses"][0];
    assert_eq!((&page["status"], &page["bytes"]), (&200.into(), &15.into()));
    let headers = page["headers"].as_array().unwrap();
    assert!(
        headers.contains(&serde_json::json!(["x-spaced", "a b"])),
        "{headers:?}"
    );
}

#[test]
fn a_header_that_http2_does_not_allow_is_named() {
    let no = |why: &str| format!("no HTTP/2 answer: {why}");
    for (headers, why) in [
        (
            &[OK, (b"Content-Type", b"text/html")][..],
            "`Content-Type` has capitals in its name, which HTTP/2 doesn't allow",
        ),
        (
            &[OK, (b"connection", b"keep-alive")],
            "`connection` is a header of HTTP/1, which HTTP/2 doesn't allow",
        ),
        (
            &[OK, (b"upgrade", b"h2,h2c")],
            "`upgrade` is a header of HTTP/1, which HTTP/2 doesn't allow",
        ),
        (
            &[OK, (b"transfer-encoding", b"chunked")],
            "`transfer-encoding` is a header of HTTP/1, which HTTP/2 doesn't allow",
        ),
        (&[OK, (b"x y", b"1")], "`x y` is not the name of a header"),
        (&[OK, (b"", b"1")], "`` is not the name of a header"),
        (
            &[OK, (b"x-note", b"a\0b")],
            "`x-note` has a control character in its value",
        ),
        (
            &[OK, (b"x-note", b"a\r\nset-cookie: b")],
            "`x-note` has a control character in its value",
        ),
        (
            &[OK, (b":path", b"/")],
            "`:path` doesn't belong in an answer",
        ),
        (
            &[OK, (b"x\x1b[2m::error::", b"1")],
            "`x\\u{1b}[2m::error::` is not the name of a header",
        ),
        (
            &[(b":status", b"20")],
            "`:status` is `20`, which is not a status",
        ),
        (&[HTML, OK], "`:status` must come once, before all headers"),
        (&[OK, OK], "`:status` must come once, before all headers"),
    ] {
        assert_eq!(Raw::sending(answer(headers)).refused(&[]), no(why));
    }
    let index = frame(HEADERS, END_HEADERS, 1, &[0xff, 0x80, 0x01]);
    assert_eq!(
        Raw::sending(index).refused(&[]),
        no("headers that HPACK can't read: header index out of bounds")
    );
    // Of a file it is listed, and the page is judged.
    let asked = AtomicUsize::new(0);
    let raw = Raw::new(move |stream| {
        let page = b"<!doctype html><script src=a.js></script>";
        let head = frame(HEADERS, END_HEADERS, 1, &block(&[OK, HTML]));
        let bad = [OK, (b"upgrade" as &[u8], b"h2" as &[u8])];
        let bytes = match asked.fetch_add(1, Ordering::Relaxed) {
            0 => [head, frame(DATA, END_STREAM, 1, page)].concat(),
            _ => answer(&bad),
        };
        send(stream, &bytes);
    });
    let ran = raw.audit(&raw.url, &["--format", "json"]);
    assert!(
        ran.out.contains("`upgrade` is a header of HTTP/1"),
        "{}",
        ran.out
    );
}

#[test]
fn what_never_ends_is_left() {
    let start = || frame(HEADERS, END_HEADERS, 1, &block(&[OK, HTML]));
    // Until nobody listens.
    let endless = |first: Vec<u8>, again: Vec<u8>| {
        Raw::new(move |stream| {
            send(stream, &first);
            let is_more = !again.is_empty();
            while is_more
                && stream
                    .write_all(&again)
                    .and_then(|()| stream.flush())
                    .is_ok()
            {}
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let many = |count: usize, frame: Vec<u8>| frame.repeat(count);
    let headers = "more than 1000 headers, or 262144 bytes of them";
    let time = "no complete answer within 0.5 seconds; --timeout allows more";
    let bytes = "more than 300000 bytes in the whole run; --total-bytes allows more";
    for (what, raw, option, limit, why) in [
        (
            "no answer",
            endless(Vec::new(), Vec::new()),
            "--timeout",
            "0.5",
            time,
        ),
        (
            "a body",
            // No more than the window, or the protocol is broken.
            endless(
                [start(), frame(DATA, 0, 1, &[b'x'; 1000]).repeat(200)].concat(),
                Vec::new(),
            ),
            "--max-bytes",
            "100000",
            "more than 100000 bytes; --max-bytes allows more",
        ),
        (
            "no body",
            endless(start(), many(100, frame(DATA, 0, 1, b""))),
            "--total-bytes",
            "300000",
            "error reading a body from connection: connection error detected: detected excessive load generating behavior (b\"too_many_data_frames\")",
        ),
        (
            "pings",
            endless(Vec::new(), many(100, frame(PING, 0, 0, &[0; 8]))),
            "--total-bytes",
            "300000",
            bytes,
        ),
        (
            "settings",
            endless(start(), many(100, frame(SETTINGS, 0, 0, b""))),
            "--total-bytes",
            "300000",
            bytes,
        ),
        (
            "interim answers",
            endless(
                Vec::new(),
                frame(HEADERS, END_HEADERS, 1, &block(&[(b":status", b"103")])),
            ),
            "--total-bytes",
            "300000",
            bytes,
        ),
        (
            "a block of headers in small pieces",
            endless(
                frame(HEADERS, 0, 1, &block(&[OK, HTML])),
                frame(CONTINUATION, 0, 1, &literal(b"x", &[b'y'; 1000])),
            ),
            "--timeout",
            "20",
            "http2 error: connection error detected: detected excessive load generating behavior (b\"too_many_continuations\")",
        ),
        (
            "a block of headers",
            endless(
                frame(HEADERS, 0, 1, &block(&[OK, HTML])),
                frame(CONTINUATION, 0, 1, &literal(b"x", &[b'y'; 16_000])),
            ),
            "--timeout",
            "20",
            headers,
        ),
    ] {
        let found = raw.refused(&[option, limit]);
        let is_right = found == why || found == format!("no HTTP/2 answer: {why}");
        assert!(is_right, "{what}: {found}");
    }
    let long = block(&[OK, (b"x-long", &[b'y'; 16_000])]);
    // Short on the wire: an entry of the table, again and again.
    let mut table = vec![0x40, 1, b'x', 0x7f, 0xa1, 0x1e];
    table.extend([b'y'; 4000]);
    let bomb = [&literal(b":status", b"200")[..], &table, &[0xbe; 900]].concat();
    let headers = format!("no HTTP/2 answer: {headers}");
    let short = block(&[(b"x", b"y")]).repeat(1000);
    let short = [&literal(b":status", b"200")[..], &short].concat();
    assert_eq!(
        Raw::sending(frame(HEADERS, END_HEADERS, 1, &bomb)).refused(&[]),
        headers
    );
    assert_eq!(
        Raw::sending(frame(HEADERS, END_HEADERS, 1, &short)).refused(&[]),
        headers
    );
    let raw = Raw::sending([frame(HEADERS, END_HEADERS | END_STREAM, 1, &long)].concat());
    assert_eq!(raw.audit(&raw.url, &[]).code, 1);
}

#[test]
fn what_a_server_sends_in_place_of_an_answer_is_said() {
    let push = [&[0, 0, 0, 2], &block(&[(b":method", b"GET")])[..]].concat();
    for (bytes, why) in [
        (
            frame(RST_STREAM, 0, 1, &7_u32.to_be_bytes()),
            "no HTTP/2 answer: http2 error: stream error received: refused stream before processing any application logic",
        ),
        (
            frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]),
            "no HTTP/2 answer: http2 error: connection error received: detected excessive load generating behavior",
        ),
        (
            frame(PUSH_PROMISE, END_HEADERS, 1, &push),
            "no HTTP/2 answer: http2 error: connection error detected: unspecific protocol error detected",
        ),
        (
            frame(DATA, 0, 1, &vec![0; 20_000]),
            "no HTTP/2 answer: a frame of 20000 bytes, and 16384 are allowed",
        ),
        (
            b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            "no HTTP/2 answer: a frame of 4740180 bytes, and 16384 are allowed",
        ),
    ] {
        assert_eq!(Raw::sending(bytes).refused(&[]), why);
    }
    let cut = Raw::sending(frame(HEADERS, END_HEADERS, 1, &block(&[OK, HTML])));
    let why = cut.refused(&[]);
    assert!(why.starts_with("no HTTP/2 answer: "), "{why}");
}

/// RFC 9113, section 7: `HTTP_1_1_REQUIRED`.
#[test]
fn who_wants_http1_is_asked_in_http1() {
    let raw = Raw::new(|stream| {
        if stream.conn.alpn_protocol() == Some(b"h2") {
            return send(stream, &frame(RST_STREAM, 0, 1, &13_u32.to_be_bytes()));
        }
        path_of(stream);
        send(stream, PAGE.as_bytes());
    });
    let json = raw.audit(&raw.url, &["--format", "json"]).json();
    assert_eq!(json["responses"][0]["status"], 200);
}

#[test]
fn redirects_lead_from_one_to_the_other_and_nowhere_else() {
    // From HTTP/1.1 to HTTP/2.
    let there = Raw::sending(answer(&[OK, HTML]));
    let location = format!("{}/there", there.url);
    let from = server(move |_, stream| {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
        send(stream, head.as_bytes());
    });
    let json = there.audit(&from, &["--format", "json"]).json();
    assert_eq!(json["responses"][0]["url"], format!("{}/there", there.url));

    // And back.
    let page = server(|_, stream| send(stream, PAGE.as_bytes()));
    let location = format!("{page}/there");
    let moved = |location: &str| {
        let location = (&b"location"[..], location.as_bytes());
        Raw::sending(answer(&[(b":status", b"302"), location]))
    };
    let from = moved(&location);
    let json = from.audit(&from.url, &["--format", "json"]).json();
    assert_eq!(json["responses"][0]["url"], location);

    // To another address, from a server of HTTP/2 as from any other.
    let trap = TcpListener::bind("127.0.0.2:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let from = moved(&format!("https://{}/", trap.local_addr().unwrap()));
    let ran = from.audit(&from.url, &[]);
    assert_eq!(ran.code, 2);
    let why = ": 127.0.0.2 is a loopback address, and only an address of the internet, ";
    assert!(ran.err.contains(why), "{}", ran.err);
    let nobody = trap.accept().unwrap_err().kind();
    assert_eq!(nobody, std::io::ErrorKind::WouldBlock);
}
