//! What happens between a call and its answer, told as it happens.

use std::sync::Arc;
use std::time::Duration;

use super::error::CallError;
use super::way::Way;
use super::wire::Endpoint;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A call failed and is made again after the wait.
    Again {
        /// Which call.
        endpoint: Endpoint,
        /// After how long.
        wait: Duration,
        /// Why.
        error: CallError,
    },
    /// The API is asked too fast: no call leaves until the wait is over.
    Paused {
        /// How long.
        wait: Duration,
    },
    /// A call was refused unread, it seems, and is made in another documented way.
    OtherWay {
        /// Which call.
        endpoint: Endpoint,
        /// The way it goes now.
        way: Way,
        /// The refusal.
        error: CallError,
    },
    /// Only a way that puts the token into the URL works. Told once a client.
    TokenInUrl {
        /// For which call it was found first.
        endpoint: Endpoint,
    },
}

/// Who is told.
pub type Listener = Arc<dyn Fn(Notice) + Send + Sync>;
