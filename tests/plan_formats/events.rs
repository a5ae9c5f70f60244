//! The stream of events as values make it: every kind of line, compared with `tests/golden/events.jsonl`, and what holds
//! for every stream.

use jiff::Timestamp;
use serde_json::Value;
use wawpform::apply::{Cause, End, Entry, Event, Halt, Outcome};
use wawpform::instance::{InstanceId, Name, is_unseen};
use wawpform::manifest::{Source, load_with_marks};
use wawpform::plan::Plan;
use wawpform::render::events::Events;
use wawpform::render::{gitlab, terraform};
use wawpform::wawp::Kind;

use super::every::{self, HOSTILE};
use super::golden;
use super::stream::{Told, read};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// What became of each change of the plan: as `end` says of the n-th.
pub(crate) fn outcome(plan: &Plan, end: impl Fn(usize) -> End) -> Outcome {
    let entry = |(index, change): (usize, &wawpform::plan::Change)| Entry {
        name: change.name.clone(),
        action: change.action.word(),
        instance_id: InstanceId::new("3EB0BCB2E3D4").ok(),
        end: end(index),
        notes: Vec::new(),
    };
    Outcome { entries: plan.changes.iter().enumerate().map(entry).collect(), halt: None }
}

pub(crate) fn each_end(index: usize) -> End {
    let why = || format!("HTTP 400: {HOSTILE}");
    match index % 4 {
        0 => End::Done,
        1 => End::Failed { why: why(), cause: Cause::Call(Kind::Rejected), may_pass: false },
        2 => End::Unknown { why: why() },
        _ => End::NotStarted { why: "interrupted".into() },
    }
}

/// A whole run, as an apply tells it.
fn run(plan: &Plan, outcome: &Outcome) -> String {
    let mut events = Events::default();
    let mut out = Events::version("0.0.0", at(0)) + &events.plan(plan, &[], at(1));
    for (seconds, entry) in (0..).step_by(100).zip(&outcome.entries) {
        let Entry { name, action, .. } = entry;
        // Labels alone need no call.
        if name.as_str() != "updated" && !matches!(*action, "rename" | "forget") {
            out += &events.heard(&Event::Begun { name: name.clone(), action }, at(seconds + 2));
        }
        out += &events.still(at(seconds + 12));
        if !matches!(entry.end, End::NotStarted { .. }) {
            out += &events.heard(&Event::Ended(entry.clone()), at(seconds + 75));
        }
    }
    out + &events.outcome(outcome, false, at(1_000_000))
}

fn told(text: &str) -> Told {
    assert_eq!(text.chars().find(|c| *c != '\n' && is_unseen(*c)), None);
    assert!(!text.contains("##["));
    assert!(every::MARKS.iter().all(|mark| !text.contains(mark)));
    read(text)
}

#[test]
fn every_line_is_the_one_beside() {
    let (plan, refusals) = every::plan();
    let mut outcome = outcome(&plan, each_end);
    outcome.entries[0].notes.push("it was already gone".into());
    outcome.halt = Some(Halt::Unauthorized(HOSTILE.into()));
    let name = Name::new("a").unwrap();
    let id = InstanceId::new("3EB0BCB2E3D4").unwrap();
    let looks = Events::looking(&name, &id, at(0)) + &Events::looked(&name, &id, at(0));
    let refused = Events::default().plan(
        &Plan { changes: vec![], drift: vec![], unsettled: vec![], ..plan.clone() },
        &refusals,
        at(0),
    );
    let more = Events::error("it went wrong", "mend it\nand again", at(0)) + &Events::warning("mind", at(0));
    let all = run(&plan, &outcome);
    let told = told(&all);
    assert!(told.open.is_empty() && told.end.is_none(), "{:?}", told.open);
    golden("events.jsonl", &[all, looks, refused, more].concat());
}

#[test]
fn what_ends_has_begun_and_the_counts_are_those_of_every_other_form() {
    let (plan, _) = every::plan();
    let told = told(&run(&plan, &outcome(&plan, |_| End::Done)));
    let counts = plan.counts();
    let (planned, end) = (told.plan.unwrap(), told.end.unwrap());
    let gitlab: Value = serde_json::from_str(&gitlab::plan(&plan)).unwrap();
    let document: Value = serde_json::from_str(&terraform::plan(&plan, &Default::default())).unwrap();
    let human = wawpform::render::plan(
        &plan,
        &[],
        wawpform::render::Extent::Full,
        wawpform::render::Paint { colour: false },
    );
    let of = |word: &str| {
        let changes = document["resource_changes"].as_array().unwrap().iter();
        changes.filter(|it| it["change"]["actions"] == serde_json::json!([word])).count()
    };
    let [import, add, change, destroy] = [counts.import, counts.add, counts.change, counts.destroy];
    assert_eq!((import, add, change, destroy), (2, 3, 6, 2), "an adoption is an import and a change");
    for numbers in [&planned, &end] {
        assert_eq!(
            [&numbers["import"], &numbers["add"], &numbers["change"], &numbers["remove"]],
            [import, add, change, destroy].map(Value::from).each_ref()
        );
    }
    assert_eq!([of("create"), of("update"), of("delete")], [add, change, destroy]);
    assert_eq!(gitlab, serde_json::json!({"create": add, "update": change, "delete": destroy}));
    let line = format!("Plan: {import} to import, {add} to add, {change} to change, {destroy} to destroy, ");
    assert!(human.contains(&line), "{human}");
    let done =
        wawpform::render::outcome(&outcome(&plan, |_| End::Done), wawpform::render::Paint { colour: false });
    let line = format!("{import} imported, {add} added, {change} changed, {destroy} destroyed, ");
    assert!(done.contains(&line), "{done}");
}

#[test]
fn mistakes_in_a_manifest_have_their_place_and_no_secret() {
    let text = "fleet: \"\u{e9}\"\naccount: {token: f7aMARKED9c1e}\ninstances:\n  a: {lables: {}}\n";
    let sources = [Source::new("w.yaml", text)];
    let found = load_with_marks(&sources).unwrap_err();
    let all = Events::version("0.0.0", at(0)) + &Events::manifest(&found, &sources, at(0));
    assert!(!all.contains("MARKED"), "{all}");
    let told = told(&all);
    assert_eq!(told.errors().len(), found.len());
    for (line, diagnostic) in told.of_type("diagnostic").iter().zip(&found) {
        let (range, snippet) = (&line["diagnostic"]["range"], &line["diagnostic"]["snippet"]);
        let byte = |side: &str| usize::try_from(range[side]["byte"].as_u64().unwrap()).unwrap();
        let place = &diagnostic.place;
        assert_eq!(range["start"]["line"], place.line);
        let marked: String = text[byte("start")..byte("end")].to_owned();
        assert_eq!(marked.chars().count(), place.length, "{marked}");
        let offset = |key: &str| usize::try_from(snippet[key].as_u64().unwrap()).unwrap();
        let shown = &snippet["code"].as_str().unwrap()
            [offset("highlight_start_offset")..offset("highlight_end_offset")];
        assert!(shown == marked || shown == "[redacted]", "{shown} for {marked}");
    }
}

#[test]
fn five_thousand_changes_are_five_thousand_lines_of_one_length() {
    let plan = every::creates(5_000);
    let text = run(&plan, &outcome(&plan, |_| End::Done));
    let told = told(&text);
    assert_eq!(told.of_type("planned_change").len(), 5_000);
    assert_eq!(told.complete["create"], 5_000);
    assert!(text.lines().all(|line| line.len() < 600));
}
