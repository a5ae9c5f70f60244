//! Opening a ledger: the lock, what is there, and whether it is what the caller expects.
//!
//! Invariant: a refused opening leaves document and journal as they were, byte for byte, and lets go of the
//! lock.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::Ledger;
use super::writer::Writer;
use crate::instance::Name;
use crate::instance::visible;
use crate::state::document::{Document, Lineage};
use crate::state::journal::{Notice, Replayed, replay};
use crate::state::read::{Damage, document_of};
use crate::state::store::{LockInfo, Pen, Store, StoreError};

/// How soon a held lock is tried again at first, and at most.
const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_secs(1);
/// When waiting becomes worth a word (formats.md F3.2).
const PATIENCE: Duration = Duration::from_millis(400);

/// What the caller believes, and what to begin with when there is nothing yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// Whose state it must be.
    pub fleet: Name,
    /// Which API its instances must live in, as [`Document::api`] has it.
    pub api: String,
    /// Which history it must be, if that matters: a saved plan belongs to one.
    pub lineage: Option<Lineage>,
    /// The lineage of a state that is begun now.
    pub begin: Lineage,
}

/// How long to wait for the lock.
#[derive(Default)]
pub struct LockWait {
    timeout: Duration,
    waiting: Option<Waiting>,
}

/// Told who is waited for.
type Waiting = Box<dyn FnOnce(Option<&LockInfo>) + Send>;

impl LockWait {
    /// Not at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// At most so long.
    #[must_use]
    pub fn up_to(timeout: Duration) -> Self {
        Self { timeout, waiting: None }
    }

    /// Calls `waiting` once, when the lock was waited for for 400 ms, with its holder as far as it can be read.
    #[must_use]
    pub fn on_wait(self, waiting: impl FnOnce(Option<&LockInfo>) + Send + 'static) -> Self {
        Self { waiting: Some(Box::new(waiting)), ..self }
    }
}

impl fmt::Debug for LockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timeout, waiting } = self;
        f.debug_struct("LockWait").field("timeout", timeout).field("waiting", &waiting.is_some()).finish()
    }
}

/// A ledger, and what it was opened on.
#[derive(Debug)]
pub struct Opened {
    /// The pen.
    pub ledger: Ledger,
    /// The document, with the journal of a run that was cut off folded in.
    pub document: Document,
    /// What a person should know.
    pub notices: Vec<Notice>,
}

/// Why a ledger was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Someone else holds the lock.
    #[error("{place} is locked")]
    Locked {
        /// Where.
        place: String,
        /// Who holds it, as far as it can be read.
        info: Option<Box<LockInfo>>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The bytes are there, and are not a state.
    #[error("{place}")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong with them.
        source: Damage,
    },
    /// The state of another fleet.
    #[error("{place} is the state of the fleet `{recorded}`, not of `{expected}`")]
    ForeignFleet {
        /// Where.
        place: String,
        /// The manifest's fleet.
        expected: Name,
        /// The state's.
        recorded: Name,
    },
    /// Another history of the same fleet, or none yet.
    #[error("{place} has the lineage {recorded}, and {expected} is expected")]
    ForeignLineage {
        /// Where.
        place: String,
        /// The lineage that was expected, escaped.
        expected: String,
        /// The state's, escaped.
        recorded: String,
    },
    /// Instances are in it, and they live in another API.
    #[error("the instances in {place} live in {recorded}, not in {expected}")]
    ForeignApi {
        /// Where.
        place: String,
        /// The API that is to be used.
        expected: String,
        /// The state's, escaped.
        recorded: String,
    },
    /// It could not be read or locked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// What to do next, where there is something to say.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Locked { .. } => Some(
                "wait for it to end, or give `--lock-timeout`; a lock on a file ends with its process, one that a dead \
                     run left elsewhere with `state unlock`",
            ),
            Self::Damaged { place: _, source } => Some(source.hint()),
            Self::ForeignFleet { .. } => {
                Some("name this fleet's own state with `--state`, or correct `fleet` in the manifest")
            }
            Self::ForeignLineage { .. } => Some("make a new plan from this state"),
            Self::ForeignApi { .. } => {
                Some("use the `--api-url` this state was made with, or another `--state` for the other API")
            }
            Self::Store(error) => Some(error.hint()),
        }
    }
}

