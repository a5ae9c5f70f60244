//! `state unlock`: who holds the lock, and taking it away from a run that is dead.

use clap::Args;

use crate::cli::exit::{Exit, Fault};
use crate::cli::{App, fleet, place, sources};
use crate::instance::visible;
use crate::state::{Holder, LockInfo, StoreError};

/// Say who holds the lock, or take it away.
#[derive(Debug, Args)]
pub(super) struct UnlockArgs {
    /// The lock's ID, as it is told: another one is left alone.
    id: Option<String>,
    /// Take the lock away. If its holder is at work all the same, it writes nothing more.
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(app: &App, UnlockArgs { id, force }: &UnlockArgs) -> anyhow::Result<()> {
    let store = place::store(app, || Ok(sources::desired(app)?.fleet))?;
    let place = store.place();
    let asking = fleet::lock_info(app, "state unlock", place.clone())?;
    let failed = |error: StoreError| fleet::unusable(error.into());
    let Some(Holder(holder)) = store.holder(&asking).await.map_err(failed)? else {
        app.out.data(&format!("{place} is not locked.\n"));
        return Ok(());
    };
    let held = |hint: String| -> anyhow::Error {
        let message = fleet::locked(&place, holder.as_deref(), std::time::Duration::ZERO);
        Fault::error(message, hint).with(Exit::Locked).into()
    };
    let known = holder.as_ref().map(|holder| holder.id.clone());
    let Some(broken) = id.clone().or_else(|| known.clone()) else {
        return Err(held("the server does not say whose lock it is: give its ID and --force".into()));
    };
    if known.as_ref().is_some_and(|known| *known != broken) {
        return Err(held("this is another lock than the one that was named; it was left alone".into()));
    }
    if !force {
        let flags = app.global.naming_flags();
        return Err(held(format!(
            "it may be at work. When you know that it is dead: wawpform state unlock {} --force{flags}",
            visible(&broken)
        )));
    }
    store.break_lock(&broken).await.map_err(|error| match error {
        StoreError::Locked(_) => held("it could not be taken away: look again".into()),
        error => failed(error),
    })?;
    let was = holder.map(|holder| {
        let LockInfo { who, created, operation, .. } = *holder;
        format!("; it was held by {who} since {created} for {operation}")
    });
    app.out.data(&format!("Unlocked {place}{}.\n", visible(&was.unwrap_or_default())));
    Ok(())
}
