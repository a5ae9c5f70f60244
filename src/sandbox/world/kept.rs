//! What a world is told when it runs, and what is kept of it between runs.
//!
//! Invariant: nothing kept holds a token.

use serde::{Deserialize, Serialize};

use super::naming::IdShape;
use super::session::Instance;

/// The plan of the account. Kept for the endpoints that only paid plans have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// No webhooks, few policies.
    #[default]
    Free,
    /// Everything.
    Paid,
}

/// What a run of the sandbox lays down; not part of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How many instances one account may hold; `None` is no limit.
    pub quota: Option<u32>,
    /// Which ids a create gives.
    pub id_shape: IdShape,
    /// How many info reads report STARTING after a start.
    pub starting_reads: u32,
    /// After how many reads of a session in SCAN_QR_CODE, by info or `auth/qr`, a phone scans by itself: the one
    /// that a pairing code was asked for, else one whose number comes from the seed. `None` is never.
    pub scan_after: Option<u32>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { quota: None, id_shape: IdShape::Hex, starting_reads: 1, scan_after: None }
    }
}

/// What is kept of a world besides its instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of what is kept.
    pub format: u32,
    /// Where ids come from; fixed when the world begins.
    pub seed: u64,
    /// How many instances were ever created.
    pub counter: u64,
    /// The plan.
    pub plan: Plan,
}

/// The format that this version writes.
pub const FORMAT: u32 = 1;

/// A change of the world, enough to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The world itself; always the first entry.
    World(Header),
    /// An instance as it is from here on.
    Instance(Box<Instance>),
    /// An instance is gone.
    Gone {
        /// Which.
        instance_id: String,
    },
}
