//! How much there is to do for a change: what progress is counted in.

use super::attributes::Attributes;
use super::change::{Action, Change};

/// What a change costs that only the state knows of, in calls.
const RECORDING: f64 = 0.05;

/// How many calls it probably takes, as far as that is known before. Some are not needed, such as a start of what runs
/// already: it is for an estimate of time, and nothing may rely on it.
#[must_use]
pub fn effort(change: &Change) -> f64 {
    let calls = match &change.action {
        Action::Rename { .. } | Action::Forget { .. } => 0,
        // Logout and delete.
        Action::Delete { .. } => 2,
        Action::Create { after, replaces } => {
            usize::from(replaces.is_some()) + 1 + run_state(after.running) + parts(None, after)
        }
        Action::Adopt { instance_id: _, after } => 1 + parts(None, after),
        Action::Update { before, after } => {
            run_state(before.attributes.running != after.running) + parts(Some(&before.attributes), after)
        }
    };
    RECORDING + calls as f64
}

/// Info, and the start or stop.
fn run_state(changes: bool) -> usize {
    if changes { 2 } else { 0 }
}

/// A call for the policy, and one for each webhook that differs.
fn parts(before: Option<&Attributes>, after: &Attributes) -> usize {
    let policy = before.and_then(|before| before.rate_limit.as_ref()) != after.rate_limit.as_ref();
    let known = |url: &String| before.and_then(|before| before.webhooks.get(url));
    let set = after.webhooks.iter().filter(|(url, wanted)| known(url) != Some(wanted)).count();
    let own = before.into_iter().flat_map(Attributes::own_urls);
    let removed = own.filter(|url| !after.webhooks.contains_key(*url)).count();
    usize::from(policy) + set + removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Loaded, Source, load};
    use crate::plan::{Scope, diff};

    #[test]
    fn a_create_counts_its_start_its_policy_and_its_webhooks() {
        let hook = "{url: 'https://x.example.com/', events: [message]}";
        for (block, calls) in [
            ("running: false".to_owned(), 1.0),
            ("protect: true".to_owned(), 3.0),
            ("rate_limit: strict".to_owned(), 4.0),
            (format!("running: false, webhooks: [{hook}]"), 2.0),
        ] {
            let text = format!("fleet: f\ninstances: {{a: {{{block}}}}}\n");
            let Ok(Loaded { desired, .. }) = load(&[Source::new("x", text)]) else { panic!("{block}") };
            let plan = diff(&desired, None, &Scope::default());
            assert_eq!(effort(&plan.changes[0]), calls + RECORDING, "{block}");
        }
    }
}
