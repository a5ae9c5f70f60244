//! `apply`: plan, show, confirm, do, report. `destroy` is the same way with another aim.

use std::sync::Arc;

use clap::Args;

use super::App;
use super::args::{Doing, Planning};
use super::confirm::confirm;
use super::exit::{Exit, Fault};
use super::hmac::{self, Secrets};
use super::place::{self, Api};
use super::progress::Progress;
use super::{fleet, phone, plan, signals, sources};
use crate::apply::{GRACE, Halt, Outcome, Settings, Stop};
use crate::instance::Secret;
use crate::manifest::Desired;
use crate::plan::Plan;
use crate::render;
use crate::state::{AccountMark, Ledger, Opened};

/// Make the fleet equal to the manifest: plan, show, ask, do.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform apply -f wawpform.yaml --auto-approve")]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    doing: Doing,
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, nobody can be asked, or the API cannot be called.
pub(super) async fn run(app: &App, args: &ApplyArgs) -> anyhow::Result<Exit> {
    let desired = sources::desired(app)?;
    let ApplyArgs { planning, doing } = args;
    Errand { app, desired: &desired, planning, doing, destroy: false }.run().await
}

/// One apply or destroy.
pub(super) struct Errand<'a> {
    pub(super) app: &'a App,
    pub(super) desired: &'a Desired,
    pub(super) planning: &'a Planning,
    pub(super) doing: &'a Doing,
    pub(super) destroy: bool,
}

impl Errand<'_> {
    pub(super) async fn run(&self) -> anyhow::Result<Exit> {
        let Self { app, desired, planning, doing: _, destroy } = *self;
        let stop = signals::listen()?;
        let api = place::api(app)?;
        let operation = if destroy { "destroy" } else { "apply" };
        let opened = fleet::open(app, &desired.fleet, operation, &stop).await?;
        let secrets = hmac::at_hand(app, desired);
        let plan = plan::made(desired, Some(&opened.document), &secrets, planning, destroy)?;
        plan::show(app, &plan);
        if !plan::passes(app, &plan, desired, planning, destroy) {
            return Ok(Exit::Refused);
        }
        if plan.changes.is_empty() {
            // A journal that a run left behind is folded in here, also when there is nothing to do.
            fleet::close(app, opened.ledger).await?;
            return Ok(if plan.unsettled.is_empty() { Exit::Done } else { Exit::Partial });
        }
        hmac::complete(&plan, &secrets)?;
        let token = phone::token(app, &api, &desired.token_env)?;
        let account = phone::account(&opened.document, &token, self.doing.accept_account_change)?;
        self.approve(&stop).await?;
        self.carry_out(&plan, opened, (api, token, secrets), account, stop).await
    }

    async fn approve(&self, stop: &Stop) -> anyhow::Result<()> {
        if self.doing.auto_approve {
            return Ok(());
        }
        let fleet = &self.desired.fleet;
        let (question, expected) = if self.destroy {
            (
                format!(
                    "Do you really want to destroy all instances of {fleet}? Pairings cannot be restored."
                ),
                fleet.as_str(),
            )
        } else {
            ("Do you want to perform these actions?".to_owned(), "yes")
        };
        if confirm(self.app, &question, expected, stop).await? {
            return Ok(());
        }
        Err(Fault::error("cancelled; nothing was changed", "").into())
    }

    async fn carry_out(
        &self,
        plan: &Plan,
        opened: Opened,
        (api, token, secrets): (Api, Secret, Secrets),
        account: Option<AccountMark>,
        stop: Stop,
    ) -> anyhow::Result<Exit> {
        let Self { app, doing, .. } = *self;
        let progress = Arc::new(Progress::new(app, plan.changes.len()));
        let phone = phone::connect(app, api, token, Progress::calls(&progress), &stop).await?;
        let Opened { ledger, document: _, notices: _ } = opened;
        let settings = Settings {
            concurrency: usize::from(doing.concurrency),
            grace: GRACE,
            account,
            secrets,
            clock: app.env.clock(),
            listener: Progress::events(&progress),
            stop,
        };
        let outcome = crate::apply::run(plan, Arc::clone(&phone.client), ledger.recorder(), settings).await;
        progress.end();
        phone.hang_up().await;
        self.report(plan, &outcome, ledger).await
    }

    async fn report(&self, plan: &Plan, outcome: &Outcome, ledger: Ledger) -> anyhow::Result<Exit> {
        let Self { app, .. } = *self;
        let closed = fleet::close(app, ledger).await;
        app.out.data(&format!("\n{}", render::outcome(outcome, app.out.paint())));
        let closed = closed?;
        app.out
            .detail(&format!("{} records were made durable with {} syncs.", closed.records, closed.batches));
        let tally = outcome.tally();
        if tally.added > 0 {
            app.out
                .talk(&format!("\n{}", render::next_steps(&app.global.naming_flags(), app.global.sandbox)));
        }
        if !plan.unsettled.is_empty() {
            let calls = render::plural(plan.unsettled.len(), "call");
            app.out
                .warning(&format!("{calls} of unknown outcome still to be settled; the plan above says how"));
        }
        Ok(match &outcome.halt {
            Some(Halt::Interrupted) => Exit::Interrupted,
            Some(Halt::Unauthorized(_) | Halt::Untrusted(_) | Halt::StateUnwritable(_)) => Exit::Error,
            None if tally.is_complete() && plan.unsettled.is_empty() => Exit::Done,
            None => Exit::Partial,
        })
    }
}
