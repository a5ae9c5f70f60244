//! The telephone: the calls of one account, by name.
//!
//! Invariant: a create leaves at most once, unless it surely did not run before.

use super::address::ApiAddress;
use super::answer::{self, Created, Observed};
use super::error::CallError;
use super::line::{ClientError, Line};
use super::notice::Listener;
use super::transport::Timeouts;
use super::wire::{Endpoint, Request};
use crate::instance::{InstanceId, Secret};

/// A client of one account: one retry layer, one shared pause.
pub struct Client {
    line: Line,
}

impl Client {
    /// Makes a client with the default timeouts; nothing is sent yet.
    ///
    /// # Errors
    /// When the token cannot be sent, or when certificates or proxy settings cannot be used.
    pub fn new(address: ApiAddress, token: Secret, listener: Listener) -> Result<Self, ClientError> {
        Self::with_timeouts(address, token, Timeouts::default(), listener)
    }

    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_timeouts(
        address: ApiAddress,
        token: Secret,
        timeouts: Timeouts,
        listener: Listener,
    ) -> Result<Self, ClientError> {
        Ok(Self { line: Line::new(address, token, timeouts, listener)? })
    }

    /// From here on no call waits: not for the end of a pause, and not to be made again. What is on the line
    /// goes on; what waits ends with what is known of it, and that is mostly that it did not leave.
    pub fn wait_no_more(&self) {
        self.line.wait_no_more();
    }

    /// Creates a session: it takes a slot, and is made at most once.
    ///
    /// # Errors
    /// [`Kind::Unknown`](super::Kind::Unknown) when a session may exist whose id is lost.
    pub async fn create(&self) -> Result<Created, CallError> {
        self.line.call(&Request::new(Endpoint::Create, None), answer::created).await
    }

    /// Reads what the API says of an instance.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn info(&self, id: &InstanceId) -> Result<Observed, CallError> {
        let read = |raw: answer::Raw<'_>| answer::observed(raw, id);
        self.line.call(&Request::new(Endpoint::Info, Some(id)), read).await
    }

    /// Starts a session. Only on one that info says is STOPPED: a start on a WORKING session may disconnect
    /// it (wawp-api.md §2.2).
    ///
    /// # Errors
    /// As the call failed.
    pub async fn start(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Start, id).await
    }

    /// Stops a session; its pairing is kept.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn stop(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Stop, id).await
    }

    /// Unpairs the phone.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn logout(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Logout, id).await
    }

    /// Deletes a session and frees its slot.
    ///
    /// # Errors
    /// As the call failed; [`Kind::Gone`](super::Kind::Gone) when it was already deleted.
    pub async fn delete(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Delete, id).await
    }

    async fn done(&self, endpoint: Endpoint, id: &InstanceId) -> Result<(), CallError> {
        self.line.call(&Request::new(endpoint, Some(id)), |raw| answer::done(raw, id)).await
    }
}
