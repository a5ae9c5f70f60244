//! The half of the telephone that can only look.
//!
//! Invariant: no call here changes anything; a preview that asks the API holds this and no [`Client`](super::Client).

use std::sync::Arc;

use super::address::ApiAddress;
use super::answer::{self, Link, Observed, Policy, Qr, Raw, SeenHook};
use super::error::CallError;
use super::line::{ClientError, Line};
use super::notice::Listener;
use super::slots::{Concurrency, Slots};
use super::transport::Timeouts;
use super::wire::{Endpoint, Request};
use crate::instance::{InstanceId, Secret};

/// Looks at the instances of one account. Clones share one line: its pause, and what was learnt on it.
#[derive(Clone)]
pub struct Viewer {
    line: Arc<Line>,
}

impl Viewer {
    /// Makes a viewer with the default timeouts; nothing is sent yet.
    ///
    /// # Errors
    /// When the token cannot be sent, or when certificates or proxy settings cannot be used.
    pub fn new(address: ApiAddress, token: Secret, listener: Listener) -> Result<Self, ClientError> {
        Self::with_timeouts(address, token, Timeouts::default(), listener)
    }

    /// Makes a viewer; nothing is sent yet.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_timeouts(
        address: ApiAddress,
        token: Secret,
        timeouts: Timeouts,
        listener: Listener,
    ) -> Result<Self, ClientError> {
        Ok(Self { line: Arc::new(Line::new(address, token, timeouts, listener)?) })
    }

    /// Slots for many calls side by side. From here on they hear how each call of this line fares, and no other slots do.
    #[must_use]
    pub fn slots(&self, concurrency: Concurrency) -> Arc<Slots> {
        let slots = Arc::new(Slots::new(concurrency));
        self.line.tell(&slots);
        slots
    }

    /// From here on no call waits: not for the end of a pause, and not to be made again. What is on the line
    /// goes on; what waits ends with what is known of it, and that is mostly that it did not leave.
    pub fn wait_no_more(&self) {
        self.line.wait_no_more();
    }

    /// Whether a connection was made on this line, whatever came of it. A call that was not sent in all its tries while
    /// nobody was reached says that no other call will fare better.
    #[must_use]
    pub fn was_reached(&self) -> bool {
        self.line.was_reached()
    }

    /// Reads what the API says of an instance.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn info(&self, id: &InstanceId) -> Result<Observed, CallError> {
        let read = |raw: Raw<'_>| answer::observed(raw, id);
        self.line.call(&Request::new(Endpoint::Info, Some(id)), read).await
    }

    /// Reads the sending policy of an instance, and which ones the account may set.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn policy(&self, id: &InstanceId) -> Result<Policy, CallError> {
        self.line.call(&Request::new(Endpoint::ReadPolicy, Some(id)), answer::policy).await
    }

    /// Reads the webhooks of an instance, without the vendor's own.
    ///
    /// # Errors
    /// As the call failed; on a free account it is refused with `subscription_required`.
    pub async fn webhooks(&self, id: &InstanceId) -> Result<Vec<SeenHook>, CallError> {
        self.line.call(&Request::new(Endpoint::ReadWebhooks, Some(id)), answer::webhooks).await
    }

    /// Reads the pairing page that is valid now; `None` when there is none.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn read_link(&self, id: &InstanceId) -> Result<Option<Link>, CallError> {
        self.line.call(&Request::new(Endpoint::ReadLink, Some(id)), |raw| answer::link(raw, id)).await
    }

    /// Reads the QR code that can be scanned now. Only in SCAN_QR_CODE there is one.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn qr(&self, id: &InstanceId) -> Result<Qr, CallError> {
        let request = Request::new(Endpoint::Qr, Some(id)).with("format", "raw");
        self.line.call(&request, |raw| answer::qr(raw, id)).await
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }
}
