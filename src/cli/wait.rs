//! `wait`: until instances run, or work. The same wait stands behind `apply --wait`.
//!
//! Looking needs no lock. A restart does: it starts the session again, and an apply that is stopping it would record
//! what is no longer so. So the lock is taken around the restarts alone, which wait for the next look while somebody
//! else holds it, and what is recorded by then decides.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::App;
use super::args::duration;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::looking::Looking;
use super::onboarding::SANDBOX_LOOKS;
use super::phone::Phone;
use super::progress::Progress;
use super::{fleet, looking, phone, place, recorded, signals};
use crate::apply::Stop;
use crate::instance::{Name, visible};
use crate::manifest::Desired;
use crate::observe::Halt;
use crate::render;
use crate::render::wait::{all_missing, there, verdict};
use crate::state::{Document, Opened};
use crate::wait::{Goal, Restart, Round, Settings, Waiting, Wish};
use crate::wawp::Concurrency;

/// Wait until instances run, or work.
///
/// Each is printed as it gets there. One that FAILED, or that is STARTING for more than 60 s, is restarted once. Ends
/// with 4 when some are not there in time.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform wait acme-sales --for working --timeout 5m")]
pub(super) struct WaitArgs {
    /// For these; without any, for all that should run.
    #[arg(add = names(Whose::Recorded))]
    name: Vec<Name>,
    /// What to wait for.
    #[arg(long = "for", value_enum, value_name = "GOAL", default_value_t = For::Working)]
    goal: For,
    /// For how long: 90s, 10m; 0s looks once.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10m")]
    timeout: Duration,
    #[command(flatten)]
    looking: Looking,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum For {
    /// The session runs; a phone may still be missing.
    Running,
    /// A phone is paired, and messages can be sent.
    Working,
}

impl From<For> for Goal {
    fn from(goal: For) -> Self {
        match goal {
            For::Running => Self::Running,
            For::Working => Self::Working,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, a name is not recorded, or the API does not accept the token.
pub(super) async fn run(app: &App, args: &WaitArgs) -> anyhow::Result<Exit> {
    let WaitArgs { name: only, goal, timeout, looking } = args;
    let stop = signals::listen()?;
    let (desired, document) = recorded::beside_the_manifest(app).await?;
    let recorded = document.as_ref().map(|document| &document.instances);
    if let Some(stranger) = only.iter().find(|name| !recorded.is_some_and(|all| all.contains_key(*name))) {
        let known: Vec<&Name> = recorded.into_iter().flat_map(|all| all.keys()).collect();
        return Err(fleet::no_such_name(stranger, &known));
    }
    let Some(document) = document else {
        app.out.talk("Nothing is recorded, so there is nothing to wait for.");
        return Ok(Exit::Done);
    };
    let whom: Wish = document
        .instances
        .iter()
        .filter(|(name, recorded)| only.contains(name) || (only.is_empty() && recorded.running))
        .map(|(name, recorded)| (name.clone(), recorded.instance_id.clone()))
        .collect();
    let until = Until { goal: (*goal).into(), timeout: *timeout, concurrency: looking.concurrency(&desired) };
    until.reached(app, &desired, &document, whom, false, &stop).await
}

/// What is waited for, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    pub(super) goal: Goal,
    pub(super) timeout: Duration,
    pub(super) concurrency: Concurrency,
}

impl Until {
    /// Waits, and tells who gets there.
    ///
    /// # Errors
    /// When the token is not accepted, or the state cannot be locked for another reason than that it is.
    pub(super) async fn reached(
        self,
        app: &App,
        desired: &Desired,
        document: &Document,
        whom: Wish,
        accept_account_change: bool,
        stop: &Stop,
    ) -> anyhow::Result<Exit> {
        if whom.is_empty() {
            app.out.talk("No recorded instance should run, so there is nothing to wait for.");
            return Ok(Exit::Done);
        }
        let api = place::api(app)?;
        let token = phone::token(app, &api, &desired.token_env)?;
        phone::account(document, &token, accept_account_change)?;
        let calls = Progress::calls(&Arc::new(Progress::of_nothing(app)));
        // Nobody has a phone for the built-in sandbox: its sessions would wait for ever.
        let phone = phone::connect_near(app, api, token, calls, stop, Some(SANDBOX_LOOKS)).await?;
        let exit = self.watched(app, (desired, document), &phone, whom, stop).await;
        phone.hang_up().await;
        exit
    }

    async fn watched(
        self,
        app: &App,
        (desired, document): (&Desired, &Document),
        phone: &Phone,
        whom: Wish,
        stop: &Stop,
    ) -> anyhow::Result<Exit> {
        let Self { goal, timeout, concurrency } = self;
        let settings = Settings { goal, timeout, pace: app.env.pace(), concurrency, stop: stop.token() };
        let mut waiting = Waiting::new(Arc::clone(&phone.client), whom.clone(), settings);
        let should_run = |name: &Name| document.instances.get(name).is_some_and(|recorded| recorded.running);
        let mut told_of_the_lock = false;
        loop {
            let Round { there: arrived, changed, due } = match waiting.round().await {
                Ok(round) => round,
                Err(halt) => return Err(ended(&waiting, &halt)),
            };
            for (name, status) in &arrived {
                app.out.data(&there(name, status, app.out.paint()));
            }
            // With one look only, the end says it all.
            let news = changed.iter().filter(|_| !timeout.is_zero());
            for line in all_missing(news, app.extent(), app.out.talk_paint()) {
                app.out.talk(&line);
            }
            let due: Vec<Name> = due.into_iter().filter(should_run).collect();
            if !due.is_empty() && !timeout.is_zero() {
                let restarted = restart(app, desired, &mut waiting, (&whom, &due), stop).await?;
                let made = restarted.map_err(|halt| ended(&waiting, &halt))?;
                if !made && !std::mem::replace(&mut told_of_the_lock, true) {
                    app.out
                        .talk("A restart is due; it is made when nobody else holds the lock of the state.");
                }
            }
            if !waiting.pause().await {
                break;
            }
        }
        if stop.is_asked() {
            return Err(ended(&waiting, &Halt::Interrupted));
        }
        let left = waiting.missing();
        if left.is_empty() {
            return Ok(Exit::Done);
        }
        app.out.error(&verdict(left.len(), whom.len(), goal));
        let lines = all_missing(&left, app.extent(), app.out.talk_paint());
        app.out.hint(&lines.join("\n"));
        if lines.iter().any(|line| line.contains("wawpform ")) {
            app.tell_same_flags();
        }
        Ok(Exit::Partial)
    }
}

/// Restarts those that are due and, by what is recorded now, still ours to keep running; holds the lock meanwhile.
/// `false` when somebody else holds it.
///
/// # Errors
/// When the state cannot be opened or closed, except that somebody else has it open.
async fn restart(
    app: &App,
    desired: &Desired,
    waiting: &mut Waiting,
    (whom, due): (&Wish, &[Name]),
    stop: &Stop,
) -> anyhow::Result<Result<bool, Halt>> {
    let Opened { ledger, document, notices: _ } = match fleet::open(app, &desired.fleet, "wait", stop).await {
        Ok(opened) => opened,
        Err(error) if is_locked(&error) => return Ok(Ok(false)),
        Err(error) => return Err(error),
    };
    let mut ended = Ok(true);
    for name in due {
        let is_ours = document.instances.get(name).is_some_and(|recorded| {
            recorded.running
                && whom.get(name) == Some(&recorded.instance_id)
                && !document.pending.contains_key(name)
        });
        if !is_ours {
            continue;
        }
        match waiting.restart(name).await {
            Ok(Restart::Made) => app.out.talk(&format!("{name}: restarted")),
            Ok(Restart::NotMade) => {}
            Ok(Restart::Failed(why)) => {
                app.out.warning(&format!("{name}: the restart failed: {}", visible(&why)));
            }
            Err(halt) => {
                ended = Err(halt);
                break;
            }
        }
    }
    fleet::close(app, ledger).await?;
    Ok(ended)
}

fn is_locked(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Fault>().is_some_and(|fault| fault.exit == Exit::Locked)
}

/// Why the wait ended early.
fn ended(waiting: &Waiting, halt: &Halt) -> anyhow::Error {
    if *halt != Halt::Interrupted {
        return looking::halted(halt);
    }
    let missing = waiting.missing();
    let whom = render::whom(missing.iter().map(|one| &one.name));
    let message = format!("interrupted while waiting for {whom}");
    Fault::error(message, "nothing was recorded; wait again").with(Exit::Interrupted).into()
}
