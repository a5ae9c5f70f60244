//! The signing secrets of webhooks: read from the variables that the manifest names, as far as they are set.

use std::collections::{BTreeMap, BTreeSet};

use super::App;
use super::exit::Fault;
use crate::instance::Secret;
use crate::manifest::Desired;
use crate::plan::{Action, Marks, Plan};
use crate::state::{Document, HmacMark};

/// Secrets by variable.
pub(super) type Secrets = BTreeMap<String, Secret>;

/// Every signing secret that is at hand. A plan needs none of them.
pub(super) fn at_hand(app: &App, desired: &Desired) -> Secrets {
    let hooks = desired.instances.values().flat_map(|wanted| &wanted.spec.webhooks);
    let variables: BTreeSet<&String> = hooks.filter_map(|hook| hook.hmac_env.as_ref()).collect();
    let read = |variable: &String| Some((variable.clone(), Secret::new(app.env.var(variable)?)));
    variables.into_iter().filter_map(read).collect()
}

/// What the state would know them by. Nothing is recorded without a state, so there is nothing to compare.
pub(super) fn marks(secrets: &Secrets, document: Option<&Document>) -> Marks {
    let Some(Document { lineage, .. }) = document else { return Marks::new() };
    let mark = |(variable, secret): (&String, &Secret)| (variable.clone(), HmacMark::new(&lineage.0, secret));
    secrets.iter().map(mark).collect()
}

/// Refuses a plan that sets a webhook whose secret is not at hand, before anything is called.
///
/// # Errors
/// Names the variables.
pub(super) fn complete(plan: &Plan, secrets: &Secrets) -> anyhow::Result<()> {
    let mut missing = BTreeSet::new();
    for change in &plan.changes {
        let (before, after) = match &change.action {
            Action::Create { after, replaces: _ } | Action::Adopt { after, .. } => (None, after),
            Action::Update { before, after } => (Some(&before.attributes), after),
            Action::Delete { .. } | Action::Rename { .. } | Action::Forget { .. } => continue,
        };
        for (url, wanted) in &after.webhooks {
            let is_set =
                before.and_then(|before| before.webhooks.get(url)).map(|it| &it.hook) != Some(&wanted.hook);
            missing.extend(
                wanted.hmac_env.as_ref().filter(|variable| is_set && !secrets.contains_key(*variable)),
            );
        }
    }
    let Some(first) = missing.first() else { return Ok(()) };
    let all: Vec<&str> = missing.iter().map(|variable| variable.as_str()).collect();
    let hint =
        format!("put the signing secret of the webhooks there; the manifest names it as `hmac_env: {first}`");
    Err(Fault::error(format!("not set in the environment: {}", all.join(", ")), hint).into())
}
