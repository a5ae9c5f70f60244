//! What a run is told by its caller, and the caller's way to stop it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::event::Listener;
use crate::instance::Secret;
use crate::state::AccountMark;
use crate::wawp::Concurrency;

/// How long calls in flight may still take after a stop was asked for, all of them together. With the
/// recording after it the whole stays under 5 s; pipelines kill after 7.5 s.
pub const GRACE: Duration = Duration::from_secs(4);

/// Where the time of a record comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a run is told by its caller.
#[derive(Clone)]
pub struct Settings {
    /// How many calls may be in flight.
    pub concurrency: Concurrency,
    /// How long calls in flight may still take after a stop was asked for; usually [`GRACE`].
    pub grace: Duration,
    /// The mark of the token's account, when the state does not have it yet. It is recorded with the first
    /// result after a call that succeeded: a token that is refused marks nothing.
    pub account: Option<AccountMark>,
    /// The signing secrets of webhooks, by the variable that holds them.
    pub secrets: BTreeMap<String, Secret>,
    /// The clock.
    pub clock: Clock,
    /// Who hears what happens.
    pub listener: Listener,
    /// The caller's way to stop the run.
    pub stop: Stop,
}

/// A way to stop a run from outside: nothing more is started, calls in flight get a short grace.
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Asks for the stop.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Returns once the stop was asked for.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }

    /// The same stop, for what knows no more of this room than that it may be stopped.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Whether the stop was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }
}
