//! The document: what is recorded of one fleet.
//!
//! Invariant: it never holds a secret, its encoding is stable (sorted, one instance a block), and its serial
//! rises with every record, so two different documents of one lineage never share a serial.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::json::checked_map;
use crate::instance::{InstanceId, Labels, Name};

mod barred;
mod book;
mod codec;
mod fold;
mod part;
#[cfg(feature = "postgres")]
mod rows;

pub use barred::Barred;
pub use book::Book;
pub use codec::{DocumentError, FORMAT};
pub use fold::FoldError;
pub use part::{HmacMark, Hook, Part};
#[cfg(feature = "postgres")]
pub(in crate::state) use rows::Rows;

/// Chosen once when a state is begun; says whether two serials may be compared at all. A UUID in text form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lineage(pub String);

/// A salted, truncated fingerprint of the account's token: it recognises another account and cannot be
/// turned back into a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountMark(pub String);

/// The decoded state of one fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whose state this is.
    pub fleet: Name,
    /// Which history this is.
    pub lineage: Lineage,
    /// Rises by one with every record.
    pub serial: u64,
    /// The API the instances live in: a base URL without a trailing slash, or `sandbox`.
    pub api: String,
    /// Which account they live in; `None` until the first call.
    pub account: Option<AccountMark>,
    /// The recorded instances.
    pub instances: BTreeMap<Name, Recorded>,
    /// Calls whose outcome is not known.
    pub pending: BTreeMap<Name, Pending>,
    /// Why nobody may work with it here; `None` in every document that [`decode`](Self::decode) lets through.
    pub barred: Option<Barred>,
}

impl Document {
    /// The state of a fleet that has none yet: empty, at serial 0.
    #[must_use]
    pub fn begin(fleet: Name, lineage: Lineage, api: String) -> Self {
        Self {
            fleet,
            lineage,
            serial: 0,
            api,
            account: None,
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            barred: None,
        }
    }

    /// The document for work with an API. One in which nobody lives, such as after a run that was sent to a wrong address,
    /// goes on there: a step of its own, in which it belongs to no account yet.
    ///
    /// # Errors
    /// When its instances live in another API: which one.
    pub fn in_api(self, api: &str) -> Result<Self, String> {
        match () {
            () if self.api == api => Ok(self),
            () if self.instances.is_empty() && self.pending.is_empty() => {
                Ok(Self { serial: self.serial.saturating_add(1), api: api.to_owned(), account: None, ..self })
            }
            () => Err(self.api),
        }
    }
}

/// What is recorded of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The vendor's handle.
    pub instance_id: InstanceId,
    /// The vendor's name of the session; webhook events carry it instead of the id (wawp-api.md §3.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// The hosting node; the vendor's support asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// When this tool created or bound it.
    pub created_at: Timestamp,
    /// Protected from deletion until a change of its own lifts it.
    pub protect: bool,
    /// The user's own labels.
    #[serde(deserialize_with = "checked_map")]
    pub labels: Labels,
    /// The run state last reached: false until a start is known to have worked.
    pub running: bool,
    /// The sending policy last set; `None` when this tool never set one, or no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// The webhooks that this tool has set, by URL. Others at the vendor are not its own and are left alone.
    #[serde(default, deserialize_with = "checked_map", skip_serializing_if = "BTreeMap::is_empty")]
    pub webhooks: BTreeMap<String, Hook>,
    /// What a call was about to set, or may have set, and no result is recorded of: it is set again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub doubtful: BTreeSet<Part>,
}

impl Recorded {
    /// A session as a create leaves it, before anything else is known or set.
    #[must_use]
    pub fn new(instance_id: InstanceId, created_at: Timestamp) -> Self {
        Self {
            instance_id,
            session_name: None,
            server_name: None,
            created_at,
            protect: false,
            labels: Labels::new(),
            running: false,
            rate_limit: None,
            webhooks: BTreeMap::new(),
            doubtful: BTreeSet::new(),
        }
    }
}

/// A call that was about to be made and whose result is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// Which call.
    pub call: Call,
    /// When it was about to be made.
    pub since: Timestamp,
    /// Why its outcome is unknown; absent when the run was cut off before anything was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The calls that change something at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Takes a slot; cannot be repeated or found again.
    Create,
    /// Logout, then delete; may be repeated.
    Delete,
    /// Start, after info; may be repeated.
    Start,
    /// Stop; may be repeated.
    Stop,
}

impl Call {
    /// The call as a word in a sentence; the same word as in the document.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Start => "start",
            Self::Stop => "stop",
        }
    }

    /// Whether its intent is kept as pending until it is settled. A start or a stop may be repeated, so it only
    /// leaves the run state in doubt.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Create | Self::Delete)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_word())
    }
}
