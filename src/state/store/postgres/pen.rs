//! The one writer of a fleet's rows.
//!
//! Invariant: an append and a checkpoint are one statement each, which changes something only while the fencing number
//! is this pen's. One whose answer was lost is looked up under a new number before it is called failed or made
//! again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::lease::{LIMIT, Lease, number, text};
use super::link::{Failure, Link};
use super::rows::{self, Change, Seen};
use super::{unfit_rows, unusable};
use crate::state::document::{Document, Rows};
use crate::state::journal::encode_batch;
use crate::state::parting;
use crate::state::store::{Batch, Pen, Snapshot, StoreError};

/// A record must survive a power cut, whatever this server's habit is. Said for the one transaction.
macro_rules! durable {
    () => {
        "CASE WHEN current_setting('synchronous_commit') = 'off'
              THEN set_config('synchronous_commit', 'local', true) END AS durable"
    };
}

const APPEND_FIRST: &str = concat!(
    "WITH mine AS (UPDATE wawpform.fleet SET journal = journal + 1 WHERE fleet = $1 AND fence = $2
                   RETURNING fleet, journal, ",
    durable!(),
    ")
     INSERT INTO wawpform.journal (fleet, journal, batch, fence, line)
     SELECT fleet, journal, $3, $2, $4::json FROM mine RETURNING journal"
);
const APPEND_NEXT: &str = concat!(
    "WITH mine AS (SELECT fleet, journal, ",
    durable!(),
    " FROM wawpform.fleet WHERE fleet = $1 AND fence = $2 FOR NO KEY UPDATE)
     INSERT INTO wawpform.journal (fleet, journal, batch, fence, line)
     SELECT fleet, journal, $3, $2, $4::json FROM mine
     WHERE EXISTS (SELECT FROM wawpform.journal j
                   WHERE j.fleet = mine.fleet AND j.journal = mine.journal AND j.batch = $3 - 1)
     RETURNING journal"
);
const APPENDED: &str = "
    SELECT f.journal FROM wawpform.fleet f JOIN wawpform.journal j ON j.fleet = f.fleet AND j.journal = f.journal
    WHERE f.fleet = $1 AND j.batch = $2 AND j.line::text = $3";
