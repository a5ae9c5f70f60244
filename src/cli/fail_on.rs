//! `plan --fail-on`: what a pipeline does not let through, beyond the guards of the manifest.
//!
//! Invariant: a plan is shown and written first, and fails after; what could not be seen does not pass for unchanged.

use clap::ValueEnum;

use super::App;
use super::exit::{Exit, Fault};
use crate::instance::Name;
use crate::plan::{Action, Plan};
use crate::render::plural;

/// How many names are told.
const NAMED: usize = 5;

/// What a plan fails on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// A session would be deleted.
    Delete,
    /// Anything would be done, or has to be settled first.
    Change,
    /// What is live differs from what is recorded, or could not be seen clearly; with --refresh. What the manifest
    /// accepts does not count, and is warned of: whoever changes the manifest can accept it. A policy may deny it.
    Drift,
}

/// Refuses to watch for what nobody looks at.
///
/// # Errors
/// When drift is asked for without a look.
pub(super) fn checked(wanted: &[FailOn], refreshes: bool) -> anyhow::Result<()> {
    if wanted.contains(&FailOn::Drift) && !refreshes {
        let message = "--fail-on drift cannot fail without a look at what is live";
        return Err(Fault::error(message, "add --refresh").with(Exit::Usage).into());
    }
    Ok(())
}

/// Whether a plan passes; what it fails on is told, each once.
pub(super) fn passes(app: &App, plan: &Plan, wanted: &[FailOn]) -> bool {
    let all = FailOn::value_variants().iter().filter(|it| wanted.contains(it));
    let failed: Vec<String> = all.filter_map(|it| it.seen(plan)).collect();
    if wanted.contains(&FailOn::Drift) {
        accepted(app, plan);
    }
    for what in &failed {
        super::github::refused(app, what, "");
        app.out.urgent(&format!("\n{} {what}\n", app.out.talk_paint().bad("Refused:")));
    }
    failed.is_empty()
}

/// Tells which drift passes because the manifest accepts it: that may be the very manifest that is looked at. The state
/// does not know what was accepted before, so all of it is told.
fn accepted(app: &App, plan: &Plan) {
    let names = unique(plan.drift.iter().filter(|it| it.accepted.is_some()).map(|it| &it.name));
    if !names.is_empty() {
        app.out.warning(&format!(
            "--fail-on drift lets {} pass whose drift this manifest accepts: {}",
            count(&names),
            list(&names)
        ));
    }
}

impl FailOn {
    /// What of it is in the plan, if anything is.
    fn seen(self, plan: &Plan) -> Option<String> {
        match self {
            Self::Delete => {
                let deleted = plan.changes.iter().filter(|it| matches!(it.action, Action::Delete { .. }));
                let names: Vec<&Name> = deleted.map(|change| &change.name).collect();
                (!names.is_empty()).then(|| {
                    format!("--fail-on delete: {} would be deleted: {}", count(&names), list(&names))
                })
            }
            Self::Change => {
                let changed = plan.changes.iter().map(|change| &change.name);
                let unsettled = plan.unsettled.iter().map(|entry| &entry.name);
                let names = unique(changed.chain(unsettled).chain(plan.clashes.iter().map(|it| it.name())));
                (!plan.is_converged()).then(|| {
                    format!("--fail-on change: {} to be changed or settled: {}", count(&names), list(&names))
                })
            }
            Self::Drift => {
                let names = unique(plan.drift.iter().filter(|it| it.accepted.is_none()).map(|it| &it.name));
                (!names.is_empty()).then(|| {
                    let names_told = list(&names);
                    format!(
                        "--fail-on drift: {} not as recorded, or not seen clearly: {names_told}",
                        count(&names)
                    )
                })
            }
        }
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<&'a Name> {
    let mut names: Vec<&Name> = names.collect();
    names.sort();
    names.dedup();
    names
}

fn count(names: &[&Name]) -> String {
    plural(names.len(), "instance")
}

fn list(names: &[&Name]) -> String {
    let told: Vec<&str> = names.iter().take(NAMED).map(|name| name.as_str()).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    told.join(", ") + &more
}
