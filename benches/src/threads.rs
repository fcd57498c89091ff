//! Two threads at once against one: what they share must not slow them.

use std::sync::Barrier;

use tower_layer::Layer as _;
use tower_visor_benches::hot;

use crate::rounds::{ROUNDS, median, thread_time};

const CALLS: usize = 20_000;

pub(crate) fn compare() {
    println!("CPU time of a response on each of two threads, over that on one alone");
    for (name, policy) in [
        ("visor", hot::liveness()),
        ("visor with nonce", hot::nonce()),
    ] {
        let layer = hot::visor(&policy);
        let bare = || hot::calls(hot::App, || hot::request("/", ()));
        let own = || hot::calls(layer.layer(hot::App), || hot::request("/", ()));
        let (mut ratios, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ratios.push(ratio(&own));
            // What the machine itself loses when its second core works.
            floors.push(ratio(&bare));
        }
        println!(
            "{name:20} {:.2} (the bare service: {:.2})",
            median(ratios),
            median(floors)
        );
    }
}

fn ratio(build: &(impl Fn() -> hot::Call + Sync)) -> f64 {
    let one = on(1, build);
    on(2, build) / one
}

/// The mean over the threads.
fn on(threads: usize, build: &(impl Fn() -> hot::Call + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut call = build();
                    (0..1000).for_each(|_| call());
                    barrier.wait();
                    let start = thread_time();
                    (0..CALLS).for_each(|_| call());
                    thread_time() - start
                })
            })
            .collect();
        let times: Vec<f64> = running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        times.iter().sum::<f64>() / times.len() as f64
    })
}
