//! The ledger: the one writer of a document while its lock is held.
//!
//! Invariant: when `record` says yes, the record is durable. Each record costs O(log n) and no copy of the
//! document, and records that arrive while a sync is running share the next one.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::document::{Document, FoldError};
use super::journal::Record;
use super::parting;
use super::store::StoreError;

mod open;
mod writer;

pub use open::{Expect, LockWait, OpenError, Opened, take_lock};
use writer::{Request, Writer};

/// The writer of one state. Dropping it without [`close`](Self::close) is what a crash looks like: the lock is
/// let go, the journal stays, and the next run goes on from there.
#[derive(Debug)]
pub struct Ledger {
    recorder: Recorder,
    writer: JoinHandle<()>,
}

/// A way to write into a ledger from a task of its own. It does not keep the ledger open.
#[derive(Debug, Clone)]
pub struct Recorder {
    requests: mpsc::UnboundedSender<Request>,
}

/// Why a record is not durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// It does not fit what is recorded: nothing was written, and the ledger goes on.
    #[error("this does not fit the state")]
    Inconsistent(#[from] FoldError),
    /// The state cannot be written, by this record or an earlier one. No call may be made on the strength of
    /// it; what is already known should still be recorded, so that the fallback has it.
    #[error("the state cannot be written any more")]
    Broken(#[source] Arc<StoreError>),
    /// The ledger was closed or dropped.
    #[error("the ledger is closed")]
    Closed,
}

/// A ledger that was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The document as it is in its place now.
    pub document: Document,
    /// How many batches were made durable, each with one sync.
    pub batches: u64,
    /// How many records were made durable in them.
    pub records: u64,
    /// Whether a record could not be written on the way, and is in its place now with all the others.
    pub recovered: bool,
}

/// Why a ledger did not close well.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The document could not be written whole. It is handed back with everything that is known.
    #[error("the state could not be written")]
    Unwritten {
        /// For the fallback.
        document: Box<Document>,
        /// Whether the place holds everything all the same, in the document that was there and its journal:
        /// then the next run goes on from there.
        durable: bool,
        /// Why.
        source: StoreError,
    },
    /// The document is in its place, but the lock may still be held.
    #[error("the state is written, but its lock may still be held")]
    StillLocked {
        /// What would have been the answer.
        closed: Box<Closed>,
        /// Why.
        source: StoreError,
    },
    /// The writer is gone without an answer: its runtime is shutting down. What was acknowledged is durable.
    #[error("the ledger's writer is gone")]
    Gone,
}

impl Recorder {
    /// Records one fact, and returns when it is durable. Dropping the future does not take it back.
    ///
    /// # Errors
    /// When it may not be durable: an intent's call must not be made then.
    pub async fn record(&self, record: Record) -> Result<(), LedgerError> {
        self.record_all(vec![record]).await
    }

    /// Records facts that become durable together or not at all.
    ///
    /// # Errors
    /// When they may not be durable; when one of them does not fit, none is recorded.
    pub async fn record_all(&self, records: Vec<Record>) -> Result<(), LedgerError> {
        self.ask(|done| Request::Record { records, done }).await?
    }

    /// A copy of the document with everything recorded so far. O(n): not for every record.
    ///
    /// # Errors
    /// When the ledger is closed.
    pub async fn document(&self) -> Result<Document, LedgerError> {
        self.ask(Request::Look).await
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, LedgerError> {
        let (sender, answer) = oneshot::channel();
        self.requests.send(request(sender)).map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)
    }
}

impl Ledger {
    fn start(writer: Writer) -> Self {
        // Unbounded, and yet bounded: everyone who sends waits for the answer.
        let (requests, inbox) = mpsc::unbounded_channel();
        // When it is aborted, its pen is dropped within it: whoever waits for that finds it here.
        let writer = parting::spawn(writer.run(inbox));
        Self { recorder: Recorder { requests }, writer }
    }

    /// Another hand on the same ledger.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// See [`Recorder::record`].
    ///
    /// # Errors
    /// See there.
    pub async fn record(&self, record: Record) -> Result<(), LedgerError> {
        self.recorder.record(record).await
    }

    /// See [`Recorder::record_all`].
    ///
    /// # Errors
    /// See there.
    pub async fn record_all(&self, records: Vec<Record>) -> Result<(), LedgerError> {
        self.recorder.record_all(records).await
    }

    /// See [`Recorder::document`].
    ///
    /// # Errors
    /// See there.
    pub async fn document(&self) -> Result<Document, LedgerError> {
        self.recorder.document().await
    }

    /// Writes the document whole, if anything is recorded that it does not contain, and lets go of the lock.
    /// What is recorded after this answers [`LedgerError::Closed`].
    ///
    /// # Errors
    /// When the document may not be in its place; then it is in the error, with everything that is known.
    pub async fn close(self) -> Result<Closed, CloseError> {
        self.recorder.ask(Request::Close).await.unwrap_or(Err(CloseError::Gone))
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Ends the writer where it waits. A batch that is on its way to the disk still gets there, and the lock
        // goes with it.
        self.writer.abort();
    }
}
