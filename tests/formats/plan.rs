//! The file of a plan: the newest number is read, and every other one is refused.

use std::collections::BTreeSet;

use wawpform::plan::{FORMAT, PlanFileError, Saved};

use crate::planned::{reason, saved};
use crate::{assert_kept, kept};

#[test]
fn a_plan_file_of_this_number_means_what_it_meant_and_is_written_as_it_was() {
    let name = format!("plan-{FORMAT}.json");
    let read = Saved::decode(&kept(&name));
    assert_eq!(read.as_ref(), Ok(&saved()));
    assert_kept(&name, &read.unwrap().encode());
}

#[test]
fn every_word_of_a_plan_is_in_the_fixture() {
    let saved = saved();
    let actions: BTreeSet<&str> = saved.plan.changes.iter().map(|it| it.action.word()).collect();
    assert_eq!(actions.len(), 6, "{actions:?}");
    let reasons: BTreeSet<&str> = saved.plan.changes.iter().map(|it| reason(it.reason)).collect();
    assert_eq!(reasons.len(), 10, "{reasons:?}");
    let text = String::from_utf8(kept(&format!("plan-{FORMAT}.json"))).unwrap();
    for word in actions.iter().map(|it| format!("\"{it}\": {{")) {
        assert!(text.contains(&word), "{word}");
    }
    for word in reasons.iter().map(|it| format!("\"reason\": \"{it}\"")) {
        assert!(text.contains(&word), "{word}");
    }
}

/// A plan is for the apply that follows it: it is made again, never brought up to date.
#[test]
fn a_plan_file_of_another_number_is_refused_for_its_number_whatever_else_is_in_it() {
    let text = String::from_utf8(kept(&format!("plan-{FORMAT}.json"))).unwrap();
    for format in (0..FORMAT).chain([FORMAT + 1]) {
        let other = text.replacen(&format!("\"format\": {FORMAT}"), &format!("\"format\": {format}"), 1);
        let reshaped = other.replacen("\"checksum\"", "\"sum\"", 1);
        for other in [other, reshaped, format!("{{\"format\": {format}}}")] {
            let error = Saved::decode(other.as_bytes()).unwrap_err();
            assert_eq!(error, PlanFileError::OtherFormat { format });
            let words = format!("its format is {format}; this wawpform reads format {FORMAT} only");
            assert_eq!(error.to_string(), words);
            let hint = "plan and apply with the same version, or make a new plan with this one";
            assert_eq!(error.hint(), hint);
        }
    }
}
