//! What the pen of an HTTP state works with: its lock, and what it has seen there.
//!
//! Invariant: nothing is written over a document that this desk has not seen or written itself, each write carries
//! the id of the lock, and a write counts as made only when the server said so or it was read back.
//!
//! The protocol has no conditional write, so each one is preceded by a read. It costs a round trip a batch, and
//! batches are shared by all records that arrive meanwhile.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::exchange::{Ask, Exchange};
use super::locking;
use crate::state::parting;
use crate::state::store::{LockInfo, Snapshot, StoreError};

type Sum = [u8; 32];

/// One desk; the lock is held as long as it lives.
pub(super) struct Desk {
    exchange: Arc<Exchange>,
    info: LockInfo,
    /// Whether there is a lock to be let go.
    is_locked: bool,
    /// What was there when it was last looked at, `Some(None)` when nothing was; `None` before that.
    seen: Option<Option<Sum>>,
    /// What a write without a clear answer may have put there, now or later.
    perhaps: Option<Sum>,
    /// Whether the lock was seen to keep others out.
    probed: bool,
}

/// What is to be done when the document is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// It hides nothing: it is written anew.
    Anew,
    /// What was acknowledged is gone with it.
    Refuse,
}

impl Desk {
    pub(super) const fn new(exchange: Arc<Exchange>, info: LockInfo, is_locked: bool) -> Self {
        Self { exchange, info, is_locked, seen: None, perhaps: None, probed: false }
    }

    pub(super) async fn read(&mut self) -> Result<Snapshot, StoreError> {
        let document = read(&self.exchange).await?;
        if document.is_none() && self.is_locked && !self.probed {
            // The first use of this place, as far as one can see.
            locking::probe(&self.exchange, &self.info).await?;
            self.probed = true;
        }
        self.seen = Some(document.as_deref().map(sum));
        Ok(Snapshot { document, journal: Vec::new() })
    }

    /// Writes the document whole, unless it stands there already.
    pub(super) async fn write(&mut self, bytes: &[u8], gone: Gone) -> Result<(), StoreError> {
        let new = sum(bytes);
        let there = read(&self.exchange).await?.as_deref().map(sum);
        let knows = |it: Sum| self.seen == Some(Some(it)) || self.perhaps == Some(it);
        match (there, self.seen) {
            (_, None) | (None, Some(None)) => {}
            (Some(it), Some(_)) if knows(it) => {}
            (Some(_), Some(_)) => return Err(self.disturbed("changed")),
            (None, Some(Some(_))) if gone == Gone::Anew => {}
            (None, Some(Some(_))) => return Err(self.disturbed("removed")),
        }
        if there != Some(new) {
            self.perhaps = Some(new);
            self.put(bytes, new, there).await?;
        }
        (self.seen, self.perhaps) = (Some(Some(new)), None);
        Ok(())
    }

    async fn put(&self, bytes: &[u8], new: Sum, before: Option<Sum>) -> Result<(), StoreError> {
        let settings = &self.exchange.settings;
        let url = match self.is_locked {
            true => settings.address.with_id(&self.info.id),
            false => settings.address.url().clone(),
        };
        let ask = Ask { method: &settings.update_method, url, body: Some(bytes) };
        let mut tries = 0;
        loop {
            let unclear = match self.exchange.once(&ask).await {
                Ok(answer) => match answer.status {
                    200 | 201 | 204 if !answer.is_page() => return Ok(()),
                    409 | 412 | 423 if self.is_locked => {
                        let place = format!("the lock of {}", self.exchange.place());
                        return Err(StoreError::Disturbed { place, what: "taken away" });
                    }
                    _ => return Err(self.exchange.refused(&format!("{} (a write)", ask.method), &answer)),
                },
                Err(unclear) => unclear,
            };
            self.exchange.pause("write", tries, unclear).await?;
            tries += 1;
            // It may have arrived all the same.
            match read(&self.exchange).await?.as_deref().map(sum) {
                there if there == Some(new) => return Ok(()),
                there if there == before => {}
                _ => return Err(self.disturbed("changed")),
            }
        }
    }

    fn disturbed(&self, what: &'static str) -> StoreError {
        StoreError::Disturbed { place: self.exchange.place(), what }
    }

    pub(super) async fn release(mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.is_locked) {
            locking::release(&self.exchange, &self.info).await?;
        }
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if self.is_locked {
            let (exchange, info) = (Arc::clone(&self.exchange), self.info.clone());
            parting::spawn_if_running(async move {
                // Nobody is there to be told; the next one that wants the lock is told whose it is.
                let _ = locking::release(&exchange, &info).await;
            });
        }
    }
}

/// What is there; `None` when nothing is.
pub(super) async fn read(exchange: &Exchange) -> Result<Option<Vec<u8>>, StoreError> {
    let ask = Ask { method: "GET", url: exchange.settings.address.url().clone(), body: None };
    let answer = exchange.ask("read", &ask).await?;
    match answer.status {
        200 if answer.is_page() => Err(exchange.refused("GET", &answer)),
        200 => Ok(Some(answer.body).filter(|body| !body.is_empty())),
        204 | 404 => Ok(None),
        _ => Err(exchange.refused("GET", &answer)),
    }
}

fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}
