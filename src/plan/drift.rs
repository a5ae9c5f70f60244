//! Drift: where a live instance is not as it is recorded, and what follows for a plan.
//!
//! Invariant: recorded and observed are compared here and nowhere else; what was not seen, or is in doubt anyway, is
//! not called different.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::instance::{DriftClass, InstanceId, Name, Retries, Status};
use crate::manifest::{AcceptedDrift, Desired};
use crate::observe::{Look, Observation, Read, Sighting};
use crate::state::{Document, Hook, Part, Record, Recorded};
use crate::wawp::{Policy, SeenHook};

/// One way in which one instance differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Which.
    pub name: Name,
    /// The vendor's handle.
    pub instance_id: InstanceId,
    /// How.
    #[serde(with = "word")]
    pub class: DriftClass,
    /// What is recorded, or for a phone what the manifest expects; nothing where there is nothing to tell.
    pub recorded: Option<String>,
    /// What was observed. May hold text from the server: escape it where it is shown.
    pub observed: Option<String>,
    /// Why the manifest accepts it for now.
    pub accepted: Option<String>,
}

/// A class in a file is its word.
mod word {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::instance::DriftClass;

    pub(super) fn serialize<S: Serializer>(class: &DriftClass, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(class.as_word())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DriftClass, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(|_| D::Error::custom("expected a class of drift"))
    }
}

impl Drift {
    /// Whether it is a difference that somebody should know of: it is not accepted, and more than an unclear look.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.accepted.is_none() && self.class != DriftClass::Unknown
    }
}

/// The drift that the manifest accepts for now, with its reasons.
pub type Accepted = BTreeMap<(Name, DriftClass), String>;

/// What a look at the live instances says beside the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The state as it would be if it said what was observed. Who is gone is still in it.
    pub document: Document,
    /// The differences, the worst class first, then by name.
    pub drift: Vec<Drift>,
    /// Who works, and with which phone, if it is told.
    pub working: BTreeMap<Name, Option<String>>,
}

/// What of it is accepted on a day: up to the last day that the manifest says, and with it.
#[must_use]
pub fn accepted_on(today: Date, accepted: &[AcceptedDrift]) -> Accepted {
    let counts_not = accepted.iter().filter(|it| today <= it.until);
    let each = counts_not.flat_map(|AcceptedDrift { name, classes, reason, until }| {
        let reason = format!("{reason}, until {until}");
        classes.iter().map(move |class| ((name.clone(), *class), reason.clone()))
    });
    each.collect()
}

impl Refreshed {
    /// Who the API does not know any more, and whose absence is not accepted.
    pub fn gone(&self) -> impl Iterator<Item = &Name> {
        let gone = self.drift.iter().filter(|it| it.class == DriftClass::Gone && it.accepted.is_none());
        gone.map(|drift| &drift.name)
    }
}

/// Holds what was observed against what is recorded. What is accepted is told, and changes nothing.
#[must_use]
pub fn refresh(
    desired: &Desired,
    document: &Document,
    observation: &Observation,
    accepted: &Accepted,
) -> Refreshed {
    let mut refreshed = Refreshed { document: document.clone(), drift: Vec::new(), working: BTreeMap::new() };
    for (name, sighting) in &observation.sightings {
        let Some(recorded) = document.instances.get(name) else { continue };
        // Whether it counts.
        let mut differs = |class, recorded_as: Option<String>, observed: Option<String>| {
            let (name, instance_id) = (name.clone(), recorded.instance_id.clone());
            let accepted = accepted.get(&(name.clone(), class)).cloned();
            let counts = accepted.is_none();
            refreshed.drift.push(Drift {
                name,
                instance_id,
                class,
                recorded: recorded_as,
                observed,
                accepted,
            });
            counts
        };
        let look = match sighting {
            Sighting::Gone => {
                differs(DriftClass::Gone, None, None);
                continue;
            }
            Sighting::Unclear { why } => {
                differs(DriftClass::Unknown, None, Some(why.clone()));
                continue;
            }
            Sighting::Seen(look) => look,
        };
        let expected = desired.instances.get(name).and_then(|wanted| wanted.spec.expect_number.as_deref());
        phone(look, expected, &mut differs);
        if look.info.status == Status::Working {
            refreshed.working.insert(name.clone(), look.info.number().map(str::to_owned));
        }
        if let Some(live) = refreshed.document.instances.get_mut(name) {
            run_state(look, live, &mut differs);
            policy(look, live, &mut differs);
            webhooks(look, live, &mut differs);
        }
    }
    let rank = |class| DriftClass::ALL.iter().position(|it| *it == class);
    refreshed.drift.sort_by(|a, b| (rank(a.class), &a.name).cmp(&(rank(b.class), &b.name)));
    refreshed
}

