//! The slots for calls in flight: who makes many calls takes one for each.
//!
//! Invariant: never more are taken than the number allows; when it falls, those that are given back are not given out
//! again until it fits.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::error::{CallError, Kind};
use super::throttle::{Came, Throttle};
use super::wire::Endpoint;

/// How many calls may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// So many.
    Fixed(usize),
    /// As many as the API bears, but no more than this.
    Auto {
        /// The most.
        most: usize,
    },
}

impl From<usize> for Concurrency {
    fn from(number: usize) -> Self {
        Self::Fixed(number)
    }
}

/// The slots of one line.
pub struct Slots {
    free: Semaphore,
    fixed: usize,
    steered: Option<Mutex<Steered>>,
    begun: Instant,
}

struct Steered {
    throttle: Throttle,
    /// How many there are, taken and free.
    there: usize,
    /// So many of those that are taken are not given out again.
    too_many: usize,
}

/// One slot, until it is dropped.
pub struct Slot<'a> {
    slots: &'a Slots,
    permit: Option<SemaphorePermit<'a>>,
}

impl Slots {
    /// All of them are free.
    #[must_use]
    pub fn new(concurrency: Concurrency) -> Self {
        let (fixed, steered) = match concurrency {
            Concurrency::Fixed(number) => (number.max(1), None),
            Concurrency::Auto { most } => {
                let throttle = Throttle::new(most.min(Semaphore::MAX_PERMITS));
                let there = throttle.limit();
                (there, Some(Mutex::new(Steered { throttle, there, too_many: 0 })))
            }
        };
        Self { free: Semaphore::new(fixed), fixed, steered, begun: Instant::now() }
    }

    /// How many calls may be in flight at the moment.
    #[must_use]
    pub fn limit(&self) -> usize {
        let steered = self.steered.as_ref().map(|steered| lock(steered).throttle.limit());
        steered.unwrap_or(self.fixed)
    }

    /// Waits for a free one; they are given out in the order in which they are asked for.
    pub async fn take(&self) -> Slot<'_> {
        // Nobody closes it.
        Slot { slots: self, permit: self.free.acquire().await.ok() }
    }

    /// Takes note of a call that came back.
    pub(super) fn heard(&self, endpoint: Endpoint, left: Instant, error: Option<&CallError>) {
        let Some(steered) = &self.steered else { return };
        // A call that never left says nothing of the API, and a refusal comes as quickly as any answer.
        let kind = error.map(|error| error.kind);
        if matches!(kind, Some(Kind::NotSent | Kind::Untrusted)) {
            return;
        }
        let came = Came {
            endpoint,
            left: left.saturating_duration_since(self.begun),
            back: self.begun.elapsed(),
            pushed_back: matches!(kind, Some(Kind::RateLimited | Kind::Unknown)),
        };
        let mut steered = lock(steered);
        steered.throttle.heard(&came);
        let limit = steered.throttle.limit();
        let more = limit.saturating_sub(steered.there);
        let kept = more.min(steered.too_many);
        steered.too_many -= kept;
        self.free.add_permits(more - kept);
        let fewer = steered.there.saturating_sub(limit);
        steered.too_many += fewer - self.free.forget_permits(fewer);
        steered.there = limit;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let (Some(steered), Some(permit)) = (&self.slots.steered, self.permit.take()) else { return };
        let mut steered = lock(steered);
        if let Some(left) = steered.too_many.checked_sub(1) {
            steered.too_many = left;
            permit.forget();
        }
    }
}

/// Runs who gives the slots out on a thread that makes calls, and drops it when the caller stops waiting. From any other
/// thread, such as the one that a program begins on, each call that is begun or ended would wake another thread.
pub async fn at_the_calls<T: Send + 'static>(making: impl Future<Output = T> + Send + 'static) -> T {
    match AbortOnDropHandle::new(tokio::spawn(making)).await {
        Ok(made) => made,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that is shutting down ends it, and with it whoever waits here.
            Err(_) => std::future::pending().await,
        },
    }
}

fn lock(steered: &Mutex<Steered>) -> std::sync::MutexGuard<'_, Steered> {
    steered.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots").field("limit", &self.limit()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn taken(slots: &Slots) -> Vec<Slot<'_>> {
        std::iter::from_fn(|| {
            slots.free.try_acquire().ok().map(|permit| Slot { slots, permit: Some(permit) })
        })
        .collect()
    }

    fn good_answers(slots: &Slots, count: usize) {
        for _ in 0..count {
            slots.heard(Endpoint::Info, Instant::now(), None);
        }
    }

    fn push(slots: &Slots) {
        let error = CallError::unanswered(Kind::RateLimited, "");
        slots.heard(Endpoint::Info, Instant::now() + Duration::from_secs(1), Some(&error));
    }

    #[test]
    fn a_number_that_is_given_stays() {
        let slots = Slots::new(Concurrency::Fixed(3));
        good_answers(&slots, 100);
        push(&slots);
        assert_eq!((slots.limit(), taken(&slots).len()), (3, 3));
        assert_eq!(Slots::new(0.into()).limit(), 1);
    }

    #[test]
    fn slots_follow_the_number_up_and_down_also_while_they_are_taken() {
        let slots = Slots::new(Concurrency::Auto { most: 16 });
        let first = taken(&slots);
        assert_eq!(first.len(), 4);
        good_answers(&slots, 8);
        assert_eq!(slots.limit(), 8);
        let more = taken(&slots);
        assert_eq!(more.len(), 4, "the new ones");
        push(&slots);
        assert_eq!(slots.limit(), 4);
        // Eight are taken and four are allowed: four come back and are gone.
        drop(first);
        assert_eq!(taken(&slots).len(), 0);
        drop(more);
        assert_eq!(taken(&slots).len(), 4);
    }

    #[test]
    fn what_is_lost_before_it_left_is_no_push() {
        let slots = Slots::new(Concurrency::Auto { most: 16 });
        let error = CallError::unanswered(Kind::NotSent, "");
        slots.heard(Endpoint::Info, Instant::now(), Some(&error));
        assert_eq!(slots.limit(), 4);
    }
}
