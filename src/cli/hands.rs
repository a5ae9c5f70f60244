//! As many hands as the machine has, for work on large manifests.
//!
//! Invariant: nobody is waited for when there is but one thing to do.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use crate::manifest::Hands;

/// Threads that take one item after the other, the caller's own among them.
pub(super) struct Threads(usize);

/// More of them would wait for each other, for memory at the latest.
const MOST: usize = 8;

/// How often each takes some of the items: often enough that none waits long for the last of another.
const TURNS: usize = 32;

impl Threads {
    /// As many as there are processors.
    pub(super) fn of_this_machine() -> Self {
        Self(std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST))
    }
}

impl Hands for Threads {
    fn each<I: Send, O: Send>(&self, items: Vec<I>, work: impl Fn(I) -> O + Sync) -> Vec<O> {
        let more = self.0.min(items.len()).saturating_sub(1);
        if more == 0 {
            return items.into_iter().map(work).collect();
        }
        let several = items.len().div_euclid(more.saturating_add(1).saturating_mul(TURNS)).max(1);
        let left = Mutex::new(items.into_iter().enumerate());
        let take = || {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let some: Vec<_> = left.by_ref().take(several).collect();
            (!some.is_empty()).then_some(some)
        };
        let hand = || {
            let all = std::iter::from_fn(take).flatten();
            all.map(|(at, item)| (at, work(item))).collect::<Vec<_>>()
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> = (0..more).map(|_| scope.spawn(hand)).collect();
            let mut done = hand();
            for other in others {
                match other.join() {
                    Ok(part) => done.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        // What each did is in order already, which this way of sorting makes use of.
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_whoever_made_them() {
        for hands in 1..4 {
            for count in [0, 1, 2, 1_000] {
                let twice = Threads(hands).each((0..count).collect(), |n: usize| n * 2);
                assert_eq!(twice, (0..count).map(|n| n * 2).collect::<Vec<_>>(), "{hands} hands");
            }
        }
    }

    #[test]
    fn every_hand_takes_part() {
        // Each waits for the other, which would be for ever if one of them did both.
        let both = std::sync::Barrier::new(2);
        let met = Threads(2).each(vec![(), ()], |()| both.wait().is_leader());
        assert_eq!(met.iter().filter(|is_leader| **is_leader).count(), 1);
    }
}
