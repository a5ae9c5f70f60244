//! One change, step by step.
//!
//! Invariant: whatever happens between two lines here, the state knows enough to go on from there.

use super::aim::Aim;
use super::bind::found;
use super::claim::cautions;
use super::context::{Context, Turn, Unrecorded};
use super::event::Event;
use super::outcome::{Cause, End, Entry};
use super::parts;
use super::reach::reach;
use crate::instance::{InstanceId, Name};
use crate::plan::{Action, Attributes, Change, Held};
use crate::state::{Call, Part, Record, Recorded};
use crate::wawp::{CallError, Kind};

/// Does a change. `Ok` means done and recorded.
pub(super) async fn take(context: &Context, change: &Change, entry: &mut Entry) -> Result<(), End> {
    let name = &change.name;
    match &change.action {
        Action::Delete { before } => delete(context, name, before, entry).await,
        Action::Rename { from, before } => {
            entry.instance_id = Some(before.instance_id.clone());
            Ok(context.record(Record::Renamed { from: from.clone(), to: name.clone() }).await?)
        }
        Action::Forget { before } => {
            entry.instance_id = before.as_ref().map(|held| held.instance_id.clone());
            Ok(context.record(Record::Forgotten { name: name.clone() }).await?)
        }
        Action::Adopt { instance_id, after } => adopt(context, name, instance_id, after, entry).await,
        Action::Create { after, replaces } => {
            if let Some(gone) = replaces {
                // What is recorded stays where no new one can be had.
                context.lets_create(&Aim::Call(Call::Create))?;
                let_go(context, name, gone).await?;
            }
            create(context, name, after, entry).await
        }
        Action::Update { before, after } => update(context, name, before, after, entry).await,
    }
}

async fn create(context: &Context, name: &Name, after: &Attributes, entry: &mut Entry) -> Result<(), End> {
    let aim = Aim::Call(Call::Create);
    let slot = context.begin(name, &aim, Turn::First).await?;
    let answer = context.answer(context.client.create()).await;
    entry.notes.extend(context.creates.heard(name, &answer));
    drop(slot);
    let created = match answer {
        Ok(created) => created,
        Err(error) => return Err(settle(context, name, &aim, error).await),
    };
    let id = created.instance_id;
    entry.instance_id = Some(id.clone());
    if !id.is_usual() {
        entry.notes.push(format!("the instance_id {id} has an unusual shape"));
    }
    let recorded = Recorded {
        session_name: created.session_name,
        server_name: created.server_name,
        protect: after.protect,
        labels: after.labels.clone(),
        // Nothing more before it is known to have worked: a run that is cut off here is taken up by the next plan.
        ..Recorded::new(id.clone(), (context.settings.clock)())
    };
    match context.record(Record::Bound { name: name.clone(), recorded }).await {
        Ok(()) => {}
        // Such as an id that another name has: whether there is a new session, and which, nobody knows.
        Err(Unrecorded::Refused(refused)) => {
            let reason = format!("the API answered with the instance_id {id}, and that cannot be: {refused}");
            let unknown = Record::Unknown { name: name.clone(), call: Call::Create, reason: reason.clone() };
            context.record(unknown).await?;
            return Err(End::Unknown { why: reason });
        }
        Err(unwritable) => {
            entry.notes.push("the session was created; only its record is missing".into());
            return Err(unwritable.into());
        }
    }
    // One that should be stopped is so after its create, unless that says otherwise.
    let starts_by_itself = created.status.is_some_and(|status| status.is_running());
    if after.running || starts_by_itself {
        let reached = reach(context, name, &id, after.running, Turn::Next).await;
        if reached.is_err() {
            let left = if after.running { "not started" } else { "not stopped" };
            entry.notes.push(format!("the session was created and is recorded; it is {left}"));
        }
        reached?;
    }
    let set = parts::set(context, (name, &id), None, after, Turn::Next).await;
    if set.is_err() {
        entry.notes.push("the session was created and is recorded".into());
    }
    set
}

/// Drops what is recorded of an instance that was seen to be gone, if it still is: a second look, because a wrong
/// "gone" makes a second session.
async fn let_go(context: &Context, name: &Name, gone: &Held) -> Result<(), End> {
    let slot = context.slot(Turn::First).await?;
    let looked = context.answer(context.client.info(&gone.instance_id)).await;
    drop(slot);
    match looked {
        Err(error) if error.kind == Kind::Gone => {}
        Err(error) => return Err(failed(&error)),
        Ok(_) => {
            let why = format!("the instance {} is there after all; plan again", gone.instance_id);
            return Err(End::Failed { why, cause: Cause::Outdated, may_pass: true });
        }
    }
    Ok(context.record(Record::Deleted { name: name.clone() }).await?)
}

