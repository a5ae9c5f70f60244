//! A state that is damaged, foreign or not ours at all: every command refuses it, says where and what to do,
//! calls nothing, and leaves every file as it was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wawpform::instance::Name;
use wawpform::state::journal::encode_batch;
use wawpform::state::{Document, Lineage, Record};

use super::scene::Scene;

/// Every command that reads the state; `import` would bind the name that is not recorded yet.
const COMMANDS: [&str; 10] = [
    "plan",
    "apply --auto-approve",
    "destroy --auto-approve",
    "import c 3EB0BCB2E3D4",
    "forget a",
    "state list",
    "state show a",
    "state mv a z",
    "output",
    "show",
];

/// What a state of Terraform looks like.
const TERRAFORM: &str = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 3,
 "lineage": "0b5e", "outputs": {}, "resources": []}"#;

type Change = Box<dyn Fn(&Document, Vec<u8>) -> Vec<u8>>;

fn text(change: impl Fn(String) -> String + 'static) -> Change {
    Box::new(move |_, bytes| {
        let before = String::from_utf8(bytes).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after);
        after.into_bytes()
    })
}

fn instead(other: &'static [u8]) -> Change {
    Box::new(move |_, _| other.to_vec())
}

/// What is done to the document, and what the refusal must hold.
fn documents() -> Vec<(&'static str, Change)> {
    vec![
        ("it is empty", instead(b"")),
        ("line 1, column 1: not JSON", instead(&[0; 300])),
        ("line 1, column 1: not JSON", instead(b"\x7fELF\x02\x01\x01\0")),
        ("not JSON: EOF", text(|all| all[..all.len() / 2].to_owned())),
        ("unknown field `version`", instead(TERRAFORM.as_bytes())),
        ("expected a state document", instead(b"[]\n")),
        ("expected a state document", instead(b"\"state\"\n")),
        ("missing field `format`", instead(b"{}\n")),
        ("not JSON: key must be a string", text(|all| all.replacen("{\n", "{\n<<<<<<< HEAD\n", 1))),
        ("format 9; this one reads up to 1", text(|all| all.replacen("\"format\": 1", "\"format\": 9", 1))),
        ("format 0 is not known", text(|all| all.replacen("\"format\": 1", "\"format\": 0", 1))),
        ("unknown field `token`", text(|all| all.replacen("\"api\"", "\"token\": \"x\", \"api\"", 1))),
        ("duplicate field `serial`", text(|all| all.replacen("\"serial\"", "\"serial\": 1, \"serial\"", 1))),
        ("`b` is there twice", text(|all| all.replacen("\"a\": {", "\"b\": {", 1))),
        (
            "have the same instance_id",
            Box::new(|document, bytes| {
                let id = |name: &str| document.instances[&key(name)].instance_id.to_string();
                String::from_utf8(bytes).unwrap().replace(&id("a"), &id("b")).into_bytes()
            }),
        ),
        ("is the state of the fleet `other`", text(|all| all.replacen("\"acme\"", "\"other\"", 1))),
    ]
}

/// What is done to a journal of two lines that continues the document.
fn journals() -> Vec<(&'static str, Change)> {
    vec![
        ("line 1: it does not end in a checksum", instead(b"rubbish\n")),
        ("line 1: it does not end in a checksum", instead(&[b'\n'; 3])),
        ("line 1: it does not end in a checksum", instead(b"{\"version\": 4}\n")),
        (
            "line 1: its checksum does not fit",
            text(|all| all.replacen("\"value\":\"1\"", "\"value\":\"7\"", 1)),
        ),
        (
            "line 2: its checksum does not fit",
            text(|all| all.replacen("\"value\":\"2\"", "\"value\":\"7\"", 1)),
        ),
        ("line 1: batch 1 should stand here", text(|all| all.split_inclusive('\n').skip(1).collect())),
        (
            "line 2: batch 2 should stand here",
            text(|all| {
                let first = all.split_inclusive('\n').next().unwrap();
                [first, &all].concat()
            }),
        ),
        ("journal format 2", instead(b"{\"journal\":2,\"shards\":[]}\n")),
        ("line 3: it does not end in a checksum", text(|all| all + "\n")),
        (
            "the journal continues the lineage ffff",
            Box::new(|document, _| {
                encode_batch(&Lineage("ffff".to_owned()), document.serial, 1, &[described("1")])
            }),
        ),
        (
            "it is not the document that this journal was written for",
            Box::new(|document, _| {
                encode_batch(&document.lineage, document.serial + 1, 1, &[described("1")])
            }),
        ),
        (
            "`zz`, which is not recorded",
            Box::new(|document, _| {
                let unknown = Record::Deleted { name: key("zz") };
                encode_batch(&document.lineage, document.serial, 1, &[unknown])
            }),
        ),
    ]
}

