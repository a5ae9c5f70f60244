//! One change, step by step.
//!
//! Invariant: whatever happens between two lines here, the state knows enough to go on from there.

use super::bind::found;
use super::context::{Context, Turn, Unrecorded};
use super::event::Event;
use super::outcome::{End, Entry};
use super::reach::reach;
use crate::instance::{InstanceId, Name};
use crate::plan::{Action, Attributes, Change, Held};
use crate::state::{Call, Record, Recorded};
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
        Action::Create { after } => create(context, name, after, entry).await,
        Action::Update { before, after } => update(context, name, before, after, entry).await,
    }
}

async fn create(context: &Context, name: &Name, after: &Attributes, entry: &mut Entry) -> Result<(), End> {
    let slot = context.begin(name, Call::Create, Turn::First).await?;
    context.tell(Event::Begun { name: name.clone(), action: entry.action });
    let answer = context.answer(context.client.create()).await;
    entry.notes.extend(context.creates.heard(name, &answer));
    drop(slot);
    let created = match answer {
        Ok(created) => created,
        Err(error) => return Err(settle(context, name, Call::Create, error).await),
    };
    let id = created.instance_id;
    entry.instance_id = Some(id.clone());
    if !id.is_usual() {
        entry.notes.push(format!("the instance_id {id} has an unusual shape"));
    }
    let recorded = Recorded {
        instance_id: id.clone(),
        session_name: created.session_name,
        server_name: created.server_name,
        created_at: (context.settings.clock)(),
        protect: after.protect,
        labels: after.labels.clone(),
        // Not before a start is known to have worked: a run that is cut off here is taken up by the next plan.
        running: false,
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
    if !after.running {
        return Ok(());
    }
    let reached = reach(context, name, &id, true, Turn::Next).await;
    if reached.is_err() {
        entry.notes.push("the session was created and is recorded; it is not started".into());
    }
    reached
}

async fn delete(context: &Context, name: &Name, before: &Held, entry: &mut Entry) -> Result<(), End> {
    let id = &before.instance_id;
    entry.instance_id = Some(id.clone());
    let slot = context.begin(name, Call::Delete, Turn::First).await?;
    context.tell(Event::Begun { name: name.clone(), action: entry.action });
    // Logout first, or the phone goes on showing a linked device (wawp-api.md §2.6).
    match context.answer(context.client.logout(id)).await {
        Ok(()) => {}
        Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Untrusted) => {
            return Err(settle(context, name, Call::Delete, error).await);
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
        Err(error) => return Err(settle(context, name, Call::Delete, error).await),
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
    let recorded = found(id, &observed, after.clone(), (context.settings.clock)());
    let running = recorded.running;
    context.record(Record::Bound { name: name.clone(), recorded }).await?;
    if after.running == running { Ok(()) } else { reach(context, name, id, after.running, Turn::Next).await }
}

async fn update(
    context: &Context,
    name: &Name,
    before: &Held,
    after: &Attributes,
    entry: &mut Entry,
) -> Result<(), End> {
    entry.instance_id = Some(before.instance_id.clone());
    let Attributes { labels, protect, running } = after;
    let mut turn = Turn::First;
    if before.attributes.labels != *labels || before.attributes.protect != *protect {
        let described = Record::Described { name: name.clone(), labels: labels.clone(), protect: *protect };
        context.record(described).await?;
        turn = Turn::Next;
    }
    if before.attributes.running == *running {
        return Ok(());
    }
    reach(context, name, &before.instance_id, *running, turn).await
}

/// Records how a call failed, and says how the change ended. Only a create can end as unknown: the other
/// calls may be made again. If it cannot be recorded, the run halts by that; how the call ended stays true.
pub(super) async fn settle(context: &Context, name: &Name, call: Call, error: CallError) -> End {
    let name = name.clone();
    let is_known = error.surely_not_executed();
    let record = if is_known {
        Record::Rejected { name, call }
    } else {
        Record::Unknown { name, call, reason: error.to_string() }
    };
    let _ = context.record(record).await;
    match (call, is_known) {
        (Call::Create, false) => End::Unknown { why: error.to_string() },
        _ => failed(&error),
    }
}

fn failed(error: &CallError) -> End {
    End::Failed { why: error.to_string(), may_pass: error.may_pass() }
}
