//! A document carried as a whole: pushed into a place, or moved from one place to another.
//!
//! Invariant: a document is written over another one only if it is a later one of the same history, or by force;
//! and of the two places of a move at most one may be written at any moment, whenever it is cut off.

use super::document::{Barred, Document};
use super::journal::replay;
use super::ledger::{LockWait, OpenError, take_lock};
use super::read::Damage;
use super::store::{LockInfo, Pen, Snapshot, Store, StoreError};

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The document is there now, with this serial.
    Written(u64),
    /// The same document was there before.
    AlreadyThere,
}

/// What a move did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The document as it is in its new place.
    pub document: Document,
    /// Whether an earlier run had come to the end already.
    pub was_done: bool,
}

/// Why a document was not carried.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// A place could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Another history.
    #[error("{place} has the lineage {there}, and the file {pushed}")]
    OtherLineage {
        /// Where.
        place: String,
        /// The lineage there, escaped.
        there: String,
        /// The lineage of the file, escaped.
        pushed: String,
    },
    /// What is there came later.
    #[error("{place} has the serial {there}, and the file is older, with {pushed}")]
    Newer {
        /// Where.
        place: String,
        /// The serial there.
        there: u64,
        /// The serial of the file.
        pushed: u64,
    },
    /// Two documents went different ways from one.
    #[error("{place} has the serial {serial} as the file has, and differs from it")]
    SameSerial {
        /// Where.
        place: String,
        /// The serial of both.
        serial: u64,
    },
    /// There is nothing to be moved.
    #[error("there is no state at {place}")]
    Nothing {
        /// Where.
        place: String,
    },
    /// There is a state where one is to be moved to.
    #[error("{place} has a state already")]
    Occupied {
        /// Where.
        place: String,
    },
    /// From a place to itself.
    #[error("{place} is where the state is")]
    SamePlace {
        /// Where.
        place: String,
    },
    /// It was written, and something else is read.
    #[error("{place} does not give back what was written there")]
    NotKept {
        /// Where.
        place: String,
    },
}

impl CarryError {
    /// What to do next, where there is something to say.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Open(error) => error.hint(),
            Self::OtherLineage { .. } => Some(
                "these are states of different histories: see whether place and file are the right ones; `--force` \
                 writes the file all the same",
            ),
            Self::Newer { .. } | Self::SameSerial { .. } => Some(
                "compare the file with `state pull`: what only one of them knows would be lost; `--force` writes the \
                 file all the same",
            ),
            Self::Nothing { .. } => Some("name the place of the state with `--state`"),
            Self::Occupied { .. } => Some(
                "name another place with `--to`; if it is a copy that nobody needs, remove it there first",
            ),
            Self::SamePlace { .. } => Some("name another place with `--to`"),
            Self::NotKept { .. } => Some("see who else writes there, then run the command again"),
        }
    }
}

impl From<StoreError> for CarryError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

/// Writes a document whole into a place, and reads it back. By `force` it is written also over another history, a
/// later document or a damaged one, with a serial beyond what is there; never over one that is barred.
///
/// # Errors
/// When it was not written, or may not have been.
pub async fn push(
    store: &dyn Store,
    info: &LockInfo,
    wait: LockWait,
    document: Document,
    force: bool,
) -> Result<Pushed, CarryError> {
    let mut pen = take_lock(store, info, wait).await?;
    let pushed = push_with(&mut *pen, store.place(), document, force).await;
    ended(pushed, [pen]).await
}

async fn push_with(
    pen: &mut dyn Pen,
    place: String,
    mut document: Document,
    force: bool,
) -> Result<Pushed, CarryError> {
    let snapshot = pen.read().await?;
    let there = match whole(&snapshot) {
        Ok(there) => there,
        Err(_) if force => {
            let serial = serial_at_a_glance(&snapshot).map_or(0, |serial| serial.saturating_add(1));
            document.serial = document.serial.max(serial);
            None
        }
        Err(source) => return Err(OpenError::Damaged { place, source }.into()),
    };
    if let Some(there) = there {
        if there == document {
            return Ok(Pushed::AlreadyThere);
        }
        if let Some(barred) = there.barred {
            return Err(OpenError::Damaged { place, source: Damage::Barred(barred) }.into());
        }
        let (serial, pushed) = (there.serial, document.serial);
        match () {
            () if force => document.serial = pushed.max(serial.saturating_add(1)),
            () if there.lineage != document.lineage => {
                let shown = |lineage: &str| crate::instance::visible(lineage).into_owned();
                let (there, pushed) = (shown(&there.lineage.0), shown(&document.lineage.0));
                return Err(CarryError::OtherLineage { place, there, pushed });
            }
            () if serial > pushed => return Err(CarryError::Newer { place, there: serial, pushed }),
            () if serial == pushed => return Err(CarryError::SameSerial { place, serial }),
            () => {}
        }
    }
    put(pen, &place, &document).await?;
    Ok(Pushed::Written(document.serial))
}

