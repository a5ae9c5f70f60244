//! `state push`: a whole document into the place of the state.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::exit::{Exit, Fault};
use crate::cli::{App, fleet, place, signals, sources};
use crate::instance::visible;
use crate::state::{CarryError, Document, DocumentError, OpenError, Pushed, push};

/// Write a file in the place of the state.
#[derive(Debug, Args)]
pub(super) struct PushArgs {
    /// The file: a document as `state pull` prints it.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Write it also over a later state, another history or a damaged one.
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(app: &App, PushArgs { from, force }: &PushArgs) -> anyhow::Result<()> {
    let stop = signals::listen()?;
    let document = read(from)?;
    let mut expected = None;
    let store = place::store(app, || Ok(expected.insert(sources::desired(app)?.fleet).clone()))?;
    if let Some(expected) = expected.filter(|expected| *expected != document.fleet) {
        let (place, recorded) = (shown(from), document.fleet);
        return Err(fleet::unusable(OpenError::ForeignFleet { place, expected, recorded }));
    }
    let info = fleet::lock_info(app, "state push", store.place())?;
    let pushed = tokio::select! {
        biased;
        () = stop.asked() => return Err(cut_off()),
        pushed = push(&*store, &info, fleet::lock_wait(app), document, *force) => pushed.map_err(not_carried)?,
    };
    let place = store.place();
    app.out.data(&match pushed {
        Pushed::Written(serial) => format!("Wrote {} to {place}, serial {serial}.\n", shown(from)),
        Pushed::AlreadyThere => format!("{place} is that already; nothing was written.\n"),
    });
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Document> {
    let failed = || format!("cannot read {}", shown(path));
    let bytes = std::fs::read(path).with_context(failed)?;
    Document::decode(&bytes).map_err(|error| {
        let hint = match &error {
            DocumentError::Newer { .. } | DocumentError::Barred(_) => error.hint(),
            _ => "name a file that `state pull` printed or that a run left behind, unchanged",
        };
        Fault::error(format!("{} is no state that can be pushed: {error}", shown(path)), hint).into()
    })
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// A state that was not carried, as an error with what to do next.
pub(super) fn not_carried(error: CarryError) -> anyhow::Error {
    let hint = error.hint().map(str::to_owned);
    match error {
        CarryError::Open(error) => fleet::unusable(error),
        error => Fault { exit: Exit::Error, message: error.to_string(), hint, told: false }.into(),
    }
}

/// A signal came before it was done.
pub(super) fn cut_off() -> anyhow::Error {
    Fault::error("interrupted; nothing is lost", "run the command again").with(Exit::Interrupted).into()
}
