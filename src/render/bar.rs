//! The one line that shows how far something is: how much, how fast, how long still, what it waits for, what it does.
//!
//! Invariant: it is never wider than it is told; what it waits for is left out last.

use std::time::Duration;

use super::eta::{Eta, in_seconds};

/// How wide the drawn part is.
const DRAWN: usize = 20;
/// With less room what is done at the moment is not told: the beginning of a name says nothing.
const LEAST: usize = 16;

/// Why nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// No call leaves.
    All,
    /// One call is made again.
    One,
}

/// How far something is.
#[derive(Debug)]
pub struct Bar {
    total: usize,
    done: usize,
    speed: Eta,
    doing: String,
    /// What is waited for, until when, and why.
    wait: Option<(Wait, Duration, String)>,
}

impl Bar {
    /// Nothing of so many is done.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self { total, done: 0, speed: Eta::new(total as f64), doing: String::new(), wait: None }
    }

    /// One more is done.
    pub fn done(&mut self, now: Duration) {
        self.done = self.done.saturating_add(1);
        self.speed.done(1.0, now);
    }

    /// This is done now.
    pub fn does(&mut self, what: String) {
        self.doing = what;
    }

    /// From now on something is waited for, for so long. A pause of all outlasts what is told of one call.
    pub fn waits(&mut self, wait: Wait, long: Duration, why: String, now: Duration) {
        let until = now.saturating_add(long);
        let stays = match (&self.wait, wait) {
            (Some((Wait::All, other, _)), Wait::All) => *other > until,
            (Some((_, other, _)), Wait::One) => *other > now,
            _ => false,
        };
        if !stays {
            self.wait = Some((wait, until, why));
        }
    }

    /// The line as it is now. How long it still takes is told, because pieces may count unlike.
    #[must_use]
    pub fn line(&self, left: Option<Duration>, now: Duration, columns: usize) -> String {
        let Self { total, done, speed, doing, wait } = self;
        let counted = format!("{done}/{total}");
        let speed = speed.speed(now).map(|speed| format!("  {speed:.1}/s")).unwrap_or_default();
        let left = left.map(|left| format!("  ~{} left", in_seconds(left))).unwrap_or_default();
        let wait = wait.as_ref().filter(|(_, until, _)| *until > now).map(|(wait, until, why)| {
            let word = if *wait == Wait::All { "waits" } else { "retries in" };
            format!("  {word} {} ({why})", soon(until.saturating_sub(now)))
        });
        let wait = wait.unwrap_or_default();
        let mut line = format!("{} {counted}", drawn(*done, *total));
        let fits = |text: &str, more: usize| text.chars().count().saturating_add(more) <= columns;
        if !fits(&line, wait.chars().count()) {
            line = counted;
        }
        for piece in [speed, left] {
            if fits(&line, piece.chars().count().saturating_add(wait.chars().count())) {
                line += &piece;
            }
        }
        line += &wait;
        let room = columns.saturating_sub(line.chars().count());
        if !doing.is_empty() && room >= LEAST {
            line += "  ";
            line += &cut(doing, room.saturating_sub(2));
        }
        cut(&line, columns)
    }
}

fn drawn(done: usize, total: usize) -> String {
    let full = done.min(total).saturating_mul(DRAWN).checked_div(total).unwrap_or(DRAWN);
    "█".repeat(full) + &"░".repeat(DRAWN.saturating_sub(full))
}

/// A wait in tenths, while they are to be seen.
fn soon(left: Duration) -> String {
    if left < Duration::from_secs(10) { format!("{:.1} s", left.as_secs_f64()) } else { in_seconds(left) }
}

/// As much of a text as fits, and a sign that it goes on.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    if columns == 0 { kept } else { kept + "…" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// 8 of 60 done in 2 s.
    fn bar() -> Bar {
        let mut bar = Bar::new(60);
        (1..=8).for_each(|at| bar.done(SECOND / 4 * at));
        bar.does("create shop-009".into());
        bar
    }

    #[test]
    fn it_tells_how_far_it_is_how_fast_how_long_still_and_what_it_does() {
        let line = bar().line(Some(SECOND * 35), SECOND * 2, 80);
        assert_eq!(line, "██░░░░░░░░░░░░░░░░░░ 8/60  4.0/s  ~35s left  create shop-009");
    }

    #[test]
    fn why_it_waits_counts_down_and_is_gone_at_its_end() {
        let mut bar = bar();
        bar.waits(Wait::All, SECOND * 12, "429".into(), SECOND * 2);
        // What begins meanwhile does not take its place.
        bar.does("create shop-010".into());
        let told =
            |bar: &Bar, now: Duration| bar.line(None, now, 80).split("/s  ").nth(1).unwrap().to_owned();
        assert_eq!(told(&bar, SECOND * 2), "waits 12s (429)  create shop-010");
        assert_eq!(told(&bar, SECOND * 27 / 2), "waits 0.5 s (429)  create shop-010");
        assert_eq!(told(&bar, SECOND * 14), "create shop-010");
    }

    #[test]
    fn a_pause_of_all_is_told_before_the_retry_of_one() {
        let told = |bar: &Bar| bar.line(None, SECOND * 2, 50);
        let mut bar = bar();
        bar.waits(Wait::One, SECOND * 4, "no answer".into(), SECOND * 2);
        assert!(told(&bar).contains("  retries in 4.0 s (no answer)"), "{}", told(&bar));
        bar.waits(Wait::All, SECOND * 2, "429".into(), SECOND * 2);
        assert!(told(&bar).contains("  waits 2.0 s (429)"));
        bar.waits(Wait::One, SECOND * 9, "503".into(), SECOND * 2);
        bar.waits(Wait::All, SECOND, "429".into(), SECOND * 2);
        assert!(told(&bar).contains("  waits 2.0 s (429)"), "the longer pause stays");
    }

    #[test]
    fn it_is_never_too_wide_and_leaves_out_last_what_it_waits_for() {
        let mut bar = bar();
        bar.does(format!("create {}", "x".repeat(63)));
        bar.waits(Wait::All, SECOND, "429".into(), SECOND * 2);
        for columns in 0..120 {
            let line = bar.line(Some(SECOND * 3_725), SECOND * 2, columns);
            assert!(line.chars().count() <= columns, "{columns}: {line}");
            assert!(columns < 24 || line.contains("8/60") && line.contains("waits 1.0 s (429)"), "{line}");
        }
        assert!(bar.line(None, SECOND * 2, 74).ends_with("waits 1.0 s (429)  create xxxxxxxxxxxxx…"));
    }

    #[test]
    fn before_anything_is_done_no_speed_is_told_and_at_the_end_it_is_full() {
        let mut bar = Bar::new(1);
        assert_eq!(bar.line(None, SECOND, 80), "░░░░░░░░░░░░░░░░░░░░ 0/1");
        bar.done(SECOND);
        assert_eq!(bar.line(Some(Duration::ZERO), SECOND, 80), "████████████████████ 1/1  1.0/s  ~0s left");
    }
}
