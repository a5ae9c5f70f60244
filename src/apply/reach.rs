//! Reaching a run state: started or stopped.
//!
//! Invariant: info is read before every start and stop, also before one that is repeated: a start on a WORKING
//! session may disconnect it (wawp-api.md §2.2), and nothing is concluded from an unclear answer.

use std::time::Duration;

use super::aim::Aim;
use super::context::{Context, Turn};
use super::outcome::{Cause, End};
use super::step::settle;
use crate::instance::{InstanceId, Name, Status};
use crate::state::{Call, Record};
use crate::wawp::{CallError, Kind};

/// How often it is looked at, the look before the first call among them.
const LOOKS: usize = 3;
/// How long a call of unknown outcome gets before it is looked at again: info may be a moment behind (§6.14).
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a look says is to be done.
enum Step {
    Nothing,
    Start,
    Stop,
    /// It can be neither started nor left as it is.
    Impossible,
}

fn next(running: bool, observed: &Status) -> Step {
    match (running, observed) {
        (true, status) if status.is_running() => Step::Nothing,
        (true, Status::Stopped) => Step::Start,
        (true, _) => Step::Impossible,
        (false, Status::Stopped) => Step::Nothing,
        (false, _) => Step::Stop,
    }
}

/// Starts or stops a session, and records what was reached.
pub(super) async fn reach(
    context: &Context,
    name: &Name,
    id: &InstanceId,
    running: bool,
    turn: Turn,
) -> Result<(), End> {
    let call = if running { Call::Start } else { Call::Stop };
    let aim = Aim::Call(call);
    let slot = context.begin(name, &aim, turn).await?;
    let reached = look_and_call(context, id, running).await;
    drop(slot);
    match reached {
        Ok(()) => Ok(context.record(Record::Running { name: name.clone(), running }).await?),
        Err(Missed::Status(status)) => {
            if let Some(void) = context.void(name, &aim) {
                context.record(void).await?;
            }
            let why = format!("its status is {status}, from which it cannot be started");
            Err(End::Failed { why, cause: Cause::Status, may_pass: false })
        }
        Err(Missed::Call(what, error)) => Err(match settle(context, name, &aim, error).await {
            End::Failed { why, cause, may_pass } => {
                End::Failed { why: format!("{what}: {why}"), cause, may_pass }
            }
            end => end,
        }),
    }
}

/// Why a run state was not reached.
enum Missed {
    /// The status does not allow it.
    Status(Status),
    /// A call failed: in words, and how.
    Call(String, CallError),
}

async fn look_and_call(context: &Context, id: &InstanceId, running: bool) -> Result<(), Missed> {
    let word = if running { "start" } else { "stop" };
    let mut unclear: Option<CallError> = None;
    for _ in 0..LOOKS {
        let observed = context.answer(context.client.info(id)).await;
        let observed = observed.map_err(|error| match unclear.take() {
            // What a look says of itself says nothing of the call before it.
            Some(unknown) if unknown.kind == Kind::Unknown => {
                Missed::Call(format!("the {word} failed"), unknown)
            }
            _ => Missed::Call(format!("the info before the {word} failed"), error),
        })?;
        let made = match next(running, &observed.status) {
            Step::Nothing => return Ok(()),
            Step::Impossible => return Err(Missed::Status(observed.status)),
            // It was refused, and the look after it shows that it was not there already (§6.12).
            _ if unclear.as_ref().is_some_and(|error| error.kind == Kind::Rejected) => break,
            Step::Start => context.answer(context.client.start(id)).await,
            Step::Stop => context.answer(context.client.stop(id)).await,
        };
        let Err(error) = made else { return Ok(()) };
        let (may_be_done, is_unknown) =
            (matches!(error.kind, Kind::Unknown | Kind::Rejected), error.kind == Kind::Unknown);
        if !may_be_done || (is_unknown && context.halted().is_some()) {
            return Err(Missed::Call(format!("the {word} failed"), error));
        }
        if is_unknown {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        unclear = Some(error);
    }
    let error = unclear.unwrap_or_else(|| CallError::unanswered(Kind::Unknown, "the status did not change"));
    Err(Missed::Call(format!("the {word} failed"), error))
}
