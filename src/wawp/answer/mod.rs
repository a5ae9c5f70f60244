//! Reading what the API answered (wawp-api.md §1.3, §2, §6): tolerant of shape, strict about meaning.
//!
//! Invariant: a 2xx is a success only when the fields that the call needs are there; nothing but named fields
//! is taken over, because bodies may carry the account's token (§1.7).

mod failure;
mod fields;
mod pairing;
mod policy;
mod webhooks;
mod words;

use std::time::Duration;

use serde_json::Value;

use super::error::CallError;
use crate::instance::{InstanceId, Secret, Status};
use failure::{differs, failure, not_understood, rejection, unreadable};
use fields::Fields;
pub use pairing::{Expiry, Link, Qr, code, link, no_link, qr};
pub use policy::{Policy, policy};
pub use webhooks::{SeenHook, webhooks};

/// What a create returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The vendor's handle.
    pub instance_id: InstanceId,
    /// The vendor's name of the session.
    pub session_name: Option<String>,
    /// The hosting node.
    pub server_name: Option<String>,
    /// Its status, when it is told: some are started by their create (wawp-api.md §2.1).
    pub status: Option<Status>,
}

/// What info says of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its status.
    pub status: Status,
    /// The vendor's name of the session.
    pub session_name: Option<String>,
    /// The hosting node, when it is told.
    pub server_name: Option<String>,
    /// The WhatsApp id of the paired phone, such as `201012345678@c.us`.
    pub paired: Option<String>,
}

impl Observed {
    /// The number of the paired phone: what stands before the `@` of its id, and before the `:` of a device.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.paired.as_deref().map(|id| id.split(['@', ':']).next().unwrap_or(id))
    }
}

/// An answer as it came: status, what `Retry-After` said, body.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The wait that `Retry-After` asks for, already turned into a duration.
    pub retry_after: Option<Duration>,
    /// The body, up to the client's limit. Its `Content-Type` is not asked: it is often wrong (§6.8).
    pub body: &'a [u8],
    /// What must not be in any text that is kept of the body.
    pub token: &'a Secret,
}

/// Reads the answer to a create.
///
/// # Errors
/// A rejection, or an unknown outcome: also when a 2xx has no usable id.
pub fn created(raw: Raw<'_>) -> Result<Created, CallError> {
    let body = success(raw)?;
    let fields = Fields::of(&body);
    if fields.code().is_some_and(|code| rejection(&code).is_some()) {
        return Err(not_understood(raw, &fields, "a refusal under a success status"));
    }
    let named = fields.text("instance_id").or_else(|| fields.text("instanceId"));
    // In an error, a bare `id` is a request's or an incident's.
    let id = named.or_else(|| if fields.say_error() { None } else { fields.text("id") });
    let id = id.ok_or_else(|| not_understood(raw, &fields, "no instance_id in the answer"))?;
    let instance_id = InstanceId::new(&id)
        .map_err(|error| not_understood(raw, &fields, &format!("an instance_id that is none: {error}")))?;
    if raw.token.is_given_away_by(&id) {
        // It would be recorded and shown.
        return Err(not_understood(raw, &fields, "an instance_id that holds the token"));
    }
    Ok(Created {
        instance_id,
        session_name: fields.session_name(raw.token),
        server_name: fields.label("server_name", raw.token),
        status: fields.status(raw.token).map(|word| Status::from_word(&word)),
    })
}

/// Reads the answer to an info about `asked`.
///
/// # Errors
/// As the call failed; also when the answer has no status, or is about another instance.
pub fn observed(raw: Raw<'_>, asked: &InstanceId) -> Result<Observed, CallError> {
    let body = success(raw)?;
    let fields = Fields::of(&body);
    about(raw, &fields, asked)?;
    let status = fields.status(raw.token);
    let status = status.ok_or_else(|| not_understood(raw, &fields, "no status in the answer"))?;
    Ok(Observed {
        status: Status::from_word(&status),
        session_name: fields.session_name(raw.token),
        server_name: fields.label("server_name", raw.token),
        paired: fields.paired(raw.token),
    })
}

/// Reads the answer to a call of which only success matters (start, stop, logout, delete).
///
/// # Errors
/// As the call failed; also when the answer is about another instance.
pub fn done(raw: Raw<'_>, asked: &InstanceId) -> Result<(), CallError> {
    if raw.status == 204 && raw.body.is_empty() {
        return Ok(());
    }
    let body = success(raw)?;
    let fields = Fields::of(&body);
    // An error object under HTTP 200 (§1.3, 6); it may name the instance, which proves nothing.
    if fields.say_error() {
        return Err(not_understood(raw, &fields, "an error under a success status"));
    }
    about(raw, &fields, asked)
}

/// The body of a success, as JSON.
fn success(raw: Raw<'_>) -> Result<Value, CallError> {
    let parsed: Result<Value, _> = serde_json::from_slice(raw.body);
    if !(200..300).contains(&raw.status) {
        return Err(failure(raw, parsed.ok().as_ref()));
    }
    parsed.map_err(|_| unreadable(raw))
}

/// Refuses an answer that names another instance than the one asked about. An answer need not name any, and
/// the case of an id says nothing (§6.1, §6.2).
fn about(raw: Raw<'_>, fields: &Fields<'_>, asked: &InstanceId) -> Result<(), CallError> {
    match fields.text("instance_id") {
        Some(id) if !id.eq_ignore_ascii_case(asked.as_str()) => Err(differs(raw, asked, &id)),
        _ => Ok(()),
    }
}
