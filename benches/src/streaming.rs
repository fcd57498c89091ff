//! Nonces for HTML that streams by, in pieces of 4 KiB, against plain `lol_html` at the same work.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body::{Body, Frame};
use lol_html::{HtmlRewriter, MemorySettings, Settings, element};
use tower_layer::Layer as _;
use tower_service::Service;
use tower_visor::html_stream::HtmlStreamLayer;
use tower_visor::policy::ScriptTrust;
use tower_visor::{Document, Nonce, Policy};
use tower_visor_benches::hot::{self, Call, Variant};
use tower_visor_benches::{allocations, callgrind};

use crate::rounds::{ROUNDS, median, thread_time};

const MARK: &str = "Qm9yZWFsLWZvcmVzdC1tYXJr";
const PIECE: usize = 4096;

const HEAD: &str = "<!doctype html><html lang=en><head><meta charset=utf-8><title>Check</title>\
    <link rel=stylesheet nonce=MARK href=/app.css><style nonce=MARK>p { margin: 0 }</style>\
    <script nonce=MARK src=/app.js async></script></head>\n<body class=page>\n";
const PART: &str = "<section class=\"card wide\"><h2 id=s>Look into the camera</h2>\
    <p class=lead>It takes a few seconds, and <a href=/help>help</a> is near. The picture stays on \
    this device until you agree, and you may stop whenever you like.</p>\
    <ul><li>light from the front</li><li>no hat &amp; no glasses</li></ul></section>\n";

/// At least so many bytes.
fn page(least: usize) -> Bytes {
    let mut html = HEAD.replace("MARK", MARK);
    while html.len() < least {
        html.push_str(PART);
    }
    html.push_str("<script nonce=MARK>go()</script></body></html>\n");
    Bytes::from(html.replace("=MARK", &format!("={MARK}")))
}

pub(crate) const SMALL: &[Variant] = &[
    ("stream, `HtmlStreamLayer`", || layer(&page(600))),
    ("stream, lol_html", || plain(page(600))),
];

pub(crate) fn compare() {
    for (name, least, calls) in [
        ("a page of 0.7 KB", 600, 2_000),
        ("a page of 52 KB", 52_000, 100),
        ("a page of 1.1 MB", 1_100_000, 5),
    ] {
        let html = page(least);
        let mut calls_of = [layer(&html), plain(html.clone())];
        let mut times = [Vec::new(), Vec::new()];
        for call in &mut calls_of {
            (0..calls).for_each(|_| call());
        }
        for round in 0..ROUNDS {
            for turn in 0..2 {
                let which = (round + turn) % 2;
                let start = thread_time();
                (0..calls).for_each(|_| calls_of[which]());
                times[which].push((thread_time() - start) / f64::from(calls));
            }
        }
        println!(
            "{name:20} {:>10} {:>7} {:>9} {:>7}",
            "ns", "MB/s", "peak, B", "allocs"
        );
        for (call, (which, times)) in calls_of
            .iter_mut()
            .zip([("layer", &times[0]), ("lol_html", &times[1])])
        {
            let (made, grown) = allocations::count();
            call();
            let (made_then, grown_then) = allocations::count();
            let count = made_then - made + grown_then - grown;
            let peak = allocations::peak(&mut *call);
            let time = median(times.clone());
            let speed = html.len() as f64 / time * 1000.0;
            println!("{which:20} {time:>10.0} {speed:>7.0} {peak:>9} {count:>7}");
        }
        let pairs = times[0].iter().zip(&times[1]);
        let ratio = median(pairs.map(|(own, peer)| own / peer).collect());
        println!("ratio {ratio:.2}");
        if least > 10_000 {
            println!("first bytes after {:.0} ns", first(&html));
        }
    }
    if callgrind::is_there() {
        for (name, _) in SMALL {
            println!(
                "{name:30} {} instructions",
                callgrind::instructions(name).unwrap()
            );
        }
    } else {
        println!("NOT MEASURED: instructions (valgrind is not on this machine)");
    }
}

/// A page that comes in pieces, whose bytes are there already.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

fn pieces(html: &Bytes) -> VecDeque<Bytes> {
    let mut rest = html.clone();
    let mut pieces = VecDeque::with_capacity(rest.len() / PIECE + 1);
    while !rest.is_empty() {
        pieces.push_back(rest.split_to(rest.len().min(PIECE)));
    }
    pieces
}

#[derive(Clone)]
struct Streams(Bytes);

impl Service<Request<()>> for Streams {
    type Response = Response<Pieces>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(Pieces(pieces(&self.0)));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        ready(Ok(response))
    }
}

/// Keeps the nonce that a layer made.
#[derive(Clone)]
struct Keep(Arc<Mutex<Option<Nonce>>>);

impl Service<Request<()>> for Keep {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        *self.0.lock().unwrap() = request.extensions().get::<Nonce>().copied();
        ready(Ok(Response::new(String::new())))
    }
}

fn nonce() -> Nonce {
    let kept = Keep(Arc::default());
    let page = Document::new("https://contoso.example").unwrap();
    let policy = Policy::document(page.scripts_by(ScriptTrust::Nonce));
    let mut call = hot::calls(hot::visor(&policy).layer(kept.clone()), || Request::new(()));
    call();
    kept.0.lock().unwrap().unwrap()
}

type Stamped = tower_visor::html_stream::StampedBody<Pieces>;

fn stamped(html: &Bytes) -> impl FnMut() -> Stamped + use<> {
    let layer = HtmlStreamLayer::new(MARK.parse().unwrap());
    let mut service = layer.layer(Streams(html.clone()));
    let nonce = nonce();
    move || {
        let mut request = Request::new(());
        request.extensions_mut().insert(nonce);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut context) else {
            panic!("the service did not answer at once");
        };
        response.into_body()
    }
}

/// The layer: the response's headers, too.
fn layer(html: &Bytes) -> Call {
    let mut stamped = stamped(html);
    Box::new(move || {
        let mut context = Context::from_waker(Waker::noop());
        let mut body = pin!(stamped());
        while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut context) {
            black_box(frame.unwrap());
        }
    })
}

/// Until the first frame is there, the response's headers included.
fn first(html: &Bytes) -> f64 {
    let mut stamped = stamped(html);
    let mut call = || {
        let mut context = Context::from_waker(Waker::noop());
        let start = thread_time();
        let mut body = pin!(stamped());
        black_box(body.as_mut().poll_frame(&mut context).is_ready());
        thread_time() - start
    };
    (0..200).for_each(|_| {
        call();
    });
    median((0..1000).map(|_| call()).collect())
}

/// Only the body: each piece written, and what came out of it handed on.
fn plain(html: Bytes) -> Call {
    let nonce = nonce();
    Box::new(move || {
        let memory = MemorySettings::new().with_max_allowed_memory_usage(1 << 20);
        let settings = Settings::new()
            .with_strict(true)
            .with_memory_settings(memory)
            .append_element_content_handler(element!(
                "script[nonce], style[nonce], link[nonce]",
                |element| {
                    if element.get_attribute("nonce").as_deref() == Some(MARK) {
                        element.set_attribute("nonce", nonce.as_str())?;
                    }
                    Ok(())
                }
            ));
        let out = std::cell::RefCell::new(Vec::new());
        let mut rewriter = HtmlRewriter::new(settings, |chunk: &[u8]| {
            out.borrow_mut().extend_from_slice(chunk);
        });
        for piece in pieces(&html) {
            rewriter.write(&piece).unwrap();
            black_box(Bytes::from(out.take()));
        }
        rewriter.end().unwrap();
        black_box(Bytes::from(out.take()));
    })
}
