//! The waiting itself, round by round: look at everybody who is still missing, then tell what is to be done.
//!
//! Invariant: info is read right before every restart, and what it says by then counts; a restart is never made
//! again, whatever became of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::decide::{Goal, Step, Watch};
use crate::instance::{InstanceId, Name, Status};
use crate::observe::{self, Halt, Observation, Sighting, observe};
use crate::wawp::{CallError, Client, Concurrency};

/// How fast it is looked, and how soon a start counts as stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The shortest time between two rounds.
    pub least: Duration,
    /// The longest; where between the two is random, so that many who wait do not ask in step.
    pub most: Duration,
    /// How long STARTING may last.
    pub stuck_after: Duration,
}

impl Default for Pace {
    /// Every 3 to 5 s (wawp-api.md §2.7); stuck after 60 s (§3.1).
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { least: seconds(3), most: seconds(5), stuck_after: seconds(60) }
    }
}

/// How to go about it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is waited for.
    pub goal: Goal,
    /// For how long. Everybody is looked at once even if it is zero.
    pub timeout: Duration,
    /// How fast.
    pub pace: Pace,
    /// How many calls may be in flight.
    pub concurrency: Concurrency,
    /// The caller's way to end it early.
    pub stop: CancellationToken,
}

/// Who is waited for.
pub type Wish = BTreeMap<Name, InstanceId>;

/// What a round showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Who got there, and with which status.
    pub there: BTreeMap<Name, Status>,
    /// Whose situation is another one than at the round before.
    pub changed: Vec<Missing>,
    /// Who should be restarted, once nobody else is acting.
    pub due: Vec<Name>,
}

/// Somebody who is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub name: Name,
    /// What was seen last; nothing when nobody came to look.
    pub seen: Option<Sighting>,
    /// Whether it was restarted.
    pub restarted: bool,
}

/// What became of a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restart {
    /// It was made.
    Made,
    /// It was not needed any more, or the time is over.
    NotMade,
    /// It failed, or nobody knows; it is not made again.
    Failed(String),
}

/// A wait that is under way.
pub struct Waiting {
    client: Arc<Client>,
    settings: Settings,
    begun: Instant,
    missing: BTreeMap<Name, (InstanceId, Watch, Option<Sighting>)>,
    /// Those who are gone: nobody looks at them any more.
    lost: Vec<Missing>,
    rounds: u64,
}

impl Waiting {
    /// Begins to wait; the time runs from here.
    #[must_use]
    pub fn new(client: Arc<Client>, whom: Wish, settings: Settings) -> Self {
        let missing = whom.into_iter().map(|(name, id)| (name, (id, Watch::default(), None))).collect();
        Self { client, settings, begun: Instant::now(), missing, lost: Vec::new(), rounds: 0 }
    }

    /// Looks at everybody who is missing. At the end of the time, those that were not seen by then are left out.
    ///
    /// # Errors
    /// When it makes no sense to go on: the token, the certificate, the caller's stop.
    pub async fn round(&mut self) -> Result<Round, Halt> {
        let whom = self.missing.iter().map(|(name, (id, ..))| (name.clone(), id.clone())).collect();
        let Observation { sightings, halt } = self.looks(whom).await;
        self.rounds += 1;
        match halt {
            None => {}
            Some(Halt::Interrupted) if !self.settings.stop.is_cancelled() => {}
            Some(halt) => return Err(halt),
        }
        let now = self.begun.elapsed();
        let Settings { goal, pace, .. } = self.settings;
        let mut round = Round { there: BTreeMap::new(), changed: Vec::new(), due: Vec::new() };
        for (name, sighting) in sightings {
            let Some((_, watch, last)) = self.missing.get_mut(&name) else { continue };
            let step = watch.looked(goal, &sighting, now, pace.stuck_after);
            let is_news = last.as_ref() != Some(&sighting);
            *last = Some(sighting.clone());
            let missing = Missing { name: name.clone(), seen: last.clone(), restarted: watch.is_restarted() };
            match (step, sighting) {
                (Step::There, Sighting::Seen(look)) => {
                    self.missing.remove(&name);
                    round.there.insert(name, look.info.status);
                    continue;
                }
                (Step::Lost, _) => {
                    self.missing.remove(&name);
                    self.lost.push(missing.clone());
                }
                (Step::Restart, _) => round.due.push(name),
                _ => {}
            }
            if is_news {
                round.changed.push(missing);
            }
        }
        Ok(round)
    }

