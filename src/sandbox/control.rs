//! `/_sandbox/`: what a person with a phone, a dashboard or a test does to the emulated world. Needs no token.
//!
//! Invariant: whatever is done here can be done in-process on [`super::Running`], by the same functions.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::answers::Answer;
use super::bodies::{id, webhook};
use super::faults::Faults;
use super::fields::Fields;
use super::router::response;
use super::shared::{ChangeError, Shared};
use super::world::{Instance, Phone, Webhook};

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sandbox", get(index))
        .route("/_sandbox/", get(index))
        .route("/_sandbox/log", get(log).delete(clear_log))
        .route("/_sandbox/instances", get(instances))
        .route("/_sandbox/scan", post(scan))
        .route("/_sandbox/unlink", post(unlink))
        .route("/_sandbox/vanish", post(vanish))
        .route("/_sandbox/fail", post(fail))
        .route("/_sandbox/stop", post(halt))
        .route("/_sandbox/policy", post(set_policy))
        .route("/_sandbox/webhook", post(set_webhook).delete(delete_webhook))
        .route("/_sandbox/release", post(release))
        .route("/_sandbox/faults", get(faults).put(set_faults).post(set_faults))
        .method_not_allowed_fallback(|| async {
            response(Answer::error(405, "method_not_allowed", "This path has other methods."))
        })
}

impl Shared {
    pub(super) fn scan(&self, id: &str, number: &str, push_name: &str) -> Result<Instance, ChangeError> {
        let phone = Phone { number: number.to_owned(), push_name: push_name.to_owned() };
        self.change(|world, now| world.scan(id, phone, now))
    }

    pub(super) fn unlink(&self, id: &str) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.unlink(id, now))
    }

    pub(super) fn vanish(&self, id: &str) -> Result<Instance, ChangeError> {
        self.change(|world, _| world.vanish(id))
    }

    pub(super) fn fail(&self, id: &str) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.fail(id, now))
    }

    pub(super) fn halt(&self, id: &str) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.halt(id, now))
    }

    pub(super) fn set_policy(&self, id: &str, slug: &str) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.set_policy(None, id, slug, now))
    }

    pub(super) fn set_webhook(&self, id: &str, webhook: Webhook) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.set_webhook(None, id, webhook, now))
    }

    pub(super) fn delete_webhook(&self, id: &str, url: &str) -> Result<Instance, ChangeError> {
        self.change(|world, now| world.delete_webhook(None, id, url, now))
    }
}

impl Answer {
    /// A change that was not made.
    pub(super) fn failure(error: &ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => Self::refusal(refusal),
            ChangeError::NotKept(why) => {
                let source = std::error::Error::source(why).map(|s| format!(": {s}")).unwrap_or_default();
                Self::error(500, "sandbox_disk", &format!("{why}{source}"))
            }
            ChangeError::Stopped => Self::error(503, "sandbox_stopping", &error.to_string()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    instance_id: Value,
    phone: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    instance_id: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetPolicy {
    instance_id: Value,
    policy_slug: String,
}

/// The webhook is written as `webhook/set` takes it.
#[derive(Deserialize)]
struct SetWebhook {
    instance_id: Value,
    #[serde(flatten)]
    webhook: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteWebhook {
    instance_id: Value,
    url: String,
}

/// What there is, with a body that each path takes.
const INDEX: &str = r#"The sandbox's own paths. Bodies are JSON; an INSTANCE_ID is one of /_sandbox/instances.

GET    /_sandbox/instances
GET    /_sandbox/log          the calls that came, with what was answered
DELETE /_sandbox/log
POST   /_sandbox/scan         {"instance_id": "INSTANCE_ID", "phone": "201012345678"}   a phone scans the QR code
POST   /_sandbox/unlink       {"instance_id": "INSTANCE_ID"}   the phone drops the session
POST   /_sandbox/stop         {"instance_id": "INSTANCE_ID"}   it stops by itself
POST   /_sandbox/fail         {"instance_id": "INSTANCE_ID"}   it fails
POST   /_sandbox/vanish       {"instance_id": "INSTANCE_ID"}   it is deleted in the dashboard
POST   /_sandbox/policy       {"instance_id": "INSTANCE_ID", "policy_slug": "strict"}
POST   /_sandbox/webhook      {"instance_id": "INSTANCE_ID", "url": "https://crm.example.com/hook", "events": ["message"]}
DELETE /_sandbox/webhook      {"instance_id": "INSTANCE_ID", "url": "https://crm.example.com/hook"}
GET    /_sandbox/faults
PUT    /_sandbox/faults       {"faults": [{"on": "create", "nth": 1, "what": "drop_after"}]}
POST   /_sandbox/release      lets the calls go on that a fault made hang
"#;

async fn index() -> Response {
    let content_type = Some("text/plain; charset=utf-8".to_owned());
    response(Answer { status: 200, headers: Vec::new(), content_type, body: INDEX.into() })
}

async fn log(State(shared): State<Arc<Shared>>) -> Response {
    ok(&shared.log(|log| json!({ "requests": log.entries() })))
}

async fn clear_log(State(shared): State<Arc<Shared>>) -> Response {
    shared.log(super::log::Log::clear);
    ok(&json!({ "requests": [] }))
}

async fn instances(State(shared): State<Arc<Shared>>) -> Response {
    let all = shared.instances().iter().map(shown).collect::<Vec<_>>();
    ok(&json!({ "instances": all }))
}

async fn scan(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let done = |Scan { instance_id, phone, name }| {
        let name = name.as_deref().unwrap_or("Sandbox Phone");
        shared.scan(&text(&instance_id), &phone, name)
    };
    changed(&body, done)
}

async fn unlink(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |Which { instance_id }| shared.unlink(&text(&instance_id)))
}

async fn vanish(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |Which { instance_id }| shared.vanish(&text(&instance_id)))
}

async fn fail(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |Which { instance_id }| shared.fail(&text(&instance_id)))
}

async fn halt(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |Which { instance_id }| shared.halt(&text(&instance_id)))
}

