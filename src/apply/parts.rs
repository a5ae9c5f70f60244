//! Setting the parts of an instance that have calls of their own: its policy and its webhooks.
//!
//! Invariant: a part is announced before its call leaves and stays in doubt until its result is recorded, so that a
//! webhook which may exist is never forgotten. Each call may be made again.

use std::collections::BTreeSet;

use super::aim::Aim;
use super::context::{Context, Turn};
use super::outcome::{Cause, End};
use super::step::settle;
use crate::instance::{InstanceId, Name};
use crate::plan::{Attributes, HookSpec};
use crate::state::{Hook, Part, Record};
use crate::wawp::{CallError, Kind, NewHook};

/// Sets whatever differs between what is recorded and what is desired, policy first.
pub(super) async fn set(
    context: &Context,
    (name, id): (&Name, &InstanceId),
    before: Option<&Attributes>,
    after: &Attributes,
    mut turn: Turn,
) -> Result<(), End> {
    let in_doubt = |part: &Part| before.is_some_and(|before| before.doubtful.contains(part));
    let recorded = before.and_then(|before| before.rate_limit.as_ref());
    if recorded != after.rate_limit.as_ref() || in_doubt(&Part::RateLimit) {
        policy(context, (name, id), after.rate_limit.as_deref(), turn).await?;
        turn = Turn::Next;
    }
    let own = before.into_iter().flat_map(Attributes::own_urls);
    let extra: BTreeSet<&String> = own.filter(|url| !after.webhooks.contains_key(*url)).collect();
    for url in extra {
        remove(context, (name, id), url, turn).await?;
        turn = Turn::Next;
    }
    for (url, wanted) in &after.webhooks {
        let known = before.and_then(|before| before.webhooks.get(url)).map(|known| &known.hook);
        if known == Some(&wanted.hook) && !in_doubt(&Part::Webhook(url.clone())) {
            continue;
        }
        // Whether leaving the secret out would drop the one that is there, nobody says: a new webhook has none.
        if known.is_some_and(|known| known.hmac.is_some()) && wanted.hook.hmac.is_none() {
            remove(context, (name, id), url, turn).await?;
            turn = Turn::Next;
        }
        webhook(context, (name, id), (url, wanted), turn).await?;
        turn = Turn::Next;
    }
    Ok(())
}

async fn policy(
    context: &Context,
    (name, id): (&Name, &InstanceId),
    slug: Option<&str>,
    turn: Turn,
) -> Result<(), End> {
    let recorded =
        |slug: Option<&str>| Record::RateLimit { name: name.clone(), rate_limit: slug.map(str::to_owned) };
    // Not managed any more: whatever is in force stays.
    let Some(slug) = slug else { return Ok(context.record(recorded(None)).await?) };
    let aim = Aim::Part(Part::RateLimit);
    let slot = context.begin(name, &aim, turn).await?;
    let answer = context.answer(context.client.set_policy(id, slug)).await;
    drop(slot);
    let Err(error) = answer else { return Ok(context.record(recorded(Some(slug))).await?) };
    let refused = error.kind == Kind::Rejected;
    let mut end = settle(context, name, &aim, error).await;
    if let (true, End::Failed { why, .. }) = (refused, &mut end)
        && context.halted().is_none()
        && let Some(available) = context.extras.policies(context.answer(context.client.policy(id))).await
    {
        *why = format!("{why} ({available})");
    }
    Err(said(end, &format!("the policy {slug} is not set")))
}

async fn webhook(
    context: &Context,
    (name, id): (&Name, &InstanceId),
    (url, wanted): (&String, &HookSpec),
    turn: Turn,
) -> Result<(), End> {
    may_have_webhooks(context)?;
    let HookSpec { hook, hmac_env } = wanted;
    let Hook { events, retries, hmac: _ } = hook;
    let hmac = hmac_env.as_ref().map(|variable| context.secret(variable)).transpose()?;
    let aim = Aim::Part(Part::Webhook(url.clone()));
    let slot = context.begin(name, &aim, turn).await?;
    let new = NewHook { url, events, retries: *retries, hmac };
    let answer = context.answer(context.client.set_webhook(id, &new)).await;
    drop(slot);
    match answer {
        Ok(()) => {
            let hook = Some(hook.clone());
            Ok(context.record(Record::Webhook { name: name.clone(), url: url.clone(), hook }).await?)
        }
        Err(error) => {
            Err(not_done(context, name, &aim, error, &format!("the webhook {url} is not set")).await)
        }
    }
}

async fn remove(
    context: &Context,
    (name, id): (&Name, &InstanceId),
    url: &String,
    turn: Turn,
) -> Result<(), End> {
    may_have_webhooks(context)?;
    let aim = Aim::Part(Part::Webhook(url.clone()));
    let slot = context.begin(name, &aim, turn).await?;
    let answer = context.answer(context.client.delete_webhook(id, url)).await;
    drop(slot);
    match answer {
        Ok(()) => {}
        // There is none, so it is removed. A missing instance is another thing, and so is a session that lost its
        // phone: its webhooks may well be there (wawp-api.md §1.3).
        Err(error)
            if error.kind == Kind::NotFound { api_spoke: true }
                && error.code.as_deref() != Some("invalid_session") => {}
        Err(error) => {
            return Err(
                not_done(context, name, &aim, error, &format!("the webhook {url} is not removed")).await
            );
        }
    }
    Ok(context.record(Record::Webhook { name: name.clone(), url: url.clone(), hook: None }).await?)
}

fn may_have_webhooks(context: &Context) -> Result<(), End> {
    let barred = context.extras.no_webhooks();
    barred.map_or(Ok(()), |why| Err(End::Failed { why, cause: Cause::Account, may_pass: false }))
}

async fn not_done(context: &Context, name: &Name, aim: &Aim, error: CallError, what: &str) -> End {
    context.extras.heard(&error);
    said(settle(context, name, aim, error).await, what)
}

fn said(end: End, what: &str) -> End {
    match end {
        End::Failed { why, cause, may_pass } => {
            End::Failed { why: format!("{what}: {why}"), cause, may_pass }
        }
        end => end,
    }
}
