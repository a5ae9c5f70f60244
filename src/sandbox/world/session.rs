//! One emulated instance and what each call does to it (wawp-api.md §2, §3.2).
//!
//! Invariant: WORKING is reached only with a pairing; a pairing goes only by logout or by the phone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::naming::{self, IdShape};
use super::pairing::Pairing;
use super::policy;
use super::webhook::Webhook;

/// What the engine of an instance is doing. STARTING ends after a number of info reads, never by a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not running.
    Stopped,
    /// Booting, and reported so for this many more info reads; `None` is stuck until a restart.
    Starting(Option<u32>),
    /// Running, unpaired.
    ScanQrCode,
    /// Running, paired.
    Working,
    /// Broken until a restart, or a start.
    Failed,
}

impl Phase {
    /// The vendor's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Starting(_) => "STARTING",
            Self::ScanQrCode => "SCAN_QR_CODE",
            Self::Working => "WORKING",
            Self::Failed => "FAILED",
        }
    }
}

/// The phone that scanned the QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Digits with the country code.
    pub number: String,
    /// The name its owner shows.
    pub push_name: String,
}

/// One emulated instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Which number of the world's counter it was made from.
    pub number: u64,
    /// Its id as text.
    pub instance_id: String,
    /// Whether its id is answered as a JSON number.
    #[serde(default)]
    pub numeric: bool,
    /// `wawp-` and eight digits.
    pub session_name: String,
    /// The hosting node.
    pub server_name: String,
    /// Whose it is: the mark of a token, never the token.
    pub account: String,
    /// What it is doing.
    pub phase: Phase,
    /// What it was doing before the last change of phase; a stale read answers this.
    pub phase_before: Phase,
    /// Who is paired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// The slug of its sending policy.
    #[serde(default = "standard_policy")]
    pub policy: String,
    /// The policy before the last change of it; a stale read answers this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_before: Option<String>,
    /// The user's webhooks, in the order they were set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    /// The webhooks before the last change of them; a stale read answers this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhooks_before: Option<Vec<Webhook>>,
    /// Whether the vendor's own webhook was turned off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub system_webhook_is_off: bool,
    /// What is under way to pair it.
    #[serde(default, skip_serializing_if = "Pairing::is_untouched")]
    pub pairing: Pairing,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

fn standard_policy() -> String {
    policy::STANDARD.to_owned()
}

impl Instance {
    /// A fresh instance, STOPPED as the create page says (wawp-api.md §2.1).
    #[must_use]
    pub fn new(seed: u64, number: u64, shape: IdShape, account: &str, now: Timestamp) -> Self {
        Self {
            number,
            instance_id: naming::instance_id(seed, number, shape),
            numeric: shape == IdShape::Number,
            session_name: naming::session_name(seed, number),
            server_name: naming::server_name(seed, number),
            account: account.to_owned(),
            phase: Phase::Stopped,
            phase_before: Phase::Stopped,
            phone: None,
            policy: standard_policy(),
            policy_before: None,
            webhooks: Vec::new(),
            webhooks_before: None,
            system_webhook_is_off: false,
            pairing: Pairing::default(),
            created_at: now,
            changed_at: now,
        }
    }

    /// Start: boots what is STOPPED or FAILED; a running one is left alone, except that a WORKING one is
    /// disconnected, which is what the vendor warns of (wawp-api.md §2.2).
    pub fn start(&mut self, reads: Option<u32>, now: Timestamp) {
        match self.phase {
            Phase::Stopped | Phase::Failed => self.turn(Phase::Starting(reads), now),
            Phase::Working => self.turn(Phase::Failed, now),
            Phase::Starting(_) | Phase::ScanQrCode => {}
        }
    }

    /// Stop: keeps the pairing; a second one changes nothing (wawp-api.md §2.3).
    pub fn stop(&mut self, now: Timestamp) {
        self.turn(Phase::Stopped, now);
    }

    /// Restart: stop and start in one, from whatever it is (wawp-api.md §2.4).
    pub fn restart(&mut self, reads: Option<u32>, now: Timestamp) {
        self.turn(Phase::Starting(reads), now);
    }

    /// Logout: the pairing is gone. WORKING becomes SCAN_QR_CODE; what is not running stays so, and FAILED
    /// waits for the start that the documents ask for after it (wawp-api.md §2.5, §3.2).
    pub fn logout(&mut self, now: Timestamp) {
        if self.phone.take().is_some() {
            self.changed_at = now;
        }
        if self.phase == Phase::Working {
            self.turn(Phase::ScanQrCode, now);
        }
    }

    /// One info read: what it reports. STARTING counts down and then settles.
    pub fn read(&mut self, now: Timestamp) {
        match self.phase {
            Phase::Starting(Some(0)) => self.settle(now),
            Phase::Starting(Some(left)) => self.phase = Phase::Starting(Some(left - 1)),
            Phase::Starting(None) | Phase::Stopped | Phase::ScanQrCode | Phase::Working | Phase::Failed => {}
        }
    }

