//! Reading a state without its lock: all that a preview may do.
//!
//! Invariant: what comes out is the document with every acknowledged record folded in, or an error; nothing is
//! written.

use super::document::{Barred, Document, DocumentError};
use super::journal::{JournalError, Notice, Replayed, replay};
use super::store::{Reader, Snapshot, StoreError};

/// A state that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The document with its journal folded in.
    pub document: Document,
    /// What a person should know.
    pub notices: Vec<Notice>,
}

/// What is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The document itself.
    #[error("the document cannot be used")]
    Document(#[source] DocumentError),
    /// Nothing: it is whole, and may not be used where it is.
    #[error("{0}")]
    Barred(Barred),
    /// Its journal.
    #[error("the journal cannot be used")]
    Journal(#[from] JournalError),
}

impl Damage {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Document(error) => error.hint(),
            Self::Barred(barred) => barred.hint(),
            Self::Journal(error) => error.hint(),
        }
    }
}

impl From<DocumentError> for Damage {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Barred(barred) => Self::Barred(barred),
            error => Self::Document(error),
        }
    }
}

/// Why a state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are there, and are not a state.
    #[error("{place}")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong with them.
        source: Damage,
    },
    /// The bytes could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReadError {
    /// What to do next, where there is something to say.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Damaged { place: _, source } => Some(source.hint()),
            Self::Store(error) => Some(error.hint()),
        }
    }
}

/// Reads the state of a place; `None` when there is none yet.
///
/// # Errors
/// When it cannot be read or is damaged.
pub async fn read(reader: &dyn Reader) -> Result<Option<Read>, ReadError> {
    let snapshot = reader.read().await?;
    let damage = match fold(&snapshot) {
        Ok(read) => return Ok(read),
        Err(damage) => damage,
    };
    // Without a lock, a writer may have cut off a torn tail while the journal was being read. Then the bytes
    // differ the next time; damage stays as it is.
    let again = reader.read().await?;
    let read = if again == snapshot { Err(damage) } else { fold(&again) };
    read.map_err(|source| ReadError::Damaged { place: reader.place(), source })
}

/// What a snapshot holds, its journal folded in.
///
/// # Errors
/// When either is damaged.
pub(super) fn fold(snapshot: &Snapshot) -> Result<Option<Read>, Damage> {
    let Some(document) = document_of(snapshot)? else { return Ok(None) };
    let Replayed { document, batches: _, notices } = replay(document, &snapshot.journal)?;
    Ok(Some(Read { document, notices }))
}

/// The document of a snapshot as it was last written whole.
///
/// # Errors
/// When it cannot be decoded, or is gone while its journal is there.
pub(super) fn document_of(Snapshot { document, journal }: &Snapshot) -> Result<Option<Document>, Damage> {
    match document {
        Some(bytes) => Ok(Some(Document::decode(bytes)?)),
        None if journal.is_empty() => Ok(None),
        None => Err(JournalError::NoDocument.into()),
    }
}
