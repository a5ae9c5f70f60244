//! `apply`: plan, show, confirm, do, report. `destroy` is the same way with another aim.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::App;
use super::args::{Doing, Planning, duration};
use super::confirm::confirm;
use super::events::Stream;
use super::exit::{Exit, Fault};
use super::hmac::{self, Secrets};
use super::place::{self, Api};
use super::progress::Progress;
use super::report::Notes;
use super::wait::{For, Until};
use super::{fleet, github, phone, plan, policy, refresh, saved, signals, sources};
use crate::apply::{GRACE, Halt, Outcome, Settings, Stop};
use crate::instance::{Name, Secret};
use crate::manifest::Desired;
use crate::plan::{Plan, Saved, records};
use crate::render;
use crate::state::{AccountMark, Document, Ledger, Opened, Record};

/// Make the fleet equal to the manifest: plan, show, ask, do.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform apply -f wawpform.yaml --auto-approve")]
pub(super) struct ApplyArgs {
    /// A plan that `plan --out` wrote: it is done without a question, whole or as far as it is still to be done; more
    /// than it says is not. Guards and flags that lift them count now.
    #[arg(value_name = "PLAN", conflicts_with_all = ["target", "refresh", "recreate_missing"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    doing: Doing,
    /// Once all is done, wait until every recorded instance that should run is running, or working; with
    /// --target, only for those. Also when there was nothing to do, so that a second try does not pass untried.
    #[arg(long, value_enum, value_name = "GOAL")]
    wait: Option<For>,
    /// For how long to wait: 90s, 10m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10m", requires = "wait")]
    wait_timeout: Duration,
    #[command(flatten)]
    pub(super) github: github::Asked,
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, nobody can be asked, or the API cannot be called.
pub(super) async fn run(app: &App, args: &ApplyArgs) -> anyhow::Result<Exit> {
    let telling = &args.doing.telling;
    let notes = telling.begin(app, false)?;
    let ended = applied(app, args, &notes).await;
    notes.end(app, telling, ended).await
}

async fn applied(app: &App, args: &ApplyArgs, notes: &Notes) -> anyhow::Result<Exit> {
    let desired = sources::desired(app)?;
    let ApplyArgs { plan, planning, doing, wait, wait_timeout, github: _ } = args;
    let saved = plan.as_deref().map(|path| saved::of_fleet(path, &desired)).transpose()?;
    let planning = &saved.as_ref().map_or_else(|| planning.clone(), |saved| planning.like(&saved.asked));
    let until = wait.map(|goal| Until {
        goal: goal.into(),
        timeout: *wait_timeout,
        concurrency: planning.looking.concurrency(&desired),
    });
    let destroy = saved.as_ref().is_some_and(|saved| saved.asked.destroy);
    Errand { app, desired: &desired, planning, doing, destroy, until, saved: saved.as_ref(), notes }
        .run()
        .await
}

/// One apply or destroy.
pub(super) struct Errand<'a> {
    pub(super) app: &'a App,
    pub(super) desired: &'a Desired,
    pub(super) planning: &'a Planning,
    pub(super) doing: &'a Doing,
    pub(super) destroy: bool,
    /// What is waited for after it.
    pub(super) until: Option<Until>,
    /// The plan that was reviewed, if it is at hand.
    pub(super) saved: Option<&'a Saved>,
    /// What is taken down for its report.
    pub(super) notes: &'a Notes,
}

