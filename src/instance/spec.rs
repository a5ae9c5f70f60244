//! What an instance should be: the attributes that the manifest sets, defaults merged.
//!
//! Invariant: plain data, compared field by field; whoever compares, hashes or saves it destructures it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The user's own ids and words for an instance; kept in the state and in `output`.
pub type Labels = BTreeMap<String, String>;

/// The desired attributes of one instance, with the fleet's defaults merged under them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The user's own labels.
    pub labels: Labels,
    /// Started after create; STARTING, SCAN_QR_CODE and WORKING all satisfy it.
    pub running: bool,
    /// The slug of the sending policy; `None` leaves it as it is.
    pub rate_limit: Option<String>,
    /// Never deleted while this stands, nor when the block is removed in the same change.
    pub protect: bool,
    /// The phone that should be paired, digits with the country code; another one is warned about.
    pub expect_number: Option<String>,
    /// Webhooks to set, keyed by URL.
    pub webhooks: Vec<Webhook>,
}

impl Default for Spec {
    /// What an empty block in the manifest means.
    fn default() -> Self {
        Self {
            labels: Labels::new(),
            running: true,
            rate_limit: None,
            protect: false,
            expect_number: None,
            webhooks: Vec::new(),
        }
    }
}

/// One webhook that should be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where events go; https only.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// How a failed delivery is repeated; `None` is the vendor's default (wawp-api.md §2.12: 2 s, 15 times).
    pub retries: Option<Retries>,
    /// The NAME of the environment variable that holds the signing secret.
    pub hmac_env: Option<String>,
}

/// How a failed webhook delivery is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// Seconds between attempts.
    pub delay: u32,
    /// How many attempts.
    pub attempts: u32,
}

impl Retries {
    /// What the vendor does when nothing is said (wawp-api.md §2.12).
    pub const VENDOR: Self = Self { delay: 2, attempts: 15 };
}
