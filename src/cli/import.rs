//! `import`: binds an instance that exists to a name of the manifest, and settles a create of unknown outcome.

use std::sync::Arc;

use clap::Args;

use super::App;
use super::exit::{Exit, Fault};
use super::progress::Progress;
use super::{fleet, phone, place, signals, sources};
use crate::apply::ImportError;
use crate::instance::{InstanceId, Name, visible};
use crate::state::Opened;

/// Bind an existing instance to a name of the manifest.
///
/// The API must confirm that the instance exists. Also settles a create of unknown outcome.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform import acme-sales 3EB0BCB2E3D4")]
pub(super) struct ImportArgs {
    /// The name it has in the manifest.
    name: Name,
    /// The instance_id that the dashboard shows.
    instance_id: InstanceId,
}

/// Runs the command.
///
/// # Errors
/// When the name is not in the manifest, name or id are taken, or info does not confirm the id.
pub(super) async fn run(app: &App, args: &ImportArgs) -> anyhow::Result<Exit> {
    let ImportArgs { name, instance_id: id } = args;
    let stop = signals::listen()?;
    let desired = sources::desired(app)?;
    let Some(wanted) = desired.instances.get(name) else {
        let hint = format!(
            "what is recorded and not in the manifest is deleted by the next apply; add a block `{name}:` under \
             `instances` first"
        );
        return Err(Fault::error(format!("{name} is not in the manifest"), hint).into());
    };
    let api = place::api(app)?;
    let token = phone::token(app, &api, &desired.token_env)?;
    let Opened { ledger, document, notices: _ } = fleet::open(app, &desired.fleet, "import", &stop).await?;
    let account = phone::account(&document, &token, false)?;
    let calls = Progress::calls(&Arc::new(Progress::new(app, 0)));
    let phone = phone::connect(app, api, token, calls, &stop).await?;
    let (recorder, clock) = (ledger.recorder(), app.env.clock());
    let imported = tokio::select! {
        biased;
        () = stop.asked() => return Err(fleet::interrupted()),
        imported = crate::apply::import((name, id), &wanted.spec, (&document, account), (&phone.client, &recorder, &clock)) => imported,
    };
    phone.hang_up().await;
    let observed = imported.map_err(|error| explained(error, name))?;
    fleet::close(app, ledger).await?;
    app.out.data(&match observed {
        Some(observed) => {
            format!("{name} is bound to the instance {id}, status {}.\n", visible(observed.status.as_word()))
        }
        None => format!("{name} already is the instance {id}; nothing was changed.\n"),
    });
    Ok(Exit::Done)
}

fn explained(error: ImportError, name: &Name) -> anyhow::Error {
    let hint = match &error {
        ImportError::NameTaken { .. } => {
            format!("`wawpform forget {name}` drops it from the state and keeps the session")
        }
        ImportError::IdTaken { holder, .. } => {
            format!("to rename it, write `previously: {holder}` under {name}")
        }
        ImportError::NotConfirmed { .. } => {
            "check the instance_id in the Wawp dashboard, and the token".into()
        }
        ImportError::Ledger(_) => {
            "nothing is lost: the session is untouched; mend the state's place and try again".into()
        }
    };
    Fault::error(visible(&format!("{:#}", anyhow::Error::from(error))), hint).into()
}
