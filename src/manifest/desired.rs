//! What the manifest asks for, after all its files are merged and its defaults applied.
//!
//! Invariant: a `Desired` in hand has passed every check; later rooms need not look again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::instance::{DriftClass, InstanceId, Labels, Name, Spec, Webhook};

/// One fleet as the manifest wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Names the state.
    pub fleet: Name,
    /// The NAME of the environment variable that holds the token.
    pub token_env: String,
    /// How many instances the account allows, when the manifest says so.
    pub max_instances: Option<usize>,
    /// How many calls to the account may be in flight, when the manifest says so; not 0.
    pub max_concurrency: Option<usize>,
    /// How many deletes one plan may hold.
    pub max_deletes: MaxDeletes,
    /// What every instance gets that does not say otherwise; already merged into `instances`.
    pub defaults: Defaults,
    /// The instances, by name.
    pub instances: BTreeMap<Name, Wanted>,
    /// Names to stop managing while the live session is kept.
    pub released: BTreeSet<Name>,
    /// Drift that is known and does not count, by name.
    pub accepted_drift: Vec<AcceptedDrift>,
}

/// The variable that holds the token when the manifest does not name one.
pub const DEFAULT_TOKEN_ENV: &str = "WAWP_ACCESS_TOKEN";

/// One desired instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Its attributes, defaults merged.
    pub spec: Spec,
    /// The name it had before; a rename in the state, the live session is not touched.
    pub previously: Option<Name>,
    /// An existing instance to bind instead of creating one.
    pub adopt: Option<InstanceId>,
}

/// Drift of one instance that somebody decided to live with. Whether its time is over is decided where there is a
/// clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptedDrift {
    /// An instance of the manifest.
    pub name: Name,
    /// How it may differ; never empty, and no class is accepted twice for a name.
    pub classes: BTreeSet<DriftClass>,
    /// Why, in one short line.
    pub reason: String,
    /// The last day on which it does not count.
    pub until: Date,
}

/// What the `defaults` block says itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// Labels, merged key by key.
    pub labels: Labels,
    /// Whether instances are started.
    pub running: Option<bool>,
    /// Their sending policy.
    pub rate_limit: Option<String>,
    /// Their protection.
    pub protect: Option<bool>,
    /// Their webhooks, as a whole.
    pub webhooks: Vec<Webhook>,
}

/// The guard on deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxDeletes {
    /// At most so many, whatever the fleet's size.
    Count(usize),
    /// At most so many percent of the recorded instances; applies from 10 recorded instances on.
    Percent(u8),
}

/// What counts when the manifest does not say: what octoDNS found to be a good limit.
pub(super) const USUAL_PERCENT: u8 = 30;

/// All of the recorded instances.
pub(super) const MOST_PERCENT: u8 = 100;

impl Default for MaxDeletes {
    fn default() -> Self {
        Self::Percent(USUAL_PERCENT)
    }
}
