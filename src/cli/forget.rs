//! `forget`: drops a name from the state; the live session, if there is one, is kept.

use clap::Args;

use super::App;
use super::completions::{Whose, names};
use super::exit::Exit;
use super::{fleet, signals, sources};
use crate::instance::Name;
use crate::state::{Call, Opened, Record};

/// Drop a name from the state and keep the live session.
///
/// Also settles a create of unknown outcome that did not happen.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform forget acme-old-shop")]
pub(super) struct ForgetArgs {
    /// The recorded name.
    #[arg(add = names(Whose::RecordedOrPending))]
    name: Name,
}

/// Runs the command.
///
/// # Errors
/// When the name is not recorded, or the state cannot be written.
pub(super) async fn run(app: &App, args: &ForgetArgs) -> anyhow::Result<Exit> {
    let name = &args.name;
    let stop = signals::listen()?;
    let desired = sources::desired(app)?;
    let Opened { ledger, document, notices: _ } = fleet::open(app, &desired.fleet, "forget", &stop).await?;
    let recorded = document.instances.get(name);
    if recorded.is_none() && !document.pending.contains_key(name) {
        let known: Vec<&Name> = document.instances.keys().chain(document.pending.keys()).collect();
        return Err(fleet::no_such_name(name, &known));
    }
    fleet::record(&ledger, Record::Forgotten { name: name.clone() }).await?;
    fleet::close(app, ledger).await?;
    let flags = app.global.naming_flags();
    let deleting = document.pending.get(name).is_some_and(|pending| pending.call == Call::Delete);
    app.out.data(&match recorded.map(|recorded| &recorded.instance_id) {
        Some(id) if deleting => format!(
            "{name} is no longer managed. Its delete was begun, and nobody knows whether the instance {id} lives on: look \
             in the Wawp dashboard.\n"
        ),
        Some(id) => format!(
            "{name} is no longer managed. The instance {id} lives on; `wawpform import {name} {id}{flags}` takes it back.\n"
        ),
        None => format!("The call for {name} is settled as not executed.\n"),
    });
    if let Some(wanted) = desired.instances.get(name) {
        let what = match &wanted.adopt {
            Some(id) => format!("adopts {id}"),
            None => "creates it".into(),
        };
        app.out.talk(&format!("{name} is still in the manifest: the next apply {what}."));
    }
    Ok(Exit::Done)
}
