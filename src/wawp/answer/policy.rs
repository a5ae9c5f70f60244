//! What the API says of an instance's sending policy (wawp-api.md §2.9).
//!
//! Invariant: the names of the fields are partly guesses of its documents, so several are looked for, and what is
//! not there is not known rather than wrong.

use serde_json::{Map, Value};

use super::failure::not_understood;
use super::fields::Fields;
use super::{Raw, success};
use crate::wawp::error::CallError;

/// The sending policy of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The slug of the one that is in force; `None` when the answer does not tell.
    pub current: Option<String>,
    /// The slugs that this account may set, sorted; empty when the answer does not tell.
    pub available: Vec<String>,
}

/// The names under which the current policy may be.
const CURRENT: [&str; 5] = ["current_policy", "policy_slug", "policy", "current", "active_policy"];
/// Far above any slug that was seen, in bytes.
const LONGEST_SLUG: usize = 64;

/// Reads the answer to a look at the policy.
///
/// # Errors
/// As the call failed; also when the answer says nothing of policies.
pub fn policy(raw: Raw<'_>) -> Result<Policy, CallError> {
    let body = success(raw)?;
    let fields = Fields::of(&body);
    let current = CURRENT.into_iter().find_map(|name| slug(fields.value(name)?));
    let mut available = available(&fields);
    available.sort();
    available.dedup();
    if current.is_none() && available.is_empty() {
        return Err(not_understood(raw, &fields, "no policy in the answer"));
    }
    Ok(Policy { current, available })
}

fn available(fields: &Fields<'_>) -> Vec<String> {
    let list = |name| fields.value(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let free: Vec<String> = list("free_policies").iter().filter_map(slug).collect();
    let is_open = |policy: &&Value| match policy.get("available") {
        Some(available) => is_true(available),
        None => slug(policy).is_some_and(|slug| free.contains(&slug)),
    };
    let open: Vec<String> = list("policies").iter().filter(is_open).filter_map(slug).collect();
    if open.is_empty() { free } else { open }
}

/// A slug by itself, or in an object that has one.
fn slug(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(object) => in_object(object)?,
        _ => return None,
    };
    let is_slug = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!text.is_empty() && text.len() <= LONGEST_SLUG && text.bytes().all(is_slug)).then(|| text.clone())
}

fn in_object(object: &Map<String, Value>) -> Option<&String> {
    ["slug", "policy_slug", "id", "name"].into_iter().find_map(|key| match object.get(key)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Yes, in any of the ways of this API (§6.18).
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(text) => matches!(text.as_str(), "1" | "true"),
        _ => false,
    }
}
