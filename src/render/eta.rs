//! How long something still takes, from how it went until now.
//!
//! Pure: what time it is, is told. Invariant: the speed is that of the last three quarters of the time until now, so what was
//! slow at the beginning (few calls at once) is forgotten, and a short wait does not make it leap.

use std::collections::VecDeque;
use std::time::Duration;

/// Watches the work.
#[derive(Debug)]
pub struct Eta {
    total: f64,
    done: f64,
    now: Duration,
    /// How much was done at which moments: some of them, from the first quarter of the time until now on.
    marks: VecDeque<(Duration, f64)>,
}

/// Before so much is done nothing is told: a guess from the first calls leaps. A tenth, and a bit less, so that a tenth counts
/// as one also where it is a sum of fractions.
const EARLY: f64 = 0.099;

/// Moments are kept when so much of the time until then went by since the last one.
const GRAIN: u32 = 64;

impl Eta {
    /// There is so much to do, in any unit.
    #[must_use]
    pub fn new(total: f64) -> Self {
        Self { total, done: 0.0, now: Duration::ZERO, marks: VecDeque::from([(Duration::ZERO, 0.0)]) }
    }

    /// So much more is done, so long after the beginning.
    pub fn done(&mut self, more: f64, now: Duration) {
        self.done += more;
        self.now = now;
        let last = self.marks.back().map(|(at, _)| *at).unwrap_or_default();
        if now.saturating_sub(last) >= now / GRAIN {
            self.marks.push_back((now, self.done));
        }
        // The last one of the first quarter stays: from there on it is counted.
        while self.marks.get(1).is_some_and(|(at, _)| *at <= now / 4) {
            self.marks.pop_front();
        }
    }

    /// How much is done, in the unit of the total.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.total > 0.0 { (self.done / self.total).clamp(0.0, 1.0) } else { 1.0 }
    }

    /// How much is done in a second; `None` before anything was done.
    #[must_use]
    pub fn speed(&self, now: Duration) -> Option<f64> {
        let (since, before) = self.marks.front().copied()?;
        let speed = (self.done - before) / now.max(self.now).saturating_sub(since).as_secs_f64();
        (self.done > 0.0 && speed.is_finite()).then_some(speed)
    }

    /// How long the rest takes at this speed; `None` before about a tenth was done.
    #[must_use]
    pub fn left(&self, now: Duration) -> Option<Duration> {
        let left = (self.total - self.done).max(0.0) / self.speed(now)?;
        (self.share() >= EARLY).then_some(left).and_then(|left| Duration::try_from_secs_f64(left).ok())
    }
}

/// A time as people say it, in whole seconds.
#[must_use]
pub fn in_seconds(time: Duration) -> String {
    let seconds = i64::try_from(time.as_secs_f64().ceil() as u64).unwrap_or(i64::MAX);
    format!("{:#}", jiff::SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays the ends of single pieces, and holds every estimate after the first tenth of the work against the truth: by
    /// which part of it the worst one is off. When nearly nothing is left, a part of it is nothing.
    fn worst(ends: &[(Duration, f64)]) -> f64 {
        let total = ends.iter().map(|(_, more)| more).sum();
        let end = ends.last().unwrap().0.as_secs_f64();
        let mut eta = Eta::new(total);
        let mut worst: f64 = 0.0;
        for (at, more) in ends {
            eta.done(*more, *at);
            let share = eta.share();
            if (0.1..0.9).contains(&share) {
                let truth = end - at.as_secs_f64();
                let told = eta.left(*at).unwrap().as_secs_f64();
                worst = worst.max((told - truth).abs() / truth);
            }
        }
        worst
    }

    fn pieces(count: usize, each: impl Fn(usize) -> f64, size: f64) -> Vec<(Duration, f64)> {
        let mut now = 0.0;
        (0..count)
            .map(|at| {
                now += each(at);
                (Duration::from_secs_f64(now), size)
            })
            .collect()
    }

    #[test]
    fn at_one_speed_it_is_right_from_the_first_tenth_on() {
        assert!(worst(&pieces(5_000, |_| 0.01, 3.0)) < 0.02);
        // In waves, as many calls that begin together come back.
        let waves = pieces(5_000, |at| if at % 64 == 0 { 0.02 } else { 0.0 }, 1.0);
        assert!(worst(&waves) < 0.2);
        // With pauses of a second in between.
        let pauses = pieces(5_000, |at| if at % 50 == 49 { 1.0 } else { 0.002 }, 1.0);
        assert!(worst(&pauses) < 0.2);
    }

    #[test]
    fn a_slow_beginning_is_forgotten() {
        // Four at once, then 8, 16, 32, 64: a call takes 20 ms.
        let at_once = |at: usize| match at {
            0..8 => 4.0,
            8..16 => 8.0,
            16..32 => 16.0,
            32..64 => 32.0,
            _ => 64.0,
        };
        assert!(worst(&pieces(5_000, |at| 0.02 / at_once(at), 1.0)) < 0.2);
    }

    #[test]
    fn unlike_pieces_count_by_their_size() {
        let mut ends = pieces(1_000, |_| 0.02, 2.0);
        let begun = ends.last().unwrap().0;
        ends.extend(pieces(1_000, |_| 0.03, 3.0).into_iter().map(|(at, more)| (begun + at, more)));
        assert!(worst(&ends) < 0.02);
    }

    #[test]
    fn nothing_is_told_before_a_tenth_was_done_and_nothing_is_left_at_the_end() {
        let second = Duration::from_secs(1);
        let mut eta = Eta::new(2.0);
        assert_eq!(eta.left(second), None);
        eta.done(1.0, second);
        assert_eq!(eta.left(second), Some(second));
        assert_eq!(eta.left(second * 2), Some(second * 2), "it waits");
        eta.done(1.0, second * 2);
        assert_eq!(eta.left(second * 2), Some(Duration::ZERO));
        assert_eq!((eta.share(), Eta::new(0.0).share()), (1.0, 1.0));
        let mut eta = Eta::new(300.0);
        (1..=29).for_each(|at| eta.done(1.0, second * at));
        assert_eq!((eta.left(second * 29), eta.speed(second * 29)), (None, Some(1.0)));
        eta.done(1.0, second * 30);
        assert_eq!(eta.left(second * 30), Some(second * 270));
    }

    #[test]
    fn a_time_is_told_in_whole_seconds() {
        let told = |millis| in_seconds(Duration::from_millis(millis));
        assert_eq!([0, 1_200, 60_000, 3_725_000].map(told), ["0s", "2s", "1m", "1h 2m 5s"]);
    }
}
