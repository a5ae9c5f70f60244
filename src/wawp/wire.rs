//! Which call of the Wawp session API is made on which path, and what it says (wawp-api.md §1.2, §2).
//!
//! Invariant: values only; nothing here sends.

use serde_json::Value;

use crate::instance::{InstanceId, Secret};

/// A call of the session API that this tool may make. One path may have several, told apart by their method.
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
    /// Reads the sending policy and those to be had (§2.9).
    ReadPolicy,
    /// Sets the sending policy.
    SetPolicy,
    /// Reads the user's webhooks and the vendor's own (§2.11). Paid accounts only.
    ReadWebhooks,
    /// Sets one webhook: new, or in the place of the one with the same URL (§2.12). Paid accounts only.
    SetWebhook,
    /// Removes one webhook by its URL. Paid accounts only.
    DeleteWebhook,
    /// Reads the current pairing page (§2.10).
    ReadLink,
    /// Makes a new pairing page; the one before it ends.
    MakeLink,
    /// Ends every pairing page.
    RevokeLinks,
    /// Reads the QR code to scan (§2.13).
    Qr,
    /// Asks for a code to type into the phone (§2.15).
    RequestCode,
}

impl Endpoint {
    /// Every call.
    pub const ALL: [Self; 18] = [
        Self::Create,
        Self::Start,
        Self::Stop,
        Self::Restart,
        Self::Logout,
        Self::Delete,
        Self::Info,
        Self::Me,
        Self::ReadPolicy,
        Self::SetPolicy,
        Self::ReadWebhooks,
        Self::SetWebhook,
        Self::DeleteWebhook,
        Self::ReadLink,
        Self::MakeLink,
        Self::RevokeLinks,
        Self::Qr,
        Self::RequestCode,
    ];

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
            Self::ReadPolicy | Self::SetPolicy => "/v2/session/rate-limit",
            Self::ReadWebhooks => "/v2/session/webhook",
            Self::SetWebhook => "/v2/webhook/set",
            Self::DeleteWebhook => "/v2/webhook/delete",
            Self::ReadLink | Self::MakeLink | Self::RevokeLinks => "/v2/session/temp-link",
            Self::Qr => "/v2/auth/qr",
            Self::RequestCode => "/v2/auth/request-code",
        }
    }
}

/// One call as a value: everything but the token, which the client adds.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which call.
    pub endpoint: Endpoint,
    /// What it says, by field. In a query, anything but a text is written as JSON (§2.11).
    pub fields: Vec<(&'static str, Value)>,
    /// A field that nobody may see. It makes the call only in ways that carry fields in the body.
    pub secret: Option<(&'static str, Secret)>,
}

impl Request {
    /// The call of an endpoint for one instance; create is the only one without.
    #[must_use]
    pub fn new(endpoint: Endpoint, instance: Option<&InstanceId>) -> Self {
        let fields = instance.map(|id| ("instance_id", id.as_str().into())).into_iter().collect();
        Self { endpoint, fields, secret: None }
    }

    /// The same call, saying something more.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((field, value.into()));
        self
    }
}
