//! A state in PostgreSQL: a row an instance, a journal that is only ever added to, a lease with a fencing number.
//!
//! Invariant: each statement is one transaction and keeps nothing in its session, so that a pooling proxy in
//! between makes no difference; nothing is written whose fencing number is not the present one. Needs PostgreSQL 13.
//!
//! The tables are this program's own. For people there are views, in the schema `wawpform` or the one that the URL
//! names as `schema`; no secret is in any of them:
//!
//! - `instances`: fleet, name, instance_id, session_name, server_name, created_at, protect, running, rate_limit,
//!   labels, webhooks, doubtful (the last three as jsonb), as the last run that came to its end left them;
//! - `pending_calls`: fleet, name, call, since, reason: whose outcome is not known;
//! - `records`: fleet, at, fence, journal, batch, number, record, name, facts: what every run did, one row a fact.
//!   `in_instances` is false for those of a run that is at work or was cut off;
//! - `fleets`: fleet, serial, lineage, api, locked_by, locked_until.
//!
//! What is left of the previous document is its history in `records`, and the database's own backups.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{Holder, LockInfo, Pen, Reader, Snapshot, Store, StoreError};
use crate::instance::Name;

mod address;
mod lease;
mod link;
mod pen;
mod rows;
mod schema;
mod tls;

pub use address::{Address, AddressError};
use lease::{Lease, Taking};
use link::{Failure, Link};
use pen::PostgresPen;
use schema::Tables;

/// A state in a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    address: Arc<Address>,
    fleet: Name,
    /// A connection that nobody uses just now.
    spare: Arc<Mutex<Option<Link>>>,
}

impl PostgresStore {
    /// The state of a fleet. Nothing is called yet.
    #[must_use]
    pub fn new(address: Address, fleet: Name) -> Self {
        Self { address: Arc::new(address), fleet, spare: Arc::default() }
    }

    async fn link(&self) -> Link {
        let spare = self.spare.lock().await.take();
        spare.filter(Link::is_up).unwrap_or_else(|| Link::new(Arc::clone(&self.address)))
    }

    fn failed(&self, what: &'static str, failure: Failure) -> StoreError {
        StoreError::Io { what, place: self.place(), source: failure.into_io() }
    }

    fn newer(&self, version: i32) -> StoreError {
        StoreError::Unfit {
            place: self.place(),
            why: format!("has the tables of a newer wawpform, version {version}"),
            hint: "update wawpform to the version that made them, or a later one",
        }
    }

    async fn read_with(&self, link: &mut Link) -> Result<Snapshot, StoreError> {
        let found = match rows::read(link, self.fleet.as_str()).await {
            Ok(found) => found,
            // Whatever is wrong with the tables: newer ones explain it, and none at all hold nothing.
            Err(failure @ Failure::Refused(_)) => {
                return match schema::look(link).await {
                    Ok(Tables::Missing) => Ok(Snapshot::default()),
                    Ok(Tables::Newer(version)) => Err(self.newer(version)),
                    Ok(Tables::Known(_)) | Err(_) => Err(self.failed("read", failure)),
                };
            }
            Err(failure) => return Err(self.failed("read", failure)),
        };
        if let Some(version) = schema::newer(found.version) {
            return Err(self.newer(version));
        }
        found.snapshot().ok_or_else(|| unfit_rows(&self.place()))
    }
}

#[async_trait]
impl Reader for PostgresStore {
    fn place(&self) -> String {
        self.address.shown(&self.fleet)
    }

    async fn read(&self) -> Result<Snapshot, StoreError> {
        let mut link = self.link().await;
        let read = self.read_with(&mut link).await;
        *self.spare.lock().await = Some(link);
        read
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        let mut link = self.link().await;
        match schema::prepare(&mut link).await {
            Ok(Tables::Known(_)) => {}
            Ok(Tables::Newer(version)) => return Err(self.newer(version)),
            Ok(Tables::Missing) => {
                return Err(unusable(&self.place(), "prepare", "the tables cannot be made"));
            }
            Err(failure) => return Err(self.failed("prepare", failure)),
        }
        match Lease::take(&mut link, &self.fleet, info).await {
            Ok(Taking::Taken(lease)) => Ok(Box::new(PostgresPen::new(self.place(), link, lease))),
            Ok(Taking::Held(holder)) => {
                // Whoever waits for it tries again.
                *self.spare.lock().await = Some(link);
                Err(StoreError::Locked(holder))
            }
            Err(failure) => Err(self.failed("lock", failure)),
        }
    }

    async fn holder(&self, _asking: &LockInfo) -> Result<Option<Holder>, StoreError> {
        match lease::holder(&mut self.link().await, self.fleet.as_str()).await {
            Err(failure) if schema::is_missing(&failure) => Ok(None),
            holder => holder.map_err(|failure| self.failed("read", failure)),
        }
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        let failed = |failure| self.failed("unlock", failure);
        let mut link = self.link().await;
        match lease::take_away(&mut link, self.fleet.as_str(), id).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(failure) if schema::is_missing(&failure) => return Ok(()),
            Err(failure) => return Err(failed(failure)),
        }
        match lease::holder(&mut link, self.fleet.as_str()).await.map_err(failed)? {
            None => Ok(()),
            Some(Holder(info)) => Err(StoreError::Locked(info)),
        }
    }
}

fn unusable(place: &str, what: &'static str, why: &'static str) -> StoreError {
    StoreError::Io { what, place: place.to_owned(), source: io::Error::other(why) }
}

fn unfit_rows(place: &str) -> StoreError {
    StoreError::Unfit {
        place: place.to_owned(),
        why: "holds rows that wawpform did not write".to_owned(),
        hint: "put back the tables as they were, from a backup of the database, then look at `plan` before anything \
               is applied",
    }
}