    /// A phone scans the QR code. Whoever looks for the code has waited: a STARTING that is not stuck ends.
    /// True when it is paired by this.
    pub fn scan(&mut self, phone: Phone, now: Timestamp) -> bool {
        if let Phase::Starting(Some(_)) = self.phase {
            self.settle(now);
        }
        if self.phase != Phase::ScanQrCode {
            return false;
        }
        self.phone = Some(phone);
        self.turn(Phase::Working, now);
        true
    }

    /// The phone drops the linked device. WORKING becomes FAILED (wawp-api.md §3.2). True when it was paired.
    pub fn unlink(&mut self, now: Timestamp) -> bool {
        if self.phone.take().is_none() {
            return false;
        }
        self.changed_at = now;
        if self.phase == Phase::Working {
            self.turn(Phase::Failed, now);
        }
        true
    }

    /// Something breaks on the engine's side; the pairing is kept. True when it was running.
    pub fn fail(&mut self, now: Timestamp) -> bool {
        let was_running = self.phase != Phase::Stopped;
        if was_running {
            self.turn(Phase::Failed, now);
        }
        was_running
    }

    /// What a stale read shows: everything as it was before the last change of it.
    #[must_use]
    pub fn before(mut self) -> Self {
        self.phase = self.phase_before;
        self.policy = self.policy_before.take().unwrap_or(self.policy);
        self.webhooks = self.webhooks_before.take().unwrap_or(self.webhooks);
        self
    }

    fn settle(&mut self, now: Timestamp) {
        let settled = if self.phone.is_some() { Phase::Working } else { Phase::ScanQrCode };
        self.turn(settled, now);
    }

    fn turn(&mut self, phase: Phase, now: Timestamp) {
        if self.phase != phase {
            self.phase_before = std::mem::replace(&mut self.phase, phase);
            self.changed_at = now;
            self.pairing.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Instance {
        Instance::new(1, 1, IdShape::Hex, "a", Timestamp::UNIX_EPOCH)
    }

    fn phone() -> Phone {
        Phone { number: "201012345678".to_owned(), push_name: "John".to_owned() }
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn starting_is_reported_as_often_as_asked_and_then_settles() {
        for (reads, seen) in [(0, "SCAN_QR_CODE"), (1, "STARTING"), (2, "STARTING")] {
            let mut it = fresh();
            it.start(Some(reads), NOW);
            it.read(NOW);
            assert_eq!(it.phase.word(), seen, "{reads} reads");
            for _ in 0..reads {
                it.read(NOW);
            }
            assert_eq!(it.phase, Phase::ScanQrCode, "{reads} reads");
        }
    }

    #[test]
    fn a_paired_session_resumes_working_after_stop_and_start() {
        let mut it = fresh();
        it.start(Some(1), NOW);
        assert!(it.scan(phone(), NOW));
        it.stop(NOW);
        assert_eq!((it.phase, it.phone.is_some()), (Phase::Stopped, true));
        it.start(Some(0), NOW);
        it.read(NOW);
        assert_eq!(it.phase, Phase::Working);
    }

    #[test]
    fn a_start_on_working_disconnects_and_a_restart_heals_without_the_phone() {
        let mut it = fresh();
        it.start(Some(0), NOW);
        assert!(it.scan(phone(), NOW));
        it.start(Some(0), NOW);
        assert_eq!(it.phase, Phase::Failed);
        it.restart(Some(0), NOW);
        it.read(NOW);
        assert_eq!(it.phase, Phase::Working);
    }

    #[test]
    fn a_logout_drops_the_pairing_and_starts_nothing() {
        let mut it = fresh();
        it.start(Some(0), NOW);
        assert!(it.scan(phone(), NOW));
        it.logout(NOW);
        assert_eq!((it.phase, it.phone.clone()), (Phase::ScanQrCode, None));
        assert!(it.scan(phone(), NOW));
        it.stop(NOW);
        it.logout(NOW);
        assert_eq!((it.phase, it.phone.clone()), (Phase::Stopped, None));
    }

    #[test]
    fn a_phone_that_unlinks_leaves_failed_and_needs_the_phone_again() {
        let mut it = fresh();
        assert!(!it.unlink(NOW), "nothing is paired");
        it.start(Some(0), NOW);
        assert!(it.scan(phone(), NOW));
        assert!(it.unlink(NOW));
        assert_eq!(it.phase, Phase::Failed);
        it.restart(Some(0), NOW);
        it.read(NOW);
        assert_eq!(it.phase, Phase::ScanQrCode);
    }

    #[test]
    fn a_stuck_start_ends_only_by_a_restart() {
        let mut it = fresh();
        it.start(None, NOW);
        for _ in 0..100 {
            it.read(NOW);
        }
        assert!(!it.scan(phone(), NOW));
        assert_eq!(it.phase.word(), "STARTING");
        it.restart(Some(0), NOW);
        it.read(NOW);
        assert_eq!(it.phase, Phase::ScanQrCode);
    }

    #[test]
    fn what_is_stopped_or_working_cannot_be_scanned() {
        let mut it = fresh();
        assert!(!it.scan(phone(), NOW));
        it.start(Some(0), NOW);
        assert!(it.scan(phone(), NOW));
        assert!(!it.scan(phone(), NOW));
    }
}
