//! `import NAME INSTANCE_ID`: one name of the manifest.

use std::sync::Arc;

use super::explained;
use crate::apply::cautions;
use crate::cli::exit::{Exit, Fault};
use crate::cli::mistyped::nearest;
use crate::cli::progress::Progress;
use crate::cli::{App, fleet, phone, place, signals, sources};
use crate::instance::{InstanceId, Name, visible};
use crate::state::Opened;

/// Binds an instance to a name of the manifest.
///
/// # Errors
/// When the name is not in the manifest, name or id are taken, or info does not confirm the id.
pub(super) async fn run(app: &App, name: &Name, id: &InstanceId) -> anyhow::Result<Exit> {
    let stop = signals::listen()?;
    let desired = sources::desired(app)?;
    let Some(wanted) = desired.instances.get(name) else {
        let add = format!(
            "what is recorded and not in the manifest is deleted by the next apply; add a block `{name}:` under \
             `instances` first"
        );
        let hint = match nearest(name.as_str(), desired.instances.keys().map(Name::as_str)) {
            Some(near) => format!("did you mean {near}? If not: {add}"),
            None => add,
        };
        return Err(Fault::error(format!("{name} is not in the manifest"), hint).into());
    };
    let api = place::api(app)?;
    let token = phone::token(app, &api, &desired.token_env)?;
    let Opened { ledger, document, notices: _ } = fleet::open(app, &desired.fleet, "import", &stop).await?;
    let account = phone::account(&document, &token, false)?;
    let calls = Progress::calls(&Arc::new(Progress::of_nothing(app)));
    let phone = phone::connect(app, api, token, calls, &stop).await?;
    let (viewer, recorder, clock) = (phone.client.viewer(), ledger.recorder(), app.env.clock());
    let (what, hands) = ((name, id, &wanted.spec), (&viewer, &recorder, &clock));
    let imported = tokio::select! {
        biased;
        () = stop.asked() => return Err(fleet::interrupted()),
        imported = crate::apply::import(what, (&desired, &document), account, hands) => imported,
    };
    phone.hang_up().await;
    let observed = imported.map_err(|error| explained(error, &app.global.naming_flags()))?;
    fleet::close(app, ledger).await?;
    let Some(observed) = observed else {
        app.out.data(&format!("{name} already is the instance {id}; nothing was changed.\n"));
        return Ok(Exit::Done);
    };
    for caution in cautions(id, wanted.spec.expect_number.as_deref(), &observed) {
        app.out.warning(&format!("{name}: {}", visible(&caution)));
    }
    let status = visible(observed.status.as_word());
    app.out.data(&format!("{name} is bound to the instance {id}, status {status}.\n"));
    Ok(Exit::Done)
}
