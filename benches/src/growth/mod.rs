//! How cost grows with the input: each reader of foreign text at n, 2n and 4n.

// Inputs are made where they are handed over.
#![allow(clippy::needless_pass_by_value)]

mod files;
mod headers;
mod markup;
mod stream;

use std::hint::black_box;

/// What reads an input once, the input made before.
pub type Call = Box<dyn FnOnce()>;

/// One reader and a shape of input.
#[derive(Clone, Copy)]
pub struct Reader {
    /// The reader, a colon, and what there are `n` of.
    pub name: &'static str,
    /// The first `n`: large enough that what is paid once doesn't hide how the rest grows.
    pub first: usize,
    /// Makes an input of `n`.
    pub build: fn(usize) -> Call,
}

/// How often the input is doubled.
pub const DOUBLINGS: u32 = 2;

/// All of them.
pub fn readers() -> impl Iterator<Item = &'static Reader> {
    headers::READERS
        .iter()
        .chain(markup::READERS)
        .chain(stream::READERS)
        .chain(files::READERS)
}

const fn reader(name: &'static str, first: usize, build: fn(usize) -> Call) -> Reader {
    Reader { name, first, build }
}

/// A call of a function that keeps its result: what it costs to drop it is part of it.
fn call<T: 'static, R>(input: T, read: impl Fn(&T) -> R + 'static) -> Call {
    Box::new(move || {
        drop(black_box(read(black_box(&input))));
    })
}

/// `n` pieces, one after the other.
fn repeat(n: usize, piece: impl Fn(usize) -> String) -> String {
    (0..n).map(piece).collect()
}

/// `n` pieces with a separator between them.
fn join(n: usize, separator: &str, piece: impl Fn(usize) -> String) -> String {
    (0..n).map(piece).collect::<Vec<_>>().join(separator)
}

/// What callgrind counts: it begins and ends with this function.
#[inline(never)]
pub fn measured(call: Call) {
    call();
    black_box(());
}
