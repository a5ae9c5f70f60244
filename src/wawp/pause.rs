//! The pause that all calls of one client share: when the API says "too fast" to one, it means everyone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets calls through, except while a pause lasts.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Mutex<Option<Instant>>,
}

impl Pause {
    /// No call leaves for this long; a longer pause that already lasts stays. Whether this is news: when many
    /// calls are refused at once, each asks for nearly the same.
    pub(super) fn all_for(&self, wait: Duration) -> bool {
        let now = Instant::now();
        let end = now + wait;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let known = until.filter(|known| *known > now);
        *until = Some(known.map_or(end, |known| known.max(end)));
        known.is_none_or(|known| end > known + wait / 2)
    }

    /// Returns when no pause lasts, also when it was made longer in the meantime.
    pub(super) async fn over(&self) {
        loop {
            let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
            match until {
                Some(end) if end > Instant::now() => tokio::time::sleep_until(end).await,
                _ => return,
            }
        }
    }
}
