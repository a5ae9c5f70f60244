//! A plan in the forms that other programs read: every action once, compared with `tests/golden/`, and what holds for
//! any plan. `BLESS=1 cargo test --test plan_formats` writes what is made now into the files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]

mod comparison;
mod events;
mod every;
#[cfg(feature = "policy")]
mod policies;
mod report;
#[path = "../stream/reader.rs"]
mod stream;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use wawpform::instance::is_unseen;
use wawpform::plan::{Plan, Refusal};
use wawpform::render::terraform::{self, Asked};
use wawpform::render::{gitlab, inert};

/// Compares a text with a file of `tests/golden/`, or writes it there.
fn golden(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(written.as_str(), made);
    assert!(written == made, "BLESS=1 accepts\n{}", diff.unified_diff().header(name, "as it is made now"));
}

fn made(plan: &Plan, refusals: &[Refusal]) -> Value {
    serde_json::from_str(&terraform::plan(plan, &Asked { refusals, ..Asked::default() })).unwrap()
}

/// The changes by instance.
fn changes(document: &Value) -> BTreeMap<String, Value> {
    let entries = document["resource_changes"].as_array().unwrap();
    entries.iter().map(|entry| (entry["index"].as_str().unwrap().to_owned(), entry.clone())).collect()
}

#[test]
fn every_action_is_told_as_the_golden_file_has_it() {
    let (plan, refusals) = every::plan();
    let text = terraform::plan(&plan, &Asked { refusals: &refusals, ..Asked::default() });
    assert_eq!(text.lines().count(), 1, "some readers take lines");
    // Spread over lines for those who read the file.
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(text, inert(&document.to_string()) + "\n", "nothing but what the file shows");
    golden("terraform.json", &(inert(&serde_json::to_string_pretty(&document).unwrap()) + "\n"));
    golden("gitlab.json", &gitlab::plan(&plan));
}

#[test]
fn what_every_reader_relies_on_is_there() {
    let document = made(&every::plan().0, &[]);
    assert_eq!(document["format_version"], "1.2");
    assert!(document["terraform_version"].is_string());
    let changes = changes(&document);
    let actions: BTreeMap<&str, &Value> =
        changes.iter().map(|(name, entry)| (name.as_str(), &entry["change"]["actions"])).collect();
    let expected = [
        ("adopted", json!(["update"])),
        ("adopted-with-policy", json!(["update"])),
        ("created", json!(["create"])),
        ("deleted", json!(["delete"])),
        ("destroyed", json!(["delete"])),
        ("doubtful", json!(["update"])),
        ("forgotten", json!(["forget"])),
        ("forgotten-call", json!(["forget"])),
        ("hostile", json!(["create"])),
        ("renamed", json!(["no-op"])),
        ("renamed-and-updated", json!(["update"])),
        ("replaced", json!(["create"])),
        ("resigned", json!(["update"])),
        ("updated", json!(["update"])),
    ];
    assert_eq!(actions, expected.iter().map(|(name, actions)| (*name, actions)).collect());
    for (name, entry) in &changes {
        assert_eq!(entry["address"], format!("wawp_session.this[\"{name}\"]"));
        let change = &entry["change"];
        let word = change["actions"][0].as_str().unwrap();
        assert_eq!(change["after"].is_null(), matches!(word, "delete" | "forget"), "{name}");
        assert_eq!(change["before"].is_null(), word == "create" || name == "forgotten-call", "{name}");
    }
    assert_eq!(changes["renamed-and-updated"]["previous_address"], "wawp_session.this[\"old-updated\"]");
    assert_eq!(changes["renamed-and-updated"]["change"]["before"]["name"], "old-updated");
    assert_eq!(changes["deleted"]["action_reason"], "delete_because_each_key");
    assert_eq!(changes["forgotten"]["action_reason"], "delete_because_no_resource_config");
    assert_eq!(changes["destroyed"].get("action_reason"), None);
    assert_eq!(changes["adopted"]["change"]["importing"], json!({"id": "ADOPTED00001"}));
    let unknown = json!({"instance_id": true, "server_name": true, "session_name": true});
    for created in ["created", "replaced"] {
        let change = &changes[created]["change"];
        assert_eq!(change["after_unknown"], unknown);
        assert!(unknown.as_object().unwrap().keys().all(|field| change["after"].get(field).is_none()));
    }
}

