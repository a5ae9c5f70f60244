//! The line: one call over HTTP, made again where that is safe, and in another way where the first was not
//! understood.
//!
//! Invariant: the token leaves only over https or to this machine; no redirect is followed, and no error or notice
//! holds the token. What works for an endpoint is kept, so a token that stops working is not tried everywhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::address::ApiAddress;
use super::answer::Raw;
use super::error::{CallError, Kind};
use super::notice::{Listener, Notice};
use super::pause::Pause;
use super::retry::{Verdict, decide};
use super::slots::Slots;
use super::transport::{Timeouts, lost, retry_after};
use super::way::{Carrier, Method, Way, another, says_nothing_of_the_call, was_understood};
use super::wire::{Endpoint, Request};
use crate::instance::Secret;

/// A body longer than this is not read to its end, in bytes.
const LONGEST_BODY: usize = 1 << 20;
/// Idle connections are dropped early: a create that is sent on a connection which the server is closing at
/// that moment has no known outcome.
const IDLE: Duration = Duration::from_secs(4);

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

/// What every call of one client goes through.
pub(super) struct Line {
    http: reqwest::Client,
    address: ApiAddress,
    token: Secret,
    token_header: HeaderValue,
    timeouts: Timeouts,
    pause: Pause,
    /// Cancelled when nothing is waited for any more.
    hurry: CancellationToken,
    /// The ways that are known to work.
    ways: Mutex<BTreeMap<Endpoint, Way>>,
    /// The slots of who makes many calls at the moment, to be told how they fare.
    slots: Mutex<Weak<Slots>>,
    token_was_in_url: AtomicBool,
    /// Whether anybody was there at the other end, at least once.
    was_reached: AtomicBool,
    listener: Listener,
}

impl Line {
    /// Nothing is sent yet.
    pub(super) fn new(
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
        Ok(Self {
            http,
            address,
            token,
            token_header,
            timeouts,
            pause: Pause::default(),
            hurry: CancellationToken::new(),
            ways: Mutex::default(),
            slots: Mutex::default(),
            token_was_in_url: AtomicBool::new(false),
            was_reached: AtomicBool::new(false),
            listener,
        })
    }

    /// From here on these slots hear how each call fares.
    pub(super) fn tell(&self, slots: &Arc<Slots>) {
        *self.slots.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(slots);
    }

    /// See [`Viewer::wait_no_more`](super::Viewer::wait_no_more).
    pub(super) fn wait_no_more(&self) {
        self.hurry.cancel();
    }

    /// See [`Viewer::was_reached`](super::Viewer::was_reached).
    pub(super) fn was_reached(&self) -> bool {
        self.was_reached.load(Ordering::Relaxed)
    }

