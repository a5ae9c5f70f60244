//! A plan in the stream.
//!
//! Invariant: one `planned_change` for each resource of the plan JSON, and counts that are those of every other form.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::diagnostic::{self, Said};
use super::{Lines, line, resource};
use crate::instance::Name;
use crate::plan::{Counts, Plan, Refusal};
use crate::render::terraform::{Row, address, drifted_to, rows, that_count};

pub(super) fn lines(plan: &Plan, refusals: &[Refusal], at: Timestamp) -> Lines {
    let mut out = Lines::new();
    for (name, drift) in that_count(&plan.drift) {
        let action = drifted_to(&drift);
        let message = format!("{}: Drift detected ({action})", address(name));
        let change = json!({"action": action, "resource": resource(name)});
        out += &line("info", &message, "resource_drift", json!({"change": change}), at);
    }
    for (name, row) in rows(plan) {
        let message = format!("{}: Plan to {}", address(name), row.word());
        out += &line("info", &message, "planned_change", json!({"change": change(name, &row)}), at);
    }
    out += &summary(plan.counts(), at);
    let unclear = plan.drift.iter().filter(|it| !it.counts() && it.accepted.is_none());
    let said = unclear.map(diagnostic::unclear).chain(plan.unsettled.iter().map(diagnostic::unsettled));
    let refused = refusals
        .iter()
        .map(|Refusal { guard: _, message, hint }| Said::error(&format!("Refused: {message}"), hint));
    out + &said.chain(refused).map(|said| said.line(at)).collect::<Lines>()
}

fn change(name: &Name, row: &Row<'_>) -> Value {
    let mut change = Map::new();
    change.insert("action".into(), json!(row.word()));
    change.insert("resource".into(), resource(name));
    change.extend(row.previous().map(|from| ("previous_resource".to_owned(), resource(from))));
    change.extend(row.importing().map(|id| ("importing".to_owned(), json!({"id": id.as_str()}))));
    change.extend(row.reason().map(|reason| ("reason".to_owned(), json!(reason))));
    Value::Object(change)
}

/// Terraform has no clause for what is forgotten or renamed, and its readers know none.
fn summary(counts: Counts, at: Timestamp) -> Lines {
    let Counts { import, add, change, destroy, forget, rename } = counts;
    let imports = if import > 0 { format!("{import} to import, ") } else { String::new() };
    let message = format!("Plan: {imports}{add} to add, {change} to change, {destroy} to destroy.");
    let changes = json!({
        "add": add,
        "change": change,
        "forget": forget,
        "import": import,
        "operation": "plan",
        "remove": destroy,
        "rename": rename,
    });
    line("info", &message, "change_summary", json!({"changes": changes}), at)
}
