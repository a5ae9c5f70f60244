//! Asking about many instances at once.
//!
//! Invariant: no more looks than allowed are on the line; once there is a reason to halt, none is begun and none is
//! waited for, because a look that is dropped has changed nothing.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::sighting::{Halt, Look, Observation, Sighting};
use crate::instance::{InstanceId, Name};
use crate::wawp::{CallError, Viewer};

/// Who is told of each sighting, in the order in which they come.
pub type Listener = Arc<dyn Fn(&Name, &Sighting) + Send + Sync>;

/// How to go about it.
#[derive(Clone)]
pub struct Settings {
    /// How many instances are looked at side by side.
    pub concurrency: usize,
    /// Who is told of each sighting.
    pub listener: Listener,
    /// The caller's way to end it early.
    pub stop: CancellationToken,
}

/// Looks at each of these instances. A refused token, an untrusted certificate and the caller's stop end it at
/// once, with what was seen until then.
///
/// Never fails as a whole: what went wrong is in the observation.
pub async fn observe(viewer: &Viewer, whom: Vec<(Name, InstanceId)>, settings: Settings) -> Observation {
    let Settings { concurrency, listener, stop } = settings;
    let names: Vec<Name> = whom.iter().map(|(name, _)| name.clone()).collect();
    let mut waiting = whom.into_iter();
    // Dropped at the end, and with it every look that is still on the line.
    let mut alive = JoinSet::new();
    let mut observation = Observation::default();
    observation.halt = loop {
        while alive.len() < concurrency.max(1) && !stop.is_cancelled() {
            let Some((name, id)) = waiting.next() else { break };
            let viewer = viewer.clone();
            alive.spawn(async move { (name, look(&viewer, &id).await) });
        }
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => break Some(Halt::Interrupted),
            next = alive.join_next() => next,
        };
        match next {
            None => break None,
            Some(Ok((name, looked))) => match Sighting::of(looked) {
                Ok(sighting) => {
                    listener(&name, &sighting);
                    observation.sightings.insert(name, sighting);
                }
                Err(halt) => break Some(halt),
            },
            // A look that panicked; who is missing is seen below.
            Some(Err(_)) => {}
        }
    };
    if observation.halt.is_none() {
        for name in names {
            let failed = || Sighting::Unclear { why: "the program failed while it looked".into() };
            observation.sightings.entry(name).or_insert_with(failed);
        }
    }
    observation
}

/// One look, with all its reads.
async fn look(viewer: &Viewer, id: &InstanceId) -> Result<Look, CallError> {
    Ok(Look { info: viewer.info(id).await? })
}
