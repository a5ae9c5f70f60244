//! Whether a failed call is made again, and after how long.
//!
//! Invariant: a call is repeated only when it surely did not execute, or when executing it twice is the same
//! as once. A create of unknown outcome is never repeated.

use std::time::Duration;

use super::error::{CallError, Kind};
use super::wire::Endpoint;

/// How often a call is made at most when it fails without a word about when to come back.
const MOST_TRIES: u32 = 4;
/// How often at most when the API says that it is asked too fast.
const MOST_RATE_LIMITED: u32 = 12;
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// The first wait of the backoff; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait of the backoff.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Give up: the error stands.
    Stop,
    /// Make the call again after this time.
    Again(Duration),
    /// Make the call again after this time, and let every other call wait as long.
    PauseAll(Duration),
}

/// Decides after the `tries`-th failure (1 is the first). `jitter` is a number from 0 to 1: the caller's
/// randomness, spread over the upper half of the wait.
#[must_use]
pub fn decide(endpoint: Endpoint, error: &CallError, tries: u32, jitter: f64) -> Verdict {
    let backoff = FIRST_WAIT.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST_BACKOFF);
    let backoff = backoff.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0);
    // No wait at all, or a date that is past, would be answered in the same way again.
    let asked = error.retry_after.filter(|wait| !wait.is_zero()).map(|wait| wait.min(LONGEST_WAIT));
    match error.kind {
        Kind::RateLimited if tries < MOST_RATE_LIMITED => Verdict::PauseAll(asked.unwrap_or(backoff)),
        Kind::NotSent if tries < MOST_TRIES => Verdict::Again(backoff),
        Kind::Unknown if tries < MOST_TRIES && is_idempotent(endpoint) => {
            Verdict::Again(asked.map_or(backoff, |asked| asked.max(backoff)))
        }
        _ => Verdict::Stop,
    }
}

/// Whether doing it twice is the same as doing it once. Start is not: on a session that has become WORKING
/// it may disconnect it (wawp-api.md §2.2), so whoever wants to repeat it reads info first. Nor is logout,
/// which on a session that was started again in between would drop a pairing. A second pairing page ends the first,
/// which nobody has seen.
const fn is_idempotent(endpoint: Endpoint) -> bool {
    match endpoint {
        Endpoint::Info | Endpoint::Me | Endpoint::Stop | Endpoint::Delete => true,
        Endpoint::ReadPolicy | Endpoint::SetPolicy => true,
        Endpoint::ReadWebhooks | Endpoint::SetWebhook | Endpoint::DeleteWebhook => true,
        Endpoint::ReadLink | Endpoint::MakeLink | Endpoint::RevokeLinks | Endpoint::Qr => true,
        Endpoint::Create | Endpoint::Start | Endpoint::Restart | Endpoint::Logout => false,
        // Each may ring the phone.
        Endpoint::RequestCode => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind) -> CallError {
        CallError::unanswered(kind, "")
    }

    fn asking(kind: Kind, seconds: u64) -> CallError {
        CallError { retry_after: Some(Duration::from_secs(seconds)), ..error(kind) }
    }

    #[test]
    fn a_create_is_repeated_only_when_it_surely_did_not_run() {
        let decide = |kind| decide(Endpoint::Create, &error(kind), 1, 1.0);
        assert_eq!(decide(Kind::Unknown), Verdict::Stop);
        assert_eq!(decide(Kind::Quota), Verdict::Stop);
        assert_eq!(decide(Kind::Unauthorized), Verdict::Stop);
        assert_eq!(decide(Kind::NotSent), Verdict::Again(FIRST_WAIT));
        assert_eq!(decide(Kind::Untrusted), Verdict::Stop);
    }

    #[test]
    fn the_wait_that_the_server_asks_for_is_kept_up_to_ten_minutes() {
        let decide = |endpoint, error| decide(endpoint, &error, 1, 1.0);
        let limited = |seconds| decide(Endpoint::Create, asking(Kind::RateLimited, seconds));
        assert_eq!(limited(7), Verdict::PauseAll(Duration::from_secs(7)));
        assert_eq!(limited(0), Verdict::PauseAll(FIRST_WAIT));
        assert_eq!(limited(86_400), Verdict::PauseAll(LONGEST_WAIT));
        let down = |seconds| decide(Endpoint::Info, asking(Kind::Unknown, seconds));
        assert_eq!(down(7), Verdict::Again(Duration::from_secs(7)));
        assert_eq!(down(0), Verdict::Again(FIRST_WAIT));
        assert_eq!(decide(Endpoint::Create, asking(Kind::Unknown, 7)), Verdict::Stop);
    }

    #[test]
    fn waits_double_are_capped_and_come_to_an_end() {
        let wait = |tries| decide(Endpoint::Info, &error(Kind::Unknown), tries, 1.0);
        assert_eq!(wait(1), Verdict::Again(Duration::from_millis(500)));
        assert_eq!(wait(2), Verdict::Again(Duration::from_secs(1)));
        assert_eq!(wait(3), Verdict::Again(Duration::from_secs(2)));
        assert_eq!(wait(4), Verdict::Stop);
        let limited = |tries| decide(Endpoint::Info, &error(Kind::RateLimited), tries, 1.0);
        assert_eq!(limited(11), Verdict::PauseAll(LONGEST_BACKOFF));
        assert_eq!(limited(12), Verdict::Stop);
    }
}
