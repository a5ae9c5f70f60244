//! The state: the only link between a manifest name and a live instance.
//!
//! [`document`] and [`journal`] are pure; a [`store`] moves their bytes; the [`ledger`] is the one writer while
//! the lock is held; [`read`] is all that a preview needs.

mod carry;
pub mod document;
mod fallback;
pub mod journal;
mod json;
pub mod ledger;
mod lock;
mod mark;
mod parting;
mod read;
pub mod store;

pub use carry::{CarryError, Migrated, Pushed, migrate, push};
pub use document::{
    AccountMark, Barred, Call, Document, DocumentError, FoldError, HmacMark, Hook, Lineage, Part, Pending,
    Recorded,
};
pub use fallback::write_fallback;
pub use journal::{JournalError, Notice, Record};
pub use ledger::{CloseError, Closed, Expect, Ledger, LedgerError, LockWait, OpenError, Opened, Recorder};
pub use parting::all_parted;
pub use read::{Damage, Read, ReadError, read};
#[cfg(feature = "object-storage")]
pub use store::blob::{BlobStore, Cloud, Unusable};
pub use store::{Batch, Holder, LocalStore, LockInfo, Pen, Reader, Snapshot, Store, StoreError};
pub use store::{HttpAddress, HttpAddressError, HttpLock, HttpRetries, HttpSettings, HttpStore, HttpTls};
#[cfg(feature = "postgres")]
pub use store::{PostgresAddress, PostgresAddressError, PostgresStore};
