//! The report: what a reader of every number may rely on.

use serde::Deserialize;
use serde_json::Value;
use wawpform::apply::{Cause, End, Entry, Halt, Outcome};
use wawpform::plan::{Guard, Plan, Refusal};
use wawpform::render::report::{Ended, FORMAT, Run, json};
use wawpform::wawp::Kind;

use crate::given::{at, id};
use crate::planned::saved;
use crate::{assert_kept, kept};

/// A reader as the page describes it: with every key, and no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    began_at: jiff::Timestamp,
    changes: Vec<Changed>,
    counts: Counts,
    ended: String,
    ended_at: jiff::Timestamp,
    error: Option<Said>,
    exit_code: u8,
    fingerprint: Option<String>,
    fleet: Option<String>,
    format: u32,
    halt: Option<Halted>,
    lineage: Option<String>,
    operation: String,
    refusals: Vec<Said>,
    serial: Serials,
    unsettled: Vec<Open>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    action: String,
    error_kind: Option<String>,
    instance_id: Option<String>,
    name: String,
    notes: Vec<String>,
    result: String,
    retryable: Option<bool>,
    to_settle: Vec<String>,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    added: usize,
    changed: usize,
    destroyed: usize,
    failed: usize,
    forgotten: usize,
    imported: usize,
    not_started: usize,
    renamed: usize,
    total: usize,
    unknown: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    hint: Option<String>,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Halted {
    reason: String,
    said: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Serials {
    after: Option<u64>,
    before: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    call: String,
    instance_id: Option<String>,
    name: String,
    since: jiff::Timestamp,
    to_settle: Vec<String>,
    why: Option<String>,
}

/// What became of the n-th change.
fn end(index: usize) -> (End, &'static [&'static str]) {
    let failed = |kind, may_pass| End::Failed { why: "HTTP 403".into(), cause: Cause::Call(kind), may_pass };
    match index {
        0 => (End::Done, &["the logout failed, the delete did not"]),
        1 => (failed(Kind::RateLimited, true), &[]),
        7 => (End::Unknown { why: "timed out\u{202e}".into() }, &[]),
        8 => (failed(Kind::Quota, false), &["nothing was created"]),
        10 => (End::NotStarted { why: "interrupted".into() }, &[]),
        _ => (End::Done, &[]),
    }
}

fn outcome(plan: &Plan) -> Outcome {
    let entries = plan.changes.iter().enumerate().map(|(index, change)| {
        let (end, notes) = end(index);
        let instance_id = matches!(end, End::Done).then(|| id("3EB0BCB2E3D4"));
        let notes = notes.iter().map(|note| (*note).to_owned()).collect();
        Entry { name: change.name.clone(), action: change.action.word(), instance_id, end, notes }
    });
    Outcome {
        entries: entries.collect(),
        halt: Some(Halt::StateUnwritable("No space left on device".into())),
    }
}

