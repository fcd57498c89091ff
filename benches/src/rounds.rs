//! Variants in turns, with ratios formed within each round.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tower_visor_benches::hot::Variant;
use tower_visor_benches::{allocations, callgrind};

/// Rounds of each comparison.
pub(crate) const ROUNDS: usize = 25;

/// How long this thread has been running, in nanoseconds.
pub(crate) fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap().as_nanos() as f64
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What one call costs.
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    /// In each round.
    pub(crate) nanoseconds: Vec<f64>,
    pub(crate) allocations: f64,
    pub(crate) instructions: Option<u64>,
}

impl Cost {
    /// Time over that of `floor`, formed within each round.
    pub(crate) fn over(&self, floor: &Self) -> Vec<f64> {
        let pairs = self.nanoseconds.iter().zip(&floor.nanoseconds);
        pairs.map(|(own, floor)| own - floor).collect()
    }
}

/// Runs all of them in turns: another one begins each round, so that none always runs after the
/// same one.
pub(crate) fn measure(variants: &[Variant], calls: usize) -> Vec<Cost> {
    let mut all: Vec<_> = variants
        .iter()
        .map(|(name, build)| {
            let mut call = build();
            (0..calls).for_each(|_| call());
            let (made, grown) = allocations::count();
            (0..1000).for_each(|_| call());
            let (made_then, grown_then) = allocations::count();
            let cost = Cost {
                name,
                nanoseconds: Vec::new(),
                allocations: (made_then - made + grown_then - grown) as f64 / 1000.0,
                instructions: None,
            };
            (call, cost)
        })
        .collect();
    for round in 0..ROUNDS {
        for turn in 0..variants.len() {
            let (call, cost) = &mut all[(round + turn) % variants.len()];
            let start = thread_time();
            (0..calls).for_each(|_| call());
            cost.nanoseconds
                .push((thread_time() - start) / calls as f64);
        }
    }
    let mut costs: Vec<_> = all.into_iter().map(|(_, cost)| cost).collect();
    if callgrind::is_there() {
        for cost in &mut costs {
            cost.instructions = Some(callgrind::instructions(cost.name).unwrap());
        }
    } else {
        println!("NOT MEASURED: instructions (valgrind is not on this machine)");
    }
    costs
}

/// One variant, for callgrind.
pub(crate) fn run(variant: &str, calls: u64) {
    let variants = crate::headers::variants()
        .chain(crate::pages::VARIANTS)
        .chain(crate::streaming::SMALL);
    let (_, build) = variants
        .copied()
        .find(|(name, _)| *name == variant)
        .unwrap();
    let mut call = build();
    (0..calls).for_each(|_| call());
}
