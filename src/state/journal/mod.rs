//! The journal: the records made since the document was last written whole.
//!
//! Invariant: folding a document with its journal gives the document that the run would have written.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::{AccountMark, Call, Hook, Part, Recorded};
use super::json::checked_map;
use crate::instance::{Labels, Name};

mod line;
mod notice;
mod replay;

pub use line::{FORMAT, encode_batch};
pub use notice::Notice;
pub use replay::{JournalError, Replayed, replay};

/// One durable fact. An intent comes before its call, every other record after what it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// The token that is used from here on belongs to this account.
    Account {
        /// Its mark.
        account: AccountMark,
    },
    /// A call is about to be made.
    Intent {
        /// For which instance.
        name: Name,
        /// Which call.
        call: Call,
        /// When.
        at: Timestamp,
    },
    /// The call surely did not change anything: the intent is void.
    Rejected {
        /// For which instance.
        name: Name,
        /// Which call.
        call: Call,
    },
    /// The call may or may not have changed something.
    Unknown {
        /// For which instance.
        name: Name,
        /// Which call.
        call: Call,
        /// What was seen, in words, without any secret.
        reason: String,
    },
    /// A create gave this instance, or an import or adoption bound it. Settles whatever was pending.
    Bound {
        /// For which name.
        name: Name,
        /// What is recorded of it.
        recorded: Recorded,
    },
    /// The instance is gone. Settles the intent of its delete.
    Deleted {
        /// Which.
        name: Name,
    },
    /// The run state that was reached. Settles the intent of a start or a stop.
    Running {
        /// Which instance.
        name: Name,
        /// Started, or stopped.
        running: bool,
    },
    /// A part is about to be set: a policy, a webhook.
    Setting {
        /// Of which instance.
        name: Name,
        /// Which part.
        part: Part,
    },
    /// The call that was to set it surely changed nothing.
    NotSet {
        /// Of which instance.
        name: Name,
        /// Which part.
        part: Part,
    },
    /// The sending policy from here on; `None` when it is no longer managed.
    RateLimit {
        /// Which instance.
        name: Name,
        /// Its slug.
        rate_limit: Option<String>,
    },
    /// The webhook of a URL from here on; `None` when it was removed.
    Webhook {
        /// Which instance.
        name: Name,
        /// Its URL.
        url: String,
        /// What it is.
        hook: Option<Hook>,
    },
    /// The manifest's own facts about it changed; nothing was called.
    Described {
        /// Which instance.
        name: Name,
        /// Its labels from here on.
        #[serde(deserialize_with = "checked_map")]
        labels: Labels,
        /// Its protection from here on.
        protect: bool,
    },
    /// It has another name from here on; the live session was not touched.
    Renamed {
        /// The recorded name.
        from: Name,
        /// Its name from here on.
        to: Name,
    },
    /// No longer managed, instance or pending call; the live session is kept.
    Forgotten {
        /// Which.
        name: Name,
    },
}

impl Record {
    /// Whether it announces a call: such a record must be durable before the call leaves.
    #[must_use]
    pub const fn is_intent(&self) -> bool {
        matches!(self, Self::Intent { .. } | Self::Setting { .. })
    }

    /// The names whose entries it may change: none, one, or two.
    pub(super) fn names(&self) -> [Option<&Name>; 2] {
        match self {
            Self::Account { account: _ } => [None, None],
            Self::Intent { name, call: _, at: _ }
            | Self::Rejected { name, call: _ }
            | Self::Unknown { name, call: _, reason: _ }
            | Self::Bound { name, recorded: _ }
            | Self::Deleted { name }
            | Self::Running { name, running: _ }
            | Self::Setting { name, part: _ }
            | Self::NotSet { name, part: _ }
            | Self::RateLimit { name, rate_limit: _ }
            | Self::Webhook { name, url: _, hook: _ }
            | Self::Described { name, labels: _, protect: _ }
            | Self::Forgotten { name } => [Some(name), None],
            Self::Renamed { from, to } => [Some(from), Some(to)],
        }
    }
}
