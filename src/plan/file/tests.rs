//! What a saved plan looks like, and what is not taken for one.

use super::*;
use crate::plan::{Action, Attributes, Change, Reason};
use crate::state::Lineage;

fn saved() -> Saved {
    let name = |text| Name::new(text).unwrap();
    let after = Attributes::desired(&crate::instance::Spec::default(), &Default::default(), None);
    let create = Change {
        name: name("a"),
        action: Action::Create { after, replaces: None },
        reason: Reason::NotRecorded,
    };
    let plan = Plan {
        fleet: name("acme"),
        lineage: Some(Lineage("l".into())),
        serial: 7,
        recorded: 0,
        desired: 1,
        changes: vec![create],
        unsettled: Vec::new(),
        defaults: Default::default(),
        drift: Vec::new(),
        working: Default::default(),
        clashes: Vec::new(),
        assumed: false,
    };
    Saved { plan, asked: Asked::default() }
}

fn text() -> String {
    String::from_utf8(saved().encode()).unwrap()
}

#[test]
fn the_keys_of_a_saved_plan_are_sorted() {
    let text = text();
    let keys = |indent: &str| -> Vec<&str> {
        let of_indent = text.lines().filter_map(|line| line.strip_prefix(indent)?.strip_prefix('"'));
        of_indent.filter_map(|line| line.split_once('"')).map(|(key, _)| key).collect()
    };
    assert_eq!(keys("  "), ["asked", "checksum", "fingerprint", "format", "plan"]);
    assert!(text.contains("\n  \"format\": 1,\n") && text.ends_with("}\n"), "{text}");
    let of_plan = ["changes", "clashes", "defaults", "desired", "drift", "fleet", "lineage", "recorded"];
    assert!(keys("    ").windows(of_plan.len()).any(|window| window == of_plan), "{text}");
}

#[test]
fn a_plan_that_was_changed_or_damaged_is_refused() {
    let refused = |from: &str, to: &str| {
        let edited = text().replacen(from, to, 1);
        assert_ne!(edited, text(), "{from}");
        Saved::decode(edited.as_bytes()).unwrap_err()
    };
    let checksum = PlanFileError::Changed { field: "checksum" };
    assert_eq!(refused("\"serial\": 7", "\"serial\": 8"), checksum);
    assert_eq!(refused("\"destroy\": false", "\"destroy\": true"), checksum);
    assert_eq!(refused("\"name\": \"a\"", "\"name\": \"b\""), checksum);
    assert_eq!(refused("\"format\": 1", "\"format\": 2"), PlanFileError::OtherFormat { format: 2 });
    let shape = |error| matches!(error, PlanFileError::Shape { .. });
    assert!(shape(refused("\"serial\": 7", "\"serial\": 7, \"more\": 1")));
    assert!(shape(refused("\"asked\"", "\"more\": 1, \"asked\"")));
    assert!(shape(refused("\"running\": true", "\"running\": \"yes\"")));
    assert!(shape(refused("\"after\"", "\"aftre\"")));
    for at in [0, 1, 100, text().len() - 3] {
        assert!(
            matches!(Saved::decode(&text().as_bytes()[..at]), Err(PlanFileError::NotJson { .. })),
            "{at}"
        );
    }
    // Another plan under this one's fingerprint, with a checksum that fits.
    let mut other = saved();
    other.plan.fleet = Name::new("other").unwrap();
    let forged = String::from_utf8(other.encode()).unwrap();
    let forged =
        forged.replace(&other.plan.fingerprint().to_string(), &saved().plan.fingerprint().to_string());
    assert_eq!(Saved::decode(forged.as_bytes()), Err(PlanFileError::Changed { field: "fingerprint" }));
}

#[test]
fn a_fault_tells_its_place_and_what_it_shows_is_escaped() {
    let edited = text().replacen("\"name\": \"a\"", "\"na\\u001bme\": \"a\"", 1);
    let error = Saved::decode(edited.as_bytes()).unwrap_err();
    assert!(matches!(error, PlanFileError::Shape { line, .. } if line > 10), "{error:?}");
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
}
