//! Laws of reading a manifest: what is written is what is desired, however it is written; order does not
//! matter; a key that is there twice is never overlooked; both readings always agree; and what they accept, the JSON
//! Schema accepts.

// The lints let only functions marked as tests fail loudly; what tests share may too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "manifest_laws/attributes.rs"]
mod attributes;
#[path = "schema/editor.rs"]
mod editor;
#[path = "manifest_laws/model.rs"]
mod model;
#[path = "manifest_laws/scalars.rs"]
mod scalars;
#[path = "manifest_laws/yaml.rs"]
mod yaml;

use std::sync::LazyLock;

use editor::Editor;
use model::Fleet;
use proptest::prelude::*;
use scalars::{Text, scalar, splinter};
use wawpform::manifest::{Diagnostic, Loaded, Severity, Source, Variables, load, load_with_marks};
use wawpform::render::diagnostics::{github, human, json};
use yaml::Y;

static EDITOR: LazyLock<Editor> = LazyLock::new(|| Editor::new(&Variables::default()));

fn load_one(text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    load(&[Source::new("m.yaml", text)])
}

fn errors(wrong: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    wrong.iter().filter(|one| one.severity == Severity::Error)
}

/// Both readings say the same; whatever they say can be shown, and lies within its source.
fn agree(sources: &[Source]) -> Result<(), TestCaseError> {
    let first = load(sources);
    let second = load_with_marks(sources);
    match (&first, &second) {
        (Ok(first), Ok(second)) => {
            prop_assert_eq!(first, second);
            for source in sources {
                // A key that is `<<` in quotes is a merge to the reader that an editor has here, and no YAML then.
                let text = source.text();
                prop_assert_ne!(EDITOR.accepts(&text), Some(false), "{}", text);
            }
        }
        (Err(first), Err(_)) => {
            prop_assert!(errors(first).count() > 0);
            for one in first {
                let text = sources[one.place.source].text();
                prop_assert!(one.place.line <= text.lines().count() + 1, "{one:?}");
                prop_assert!(one.place.line >= 1 && one.place.column >= 1, "{one:?}");
            }
            let page = human(first, sources, true, 80);
            prop_assert!(page.contains("error"));
            prop_assert_eq!(github(first).lines().count(), first.len());
            let list: serde_json::Value = serde_json::from_str(&json(first)).unwrap();
            prop_assert_eq!(list.as_array().map(Vec::len), Some(first.len()));
        }
        // The parsers under the two readings differ in what they let pass as syntax, never in what it means:
        // what only the second accepts is refused in the words of the first.
        (Ok(_), Err(second)) => {
            let syntax = |one: &Diagnostic| one.message.starts_with("this is not valid YAML");
            prop_assert!(errors(second).all(syntax), "{}\n{second:#?}", sources[0].text());
        }
        (Err(first), Ok(_)) => {
            let refused = |one: &Diagnostic| one.message.starts_with("this cannot be read");
            prop_assert!(errors(first).all(refused), "{}\n{first:#?}", sources[0].text());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_valid_manifest_loads_to_what_it_says_however_it_is_written(fleet in model::fleet(), turn in 0_usize..50) {
        let tree = fleet.tree().turned(turn);
        for text in [tree.block_yaml(), tree.json(), tree.quoted_yaml(), tree.lines().0] {
            match load_one(&text) {
                Ok(loaded) => {
                    prop_assert_eq!(&loaded.desired, &fleet.desired(), "{}", text);
                    prop_assert_eq!(loaded.warnings.len(), fleet.warnings(), "{}", text);
                }
                Err(wrong) => prop_assert!(false, "{text}\n{wrong:#?}"),
            }
            agree(&[Source::new("m.yaml", text)])?;
        }
    }

    #[test]
    fn neither_the_order_of_files_nor_what_is_in_which_matters(
        fleet in model::fleet(), files in 1_usize..5, turn in 0_usize..50, spread in any::<u64>()
    ) {
        let mut sources = fleet.split(files, spread);
        for _ in 0..2 {
            let named: Vec<Source> = sources
                .iter()
                .enumerate()
                .map(|(index, tree)| Source::new(format!("{index}.yaml"), tree.turned(turn).block_yaml()))
                .collect();
            match load(&named) {
                Ok(loaded) => prop_assert_eq!(loaded.desired, fleet.desired()),
                Err(wrong) => prop_assert!(false, "{}", human(&wrong, &named, false, 100)),
            }
            agree(&named)?;
            sources.reverse();
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_an_error_at_its_second_place(fleet in model::fleet(), which in any::<prop::sample::Index>()) {
        let mut tree = fleet.tree();
        let which = which.index(tree.keys());
        tree.repeat(which);
        let (text, place) = tree.lines();
        let place = place.unwrap();
        let wrong = load_one(&text).unwrap_err();
        let found = wrong.iter().any(|one| {
            one.message.contains("twice") && (one.place.line, one.place.column) == place && one.related.len() == 1
        });
        prop_assert!(found, "{text}\nat {place:?}: {wrong:#?}");
    }

    #[test]
    fn any_scalar_in_any_field_means_the_same_to_both_readings(scalar in scalar(), quoted in any::<bool>()) {
        let accepted = |name: &str, class: &str, reason: &str, until: &str| {
            format!(
                "fleet: f\ninstances:\n  a: {{}}\naccepted_drift:\n  - name: {name}\n    class: {class}\n    \
                 reason: {reason}\n    until: {until}\n"
            )
        };
        let hook = |url: &str, event: &str, delay: &str, hmac: &str| {
            format!(
                "fleet: f\ninstances:\n  a:\n    webhooks:\n      - url: {url}\n        events:\n          - {event}\n        \
                 retries:\n          delay: {delay}\n        hmac_env: {hmac}\n"
            )
        };
        let scalar = if quoted { format!("'{}'", scalar.replace('\'', "''")) } else { scalar };
        for text in [
            format!("fleet: {scalar}\n"),
            format!("fleet: f\naccount: {{max_instances: {scalar}}}\n"),
            format!("fleet: f\nguards:\n  max_deletes: {scalar}\n"),
            format!("fleet: f\ninstances:\n  a:\n    labels: {{k: {scalar}}}\n"),
            format!("fleet: f\ninstances:\n  a:\n    running: {scalar}\n"),
            format!("fleet: f\ninstances:\n  a: {scalar}\n"),
            format!("fleet: f\ninstances: {scalar}\n"),
            format!("fleet: f\nreleased:\n  - {scalar}\n"),
            format!("fleet: f\ninstances:\n  {scalar}: {{}}\n"),
            format!("fleet: f\ninstances:\n  a:\n    adopt: {scalar}\n"),
            format!("fleet: f\naccepted_drift: {scalar}\n"),
            format!("fleet: f\naccepted_drift:\n  - {scalar}\n"),
            accepted(&scalar, "policy", "why", "2026-12-31"),
            accepted("a", &scalar, "why", "2026-12-31"),
            accepted("a", &format!("\n      - {scalar}"), "why", "2026-12-31"),
            accepted("a", "policy", &scalar, "2026-12-31"),
            accepted("a", "policy", "why", &scalar),
            hook(&scalar, "message", "2", "WAWP_HOOK"),
            hook("https://x.example.com/", &scalar, "2", "WAWP_HOOK"),
            hook("https://x.example.com/", "message", &scalar, "WAWP_HOOK"),
            hook("https://x.example.com/", "message", "2", &scalar),
        ] {
            agree(&[Source::new("m.yaml", text)])?;
        }
    }

    #[test]
    fn no_text_brings_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a-c:{}\\[\\],&*!|>'\"%@` \n#?-]{0,60}") {
        agree(&[Source::new("m.yaml", bytes)])?;
        agree(&[Source::new("m.yaml", text)])?;
    }

    #[test]
    fn a_mutated_manifest_is_read_or_refused_the_same_way_twice(
        fleet in model::fleet(),
        block in any::<bool>(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), splinter(), any::<bool>()), 1..4)
    ) {
        let mut text = if block { fleet.tree().block_yaml() } else { fleet.tree().lines().0 };
        for (at, splinter, replace) in mutations {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let start = places[at.index(places.len())];
            let end = if replace { text[start..].chars().next().map_or(start, |c| start + c.len_utf8()) } else { start };
            text.replace_range(start..end, &splinter);
        }
        agree(&[Source::new("m.yaml", text)])?;
    }
}

#[test]
fn the_model_can_write_what_it_means() {
    let label = |text: &str| Text::from(text);
    let fleet = Fleet::example(label("0042"), label("yes: # no"));
    let text = fleet.tree().block_yaml();
    assert_eq!(load_one(&text).unwrap().desired, fleet.desired(), "{text}");
    assert_eq!(Y::Null.json(), "null");
}
