//! What policies find in a plan, and what they may cost.

use wawpform::plan::Plan;
use wawpform::policy::{Budget, Error, Finding, Policy, check, evaluate};
use wawpform::render::terraform::{self, Asked};

use super::every;

const AMPLE: Budget = Budget { steps: 20_000_000, stack: 4 << 20 };

fn policy(name: &str, text: &str) -> Policy {
    Policy { name: name.to_owned(), text: text.to_owned() }
}

/// On a thread with a stack as the program has one.
fn asked(policies: Vec<Policy>, plan: &Plan, budget: Budget) -> Result<Vec<Finding>, Error> {
    let day = [("day".to_owned(), "FRIDAY".to_owned())];
    let input = terraform::plan(plan, &Asked { policy_input: &day, ..Asked::default() });
    let ask = move || evaluate(&policies, &input, budget);
    std::thread::Builder::new().stack_size(16 << 20).spawn(ask).unwrap().join().unwrap()
}

fn said(policies: Vec<Policy>, plan: &Plan) -> Vec<String> {
    let findings = asked(policies, plan, AMPLE).unwrap();
    findings.into_iter().map(|it| format!("{:?} {} ({})", it.verdict, it.message, it.policy)).collect()
}

fn failed(rule: &str, budget: Budget) -> String {
    let policies = vec![policy("p.rego", &format!("package main\n\n{rule}\n"))];
    asked(policies, &every::plan().0, budget).unwrap_err().to_string()
}

#[test]
fn the_examples_find_in_every_action_what_the_golden_file_has() {
    let examples = [
        ("no-delete-on-friday.rego", include_str!("../../examples/policies/no-delete-on-friday.rego")),
        ("team-label.rego", include_str!("../../examples/policies/team-label.rego")),
    ];
    let policies = examples.map(|(name, text)| policy(name, text)).to_vec();
    let found: String = said(policies, &every::plan().0)
        .into_iter()
        .map(|line| wawpform::instance::visible(&line).into_owned() + "\n")
        .collect();
    super::golden("policies.txt", &found);
}

#[test]
fn rules_of_every_package_and_both_versions_are_asked_in_their_order() {
    let policies = vec![
        policy("b.rego", "package b\nimport data.lib\nwarn_x contains \"1\"\ndeny contains lib.two"),
        policy("a.rego", "package a[\"x y\"]\nviolation[{\"msg\": msg}] { msg := \"3\" }"),
        policy("c.rego", "package b\ndeny contains \"again\"\ndefault warn := []"),
        policy("lib.rego", "package lib\ntwo := \"2\""),
        policy("array.rego", "package array\ndeny := [\"4\", {\"msg\": \"4\"}] if { input.wawpform }"),
    ];
    let expected = [
        "Warned 1 (b.rego)",
        "Denied 2 (deny of 2 files)",
        "Denied again (deny of 2 files)",
        "Denied 3 (a.rego)",
        "Denied 4 (array.rego)",
    ];
    assert_eq!(said(policies, &every::plan().0), expected);
}

#[test]
fn a_package_that_nobody_asks_or_uses_is_an_error_beside_one_that_speaks() {
    let speaks = policy("a.rego", "package a\ndeny contains \"x\"");
    let silent = policy("b.rego", "package b\ndenny contains \"x\"");
    assert_eq!(check(std::slice::from_ref(&speaks)), Ok(()));
    assert_eq!(check(&[speaks, silent]), Err(Error::Silent { place: "b.rego".to_owned() }));
}

#[test]
fn steps_are_counted_over_all_rules_and_a_loop_without_end_ends() {
    let pairs = "deny contains \"x\" if { some i in numbers.range(1, 9000); some j in numbers.range(1, 9000); i * j == 0 }";
    let few = Budget { steps: 200_000, ..AMPLE };
    assert_eq!(failed(pairs, few), "the policy p.rego:3 cannot be evaluated: it takes too many steps");
    let some = "{ some i in numbers.range(1, 2000); i == 0 }";
    let one = format!("package main\ndeny_a contains \"x\" if {some}");
    let both = format!("{one}\ndeny_b contains \"x\" if {some}");
    let plan = every::plan().0;
    let needs = |text: &str| {
        let budget = |steps| Budget { steps, ..AMPLE };
        let passes = |steps: &u64| asked(vec![policy("p.rego", text)], &plan, budget(*steps)).is_ok();
        (0..20).map(|power| 1 << power).find(passes).unwrap()
    };
    assert!(needs(&both) > needs(&one), "the second rule has what the first has left");
}

#[test]
fn a_function_that_calls_itself_for_ever_ends_before_the_stack_does() {
    let too_deep =
        "the policy p.rego:3 cannot be evaluated: its functions call each other too deep, or for ever";
    assert_eq!(failed("deny contains f(1)\nf(x) := f(x + 1)", AMPLE), too_deep);
    assert_eq!(failed("deny contains f(1)\nf(x) := y if { y := g([x]) }\ng(x) := f([x])", AMPLE), too_deep);
}

#[test]
fn a_range_is_as_the_engine_has_it_up_to_the_longest() {
    let given = "deny contains json.marshal([numbers.range(3, 1), numbers.range(-1, 1), numbers.range_step(0, 5, 2), numbers.range_step(5, 0, 5), numbers.range(2, 2)])";
    let policies = vec![policy("p.rego", &format!("package main\n{given}"))];
    let told = "Denied [[3,2,1],[-1,0,1],[0,2,4],[5,0],[2]] (p.rego)";
    assert_eq!(said(policies, &every::plan().0), [told]);
    for (call, reason) in [
        ("numbers.range(0, 1000000)", "the range has more than 1000000 numbers"),
        (
            "numbers.range(-9223372036854775808, 9223372036854775807)",
            "the range has more than 1000000 numbers",
        ),
        ("numbers.range_step(1, 5, 0)", "the step of a range is more than 0"),
        ("numbers.range(1, 2.5)", "a range is between whole numbers"),
    ] {
        let message = failed(&format!("deny contains \"x\" if {{ count({call}) > 0 }}"), AMPLE);
        assert!(message.ends_with(&format!("cannot be evaluated: {reason}")), "{message}");
    }
}

#[test]
fn five_thousand_changes_are_within_what_a_policy_may_cost() {
    let (plan, _) = every::plan();
    let first = plan.changes.first().unwrap().clone();
    let named = |index: usize| {
        let name = wawpform::instance::Name::new(&format!("n-{index:04}")).unwrap();
        wawpform::plan::Change { name, ..first.clone() }
    };
    let many = Plan { changes: (0..5_000).map(named).collect(), ..plan };
    let text = "package main\ndeny contains msg if { some it in input.resource_changes; msg := sprintf(\"%s %v\", [it.index, it.change.actions]) }";
    let found = asked(vec![policy("p.rego", text)], &many, Budget { steps: 500_000, ..AMPLE }).unwrap();
    assert_eq!(found.len(), 5_000);
}
