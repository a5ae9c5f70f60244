//! Every mistake in `examples/broken`, line by line: what the reader refuses the schema refuses, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use wawpform::manifest::{Severity, Variables, load};

use super::editor::{Editor, documents};
use super::marks::lines;
use super::{manifests, source};

/// What only `wawpform validate` says: the file, the lines, and why a schema cannot know.
const LEFT: &[(&str, &[usize], &str)] = &[
    ("accepted-drift", &[8, 12], "whether an instance of that name is there, in any file"),
    ("accepted-drift", &[16], "what is released, in any file"),
    ("accepted-drift", &[25], "that a class is accepted in another entry already"),
    ("limits-and-guards", &[4], "how many instances there are in all files"),
    ("missing-fleet", &[1], "that no other file says which fleet it is"),
    ("renames-and-adoptions", &[5], "that two texts are equal"),
    ("renames-and-adoptions", &[7], "which instances there are in all files"),
    ("renames-and-adoptions", &[12, 16], "that another instance says the same"),
    ("renames-and-adoptions", &[18], "what is released, in any file"),
    ("webhooks", &[10], "that two webhooks of an instance have one URL"),
    ("webhooks", &[16], "what a URL holds"),
    ("webhooks", &[18], "where a URL leads to"),
];

/// What no schema sees, because a reader of YAML refuses it or takes it for something else.
const OF_YAML: &[(&str, &str)] = &[
    ("alias-bomb", "it is not expanded"),
    ("duplicates", "a key is there twice"),
    ("empty", "there is no document"),
    ("syntax-error", "it is no YAML"),
    ("tab-indentation", "it is no YAML"),
    ("two-documents", "an editor looks at each document by itself"),
];

#[test]
fn every_mistake_of_the_broken_examples_is_seen_in_the_editor_or_listed_as_left_to_validate() {
    let editor = Editor::new(&Variables::default());
    let mut wrong = Vec::new();
    for name in manifests("examples/broken") {
        let stem = name.trim_start_matches("examples/broken/").trim_end_matches(".yaml").to_owned();
        if OF_YAML.iter().any(|(file, _)| *file == stem) {
            continue;
        }
        let sources = [source(&name)];
        let found = load(&sources).unwrap_err();
        let errors = found.iter().filter(|one| one.severity == Severity::Error);
        let refused: BTreeSet<usize> = errors.map(|one| one.place.line).collect();
        let text = sources[0].text();
        let lines = lines(&text);
        let mut objected: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for value in documents(&text).unwrap() {
            for objection in editor.objections(&value) {
                let at = lines.get(&objection.path).unwrap_or_else(|| panic!("{name}: {objection:?}"));
                // The reader points at the key or at the value, whichever is wrong.
                let line = at.iter().find(|line| refused.contains(line)).unwrap_or(&at[0]);
                objected.entry(*line).or_default().push(objection.says);
            }
        }
        let left = LEFT.iter().filter(|(file, ..)| *file == stem);
        let left: BTreeSet<usize> = left.flat_map(|(_, lines, _)| lines.iter().copied()).collect();
        let seen: BTreeSet<usize> = objected.keys().copied().collect();
        let missed: Vec<&usize> = refused.difference(&seen).filter(|line| !left.contains(line)).collect();
        let needless: Vec<_> = objected.iter().filter(|(line, _)| !refused.contains(line)).collect();
        let known: Vec<&usize> =
            left.iter().filter(|line| seen.contains(line) || !refused.contains(line)).collect();
        if !(missed.is_empty() && needless.is_empty() && known.is_empty()) {
            wrong.push(format!("{stem}: missed {missed:?}, refused alone {needless:?}, not left {known:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_schema_sees_is_refused_by_yaml_or_is_right_document_by_document() {
    let editor = Editor::new(&Variables::default());
    for (file, why) in OF_YAML {
        let name = format!("examples/broken/{file}.yaml");
        assert!(load(&[source(&name)]).is_err());
        let accepted = editor.accepts(&source(&name).text());
        assert_eq!(accepted == Some(true), *file == "two-documents", "{file}: {why}");
    }
}