    /// Restarts one that is due, if it still is as it was seen. Call it only while nobody else acts: an apply that
    /// is stopping the session would find it running again.
    ///
    /// # Errors
    /// When it makes no sense to go on.
    pub async fn restart(&mut self, name: &Name) -> Result<Restart, Halt> {
        let (stop, is_over) = (self.settings.stop.clone(), self.begun.elapsed() >= self.settings.timeout);
        let Some((id, watch, last)) = self.missing.get_mut(name).filter(|_| !is_over) else {
            return Ok(Restart::NotMade);
        };
        let before = last.as_ref().and_then(Sighting::seen).map(|look| &look.info.status);
        match unless(&stop, self.client.info(id)).await? {
            Ok(observed) if before == Some(&observed.status) => {}
            Ok(_) => return Ok(Restart::NotMade),
            Err(error) => return failed(error),
        }
        watch.restarted();
        match unless(&stop, self.client.restart(id)).await? {
            Ok(()) => Ok(Restart::Made),
            Err(error) => failed(error),
        }
    }

    /// Waits for the time of the next round. Whether there is one: not when nobody is missing any more who could
    /// still come, and not when the time is over.
    pub async fn pause(&self) -> bool {
        let Settings { pace: Pace { least, most, stuck_after: _ }, timeout, stop, .. } = &self.settings;
        if self.missing.is_empty() {
            return false;
        }
        let jitter = most.saturating_sub(*least).mul_f64(fastrand::f64());
        let left = timeout.saturating_sub(self.begun.elapsed());
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = tokio::time::sleep((*least + jitter).min(left)) => self.begun.elapsed() < *timeout,
        }
    }

    /// Who is not there, by name.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let missing = |(name, (_, watch, seen)): (&Name, &(InstanceId, Watch, Option<Sighting>))| Missing {
            name: name.clone(),
            seen: seen.clone(),
            restarted: watch.is_restarted(),
        };
        let mut all: Vec<_> = self.missing.iter().map(missing).chain(self.lost.iter().cloned()).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// One look at each; cut off at the end of the time, except for the first.
    async fn looks(&self, whom: Vec<(Name, InstanceId)>) -> Observation {
        let Settings { timeout, concurrency, stop, .. } = &self.settings;
        let cut = stop.child_token();
        let listener: observe::Listener = Arc::new(|_, _| {});
        let settings = observe::Settings { concurrency: *concurrency, listener, stop: cut.clone() };
        let viewer = self.client.viewer();
        let at = (self.rounds > 0 || !timeout.is_zero()).then(|| self.begun.checked_add(*timeout)).flatten();
        tokio::select! {
            biased;
            observation = observe(&viewer, whom, settings) => observation,
            never = cut_at(at, &cut) => match never {},
        }
    }
}

/// Ends the looks of a round at a moment, if there is one.
async fn cut_at(at: Option<Instant>, cut: &CancellationToken) -> Infallible {
    if let Some(at) = at {
        tokio::time::sleep_until(at).await;
        cut.cancel();
    }
    std::future::pending().await
}

/// The answer to a call, unless the caller's stop comes first. A restart that is not waited for may happen all the
/// same; nothing is recorded of it, so nothing is wrong then.
async fn unless<T>(stop: &CancellationToken, call: impl Future<Output = T>) -> Result<T, Halt> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Halt::Interrupted),
        answer = call => Ok(answer),
    }
}

fn failed(error: CallError) -> Result<Restart, Halt> {
    let said = error.to_string();
    Sighting::of(Err(error)).map(|_| Restart::Failed(said))
}
