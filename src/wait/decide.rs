//! Who is there, who is to be restarted, and when: one instance at a time.
//!
//! Invariant: a restart is asked for once an instance, and only on what was seen; an unclear look changes nothing.

use std::time::Duration;

use crate::instance::Status;
use crate::observe::Sighting;

/// How often in a row the API has to call an instance gone: one read may be stale (wawp-api.md §1.5).
const SURELY_GONE: u32 = 2;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The session runs: STARTING, SCAN_QR_CODE or WORKING.
    Running,
    /// It is paired and usable: WORKING.
    Working,
}

/// What follows from a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is there.
    There,
    /// It is gone, and will not come back under this id.
    Lost,
    /// Look again.
    Wait,
    /// It will not get there by itself: restart it, then look again.
    Restart,
}

/// What is known of one instance that is waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// When it was first seen STARTING, of those looks in a row.
    starting_since: Option<Duration>,
    restarted: bool,
    gone: u32,
}

impl Goal {
    /// Whether a status is enough.
    #[must_use]
    pub const fn is_met_by(self, status: &Status) -> bool {
        match self {
            Self::Running => matches!(status, Status::Starting | Status::ScanQrCode | Status::Working),
            Self::Working => matches!(status, Status::Working),
        }
    }

    /// The goal as a word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Working => "working",
        }
    }
}

impl Watch {
    /// What follows from a look at `now`, a time since any fixed moment. `stuck_after` is how long STARTING may
    /// last: 60 s, by the vendor's documents (wawp-api.md §3.1).
    pub fn looked(&mut self, goal: Goal, sighting: &Sighting, now: Duration, stuck_after: Duration) -> Step {
        let status = match sighting {
            Sighting::Seen(look) => &look.info.status,
            Sighting::Gone => {
                self.gone += 1;
                return if self.gone >= SURELY_GONE { Step::Lost } else { Step::Wait };
            }
            Sighting::Unclear { .. } => return Step::Wait,
        };
        self.gone = 0;
        if goal.is_met_by(status) {
            return Step::There;
        }
        if *status != Status::Starting {
            self.starting_since = None;
        }
        let is_due = match status {
            Status::Failed => true,
            Status::Starting => now.saturating_sub(*self.starting_since.get_or_insert(now)) > stuck_after,
            _ => false,
        };
        if is_due && !self.restarted { Step::Restart } else { Step::Wait }
    }

    /// It is being restarted. However that ends, it is not done again: each restart interrupts the service.
    pub const fn restarted(&mut self) {
        self.restarted = true;
        self.starting_since = None;
    }

    /// Whether it was restarted.
    #[must_use]
    pub const fn is_restarted(&self) -> bool {
        self.restarted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wawp::Observed;

    fn seen(word: &str) -> Sighting {
        let status = Status::from_word(word);
        Sighting::Seen(Observed { status, session_name: None, server_name: None, paired: None }.into())
    }

    fn unclear() -> Sighting {
        Sighting::Unclear { why: String::new() }
    }

    /// What follows from looks at these seconds; a restart that is asked for is made.
    fn steps(goal: Goal, looks: &[(u64, Sighting)]) -> Vec<Step> {
        let mut watch = Watch::default();
        let minute = Duration::from_secs(60);
        let mut step = |(second, sighting): &(u64, Sighting)| {
            let step = watch.looked(goal, sighting, Duration::from_secs(*second), minute);
            if step == Step::Restart {
                watch.restarted();
            }
            step
        };
        looks.iter().map(&mut step).collect()
    }

    use Step::{Lost, Restart, There, Wait};

    #[test]
    fn running_is_met_at_once_and_working_only_by_working() {
        for (word, running, working) in [
            ("STARTING", There, Wait),
            ("SCAN_QR_CODE", There, Wait),
            ("WORKING", There, There),
            ("STOPPED", Wait, Wait),
            ("PAUSED", Wait, Wait),
        ] {
            assert_eq!(steps(Goal::Running, &[(0, seen(word))]), [running], "{word}");
            assert_eq!(steps(Goal::Working, &[(0, seen(word))]), [working], "{word}");
        }
    }

    #[test]
    fn a_start_that_is_stuck_for_more_than_a_minute_is_restarted_once() {
        let starting = [0, 59, 60, 61, 100, 121, 122, 300].map(|second| (second, seen("STARTING")));
        let expected = [Wait, Wait, Wait, Restart, Wait, Wait, Wait, Wait];
        assert_eq!(steps(Goal::Working, &starting), expected);
    }

    #[test]
    fn the_minute_begins_again_when_something_else_was_seen() {
        let looks =
            [(0, seen("STARTING")), (50, seen("STOPPED")), (61, seen("STARTING")), (122, seen("STARTING"))];
        assert_eq!(steps(Goal::Working, &looks), [Wait, Wait, Wait, Restart]);
        let looks = [(0, seen("STARTING")), (50, unclear()), (61, seen("STARTING"))];
        assert_eq!(steps(Goal::Working, &looks), [Wait, Wait, Restart], "what is unclear proves nothing");
    }

    #[test]
    fn what_failed_is_restarted_once_and_waited_for_after_that() {
        let looks =
            [(0, seen("FAILED")), (3, seen("FAILED")), (9, seen("STARTING")), (12, seen("SCAN_QR_CODE"))];
        assert_eq!(steps(Goal::Running, &looks), [Restart, Wait, There, There]);
        assert_eq!(steps(Goal::Working, &looks), [Restart, Wait, Wait, Wait]);
    }

    #[test]
    fn gone_has_to_be_said_twice_in_a_row_and_unclear_never_ends_it() {
        use Sighting::Gone;
        assert_eq!(steps(Goal::Running, &[(0, Gone), (3, Gone)]), [Wait, Lost]);
        assert_eq!(steps(Goal::Working, &[(0, Gone), (3, seen("STARTING")), (6, Gone)]), [Wait, Wait, Wait]);
        assert_eq!(steps(Goal::Working, &vec![(0, unclear()); 9]), [Wait; 9]);
    }
}
