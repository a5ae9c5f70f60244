//! One webhook as the sandbox keeps it (wawp-api.md §2.11, §2.12). It calls nobody.
//!
//! Invariant: the secret that signs it is kept as a salted mark, so it can be recognised and never be read.

use serde::{Deserialize, Serialize};

/// One of the user's webhooks. Its key is the URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where events are sent; compared exactly.
    pub url: String,
    /// Which events, in the order they were given.
    pub events: Vec<String>,
    /// Whether it is on.
    pub is_active: bool,
    /// How a failed delivery is repeated.
    #[serde(default)]
    pub retries: Retries,
    /// The mark of the secret that signs, see [`super::World::mark`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hmac: Option<String>,
}

/// How a failed delivery is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// Seconds in between.
    pub delay: u32,
    /// How often.
    pub attempts: u32,
}

impl Default for Retries {
    /// What the vendor's page gives when nothing is said.
    fn default() -> Self {
        Self { delay: 2, attempts: 15 }
    }
}

/// A part of a webhook that is to be changed; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Other events.
    pub events: Option<Vec<String>>,
    /// On or off.
    pub is_active: Option<bool>,
    /// Another repetition.
    pub retries: Option<Retries>,
    /// The mark of another secret.
    pub hmac: Option<String>,
}

impl Webhook {
    pub(super) fn apply(&mut self, change: WebhookChange) {
        let WebhookChange { events, is_active, retries, hmac } = change;
        self.events = events.unwrap_or_else(|| std::mem::take(&mut self.events));
        self.is_active = is_active.unwrap_or(self.is_active);
        self.retries = retries.unwrap_or(self.retries);
        self.hmac = hmac.or_else(|| self.hmac.take());
    }
}
