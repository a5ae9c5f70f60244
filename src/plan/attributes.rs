//! The attributes that are managed, as they are recorded and as they are desired.
//!
//! Invariant: whoever adds an attribute to the manifest or to the state has to say here what it means, or nothing
//! compiles.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::instance::{InstanceId, Labels, Retries, Spec, Webhook};
use crate::state::{HmacMark, Hook, Part, Recorded};

/// The marks of the signing secrets that are at hand, by the variable that holds them. A secret that is not at
/// hand counts as unchanged where one is recorded.
pub type Marks = BTreeMap<String, HmacMark>;

/// What is recorded of an instance, as far as a change needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The vendor's handle.
    pub instance_id: InstanceId,
    /// The vendor's name of the session.
    pub session_name: Option<String>,
    /// Its attributes.
    pub attributes: Attributes,
}

/// The attributes of an instance, of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// The user's own labels.
    pub labels: Labels,
    /// Never deleted while this stands.
    pub protect: bool,
    /// Started, or left stopped.
    pub running: bool,
    /// The slug of the sending policy; `None` is not managed.
    pub rate_limit: Option<String>,
    /// The webhooks that are this tool's own, by URL.
    pub webhooks: BTreeMap<String, HookSpec>,
    /// What is recorded as in doubt; nothing desired ever is.
    pub doubtful: BTreeSet<Part>,
}

/// A webhook, of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookSpec {
    /// What it is. Without the mark of its secret where that is desired and not at hand.
    pub hook: Hook,
    /// The variable that holds its signing secret; nothing recorded has one.
    pub hmac_env: Option<String>,
}

impl Attributes {
    /// What is desired. Where a signing secret is not at hand, the recorded mark stands for it.
    #[must_use]
    pub fn desired(spec: &Spec, marks: &Marks, recorded: Option<&Recorded>) -> Self {
        let Spec { labels, running, rate_limit, protect, expect_number: _, webhooks } = spec;
        let hook = |webhook: &Webhook| {
            let Webhook { url, events, retries, hmac_env } = webhook;
            let known = recorded.and_then(|recorded| recorded.webhooks.get(url)?.hmac.clone());
            let hmac = hmac_env.as_ref().and_then(|variable| marks.get(variable).cloned().or(known));
            let mut events = events.clone();
            events.sort();
            let hook = Hook { events, retries: retries.unwrap_or(Retries::VENDOR), hmac };
            (url.clone(), HookSpec { hook, hmac_env: hmac_env.clone() })
        };
        Self {
            labels: labels.clone(),
            protect: *protect,
            running: *running,
            rate_limit: rate_limit.clone(),
            webhooks: webhooks.iter().map(hook).collect(),
            doubtful: BTreeSet::new(),
        }
    }

    /// The URLs of the webhooks that are this tool's own, or may be.
    pub fn own_urls(&self) -> impl Iterator<Item = &String> {
        let doubtful = self.doubtful.iter().filter_map(|part| match part {
            Part::Webhook(url) => Some(url),
            Part::RateLimit | Part::Running => None,
        });
        self.webhooks.keys().chain(doubtful)
    }

    /// What is recorded.
    #[must_use]
    pub fn recorded(recorded: &Recorded) -> Self {
        let Recorded {
            instance_id: _,
            session_name: _,
            server_name: _,
            created_at: _,
            protect,
            labels,
            running,
            rate_limit,
            webhooks,
            doubtful,
        } = recorded;
        let hook =
            |(url, hook): (&String, &Hook)| (url.clone(), HookSpec { hook: hook.clone(), hmac_env: None });
        Self {
            labels: labels.clone(),
            protect: *protect,
            running: *running,
            rate_limit: rate_limit.clone(),
            webhooks: webhooks.iter().map(hook).collect(),
            doubtful: doubtful.clone(),
        }
    }
}

/// Whether what is recorded is what is desired. A plan with nothing to do looks at every instance and should not
/// copy one.
#[must_use]
pub(super) fn agree(spec: &Spec, recorded: &Recorded, marks: &Marks) -> bool {
    let Spec { labels, running, rate_limit, protect, expect_number: _, webhooks } = spec;
    *labels == recorded.labels
        && *running == recorded.running
        && *protect == recorded.protect
        && *rate_limit == recorded.rate_limit
        && webhooks.len() == recorded.webhooks.len()
        && webhooks
            .iter()
            .all(|wanted| recorded.webhooks.get(&wanted.url).is_some_and(|hook| is(wanted, hook, marks)))
}

/// Whether a recorded webhook is the desired one.
fn is(wanted: &Webhook, recorded: &Hook, marks: &Marks) -> bool {
    let Webhook { url: _, events, retries, hmac_env } = wanted;
    let signed = match (hmac_env, &recorded.hmac) {
        (None, None) => true,
        (Some(variable), Some(mark)) => marks.get(variable).is_none_or(|at_hand| at_hand == mark),
        _ => false,
    };
    // No event is there twice on either side, so equal counts make equal sets.
    let same_events =
        events.len() == recorded.events.len() && events.iter().all(|it| recorded.events.contains(it));
    signed && same_events && retries.unwrap_or(Retries::VENDOR) == recorded.retries
}

impl Held {
    /// What a change needs of a recorded instance.
    #[must_use]
    pub fn of(recorded: &Recorded) -> Self {
        Self {
            instance_id: recorded.instance_id.clone(),
            session_name: recorded.session_name.clone(),
            attributes: Attributes::recorded(recorded),
        }
    }
}
