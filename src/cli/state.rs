//! `state`: looking into the state, moving names in it, and moving the whole of it, as Terraform's command of that
//! name does.

mod migrate;
mod push;
mod unlock;

use clap::{Args, Subcommand};

use super::App;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::{fleet, recorded, signals, sources};
use crate::instance::Name;
use crate::manifest::Desired;
use crate::render;
use crate::state::{Opened, Record};

/// Look into the state, move a name in it, or move all of it.
///
/// The state is in a file, state/<fleet>.json, or where --state or WAWPFORM_STATE says: a path, or the
/// https:// URL of a server of Terraform's HTTP protocol, such as GitLab. For a URL the variables TF_HTTP_* mean what
/// they mean to Terraform. If TF_HTTP_ADDRESS is set and is another URL, the lock addresses are not used, and the
/// others only on the same server. Without TF_HTTP_LOCK_ADDRESS the state is locked by LOCK and UNLOCK at its own URL;
/// GitLab's by POST and DELETE at URL/lock, in a job with the job's token unless TF_HTTP_USERNAME is set.
/// WAWPFORM_HTTP_LOCK=none goes without a lock, WAWPFORM_ALLOW_PLAIN_HTTP=1 lets http:// leave this machine, but never
/// with a password.
#[derive(Debug, Args)]
#[command(
    subcommand_value_name = "COMMAND",
    after_help = "Example:\n  wawpform state mv acme-helpdesk acme-support"
)]
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
        #[arg(add = names(Whose::Recorded))]
        name: Name,
    },
    /// Rename a recorded instance; the live session is not touched.
    #[command(after_help = "Example:\n  wawpform state mv acme-helpdesk acme-support")]
    Mv {
        /// The recorded name.
        #[arg(add = names(Whose::Recorded))]
        from: Name,
        /// The name it should have.
        #[arg(add = names(Whose::NotRecorded))]
        to: Name,
    },
    /// Print the state as it is recorded, one JSON document.
    #[command(after_help = "Example:\n  wawpform state pull > acme.json")]
    Pull,
    /// Write a file in the place of the state, such as errored.state.json: a later one of the same history.
    #[command(after_help = "Example:\n  wawpform state push errored.state.json")]
    Push(push::PushArgs),
    /// Say who holds the lock, and with --force take it away from a run that is dead.
    #[command(after_help = "Example:\n  wawpform state unlock")]
    Unlock(unlock::UnlockArgs),
    /// Move the state to another place; the old one is kept, marked as moved, and refused by every command.
    #[command(
        after_help = "Example:\n  wawpform state migrate --to https://gitlab.example/api/v4/projects/42/terraform/state/acme"
    )]
    Migrate(migrate::MigrateArgs),
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
        StateAction::Pull => {
            let document = recorded::alone(app).await?;
            app.out.data(&String::from_utf8_lossy(&document.encode()));
        }
        StateAction::Push(args) => push::run(app, args).await?,
        StateAction::Unlock(args) => unlock::run(app, args).await?,
        StateAction::Migrate(args) => migrate::run(app, args).await?,
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
    let flags = app.global.naming_flags();
    for name in [from, to] {
        if document.pending.contains_key(name) {
            return Err(fleet::unsettled(name, &flags));
        }
    }
    if document.instances.contains_key(to) {
        let hint = format!("choose another name, or `wawpform forget {to}{flags}` first");
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
