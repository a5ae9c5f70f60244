//! `--github`: what GitHub Actions is told of a run: the step's summary and outputs, and annotations.
//!
//! Invariant: nothing of it is in the way of what a command does. What cannot be written is told, and the program ends
//! with 1 where it would have ended well.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Args;

use super::App;
use super::env::Env;
use super::exit::{Exit, Fault};
use super::forms;
use crate::instance::visible;
use crate::manifest::{Diagnostic, Severity};
use crate::plan::{Drift, Plan, Refusal};
use crate::render::github::{self, Annotation, LONGEST_SUMMARY};
use crate::render::markdown::SMALLEST;
use crate::render::{self, plural};

/// The flag, for every command that has something to tell.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Asked {
    /// In GitHub Actions: add a page to the step's summary, set the step's outputs, annotate errors and refusals. The
    /// outputs are `changes`, `creates`, `updates`, `deletes` (numbers) and, where there are such, `fingerprint` and
    /// `plan_file`; of drift `drift` and `unclear`.
    #[arg(long)]
    pub(super) github: bool,
}

/// The runner's side of a step.
pub(super) struct Github {
    summary: PathBuf,
    output: PathBuf,
    /// Told at the end, when it is known how many there are.
    annotations: Mutex<Vec<Annotation>>,
    failed: AtomicBool,
}

/// Finds out where the runner wants it, before anything is read.
///
/// # Errors
/// When this is no GitHub Actions.
pub(super) fn begin(env: &Env, asked: bool) -> anyhow::Result<Option<Github>> {
    if !asked {
        return Ok(None);
    }
    let place = |name: &str| {
        env.var(name).map(PathBuf::from).ok_or_else(|| {
            let hint = "--github is for GitHub Actions, whose runner sets it; leave the flag out elsewhere";
            Fault::error(format!("--github: {name} is not set"), hint).with(Exit::Usage)
        })
    };
    Ok(Some(Github {
        summary: place("GITHUB_STEP_SUMMARY")?,
        output: place("GITHUB_OUTPUT")?,
        annotations: Mutex::new(Vec::new()),
        failed: AtomicBool::new(false),
    }))
}

/// Where a file of the manifest is in the repository, if it is in there; as it was written where nobody says where the
/// repository is.
pub(super) fn locate(app: &App, file: &str) -> Option<String> {
    let Some(workspace) = app.env.var("GITHUB_WORKSPACE").map(PathBuf::from) else {
        return Some(file.to_owned());
    };
    let folder = app.env.folder()?;
    // Standard input and other revisions are not there.
    std::fs::symlink_metadata(folder.join(file)).ok()?;
    let of = |workspace: &Path| github::from_workspace(Path::new(file), &folder, workspace);
    // The folder is told with its links followed.
    of(&workspace).or_else(|| of(&std::fs::canonicalize(&workspace).ok()?))
}

/// Tells what was found in a manifest, if it is asked for.
pub(super) fn diagnostics(app: &App, found: &[Diagnostic]) {
    if let Some(github) = &app.github {
        github.annotate(github::of_manifest(found, &|file| locate(app, file)));
    }
}

/// Tells what refuses, if it is asked for.
pub(super) fn refusals(app: &App, refusals: &[Refusal]) {
    if let Some(github) = &app.github {
        github.annotate(refusals.iter().map(github::of_refusal));
    }
}

/// Tells a refusal of another kind, if it is asked for.
pub(super) fn refused(app: &App, message: &str, hint: &str) {
    if let Some(github) = &app.github {
        github.annotate([github::refused(message, hint)]);
    }
}

/// Tells an error or a warning, if it is asked for.
pub(super) fn remark(app: &App, severity: Severity, message: &str, hint: &str) {
    if let Some(github) = &app.github {
        github.annotate([github::remark(severity, "wawpform", message, hint)]);
    }
}

/// Tells a plan, if it is asked for. It takes a part of the room that the summary still has: all of it with 1, half of it
/// with 2, where another page follows. `found` are the refusals and the warnings of policies.
pub(super) fn plan(app: &App, plan: &Plan, found: (&[Refusal], &[String]), part: usize) {
    let Some(github) = &app.github else { return };
    github.outputs(app, github::outputs(plan));
    summary(app, |room| forms::page(plan, found, app.env.now(), room / part.max(1)));
}

