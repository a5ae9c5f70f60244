//! `destroy`: the same as apply with nothing desired. It asks for the fleet's name.

use clap::Args;

use super::App;
use super::apply::Errand;
use super::args::{Doing, Planning};
use super::exit::Exit;
use super::{github, sources};

/// Delete every recorded instance of the fleet.
///
/// `guards.max_deletes` does not apply, `protect` does. It asks for the name of the fleet.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform destroy -f examples/quickstart.yaml --sandbox")]
pub(super) struct DestroyArgs {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    doing: Doing,
    #[command(flatten)]
    pub(super) github: github::Asked,
}

/// Runs the command.
///
/// # Errors
/// As apply does.
pub(super) async fn run(app: &App, args: &DestroyArgs) -> anyhow::Result<Exit> {
    let DestroyArgs { planning, doing, github: _ } = args;
    let notes = doing.telling.begin(app, true)?;
    let ended = async {
        let desired = sources::desired(app)?;
        let (desired, notes) = (&desired, &notes);
        Errand { app, desired, planning, doing, destroy: true, until: None, saved: None, notes }.run().await
    };
    let ended = ended.await;
    notes.end(app, &doing.telling, ended).await
}
