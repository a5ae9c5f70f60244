//! `state migrate`: the whole state to another place.

use clap::Args;

use super::push::{cut_off, not_carried};
use crate::cli::exit::Fault;
use crate::cli::{App, fleet, place, signals, sources};
use crate::render::plural;
use crate::state::{CarryError, LockInfo, Migrated, OpenError, StoreError, migrate};

/// Move the state to another place.
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// The new place: a path or a URL, as `--state` takes it.
    #[arg(long, value_name = "PLACE", value_hint = clap::ValueHint::FilePath)]
    to: String,
}

pub(super) async fn run(app: &App, MigrateArgs { to }: &MigrateArgs) -> anyhow::Result<()> {
    let stop = signals::listen()?;
    let source = place::store(app, || Ok(sources::desired(app)?.fleet))?;
    let target = place::at(app, to, "--to", || Ok(sources::desired(app)?.fleet))?;
    let info = fleet::lock_info(app, "state migrate", String::new())?;
    let asking = |path| LockInfo { path, ..info.clone() };
    let migrated = tokio::select! {
        biased;
        () = stop.asked() => return Err(cut_off()),
        migrated = migrate(&*source, &*target, asking, || fleet::lock_wait(app)) => migrated.map_err(not_moved)?,
    };
    let Migrated { document, was_done } = migrated;
    let (from, to) = (source.place(), target.place());
    app.out.data(&match was_done {
        true => format!("The state of {} was moved from {from} to {to} before.\n", document.fleet),
        false => format!(
            "Moved the state of {} with {} from {from} to {to}, and read it back.\n",
            document.fleet,
            plural(document.instances.len(), "instance")
        ),
    });
    app.out.talk(&format!(
        "{from} is kept and marked as moved: every command refuses it. From now on name the new place, with --state or \
         WAWPFORM_STATE."
    ));
    Ok(())
}

/// A move that was cut off leaves nothing that could be lost, but perhaps something to be finished.
fn not_moved(error: CarryError) -> anyhow::Error {
    let cause = match error {
        CarryError::Open(OpenError::Store(
            cause @ (StoreError::Io { .. } | StoreError::Disturbed { .. }),
        )) => cause,
        error => return not_carried(error),
    };
    let message = format!("{:#}", anyhow::Error::from(cause));
    Fault::error(
        message,
        "nothing is lost; mend that place and run the command again: it goes on where it was cut off",
    )
    .into()
}