/// Who is told of a difference; says whether it counts.
trait Tell: FnMut(DriftClass, Option<String>, Option<String>) -> bool {}
impl<F: FnMut(DriftClass, Option<String>, Option<String>) -> bool> Tell for F {}

fn phone(look: &Look, expected: Option<&str>, differs: &mut impl Tell) {
    if let (Some(expected), Some(number)) = (expected, look.info.number())
        && number != expected
    {
        differs(DriftClass::Phone, Some(expected.to_owned()), Some(number.to_owned()));
    }
}

fn run_state(look: &Look, live: &mut Recorded, differs: &mut impl Tell) {
    let status = &look.info.status;
    let word = |running| Some(if running { "running" } else { "stopped" }.to_owned());
    let class = match (live.running, status) {
        _ if live.doubtful.contains(&Part::Running) => return,
        (_, Status::Failed) => DriftClass::Failed,
        (true, Status::Stopped) => DriftClass::Stopped,
        (false, status) if status.is_running() => DriftClass::Started,
        (_, Status::Other(_)) => DriftClass::Unknown,
        _ => return,
    };
    if !differs(class, word(live.running), Some(status.as_word().to_owned())) {
        return;
    }
    match class {
        DriftClass::Stopped => live.running = false,
        DriftClass::Started => live.running = true,
        // A start is not for a failed session, and an unknown status says nothing.
        _ => {}
    }
}

fn policy(look: &Look, live: &mut Recorded, differs: &mut impl Tell) {
    let Some(recorded) = live.rate_limit.clone() else { return };
    if live.doubtful.contains(&Part::RateLimit) {
        return;
    }
    match &look.policy {
        Read::NotAsked => {}
        Read::Unclear(why) => {
            differs(DriftClass::Unknown, None, Some(format!("its policy: {why}")));
        }
        Read::Told(Policy { current: None, .. }) => {}
        Read::Told(Policy { current: Some(current), .. }) => {
            let is_other = *current != recorded;
            if is_other && differs(DriftClass::Policy, Some(recorded), Some(current.clone())) {
                live.rate_limit = Some(current.clone());
            }
        }
    }
}

fn webhooks(look: &Look, live: &mut Recorded, differs: &mut impl Tell) {
    let seen = match &look.webhooks {
        Read::NotAsked => return,
        Read::Unclear(why) => {
            differs(DriftClass::Unknown, None, Some(format!("its webhooks: {why}")));
            return;
        }
        Read::Told(seen) => seen,
    };
    let own: Vec<String> = live.webhooks.keys().cloned().collect();
    for url in own {
        let Some(hook) = live.webhooks.get_mut(&url) else { continue };
        if live.doubtful.contains(&Part::Webhook(url.clone())) {
            continue;
        }
        let found = seen.iter().find(|it| it.url == url);
        let observed = match found {
            Some(SeenHook { url: _, events, is_active: true, retries }) => {
                let live = Hook {
                    events: events.clone(),
                    retries: retries.unwrap_or(hook.retries),
                    hmac: hook.hmac.clone(),
                };
                if live == *hook {
                    continue;
                }
                Some(live)
            }
            // One that was turned off sends as much as none, and setting it turns it on again.
            Some(_) | None => None,
        };
        let told = observed.as_ref().map_or_else(
            || if found.is_some() { "turned off".to_owned() } else { "missing".to_owned() },
            in_words,
        );
        if !differs(DriftClass::Webhook, Some(format!("{url} {}", in_words(hook))), Some(told)) {
            continue;
        }
        match observed {
            Some(observed) => *hook = observed,
            None => {
                live.webhooks.remove(&url);
            }
        }
    }
}

fn in_words(hook: &Hook) -> String {
    let Hook { events, retries: Retries { delay, attempts }, hmac: _ } = hook;
    format!("[{}], {attempts} attempts {delay} s apart", events.join(", "))
}

/// What is to be recorded so that the state says what was observed.
#[must_use]
pub fn records(document: &Document, refreshed: &Document) -> Vec<Record> {
    let mut records = Vec::new();
    for (name, before) in &document.instances {
        let Some(after) = refreshed.instances.get(name) else { continue };
        let name = || name.clone();
        if before.running != after.running {
            records.push(Record::Running { name: name(), running: after.running });
        }
        if before.rate_limit != after.rate_limit {
            records.push(Record::RateLimit { name: name(), rate_limit: after.rate_limit.clone() });
        }
        let urls: BTreeSet<&String> = before.webhooks.keys().chain(after.webhooks.keys()).collect();
        for url in urls.into_iter().filter(|url| before.webhooks.get(*url) != after.webhooks.get(*url)) {
            let hook = after.webhooks.get(url).cloned();
            records.push(Record::Webhook { name: name(), url: url.clone(), hook });
        }
    }
    records
}
