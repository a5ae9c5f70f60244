//! What the pen of an object store works with: the document is one object, written whole for each batch.
//!
//! Invariant: it is replaced only if it is still the one that this desk has seen, so of two writers who have
//! seen the same document one is told that it changed, whatever their clocks, leases and networks did. A call is
//! made only after its intent was written, so no call is made twice either.

use std::time::Duration;

use super::lease::Lease;
use super::object::{Ending, Found, Marks, Object, PATIENCE, There};
use crate::state::store::{Snapshot, StoreError};

/// How long an answer is waited for once one was missing: the line is dead, and a signal's grace short.
const SHORT: Duration = Duration::from_millis(500);

/// One desk; the lock is held as long as it lives.
#[derive(Debug)]
pub(super) struct Desk {
    document: Object,
    lease: Lease,
    marks: Marks,
    /// What was there when it was last looked at; `None` before that.
    seen: Option<There>,
    /// What this desk wrote there last, so that it is not written again.
    written: Option<Vec<u8>>,
    patience: Duration,
    /// Whether the document of before this run has a second name.
    backed_up: bool,
}

impl Desk {
    pub(super) fn new(document: Object, lease: Lease) -> Self {
        let (marks, patience) = (Marks::new(), PATIENCE);
        Self { document, lease, marks, seen: None, written: None, patience, backed_up: false }
    }

    pub(super) async fn read(&mut self) -> Result<Snapshot, StoreError> {
        let found = self.document.get(self.patience).await;
        let found = self.noted(found)?;
        self.written = None;
        let (there, document) = match found {
            None => (There::Nothing, None),
            Some(Found { bytes, version, .. }) => (There::At(version), Some(bytes)),
        };
        self.seen = Some(there);
        Ok(Snapshot { document, journal: Vec::new() })
    }

    /// The document with the records of a batch in it: they go on after what is there.
    pub(super) async fn append(&mut self, bytes: Vec<u8>) -> Result<(), StoreError> {
        let ending = self.put(&bytes).await;
        match self.noted(ending)? {
            Ending::Done => Ok(()),
            Ending::Changed => Err(self.disturbed("changed")),
            Ending::Gone => Err(self.disturbed("removed")),
        }
    }

    /// The document whole: one that is gone hides nothing, and is written anew.
    pub(super) async fn checkpoint(&mut self, bytes: Vec<u8>) -> Result<(), StoreError> {
        let mut ending = self.put(&bytes).await;
        if matches!(ending, Ok(Ending::Gone)) {
            self.seen = Some(There::Nothing);
            ending = self.put(&bytes).await;
        }
        match self.noted(ending)? {
            Ending::Done => Ok(()),
            Ending::Changed | Ending::Gone => Err(self.disturbed("changed")),
        }
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<Ending, StoreError> {
        self.lease.is_in_place(self.patience).await?;
        let mut there = match self.seen.take() {
            Some(there) => there,
            None => {
                self.document.head(self.patience).await?.map_or(There::Nothing, |it| There::At(it.version))
            }
        };
        let ending = self.write(bytes, &mut there).await;
        self.seen = Some(there);
        let ending = ending?;
        if ending == Ending::Done {
            self.written = Some(bytes.to_vec());
            // Nothing is called done that someone else may have been at work beside.
            self.lease.keeps(self.patience).await?;
        }
        Ok(ending)
    }

    async fn write(&mut self, bytes: &[u8], there: &mut There) -> Result<Ending, StoreError> {
        if self.written.as_deref() == Some(bytes) {
            let found = self.document.head(self.patience).await?;
            return Ok(match found.map(|found| There::At(found.version)) {
                None => Ending::Gone,
                Some(found) if found == *there => Ending::Done,
                Some(_) => Ending::Changed,
            });
        }
        if !self.backed_up && *there != There::Nothing {
            self.document.copy(&self.document.beside(".backup"), self.patience).await?;
        }
        self.backed_up = true;
        self.document.replace(bytes, there, &mut self.marks, self.patience).await
    }

    /// After an answer that did not come, the next ones are not waited for as long.
    fn noted<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Io { .. })) {
            self.patience = SHORT;
        } else {
            self.patience = PATIENCE;
        }
        result
    }

    fn disturbed(&self, what: &'static str) -> StoreError {
        StoreError::Disturbed { place: self.document.place.clone(), what }
    }

    pub(super) async fn release(self) -> Result<(), StoreError> {
        self.lease.release(self.patience).await
    }
}
