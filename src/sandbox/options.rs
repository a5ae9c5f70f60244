//! What a sandbox is started with.
//!
//! Invariant: the moment and every random number come from here.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::credentials::Place;
use super::disk::DiskError;
use super::faults::Faults;
use super::world::{Plan, Terms};
use crate::instance::Secret;
use crate::wawp::wire::Endpoint;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Awaited at each [`Point`] of each call. While it waits, that call waits and the others go on; if it never
/// resolves, the call is never continued, which is how a test stops the world at its k-th effect.
pub type Gate = Arc<dyn Fn(Moment) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Nothing has happened yet.
    BeforeExecuting,
    /// It has had its effect, and the effect is kept. Not reached by a call that was refused.
    Executed,
    /// The answer is ready and not sent.
    BeforeAnswering,
}

/// What a gate is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The number of the request in the log.
    pub number: u64,
    /// Which call.
    pub endpoint: Endpoint,
    /// For which instance; after a create, the one that it made.
    pub instance_id: Option<String>,
    /// Where it is.
    pub point: Point,
}

/// What a sandbox is started with.
#[derive(Clone)]
pub struct Options {
    /// Where to listen. Whoever can connect can also use `/_sandbox/`, so keep it on the loopback.
    pub listen: SocketAddr,
    /// Where the world is kept: a file, or a folder for `world.jsonl`; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// Where ids come from when a world begins; a kept world keeps its own.
    pub seed: u64,
    /// The accounts' plan.
    pub plan: Plan,
    /// The quota, the shape of ids, the reads that STARTING lasts.
    pub terms: Terms,
    /// How long every call waits before it is executed.
    pub latency: Duration,
    /// How many calls a second are carried out, all accounts together; more are answered with 429.
    pub rate: Option<NonZeroU32>,
    /// What is to go wrong.
    pub faults: Faults,
    /// The tokens that open an account; `None` lets every token open one of its own.
    pub accepted: Option<Vec<Secret>>,
    /// Where credentials are looked for; what is elsewhere counts as missing.
    pub looked_at: Vec<Place>,
    /// What time it is.
    pub clock: Clock,
    /// Where calls can be held up.
    pub gate: Option<Gate>,
}

impl Options {
    /// A sandbox in memory on a free port of the loopback, without quota, latency or faults.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: None,
            seed: 0,
            plan: Plan::default(),
            terms: Terms::default(),
            latency: Duration::ZERO,
            rate: None,
            faults: Faults::default(),
            accepted: None,
            looked_at: Place::ALL.to_vec(),
            clock,
            gate: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            listen,
            data,
            seed,
            plan,
            terms,
            latency,
            rate,
            faults,
            accepted,
            looked_at,
            clock: _,
            gate,
        } = self;
        f.debug_struct("Options")
            .field("listen", listen)
            .field("data", data)
            .field("seed", seed)
            .field("plan", plan)
            .field("terms", terms)
            .field("latency", latency)
            .field("rate", rate)
            .field("faults", faults)
            .field("accepted", accepted)
            .field("looked_at", looked_at)
            .field("gate", &gate.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The kept world cannot be used; [`DiskError::InUse`] may be waited for.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
