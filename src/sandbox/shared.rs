//! What all calls of one sandbox share: the world under one lock, the log, the ways to wait and to stop.
//!
//! Invariant: a change of the world is kept before the lock is let go, so what is answered is on file.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::credentials::Place;
use super::disk::{Disk, DiskError};
use super::faults::Faults;
use super::log::{Log, Logged};
use super::options::{Clock, Gate, Moment};
use super::rate::Rate;
use super::world::{Instance, Refusal, World};
use crate::instance::Secret;

pub(super) struct Shared {
    core: Mutex<Core>,
    log: Mutex<Log>,
    log_changed: Notify,
    released: Notify,
    pub(super) stop: CancellationToken,
    pub(super) latency: Duration,
    rate: Option<Mutex<Rate>>,
    begun: Instant,
    accepted: Option<Vec<Secret>>,
    pub(super) looked_at: Vec<Place>,
    clock: Clock,
    gate: Option<Gate>,
}

struct Core {
    world: World,
    keeping: Keeping,
    faults: Faults,
}

enum Keeping {
    Memory,
    Disk(Disk),
    Closed,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The world refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The change could not be kept. It stands in memory, and nothing more is kept.
    #[error(transparent)]
    NotKept(#[from] DiskError),
    /// The sandbox is stopping.
    #[error("the sandbox is stopping")]
    Stopped,
}

impl Shared {
    pub(super) fn new(world: World, disk: Option<Disk>, options: super::Options) -> Self {
        let super::Options { faults, latency, rate, accepted, looked_at, clock, gate, .. } = options;
        let keeping = disk.map_or(Keeping::Memory, Keeping::Disk);
        Self {
            core: Mutex::new(Core { world, keeping, faults }),
            log: Mutex::new(Log::default()),
            log_changed: Notify::new(),
            released: Notify::new(),
            stop: CancellationToken::new(),
            latency,
            rate: rate.map(|each_second| Mutex::new(Rate::new(each_second))),
            begun: Instant::now(),
            accepted,
            looked_at,
            clock,
            gate,
        }
    }

    /// Changes the world, and keeps the change.
    pub(super) fn change<T>(
        &self,
        with: impl FnOnce(&mut World, Timestamp) -> Result<T, Refusal>,
    ) -> Result<T, ChangeError> {
        let now = (self.clock)();
        let mut core = self.core();
        let Core { world, keeping, faults: _ } = &mut *core;
        if matches!(keeping, Keeping::Closed) {
            return Err(ChangeError::Stopped);
        }
        // A refusal may still have changed something: looking for a QR code ends a STARTING.
        let result = with(world, now);
        let changes = world.take_changes();
        if let Keeping::Disk(disk) = keeping {
            disk.append(&changes)?;
        }
        Ok(result?)
    }

    /// Ends every wait and every connection, and lets go of the world's file.
    pub(super) fn close(&self) {
        self.stop.cancel();
        self.core().keeping = Keeping::Closed;
    }

    pub(super) fn instances(&self) -> Vec<Instance> {
        self.core().world.instances().cloned().collect()
    }

    pub(super) fn mark(&self, secret: &Secret) -> String {
        self.core().world.mark(secret.expose())
    }

    pub(super) fn with_faults<T>(&self, with: impl FnOnce(&mut Faults) -> T) -> T {
        with(&mut self.core().faults)
    }

    pub(super) fn accepts(&self, token: &Secret) -> bool {
        let known = |accepted: &Vec<Secret>| accepted.iter().any(|known| known.expose() == token.expose());
        self.accepted.as_ref().is_none_or(known)
    }

    /// Lets a call through, or says after how long the next one would be.
    pub(super) fn within_rate(&self) -> Result<(), Duration> {
        let Some(rate) = &self.rate else { return Ok(()) };
        rate.lock().unwrap_or_else(PoisonError::into_inner).take(self.begun.elapsed())
    }

    /// Reads or completes the log, and wakes who waits for it.
    pub(super) fn log<T>(&self, with: impl FnOnce(&mut Log) -> T) -> T {
        let done = with(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
        self.log_changed.notify_waiters();
        done
    }

    /// Waits until the log is as asked for.
    pub(super) async fn log_until(&self, mut is_so: impl FnMut(&[Logged]) -> bool) {
        loop {
            // Made before looking: a change in between wakes it.
            let changed = self.log_changed.notified();
            if is_so(self.log.lock().unwrap_or_else(PoisonError::into_inner).entries()) {
                return;
            }
            changed.await;
        }
    }

    /// Waits at the gate, if there is one.
    pub(super) async fn pass(&self, moment: impl FnOnce() -> Moment) {
        if let Some(gate) = &self.gate {
            gate(moment()).await;
        }
    }

    /// Waits for a release. The call is noted as hanging after the wait has begun, so a release that follows
    /// the note is never missed. False when the client left first.
    pub(super) async fn hang(&self, number: u64, client: Option<&CancellationToken>) -> bool {
        let released = self.released.notified();
        self.log(|log| log.note(number, |entry| entry.hanging = true));
        let is_released = match client {
            Some(gone) => gone.run_until_cancelled(released).await.is_some(),
            None => {
                released.await;
                true
            }
        };
        self.log(|log| log.note(number, |entry| entry.hanging = false));
        is_released
    }

    /// Lets every call that hangs go on.
    pub(super) fn release(&self) {
        self.released.notify_waiters();
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
