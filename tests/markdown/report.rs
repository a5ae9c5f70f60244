//! The page of a run's report: inert whatever is in it, never too long, failures first and left out last.

use proptest::prelude::*;
use wawpform::apply::{Cause, End, Entry, Halt, Outcome};
use wawpform::plan::{Guard, Plan, Refusal};
use wawpform::render::report::{Ended, Run, markdown};
use wawpform::wawp::Kind;

use super::plans::{empty, everything, name};
use super::reader::elements;
use super::{AMPLE, HOSTILE, golden};

fn entry(index: usize, end: End, text: &str) -> Entry {
    let action = ["create", "delete", "update", "adopt", "rename", "forget"][index % 6];
    Entry {
        name: name(&format!("i-{index:04}")),
        action,
        instance_id: None,
        end,
        notes: vec![text.to_owned()],
    }
}

/// So many that are unknown, failed, not started and done.
fn outcome(text: &str, counts: [usize; 4]) -> Outcome {
    let why = || text.to_owned();
    let ends: [&dyn Fn() -> End; 4] = [
        &|| End::Unknown { why: why() },
        &|| End::Failed { why: why(), cause: Cause::Call(Kind::Rejected), may_pass: true },
        &|| End::NotStarted { why: why() },
        &|| End::Done,
    ];
    let all = ends.iter().zip(counts).flat_map(|(end, count)| (0..count).map(move |_| end()));
    let entries = all.enumerate().map(|(index, end)| entry(index, end, text)).collect();
    Outcome { entries, halt: Some(Halt::Unauthorized(text.to_owned())) }
}

fn page(plan: &Plan, outcome: &Outcome, text: &str, limit: usize) -> String {
    let refusals = [Refusal { guard: Guard::Protect, message: text.to_owned(), hint: text.to_owned() }];
    let run = Run {
        destroy: false,
        fleet: Some(&plan.fleet),
        lineage: None,
        serial_before: Some(7),
        serial_after: Some(9),
        plan: Some(plan),
        refusals: &refusals,
        outcome: Some(outcome),
        began: "2026-11-22T10:00:00Z".parse().unwrap(),
        ended_at: "2026-11-22T10:01:00Z".parse().unwrap(),
        ended: Ended::Partial,
        exit_code: 4,
        error: Some((text, Some(text))),
    };
    let page = markdown(&run, limit);
    assert!(page.len() <= limit.max(2_000), "{} of {limit}", page.len());
    page
}

#[test]
fn the_page_of_a_run_is_the_one_beside() {
    let text = HOSTILE[2..6].join(" ");
    golden("report.md", &page(&everything("x", 1), &outcome("HTTP 400: no", [1, 2, 2, 3]), "no", AMPLE));
    golden("report-hostile.md", &page(&everything("x", 1), &outcome(&text, [1, 1, 1, 1]), &text, AMPLE));
}

#[test]
fn no_text_from_outside_makes_an_element_of_a_report() {
    let shown = |text: &str| elements(&page(&everything(text, 1), &outcome(text, [2, 2, 2, 2]), text, AMPLE));
    let plain = shown("x");
    for text in HOSTILE.into_iter().filter(|text| !text.trim().is_empty()) {
        assert_eq!(shown(text), plain, "{text:?}");
    }
}

#[test]
fn a_reason_without_a_word_is_no_mistake() {
    for counts in [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] {
        elements(&page(&empty(), &outcome("", counts), "", 0));
    }
}

#[test]
fn five_thousand_changes_fit_and_failures_are_all_named() {
    let page = page(&empty(), &outcome("HTTP 400: no", [40, 400, 0, 4_560]), "no", AMPLE);
    let named = (0..440).filter(|index| page.contains(&format!("\n- `i-{index:04}`: "))).count();
    assert_eq!(named, 440);
    assert!(page.len() > AMPLE - 1_000, "{}", page.len());
    assert!(page.find("#### 40 of unknown outcome") < page.find("#### 400 failed"), "{page}");
    let shown = page.split("<details>").nth(1).unwrap().matches("\n- `").count();
    assert!(page.contains(&format!("left out: {} done.", 4_560 - shown)), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_is_well_formed_within_its_limit_and_counts_what_it_leaves_out(
        text in any::<String>(),
        counts in proptest::array::uniform4(0_usize..60),
        limit in 0_usize..20_000,
    ) {
        let page = page(&empty(), &outcome(&text, counts), "x", limit);
        elements(&page);
        for (kind, count) in ["unknown", "failed", "not started", "done"].into_iter().zip(counts) {
            let missing = page.split("left out: ").nth(1).and_then(|rest| {
                rest.split(". The JSON").next()?.split(", ").find_map(|it| it.strip_suffix(&format!(" {kind}"))?.parse().ok())
            });
            let missing: usize = missing.unwrap_or(0);
            let all = outcome(&text, counts);
            let is_of = |end: &End| match end {
                End::Unknown { .. } => "unknown",
                End::Failed { .. } => "failed",
                End::NotStarted { .. } => "not started",
                End::Done => "done",
            };
            let named = all.entries.iter().filter(|it| is_of(&it.end) == kind && page.contains(&format!("\n- `{}`: ", it.name)));
            prop_assert_eq!(named.count() + missing, count, "{}: {}", kind, page);
        }
    }
}
