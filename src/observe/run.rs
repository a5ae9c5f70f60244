//! Asking about many instances at once.
//!
//! Invariant: no more looks than allowed are on the line; once there is a reason to halt, none is begun and none is
//! waited for, because a look that is dropped has changed nothing.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::sighting::{Halt, Look, Observation, Read, Sighting};
use crate::instance::{InstanceId, Name};
use crate::state::Recorded;
use crate::wawp::{CallError, Concurrency, Kind, Viewer, at_the_calls};

/// Who is told when a look begins, with nothing, and of each sighting, in the order in which they come.
pub type Listener = Arc<dyn Fn(&Name, Option<&Sighting>) + Send + Sync>;

/// What is to be read of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which one.
    pub id: InstanceId,
    /// Its policy, too.
    pub policy: bool,
    /// Its webhooks, too. Refused on a free account.
    pub webhooks: bool,
}

impl From<InstanceId> for Target {
    /// Info alone.
    fn from(id: InstanceId) -> Self {
        Self { id, policy: false, webhooks: false }
    }
}

impl From<&Recorded> for Target {
    /// Whatever is recorded of it and can be compared.
    fn from(recorded: &Recorded) -> Self {
        let Recorded { instance_id, rate_limit, webhooks, .. } = recorded;
        Self { id: instance_id.clone(), policy: rate_limit.is_some(), webhooks: !webhooks.is_empty() }
    }
}

/// How to go about it.
#[derive(Clone)]
pub struct Settings {
    /// How many instances are looked at side by side.
    pub concurrency: Concurrency,
    /// Who is told of each sighting.
    pub listener: Listener,
    /// The caller's way to end it early.
    pub stop: CancellationToken,
}

/// Looks at each of these instances. A refused token, an untrusted certificate and the caller's stop end it at
/// once, with what was seen until then. When the API cannot be reached at all, all are unclear as the first one is.
///
/// Never fails as a whole: what went wrong is in the observation.
pub async fn observe<T: Into<Target>>(
    viewer: &Viewer,
    whom: Vec<(Name, T)>,
    settings: Settings,
) -> Observation {
    let whom = whom.into_iter().map(|(name, target)| (name, target.into())).collect();
    at_the_calls(look_at_all(viewer.clone(), whom, settings)).await
}

async fn look_at_all(viewer: Viewer, whom: Vec<(Name, Target)>, settings: Settings) -> Observation {
    let Settings { concurrency, listener, stop } = settings;
    // A look is one call after the other, so who is alive has a slot, and nobody else asks for one.
    let slots = viewer.slots(concurrency);
    let names: Vec<Name> = whom.iter().map(|(name, _)| name.clone()).collect();
    let mut waiting = whom.into_iter();
    // Dropped at the end, and with it every look that is still on the line.
    let mut alive = JoinSet::new();
    let mut observation = Observation::default();
    let mut nobody_there = None;
    observation.halt = loop {
        while alive.len() < slots.limit() && !stop.is_cancelled() {
            let Some((name, target)) = waiting.next() else { break };
            let viewer = viewer.clone();
            listener(&name, None);
            alive.spawn(async move { (name, look(&viewer, &target).await) });
        }
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => break Some(Halt::Interrupted),
            next = alive.join_next() => next,
        };
        match next {
            None => break None,
            Some(Ok((name, looked))) => {
                let in_vain = matches!(&looked, Err(CallError { kind: Kind::NotSent, .. }));
                let sighting = match Sighting::of(looked) {
                    Ok(sighting) => sighting,
                    Err(halt) => break Some(halt),
                };
                listener(&name, Some(&sighting));
                nobody_there = (in_vain && !viewer.was_reached()).then(|| sighting.clone());
                observation.sightings.insert(name, sighting);
                if nobody_there.is_some() {
                    break None;
                }
            }
            // A look that panicked; who is missing is seen below.
            Some(Err(_)) => {}
        }
    };
    if observation.halt.is_none() {
        let begun = names.len() - waiting.len();
        let failed = || Sighting::Unclear { why: "the program failed while it looked".into() };
        for (at, name) in names.into_iter().enumerate() {
            if observation.sightings.contains_key(&name) {
                continue;
            }
            let sighting = nobody_there.clone().unwrap_or_else(failed);
            // Who is told that a look began is told how it ended.
            if at < begun {
                listener(&name, Some(&sighting));
            }
            observation.sightings.insert(name, sighting);
        }
    }
    observation
}

/// One look, with all its reads: info first, and no more when that fails.
async fn look(viewer: &Viewer, target: &Target) -> Result<Look, CallError> {
    let Target { id, policy, webhooks } = target;
    let info = viewer.info(id).await?;
    let policy = if *policy { beside(viewer.policy(id).await)? } else { Read::NotAsked };
    let webhooks = if *webhooks { beside(viewer.webhooks(id).await)? } else { Read::NotAsked };
    Ok(Look { info, policy, webhooks })
}

/// What a read beside info means. A failure of it says nothing of the instance, unless it ends everything.
fn beside<T>(read: Result<T, CallError>) -> Result<Read<T>, CallError> {
    match read {
        Ok(answer) => Ok(Read::Told(answer)),
        Err(error) if matches!(error.kind, Kind::Unauthorized | Kind::Untrusted) => Err(error),
        Err(error) => Ok(Read::Unclear(error.to_string())),
    }
}
