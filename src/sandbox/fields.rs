//! What a request says besides its credentials, in query and body.
//!
//! Invariant: the values are never shown, as one of them may be a secret; only the names are.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::world::{Refusal, Retries, Webhook, WebhookChange, World};

/// The fields of a request. One that is in query and body is taken from the query, as credentials are.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Map<String, Value>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.query.keys()).entries(self.body.keys()).finish()
    }
}

impl Fields {
    /// What a body says.
    pub(super) const fn of_body(body: Map<String, Value>) -> Self {
        Self { query: BTreeMap::new(), body }
    }

    /// A field that must be there and be a text or a number.
    pub(super) fn text(&self, name: &'static str) -> Result<String, Refusal> {
        self.maybe_text(name)?.ok_or(Refusal::MissingParam(name))
    }

    /// A field that may be left out or empty.
    pub(super) fn maybe_text(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        let text = match (self.query.get(name), self.body.get(name)) {
            (Some(text), _) | (None, Some(Value::String(text))) => text.clone(),
            (None, Some(Value::Number(number))) => number.to_string(),
            (None, None | Some(Value::Null)) => return Ok(None),
            (None, Some(Value::Bool(_) | Value::Array(_) | Value::Object(_))) => {
                return Err(Refusal::BadParam(name, "write a text"));
            }
        };
        Ok((!text.is_empty()).then_some(text))
    }

    /// A webhook as `set` takes it: the URL and the events must be there, the rest has the documented defaults.
    /// It has one mark for its secret, and the secret is forgotten here.
    pub(super) fn webhook(&self, world: &World) -> Result<Webhook, Refusal> {
        let url = self.url()?;
        let WebhookChange { events, is_active, retries, hmac } = self.webhook_change(world)?;
        Ok(Webhook {
            url,
            events: events.ok_or(Refusal::MissingParam("events"))?,
            is_active: is_active.unwrap_or(true),
            retries: retries.unwrap_or_default(),
            hmac,
        })
    }

    /// What `update` is to change; what is left out stays.
    pub(super) fn webhook_change(&self, world: &World) -> Result<WebhookChange, Refusal> {
        Ok(WebhookChange {
            events: self.json("events").map(|events| texts(&events)).transpose()?,
            is_active: self.json("is_active").map(|value| truth(&value)).transpose()?,
            retries: self.json("retries").map(|retries| repetition(&retries)).transpose()?,
            hmac: self.maybe_text("hmac")?.map(|secret| world.mark(&secret)),
        })
    }

    /// The whole list that replaces the one there is.
    pub(super) fn webhooks(&self, world: &World) -> Result<Vec<Webhook>, Refusal> {
        let list = self.json("webhooks").ok_or(Refusal::MissingParam("webhooks"))?;
        let bad = Refusal::BadParam("webhooks", "write a list of objects");
        let Value::Array(list) = list else { return Err(bad) };
        let each = |item| match item {
            Value::Object(body) => Self::of_body(body).webhook(world),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(bad.clone())
            }
        };
        list.into_iter().map(each).collect()
    }

    /// A URL that events can be sent to.
    fn url(&self) -> Result<String, Refusal> {
        let text = self.text("url")?;
        let is_web = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if is_web { Ok(text) } else { Err(Refusal::BadParam("url", "write an http or https address")) }
    }

    /// A field of any kind. In a query, what is not JSON is a text (wawp-api.md §2.11).
    fn json(&self, name: &str) -> Option<Value> {
        let of_query = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| text.clone().into());
        let value = self.query.get(name).map(of_query).or_else(|| self.body.get(name).cloned());
        value.filter(|value| !value.is_null())
    }
}

fn texts(value: &Value) -> Result<Vec<String>, Refusal> {
    let text = |item: &Value| item.as_str().map(str::to_owned);
    let texts = value.as_array().and_then(|list| list.iter().map(text).collect::<Option<Vec<_>>>());
    texts.ok_or(Refusal::BadParam("events", "write a list of texts"))
}

/// The vendor writes truth as 1 and 0, and as true and false (wawp-api.md §6.18).
fn truth(value: &Value) -> Result<bool, Refusal> {
    match value {
        Value::Bool(is) => Ok(*is),
        _ if *value == 1 || *value == "1" => Ok(true),
        _ if *value == 0 || *value == "0" => Ok(false),
        _ => Err(Refusal::BadParam("is_active", "write 1 or 0")),
    }
}

fn repetition(value: &Value) -> Result<Retries, Refusal> {
    let usual = Retries::default();
    let number = |key, usual| match value.get(key) {
        None => Some(usual),
        Some(value) => value.as_u64().and_then(|n| u32::try_from(n).ok()),
    };
    let retries = match (value, number("delay", usual.delay), number("attempts", usual.attempts)) {
        (Value::Object(_), Some(delay), Some(attempts)) => Some(Retries { delay, attempts }),
        _ => None,
    };
    retries.ok_or(Refusal::BadParam("retries", "write {\"delay\": seconds, \"attempts\": number}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::world::{Plan, Terms};

    fn in_body(body: Value) -> Fields {
        Fields::of_body(body.as_object().unwrap().clone())
    }

    fn in_query(fields: &[(&str, &str)]) -> Fields {
        let query = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Fields { query, body: Map::new() }
    }

    fn world() -> World {
        World::new(7, Plan::Paid, Terms::default())
    }

    #[test]
    fn a_webhook_reads_the_same_in_body_and_query() {
        let body = in_body(json!({
            "url": "https://a.example/x", "events": ["message"], "is_active": 0, "retries": {"delay": 5}, "hmac": "k",
        }));
        let query = in_query(&[
            ("url", "https://a.example/x"),
            ("events", r#"["message"]"#),
            ("is_active", "false"),
            ("retries", r#"{"delay":5}"#),
            ("hmac", "k"),
        ]);
        let read = body.webhook(&world()).unwrap();
        assert_eq!(read, query.webhook(&world()).unwrap());
        assert_eq!((read.is_active, read.retries), (false, Retries { delay: 5, attempts: 15 }));
        assert_eq!(read.hmac, Some(world().mark("k")));
        for fields in [body, query] {
            let shown = format!("{fields:?}");
            assert!(shown.contains("hmac") && !shown.contains("a.example"), "{shown}");
        }
    }

    #[test]
    fn what_is_not_said_of_a_webhook_has_the_documented_default() {
        let read = in_body(json!({ "url": "http://a.example", "events": [] })).webhook(&world()).unwrap();
        assert_eq!(
            (read.is_active, read.retries, read.hmac),
            (true, Retries { delay: 2, attempts: 15 }, None)
        );
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let refused = |more: Value| {
            let mut body = json!({ "url": "https://a.example", "events": ["message"] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            in_body(body).webhook(&world()).unwrap_err()
        };
        assert_eq!(refused(json!({ "url": null })), Refusal::MissingParam("url"));
        assert_eq!(refused(json!({ "url": "" })), Refusal::MissingParam("url"));
        assert_eq!(refused(json!({ "events": null })), Refusal::MissingParam("events"));
        for (name, value) in [
            ("url", json!("a.example")),
            ("url", json!("ftp://a.example")),
            ("url", json!(["https://a.example"])),
            ("events", json!("message")),
            ("events", json!([1])),
            ("is_active", json!(2)),
            ("is_active", json!("yes")),
            ("retries", json!([2, 15])),
            ("retries", json!({ "delay": -1 })),
            ("hmac", json!({})),
        ] {
            let refusal = refused(json!({ name: value }));
            assert!(matches!(refusal, Refusal::BadParam(bad, _) if bad == name), "{name}: {refusal:?}");
        }
    }
}
