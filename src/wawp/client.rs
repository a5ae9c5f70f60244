//! The telephone: the calls of one account that do something, by name.
//!
//! Invariant: a create leaves at most once, unless it surely did not run before.

use std::ops::Deref;

use super::address::ApiAddress;
use super::answer::{self, Created, Link};
use super::error::CallError;
use super::line::ClientError;
use super::notice::Listener;
use super::transport::Timeouts;
use super::viewer::Viewer;
use super::wire::{Endpoint, Request};
use crate::instance::{InstanceId, Retries, Secret};

/// A webhook to set.
#[derive(Debug, Clone, Copy)]
pub struct NewHook<'a> {
    /// Where events go.
    pub url: &'a str,
    /// Which events.
    pub events: &'a [String],
    /// How a failed delivery is repeated.
    pub retries: Retries,
    /// The signing secret.
    pub hmac: Option<&'a Secret>,
}

/// A client of one account: one retry layer, one shared pause. It can do all that its [`Viewer`] can, and act.
pub struct Client {
    viewer: Viewer,
}

impl Deref for Client {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.viewer
    }
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
        Ok(Self { viewer: Viewer::with_timeouts(address, token, timeouts, listener)? })
    }

    /// What of this client can only look, on the same line.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        self.viewer.clone()
    }

    /// Creates a session: it takes a slot, and is made at most once.
    ///
    /// # Errors
    /// [`Kind::Unknown`](super::Kind::Unknown) when a session may exist whose id is lost.
    pub async fn create(&self) -> Result<Created, CallError> {
        self.viewer.line().call(&Request::new(Endpoint::Create, None), answer::created).await
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

    /// Stops and starts a session in one; its pairing is kept. Each call interrupts the service, so it is never
    /// made again on a guess: whoever wants it again reads info first (wawp-api.md §2.4).
    ///
    /// # Errors
    /// As the call failed; [`Kind::Unknown`](super::Kind::Unknown) when it may have happened.
    pub async fn restart(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Restart, id).await
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

    /// Sets the sending policy. Setting it again is the same as setting it once.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn set_policy(&self, id: &InstanceId, slug: &str) -> Result<(), CallError> {
        self.made(&Request::new(Endpoint::SetPolicy, Some(id)).with("policy_slug", slug), id).await
    }

    /// Sets the webhook of a URL: adds it, or puts it in the place of the one that is there.
    ///
    /// # Errors
    /// As the call failed; on a free account it is refused with `subscription_required`.
    pub async fn set_webhook(&self, id: &InstanceId, hook: &NewHook<'_>) -> Result<(), CallError> {
        let NewHook { url, events, retries: Retries { delay, attempts }, hmac } = *hook;
        let mut request = Request::new(Endpoint::SetWebhook, Some(id))
            .with("url", url)
            .with("events", events)
            .with("is_active", 1)
            .with("retries", serde_json::json!({ "delay": delay, "attempts": attempts }));
        request.secret = hmac.map(|secret| ("hmac", secret.clone()));
        self.made(&request, id).await
    }

    /// Removes the webhook of a URL.
    ///
    /// # Errors
    /// As the call failed; when there is none, as a 404.
    pub async fn delete_webhook(&self, id: &InstanceId, url: &str) -> Result<(), CallError> {
        self.made(&Request::new(Endpoint::DeleteWebhook, Some(id)).with("url", url), id).await
    }

    /// Makes a page on which whoever opens it can pair a phone; every page before it ends.
    ///
    /// # Errors
    /// As the call failed; on [`Kind::Unknown`](super::Kind::Unknown) the pages before it may have ended.
    pub async fn make_link(&self, id: &InstanceId) -> Result<Link, CallError> {
        let read = |raw: answer::Raw<'_>| answer::link(raw, id)?.ok_or_else(|| answer::no_link(raw));
        self.viewer.line().call(&Request::new(Endpoint::MakeLink, Some(id)), read).await
    }

    /// Ends every pairing page; there may be none.
    ///
    /// # Errors
    /// As the call failed.
    pub async fn revoke_links(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::RevokeLinks, id).await
    }

    /// Asks for a code that the phone of this number can type in. `number` is digits with the country code. The phone
    /// may ring, so it is never asked again on a guess.
    ///
    /// # Errors
    /// As the call failed; [`Kind::Unknown`](super::Kind::Unknown) when a code may have been made that nobody saw.
    pub async fn request_code(&self, id: &InstanceId, number: &str) -> Result<Secret, CallError> {
        let request = Request::new(Endpoint::RequestCode, Some(id)).with("phone_number", number);
        self.viewer.line().call(&request, |raw| answer::code(raw, id)).await
    }

    async fn done(&self, endpoint: Endpoint, id: &InstanceId) -> Result<(), CallError> {
        self.made(&Request::new(endpoint, Some(id)), id).await
    }

    async fn made(&self, request: &Request, id: &InstanceId) -> Result<(), CallError> {
        self.viewer.line().call(request, |raw| answer::done(raw, id)).await
    }
}
