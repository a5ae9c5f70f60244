//! Which call of the Wawp session API is made how (wawp-api.md §1.2, §2).
//!
//! Invariant: values only; nothing here sends.

use crate::instance::InstanceId;

/// An endpoint of the session API that this tool may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Takes a slot and returns a new instance. Not idempotent, and cannot be found again.
    Create,
    /// STOPPED to STARTING. Only on a session that info says is STOPPED (§2.2).
    Start,
    /// Halts the engine; keeps the pairing.
    Stop,
    /// Stop and start in one.
    Restart,
    /// Drops the pairing; the phone is needed again.
    Logout,
    /// Frees the slot; irreversible.
    Delete,
    /// Reads the status.
    Info,
    /// Reads who is paired.
    Me,
}

/// The HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Removes.
    Delete,
}

impl Endpoint {
    /// The path below the API's base URL.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Create => "/v2/session/create",
            Self::Start => "/v2/session/start",
            Self::Stop => "/v2/session/stop",
            Self::Restart => "/v2/session/restart",
            Self::Logout => "/v2/session/logout",
            Self::Delete => "/v2/session/delete",
            Self::Info => "/v2/session/info",
            Self::Me => "/v2/session/me",
        }
    }
}

/// One call as a value: everything but the token, which the client adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which call.
    pub endpoint: Endpoint,
    /// What it says, by field. Never the token.
    pub fields: Vec<(&'static str, String)>,
}

impl Request {
    /// The call of an endpoint for one instance; create is the only one without.
    #[must_use]
    pub fn new(endpoint: Endpoint, instance: Option<&InstanceId>) -> Self {
        Self { endpoint, fields: instance.map(|id| ("instance_id", id.to_string())).into_iter().collect() }
    }
}
