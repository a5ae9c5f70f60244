//! One call of the session API: from its credentials, through its fault, to its answer.
//!
//! Invariant: a call that has arrived is carried out even if its client leaves, as the real API would; only a
//! call that hangs before executing dies with its client.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::answers::Answer;
use super::bodies::success;
use super::credentials::{Body, Credentials};
use super::faults::{Act, Fired};
use super::fields::Fields;
use super::operation::Operation;
use super::options::{Moment, Point};
use super::shared::{ChangeError, Shared};
use super::world::{Account, Birth, Instance, Refusal, World};
use crate::wawp::wire::Endpoint;

/// A call that has arrived.
pub(super) struct Call {
    pub(super) number: u64,
    pub(super) operation: Operation,
    pub(super) credentials: Credentials,
    pub(super) fault: Option<Fired>,
}

/// What goes back on the line.
pub(super) enum Reply {
    /// An answer.
    Answer(Answer),
    /// These bytes, and then nothing; the status is what they claim.
    Instead { bytes: Vec<u8>, status: Option<u16> },
}

/// A timer counts whole milliseconds and rounds up, and so does the wait for it: each is late by this or a little more.
const LATE: Duration = Duration::from_millis(1);

const NOTHING: Reply = Reply::Instead { bytes: Vec::new(), status: None };

/// Carries a call out. `gone` is cancelled when the client has left.
pub(super) async fn perform(shared: &Shared, call: &Call, gone: &CancellationToken) -> Reply {
    let within_rate = shared.within_rate();
    let delay = call.fault.as_ref().map_or(shared.latency, |fault| shared.latency + fault.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay.checked_sub(LATE).filter(|rest| *rest >= LATE).unwrap_or(delay)).await;
    }
    if let Err(wait) = within_rate {
        return Reply::Answer(Answer::too_fast(wait));
    }
    let act = call.fault.as_ref().map(|fault| &fault.act);
    match act {
        Some(Act::Answer(answer)) => {
            pass(shared, call, None, Point::BeforeAnswering).await;
            return Reply::Answer(answer.clone());
        }
        Some(Act::DropBefore) => return NOTHING,
        Some(Act::HangBefore) if !shared.hang(call.number, Some(gone)).await => return NOTHING,
        _ => {}
    }
    pass(shared, call, None, Point::BeforeExecuting).await;
    let (answer, made) = execute(shared, call);
    if made.is_some() {
        pass(shared, call, made.as_ref(), Point::Executed).await;
    }
    let reply = match act {
        Some(Act::DropAfter) => return NOTHING,
        Some(Act::AnswerAfter(other)) => Reply::Answer(other.clone()),
        Some(Act::Truncate) => Reply::Instead { status: Some(answer.status), bytes: answer.truncated() },
        Some(Act::Garble) => Reply::Answer(answer.garbled()),
        Some(Act::Envelope) if made.is_some() => {
            Reply::Answer(answer.edited(|body| serde_json::json!({ "data": body })))
        }
        Some(Act::EchoToken) if made.is_some() => Reply::Answer(echoing(answer, &call.credentials)),
        Some(Act::HangAfter) => {
            // Even if the client leaves: there is nothing left to prevent.
            shared.hang(call.number, None).await;
            Reply::Answer(answer)
        }
        _ => Reply::Answer(answer),
    };
    pass(shared, call, made.as_ref(), Point::BeforeAnswering).await;
    reply
}

async fn pass(shared: &Shared, call: &Call, made: Option<&Instance>, point: Point) {
    let instance_id =
        || made.map(|it| it.instance_id.clone()).or_else(|| call.credentials.instance_id.clone());
    let moment = || Moment {
        number: call.number,
        endpoint: call.operation.endpoint(),
        instance_id: instance_id(),
        point,
    };
    shared.pass(moment).await;
}

