//! The telephone: makes the calls of one account, one retry layer, one shared pause.
//!
//! Invariant: the token leaves only in a header and in a JSON body, over https or to this machine; no
//! redirect is followed, and no error or notice holds it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio_util::sync::CancellationToken;

use super::address::ApiAddress;
use super::answer::{self, Created, Observed, Raw};
use super::error::{CallError, Kind};
use super::pause::Pause;
use super::retry::{Verdict, decide};
use super::transport::{Timeouts, lost, retry_after};
use super::wire::{Endpoint, Method, Request};
use crate::instance::{InstanceId, Secret};

/// A body longer than this is not read to its end, in bytes.
const LONGEST_BODY: usize = 1 << 20;
/// Idle connections are dropped early: a create that is sent on a connection which the server is closing at
/// that moment has no known outcome.
const IDLE: Duration = Duration::from_secs(4);

/// What happens between a call and its answer, for whoever shows progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A call failed and is made again after the wait.
    Again {
        /// Which call.
        endpoint: Endpoint,
        /// After how long.
        wait: Duration,
        /// Why.
        error: CallError,
    },
    /// The API is asked too fast: no call leaves until the wait is over.
    Paused {
        /// How long.
        wait: Duration,
    },
}

/// Who is told what happens between a call and its answer.
pub type Listener = Arc<dyn Fn(Notice) + Send + Sync>;

/// A client of one account.
pub struct Client {
    http: reqwest::Client,
    address: ApiAddress,
    token: Secret,
    token_header: HeaderValue,
    timeouts: Timeouts,
    pause: Pause,
    /// Cancelled when nothing is waited for any more.
    hurry: CancellationToken,
    listener: Listener,
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The token has characters that no HTTP header can carry.
    #[error("the token has a character that cannot be sent")]
    BadToken,
    /// The HTTP library could not be set up: certificates, proxy settings.
    #[error("HTTP cannot be set up")]
    Setup(#[source] reqwest::Error),
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
        let mut token_header = HeaderValue::from_str(token.expose()).map_err(|_| ClientError::BadToken)?;
        token_header.set_sensitive(true);
        // A second call of this finds the provider already there, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("wawpform/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(timeouts.connect)
            .pool_idle_timeout(IDLE);
        if address.is_loopback() {
            http = http.no_proxy();
        } else {
            http = http.https_only(true);
        }
        if address.is_plain() {
            // Nothing is encrypted on the way to this machine itself, so the system's certificates need not
            // be there, nor be read.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| ClientError::Setup(error.without_url()))?;
        let (pause, hurry) = (Pause::default(), CancellationToken::new());
        Ok(Self { http, address, token, token_header, timeouts, pause, hurry, listener })
    }

    /// From here on no call waits: not for the end of a pause, and not to be made again. What is on the line
    /// goes on; what waits ends with what is known of it, and that is mostly that it did not leave.
    pub fn wait_no_more(&self) {
        self.hurry.cancel();
    }

    /// Creates a session: it takes a slot, and is made at most once.
    ///
    /// # Errors
    /// [`Kind::Unknown`] when a session may exist whose id is lost.
    pub async fn create(&self) -> Result<Created, CallError> {
        self.call(&Request::new(Endpoint::Create, None), answer::created).await
    }

    /// Reads what the API says of an instance. Where POST is not to be had, GET is tried once (wawp-api.md
    /// §6.6).
    ///
    /// # Errors
    /// As the call failed.
    pub async fn info(&self, id: &InstanceId) -> Result<Observed, CallError> {
        let read = |raw: Raw<'_>| answer::observed(raw, id);
        let error = match self.call(&Request::new(Endpoint::Info, Some(id)), read).await {
            Ok(observed) => return Ok(observed),
            Err(error) => error,
        };
        let not_by_post = error.status == Some(405) || error.kind == Kind::NotFound { api_spoke: false };
        if !not_by_post {
            return Err(error);
        }
        // The first answer says more about what is wrong.
        self.call(&Request::info_by_get(id), read).await.map_err(|_| error)
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
    /// As the call failed; [`Kind::Gone`] when it was already deleted.
    pub async fn delete(&self, id: &InstanceId) -> Result<(), CallError> {
        self.done(Endpoint::Delete, id).await
    }

    async fn done(&self, endpoint: Endpoint, id: &InstanceId) -> Result<(), CallError> {
        self.call(&Request::new(endpoint, Some(id)), |raw| answer::done(raw, id)).await
    }

    /// Makes a call, again where that is safe.
    async fn call<T>(
        &self,
        request: &Request,
        read: impl Fn(Raw<'_>) -> Result<T, CallError> + Send + Sync,
    ) -> Result<T, CallError> {
        let mut tries = 0;
        let mut failed: Option<CallError> = None;
        loop {
            let may_leave = self.waited(self.pause.over()).await;
            if !may_leave || (failed.is_some() && self.hurry.is_cancelled()) {
                return Err(failed.unwrap_or_else(not_sent));
            }
            let mut error = match self.once(request, &read).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            error.message = self.token.redact(&error.message);
            error.code = error.code.map(|code| self.token.redact(&code));
            tries += 1;
            match decide(request.endpoint, &error, tries, fastrand::f64()) {
                Verdict::Stop => return Err(error),
                Verdict::Again(wait) => {
                    let again = Notice::Again { endpoint: request.endpoint, wait, error: error.clone() };
                    (self.listener)(again);
                    self.waited(tokio::time::sleep(wait)).await;
                }
                Verdict::PauseAll(wait) => {
                    self.pause.all_for(wait);
                    (self.listener)(Notice::Paused { wait });
                }
            }
            failed = Some(error);
        }
    }

    /// Waits, unless nothing is waited for any more. Whether the wait came to its end.
    async fn waited(&self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = wait => true,
            () = self.hurry.cancelled() => false,
        }
    }

    /// Makes a call once.
    async fn once<T>(
        &self,
        request: &Request,
        read: impl Fn(Raw<'_>) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut response = self.prepare(request).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let mut body = Vec::new();
        // What was read before a body broke off is still looked at: an id in it must not be lost.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_BODY {
                break;
            }
        }
        read(Raw { status, retry_after, body: &body, token: &self.token })
    }

    fn prepare(&self, request: &Request) -> reqwest::RequestBuilder {
        let Request { endpoint, method, query, body } = request;
        let mut url = self.address.at(endpoint.path());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let Timeouts { connect: _, create, other } = self.timeouts;
        let limit = if *endpoint == Endpoint::Create { create } else { other };
        let call =
            self.http.request(method, url).timeout(limit).header("access-token", self.token_header.clone());
        let call = call.header("accept", "application/json");
        let Some(fields) = body else { return call };
        let fields = fields.iter().map(|(key, value)| (*key, value.as_str()));
        let json: std::collections::BTreeMap<_, _> =
            fields.chain([("access_token", self.token.expose())]).collect();
        let json = serde_json::to_vec(&json).unwrap_or_default();
        call.header("content-type", "application/json").body(json)
    }
}

/// What is known of a call that was still waiting when nothing was waited for any more.
fn not_sent() -> CallError {
    let message = "it was not sent: the run was stopping".into();
    CallError { kind: Kind::NotSent, status: None, code: None, message }
}
