//! What the API says of the webhooks of an instance (wawp-api.md §2.11).
//!
//! Invariant: the vendor's own webhook is not among them; its URL holds a token.

use serde_json::Value;

use super::failure::not_understood;
use super::fields::Fields;
use super::policy::is_true;
use super::{Raw, success};
use crate::instance::Retries;
use crate::wawp::error::CallError;

/// A webhook as the API shows it. Its signing secret cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHook {
    /// Where events go.
    pub url: String,
    /// Which events, sorted.
    pub events: Vec<String>,
    /// Whether events are sent at all.
    pub is_active: bool,
    /// How a failed delivery is repeated; `None` when it is not told.
    pub retries: Option<Retries>,
}

/// The vendor's own webhook, which feeds its inbox: `https://app.wawp.net/api/webhook/{token}` (§2.12).
const SYSTEM: &str = "https://app.wawp.net/api/webhook/";

/// Reads the answer to a look at the webhooks.
///
/// # Errors
/// As the call failed; also when the answer has no list of them.
pub fn webhooks(raw: Raw<'_>) -> Result<Vec<SeenHook>, CallError> {
    let body = success(raw)?;
    let fields = Fields::of(&body);
    let list = match fields.value("webhooks") {
        Some(Value::Array(list)) => list.iter().collect(),
        // An empty list, as PHP writes it (§6.10), or a list with its indexes.
        Some(Value::Object(map)) => map.values().collect(),
        Some(Value::Null) => Vec::new(),
        _ => return Err(not_understood(raw, &fields, "no webhooks in the answer")),
    };
    let mut seen: Vec<SeenHook> = list.into_iter().filter_map(one).collect();
    seen.retain(|hook| !hook.url.starts_with(SYSTEM) && raw.token.redact(&hook.url) == hook.url);
    Ok(seen)
}

fn one(value: &Value) -> Option<SeenHook> {
    let url = value.get("url")?.as_str()?.to_owned();
    let events = value.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut events: Vec<String> = events.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    events.sort();
    events.dedup();
    let is_active = value.get("is_active").is_none_or(is_true);
    let number = |key: &str| u32::try_from(value.get("retries")?.get(key)?.as_u64()?).ok();
    let retries =
        number("delay").zip(number("attempts")).map(|(delay, attempts)| Retries { delay, attempts });
    Some(SeenHook { url, events, is_active, retries })
}