impl Errand<'_> {
    pub(super) async fn run(&self) -> anyhow::Result<Exit> {
        let Self { app, desired, planning, doing: _, destroy, until: _, saved, notes } = *self;
        notes.of(&desired.fleet, destroy, saved.map(|saved| &saved.plan));
        let policies = policy::read(&planning.policy)?;
        let stop = signals::listen()?;
        let api = place::api(app)?;
        let operation = if destroy { "destroy" } else { "apply" };
        let opened = fleet::open(app, &desired.fleet, operation, &stop).await?;
        notes.opened(&opened.document);
        let secrets = hmac::at_hand(app, desired);
        let standing = saved.map(|saved| saved::standing(saved, &opened.document, &secrets)).transpose();
        let standing = standing.inspect_err(|_| notes.stale())?;
        let (plan, refreshed) = match standing.flatten() {
            Some(plan) => (plan, None),
            None => {
                let accept = self.doing.accept_account_change;
                let recorded = (desired, &opened.document);
                let refreshed = refresh::when_asked(app, recorded, (planning, accept), &stop).await?;
                let recorded = (Some(&opened.document), refreshed.as_ref());
                (plan::made(desired, recorded, &secrets, planning, destroy)?, refreshed)
            }
        };
        let looked = refreshed.is_some();
        let observed = refreshed.map(|refreshed| records(&opened.document, &refreshed.document));
        let observed = observed.unwrap_or_default();
        plan::show(app, &plan);
        plan::tell_beside(app, &plan, looked || saved.is_some());
        let mut refusals = plan::refusals(&plan, desired, planning, destroy);
        let judgement = policies.judge(&plan, &refusals, !planning.target.is_empty()).await?;
        refusals.extend(judgement.refusals);
        notes.planned(app, &plan, &refusals);
        // The page of the result follows.
        github::plan(app, &plan, (&refusals, &judgement.warnings), 2);
        policy::warn(app, &plan, &judgement.warnings);
        if !plan::tell(app, &plan, &refusals) {
            return Ok(Exit::Refused);
        }
        plan::reviewed(saved.map_or(&plan, |saved| &saved.plan), self.doing.expect.as_ref())
            .and_then(|()| saved.map_or(Ok(()), |saved| saved::within(&plan, saved)))
            .inspect_err(|_| notes.stale())?;
        if plan.changes.is_empty() {
            // What was observed is recorded, and a journal that a run left behind is folded in, also when there is
            // nothing to do.
            note(&opened.ledger, observed).await?;
            let closed = fleet::close(app, opened.ledger).await?;
            let exit = if plan.unsettled.is_empty() { Exit::Done } else { Exit::Partial };
            notes.nothing_to_do(app, exit, &closed.document);
            return self.then_wait(exit, &closed.document, &stop).await;
        }
        hmac::complete(&plan, &secrets)?;
        let token = phone::token(app, &api, &desired.token_env)?;
        let account = phone::account(&opened.document, &token, self.doing.accept_account_change)?;
        self.approve(&stop).await?;
        note(&opened.ledger, observed).await?;
        self.carry_out(&plan, opened, (api, token, secrets), account, stop).await
    }

    async fn approve(&self, stop: &Stop) -> anyhow::Result<()> {
        // A saved plan was looked at before.
        if self.doing.auto_approve || self.saved.is_some() {
            return Ok(());
        }
        let fleet = &self.desired.fleet;
        let (question, expected) = if self.destroy {
            (
                match &self.planning.target[..] {
                    [] => format!(
                        "Do you really want to destroy all instances of {fleet}? Pairings cannot be restored."
                    ),
                    some => format!(
                        "Do you really want to destroy {} of {fleet}? Pairings cannot be restored.",
                        render::whom(some)
                    ),
                },
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
        let Self { app, .. } = *self;
        if app.out.draws() {
            // Between the plan, or the question and its answer, and what becomes of it.
            app.out.talk("");
        }
        let progress = Arc::new(Progress::of_plan(app, plan));
        let phone = phone::connect(app, api, token, Progress::calls(&progress), &stop).await?;
        let Opened { ledger, document: _, notices: _ } = opened;
        let (events, listener) = (app.out.events(), Progress::events(&progress));
        let settings = Settings {
            concurrency: self.planning.looking.concurrency(self.desired),
            grace: GRACE,
            account,
            secrets,
            clock: app.env.clock(),
            listener: events
                .map_or_else(|| Arc::clone(&listener), |events| Stream::changes(events, listener.clone())),
            stop: stop.clone(),
        };
        let run = crate::apply::run(plan, Arc::clone(&phone.client), ledger.recorder(), settings);
        let outcome = match events {
            Some(events) => events.during(app.env.still(), run).await,
            None => run.await,
        };
        progress.end();
        phone.hang_up().await;
        let (exit, document) = self.report(plan, &outcome, ledger).await?;
        self.then_wait(exit, &document, &stop).await
    }

    /// After all is done, waits for what was asked for; the lock is not held any more.
    async fn then_wait(&self, exit: Exit, document: &Document, stop: &Stop) -> anyhow::Result<Exit> {
        let Self { app, desired, planning, doing, destroy: _, until, saved: _, notes: _ } = *self;
        let Some(until) = until.filter(|_| exit == Exit::Done) else { return Ok(exit) };
        let targets = &planning.target;
        let is_meant = |name: &Name| targets.is_empty() || targets.contains(name);
        let whom = document.instances.iter().filter(|(name, recorded)| recorded.running && is_meant(name));
        let whom = whom.map(|(name, recorded)| (name.clone(), recorded.instance_id.clone())).collect();
        app.out.talk(&format!("\nWaiting until all are {}.", until.goal.as_word()));
        until.reached(app, desired, document, whom, doing.accept_account_change, stop).await
    }

    async fn report(
        &self,
        plan: &Plan,
        outcome: &Outcome,
        ledger: Ledger,
    ) -> anyhow::Result<(Exit, Document)> {
        let Self { app, notes, .. } = *self;
        let closed = fleet::close(app, ledger).await;
        notes.became(app, outcome, closed.as_ref().ok().map(|closed| &closed.document));
        app.out.sentences(&format!("\n{}", render::outcome(outcome, app.out.paint())));
        let closed = closed?;
        app.out
            .detail(&format!("{} records were made durable with {} syncs.", closed.records, closed.batches));
        let tally = outcome.tally();
        // What went wrong comes first.
        if tally.added > 0 && tally.is_complete() && outcome.halt.is_none() {
            app.out
                .talk(&format!("\n{}", render::next_steps(&app.global.naming_flags(), app.global.sandbox)));
        }
        if tally.unknown > 0 {
            app.tell_same_flags();
        }
        if !plan.unsettled.is_empty() {
            let calls = render::plural(plan.unsettled.len(), "call");
            app.out
                .warning(&format!("{calls} of unknown outcome still to be settled; the plan above says how"));
        }
        let exit = match &outcome.halt {
            Some(Halt::Interrupted) => Exit::Interrupted,
            Some(
                Halt::Unauthorized(_) | Halt::Untrusted(_) | Halt::Unreachable(_) | Halt::StateUnwritable(_),
            ) => Exit::Error,
            None if tally.is_complete() && plan.unsettled.is_empty() => Exit::Done,
            None => Exit::Partial,
        };
        Ok((exit, closed.document))
    }
}

/// Records what was observed.
async fn note(ledger: &Ledger, observed: Vec<Record>) -> anyhow::Result<()> {
    if observed.is_empty() {
        return Ok(());
    }
    ledger.record_all(observed).await.context("what was observed cannot be recorded")
}
