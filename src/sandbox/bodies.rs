//! The success bodies of the emulated API, written by hand after the vendor's documents.
//!
//! Invariant: none of the client's own types is used, so a misreading must be made twice to go unseen. Nothing
//! here brings back the secret that signs a webhook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answers::Answer;
use super::operation::Operation;
use super::world::{Instance, LIMITS, POLICIES, Phase, Plan, Policy, Webhook, World};
use crate::wawp::wire::Endpoint;

/// A picture of one pixel: a PNG, and no QR code.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/// The success body of a call, from the instance as the call left it (wawp-api.md §2), or as it was before where
/// the read is stale.
#[must_use]
pub(super) fn success(operation: Operation, it: &Instance, world: &World, now: Timestamp) -> Answer {
    let endpoint = match operation {
        Operation::Call(Endpoint::Create) => return Answer::json(201, &created(it)),
        Operation::Call(endpoint) => endpoint,
        Operation::ReplaceWebhooks => return Answer::json(200, &webhooks(it, world)),
        Operation::UpdateWebhook => return done("Webhook updated."),
        Operation::QrImage => {
            return Answer::json(200, &json!({ "qr": format!("data:image/png;base64,{PIXEL}") }));
        }
    };
    let name = it.session_name.as_str();
    let body = match endpoint {
        Endpoint::Create => created(it),
        Endpoint::Start | Endpoint::Stop | Endpoint::Restart => {
            json!({ "name": name, "status": it.phase.word(), "config": config(it, world) })
        }
        Endpoint::Logout => json!({ "name": name, "status": it.phase.word(), "instance_id": id(it) }),
        Endpoint::Delete => json!({ "name": name, "status": "DELETED", "instance_id": id(it) }),
        Endpoint::Info => info(it, world, now),
        Endpoint::Me => match me(it) {
            Value::Object(mut me) => {
                me.insert("platform".to_owned(), json!("android"));
                Value::Object(me)
            }
            // Not documented; WAHA answers null for a session that is not connected.
            nobody => nobody,
        },
        Endpoint::ReadPolicy => policies(it, world),
        Endpoint::SetPolicy => {
            json!({ "success": true, "message": "Rate limit policy updated.", "current_policy": it.policy })
        }
        Endpoint::ReadWebhooks => webhooks(it, world),
        Endpoint::SetWebhook => return done("Webhook set."),
        Endpoint::DeleteWebhook => return done("Webhook deleted."),
        Endpoint::ReadLink | Endpoint::MakeLink => match world.link(it, now) {
            Some((link, until)) => json!({ "link": link, "expires_at": until }),
            // The one literal fragment that is documented.
            None => json!({ "link": null }),
        },
        Endpoint::RevokeLinks => return done("All links were revoked."),
        Endpoint::Qr => {
            let qr = world.qr(it, now);
            let data = json!({ "value": qr.value, "expiry": qr.until.as_millisecond() });
            json!({ "mimetype": "application/json", "data": STANDARD.encode(data.to_string()) })
        }
        Endpoint::RequestCode => json!({ "code": world.code(it) }),
    };
    Answer::json(200, &body)
}

/// What has no documented body and nothing to tell.
fn done(message: &str) -> Answer {
    Answer::json(200, &json!({ "success": true, "message": message }))
}

fn created(it: &Instance) -> Value {
    json!({
        "instance_id": id(it), "session_name": it.session_name, "server_name": it.server_name,
        "status": it.phase.word(),
    })
}

fn info(it: &Instance, world: &World, now: Timestamp) -> Value {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(it.session_name));
    body.insert("status".to_owned(), json!(it.phase.word()));
    body.insert("config".to_owned(), config(it, world));
    body.insert("me".to_owned(), me(it));
    if it.phase == Phase::ScanQrCode {
        body.insert("qr".to_owned(), json!(world.picture(it, now)));
    }
    Value::Object(body)
}

/// No webhooks are an object, as in the examples, and some are an array, as in WAHA: what PHP makes of a list.
fn config(it: &Instance, world: &World) -> Value {
    let webhooks = match it.webhooks.as_slice() {
        [] => json!({}),
        // A free account that was a paid one: its webhooks are not served.
        _ if world.plan() == Plan::Free => json!({}),
        some => some.iter().map(|it| json!({ "url": it.url, "events": it.events })).collect(),
    };
    json!({ "webhooks": webhooks, "proxy": null })
}

/// Who is paired: known only while the session is connected.
fn me(it: &Instance) -> Value {
    match &it.phone {
        Some(phone) if it.phase == Phase::Working => {
            json!({ "id": format!("{}@c.us", phone.number), "pushName": phone.push_name })
        }
        Some(_) | None => Value::Null,
    }
}

/// The names of the current policy's field and of a policy's name are guesses (wawp-api.md §2.9).
fn policies(it: &Instance, world: &World) -> Value {
    let plan = world.plan();
    let each = |policy: &Policy| {
        let Policy { slug, name, is_free: _, limits } = *policy;
        let limits = LIMITS.iter().zip(limits).map(|(limit, n)| ((*limit).to_owned(), json!(n)));
        let limits = limits.collect::<Map<_, _>>();
        json!({ "slug": slug, "name": name, "available": policy.is_for(plan), "limits": limits })
    };
    let free = POLICIES.iter().filter(|policy| policy.is_free).map(|policy| policy.slug);
    json!({
        "current_policy": it.policy,
        "has_active_plan": plan == Plan::Paid,
        "free_policies": free.collect::<Vec<_>>(),
        "policies": POLICIES.iter().map(each).collect::<Vec<_>>(),
    })
}

/// The user's webhooks and the vendor's own. Whether one is on is written as 1 or 0, as `set` takes it.
fn webhooks(it: &Instance, world: &World) -> Value {
    let system = json!({
        "url": world.system_webhook(it),
        "events": ["session.status", "message", "message.ack"],
        "is_active": u8::from(!it.system_webhook_is_off),
    });
    let webhooks = it.webhooks.iter().map(webhook).collect::<Vec<_>>();
    json!({ "webhooks": webhooks, "systemConfig": system })
}

/// One webhook without the secret that signs it.
#[must_use]
pub(super) fn webhook(webhook: &Webhook) -> Value {
    let Webhook { url, events, is_active, retries, hmac: _ } = webhook;
    json!({
        "url": url, "events": events, "is_active": u8::from(*is_active),
        "retries": { "delay": retries.delay, "attempts": retries.attempts },
    })
}

/// The id as the vendor writes it: a text, or a number where the world gives numeric ids.
#[must_use]
pub(super) fn id(it: &Instance) -> Value {
    match it.instance_id.parse::<u64>() {
        Ok(number) if it.numeric => json!(number),
        Ok(_) | Err(_) => json!(it.instance_id),
    }
}
