//! A runner of jobs: the `run:` steps of a workflow in order, in bash, with the environment that GitHub gives; checkout
//! and the artifacts' actions as far as the workflows use them.
//!
//! Invariant: a step sees nothing of this machine but its programs, and of the workflow's values only what is handed to it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::expression::{Names, fill, holds};
use super::scene::Scene;

/// A workflow or another YAML file, as data.
pub fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What came of a job.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether its condition let it begin.
    pub began: bool,
    pub failed: bool,
    /// The steps that ran: what each is called, how it ended, what it printed on both streams.
    pub steps: Vec<(String, i32, String)>,
    pub outputs: Names,
    pub summary: String,
}

impl Outcome {
    #[track_caller]
    pub fn good(self) -> Self {
        assert!(self.began && !self.failed, "{self:#?}");
        self
    }

    /// How a step ended, and what it said.
    #[track_caller]
    pub fn step(&self, name: &str) -> (i32, &str) {
        let found = self.steps.iter().find(|(of, ..)| of == name);
        let (_, code, said) = found.unwrap_or_else(|| panic!("no step {name} ran: {self:#?}"));
        (*code, said)
    }

    #[track_caller]
    pub fn assert_step(&self, name: &str, code: i32, words: &str) {
        let (ended, said) = self.step(name);
        assert!(
            ended == code && said.contains(words),
            "{name} should end with {code} and `{words}`: {self:#?}"
        );
    }
}

/// Something that happens between two steps.
pub type Between<'a> = &'a dyn Fn(&str, &Path);

pub struct Job<'a> {
    pub scene: &'a Scene,
    /// The file's name below `.github/workflows`, of this repository or of the examples.
    pub file: &'a str,
    pub job: &'a str,
    /// The contexts, by their dotted names.
    pub names: Names,
    /// Called before each step with its name and the workspace.
    pub between: Option<Between<'a>>,
}

