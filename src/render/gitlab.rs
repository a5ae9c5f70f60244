//! A plan as the three counts that GitLab shows in a merge request (formats.md F3.9, `reports: terraform:`).
//!
//! Invariant: nothing but counts; guests of a public project may read them.

use crate::plan::{Action, Plan};

/// What GitLab shows at most.
const MOST: usize = 999_999;

/// The report: how many sessions are created, updated and deleted. An adoption is an update, as in the plan JSON and as
/// GitLab's own recipe counts it there; renames and forgets are none of these.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let updates = plan.count(|action| matches!(action, Action::Update { .. } | Action::Adopt { .. }));
    let [create, update, delete] = [plan.creates(), updates, plan.deletes()].map(|count| count.min(MOST));
    format!("{{\"create\":{create},\"update\":{update},\"delete\":{delete}}}\n")
}