#[test]
fn gitlab_is_told_what_its_own_recipe_counts_in_the_other_form() {
    let (plan, _) = every::plan();
    let changes = changes(&made(&plan, &[]));
    let count = |word: &str| {
        let with =
            changes.values().filter(|it| it["change"]["actions"].as_array().unwrap().contains(&json!(word)));
        json!(with.count())
    };
    let report: Value = serde_json::from_str(&gitlab::plan(&plan)).unwrap();
    let words = ["create", "update", "delete"];
    assert_eq!(words.map(|word| report[word].clone()), words.map(count));
}

#[test]
fn only_drift_that_counts_is_drift_to_others_and_all_of_it_is_among_the_facts() {
    let (plan, _) = every::plan();
    let document = made(&plan, &[]);
    let drift = document["resource_drift"].as_array().unwrap();
    let told: Vec<(&str, &str)> = drift
        .iter()
        .map(|entry| (entry["index"].as_str().unwrap(), entry["change"]["actions"][0].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("replaced", "delete"), ("updated", "update")]);
    assert_eq!(drift[1]["change"]["before"]["rate_limit"], "standard_policy");
    assert_eq!(drift[1]["change"]["after"]["status"], "STOPPED");
    let facts = document["wawpform"]["drift"].as_array().unwrap();
    assert_eq!(facts.len(), plan.drift.len());
    assert!(facts.iter().any(|it| it["accepted"] == "moves next week, until 2026-12-01"));
}

#[test]
fn no_secret_no_mark_of_one_and_nothing_that_acts_is_in_it() {
    let (plan, refusals) = every::plan();
    let text = terraform::plan(&plan, &Asked { refusals: &refusals, ..Asked::default() });
    for mark in every::MARKS {
        assert!(!text.contains(mark), "{mark}");
    }
    assert_eq!(text.chars().find(|c| *c != '\n' && is_unseen(*c)), None);
    assert!(!text.contains("##["));
    let changes = changes(&serde_json::from_str(&text).unwrap());
    let hostile = &changes["hostile"]["change"]["after"]["labels"];
    assert_eq!(hostile[every::HOSTILE], every::HOSTILE, "what is escaped means the same");
    let hooks = |name: &str, side: &str| changes[name]["change"][side]["webhooks"][0]["hmac"].clone();
    assert_eq!(hooks("resigned", "before"), "(secret)");
    assert_eq!(hooks("resigned", "after"), "(another secret)", "the change is seen");
    assert_eq!(hooks("resigned", "after_sensitive"), true);
}

#[test]
fn who_may_apply_it_is_told() {
    let (plan, refusals) = every::plan();
    let verdict = |plan: &Plan, asked: Asked<'_>| {
        let document: Value = serde_json::from_str(&terraform::plan(plan, &asked)).unwrap();
        ["applyable", "complete", "errored"].map(|key| document[key].as_bool().unwrap())
    };
    let clear = Asked::default();
    assert_eq!(verdict(&plan, clear), [true, false, false], "something is unsettled");
    assert_eq!(verdict(&plan, Asked { refusals: &refusals, ..clear }), [false, false, true]);
    let settled = Plan { unsettled: vec![], clashes: vec![], ..plan };
    assert_eq!(verdict(&settled, clear), [true, true, false]);
    assert_eq!(verdict(&settled, Asked { targeted: true, ..clear }), [true, false, false]);
    let converged = Plan { changes: vec![], ..settled };
    assert_eq!(verdict(&converged, clear), [false, true, false]);
    assert_eq!(gitlab::plan(&converged), "{\"create\":0,\"update\":0,\"delete\":0}\n");
}

#[test]
fn the_order_in_which_a_plan_came_about_does_not_show() {
    let (plan, _) = every::plan();
    let mut again = every::plan().0;
    // A rename stays before the update of the same name.
    again.changes.sort_by(|a, b| b.name.cmp(&a.name));
    assert_ne!(plan.changes, again.changes);
    let text = |plan: &Plan| terraform::plan(plan, &Asked::default());
    assert_eq!(text(&plan), text(&again));
    let keys_are_sorted = |value: &Value| {
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        keys.is_sorted()
    };
    let document = made(&plan, &[]);
    assert!(
        keys_are_sorted(&document)
            && document["resource_changes"].as_array().unwrap().iter().all(keys_are_sorted)
    );
}

#[test]
fn a_plan_of_five_thousand_changes_grows_by_its_changes_only() {
    let size = |count: usize| {
        let text = terraform::plan(&every::creates(count), &Asked::default());
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["resource_changes"].as_array().unwrap().len(), count);
        text.len()
    };
    let (fixed, one) = (size(0), size(1) - size(0));
    let whole = size(5_000);
    assert!(whole <= fixed + 5_000 * (one + 8), "{whole} bytes, {fixed} and {one} for each");
}
