//! The JSON Schema of the manifest, held against the reader: by another's validator on every example, and line by line.
//!
//! `BLESS=1 cargo test --test schema` writes the schema anew into tests/golden.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

mod broken;
mod check_jsonschema;
mod editor;
mod laws;
mod marks;
#[path = "../tools/mod.rs"]
mod tools;

use std::fs;
use std::path::Path;

use editor::{Editor, documents};
use wawpform::instance::{EVENTS, FREE_POLICIES};
use wawpform::manifest::schema::{
    ACCEPTED_DRIFT, ACCOUNT, Block, DEFAULTS, Field, GUARDS, INSTANCE, MANIFEST, MANIFEST_EXAMPLE, RETRIES,
    WEBHOOK, json_schema,
};
use wawpform::manifest::{Loaded, Source, Variables, load};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The YAML files of a folder below the project, sorted.
fn manifests(folder: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(folder)).unwrap();
    let mut names: Vec<String> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    names.sort();
    names
}

/// Every example that is right.
fn examples() -> Vec<String> {
    ["examples", "examples/multi-tenant-saas", "examples/adoption"].into_iter().flat_map(manifests).collect()
}

fn source(name: &str) -> Source {
    Source::new(name, fs::read(root().join(name)).unwrap())
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let path = root().join("tests/golden/manifest.schema.json");
    let schema = json_schema(&Variables::default()).unwrap();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), schema, "BLESS=1 accepts it");
}

#[test]
fn every_example_is_right_to_the_schema_as_it_is_to_the_reader() {
    let editor = Editor::new(&Variables::default());
    assert!(examples().len() >= 8);
    for name in examples() {
        for value in documents(&source(&name).text()).unwrap() {
            assert_eq!(editor.objections(&value), [], "{name}");
        }
    }
}

#[test]
fn variables_that_are_allowed_are_allowed_by_the_schema_too() {
    let mut variables = Variables::default();
    variables.extend(["CRM_HOOK_SECRET", "ACME_*"].map(|text| text.parse().unwrap()));
    let accepts = |name: &str| {
        let text = format!("account: {{token_env: {name}}}");
        (Editor::new(&Variables::default()).accepts(&text), Editor::new(&variables).accepts(&text))
    };
    assert_eq!(accepts("WAWP_X"), (Some(true), Some(true)));
    assert_eq!(accepts("CRM_HOOK_SECRET"), (Some(false), Some(true)));
    assert_eq!(accepts("ACME_X"), (Some(false), Some(true)));
    assert_eq!(accepts("CRM_HOOK_SECRET_2"), (Some(false), Some(false)));
    assert_eq!(accepts("\"ACME_X-\""), (Some(false), Some(false)));
}

#[test]
fn a_manifest_without_a_fleet_is_a_file_of_one() {
    let editor = Editor::new(&Variables::default());
    assert_eq!(editor.accepts("instances: {acme-sales: }"), Some(true));
    assert_eq!(editor.accepts("fleet: acme\ninstances:\n"), Some(true));
    assert_eq!(editor.accepts("fleet:\n"), Some(false));
    assert_eq!(editor.accepts("~"), Some(false));
}

/// Blocks, each with how a manifest holds one of its fields.
const BLOCKS: [(&Block, &str); 8] = [
    (&MANIFEST, "FIELD"),
    (&ACCOUNT, "account: {FIELD}"),
    (&GUARDS, "guards: {FIELD}"),
    (&DEFAULTS, "defaults: {FIELD}"),
    (&INSTANCE, "instances: {acme-x: {FIELD}}"),
    (&WEBHOOK, "instances: {acme-x: {webhooks: [{FIELD}]}}"),
    (
        &RETRIES,
        "instances: {acme-x: {webhooks: [{retries: {FIELD}, url: 'https://x.example', events: [message]}]}}",
    ),
    (&ACCEPTED_DRIFT, "instances: {acme-sales: }\naccepted_drift: [{FIELD}]"),
];

#[test]
fn every_example_in_the_schema_is_accepted_by_schema_and_reader() {
    let editor = Editor::new(&Variables::default());
    let mut count = 0;
    for (block, around) in BLOCKS {
        for Field { name, examples, .. } in block.fields {
            for example in *examples {
                let others = block.fields.iter().filter(|field| field.required && field.name != *name);
                let others: String =
                    others.map(|field| format!(", {}: {}", field.name, field.examples[0])).collect();
                let mut text = around.replace("FIELD", &format!("{name}: {example}{others}"));
                if *name != "fleet" {
                    text += "\nfleet: acme";
                }
                if let Err(wrong) = load(&[Source::new("m.yaml", text.as_str())]) {
                    panic!("{text}: {wrong:#?}");
                }
                assert_eq!(editor.accepts(&text), Some(true), "{text}");
                count += 1;
            }
        }
    }
    assert!(count > 15, "{count}");
    let Loaded { desired, warnings } = load(&[Source::new("m.yaml", MANIFEST_EXAMPLE)]).unwrap();
    assert!(desired.instances.len() == 2 && warnings.is_empty());
    for policy in FREE_POLICIES {
        let text = format!(
            "fleet: acme\ninstances: {{a: {{rate_limit: {policy}, webhooks: [{{url: 'https://x.example', events: {EVENTS:?}}}]}}}}"
        );
        assert!(load(&[Source::new("m.yaml", text.as_str())]).unwrap().warnings.is_empty(), "{text}");
        assert_eq!(editor.accepts(&text), Some(true), "{text}");
    }
    // None was left out because it could not be read. Beside those of the fields there are the manifest's, the events
    // and the policies.
    let schema = json_schema(&Variables::default()).unwrap();
    let written = schema.matches("\"examples\"").count();
    let fields = |block: &Block| block.fields.iter().filter(|field| !field.examples.is_empty()).count();
    assert_eq!(written, BLOCKS.iter().map(|(block, _)| fields(block)).sum::<usize>() + 3);
}

#[test]
fn what_counts_when_a_field_is_absent_is_what_the_reader_takes() {
    let editor = Editor::new(&Variables::default());
    let read = |text: &str| load(&[Source::new("m.yaml", format!("fleet: acme\n{text}"))]).unwrap().desired;
    let mut count = 0;
    for (block, around) in BLOCKS {
        for Field { name, absent, .. } in block.fields {
            let Some(absent) = absent else { continue };
            let written = match absent {
                wawpform::manifest::schema::Absent::Flag(flag) => flag.to_string(),
                wawpform::manifest::schema::Absent::Count(count) => count.to_string(),
                wawpform::manifest::schema::Absent::Percent(percent) => format!("{percent}%"),
                wawpform::manifest::schema::Absent::Text(text) => (*text).to_owned(),
            };
            let (with, without) =
                (around.replace("FIELD", &format!("{name}: {written}")), around.replace("FIELD", ""));
            assert_eq!(editor.accepts(&with), Some(true), "{with}");
            let (mut with, without) = (read(&with), read(&without));
            // That `defaults` says it is kept, too; what it comes to is compared.
            with.defaults = without.defaults.clone();
            assert_eq!(with, without, "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 6);
}
