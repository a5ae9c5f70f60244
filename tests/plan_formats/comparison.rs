//! `diff` held against `plan`: what it says of two manifests is what a plan says where the old one was just applied.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The examples, all as manifests of one fleet.
const EXAMPLES: [&str; 6] = [
    "quickstart.yaml",
    "crm.yaml",
    "appointment-reminders.yaml",
    "policies-and-webhooks.yaml",
    "multi-tenant-saas",
    "adoption",
];

/// They name sessions that no sandbox has, and webhooks that its free account cannot have.
const NOT_APPLIED: [&str; 2] = ["adoption", "policies-and-webhooks.yaml"];

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    let text = std::fs::read_to_string(from).unwrap();
    let of_one_fleet =
        |line: &str| if line.starts_with("fleet:") { "fleet: one".to_owned() } else { line.to_owned() };
    std::fs::write(to, text.lines().map(of_one_fleet).collect::<Vec<_>>().join("\n")).unwrap();
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        EXAMPLES.iter().for_each(|name| copy(&examples.join(name), &place.0.path().join(name)));
        place
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null()).env_clear();
        command.output().unwrap()
    }

    /// What is to be changed, without what only a state knows.
    fn changes(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--write", "json=-"]].concat());
        // Guards may refuse; that is told as well.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {output:?}");
        let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut changes = document["resource_changes"].take();
        for change in changes.as_array_mut().unwrap() {
            for side in ["before", "after"] {
                for field in ["instance_id", "session_name"] {
                    if change["change"][side].get(field).is_some() {
                        change["change"][side][field] = Value::Null;
                    }
                }
            }
        }
        changes
    }
}

#[test]
fn a_comparison_of_examples_is_the_plan_against_the_sandbox_where_the_old_one_was_applied() {
    let place = Place::new();
    for old in EXAMPLES {
        let state: PathBuf = place.0.path().join("state");
        if !NOT_APPLIED.contains(&old) {
            let applied = place.run(&["apply", "--sandbox", "--auto-approve", "-f", old]);
            assert_eq!(applied.status.code(), Some(0), "{old}: {applied:?}");
        }
        for new in EXAMPLES {
            let compared = place.changes(&["diff", old, new]);
            assert_eq!(compared.as_array().unwrap().is_empty(), old == new, "{old} {new}");
            if !NOT_APPLIED.contains(&old) {
                assert_eq!(compared, place.changes(&["plan", "--sandbox", "-f", new]), "{old} {new}");
            }
        }
        if state.exists() {
            std::fs::remove_dir_all(state).unwrap();
        }
    }
}
