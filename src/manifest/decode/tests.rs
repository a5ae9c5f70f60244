//! The typed reading agrees with the table of the schema, and is not lenient where YAML readers usually are.

use super::*;
use crate::manifest::schema::{
    ACCEPTED_DRIFT, ACCOUNT, Block, DEFAULTS, GUARDS, INSTANCE, MANIFEST, RETRIES, WEBHOOK,
};

fn error(text: &str) -> String {
    serde_yaml::from_str::<Root>(text).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_typed_reading_knows_exactly_the_fields_of_the_table() {
    let cases: [(&Block, &str); 8] = [
        (&MANIFEST, "zz: 1"),
        (&ACCOUNT, "account: {zz: 1}"),
        (&GUARDS, "guards: {zz: 1}"),
        (&DEFAULTS, "defaults: {zz: 1}"),
        (&INSTANCE, "instances: {a: {zz: 1}}"),
        (&WEBHOOK, "instances: {a: {webhooks: [{zz: 1}]}}"),
        (&ACCEPTED_DRIFT, "accepted_drift: [{zz: 1}]"),
        (&RETRIES, "instances: {a: {webhooks: [{retries: {zz: 1}}]}}"),
    ];
    for (block, text) in cases {
        let names: Vec<String> = block.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let expected = match names.as_slice() {
            [one] => format!("expected {one}"),
            [one, two] => format!("expected {one} or {two}"),
            many => format!("expected one of {}", many.join(", ")),
        };
        let got = error(text);
        assert!(
            got.ends_with(&expected) || got.contains(&format!("{expected} at")),
            "{text}: {got} / {expected}"
        );
    }
}

#[test]
fn equal_keys_are_refused_at_every_level() {
    for text in [
        "fleet: a\nfleet: a",
        "instances: {a: {}, a: {}}",
        "instances: {a: {protect: true, protect: true}}",
        "instances: {a: {labels: {x: y, x: y}}}",
        "instances: {a: {webhooks: [{url: x, url: x, events: [m]}]}}",
        "accepted_drift: []\naccepted_drift: []",
        "accepted_drift: [{name: a, class: gone, reason: x, until: 2026-12-31, name: a}]",
    ] {
        assert_ne!(error(text), "", "{text}");
    }
}

#[test]
fn a_text_is_a_text_and_nothing_is_nothing() {
    for text in [
        "fleet: 1",
        "fleet: ~",
        "fleet:",
        "fleet: true",
        "instances: {a: {running: yes}}",
        "instances: {a: {running: \"true\"}}",
        "instances: {a: {labels: {x: 0.1}}}",
        "instances: {a: {labels: }}",
        "released:",
        "account: {max_instances: -1}",
        "account: {max_instances: \"1\"}",
        "account: {max_instances: 4294967296}",
        "fleet: !mine a",
        "",
        "~",
        "a",
        "[a]",
    ] {
        assert_ne!(error(text), "", "{text}");
    }
    for text in
        ["instances:", "instances: ~", "instances: {a: , b: ~, c: {}}", "fleet: !!str 1", "fleet: 'null'"]
    {
        assert_eq!(error(text), "", "{text}");
    }
}