/// Moves a state. The copy is barred until the source is, so that at no moment both can be written; a run that was
/// cut off is taken up by running it again. `asking` makes the note for the lock of a place.
///
/// # Errors
/// When it did not come to its end; nothing is lost then.
pub async fn migrate(
    source: &dyn Store,
    target: &dyn Store,
    asking: impl Fn(String) -> LockInfo,
    wait: impl Fn() -> LockWait,
) -> Result<Migrated, CarryError> {
    if source.place() == target.place() {
        return Err(CarryError::SamePlace { place: source.place() });
    }
    let mut from = take_lock(source, &asking(source.place()), wait()).await?;
    let mut to = match take_lock(target, &asking(target.place()), wait()).await {
        Ok(pen) => pen,
        Err(error) => return ended(Err(error.into()), [from]).await,
    };
    let migrated = migrate_with((&mut *from, source.place()), (&mut *to, target.place())).await;
    ended(migrated, [from, to]).await
}

async fn migrate_with(
    (from, source): (&mut dyn Pen, String),
    (to, target): (&mut dyn Pen, String),
) -> Result<Migrated, CarryError> {
    let read = |place: &str, snapshot: &Snapshot| {
        whole(snapshot).map_err(|source| OpenError::Damaged { place: place.to_owned(), source })
    };
    let barred = |place: &str, barred: &Barred| -> CarryError {
        OpenError::Damaged { place: place.to_owned(), source: Damage::Barred(barred.clone()) }.into()
    };
    let Some(document) = read(&source, &from.read().await?)? else {
        return Err(CarryError::Nothing { place: source });
    };
    let there = read(&target, &to.read().await?)?;
    let has_left = match &document.barred {
        None => false,
        Some(Barred::MovedTo(place)) if *place == target => true,
        Some(other) => return Err(barred(&source, other)),
    };
    if let Some(there) = &there {
        if there.lineage != document.lineage {
            return Err(CarryError::Occupied { place: target });
        }
        match &there.barred {
            // The move has come to its end before, and work goes on there.
            None if has_left && there.serial > document.serial => {
                return Ok(Migrated { document: there.clone(), was_done: true });
            }
            None => return Err(CarryError::Occupied { place: target }),
            Some(Barred::MovingFrom(place) | Barred::MovedTo(place)) if *place == source => {}
            Some(other) => return Err(barred(&target, other)),
        }
    }
    let serial = document.serial.max(there.map_or(0, |there| there.serial));
    let at = |more: u64, barred| Document { serial: serial.saturating_add(more), barred, ..document.clone() };
    put(to, &target, &at(1, Some(Barred::MovingFrom(source.clone())))).await?;
    if !has_left {
        put(from, &source, &at(1, Some(Barred::MovedTo(target.clone())))).await?;
    }
    let arrived = at(2, None);
    put(to, &target, &arrived).await?;
    Ok(Migrated { document: arrived, was_done: false })
}

/// Lets go of the locks, whatever came of it. What was done matters more than a lock that may still be held.
async fn ended<T, const N: usize>(
    result: Result<T, CarryError>,
    pens: [Box<dyn Pen>; N],
) -> Result<T, CarryError> {
    for pen in pens {
        let _ = pen.release().await;
    }
    result
}

/// Writes a document whole, and makes sure that it can be read.
async fn put(pen: &mut dyn Pen, place: &str, document: &Document) -> Result<(), CarryError> {
    pen.checkpoint(document).await?;
    match whole(&pen.read().await?) {
        Ok(Some(there)) if there == *document => Ok(()),
        _ => Err(CarryError::NotKept { place: place.to_owned() }),
    }
}

/// The serial of something that is no document; a server may refuse to store another one of that number.
fn serial_at_a_glance(snapshot: &Snapshot) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_slice(snapshot.document.as_deref()?).ok()?;
    value.get("serial")?.as_u64()
}

/// The document with its journal folded in, barred or not.
fn whole(Snapshot { document, journal }: &Snapshot) -> Result<Option<Document>, Damage> {
    let Some(bytes) = document else {
        return match journal.is_empty() {
            true => Ok(None),
            false => Err(super::journal::JournalError::NoDocument.into()),
        };
    };
    let document = Document::decode_barred(bytes)?;
    Ok(Some(replay(document, journal)?.document))
}
