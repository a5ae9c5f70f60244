//! What became of a plan: one entry a change, and why the run stopped early if it did.
//!
//! Invariant: every change of the plan has exactly one entry, in the plan's order.

use crate::instance::{InstanceId, Name};
use crate::wawp::Kind;

/// What became of a whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// One entry a change, in the plan's order.
    pub entries: Vec<Entry>,
    /// Why nothing more was started, when that happened.
    pub halt: Option<Halt>,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which instance.
    pub name: Name,
    /// The change's word: create, delete, …
    pub action: &'static str,
    /// Its instance_id, as far as it is known.
    pub instance_id: Option<InstanceId>,
    /// How it ended.
    pub end: End,
    /// What is worth knowing beside it, such as a logout that failed before a delete that did not.
    pub notes: Vec<String>,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Done, and recorded.
    Done,
    /// It failed, and it is known how far it came.
    Failed {
        /// What was seen. May hold text from the server.
        why: String,
        /// What kind of failure it is.
        cause: Cause,
        /// Whether applying again may help without anybody changing anything.
        may_pass: bool,
    },
    /// Nobody knows whether the call was executed; the state keeps it as pending.
    Unknown {
        /// What was seen. May hold text from the server.
        why: String,
    },
    /// It was not begun.
    NotStarted {
        /// Why not.
        why: String,
    },
}

/// What kind of failure ended a change, for whoever has to decide what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A call did not succeed.
    Call(Kind),
    /// The session's status does not allow it.
    Status,
    /// The account does not have what it needs.
    Account,
    /// What the plan was made from is not so any more.
    Outdated,
    /// A signing secret is not at hand.
    Secret,
    /// The state cannot be written, or does not take the record.
    State,
    /// The run was over before it was.
    Cut,
    /// The program itself.
    Program,
}

impl Cause {
    /// Its word in machine-readable output.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Call(Kind::NotSent) => "not_sent",
            Self::Call(Kind::Untrusted) => "untrusted",
            Self::Call(Kind::Unauthorized) => "unauthorized",
            Self::Call(Kind::Quota) => "quota_reached",
            Self::Call(Kind::RateLimited) => "rate_limited",
            Self::Call(Kind::Gone) => "gone",
            Self::Call(Kind::NotFound { api_spoke: _ }) => "not_found",
            Self::Call(Kind::Rejected) => "rejected",
            Self::Call(Kind::Unknown) => "no_clear_answer",
            Self::Status => "status",
            Self::Account => "account",
            Self::Outdated => "outdated",
            Self::Secret => "secret",
            Self::State => "state",
            Self::Cut => "cut_short",
            Self::Program => "program",
        }
    }
}

/// Why a run started nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// A signal asked for it.
    Interrupted,
    /// The API does not accept the token.
    Unauthorized(String),
    /// Whoever answers in the API's place cannot show that it is the API.
    Untrusted(String),
    /// The API cannot be reached: no call of the run found anybody there, and one was tried again and again.
    Unreachable(String),
    /// The state can no longer be written.
    StateUnwritable(String),
}

/// How many changes ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Created.
    pub added: usize,
    /// Updated in place. An adoption is one of these too, as in the plan's counts.
    pub changed: usize,
    /// Deleted.
    pub destroyed: usize,
    /// Adopted.
    pub imported: usize,
    /// Renamed in the state.
    pub renamed: usize,
    /// No longer managed.
    pub forgotten: usize,
    /// Failed.
    pub failed: usize,
    /// Unknown.
    pub unknown: usize,
    /// Not started.
    pub not_started: usize,
}

impl Halt {
    /// The reason, as it stands behind a change that was not started.
    #[must_use]
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Unauthorized(_) => "the token was not accepted",
            Self::Untrusted(_) => "the API's certificate is not trusted",
            Self::Unreachable(_) => "the API could not be reached",
            Self::StateUnwritable(_) => "the state could not be written",
        }
    }
}

impl Outcome {
    /// Counts the entries.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for entry in &self.entries {
            let count = match (&entry.end, entry.action) {
                (End::Failed { .. }, _) => &mut tally.failed,
                (End::Unknown { .. }, _) => &mut tally.unknown,
                (End::NotStarted { .. }, _) => &mut tally.not_started,
                (End::Done, "create") => &mut tally.added,
                (End::Done, "delete") => &mut tally.destroyed,
                (End::Done, "adopt") => {
                    tally.imported += 1;
                    &mut tally.changed
                }
                (End::Done, "rename") => &mut tally.renamed,
                (End::Done, "forget") => &mut tally.forgotten,
                (End::Done, _) => &mut tally.changed,
            };
            *count += 1;
        }
        tally
    }
}

impl Tally {
    /// Whether every change is done.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failed == 0 && self.unknown == 0 && self.not_started == 0
    }
}
