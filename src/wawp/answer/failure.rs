//! What an answer means that is not the success that was hoped for.
//!
//! Invariant: a status that some proxy may send after the call was executed, or a 2xx that cannot be read,
//! never counts as a rejection; no error holds the token.

use serde_json::Value;

use super::Raw;
use super::fields::Fields;
use super::words::{cut_off, excerpt, instance_id_in, named_code, shown};
use crate::instance::InstanceId;
use crate::wawp::error::{CallError, Kind};

/// What a non-2xx answer means.
pub(super) fn failure(raw: Raw<'_>, body: Option<&Value>) -> CallError {
    let fields = body.map(Fields::of);
    let code = match &fields {
        Some(fields) => fields.code(),
        // XML, plain text and pages name it as well (wawp-api.md §1.3, 5).
        None => named_code(raw.body).map(str::to_owned),
    };
    let kind = match (raw.status, code.as_deref()) {
        (401, _) | (400 | 403, Some("invalid_access_token")) => Kind::Unauthorized,
        (403, Some("quota_reached")) => Kind::Quota,
        (429, _) => Kind::RateLimited,
        (410, _) | (404, Some("invalid_instance" | "already_deleted")) => Kind::Gone,
        // What a WordPress says of a path that it does not have: it is not about an instance at all.
        (404, Some("rest_no_route")) => Kind::NotFound { api_spoke: false },
        (404, _) => Kind::NotFound { api_spoke: fields.as_ref().is_some_and(|fields| !fields.is_empty()) },
        // Gave up waiting, or the client seemed to: a proxy may say so of a call that went on behind it.
        (408 | 499, _) => Kind::Unknown,
        // To be made again elsewhere, as it stands: not executed here. 301 to 303 may follow an execution.
        (307 | 308, _) | (400..500, _) => Kind::Rejected,
        _ => Kind::Unknown,
    };
    let said = fields.as_ref().and_then(Fields::said);
    let message = match (said, fields) {
        _ if (300..400).contains(&raw.status) => {
            "a redirect, and redirects are not followed; check the API's address".to_owned()
        }
        (Some(said), _) => shown(&said, raw.token),
        (None, Some(_)) => "no word of what is wrong".to_owned(),
        (None, None) => excerpt(raw.body, raw.token),
    };
    error(raw, kind, code, message)
}

/// An error about an answer. Whatever came from the server is without the token in it.
fn error(raw: Raw<'_>, kind: Kind, code: Option<String>, message: String) -> CallError {
    let code = code.map(|code| raw.token.redact(&code));
    let Raw { status, retry_after, body: _, token } = raw;
    CallError { kind, status: Some(status), code, retry_after, message: token.redact(&message) }
}

/// What a code means that only ever comes before execution; `None` for any other.
pub(super) fn rejection(code: &str) -> Option<Kind> {
    match code {
        "quota_reached" => Some(Kind::Quota),
        "invalid_access_token" => Some(Kind::Unauthorized),
        "missing_param" | "subscription_required" => Some(Kind::Rejected),
        "invalid_instance" | "already_deleted" => Some(Kind::Gone),
        _ => None,
    }
}

/// A 2xx that is not the success it claims to be.
pub(super) fn not_understood(raw: Raw<'_>, fields: &Fields<'_>, why: &str) -> CallError {
    let code = fields.code();
    let kind = code.as_deref().and_then(rejection).unwrap_or(Kind::Unknown);
    let message = match fields.said() {
        Some(said) => format!("{why}: {}", shown(&said, raw.token)),
        None => why.to_owned(),
    };
    error(raw, kind, code, message)
}

/// A 2xx whose body is not JSON, or only the beginning of it.
pub(super) fn unreadable(raw: Raw<'_>) -> CallError {
    let message = match instance_id_in(raw.body) {
        // So that a person can look it up and import it.
        Some(id) if cut_off(raw.body) => format!("the answer breaks off; it names the instance_id {id}"),
        _ => format!("the answer cannot be read: {}", excerpt(raw.body, raw.token)),
    };
    error(raw, Kind::Unknown, None, message)
}

/// An answer about another instance than the one asked about.
pub(super) fn differs(raw: Raw<'_>, asked: &InstanceId, answered: &str) -> CallError {
    let answered = shown(answered, raw.token);
    let message = format!("asked about the instance {asked}, the answer is about {answered}");
    error(raw, Kind::Unknown, None, message)
}
