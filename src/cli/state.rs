//! `state`: looking into the state and moving names in it, as Terraform's command of that name does.

use clap::{Args, Subcommand};

use super::App;
use super::exit::{Exit, Fault};
use super::{fleet, recorded, signals, sources};
use crate::instance::Name;
use crate::manifest::Desired;
use crate::render;
use crate::state::{Opened, Record};

/// Look into the state, or move a name in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform state mv acme-helpdesk acme-support")]
pub(super) struct StateArgs {
    #[command(subcommand)]
    action: StateAction,
}

#[derive(Debug, Subcommand)]
enum StateAction {
    /// List the recorded names, one a line.
    #[command(after_help = "Example:\n  wawpform state list")]
    List,
    /// Show what is recorded of one instance.
    #[command(after_help = "Example:\n  wawpform state show acme-sales")]
    Show {
        /// The recorded name.
        name: Name,
    },
    /// Rename a recorded instance; the live session is not touched.
    #[command(after_help = "Example:\n  wawpform state mv acme-helpdesk acme-support")]
    Mv {
        /// The recorded name.
        from: Name,
        /// The name it should have.
        to: Name,
    },
}

/// Runs the command.
///
/// # Errors
/// When there is no state, the name is not in it, or it cannot be written.
pub(super) async fn run(app: &App, args: &StateArgs) -> anyhow::Result<Exit> {
    match &args.action {
        StateAction::List => {
            let document = recorded::alone(app).await?;
            let names: String = document.instances.keys().map(|name| format!("{name}\n")).collect();
            app.out.data(&names);
            for (name, pending) in &document.pending {
                app.out.talk(&format!("{name} has a call of unknown outcome since {}", pending.since));
            }
        }
        StateAction::Show { name } => {
            let document = recorded::alone(app).await?;
            let Some(recorded) = document.instances.get(name) else {
                return Err(fleet::no_such_name(name, &document.instances.keys().collect::<Vec<_>>()));
            };
            app.out.data(&render::recorded(name, recorded, app.out.paint()));
        }
        StateAction::Mv { from, to } => mv(app, from, to).await?,
    }
    Ok(Exit::Done)
}

async fn mv(app: &App, from: &Name, to: &Name) -> anyhow::Result<()> {
    let stop = signals::listen()?;
    let desired = sources::desired(app)?;
    let Opened { ledger, document, notices: _ } = fleet::open(app, &desired.fleet, "state mv", &stop).await?;
    if !document.instances.contains_key(from) {
        return Err(fleet::no_such_name(from, &document.instances.keys().collect::<Vec<_>>()));
    }
    for name in [from, to] {
        if document.pending.contains_key(name) {
            let hint = format!(
                "settle it first with `wawpform import {name} INSTANCE_ID` or `wawpform forget {name}`"
            );
            return Err(Fault::error(format!("{name} has a call of unknown outcome"), hint).into());
        }
    }
    if document.instances.contains_key(to) {
        let hint = format!("choose another name, or `wawpform forget {to}` first");
        return Err(Fault::error(format!("{to} is already recorded"), hint).into());
    }
    fleet::record(&ledger, Record::Renamed { from: from.clone(), to: to.clone() }).await?;
    fleet::close(app, ledger).await?;
    app.out.data(&format!("Moved {from} to {to}; the live session was not touched.\n"));
    if let Some(advice) = advice(&desired, from, to) {
        app.out.talk(&advice);
    }
    Ok(())
}

/// What to change in the manifest after a move, so that the next apply does not undo it by a delete.
fn advice(desired: &Desired, from: &Name, to: &Name) -> Option<String> {
    let has = |name: &Name| desired.instances.contains_key(name);
    let lets_go = |name: &Name| desired.released.contains(name);
    match (has(from), has(to)) {
        (true, false) => Some(format!(
            "In the manifest, rename the block `{from}:` to `{to}:`; as it stands, an apply would delete {to} and \
             create {from}."
        )),
        (true, true) => Some(format!(
            "{from} is still in the manifest: remove its block, or the next apply creates another instance."
        )),
        (false, true) => None,
        (false, false) if lets_go(to) => {
            Some(format!("The manifest lists {to} under `released`: the next apply lets it go."))
        }
        (false, false) if lets_go(from) => Some(format!(
            "The manifest lists {from} under `released`: write {to} there, or the next apply deletes it."
        )),
        (false, false) => Some(format!(
            "{to} is not in the manifest: add a block `{to}:` under `instances`, or the next apply deletes it."
        )),
    }
}
