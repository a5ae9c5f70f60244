//! A state on a server of Terraform's HTTP protocol, such as GitLab (formats.md F3.3).
//!
//! Invariant: the document is written whole, each time with the id of the lock; the journal is always empty, for
//! every acknowledged record is in the document.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Batch, LockInfo, Pen, Reader, Snapshot, Store, StoreError};
use crate::state::document::Document;
use crate::state::parting;

mod desk;
mod exchange;
mod locking;
mod settings;

use desk::{Desk, Gone};
use exchange::Exchange;
pub use settings::{HttpAddress, HttpAddressError, HttpLock, HttpRetries, HttpSettings, HttpTls};

/// A state on a server of Terraform's HTTP protocol.
#[derive(Clone)]
pub struct HttpStore {
    exchange: Arc<Exchange>,
}

impl HttpStore {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When certificates or keys among the settings cannot be used.
    pub fn new(settings: HttpSettings) -> Result<Self, StoreError> {
        Ok(Self { exchange: Arc::new(Exchange::new(settings)?) })
    }
}

#[async_trait]
impl Reader for HttpStore {
    fn place(&self) -> String {
        self.exchange.place()
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        let document = desk::read(&self.exchange).await?;
        Ok(Snapshot { document, journal: Vec::new() })
    }
}

#[async_trait]
impl Store for HttpStore {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        let (exchange, info) = (Arc::clone(&self.exchange), info.clone());
        // To its end, also when nobody waits for it any more: then the lock that was taken is let go.
        let taking = parting::to_its_end(async move {
            let is_locked = locking::take(&exchange, &info).await?;
            Ok(Desk::new(exchange, info, is_locked))
        });
        let desk = taking.await.unwrap_or_else(|| Err(self.abandoned()))?;
        Ok(Box::new(HttpPen { store: self.clone(), desk: Some(desk) }))
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        locking::break_by_id(&self.exchange, id).await
    }
}

impl HttpStore {
    fn abandoned(&self) -> StoreError {
        let source = std::io::Error::other("an earlier call was abandoned");
        StoreError::Io { what: "use", place: self.place(), source }
    }
}

/// The pen of an HTTP state.
struct HttpPen {
    store: HttpStore,
    /// Gone while a call is on its way; for good when that call was abandoned. Then the lock ends with it, and not
    /// before: a write that is still under way carries the id of a lock that is held.
    desk: Option<Desk>,
}

impl HttpPen {
    async fn at_desk<T, Work>(&mut self, work: Work) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Work: AtDesk<T>,
    {
        let Some(mut desk) = self.desk.take() else {
            return Err(self.store.abandoned());
        };
        let working = parting::to_its_end(async move {
            let result = work.run(&mut desk).await;
            (desk, result)
        });
        let (desk, result) = working.await.ok_or_else(|| self.store.abandoned())?;
        self.desk = Some(desk);
        result
    }
}

/// Something to be done at a desk.
#[async_trait]
trait AtDesk<T>: Send + 'static {
    async fn run(self, desk: &mut Desk) -> Result<T, StoreError>;
}

struct Look;

struct Write {
    bytes: Vec<u8>,
    gone: Gone,
}

#[async_trait]
impl AtDesk<Snapshot> for Look {
    async fn run(self, desk: &mut Desk) -> Result<Snapshot, StoreError> {
        desk.read().await
    }
}

#[async_trait]
impl AtDesk<()> for Write {
    async fn run(self, desk: &mut Desk) -> Result<(), StoreError> {
        desk.write(&self.bytes, self.gone).await
    }
}

#[async_trait]
impl Pen for HttpPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        self.at_desk(Look).await
    }

    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.at_desk(Write { bytes: batch.after.encode(), gone: Gone::Refuse }).await
    }

    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        self.at_desk(Write { bytes: document.encode(), gone: Gone::Anew }).await
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreError> {
        match self.desk.take() {
            Some(desk) => desk.release().await,
            None => Err(self.store.abandoned()),
        }
    }
}
