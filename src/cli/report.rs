//! `--report` and `--events`: what a run tells beside the terminal, and what it takes down for that.
//!
//! Invariant: a report is written however the run ends, and never before its end; what cannot be written is told, and
//! changes nothing of what was done.

use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::App;
use super::completions::{formats, places};
use super::events::{self, apart, patience};
use super::exit::{Exit, Fault};
use super::forms::LONGEST_PAGE;
use super::mistyped::Mistyped;
use super::writes::{Place, put, shown};
use crate::apply::Outcome;
use crate::instance::Name;
use crate::plan::{Plan, Refusal};
use crate::render::report::{self, Ended, Run};
use crate::state::{Document, Lineage};

/// What is told beside the terminal: the same for apply and destroy.
#[derive(Debug, Clone, Args)]
pub(super) struct Telling {
    /// Write what happens into this file, line by line, as Terraform's `-json` does; - is standard output, which then
    /// holds nothing else.
    #[arg(long, value_name = "FILE", add = places())]
    events: Option<Place>,
    /// Write at the end what became of every change, however it ends: json (the format that is meant when none is
    /// named) or markdown (a page for a step's summary). - is standard output. Repeatable.
    #[arg(long, value_name = "[FORMAT=]PATH", add = formats::<Format>(true))]
    report: Vec<Report>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One object.
    Json,
    /// A page.
    Markdown,
}

/// One report: `[FORMAT=]PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    format: Format,
    place: Place,
}

impl FromStr for Report {
    type Err = Mistyped;

    fn from_str(text: &str) -> Result<Self, Mistyped> {
        let (format, path) = match text.split_once('=') {
            // A word that is no format is more likely a mistake than a file; `./a=b` is a file.
            Some((word, path)) if word.chars().all(|c| c.is_ascii_alphabetic()) => {
                let format = Format::from_str(word, false);
                (format.map_err(|_| Mistyped::format::<Format>(word, &format!("={path}")))?, path)
            }
            _ => (Format::Json, text),
        };
        Ok(Self { format, place: path.parse()? })
    }
}

/// What a run takes down for its report while it goes on.
pub(super) struct Notes {
    began: Timestamp,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    destroy: bool,
    fleet: Option<Name>,
    lineage: Option<Lineage>,
    serial_before: Option<u64>,
    serial_after: Option<u64>,
    plan: Option<Plan>,
    refusals: Vec<Refusal>,
    outcome: Option<Outcome>,
    is_stale: bool,
}

impl Telling {
    /// Refuses what cannot be written, before anything is read, and begins to tell.
    ///
    /// # Errors
    /// When two outputs have one place, or one has none.
    pub(super) fn begin(&self, app: &App, destroy: bool) -> anyhow::Result<Notes> {
        let Self { events, report } = self;
        let places = events.iter().map(|place| ("--events", place));
        let places: Vec<_> = places.chain(report.iter().map(|it| ("--report", &it.place))).collect();
        apart(&places)?;
        for Report { format: _, place } in report {
            if let Place::File(path) = place {
                has_a_folder(path)?;
            }
        }
        if places.iter().any(|(_, place)| **place == Place::Stdout) {
            app.out.keep_stdout();
        }
        events::begin(app, events.as_ref())?;
        Ok(Notes { began: app.env.now(), noted: Mutex::new(Noted { destroy, ..Noted::default() }) })
    }
}

/// # Errors
/// When nothing can be written there.
fn has_a_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wrong = match std::fs::metadata(folder) {
        Err(error) => error.to_string(),
        Ok(it) if !it.is_dir() => "Not a directory".to_owned(),
        Ok(_) if path.is_dir() => "Is a directory".to_owned(),
        Ok(_) => return Ok(()),
    };
    let message = format!("the report cannot be written to {}: {wrong}", shown(path));
    Err(Fault::error(message, "name a file in a folder that exists, or - for standard output").into())
}

