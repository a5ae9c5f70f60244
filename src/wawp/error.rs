//! What a call that did not succeed means: was it surely not executed, or is that unknown?
//!
//! Invariant: anything that is not clearly a rejection is unknown. A create is never repeated on a guess.

use std::fmt;
use std::time::Duration;

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// What it means for whoever called.
    pub kind: Kind,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// The vendor's error code, when one was named (wawp-api.md §1.3).
    pub code: Option<String>,
    /// The wait that `Retry-After` asks for, when it was sent.
    pub retry_after: Option<Duration>,
    /// What was seen, in words. It may hold text from the server: escape it where it is shown. It never holds
    /// the token.
    pub message: String,
}

/// The classes of failure that a caller tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection could be made: surely not executed.
    NotSent,
    /// Whoever answered there could not show a certificate that is trusted for the address. Surely not executed,
    /// and not tried again: the next answer may come from the same stranger.
    Untrusted,
    /// 401: the token is not accepted. Surely not executed, and no other call will fare better.
    Unauthorized,
    /// 403 `quota_reached`: every slot of the account is taken. Surely not executed.
    Quota,
    /// 429: too fast. Surely not executed.
    RateLimited,
    /// The instance does not exist: 410, or 404 with a code that says so.
    Gone,
    /// Another 404. `api_spoke` tells whether the API itself answered, rather than something in front of it.
    NotFound {
        /// The body was the API's kind of answer, JSON.
        api_spoke: bool,
    },
    /// Another 4xx: refused, surely not executed.
    Rejected,
    /// A timeout, a reset after sending, a 5xx, an answer that cannot be read: executed or not, nobody knows.
    Unknown,
}

impl CallError {
    /// An error without an answer.
    #[must_use]
    pub fn unanswered(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, status: None, code: None, retry_after: None, message: message.into() }
    }

    /// Whether the call surely changed nothing.
    #[must_use]
    pub const fn surely_not_executed(&self) -> bool {
        !matches!(self.kind, Kind::Unknown)
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::NotSent | Kind::RateLimited | Kind::Unknown)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind: _, status, code, retry_after: _, message } = self;
        if let Some(status) = status {
            write!(f, "HTTP {status}")?;
            if let Some(code) = code {
                write!(f, " {code}")?;
            }
            if !message.is_empty() {
                f.write_str(": ")?;
            }
        }
        f.write_str(message)
    }
}

impl std::error::Error for CallError {}