async fn delete(context: &Context, name: &Name, before: &Held, entry: &mut Entry) -> Result<(), End> {
    let id = &before.instance_id;
    entry.instance_id = Some(id.clone());
    let aim = Aim::Call(Call::Delete);
    let slot = context.begin(name, &aim, Turn::First).await?;
    // Logout first, or the phone goes on showing a linked device (wawp-api.md §2.6).
    let logged_out = context.answer(context.client.logout(id)).await;
    let is_logged_out = logged_out.is_ok();
    match logged_out {
        Ok(()) => {}
        Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Untrusted) => {
            return Err(settle(context, name, &aim, error).await);
        }
        // Unpaired or already gone: nothing to log out.
        Err(error) if matches!(error.kind, Kind::Gone | Kind::NotFound { .. }) => {}
        Err(error) => entry.notes.push(format!("the logout before the delete failed: {error}")),
    }
    let answer = context.answer(context.client.delete(id)).await;
    drop(slot);
    match answer {
        Ok(()) => {}
        Err(error) if matches!(error.kind, Kind::Gone | Kind::NotFound { api_spoke: true }) => {
            entry.notes.push("it was already gone".into());
        }
        Err(error) => {
            if is_logged_out {
                entry.notes.push("it was logged out: who keeps it has to pair a phone again".into());
            }
            return Err(settle(context, name, &aim, error).await);
        }
    }
    let recorded = context.record(Record::Deleted { name: name.clone() }).await;
    if recorded.is_err() {
        entry.notes.push("the session was deleted; only its record is missing".into());
    }
    Ok(recorded?)
}

async fn adopt(
    context: &Context,
    name: &Name,
    id: &InstanceId,
    after: &Attributes,
    entry: &mut Entry,
) -> Result<(), End> {
    entry.instance_id = Some(id.clone());
    let slot = context.slot(Turn::First).await?;
    context.tell(Event::Begun { name: name.clone(), action: entry.action });
    let answer = context.answer(context.client.info(id)).await;
    drop(slot);
    let observed = answer.map_err(|error| failed(&error))?;
    entry.notes.extend(cautions(id, None, &observed));
    let recorded = found(id, &observed, after.clone(), (context.settings.clock)());
    let running = recorded.running;
    context.record(Record::Bound { name: name.clone(), recorded }).await?;
    if after.running != running {
        reach(context, name, id, after.running, Turn::Next).await?;
    }
    parts::set(context, (name, id), None, after, Turn::Next).await
}

async fn update(
    context: &Context,
    name: &Name,
    before: &Held,
    after: &Attributes,
    entry: &mut Entry,
) -> Result<(), End> {
    let Held { instance_id: id, session_name: _, attributes: before } = before;
    entry.instance_id = Some(id.clone());
    let mut turn = Turn::First;
    if before.labels != after.labels || before.protect != after.protect {
        let (labels, protect) = (after.labels.clone(), after.protect);
        context.record(Record::Described { name: name.clone(), labels, protect }).await?;
        turn = Turn::Next;
    }
    if before.running != after.running || before.doubtful.contains(&Part::Running) {
        reach(context, name, id, after.running, turn).await?;
        turn = Turn::Next;
    }
    parts::set(context, (name, id), Some(before), after, turn).await
}

/// Records how a call failed, and says how the change ended. Only a create can end as unknown: the other
/// calls may be made again. If it cannot be recorded, the run halts by that; how the call ended stays true.
pub(super) async fn settle(context: &Context, name: &Name, aim: &Aim, error: CallError) -> End {
    let is_known = error.surely_not_executed();
    let record = if is_known { context.void(name, aim) } else { aim.unknown(name, error.to_string()) };
    if let Some(record) = record {
        let _ = context.record(record).await;
    }
    match (aim, is_known) {
        (Aim::Call(Call::Create), false) => End::Unknown { why: error.to_string() },
        _ => failed(&error),
    }
}

fn failed(error: &CallError) -> End {
    End::Failed { why: error.to_string(), cause: Cause::Call(error.kind), may_pass: error.may_pass() }
}