/// Tells where the plan was saved, if it is asked for.
pub(super) fn plan_file(app: &App, path: &Path) {
    let Some(github) = &app.github else { return };
    match path.to_str() {
        Some(path) => github.outputs(app, vec![("plan_file", path.to_owned())]),
        None => github.fail(app, "the output plan_file cannot be set: the path is not UTF-8"),
    }
}

/// Tells drift, if it is asked for.
pub(super) fn drift(app: &App, fleet: &str, drift: &[Drift]) {
    let Some(github) = &app.github else { return };
    let count = |wanted: fn(&&Drift) -> bool| drift.iter().filter(wanted).count().to_string();
    let unclear = count(|it| it.accepted.is_none() && !it.counts());
    github.outputs(app, vec![("drift", count(|it| it.counts())), ("unclear", unclear)]);
    summary(app, |room| github::shortened(&render::drift::markdown(fleet, drift), room));
}

/// Adds a page to the summary of the step, if it is asked for. It is made for the room that is there, in bytes.
pub(super) fn summary(app: &App, page: impl FnOnce(usize) -> String) {
    if let Some(github) = &app.github {
        github.page(app, page);
    }
}

/// Tells the annotations, and how the program ends now.
pub(super) fn end(app: &App, exit: Exit) -> Exit {
    let Some(github) = &app.github else { return exit };
    let annotations = std::mem::take(&mut *github.annotations.lock().unwrap_or_else(PoisonError::into_inner));
    // Standard error, which the runner reads as well: standard output may hold a plan for another program.
    app.out.commands(&github::shown(&annotations));
    let failed = github.failed.load(Ordering::Relaxed);
    if failed && matches!(exit, Exit::Done | Exit::Changes) { Exit::Error } else { exit }
}

impl Github {
    fn annotate(&self, more: impl IntoIterator<Item = Annotation>) {
        self.annotations.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    fn fail(&self, app: &App, message: &str) {
        self.failed.store(true, Ordering::Relaxed);
        app.out.error(message);
        self.annotate([github::remark(Severity::Error, "wawpform", message, "")]);
    }

    /// Adds a page to the summary of the step, which has room for so many bytes of it.
    fn page(&self, app: &App, page: impl FnOnce(usize) -> String) {
        if self.failed.load(Ordering::Relaxed) {
            // It was told, and once is enough.
            return;
        }
        let begun = std::fs::metadata(&self.summary).map_or(0, |facts| facts.len());
        let begun = usize::try_from(begun).unwrap_or(usize::MAX);
        let room = LONGEST_SUMMARY.saturating_sub(begun).saturating_sub(LINE_BREAK.len());
        let text = if room < SMALLEST { String::new() } else { page(room) };
        if text.is_empty() || text.len() > room {
            let message = format!(
                "the step's summary has {} and no room for this page: GitHub drops one of more than {LONGEST_SUMMARY}",
                plural(begun, "byte")
            );
            app.out.warning(&message);
            self.annotate([github::remark(Severity::Warning, "wawpform", &message, "")]);
            return;
        }
        if let Err(error) = append(&self.summary, &text) {
            let place = shown(&self.summary);
            self.fail(app, &format!("the step's summary could not be written to {place}: {error}"));
        }
    }

    /// Sets outputs of the step.
    fn outputs(&self, app: &App, outputs: Vec<(&str, String)>) {
        let mut text = String::new();
        for (name, value) in outputs {
            // Nobody knows the delimiter before, so that no value has it.
            let delimiter = app.env.uuid().map(|uuid| format!("wawpform-{uuid}"));
            match delimiter.map(|delimiter| github::entry(name, &value, &delimiter)) {
                Ok(Some(entry)) => text += &entry,
                Ok(None) | Err(_) => self.fail(app, &format!("the output {name} could not be set")),
            }
        }
        if let Err(error) = append(&self.output, &text) {
            let place = shown(&self.output);
            self.fail(app, &format!("the step's outputs could not be written to {place}: {error}"));
        }
    }
}

/// Ends a line that somebody else left open.
const LINE_BREAK: &str = "\n";

/// Adds to a file that others write as well, at the beginning of a line, in one piece.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let begins = if is_open(path)? { LINE_BREAK } else { "" };
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all([begins, text].concat().as_bytes())
}

/// Whether a file ends within a line.
fn is_open(path: &Path) -> io::Result<bool> {
    let facts = match std::fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if !facts.is_file() || facts.len() == 0 {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}
