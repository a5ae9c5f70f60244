//! How many calls a second are taken, as an API that limits them counts: a bucket of as many as one second brings, so that
//! a short burst passes.
//!
//! Pure: what time it is, is told.

use std::num::NonZeroU32;
use std::time::Duration;

/// A limit, and how much of it is left.
#[derive(Debug)]
pub(super) struct Rate {
    each_second: f64,
    left: f64,
    at: Duration,
}

impl Rate {
    /// The bucket is full.
    pub(super) fn new(each_second: NonZeroU32) -> Self {
        let each_second = f64::from(each_second.get());
        Self { each_second, left: each_second, at: Duration::ZERO }
    }

    /// Takes one call; if there is none left, says after how long there is.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.left = (self.left + since * self.each_second).min(self.each_second);
        self.at = now.max(self.at);
        if self.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.left) / self.each_second));
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_one_second_passes_and_then_one_call_after_the_other() {
        let mut rate = Rate::new(NonZeroU32::new(50).unwrap());
        let now = Duration::from_secs(7);
        assert_eq!((0..60).filter(|_| rate.take(now).is_ok()).count(), 50);
        let wait = rate.take(now).unwrap_err();
        assert_eq!(wait, Duration::from_millis(20));
        assert_eq!(rate.take(now + wait), Ok(()));
        assert_eq!(rate.take(now + wait), Err(wait));
        // A long rest saves up no more than a second's worth.
        let later = now + Duration::from_secs(100);
        assert_eq!((0..60).filter(|_| rate.take(later).is_ok()).count(), 50);
        assert!(rate.take(now).is_err(), "a clock that goes back brings nothing");
    }
}
