//! A plan in the form that `terraform show -json` gives one, for the programs that read those (formats.md F3.7).
//!
//! Invariant: the same plan makes the same bytes; no secret and no mark of one is in them; what only wawpform knows
//! stands under the one key `wawpform`.

mod facts;
mod row;
mod values;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(super) use self::row::Row;
use super::json::inert;
use crate::instance::{DriftClass, Name};
use crate::plan::{Drift, Plan, Refusal};

/// The version of the form. Readers take any 1.x, and refuse a document without one.
const FORMAT: &str = "1.2";

/// The Terraform whose form this is: readers want to see one. `applyable` and `complete` are as old as 1.8, and so is
/// the action `forget`.
pub(super) const TERRAFORM: &str = "1.9.0";

/// Every instance is one of these, under its name.
pub(super) const TYPE: &str = "wawp_session";

/// Who provides it. No registry has it, so it names none.
const PROVIDER: &str = "wawpform/wawp";

/// What is to be told of a plan and is not in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Why it may not be applied; empty when it may.
    pub refusals: &'a [Refusal],
    /// Whether only some instances were asked for.
    pub targeted: bool,
    /// What policies warn of.
    pub warnings: &'a [String],
    /// What policies were told that is not in the plan, each key once.
    pub policy_input: &'a [(String, String)],
}

/// The plan as JSON: keys sorted, resources by name. It is one line, as Terraform writes it: some readers take lines.
///
/// Only what changes is in it: a plan does not hold the instances that are as they should be.
#[must_use]
pub fn plan(plan: &Plan, asked: &Asked<'_>) -> String {
    let rows = rows(plan);
    let planned: Vec<Value> = rows.iter().filter_map(|(name, row)| row.planned(name)).collect();
    let changes: Vec<Value> = rows.into_iter().map(|(name, row)| row.told(name)).collect();
    let is_settled = plan.unsettled.is_empty() && plan.clashes.is_empty();
    let document = json!({
        "applyable": !plan.changes.is_empty() && asked.refusals.is_empty() && !plan.assumed,
        "complete": is_settled && !asked.targeted,
        "configuration": {"root_module": {}},
        "errored": !asked.refusals.is_empty(),
        "format_version": FORMAT,
        "output_changes": {},
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "resource_drift": drifted(&plan.drift),
        "terraform_version": TERRAFORM,
        "wawpform": facts::of(plan, asked),
    });
    // Texts always have a JSON form.
    let text = serde_json::to_string(&document).unwrap_or_default();
    inert(&text) + "\n"
}

/// What is done to each instance, by name.
pub(super) fn rows(plan: &Plan) -> BTreeMap<&Name, Row<'_>> {
    let mut rows: BTreeMap<&Name, Row<'_>> = BTreeMap::new();
    for change in &plan.changes {
        let row = Row::of(change);
        match rows.remove(&change.name) {
            // One that is renamed and updated is one resource with one change.
            Some(first) => rows.insert(&change.name, first.then(row)),
            None => rows.insert(&change.name, row),
        };
    }
    rows
}

/// Where an instance stands. A name has no character that would need to be escaped in it.
pub(super) fn address(name: &Name) -> String {
    format!("{TYPE}.this[\"{name}\"]")
}

/// What every resource says of itself.
fn resource(name: &Name) -> Map<String, Value> {
    let fields = [
        ("address", address(name)),
        ("index", name.to_string()),
        ("mode", "managed".to_owned()),
        ("name", "this".to_owned()),
        ("provider_name", PROVIDER.to_owned()),
        ("type", TYPE.to_owned()),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
}

/// The differences that count, one entry an instance. What is accepted, or was not seen clearly, is no change to
/// those who read this; `wawpform.drift` has it.
fn drifted(drift: &[Drift]) -> Vec<Value> {
    that_count(drift).into_iter().map(|(name, drift)| one_drifted(name, &drift)).collect()
}

/// Them, by name.
pub(super) fn that_count(drift: &[Drift]) -> BTreeMap<&Name, Vec<&Drift>> {
    let mut by_name: BTreeMap<&Name, Vec<&Drift>> = BTreeMap::new();
    for one in drift.iter().filter(|it| it.counts()) {
        by_name.entry(&one.name).or_default().push(one);
    }
    by_name
}

/// What became of a drifted instance, in Terraform's word.
pub(super) fn drifted_to(drift: &[&Drift]) -> &'static str {
    if drift.iter().any(|it| it.class == DriftClass::Gone) { "delete" } else { "update" }
}

fn one_drifted(name: &Name, drift: &[&Drift]) -> Value {
    let mut before = Map::new();
    before.insert("name".into(), json!(name.as_str()));
    for Drift { instance_id, .. } in drift.iter().take(1) {
        before.insert("instance_id".into(), json!(instance_id.as_str()));
    }
    let mut after = before.clone();
    let (mut was, mut is) = (Vec::new(), Vec::new());
    for Drift { name: _, instance_id: _, class, recorded, observed, accepted: _ } in drift {
        let field = match class {
            DriftClass::Gone | DriftClass::Unknown => continue,
            DriftClass::Failed | DriftClass::Stopped | DriftClass::Started => "status",
            DriftClass::Policy => "rate_limit",
            DriftClass::Phone => "phone",
            DriftClass::Webhook => {
                was.push(json!(recorded));
                is.push(json!(observed));
                continue;
            }
        };
        before.insert(field.into(), json!(recorded));
        after.insert(field.into(), json!(observed));
    }
    if !was.is_empty() {
        before.insert("webhooks".into(), Value::Array(was));
        after.insert("webhooks".into(), Value::Array(is));
    }
    let action = drifted_to(drift);
    let is_gone = action == "delete";
    let mut entry = resource(name);
    entry.insert(
        "change".into(),
        json!({
            "actions": [action],
            "after": if is_gone { Value::Null } else { Value::Object(after) },
            "after_sensitive": values::nothing(!is_gone),
            "after_unknown": {},
            "before": before,
            "before_sensitive": {},
        }),
    );
    Value::Object(entry)
}