async fn set_policy(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |SetPolicy { instance_id, policy_slug }| {
        shared.set_policy(&text(&instance_id), &policy_slug)
    })
}

async fn set_webhook(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |SetWebhook { instance_id, webhook }| {
        let fields = Fields::of_body(webhook);
        shared.change(|world, now| {
            let webhook = fields.webhook(world)?;
            world.set_webhook(None, &text(&instance_id), webhook, now)
        })
    })
}

async fn delete_webhook(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    changed(&body, |DeleteWebhook { instance_id, url }| shared.delete_webhook(&text(&instance_id), &url))
}

async fn release(State(shared): State<Arc<Shared>>) -> Response {
    shared.release();
    ok(&json!({ "released": true }))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    ok(&shared.with_faults(|faults| json!({ "faults": faults.left() })))
}

async fn set_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match Faults::parse(&String::from_utf8_lossy(&body)) {
        Ok(parsed) => ok(&shared.with_faults(|faults| {
            *faults = parsed;
            json!({ "faults": faults.left() })
        })),
        Err(error) => {
            let message = format!("{error}; {}", error.hint());
            response(Answer::error(400, "bad_faults", &message))
        }
    }
}

fn changed<T: DeserializeOwned>(
    body: &[u8],
    change: impl FnOnce(T) -> Result<Instance, ChangeError>,
) -> Response {
    let asked = match serde_json::from_slice(body) {
        Ok(asked) => asked,
        Err(error) => return response(Answer::error(400, "bad_body", &error.to_string())),
    };
    match change(asked) {
        Ok(it) => ok(&shown(&it)),
        Err(error) => response(Answer::failure(&error)),
    }
}

/// An instance as tests and people see it: the whole truth, STARTING included, and nothing is changed by looking.
fn shown(it: &Instance) -> Value {
    json!({
        "instance_id": id(it),
        "session_name": it.session_name,
        "server_name": it.server_name,
        "status": it.phase.word(),
        "phone": it.phone.as_ref().map(|phone| &phone.number),
        "name": it.phone.as_ref().map(|phone| &phone.push_name),
        "policy": it.policy,
        "webhooks": it.webhooks.iter().map(webhook).collect::<Vec<_>>(),
        "link_until": it.pairing.link_until,
        "account": it.account,
        "created_at": it.created_at,
        "changed_at": it.changed_at,
    })
}

/// An id as text, however JSON holds it; what is neither text nor number is no instance's id.
fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn ok(body: &Value) -> Response {
    response(Answer::json(200, body))
}
