//! The rules of accepted drift: of whom, of what, until when, and over all files.

use wawpform::manifest::{AcceptedDrift, load};

use super::{desired, loaded, sources, wrong};

/// Two instances, one that was renamed and one that is released; the lines of the accepted drifts begin with 5.
fn accepting(entries: &str) -> String {
    format!(
        "fleet: f\ninstances: {{acme-sales: , acme-support: {{previously: acme-helpdesk}}}}\nreleased: [acme-shop]\n\
         accepted_drift:\n{entries}"
    )
}

#[test]
fn accepted_drifts_of_all_files_are_one_list_in_the_order_of_names() {
    let first = accepting(
        "  - {name: acme-support, class: policy, reason: by hand, until: 2026-12-31}\n  - name: acme-sales\n    \
         class: [stopped, gone]\n    reason: 'ticket 12: later'\n    until: \"2028-02-29\"\n",
    );
    let second =
        "accepted_drift:\n- {name: acme-support, class: [phone], reason: x, until: !!timestamp 2026-06-30}\n";
    for texts in [[first.as_str(), second], [second, first.as_str()]] {
        let accepted = loaded(&texts).desired.accepted_drift;
        let shown: Vec<String> = accepted
            .iter()
            .map(|AcceptedDrift { name, classes, reason, until }| {
                let classes: Vec<&str> = classes.iter().map(|class| class.as_word()).collect();
                format!("{name} {} {until} {reason}", classes.join("+"))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "acme-sales gone+stopped 2028-02-29 ticket 12: later",
                "acme-support policy 2026-12-31 by hand",
                "acme-support phone 2026-06-30 x",
            ]
        );
    }
    assert!(desired("fleet: f\naccepted_drift: []\n").accepted_drift.is_empty());
    assert_eq!(wrong(&["fleet: f\naccepted_drift:\n"]).len(), 1);
}

#[test]
fn an_accepted_drift_is_of_an_instance_that_is_here_and_of_a_class_once() {
    let texts = [
        accepting(
            "- {name: acme-sale, class: gone, reason: x, until: 2026-12-31}\n\
             - {name: acme-helpdesk, class: gone, reason: x, until: 2026-12-31}\n\
             - {name: acme-shop, class: gone, reason: x, until: 2026-12-31}\n\
             - {name: Acme, class: goner, reason: ' ', until: later}\n\
             - {name: acme-sales, class: [gone, policy, gone], reason: x, until: 2026-12-31}\n",
        ),
        "accepted_drift: [{name: acme-sales, class: policy, reason: y, until: 2027-12-31}]\n".to_owned(),
    ];
    let texts = texts.each_ref().map(String::as_str);
    assert_eq!(
        wrong(&texts),
        [
            "0:5:10 `acme-sale` is no instance of this manifest",
            "0:6:10 `acme-helpdesk` is no instance of this manifest",
            "0:7:10 `acme-shop` is released, so there is no drift of it to accept (0:3:12)",
            "0:8:10 `Acme` cannot be the name of an instance",
            "0:8:23 `goner` is not a class of drift",
            "0:8:38 `reason` is empty",
            "0:8:50 `later` is not a date",
            "0:9:44 `gone` is accepted twice for `acme-sales` (0:9:30)",
            "1:1:44 `policy` is accepted twice for `acme-sales` (0:9:36)",
        ]
    );
    let hints = load(&sources(&texts)).unwrap_err();
    let hints: Vec<&str> = hints.iter().take(2).filter_map(|one| one.hint.as_deref()).collect();
    assert_eq!(hints, ["did you mean `acme-sales`?", "it is called `acme-support` now: write that name"]);
}

#[test]
fn a_name_is_no_stranger_while_the_file_that_may_have_it_could_not_be_read() {
    let first = "fleet: f\ninstances: {a: }\naccepted_drift: [{name: b, class: gone, reason: x, until: 2026-12-31}]\n";
    let stranger = |second: &str| {
        let found = wrong(&[first, second]);
        assert!(!found.is_empty(), "{second}");
        found.iter().any(|line| line == "0:3:25 `b` is no instance of this manifest")
    };
    for second in [
        "instances: {b: }: x\n",
        "",
        "- b\n",
        "instances: [b]\n",
        "instances: {b: 5}\n",
        "instanses: {b: }\n",
    ] {
        assert!(!stranger(second), "{second}");
    }
    for second in [
        "released: [c]\n",
        "instances: {c: {colour: 1}}\n",
        "instances: {c: 5}\n",
        "instances:\nreleased: 5\n",
    ] {
        assert!(stranger(second), "{second}");
    }
}

#[test]
fn thousands_of_strangers_are_all_reported_but_not_all_compared_with_thousands_of_names() {
    let mut text = String::from("fleet: f\ninstances:\n");
    for index in 0..4_000 {
        text.push_str(&format!("  acme-{index}:\n"));
    }
    text.push_str("accepted_drift:\n");
    for index in 0..4_000 {
        text.push_str(&format!("  - {{name: acmf-{index}, class: gone, reason: x, until: 2026-12-31}}\n"));
    }
    let wrong = load(&sources(&[&text])).unwrap_err();
    assert_eq!(wrong.len(), 4_000);
    let compared = wrong.iter().filter(|one| one.hint.as_ref().unwrap().starts_with("did you mean")).count();
    assert!((1..100).contains(&compared), "{compared}");
}
