//! A plan as the three counts that GitLab shows in a merge request (formats.md F3.9, `reports: terraform:`).
//!
//! Invariant: nothing but counts; guests of a public project may read them.

use crate::plan::{Counts, Plan};

/// What GitLab shows at most.
const MOST: usize = 999_999;

/// The report: how many sessions are created, updated and deleted. An adoption is an update, as in the plan JSON and as
/// GitLab's own recipe counts it there; renames and forgets are none of these.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let Counts { add, change, destroy, import: _, forget: _, rename: _ } = plan.counts();
    let [create, update, delete] = [add, change, destroy].map(|count| count.min(MOST));
    format!("{{\"create\":{create},\"update\":{update},\"delete\":{delete}}}\n")
}