/// A run in which everything happens, and one that ended before it knew anything.
fn both() -> [(&'static str, String); 2] {
    let plan = saved().plan;
    let outcome = outcome(&plan);
    let refusals = [Refusal {
        guard: Guard::MaxDeletes,
        message: "3 of 12 recorded would be deleted".into(),
        hint: "--allow-deletes 3".into(),
    }];
    let run = Run {
        destroy: false,
        fleet: Some(&plan.fleet),
        lineage: plan.lineage.as_ref(),
        serial_before: Some(41),
        serial_after: Some(63),
        plan: Some(&plan),
        refusals: &refusals,
        outcome: Some(&outcome),
        began: at(0),
        ended_at: at(7),
        ended: Ended::Partial,
        exit_code: 4,
        error: Some(("the state cannot be written", Some("make room"))),
    };
    let early = Run {
        destroy: true,
        fleet: None,
        lineage: None,
        serial_before: None,
        serial_after: None,
        plan: None,
        refusals: &[],
        outcome: None,
        began: at(0),
        ended_at: at(0),
        ended: Ended::Error,
        exit_code: 1,
        error: Some(("the manifest has an error", None)),
    };
    [("", json(&run)), ("-early", json(&early))]
}

#[test]
fn the_same_run_is_the_same_report() {
    for (which, text) in both() {
        assert_kept(&format!("report-{FORMAT}{which}.json"), text.as_bytes());
    }
}

#[test]
fn a_report_has_every_key_that_is_documented_and_no_other() {
    let read = |which: &str| -> Report {
        serde_json::from_slice(&kept(&format!("report-{FORMAT}{which}.json"))).unwrap()
    };
    let Report { began_at, changes, counts, ended, ended_at, error, exit_code, .. } = read("");
    assert_eq!((began_at, ended_at, ended.as_str(), exit_code), (at(0), at(7), "partial", 4));
    let Counts { added, changed, destroyed, failed, forgotten, imported, .. } = counts;
    assert_eq!((added, changed, destroyed, failed, forgotten, imported), (0, 2, 2, 2, 2, 1));
    assert_eq!((counts.not_started, counts.renamed, counts.total, counts.unknown), (1, 1, 11, 1));
    let Said { hint, message } = error.unwrap();
    assert_eq!((message.as_str(), hint.as_deref()), ("the state cannot be written", Some("make room")));
    let ends: Vec<(&str, Option<&str>, Option<bool>)> =
        changes.iter().map(|it| (it.result.as_str(), it.error_kind.as_deref(), it.retryable)).collect();
    assert_eq!(ends[0], ("done", None, None));
    assert_eq!(ends[1], ("failed", Some("rate_limited"), Some(true)));
    assert_eq!(ends[7], ("unknown", None, Some(false)));
    assert_eq!(ends[10], ("not_started", None, None));
    let Changed { action, instance_id, name, notes, to_settle, why, .. } = &changes[7];
    assert_eq!(
        (action.as_str(), name.as_str(), why.as_deref()),
        ("create", "h-new", Some("timed out\u{202e}"))
    );
    assert_eq!(*to_settle, ["wawpform import h-new INSTANCE_ID", "wawpform forget h-new"]);
    assert_eq!((instance_id.as_deref(), notes.len(), changes[0].notes.len()), (None, 0, 1));

    let Report { fingerprint, fleet, format, halt, lineage, operation, refusals, serial, unsettled, .. } =
        read("");
    assert_eq!((format, operation.as_str(), fleet.as_deref()), (FORMAT, "apply", Some("acme-production")));
    assert_eq!(fingerprint, Some(saved().plan.fingerprint().to_string()));
    assert_eq!(lineage, saved().plan.lineage.map(|it| it.0));
    let Halted { reason, said } = halt.unwrap();
    assert_eq!(
        (reason.as_str(), said.as_deref()),
        (Halt::StateUnwritable(String::new()).in_words(), Some("No space left on device"))
    );
    assert_eq!((refusals.len(), refusals[0].hint.as_deref()), (1, Some("--allow-deletes 3")));
    assert_eq!((serial.before, serial.after), (Some(41), Some(63)));
    let Open { call, instance_id, name, since, to_settle, why } = &unsettled[1];
    assert_eq!(
        (call.as_str(), instance_id.as_deref(), name.as_str()),
        ("delete", Some("KEPT00000001"), "n-kept")
    );
    assert_eq!((*since, to_settle.len(), why), (at(5), 2, &None));

    let early = read("-early");
    assert_eq!((early.fleet, early.lineage, early.serial.before), (None, None, None));
    assert_eq!((early.operation.as_str(), early.changes.len(), early.counts.total), ("destroy", 0, 0));
}

#[test]
fn a_report_can_be_shown_without_acting_and_holds_no_mark_of_a_secret() {
    for (_, text) in both() {
        assert!(text.is_ascii() || !text.contains('\u{202e}'));
        for mark in ["d41e9a", "0c77f2"] {
            assert!(!text.contains(mark));
        }
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
    }
}
