//! Two manifests compared, as if the state were exactly what the old one asks for.
//!
//! Invariant: the same comparison as of a plan, so that both tell the same; what only a state knows (ids, session names,
//! the marks of secrets) is unknown and never made up.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::attributes::{Attributes, HookSpec, Marks};
use super::change::{Action, Plan};
use super::diff::{Scope, diff};
use crate::instance::{InstanceId, Name, Retries, Spec, Webhook};
use crate::manifest::{Desired, Wanted};
use crate::state::{Document, HmacMark, Hook, Lineage, Recorded};

/// What a plan would show if exactly the old manifest were recorded; without one, if nothing were.
///
/// A webhook that takes its signing secret from another variable than before is changed: what is in the variables is
/// not looked at.
#[must_use]
pub fn compare(old: Option<&Desired>, new: &Desired) -> Plan {
    let mut document = Document::begin(new.fleet.clone(), Lineage(String::new()), String::new());
    document.instances = old.into_iter().flat_map(|old| &old.instances).map(recorded).collect();
    let scope = Scope { marks: marks(new), ..Scope::default() };
    let mut plan = diff(new, Some(&document), &scope);
    plan.changes.iter_mut().for_each(|change| name_variables(&mut change.action));
    Plan { lineage: None, assumed: true, ..plan }
}

/// An instance as it is recorded once a manifest is applied.
fn recorded((name, wanted): (&Name, &Wanted)) -> (Name, Recorded) {
    let Wanted { spec, previously: _, adopt } = wanted;
    let Spec { labels, running, rate_limit, protect, expect_number: _, webhooks } = spec;
    let hook = |webhook: &Webhook| {
        let Webhook { url, events, retries, hmac_env } = webhook;
        let mut events = events.clone();
        events.sort();
        let hmac = hmac_env.as_deref().map(mark);
        (url.clone(), Hook { events, retries: retries.unwrap_or(Retries::VENDOR), hmac })
    };
    let recorded = Recorded {
        protect: *protect,
        labels: labels.clone(),
        running: *running,
        rate_limit: rate_limit.clone(),
        webhooks: webhooks.iter().map(hook).collect(),
        ..Recorded::new(adopt.clone().unwrap_or_else(InstanceId::unknown), Timestamp::UNIX_EPOCH)
    };
    (name.clone(), recorded)
}

/// Stands for the mark of whatever secret is in a variable, while two manifests are compared.
fn mark(variable: &str) -> HmacMark {
    HmacMark(variable.to_owned())
}

fn marks(new: &Desired) -> Marks {
    let hooks = new.instances.values().flat_map(|wanted| &wanted.spec.webhooks);
    hooks.filter_map(|hook| hook.hmac_env.as_ref()).map(|it| (it.clone(), mark(it))).collect()
}

/// Puts the variables back where marks stood for them.
fn name_variables(action: &mut Action) {
    let sides: [Option<&mut Attributes>; 2] = match action {
        Action::Delete { before } | Action::Rename { from: _, before } => {
            [Some(&mut before.attributes), None]
        }
        Action::Forget { before } => [before.as_mut().map(|before| &mut before.attributes), None],
        Action::Adopt { instance_id: _, after } => [None, Some(after)],
        Action::Create { after, replaces } => {
            [replaces.as_mut().map(|gone| &mut gone.attributes), Some(after)]
        }
        Action::Update { before, after } => [Some(&mut before.attributes), Some(after)],
    };
    for Attributes { webhooks, .. } in sides.into_iter().flatten() {
        let hooks: &mut BTreeMap<String, HookSpec> = webhooks;
        for HookSpec { hook, hmac_env } in hooks.values_mut() {
            *hmac_env = hook.hmac.take().map(|mark| mark.0).or(hmac_env.take());
        }
    }
}