/// The call's effect and its answer, and the instance it was about, unless it was refused.
fn execute(shared: &Shared, call: &Call) -> (Answer, Option<Instance>) {
    let Credentials { token, instance_id, body, fields, .. } = &call.credentials;
    if let Body::Unreadable(why) = body {
        return (Answer::error(400, "invalid_json", &format!("The body is not JSON: {why}")), None);
    }
    let Some(token) = token else {
        let answer = if *body == Body::Form {
            // Only JSON bodies are looked into (wawp-api.md §1.1).
            Answer::error(
                401,
                "invalid_access_token",
                "missing access_token: form bodies are not read, send JSON",
            )
        } else {
            Answer::error(400, "missing_param", "Missing parameter: access_token")
        };
        return (answer, None);
    };
    if !shared.accepts(token) {
        return (Answer::error(401, "invalid_access_token", "The access token is not valid."), None);
    }
    let id = instance_id.as_deref().unwrap_or_default();
    if id.is_empty() && call.operation != Operation::Call(Endpoint::Create) {
        return (Answer::error(400, "missing_param", "Missing parameter: instance_id"), None);
    }
    let act = call.fault.as_ref().map(|fault| &fault.act);
    let done = shared.change(|world, now| {
        let who = world.account(token.expose());
        let it = effect(world, call.operation, act, fields, (&who, id), now)?;
        let shown = if act == Some(&Act::Stale) { it.before() } else { it };
        Ok((success(call.operation, &shown, world, now), shown))
    });
    match done {
        Ok((answer, it)) => {
            shared.log(|log| {
                log.note(call.number, |entry| {
                    entry.executed = true;
                    entry.instance_id = Some(it.instance_id.clone());
                });
            });
            (answer, Some(it))
        }
        Err(ChangeError::Refused(refusal)) => (Answer::refusal(&refusal), None),
        Err(error) => (Answer::failure(&error), None),
    }
}

/// What a call does to the world.
fn effect(
    world: &mut World,
    operation: Operation,
    act: Option<&Act>,
    fields: &Fields,
    (who, id): (&Account, &str),
    now: Timestamp,
) -> Result<Instance, Refusal> {
    let stuck = act == Some(&Act::Stuck);
    let endpoint = match operation {
        Operation::Call(endpoint) => endpoint,
        Operation::ReplaceWebhooks => {
            return world.replace_webhooks(Some(who), id, fields.webhooks(world)?, now);
        }
        Operation::UpdateWebhook => {
            let change = fields.webhook_change(world)?;
            return world.update_webhook(Some(who), id, &fields.text("url")?, change, now);
        }
        Operation::QrImage => return world.look(who, id, now),
    };
    match endpoint {
        Endpoint::Create => {
            let numeric = act == Some(&Act::NumericId);
            world.create(who, Birth { numeric, starting: act == Some(&Act::Starting) }, now)
        }
        Endpoint::Start => world.start(who, id, stuck, now),
        Endpoint::Stop => world.stop(who, id, now),
        Endpoint::Restart => world.restart(who, id, stuck, now),
        Endpoint::Logout => world.logout(who, id, now),
        Endpoint::Delete => world.delete(who, id),
        // A cached answer does not reach the engine, so it does not let a STARTING go on either.
        Endpoint::Info if act == Some(&Act::Stale) => world.me(who, id),
        Endpoint::Info => world.info(who, id, now),
        // The sample of the policy's page says `policy_slug` even where it only reads; it is ignored there.
        Endpoint::Me | Endpoint::ReadPolicy | Endpoint::ReadLink => world.me(who, id),
        Endpoint::SetPolicy => world.set_policy(Some(who), id, &fields.text("policy_slug")?, now),
        Endpoint::ReadWebhooks => world.webhooks(who, id),
        Endpoint::SetWebhook => world.set_webhook(Some(who), id, fields.webhook(world)?, now),
        Endpoint::DeleteWebhook => world.delete_webhook(Some(who), id, &fields.text("url")?, now),
        Endpoint::MakeLink => world.make_link(who, id, now),
        Endpoint::RevokeLinks => world.revoke_links(who, id),
        Endpoint::Qr => match fields.maybe_text("format")?.as_deref() {
            None | Some("raw") => world.look(who, id, now),
            Some(_) => Err(Refusal::BadParam("format", "write raw")),
        },
        Endpoint::RequestCode => world.request_code(who, id, &fields.text("phone_number")?),
    }
}

/// The answer with what v1 put into `config.metadata` (wawp-api.md §1.7).
fn echoing(answer: Answer, credentials: &Credentials) -> Answer {
    let token = credentials.token.as_ref().map(crate::instance::Secret::expose);
    answer.edited(|mut body| {
        let metadata = serde_json::json!({ "access_token": token, "user_email": "sandbox@example.com" });
        if let Some(body) = body.as_object_mut() {
            let config = body.entry("config").or_insert_with(|| serde_json::json!({}));
            if let Some(config) = config.as_object_mut() {
                config.insert("metadata".to_owned(), metadata);
            }
        }
        body
    })
}
