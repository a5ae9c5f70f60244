//! What an evaluation may cost, in steps and in stack.
//!
//! Invariant: both are counted, not timed, so that a policy that passes on one machine passes on every one. The engine
//! asks for the time at every step that it takes; what it is told is a count of its questions.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::{ExecutionTimerConfig, TimeSource, set_time_source};

use super::Budget;

/// Which part of a budget was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    Steps,
    Stack,
}

/// What was spent on this thread.
#[derive(Debug, Clone, Copy)]
struct Purse {
    steps: u64,
    /// Where the stack was when the evaluation began.
    base: usize,
    stack: usize,
    is_too_deep: bool,
}

thread_local! {
    static PURSE: Cell<Purse> =
        const { Cell::new(Purse { steps: 0, base: 0, stack: 0, is_too_deep: false }) };
}

/// The engine's clock: a step is a microsecond.
struct Steps;

impl TimeSource for Steps {
    fn now(&self) -> Option<Duration> {
        let mut purse = PURSE.get();
        purse.steps = purse.steps.saturating_add(1);
        purse.is_too_deep |= here().abs_diff(purse.base) > purse.stack;
        PURSE.set(purse);
        Some(if purse.is_too_deep { Duration::MAX } else { Duration::from_micros(purse.steps) })
    }
}

/// About where the stack is now. The frame must be one of its own, and not moved into another's.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}

impl Budget {
    /// Begins to count on this thread.
    pub(super) fn begin(self) {
        // Fails when it is set already: to the same, by an evaluation before this one.
        let _ = set_time_source(&Steps);
        PURSE.set(Purse { steps: 0, base: here(), stack: self.stack, is_too_deep: false });
    }

    /// What is left, as a limit for the engine.
    pub(super) fn left(self) -> ExecutionTimerConfig {
        let left = self.steps.saturating_sub(PURSE.get().steps);
        ExecutionTimerConfig { limit: Duration::from_micros(left), check_interval: NonZeroU32::MIN }
    }

    /// Which part of it is spent, if one is. The engine only says that its time is over, in words.
    pub(super) fn spent(self) -> Option<Spent> {
        let purse = PURSE.get();
        match () {
            () if purse.is_too_deep => Some(Spent::Stack),
            () if purse.steps > self.steps => Some(Spent::Steps),
            () => None,
        }
    }
}
