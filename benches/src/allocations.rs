//! Allocators that count, and one that always costs the same.

// The blocks of a list are aligned to `STEP`.
#![allow(clippy::cast_ptr_alignment)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

/// Another allocator, with a count for each thread.
pub struct Counting<A>(pub A);

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static GROWN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: each method hands its arguments on as they are. The counters are thread locals without
// a destructor, so counting never allocates.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MADE.set(MADE.get() + 1);
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        GROWN.set(GROWN.get() + 1);
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}

/// Allocations and reallocations of this thread until now.
#[must_use]
pub fn count() -> (usize, usize) {
    (MADE.get(), GROWN.get())
}

/// Another allocator, with the most bytes that a thread held at a time.
pub struct Peak<A>(pub A);

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

fn held(more: usize, less: usize) {
    // What another thread made may be freed here.
    let held = HELD.get().wrapping_add(more).wrapping_sub(less);
    HELD.set(held);
    if held.cast_signed() > MOST.get().cast_signed() {
        MOST.set(held);
    }
}

// SAFETY: each method hands its arguments on as they are, and counting never allocates.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Peak<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        held(layout.size(), 0);
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        held(0, layout.size());
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        held(size, layout.size());
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}

/// The most bytes that this thread held during a call, beyond those that it held before.
pub fn peak(call: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST.set(before);
    call();
    MOST.get().wrapping_sub(before)
}

/// Keeps what was freed in a list for each size and never gives it back.
///
/// The C library's allocator takes 80 instructions for a block or 300, as the heap happens to be
/// cut; a budget must not notice what was allocated before.
pub struct Recycling;

const STEP: usize = 64;
const SIZES: usize = 128;

thread_local! {
    static FREE: [Cell<*mut u8>; SIZES] = const { [const { Cell::new(null_mut()) }; SIZES] };
}

/// Which list, and how large its blocks are; `None` for what is left to the system.
fn list_of(layout: Layout) -> Option<(usize, Layout)> {
    let index = layout.size().div_ceil(STEP);
    let block = Layout::from_size_align(index * STEP, STEP).ok()?;
    (index < SIZES && layout.align() <= STEP).then_some((index, block))
}

// SAFETY: blocks of a list have the size and alignment of all layouts that go to that list, are
// at least a pointer long (a layout of size 0 is never asked for), and a block is in a list only
// while nobody owns it. The lists are thread locals without a destructor.
unsafe impl GlobalAlloc for Recycling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((index, block)) = list_of(layout) else {
            return unsafe { System.alloc(layout) };
        };
        FREE.with(|free| {
            let first = free[index].get();
            if first.is_null() {
                return unsafe { System.alloc(block) };
            }
            free[index].set(unsafe { first.cast::<*mut u8>().read() });
            first
        })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let Some((index, _)) = list_of(layout) else {
            return unsafe { System.dealloc(pointer, layout) };
        };
        FREE.with(|free| {
            unsafe { pointer.cast::<*mut u8>().write(free[index].get()) };
            free[index].set(pointer);
        });
    }
}
