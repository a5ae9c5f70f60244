//! The report of a run as JSON: compared with `tests/golden/report.json`, and what holds for every one.

use serde_json::Value;
use wawpform::apply::{Halt, Outcome};
use wawpform::instance::is_unseen;
use wawpform::plan::{Plan, Refusal};
use wawpform::render::report::{Ended, Run, json};

use super::events::{each_end, outcome};
use super::every::{self, HOSTILE};
use super::golden;

fn told(plan: &Plan, refusals: &[Refusal], outcome: Option<&Outcome>, ended: Ended) -> Value {
    let run = Run {
        destroy: false,
        fleet: Some(&plan.fleet),
        lineage: plan.lineage.as_ref(),
        serial_before: Some(7),
        serial_after: None,
        plan: Some(plan),
        refusals,
        outcome,
        began: "2026-11-22T10:00:00Z".parse().unwrap(),
        ended_at: "2026-11-22T10:01:00Z".parse().unwrap(),
        ended,
        exit_code: 4,
        error: Some((HOSTILE, Some("mend it"))),
    };
    let text = json(&run);
    assert_eq!(text.chars().find(|c| *c != '\n' && is_unseen(*c)), None);
    assert!(!text.contains("##["));
    assert!(every::MARKS.iter().all(|mark| !text.contains(mark)));
    assert_eq!(text, json(&run));
    if ended == Ended::Partial {
        golden("report.json", &text);
    }
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_report_of_everything_is_the_one_beside() {
    let (plan, refusals) = every::plan();
    let mut outcome = outcome(&plan, each_end);
    outcome.halt = Some(Halt::StateUnwritable(HOSTILE.into()));
    outcome.entries[0].notes.push(HOSTILE.into());
    let report = told(&plan, &refusals, Some(&outcome), Ended::Partial);
    assert_eq!(report["changes"].as_array().unwrap().len(), plan.changes.len());
    assert_eq!(report["halt"]["said"], HOSTILE, "what is escaped means the same");
    let of = |result: &str| {
        report["changes"].as_array().unwrap().iter().filter(|it| it["result"] == result).count()
    };
    for (result, count) in [("failed", 4), ("unknown", 4), ("not_started", 3)] {
        assert_eq!((of(result), &report["counts"][result]), (count, &Value::from(count)), "{result}");
    }
    let unknown = report["changes"].as_array().unwrap().iter().find(|it| it["result"] == "unknown").unwrap();
    assert_eq!(unknown["to_settle"][1], format!("wawpform forget {}", unknown["name"].as_str().unwrap()));
}

#[test]
fn of_a_plan_that_was_not_begun_every_change_is_told_as_not_started() {
    let (plan, refusals) = every::plan();
    for (ended, why) in [
        (Ended::Refused, "a guard refused the plan"),
        (Ended::Stale, "the plan is not the one that was reviewed"),
        (Ended::Interrupted, "interrupted"),
        (Ended::Error, "the run ended before it"),
    ] {
        let report = told(&plan, &refusals, None, ended);
        assert_eq!(report["ended"], ended.as_word());
        assert_eq!(report["counts"]["not_started"], plan.changes.len());
        assert!(report["changes"].as_array().unwrap().iter().all(|it| it["why"] == why), "{report}");
    }
}
