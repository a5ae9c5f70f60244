//! A store that breaks after a given number of effects, around any real one.
//!
//! What counts as an effect is what changes the place: `append` and `checkpoint`. Locking, reading and
//! releasing always go through. With `after` from 0 up to the number of effects of a run, every moment at
//! which that run could be cut off is tried.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::watch;
use wawpform::state::{Batch, Document, LockInfo, Pen, Reader, Snapshot, Store, StoreError};

/// What becomes of every effect from the first one on that is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does not happen, and the caller is told so, as on a full disk.
    Fail,
    /// It happens, and the caller is told that it did not, as when a sync fails after a write.
    Lose,
    /// It does not happen, and the caller never hears of it again: drop the caller, and that is a crash.
    Hang,
}

/// A real store until it breaks.
#[derive(Clone)]
pub struct Faulty {
    inner: Arc<dyn Store>,
    fault: Arc<Fault>,
}

struct Fault {
    after: usize,
    mode: Mode,
    begun: AtomicUsize,
    reached: watch::Sender<bool>,
}

impl Faulty {
    /// Lets `after` effects through, then breaks for good.
    pub fn new(inner: Arc<dyn Store>, after: usize, mode: Mode) -> Self {
        let reached = watch::Sender::new(false);
        Self { inner, fault: Arc::new(Fault { after, mode, begun: AtomicUsize::new(0), reached }) }
    }

    /// Counts effects and never breaks.
    pub fn counting(inner: Arc<dyn Store>) -> Self {
        Self::new(inner, usize::MAX, Mode::Fail)
    }

    /// How many effects were begun, the broken ones among them.
    pub fn effects(&self) -> usize {
        self.fault.begun.load(Ordering::SeqCst)
    }

    /// Returns as soon as the first effect was broken.
    pub async fn reached(&self) {
        let mut reached = self.fault.reached.subscribe();
        reached.wait_for(|reached| *reached).await.unwrap();
    }
}

#[async_trait]
impl Reader for Faulty {
    fn place(&self) -> String {
        self.inner.place()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.inner.read().await
    }
}

#[async_trait]
impl Store for Faulty {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        let inner = self.inner.lock(info).await?;
        Ok(Box::new(FaultyPen { inner, place: self.place(), fault: Arc::clone(&self.fault) }))
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        self.inner.break_lock(id).await
    }
}

struct FaultyPen {
    inner: Box<dyn Pen>,
    place: String,
    fault: Arc<Fault>,
}

impl FaultyPen {
    /// Whether this effect is to be broken, and how.
    fn broken(&self) -> Option<Mode> {
        let Fault { after, mode, begun, reached } = &*self.fault;
        if begun.fetch_add(1, Ordering::SeqCst) < *after {
            return None;
        }
        reached.send_replace(true);
        Some(*mode)
    }

    fn full(&self) -> StoreError {
        let source = io::Error::from(io::ErrorKind::StorageFull);
        StoreError::Io { what: "write", place: self.place.clone(), source }
    }
}

#[async_trait]
impl Pen for FaultyPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        self.inner.read().await
    }

    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        match self.broken() {
            None => self.inner.append(batch).await,
            Some(Mode::Fail) => Err(self.full()),
            Some(Mode::Lose) => {
                self.inner.append(batch).await?;
                Err(self.full())
            }
            Some(Mode::Hang) => std::future::pending().await,
        }
    }

    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        match self.broken() {
            None => self.inner.checkpoint(document).await,
            Some(Mode::Fail) => Err(self.full()),
            Some(Mode::Lose) => {
                self.inner.checkpoint(document).await?;
                Err(self.full())
            }
            Some(Mode::Hang) => std::future::pending().await,
        }
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.release().await
    }
}
