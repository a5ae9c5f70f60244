//! The task behind a ledger: takes what waits, folds it, makes it durable with one sync, and answers.
//!
//! Invariant: the book is folded before the batch is written, so nothing is written that does not fit; and
//! nobody gets a yes before the batch is durable.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{CloseError, Closed, LedgerError};
use crate::state::document::{Book, Document};
use crate::state::journal::Record;
use crate::state::read::{Read, fold};
use crate::state::store::{Batch, Pen, StoreError};

/// How many requests share one batch at most. It bounds the length of a line of the journal; group commit has
/// paid off long before.
const MOST: usize = 512;

/// What a hand on the ledger asks for.
#[derive(Debug)]
pub(super) enum Request {
    /// To make records durable, all or none.
    Record { records: Vec<Record>, done: oneshot::Sender<Result<(), LedgerError>> },
    /// To see the document.
    Look(oneshot::Sender<Document>),
    /// To end.
    Close(oneshot::Sender<Result<Closed, CloseError>>),
}

/// The holder of the pen.
pub(super) struct Writer {
    pen: Box<dyn Pen>,
    /// As it was last written whole: what the journal continues.
    base: Document,
    /// Whether `base` is in its place, or was only begun in memory.
    written: bool,
    /// With everything folded in.
    book: Book,
    /// The last batch in the journal; 0 when there is none.
    number: u64,
    batches: u64,
    records: u64,
    /// Why nothing can be written any more.
    broken: Option<Arc<StoreError>>,
}

/// What was taken together, and shares one batch.
#[derive(Default)]
struct Wave {
    /// How many requests.
    asked: usize,
    records: Vec<Record>,
    waiting: Vec<oneshot::Sender<Result<(), LedgerError>>>,
    looks: Vec<oneshot::Sender<Document>>,
    close: Option<oneshot::Sender<Result<Closed, CloseError>>>,
}

impl Wave {
    /// Whether one more may join. Nothing joins behind the end.
    const fn has_room(&self) -> bool {
        self.asked < MOST && self.close.is_none()
    }
}

impl Writer {
    pub(super) fn new(
        pen: Box<dyn Pen>,
        base: Document,
        written: bool,
        document: Document,
        number: u64,
    ) -> Self {
        let book = Book::new(document);
        Self { pen, base, written, book, number, batches: 0, records: 0, broken: None }
    }

    /// Works until it is told to close or nobody can ask any more. An answer that nobody waits for is dropped.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Request>) {
        while let Some(first) = inbox.recv().await {
            let mut wave = Wave::default();
            self.take(first, &mut wave);
            // Those who were just answered may have the next record ready: let them join this batch, and whoever has
            // something to do that is ready.
            loop {
                tokio::task::yield_now().await;
                let before = wave.asked;
                while wave.has_room()
                    && let Ok(request) = inbox.try_recv()
                {
                    self.take(request, &mut wave);
                }
                if wave.asked == before {
                    break;
                }
            }
            let Wave { asked: _, records, waiting, looks, close } = wave;
            let result = self.commit(&records).await;
            for done in waiting {
                let _ = done.send(result.clone());
            }
            for look in looks {
                let _ = look.send(self.book.document().clone());
            }
            if let Some(closed) = close {
                // Whoever still asks learns it from the channel.
                drop(inbox);
                let _ = closed.send(self.close().await);
                return;
            }
        }
    }

    fn take(&mut self, request: Request, wave: &mut Wave) {
        wave.asked += 1;
        match request {
            Request::Record { records, done } => match self.accept(&records) {
                Ok(()) => {
                    wave.records.extend(records);
                    wave.waiting.push(done);
                }
                Err(error) => drop(done.send(Err(error))),
            },
            Request::Look(look) => wave.looks.push(look),
            Request::Close(closed) => wave.close = Some(closed),
        }
    }

    /// Folds records that are to be written.
    fn accept(&mut self, records: &[Record]) -> Result<(), LedgerError> {
        let Some(broken) = &self.broken else {
            return Ok(self.book.fold_all(records)?);
        };
        // No intent from here on. What is known of calls that were made is kept for the fallback, one by one:
        // whatever of it fits.
        for record in records.iter().filter(|record| !record.is_intent()) {
            let _ = self.book.fold(record);
        }
        Err(LedgerError::Broken(Arc::clone(broken)))
    }

    /// Makes folded records durable.
    async fn commit(&mut self, records: &[Record]) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        self.write(records).await.map_err(|error| {
            let broken = Arc::new(error);
            self.broken = Some(Arc::clone(&broken));
            // Nobody gets a yes for these intents, so none of their calls is made.
            for record in records {
                if let Record::Intent { name, call, at: _ } = record {
                    let _ = self.book.fold(&Record::Rejected { name: name.clone(), call: *call });
                }
            }
            LedgerError::Broken(broken)
        })
    }

    async fn write(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let Self { pen, base, written, book, number, .. } = self;
        if !*written {
            // A journal always continues a document.
            pen.checkpoint(base).await?;
            *written = true;
        }
        pen.append(&Batch { number: *number + 1, records, base, after: book.document() }).await?;
        self.number += 1;
        self.batches += 1;
        self.records += records.len() as u64;
        Ok(())
    }

    async fn close(self) -> Result<Closed, CloseError> {
        let Self { mut pen, base, written: _, book, number: _, batches, records, broken } = self;
        let document = book.into_document();
        // Every record raises the serial, so this is also whether there is anything to write. After a failed
        // append it is tried all the same: it replaces a journal whose end is not known.
        let written = if document.serial == base.serial { Ok(()) } else { pen.checkpoint(&document).await };
        // Every record was acknowledged, and yet its file may be gone, such as with its whole folder: only what
        // can be read back counts as kept.
        let durable = written.is_err() && broken.is_none() && holds(&mut *pen, &document).await;
        let released = pen.release().await;
        if let Err(source) = written {
            return Err(CloseError::Unwritten { document: Box::new(document), durable, source });
        }
        let closed = Closed { document, batches, records, recovered: broken.is_some() };
        match released {
            Ok(()) => Ok(closed),
            Err(source) => Err(CloseError::StillLocked { closed: Box::new(closed), source }),
        }
    }
}

/// Whether a place holds all of a document, in what was written whole and its journal.
async fn holds(pen: &mut dyn Pen, document: &Document) -> bool {
    let Ok(snapshot) = pen.read().await else { return false };
    matches!(fold(&snapshot), Ok(Some(Read { document: kept, .. })) if kept == *document)
}
