//! A thousand connections, slow and vanishing clients beside them, and a reload every second.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::clients::{Run, dropping, ordinary, slow};
use crate::memory::{at_rest, live, resident};
use crate::server::Server;
use crate::site::Versions;
use crate::{alone, duration};

const CONNECTIONS: usize = 1_000;
const SLOW: usize = 16;
const DROPPING: usize = 16;

/// What may stay beyond the first round: buffers that the runtime keeps for later.
const KEPT: usize = 256 * 1024;

/// Runs the load for so long; gives what the process took, twice: after a third, and at the end.
async fn load(run: &Arc<Run>, time: Duration) -> [usize; 2] {
    run.stop.store(false, Ordering::Relaxed);
    let mut clients = tokio::task::JoinSet::new();
    for seed in 0..CONNECTIONS {
        clients.spawn(ordinary(Arc::clone(run), seed));
    }
    for seed in 0..SLOW.max(DROPPING) {
        if seed < SLOW {
            clients.spawn(slow(Arc::clone(run)));
        }
        if seed < DROPPING {
            clients.spawn(dropping(Arc::clone(run), seed));
        }
    }
    let start = Instant::now();
    let mut resident_after_a_third = None;
    for version in [1, 0].into_iter().cycle() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let run = Arc::clone(run);
        tokio::task::spawn_blocking(move || run.versions.move_to(version))
            .await
            .expect("a reload");
        if start.elapsed() >= time / 3 {
            resident_after_a_third = resident_after_a_third.or(resident());
        }
        // Back where it began, so that what is kept can be compared.
        if version == 0 && start.elapsed() >= time {
            break;
        }
    }
    let resident_at_the_end = resident();
    run.stop.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client.expect("a client without a fault");
    }
    [resident_after_a_third, resident_at_the_end].map(Option::unwrap_or_default)
}

#[test]
fn a_thousand_connections_and_a_reload_every_second() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let versions = Versions::new().await;
        let server = Server::start(versions.site.service()).await;
        let run = Arc::new(Run::new(versions, server.address()));
        let time = duration();

        load(&run, time / 4).await;
        let before = at_rest().await;
        let [third, end] = load(&run, time).await;
        let peak = live();
        let after = at_rest().await;

        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let answers = [count(&run.answers[0]), count(&run.answers[1])];
        eprintln!(
            "{CONNECTIONS} connections, {time:?} after a warm-up: {answers:?} whole answers of \
             the two versions, {} not modified, {} slow reads, {} clients gone in the middle; \
             live bytes at rest {before} then {after} ({peak} under load); resident {third} then {end}",
            count(&run.not_modified),
            count(&run.large),
            count(&run.dropped),
        );
        for counter in [&run.answers[0], &run.answers[1], &run.not_modified, &run.large, &run.dropped] {
            assert!(count(counter) > 0, "the load was not what it should be");
        }
        assert!(after <= before + KEPT, "{before} bytes were live, now {after}");
        // The allocator keeps freed pages, so this can only be judged roughly.
        assert!(end <= third + third / 4 + 32 * 1024 * 1024, "{third}, then {end}");
    });
}
