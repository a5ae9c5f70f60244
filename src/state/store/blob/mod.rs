//! The state in object storage: a document that is written whole, and beside it a lock with a lease.
//!
//! No lost update rests on the document's own condition (see [`desk`]); the lock keeps two runs from getting in each
//! other's way, and its lease ends with its holder. A lock that was let go stays as an object that names nobody.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::time::Instant;

use super::{Batch, LockInfo, Pen, Reader, Snapshot, Store, StoreError};
use crate::state::document::Document;
use crate::state::parting;

mod answers;
mod connect;
mod desk;
mod lease;
mod object;

pub use connect::{Cloud, Unusable};
use desk::Desk;
use lease::{Lease, Said};
use object::{Ending, Found, Marks, Object, PATIENCE, There};

/// How long a lock counts as held without being renewed. Long enough for a network that stutters, short enough
/// to wait for.
const LEASE: Duration = Duration::from_secs(45);
/// What both times of a server are rounded by, which says whole seconds, and then some.
const ROUNDED: Duration = Duration::from_secs(2);
/// How often a lock that was just let go, or just taken, is looked at again.
const TRIES: usize = 4;

/// A state in a bucket.
#[derive(Debug, Clone)]
pub struct BlobStore {
    document: Object,
    lease: Duration,
    /// The lock of someone else, since when it is known not to change.
    watched: Arc<Mutex<Option<Watched>>>,
}

#[derive(Debug)]
struct Watched {
    there: There,
    since: Instant,
}

impl BlobStore {
    /// The state at `path` of a bucket. Nothing is called yet.
    fn new(store: Arc<dyn ObjectStore>, path: Path, place: String) -> Self {
        Self { document: Object { store, path, place }, lease: LEASE, watched: Arc::default() }
    }

    /// With another lease than 45 s, such as a short one in a test.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// What stands in the way of taking the lock: nothing, or its holder.
    async fn look(&self, lock: &Object) -> Result<Result<There, Option<Box<LockInfo>>>, StoreError> {
        let Some(found) = lock.get(PATIENCE).await? else { return Ok(Ok(There::Nothing)) };
        let Found { bytes, version, mark: _, age } = found;
        let there = There::At(version);
        let said = Said::read(&bytes);
        if let Some(Said { holder: None, lease: 0, write: _ }) = said {
            return Ok(Ok(there));
        }
        let (holder, lease) = match said {
            Some(Said { holder, lease, write: _ }) => (holder, Duration::from_millis(lease)),
            // Not a lock as this program writes it. It is held until nothing is heard of it, either.
            None => (None, self.lease),
        };
        // Either both times are of the server's clock, or the time is this machine's alone: no two clocks meet. A server
        // whose clock jumps can at worst let a lock be taken early; then the document's condition still stands.
        let by_the_server = age.is_some_and(|age| age >= lease + ROUNDED);
        let unchanged = self.unchanged_for(&there);
        Ok(if by_the_server || unchanged >= lease { Ok(there) } else { Err(holder.map(Box::new)) })
    }

    /// For how long this store has seen the lock stand as it stands, by the clock of this machine.
    fn unchanged_for(&self, there: &There) -> Duration {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        match &*watched {
            Some(it) if it.there == *there => it.since.elapsed(),
            _ => {
                *watched = Some(Watched { there: there.clone(), since: Instant::now() });
                Duration::ZERO
            }
        }
    }

    async fn take(&self, info: &LockInfo) -> Result<Desk, StoreError> {
        let lock = self.document.beside(".lock");
        for _ in 0..TRIES {
            let there = match self.look(&lock).await? {
                Ok(there) => there,
                Err(holder) => return Err(StoreError::Locked(holder)),
            };
            let Some(lease) = Lease::take(lock.clone(), info, self.lease, there).await? else { continue };
            if !lease.is_worth_something().await? {
                lease.release(PATIENCE).await?;
                return Err(StoreError::Unfit {
                    place: self.document.place.clone(),
                    why: "cannot be locked: its server ignores conditional writes (If-None-Match, If-Match)"
                        .into(),
                    hint: "nothing was changed; use a server that keeps to them, such as S3 itself, or another kind \
                           of place",
                });
            }
            return Ok(Desk::new(self.document.clone(), lease));
        }
        Err(StoreError::Locked(None))
    }
}

#[async_trait]
impl Reader for BlobStore {
    fn place(&self) -> String {
        self.document.place.clone()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        let document = self.document.get(PATIENCE).await?.map(|found| found.bytes);
        Ok(Snapshot { document, journal: Vec::new() })
    }
}

#[async_trait]
impl Store for BlobStore {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        let (store, info) = (self.clone(), info.clone());
        // Finished also when the caller stops waiting: a lock that nobody wants is let go then.
        let desk = parting::spawn(async move { store.take(&info).await }).await;
        let unusable =
            |error| StoreError::Io { what: "use", place: self.place(), source: io::Error::other(error) };
        Ok(Box::new(BlobPen { place: self.place(), desk: Some(desk.map_err(unusable)??) }))
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        let lock = self.document.beside(".lock");
        for _ in 0..TRIES {
            let Some(Found { bytes, version, .. }) = lock.get(PATIENCE).await? else { return Ok(()) };
            match Said::read(&bytes) {
                Some(Said { holder: None, lease: 0, write: _ }) => return Ok(()),
                Some(Said { holder: Some(holder), .. }) if holder.id == id => {}
                said => return Err(StoreError::Locked(said.and_then(|said| said.holder).map(Box::new))),
            }
            // Its holder may be renewing it at this moment; then it is looked at once more.
            let mut there = There::At(version);
            match lock.replace(&Said::free(), &mut there, &mut Marks::new(), PATIENCE).await? {
                Ending::Done | Ending::Gone => return Ok(()),
                Ending::Changed => {}
            }
        }
        Err(StoreError::Locked(None))
    }
}

/// The pen of a state in a bucket.
struct BlobPen {
    place: String,
    /// Gone while a call is on its way; for good when that call was abandoned. Then the lock ends with it.
    desk: Option<Desk>,
}

impl BlobPen {
    /// When the caller stops waiting, the work is still finished.
    async fn at_desk<T: Send + 'static, F>(&mut self, work: impl FnOnce(Desk) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = (Desk, Result<T, StoreError>)> + Send + 'static,
    {
        let unusable = |source| StoreError::Io { what: "use", place: self.place.clone(), source };
        let Some(desk) = self.desk.take() else {
            return Err(unusable(io::Error::other("an earlier call was abandoned")));
        };
        let (desk, result) =
            parting::spawn(work(desk)).await.map_err(|error| unusable(io::Error::other(error)))?;
        self.desk = Some(desk);
        result
    }
}

#[async_trait]
impl Pen for BlobPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        self.at_desk(|mut desk| async move {
            let result = desk.read().await;
            (desk, result)
        })
        .await
    }

    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let bytes = batch.after.encode();
        self.at_desk(|mut desk| async move {
            let result = desk.append(bytes).await;
            (desk, result)
        })
        .await
    }

    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        let bytes = document.encode();
        self.at_desk(|mut desk| async move {
            let result = desk.checkpoint(bytes).await;
            (desk, result)
        })
        .await
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreError> {
        match self.desk.take() {
            Some(desk) => desk.release().await,
            None => Ok(()),
        }
    }
}
