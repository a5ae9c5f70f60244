//! The seam between the ledger and the places where a document's bytes can live.
//!
//! Stores move bytes and records; what they mean is decided above. [`Reader`] is all that a preview gets;
//! a [`Pen`] exists only while the lock is held.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::document::Document;
use super::journal::Record;

#[cfg(feature = "object-storage")]
pub mod blob;
mod desk;
mod disk;
mod http;
mod local;
#[cfg(feature = "postgres")]
mod postgres;

pub(super) use disk::{Fate, create_private, fate, open_private, sync_folder};
pub use http::{HttpAddress, HttpAddressError, HttpLock, HttpRetries, HttpSettings, HttpStore, HttpTls};
pub use local::LocalStore;
#[cfg(feature = "postgres")]
pub use postgres::{Address as PostgresAddress, AddressError as PostgresAddressError, PostgresStore};

/// The half of a store that can only look.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Where the document lives, as people write it.
    fn place(&self) -> String;

    /// Reads the document and its journal without a lock, consistent with each other.
    ///
    /// # Errors
    /// When the place cannot be read. A place with nothing in it is an empty snapshot.
    async fn read(&self) -> Result<Snapshot, StoreError>;

    /// Who holds the lock at this moment, where that can be seen without taking it; `None` says nothing. For what is
    /// said to a person, never for what is done.
    async fn at_work(&self) -> Option<Box<LockInfo>> {
        None
    }
}

/// A place that can also be written, by one writer at a time.
#[async_trait]
pub trait Store: Reader {
    /// Takes the lock, or says at once who holds it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when someone else holds it; anything else when it cannot be taken at all.
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError>;

    /// Who holds the lock at this moment. Asking is trying to take it, as `asking`, and letting go at once, so a
    /// lock that lapsed, or whose process died where that can be known, has no holder.
    ///
    /// # Errors
    /// When it cannot be known.
    async fn holder(&self, asking: &LockInfo) -> Result<Option<Holder>, StoreError> {
        match self.lock(asking).await {
            Ok(pen) => {
                pen.release().await?;
                Ok(None)
            }
            Err(StoreError::Locked(info)) => Ok(Some(Holder(info))),
            Err(error) => Err(error),
        }
    }

    /// Takes the lock with this id away from its holder, for a person who knows that it is not at work any more;
    /// if it is all the same, its pen writes nothing more and says [`StoreError::Disturbed`]. Nothing is to be
    /// done when nobody holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when the lock has another id by now, or its id cannot be read.
    async fn break_lock(&self, id: &str) -> Result<(), StoreError>;
}

/// Whoever holds a lock, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(pub Option<Box<LockInfo>>);

/// The one writer. Dropping it lets go of the lock: at once where that needs no waiting, else in a task of its own
/// (`parting::spawn_if_running`) that the end of the process waits for.
#[async_trait]
pub trait Pen: Send {
    /// Reads what is there, under the lock.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn read(&mut self) -> Result<Snapshot, StoreError>;

    /// Makes a batch of records durable: when it returns, they survive a power cut, and whoever opens the place
    /// finds them. O(records).
    ///
    /// # Errors
    /// When they may not be durable; [`StoreError::Disturbed`] when the lock or the journal is not this pen's
    /// any more. The pen may not be used for records after that.
    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Replaces the document as one atomic step, ends the journal, and keeps the previous document as a backup
    /// unless the place keeps its versions itself. `document` may be barred: that is kept with it, and a later
    /// one that is not barred ends it.
    ///
    /// # Errors
    /// When the new document may not be in place; the previous one and the journal are then still there.
    /// [`StoreError::Disturbed`], and nothing is touched, when the lock is not this pen's any more or another
    /// document stands where the one was that this pen read or wrote last. One that is gone hides nothing, and
    /// is written anew.
    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError>;

    /// Lets go of the lock and waits until it is gone.
    ///
    /// # Errors
    /// When the lock may still be held.
    async fn release(self: Box<Self>) -> Result<(), StoreError>;
}

/// What a place holds: undecoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The document as last written whole; `None` when there is none.
    pub document: Option<Vec<u8>>,
    /// The journal since then; empty when there is none.
    pub journal: Vec<u8>,
}

/// Records that become durable together.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The first batch after a checkpoint is 1; each batch counts one up. A batch 1 begins a journal: whatever
    /// journal is still there is contained in the document and may go. A later one goes on after the last
    /// complete batch; what a cut-off run left unfinished behind that goes.
    pub number: u64,
    /// The records, in order.
    pub records: &'a [Record],
    /// The document as it is before these records were folded in, at its last checkpoint: a journal says
    /// what it continues.
    pub base: &'a Document,
    /// The document with these records folded in, for stores that write it whole.
    pub after: &'a Document,
}

/// Who holds a lock: the JSON that every server of Terraform's HTTP protocol knows (formats.md F3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockInfo {
    /// A UUID for this one lock.
    #[serde(rename = "ID")]
    pub id: String,
    /// What for: `apply`, `import`, …
    #[serde(default)]
    pub operation: String,
    /// More words, such as the CI job.
    #[serde(default)]
    pub info: String,
    /// user@host.
    #[serde(default)]
    pub who: String,
    /// The version of this program.
    #[serde(default)]
    pub version: String,
    /// When, RFC 3339.
    #[serde(default)]
    pub created: String,
    /// The place that is locked.
    #[serde(default)]
    pub path: String,
}

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Someone else holds the lock; who, as far as it can be read.
    #[error("the state is locked")]
    Locked(Option<Box<LockInfo>>),
    /// The bytes could not be moved.
    #[error("cannot {what} {place}")]
    Io {
        /// What was tried: `read`, `write`, `sync`, …
        what: &'static str,
        /// Where.
        place: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The place answers, and cannot be trusted with a state; nothing was changed.
    #[error("{place} {why}")]
    Unfit {
        /// Where.
        place: String,
        /// What it does or lacks, to be read after the place: `ignores conditional writes`.
        why: String,
        /// What to do next.
        hint: &'static str,
    },
    /// Someone else had a hand in the place while the lock was held.
    #[error("{place} was {what} by someone else during this run")]
    Disturbed {
        /// Which part of the place.
        place: String,
        /// What happened to it: `removed`, `replaced`, `changed`.
        what: &'static str,
    },
}

impl StoreError {
    /// What to do next, where nothing was changed yet.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Locked(_) => {
                "wait for it to end, or give `--lock-timeout`; a lock on a file ends with its process, one that a dead \
                 run left elsewhere with `state unlock`"
            }
            Self::Io { .. } => {
                "nothing was changed; mend the place (is it there, is it writable, is there room?), or name another \
                 one with `--state`"
            }
            Self::Unfit { place: _, why: _, hint } => hint,
            Self::Disturbed { .. } => {
                "see who else works on this state; when they are done, look at `plan` and run the command again"
            }
        }
    }
}
