//! What must hold of every pipeline as a text: pins, rights, limits of time, and nobody's text in a script.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::runner::yaml;

/// The actions that may be used, as public workflows pin them.
const ACTIONS: [(&str, &str); 3] = [
    ("actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5.0.0"),
    ("actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
    ("actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093", "v4.3.0"),
];

/// The most that a job may do, by file and job. Nothing else is granted anywhere.
const RIGHTS: [(&str, &str, &str); 8] = [
    ("wawpform-plan.yml", "plan", r#"{"contents":"read","pull-requests":"write"}"#),
    ("wawpform-apply.yml", "plan", r#"{"contents":"read","pull-requests":"read"}"#),
    ("wawpform-apply.yml", "apply", r#"{"contents":"read"}"#),
    ("wawpform-apply-git.yml", "plan", r#"{"contents":"read","pull-requests":"read"}"#),
    ("wawpform-apply-git.yml", "apply", r#"{"contents":"write"}"#),
    ("wawpform-drift.yml", "drift", r#"{"contents":"read","issues":"write"}"#),
    ("wawpform-fork-plan.yml", "plan", r#"{"contents":"read"}"#),
    (
        "wawpform-fork-comment.yml",
        "comment",
        r#"{"actions":"read","contents":"read","pull-requests":"write"}"#,
    ),
];

/// The folder of the pipelines.
pub fn ci() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci")
}

/// The folder of what this repository itself does at GitHub.
pub fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github")
}

/// The files of a folder with an ending, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(ci().join(folder)).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<_> = entries.filter(|it| it.to_str().unwrap().ends_with(ending)).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} is empty");
    files
}

fn workflows() -> Vec<(String, Value)> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files("github/workflows", ".yml").iter().map(|path| (name(path), yaml(path))).collect()
}

/// Every step of every workflow, with where it stands.
pub fn steps() -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for (file, workflow) in workflows() {
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            let steps = body["steps"].as_array().unwrap();
            out.extend(steps.iter().map(|step| (format!("{file}, {job}"), step.clone())));
        }
    }
    out
}

/// That a mapping has no key but these.
#[track_caller]
pub fn keys(mapping: &Value, known: &[&str]) {
    for key in mapping.as_object().unwrap().keys() {
        assert!(known.contains(&key.as_str()), "{key} is not known: {mapping}");
    }
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_which_version_that_is() {
    let mut count = 0;
    for path in files("github/workflows", ".yml") {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some((_, uses)) = line.split_once("uses: ") else { continue };
            let (action, version) = uses.split_once(" # ").unwrap_or_else(|| panic!("{path:?}: {line}"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit()), "{line}");
            assert!(ACTIONS.contains(&(action, version)), "{path:?}: {line}");
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn every_job_has_the_rights_it_needs_and_no_others() {
    let mut found = Vec::new();
    for (file, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{file}: nothing at the top");
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            found.push((file.clone(), job.clone(), body["permissions"].to_string()));
        }
    }
    let mut expected = RIGHTS.map(|(file, job, rights)| (file.to_owned(), job.to_owned(), rights.to_owned()));
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_workflow_has_limits_and_an_apply_is_never_cut_off_for_another() {
    for (file, workflow) in workflows() {
        assert!(workflow["concurrency"]["group"].is_string(), "{file}");
        let cancels = &workflow["concurrency"]["cancel-in-progress"];
        assert!(cancels.is_boolean(), "{file} says so");
        if file.contains("apply") {
            assert_eq!(
                (cancels, &workflow["jobs"]["apply"]["environment"]),
                (&Value::Bool(false), &"production".into())
            );
        }
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            assert!(body["timeout-minutes"].as_u64().is_some_and(|it| it <= 60), "{file}, {job}");
        }
        let shell = workflow["defaults"]["run"]["shell"].as_str().unwrap();
        assert_eq!(shell, "bash --noprofile --norc -euo pipefail {0}", "{file}");
        // Never what runs a fork's code with the rights of the repository.
        let events = workflow["on"].as_object().unwrap_or_else(|| panic!("{file}: `on` is a mapping"));
        assert!(!events.contains_key("pull_request_target"), "{file}");
    }
}

#[test]
fn no_script_has_a_text_of_the_event_in_it_and_secrets_go_only_where_they_are_used() {
    for (place, step) in steps() {
        if let Some(run) = step["run"].as_str() {
            assert!(!run.contains("${{"), "{place}: {run}");
            // A step that ends with the program is the program, so that signals arrive.
            let last = run.trim_end().rsplit("\n").find(|line| !line.starts_with(' ')).unwrap();
            assert!(
                run.contains("|| code=$?") || last.starts_with("exec ") || run.contains("mkdir"),
                "{place}: {run}"
            );
            let applies = run.contains("wawpform apply") || run.contains("wawpform drift");
            assert_eq!(step["env"]["WAWP_ACCESS_TOKEN"].is_string(), applies, "{place}: {run}");
        }
        if step["uses"].as_str().is_some_and(|it| it.starts_with("actions/checkout")) {
            let pushes = place == "wawpform-apply-git.yml, apply";
            assert_eq!(step["with"]["persist-credentials"], pushes, "{place}");
        }
    }
    for (file, workflow) in workflows().iter().filter(|(file, _)| file.contains("fork")) {
        assert!(!workflow.to_string().contains("secrets."), "{file}");
    }
}

#[test]
fn nothing_is_ever_forced() {
    for path in files("github/wawpform", ".sh") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.contains("git push")) {
            assert!(
                !line.contains("force") && !line.contains(" -f") && !line.contains("\"+"),
                "{path:?}: {line}"
            );
        }
    }
}

#[test]
fn the_readme_tells_of_every_file_and_is_short() {
    let readme = fs::read_to_string(ci().join("README.md")).unwrap();
    assert!(readme.lines().count() < 120);
    for (folder, ending) in
        [("github/workflows", ".yml"), ("gitlab", ".yml"), ("atlantis", ".yaml"), ("pre-commit", ".yaml")]
    {
        for path in files(folder, ending) {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(readme.contains(name), "{name}");
        }
    }
}