impl Ledger {
    /// Takes the lock, reads what is there and checks it against what the caller expects. Nothing is written
    /// before the first record.
    ///
    /// # Errors
    /// When the lock is held, the state is damaged, or it is another one than expected. Then the lock is let
    /// go, and nothing was changed.
    pub async fn open(
        store: &dyn Store,
        info: LockInfo,
        wait: LockWait,
        expect: Expect,
    ) -> Result<Opened, OpenError> {
        let mut pen = take_lock(store, &info, wait).await?;
        let found = match pen.read().await {
            Ok(snapshot) => find(store, expect, &snapshot),
            Err(error) => Err(error.into()),
        };
        match found {
            Ok(Found { base, written, replayed: Replayed { document, batches, notices } }) => {
                let ledger = Self::start(Writer::new(pen, base, written, document.clone(), batches));
                Ok(Opened { ledger, document, notices })
            }
            Err(error) => {
                // Why it was refused matters more than whether the lock could be let go.
                let _ = pen.release().await;
                Err(error)
            }
        }
    }
}

/// What an opening found.
struct Found {
    /// The document as it was last written whole, or a new one.
    base: Document,
    /// Whether it was ever written.
    written: bool,
    replayed: Replayed,
}

fn find(store: &dyn Store, expect: Expect, snapshot: &crate::state::Snapshot) -> Result<Found, OpenError> {
    let damaged = |source| OpenError::Damaged { place: store.place(), source };
    let Expect { fleet, api, lineage, begin } = expect;
    let recorded = document_of(snapshot).map_err(damaged)?;
    let written = recorded.is_some();
    let base = recorded.unwrap_or_else(|| Document::begin(fleet.clone(), begin, api.clone()));
    if base.fleet != fleet {
        let recorded = base.fleet;
        return Err(OpenError::ForeignFleet { place: store.place(), expected: fleet, recorded });
    }
    if let Some(lineage) = lineage.filter(|lineage| *lineage != base.lineage) {
        let (expected, recorded) = (visible(&lineage.0).into_owned(), visible(&base.lineage.0).into_owned());
        return Err(OpenError::ForeignLineage { place: store.place(), expected, recorded });
    }
    let replayed = replay(base.clone(), &snapshot.journal).map_err(|error| damaged(error.into()))?;
    if base.api == api {
        return Ok(Found { base, written, replayed });
    }
    let Replayed { document, batches: _, notices } = replayed;
    let document = document.in_api(&api).map_err(|recorded| {
        let recorded = visible(&recorded).into_owned();
        OpenError::ForeignApi { place: store.place(), expected: api, recorded }
    })?;
    // What is there is of another API, so a journal cannot go on from it.
    let replayed = Replayed { document: document.clone(), batches: 0, notices };
    Ok(Found { base: document, written: false, replayed })
}

/// Takes the lock, trying again as long as it is held and the patience lasts.
///
/// # Errors
/// [`OpenError::Locked`] when it is still held then; when it cannot be taken at all.
pub async fn take_lock(
    store: &dyn Store,
    info: &LockInfo,
    wait: LockWait,
) -> Result<Box<dyn Pen>, OpenError> {
    let LockWait { timeout, mut waiting } = wait;
    let began = Instant::now();
    let mut pause = SOON;
    loop {
        let holder = match store.lock(info).await {
            Ok(pen) => return Ok(pen),
            Err(StoreError::Locked(holder)) => holder,
            Err(error) => return Err(error.into()),
        };
        let waited = began.elapsed();
        if waited >= PATIENCE
            && let Some(waiting) = waiting.take()
        {
            waiting(holder.as_deref());
        }
        let Some(left) = timeout.checked_sub(waited).filter(|left| !left.is_zero()) else {
            return Err(OpenError::Locked { place: store.place(), info: holder, waited });
        };
        let until_said = match &waiting {
            Some(_) => PATIENCE.saturating_sub(waited),
            None => Duration::MAX,
        };
        tokio::time::sleep(pause.min(left).min(until_said)).await;
        pause = (pause * 2).min(LATE);
    }
}