impl Notes {
    fn note(&self, what: impl FnOnce(&mut Noted)) {
        what(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whose fleet, and the plan that was reviewed, if it is at hand.
    pub(super) fn of(&self, fleet: &Name, destroy: bool, reviewed: Option<&Plan>) {
        self.note(|noted| {
            (noted.fleet, noted.destroy, noted.plan) = (Some(fleet.clone()), destroy, reviewed.cloned());
        });
    }

    pub(super) fn opened(&self, document: &Document) {
        self.note(|noted| {
            (noted.lineage, noted.serial_before) = (Some(document.lineage.clone()), Some(document.serial));
        });
    }

    /// The plan, and what refuses it: that is told at once.
    pub(super) fn planned(&self, app: &App, plan: &Plan, refusals: &[Refusal]) {
        if let Some(events) = app.out.events() {
            events.plan(plan, refusals);
        }
        self.note(|noted| (noted.plan, noted.refusals) = (Some(plan.clone()), refusals.to_vec()));
    }

    /// What was reviewed is not what would be done.
    pub(super) fn stale(&self) {
        self.note(|noted| noted.is_stale = true);
    }

    /// There was nothing to do; `exit` says whether that is all.
    pub(super) fn nothing_to_do(&self, app: &App, exit: Exit, document: &Document) {
        self.note(|noted| noted.serial_after = Some(document.serial));
        let destroy = self.noted.lock().unwrap_or_else(PoisonError::into_inner).destroy;
        if let (Some(events), Exit::Done) = (app.out.events(), exit) {
            events.nothing_to_do(destroy);
        }
    }

    /// What became of the plan, and of the state if that could be written.
    pub(super) fn became(&self, app: &App, outcome: &Outcome, document: Option<&Document>) {
        self.note(|noted| {
            (noted.outcome, noted.serial_after) = (Some(outcome.clone()), document.map(|it| it.serial));
            if let Some(events) = app.out.events() {
                events.outcome(outcome, noted.destroy);
            }
        });
    }

    /// Ends what is told, and writes the reports. The run's own end stays what it is; when all was done and not all
    /// could be told, it is an error.
    ///
    /// # Errors
    /// The error that the run ended with.
    pub(super) async fn end(
        self,
        app: &App,
        telling: &Telling,
        ended: anyhow::Result<Exit>,
    ) -> anyhow::Result<Exit> {
        let Self { began, noted } = self;
        let error = ended.as_ref().err().map(in_words);
        let own = match (&ended, &error) {
            (Ok(exit), _) => *exit,
            (Err(_), error) => error.as_ref().map_or(Exit::Error, |error| error.exit),
        };
        let mut exit = end_events(app, &ended).await;
        if exit == Exit::Done && app.out.has_lost_data() {
            exit = Exit::Error;
        }
        let noted = noted.into_inner().unwrap_or_else(PoisonError::into_inner);
        let run = Run {
            destroy: noted.destroy,
            fleet: noted.fleet.as_ref(),
            lineage: noted.lineage.as_ref(),
            serial_before: noted.serial_before,
            serial_after: noted.serial_after,
            plan: noted.plan.as_ref(),
            refusals: &noted.refusals,
            outcome: noted.outcome.as_ref(),
            began,
            ended_at: app.env.now(),
            ended: if noted.is_stale { Ended::Stale } else { how(own) },
            exit_code: exit as u8,
            error: error.as_ref().map(|it| (it.message.as_str(), it.hint.as_deref())),
        };
        super::github::summary(app, |room| report::markdown(&run, room));
        let all = write(app, &run, &telling.report, own == Exit::Interrupted).await;
        match ended {
            Err(error) => Err(error),
            Ok(Exit::Done) if !all => Ok(Exit::Error),
            Ok(_) => Ok(exit),
        }
    }
}

/// Ends the stream of events, if there is one, with the error that ended the run. Says with what the program ends: an
/// error, when all was done and not all of it could be told.
pub(super) async fn end_events(app: &App, ended: &anyhow::Result<Exit>) -> Exit {
    let error = ended.as_ref().err();
    let exit = match ended {
        Ok(exit) => *exit,
        Err(error) => in_words(error).exit,
    };
    let Some(events) = app.out.events() else { return exit };
    if let Some(error) = error {
        // Manifest diagnostics are in the stream already.
        let Words { message, hint, is_told, .. } = in_words(error);
        if !is_told {
            events.error(&message, hint.as_deref().unwrap_or_default());
        }
    }
    let Err(why) = events.end(exit == Exit::Interrupted).await else { return exit };
    app.out.error(&why);
    app.out.hint("what was done is not touched by that; `wawpform show` tells what is recorded");
    if matches!(exit, Exit::Done | Exit::Changes) { Exit::Error } else { exit }
}

/// An error, taken apart.
struct Words {
    message: String,
    hint: Option<String>,
    exit: Exit,
    is_told: bool,
}

fn in_words(error: &anyhow::Error) -> Words {
    let fault = error.downcast_ref::<Fault>();
    let is_told = fault.is_some_and(|fault| fault.told);
    let message = if is_told { "the manifest cannot be used".to_owned() } else { format!("{error:#}") };
    let hint = fault.and_then(|fault| fault.hint.clone()).filter(|hint| !hint.is_empty());
    Words { message, hint, exit: fault.map_or(Exit::Error, |fault| fault.exit), is_told }
}

const fn how(exit: Exit) -> Ended {
    match exit {
        Exit::Done | Exit::Changes => Ended::Complete,
        Exit::Partial => Ended::Partial,
        Exit::Interrupted => Ended::Interrupted,
        Exit::Refused => Ended::Refused,
        Exit::Error | Exit::Locked | Exit::Drift | Exit::Usage => Ended::Error,
    }
}

/// Writes the reports; whether all of them are written. What is not is told.
async fn write(app: &App, run: &Run<'_>, reports: &[Report], interrupted: bool) -> bool {
    let mut all = true;
    for Report { format, place } in reports {
        let text = match format {
            Format::Json => report::json(run),
            Format::Markdown => report::markdown(run, LONGEST_PAGE),
        };
        let written = match place {
            Place::Stdout if app.out.delivers_alone(&text) => Ok(()),
            // A reader that has seen enough is no error; the loss of data is told by who knows of it.
            Place::Stdout => Ok(()),
            Place::File(path) if place.is_pipe() => put_into_pipe(path, text, interrupted).await,
            Place::File(path) => put(path, text.as_bytes()),
        };
        if let Err(error) = written {
            all = false;
            app.out.error(&format!("the report could not be written to {}: {error}", place.told()));
        }
    }
    all
}

/// A pipe may be without a reader, for ever.
async fn put_into_pipe(path: &Path, text: String, interrupted: bool) -> std::io::Result<()> {
    let (tell, told) = oneshot::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let _ = tell.send(put(&path, text.as_bytes()));
    });
    let nobody = || std::io::Error::other("nobody reads it");
    tokio::select! {
        biased;
        done = told => done.unwrap_or_else(|_| Err(nobody())),
        () = patience(interrupted, false) => Err(nobody()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_place_and_may_have_a_format() {
        let read = |text: &str| text.parse::<Report>();
        let file = |format, path: &str| Ok(Report { format, place: Place::File(path.into()) });
        assert_eq!(read("report.json"), file(Format::Json, "report.json"));
        assert_eq!(read("json=a=b"), file(Format::Json, "a=b"));
        assert_eq!(read("markdown=a.md"), file(Format::Markdown, "a.md"));
        assert_eq!(read("./a=b"), file(Format::Json, "./a=b"));
        assert_eq!(read("-"), Ok(Report { format: Format::Json, place: Place::Stdout }));
        for bad in ["", "json=", "markdwon=a.md", "=a"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