fn key(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn described(value: &str) -> Record {
    let labels = [("value".to_owned(), value.to_owned())].into();
    Record::Described { name: key("a"), labels, protect: false }
}

/// Two recorded instances, and beside the document a journal as a killed run leaves it.
fn cut_off() -> (Scene, Vec<u8>, Vec<u8>) {
    let scene = Scene::new("faults: []");
    scene.manifest("defaults: {running: false}\ninstances: {a: {}, b: {}}\n");
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    scene.manifest("defaults: {running: false}\ninstances: {a: {}, b: {}, c: {}}\n");
    scene.sandbox.clear_log();
    let document = scene.document().unwrap();
    let lines = [(1, "1"), (2, "2")]
        .map(|(number, value)| encode_batch(&document.lineage, document.serial, number, &[described(value)]));
    let bytes = std::fs::read(scene.path("state/acme.json")).unwrap();
    (scene, bytes, lines.concat())
}

fn files(scene: &Scene) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(scene.path("state")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Every command refuses for this reason, and touches nothing.
fn assert_refused(scene: &Scene, words: &str) {
    let before = files(scene);
    std::thread::scope(|scope| {
        for command in COMMANDS {
            let before = &before;
            scope.spawn(move || {
                let words_of_command: Vec<&str> =
                    command.split(' ').chain(["--lock-timeout", "60s"]).collect();
                let ran = scene.run(&words_of_command);
                let what = format!("{command} where `{words}`");
                ran.assert_refused_with_a_way_out(&what);
                assert!(ran.err.contains(words), "{what}: {}", ran.err);
                assert!(ran.err.contains("state/acme.json"), "{what}: {}", ran.err);
                assert_eq!(ran.out, "", "{what}");
                let changed = |path: &&PathBuf| !path.ends_with("acme.json.lock");
                let after = files(scene);
                assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{what}");
                for path in before.keys().filter(changed) {
                    assert_eq!(after[path], before[path], "{what}: {}", path.display());
                }
            });
        }
    });
    assert_eq!(files(scene), before);
    assert!(scene.sandbox.log().is_empty(), "{words}: something was called");
}

#[test]
fn every_command_refuses_a_document_that_cannot_be_used_and_leaves_it_alone() {
    let (scene, document, _) = cut_off();
    let decoded = Document::decode(&document).unwrap();
    for (words, change) in documents() {
        std::fs::write(scene.path("state/acme.json"), change(&decoded, document.clone())).unwrap();
        assert_refused(&scene, words);
    }
    // As it was, everything goes on.
    std::fs::write(scene.path("state/acme.json"), document).unwrap();
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
}

#[test]
fn every_command_refuses_a_journal_that_cannot_be_used_and_leaves_it_alone() {
    let (scene, document, journal) = cut_off();
    let decoded = Document::decode(&document).unwrap();
    for (words, change) in journals() {
        std::fs::write(scene.path("state/acme.json.journal"), change(&decoded, journal.clone())).unwrap();
        assert_refused(&scene, words);
    }
    // A journal that has lost its document.
    std::fs::write(scene.path("state/acme.json.journal"), &journal).unwrap();
    std::fs::remove_file(scene.path("state/acme.json")).unwrap();
    assert_refused(&scene, "there is a journal, but the document that it continues is gone");
    std::fs::write(scene.path("state/acme.json"), document).unwrap();
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
}

#[test]
fn a_place_that_was_named_is_looked_into_whosever_fleet_it_is_and_never_written_for_another() {
    let (scene, document, _) = cut_off();
    let other = String::from_utf8(document).unwrap().replacen("\"acme\"", "\"other\"", 1);
    std::fs::write(scene.path("other.json"), &other).unwrap();
    for command in [&["state", "list", "--state", "other.json"][..], &["output", "--state", "other.json"]] {
        assert_eq!(scene.run(command).code, 0, "{command:?}");
    }
    for command in COMMANDS.iter().filter(|it| !it.starts_with("state l") && !it.starts_with("state s")) {
        if ["output", "show"].contains(command) {
            continue;
        }
        let words: Vec<&str> = command.split(' ').chain(["--state", "other.json"]).collect();
        let ran = scene.run(&words);
        ran.assert_refused_with_a_way_out(command);
        assert!(ran.err.contains("is the state of the fleet `other`"), "{command}: {ran:?}");
    }
    assert_eq!(std::fs::read_to_string(scene.path("other.json")).unwrap(), other);
    assert!(scene.sandbox.log().is_empty());
}
