//! The events that a collector sends as reports arrive.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use super::group::ReportGroup;
use super::rules::NoiseRule;

/// How many events wait for a listener; the oldest go first.
const WAITING: usize = 256;

/// What a [`Collector`](super::Collector) says about a report.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReportEvent {
    /// The first report of a group.
    First(ReportGroup),
    /// Another report of a group, as the group is now.
    Again(ReportGroup),
    /// One that no site can do anything about, and by which rule.
    Noise(&'static NoiseRule),
    /// So many events were lost, because the listener didn't fetch them.
    Missed(u64),
}

/// The events of a [`Collector`](super::Collector) since this was created: at most 256 wait.
///
/// [`next`](Self::next) is what a stream is made of, such as `futures_util::stream::unfold`'s.
#[derive(Debug)]
pub struct ReportEvents {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<ReportEvent>,
    missed: u64,
    waker: Option<Waker>,
    is_closed: bool,
}

impl ReportEvents {
    /// The next event; `None` once the collector is gone.
    pub async fn next(&mut self) -> Option<ReportEvent> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next event, if one is waiting.
    pub fn try_next(&mut self) -> Option<ReportEvent> {
        locked(&self.queue).take()
    }

    /// As [`next`](Self::next), for streams that are written by hand.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<ReportEvent>> {
        let mut queue = locked(&self.queue);
        if let Some(event) = queue.take() {
            return Poll::Ready(Some(event));
        }
        if queue.is_closed {
            return Poll::Ready(None);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Queue {
    fn take(&mut self) -> Option<ReportEvent> {
        if self.missed > 0 {
            return Some(ReportEvent::Missed(std::mem::take(&mut self.missed)));
        }
        self.waiting.pop_front()
    }
}

fn locked(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing panics while it is held.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everybody who listens.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    queues: Vec<Weak<Mutex<Queue>>>,
}

impl Listeners {
    pub(super) fn listen(&mut self) -> ReportEvents {
        let queue = Arc::default();
        self.queues.retain(|queue| queue.strong_count() > 0);
        self.queues.push(Arc::downgrade(&queue));
        ReportEvents { queue }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    pub(super) fn tell(&mut self, event: &ReportEvent) {
        self.queues.retain(|queue| {
            let Some(queue) = queue.upgrade() else {
                return false;
            };
            let mut queue = locked(&queue);
            if queue.waiting.len() == WAITING {
                queue.waiting.pop_front();
                queue.missed += 1;
            }
            queue.waiting.push_back(event.clone());
            if let Some(waker) = queue.waker.take() {
                drop(queue);
                waker.wake();
            }
            true
        });
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for queue in self.queues.iter().filter_map(Weak::upgrade) {
            let mut queue = locked(&queue);
            queue.is_closed = true;
            if let Some(waker) = queue.waker.take() {
                drop(queue);
                waker.wake();
            }
        }
    }
}