impl Job<'_> {
    pub fn run(mut self) -> Outcome {
        let root = self.scene.root.path();
        // What the author of the workflow wrote, not what is in a checkout.
        let own = super::files::own().join("workflows").join(self.file);
        let example = super::files::ci().join("github/workflows").join(self.file);
        let workflow = yaml(if own.exists() { &own } else { &example });
        let job = &workflow["jobs"][self.job];
        if !holds(job["if"].as_str(), &self.names, false) {
            return Outcome::default();
        }
        let place = tempfile::Builder::new().prefix("job-").tempdir_in(root).unwrap().keep();
        let (workspace, temp) = (place.join("work"), place.join("temp"));
        fs::create_dir_all(&workspace).unwrap();
        fs::create_dir_all(&temp).unwrap();
        self.names.insert("runner.temp".into(), temp.display().to_string());
        let shell = workflow["defaults"]["run"]["shell"].as_str().expect("a shell is named").to_owned();
        let mut outcome = Outcome { began: true, ..Outcome::default() };
        for (index, step) in job["steps"].as_array().unwrap().iter().enumerate() {
            if !holds(step["if"].as_str(), &self.names, outcome.failed) {
                continue;
            }
            let what = ["name", "run", "uses"].iter().find_map(|key| step[*key].as_str()).unwrap().to_owned();
            if let Some(between) = self.between {
                between(&what, &workspace);
            }
            let files =
                ["output", "summary", "env", "path"].map(|it| (it, place.join(format!("{it}-{index}"))));
            files.iter().for_each(|(_, file)| fs::write(file, "").unwrap());
            let (code, said) = match (step["run"].as_str(), step["uses"].as_str()) {
                (Some(run), None) => {
                    assert!(!run.contains("${{"), "{run}");
                    let script = place.join(format!("step-{index}.sh"));
                    fs::write(&script, run).unwrap();
                    let line = shell.replace("{0}", script.to_str().unwrap());
                    let mut words = line.split_whitespace();
                    let mut command = self.scene.command(words.next().unwrap());
                    command.args(words).current_dir(&workspace).env("RUNNER_TEMP", &temp);
                    for (name, file) in &files {
                        let name =
                            if *name == "summary" { "STEP_SUMMARY".into() } else { name.to_uppercase() };
                        command.env(format!("GITHUB_{name}"), file);
                    }
                    for name in ["sha", "ref", "ref_name", "run_id", "run_attempt", "repository"] {
                        let value = self.names.get(&format!("github.{name}")).cloned().unwrap_or_default();
                        command.env(format!("GITHUB_{}", name.to_uppercase()), value);
                    }
                    for env in [&workflow["env"], &job["env"], &step["env"]] {
                        for (key, value) in env.as_object().into_iter().flatten() {
                            command.env(key, fill(value.as_str().unwrap(), &self.names));
                        }
                    }
                    run_to_end(&mut command, &self.scene.pid)
                }
                (None, Some(uses)) => self.action(uses, &step["with"], &workspace),
                _ => panic!("a step runs or uses: {step}"),
            };
            if let Some(id) = step["id"].as_str() {
                let output = fs::read_to_string(&files[0].1).unwrap();
                for (key, value) in output.lines().filter_map(|line| line.split_once('=')) {
                    self.names.insert(format!("steps.{id}.outputs.{key}"), value.to_owned());
                }
                let how = if code == 0 { "success" } else { "failure" };
                self.names.insert(format!("steps.{id}.outcome"), how.to_owned());
            }
            outcome.summary += &fs::read_to_string(&files[1].1).unwrap();
            outcome.failed |= code != 0 && step["continue-on-error"] != true;
            outcome.steps.push((what, code, said));
        }
        for (key, value) in job["outputs"].as_object().into_iter().flatten() {
            outcome.outputs.insert(key.clone(), fill(value.as_str().unwrap(), &self.names));
        }
        outcome
    }

    fn action(&self, uses: &str, with: &Value, workspace: &Path) -> (i32, String) {
        let given = |key: &str| with[key].as_str().map(|text| fill(text, &self.names));
        let name = || given("name").unwrap();
        match uses.split('@').next().unwrap() {
            "actions/checkout" => {
                self.scene.checkout(workspace, given("ref").as_deref(), &self.names["github.sha"]);
                (0, String::new())
            }
            "actions/upload-artifact" => {
                let to = self.scene.artifact(&name());
                let paths = given("path").unwrap();
                let copied = paths.lines().map(|path| upload(&workspace.join(path), &to)).sum::<usize>();
                let missing = copied == 0 && with["if-no-files-found"] != "ignore";
                (i32::from(missing), format!("{copied} files of {paths}"))
            }
            "actions/download-artifact" => {
                let from = self.scene.artifact(&name());
                if !from.exists() {
                    return (1, "Artifact not found".to_owned());
                }
                let to = workspace.join(given("path").unwrap());
                fs::create_dir_all(&to).unwrap();
                (0, format!("{} files", upload(&from, &to)))
            }
            "actions/attest-build-provenance" => {
                let known = given("subject-digest").or_else(|| {
                    let sums = workspace.join(given("subject-checksums").unwrap());
                    fs::read_to_string(sums).ok()
                });
                (i32::from(known.is_none()), format!("attested {known:?}"))
            }
            other => panic!("{other} is not played"),
        }
    }
}

/// Copies a file, the files of a folder, or those that a `*` in the last part of a path stands for; counts them.
fn upload(path: &Path, to: &Path) -> usize {
    let pattern = path.file_name().unwrap().to_str().unwrap();
    let (folder, (head, tail)) = if path.is_dir() {
        (path, ("", ""))
    } else {
        (path.parent().unwrap(), pattern.split_once('*').unwrap_or((pattern, "\0")))
    };
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let fits = |name: &str| name == pattern || (name.starts_with(head) && name.ends_with(tail));
    let mut count = 0;
    for entry in entries {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() && fits(entry.file_name().to_str().unwrap()) {
            fs::create_dir_all(to).unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            count += 1;
        }
    }
    count
}

/// Its exit code, and what it said on both streams. While it runs, its id is in `pid`.
pub fn run_to_end(command: &mut Command, pid: &AtomicU32) -> (i32, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    pid.store(child.id(), Ordering::SeqCst);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}