    /// Makes a call, again where that is safe.
    pub(super) async fn call<T>(
        &self,
        request: &Request,
        read: impl Fn(Raw<'_>) -> Result<T, CallError> + Send + Sync,
    ) -> Result<T, CallError> {
        let mut may_be_done = false;
        let came = self.call_until_clear(request, read, &mut may_be_done).await;
        came.map_err(|error| if may_be_done { still_unknown(request.endpoint, error) } else { error })
    }

    /// The same; `may_be_done` says of an error whether one of the tries before it may have been executed.
    async fn call_until_clear<T>(
        &self,
        request: &Request,
        read: impl Fn(Raw<'_>) -> Result<T, CallError> + Send + Sync,
        may_be_done: &mut bool,
    ) -> Result<T, CallError> {
        let endpoint = request.endpoint;
        let mut way = self.known(endpoint).unwrap_or(endpoint.first_way());
        let mut refused = Refused::default();
        let mut tries = 0;
        let mut failed: Option<CallError> = None;
        loop {
            let may_leave = self.waited(self.pause.over()).await;
            if !may_leave || (failed.is_some() && self.hurry.is_cancelled()) {
                return Err(failed.unwrap_or_else(not_sent));
            }
            let left = Instant::now();
            let came = self.once(request, way, &read).await;
            if !matches!(&came, Err(CallError { kind: Kind::NotSent, .. })) {
                self.was_reached.store(true, Ordering::Relaxed);
            }
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
            if let Some(slots) = slots {
                slots.heard(endpoint, left, came.as_ref().err());
            }
            let mut error = match came {
                Ok(answer) => {
                    self.keep(endpoint, way);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            *may_be_done |= error.kind == Kind::Unknown;
            for secret in
                [Some(&self.token), request.secret.as_ref().map(|(_, secret)| secret)].into_iter().flatten()
            {
                error.message = secret.redact(&error.message);
                error.code = error.code.map(|code| secret.redact(&code));
            }
            if was_understood(&error) {
                self.keep(endpoint, way);
            }
            if says_nothing_of_the_call(&error) && self.known(endpoint) != Some(way) {
                // The first refusal says most about what is wrong.
                let (next, first) = refused.next(endpoint, way, &error, self.known(endpoint));
                let next = next.filter(|next| request.secret.is_none() || next.carrier == Carrier::Body);
                let Some(next) = next else { return Err(first) };
                (self.listener)(Notice::OtherWay { endpoint, way: next, error });
                (way, failed) = (next, Some(first));
                continue;
            }
            tries += 1;
            match decide(endpoint, &error, tries, fastrand::f64()) {
                Verdict::Stop => return Err(error),
                Verdict::Again(wait) => {
                    (self.listener)(Notice::Again { endpoint, wait, error: error.clone() });
                    self.waited(tokio::time::sleep(wait)).await;
                }
                Verdict::PauseAll(wait) => {
                    if self.pause.all_for(wait) {
                        (self.listener)(Notice::Paused { wait });
                    }
                }
            }
            failed = Some(error);
        }
    }

    fn known(&self, endpoint: Endpoint) -> Option<Way> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).get(&endpoint).copied()
    }

    /// Keeps a way that works for as long as this lives.
    fn keep(&self, endpoint: Endpoint, way: Way) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint, way);
        if way.carrier == Carrier::Query && !self.token_was_in_url.swap(true, Ordering::Relaxed) {
            (self.listener)(Notice::TokenInUrl { endpoint });
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
        way: Way,
        read: impl Fn(Raw<'_>) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut response =
            self.prepare(request, way).send().await.map_err(|error| lost(error, &self.address))?;
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

    fn prepare(&self, request: &Request, way: Way) -> reqwest::RequestBuilder {
        let Request { endpoint, fields, secret } = request;
        let Way { method, carrier } = way;
        let mut url = self.address.at(endpoint.path());
        let in_query = if carrier == Carrier::Body { &[] } else { &fields[..] };
        for (key, value) in in_query {
            match value {
                Value::String(text) => url.query_pairs_mut().append_pair(key, text),
                other => url.query_pairs_mut().append_pair(key, &other.to_string()),
            };
        }
        if carrier == Carrier::Query {
            url.query_pairs_mut().append_pair("access_token", self.token.expose());
        }
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let Timeouts { connect: _, create, other } = self.timeouts;
        let limit = if *endpoint == Endpoint::Create { create } else { other };
        let call =
            self.http.request(method, url).timeout(limit).header("access-token", self.token_header.clone());
        let call = call.header("accept", "application/json");
        if carrier != Carrier::Body {
            return call;
        }
        let secrets =
            [("access_token", &self.token)].into_iter().chain(secret.as_ref().map(|it| (it.0, &it.1)));
        let secrets = secrets.map(|(key, secret)| (key, Value::from(secret.expose())));
        let json: Map<_, _> =
            fields.iter().cloned().chain(secrets).map(|(key, value)| (key.to_owned(), value)).collect();
        let json = Value::Object(json).to_string();
        call.header("content-type", "application/json").body(json)
    }
}

/// The ways in which one call was refused unread.
#[derive(Default)]
struct Refused {
    ways: Vec<Way>,
    first: Option<CallError>,
}

impl Refused {
    /// The way to try after one more was refused, and the first refusal. What works for others comes first.
    fn next(
        &mut self,
        endpoint: Endpoint,
        way: Way,
        error: &CallError,
        known: Option<Way>,
    ) -> (Option<Way>, CallError) {
        self.ways.push(way);
        let known = known.filter(|known| !self.ways.contains(known));
        let next = known.or_else(|| another(endpoint, &self.ways, way, error));
        (next, self.first.get_or_insert_with(|| error.clone()).clone())
    }
}

/// Whether such an end says all of a call, also of a try before it whose answer was lost: a read changes nothing, what is
/// gone has nothing left to be in doubt, and what is not there was removed.
const fn leaves_no_doubt(endpoint: Endpoint, kind: Kind) -> bool {
    let is_read = matches!(
        endpoint,
        Endpoint::Info
            | Endpoint::Me
            | Endpoint::ReadPolicy
            | Endpoint::ReadWebhooks
            | Endpoint::ReadLink
            | Endpoint::Qr
    );
    let removes = matches!(endpoint, Endpoint::Delete | Endpoint::DeleteWebhook);
    is_read || matches!(kind, Kind::Gone) || (removes && matches!(kind, Kind::NotFound { .. }))
}

/// An error after a try whose answer was lost: what the last try did not do, that one may have done.
fn still_unknown(endpoint: Endpoint, error: CallError) -> CallError {
    let kind = if leaves_no_doubt(endpoint, error.kind) { error.kind } else { Kind::Unknown };
    CallError { kind, ..error }
}

/// What is known of a call that was still waiting when nothing was waited for any more.
fn not_sent() -> CallError {
    CallError::unanswered(Kind::NotSent, "it was not sent: the run was stopping")
}