const CHECKPOINT: &str = concat!(
    "WITH mine AS (
        SELECT fleet, ",
    durable!(),
    " FROM wawpform.fleet
        WHERE fleet = $1 AND fence = $2 AND head::text IS NOT DISTINCT FROM $4 AND $5 = (
            SELECT coalesce(sum(('x' || encode(substr(sha256(convert_to(row, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint), 0)::text
            FROM (SELECT E'instance\\n' || name || E'\\n' || recorded::text AS row FROM wawpform.instance WHERE fleet = $1
                  UNION ALL
                  SELECT E'pending\\n' || name || E'\\n' || pending::text FROM wawpform.pending WHERE fleet = $1) AS rows)
        FOR NO KEY UPDATE),
     instances_gone AS (DELETE FROM wawpform.instance i USING mine WHERE i.fleet = mine.fleet AND i.name = ANY ($6)),
     pending_gone AS (DELETE FROM wawpform.pending p USING mine WHERE p.fleet = mine.fleet AND p.name = ANY ($9)),
     instances_put AS (
        INSERT INTO wawpform.instance (fleet, name, recorded)
        SELECT mine.fleet, t.name, t.value::json FROM mine, unnest($7::text[], $8::text[]) AS t (name, value)
        ON CONFLICT (fleet, name) DO UPDATE SET recorded = excluded.recorded),
     pending_put AS (
        INSERT INTO wawpform.pending (fleet, name, pending)
        SELECT mine.fleet, t.name, t.value::json FROM mine, unnest($10::text[], $11::text[]) AS t (name, value)
        ON CONFLICT (fleet, name) DO UPDATE SET pending = excluded.pending)
     UPDATE wawpform.fleet f SET head = $3::json, journal = journal + 1 FROM mine WHERE f.fleet = mine.fleet
     RETURNING f.journal"
);
const STANDING: &str = "SELECT fence, journal, head::text FROM wawpform.fleet WHERE fleet = $1";

/// How often a write is made again that surely did not happen, before whatever is in its way counts as staying there.
const TRIES: usize = 5;
const TOO_OFTEN: &str = "the connection was cut again and again";

/// What the pen and the one who renews its lease share.
pub(super) struct Desk {
    pub(super) link: Link,
    pub(super) lease: Lease,
}

pub(super) struct PostgresPen {
    place: String,
    desk: Arc<Mutex<Desk>>,
    /// Renews the lease; ends with the pen.
    renewal: JoinHandle<()>,
    /// What was there when it was last looked at; `None` before that.
    seen: Option<Seen>,
    /// An append failed: what is at the end of the journal is not known. Only a checkpoint helps.
    broken: bool,
    released: bool,
}

impl PostgresPen {
    pub(super) fn new(place: String, link: Link, lease: Lease) -> Self {
        let pause = link.address.lease / 3;
        let desk = Arc::new(Mutex::new(Desk { link, lease }));
        let renewal = tokio::spawn(renew(Arc::clone(&desk), pause));
        Self { place, desk, renewal, seen: None, broken: false, released: false }
    }

    fn disturbed(&self, what: &'static str) -> StoreError {
        StoreError::Disturbed { place: self.place.clone(), what }
    }

    fn failed(&self, what: &'static str, failure: Failure) -> StoreError {
        StoreError::Io { what, place: self.place.clone(), source: failure.into_io() }
    }

    async fn append_line(&self, number_: u64, line: &str) -> Result<(), StoreError> {
        let mut desk = self.desk.lock().await;
        let Desk { link, lease } = &mut *desk;
        let batch = i64::try_from(number_).unwrap_or(i64::MAX);
        let failed = |failure| self.failed("append to", failure);
        for tries_left in (0..TRIES).rev() {
            let statement = if batch == 1 { APPEND_FIRST } else { APPEND_NEXT };
            let parameters = [
                (&lease.fleet as _, Type::TEXT),
                (&lease.fence as _, Type::INT8),
                (&batch as _, Type::INT8),
                (&line as _, Type::TEXT),
            ];
            match link.ask(statement, &parameters, LIMIT).await {
                Ok(rows) => {
                    let Some(row) = rows.first() else { return Err(self.why_not(link, lease).await) };
                    lease.journal = number(row, 0);
                    return Ok(());
                }
                Err(failure) if failure.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                    return Err(self.disturbed("changed"));
                }
                Err(failure) if tries_left == 0 => return Err(failed(failure)),
                Err(failure) if failure.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => continue,
                Err(failure @ Failure::Lost(_)) => {
                    if !lease.claim(link).await.map_err(|_| failed(failure))? {
                        return Err(self.disturbed("taken over"));
                    }
                }
                Err(failure) => return Err(failed(failure)),
            }
            let look = [(&lease.fleet as _, Type::TEXT), (&batch as _, Type::INT8), (&line as _, Type::TEXT)];
            if let Some(row) = link.ask(APPENDED, &look, LIMIT).await.map_err(failed)?.first() {
                lease.journal = number(row, 0);
                return Ok(());
            }
        }
        Err(unusable(&self.place, "append to", TOO_OFTEN))
    }

    /// Why a write changed nothing.
    async fn why_not(&self, link: &mut Link, lease: &Lease) -> StoreError {
        match link.ask(STANDING, &[(&lease.fleet, Type::TEXT)], LIMIT).await {
            Err(failure) => self.failed("read", failure),
            Ok(rows) => match rows.first() {
                None => self.disturbed("removed"),
                Some(row) if number(row, 0) != lease.fence => self.disturbed("taken over"),
                Some(_) => self.disturbed("changed"),
            },
        }
    }

    async fn look(&self) -> Result<(Snapshot, Seen), StoreError> {
        let mut desk = self.desk.lock().await;
        let Desk { link, lease } = &mut *desk;
        let found = rows::read(link, &lease.fleet).await.map_err(|failure| self.failed("read", failure))?;
        let snapshot = found.snapshot().ok_or_else(|| unfit_rows(&self.place))?;
        Ok((snapshot, Seen::of(found.rows.as_ref())))
    }

    /// Puts rows where `seen` is; whether they still were.
    async fn put(&self, seen: &Seen, rows: &Rows) -> Result<bool, StoreError> {
        let mut desk = self.desk.lock().await;
        let Desk { link, lease } = &mut *desk;
        let [instances, pending] = seen.changes(rows);
        let total = seen.total();
        let size = [&instances, &pending].map(|Change { gone, names, .. }| gone.len() + names.len());
        let limit = LIMIT + Duration::from_millis(size.iter().sum::<usize>() as u64);
        let failed = |failure| self.failed("write", failure);
        for tries_left in (0..TRIES).rev() {
            let parameters = [
                (&lease.fleet as _, Type::TEXT),
                (&lease.fence as _, Type::INT8),
                (&rows.head as _, Type::TEXT),
                (&seen.head as _, Type::TEXT),
                (&total as _, Type::TEXT),
                (&instances.gone as _, Type::TEXT_ARRAY),
                (&instances.names as _, Type::TEXT_ARRAY),
                (&instances.values as _, Type::TEXT_ARRAY),
                (&pending.gone as _, Type::TEXT_ARRAY),
                (&pending.names as _, Type::TEXT_ARRAY),
                (&pending.values as _, Type::TEXT_ARRAY),
            ];
            match link.ask(CHECKPOINT, &parameters, limit).await {
                Ok(written) => {
                    let Some(row) = written.first() else { return Ok(false) };
                    lease.journal = number(row, 0);
                    return Ok(true);
                }
                Err(failure) if tries_left == 0 => return Err(failed(failure)),
                Err(failure) if failure.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => continue,
                Err(failure @ Failure::Lost(_)) => {
                    if !lease.claim(link).await.map_err(|_| failed(failure))? {
                        return Err(self.disturbed("taken over"));
                    }
                }
                Err(failure) => return Err(failed(failure)),
            }
            let there = link.ask(STANDING, &[(&lease.fleet, Type::TEXT)], LIMIT).await.map_err(failed)?;
            if let Some(row) = there.first()
                && number(row, 1) > lease.journal
                && text(row, 2) == rows.head
            {
                lease.journal = number(row, 1);
                return Ok(true);
            }
        }
        Err(unusable(&self.place, "write", TOO_OFTEN))
    }
}

#[async_trait]
impl Pen for PostgresPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        let (snapshot, seen) = self.look().await?;
        self.seen = Some(seen);
        Ok(snapshot)
    }

    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(unusable(&self.place, "append to", "an earlier record could not be written"));
        }
        let Batch { number, records, base, after: _ } = *batch;
        let mut line = encode_batch(&base.lineage, base.serial, number, records);
        line.pop();
        self.append_line(number, &String::from_utf8_lossy(&line)).await?;
        self.broken = false;
        Ok(())
    }

    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        let rows = document.to_rows();
        let seen = match self.seen.take() {
            Some(seen) => seen,
            None => self.look().await?.1,
        };
        // Until it is known to be there, what was seen is what must be there.
        let mut put = self.put(&seen, &rows).await;
        if let Ok(false) = put {
            let there = self.look().await.map(|(_, there)| there);
            put = match there {
                // One that is gone hides nothing.
                Ok(there) if there.head.is_none() && there != seen => self.put(&there, &rows).await,
                Ok(_) => Ok(false),
                Err(error) => Err(error),
            };
        }
        match put {
            Ok(true) => {
                self.seen = Some(Seen::of(Some(&rows)));
                self.broken = false;
                Ok(())
            }
            Ok(false) => {
                self.seen = Some(seen);
                let mut desk = self.desk.lock().await;
                let Desk { link, lease } = &mut *desk;
                Err(self.why_not(link, lease).await)
            }
            Err(error) => {
                self.seen = Some(seen);
                Err(error)
            }
        }
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreError> {
        self.renewal.abort();
        self.released = true;
        let mut desk = self.desk.lock().await;
        let Desk { link, lease } = &mut *desk;
        lease.release(link).await.map_err(|failure| self.failed("unlock", failure))
    }
}

impl Drop for PostgresPen {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.released {
            return;
        }
        // What cannot be done by then is done by the clock.
        let desk = Arc::clone(&self.desk);
        parting::spawn_if_running(async move {
            let mut desk = desk.lock().await;
            let Desk { link, lease } = &mut *desk;
            let _ = lease.release(link).await;
        });
    }
}

/// Keeps the lease from lapsing as long as its pen lives. One that is lost is noticed by the next write.
async fn renew(desk: Arc<Mutex<Desk>>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let mut desk = desk.lock().await;
        let Desk { link, lease } = &mut *desk;
        match lease.renew(link).await {
            Ok(true) => {}
            Ok(false) => return,
            // Tried again soon: there is time for that before it lapses.
            Err(_) => {
                drop(desk);
                tokio::time::sleep(pause / 4).await;
            }
        }
    }
}
