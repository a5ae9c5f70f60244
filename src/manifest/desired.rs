//! What the manifest asks for, after all its files are merged and its defaults applied.
//!
//! Invariant: a `Desired` in hand has passed every check; later rooms need not look again.

use std::collections::{BTreeMap, BTreeSet};

use crate::instance::{InstanceId, Labels, Name, Spec, Webhook};

/// One fleet as the manifest wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Names the state.
    pub fleet: Name,
    /// The NAME of the environment variable that holds the token.
    pub token_env: String,
    /// How many instances the account allows, when the manifest says so.
    pub max_instances: Option<usize>,
    /// How many deletes one plan may hold.
    pub max_deletes: MaxDeletes,
    /// What every instance gets that does not say otherwise; already merged into `instances`.
    pub defaults: Defaults,
    /// The instances, by name.
    pub instances: BTreeMap<Name, Wanted>,
    /// Names to stop managing while the live session is kept.
    pub released: BTreeSet<Name>,
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

impl Default for MaxDeletes {
    /// 30 %, what octoDNS found to be a good limit.
    fn default() -> Self {
        Self::Percent(30)
    }
}
