//! The lock of an object store: an object beside the document, with a lease that its holder renews.
//!
//! Invariant: it changes hands only by conditional writes. A holder goes by its own clock from before it sent a
//! renewal, and stops at three quarters of the lease; whoever waits sees it unchanged for all of it. So two
//! clocks never meet. Letting go writes it empty instead of deleting it: not every server can delete on a condition.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::object::{Ending, Found, Marks, Object, PATIENCE, There};
use crate::state::parting;
use crate::state::store::{LockInfo, StoreError};

/// What the lock object says: the holder (formats.md F3.2) and its lease, or nothing about either.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Said {
    #[serde(flatten)]
    pub(super) holder: Option<LockInfo>,
    /// For how long, in milliseconds, it counts as held when it is not renewed.
    #[serde(rename = "Lease", default)]
    pub(super) lease: u64,
    /// Which write this is: each has a version of its own then, also where that is a sum over the bytes.
    #[serde(rename = "Write", default)]
    pub(super) write: u64,
}

impl Said {
    /// What was read; `None` when it is not a lock's.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The lock of nobody.
    pub(super) fn free() -> Vec<u8> {
        Self { write: fastrand::u64(..), ..Self::default() }.encode()
    }
}

/// The lock, held. Dropping it lets go of it in the background.
#[derive(Debug)]
pub(super) struct Lease {
    held: Arc<Held>,
    renewing: JoinHandle<()>,
    released: bool,
}

#[derive(Debug)]
struct Held {
    object: Object,
    info: LockInfo,
    lease: Duration,
    /// Until when nobody else can have taken it.
    safe_until: Mutex<Instant>,
    /// Someone else has it.
    lost: AtomicBool,
    hand: tokio::sync::Mutex<Hand>,
}

#[derive(Debug)]
struct Hand {
    there: There,
    marks: Marks,
}

impl Lease {
    /// Takes the lock if what stands there is still `there`; `None` when someone else was faster.
    pub(super) async fn take(
        object: Object,
        info: &LockInfo,
        lease: Duration,
        there: There,
    ) -> Result<Option<Self>, StoreError> {
        let held = Arc::new(Held {
            object,
            info: info.clone(),
            lease,
            safe_until: Mutex::new(Instant::now()),
            lost: AtomicBool::new(false),
            hand: tokio::sync::Mutex::new(Hand { there, marks: Marks::new() }),
        });
        if held.write(PATIENCE).await? != Ending::Done {
            return Ok(None);
        }
        let renewing = tokio::spawn(Arc::clone(&held).renew());
        Ok(Some(Self { held, renewing, released: false }))
    }

    /// Tries on the lock itself whether the server keeps to conditions. It is overwritten where it does not.
    pub(super) async fn is_worth_something(&self) -> Result<bool, StoreError> {
        let mut hand = self.held.hand.lock().await;
        self.held.object.refuses(&Said::free(), &mut hand.marks).await
    }

    /// Whether nobody else can have the lock. A renewal that comes late and is let through proves it, too: then
    /// nobody had it in between.
    pub(super) async fn keeps(&self, patience: Duration) -> Result<(), StoreError> {
        self.held.undisputed()?;
        if self.is_safe() { Ok(()) } else { self.held.renewed(patience).await }
    }

    /// The same, and looks whether someone took it away past its lease.
    pub(super) async fn is_in_place(&self, patience: Duration) -> Result<(), StoreError> {
        self.keeps(patience).await?;
        match self.held.object.head(patience).await? {
            None => Err(self.held.is_lost("removed")),
            Some(Found { mark: Some(mark), .. }) if self.held.hand.lock().await.marks.has_made(&mark) => {
                Ok(())
            }
            Some(_) => Err(self.held.is_lost("replaced")),
        }
    }

    fn is_safe(&self) -> bool {
        Instant::now() < *self.held.safe_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn release(mut self, patience: Duration) -> Result<(), StoreError> {
        self.released = true;
        self.renewing.abort();
        self.held.let_go(patience).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
        if self.released {
            return;
        }
        // Where nothing can run any more, it lapses.
        let held = Arc::clone(&self.held);
        parting::spawn_if_running(async move {
            let _ = held.let_go(PATIENCE).await;
        });
    }
}

impl Held {
    /// Three times a lease, and more often when that fails.
    async fn renew(self: Arc<Self>) {
        let mut pause = self.lease / 3;
        while !self.lost.load(Ordering::SeqCst) {
            tokio::time::sleep(pause).await;
            pause = match self.renewed(PATIENCE.min(self.lease / 4)).await {
                Ok(()) => self.lease / 3,
                Err(_) => self.lease / 12,
            };
        }
    }

    async fn renewed(&self, patience: Duration) -> Result<(), StoreError> {
        self.undisputed()?;
        match self.write(patience).await? {
            Ending::Done => Ok(()),
            Ending::Gone => Err(self.is_lost("removed")),
            Ending::Changed => Err(self.is_lost("replaced")),
        }
    }

    async fn write(&self, patience: Duration) -> Result<Ending, StoreError> {
        let mut hand = self.hand.lock().await;
        let Hand { there, marks } = &mut *hand;
        let lease = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
        let said = Said { holder: Some(self.info.clone()), lease, write: fastrand::u64(..) };
        let sent = Instant::now();
        let ending = self.object.replace(&said.encode(), there, marks, patience).await?;
        if ending == Ending::Done {
            *self.safe_until.lock().unwrap_or_else(PoisonError::into_inner) = sent + self.lease * 3 / 4;
        }
        Ok(ending)
    }

    async fn let_go(&self, patience: Duration) -> Result<(), StoreError> {
        let mut hand = self.hand.lock().await;
        let Hand { there, marks } = &mut *hand;
        // Someone else's lock is nothing to let go of.
        self.object.replace(&Said::free(), there, marks, patience).await.map(drop)
    }

    fn undisputed(&self) -> Result<(), StoreError> {
        if self.lost.load(Ordering::SeqCst) { Err(self.is_lost("replaced")) } else { Ok(()) }
    }

    fn is_lost(&self, what: &'static str) -> StoreError {
        self.lost.store(true, Ordering::SeqCst);
        StoreError::Disturbed { place: self.object.place.clone(), what }
    }
}
