//! The run: phase after phase, each with bounded concurrency, until done or told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::context::Context;
use super::event::Event;
use super::outcome::{Cause, End, Entry, Halt, Outcome};
use super::settings::Settings;
use super::step;
use crate::plan::{Action, Change, Phase, Plan};
use crate::state::Recorder;
use crate::wawp::{Client, Kind, at_the_calls};

/// Applies a plan that its guards let through. Whoever opened the ledger closes it. The client waits for
/// nothing any more when the run was halted: the next run has a client of its own.
///
/// Never fails as a whole: what went wrong is in the outcome.
pub async fn run(plan: &Plan, client: Arc<Client>, recorder: Recorder, settings: Settings) -> Outcome {
    let context = Arc::new(Context::new(client, recorder, settings, plan));
    let mut ends: Vec<Option<Entry>> = vec![None; plan.changes.len()];
    let mut rest = plan.changes.iter().enumerate().peekable();
    for phase in Phase::ALL {
        let mut of_phase = Vec::new();
        while let Some((index, change)) = rest.next_if(|(_, change)| change.action.phase() == phase) {
            of_phase.push((index, change.clone()));
        }
        let begun = at_the_calls(run_phase(Arc::clone(&context), of_phase)).await;
        for (index, entry) in begun {
            if let Some(end) = ends.get_mut(index) {
                *end = Some(entry);
            }
        }
    }
    let halt = context.halted();
    let why = halt.as_ref().map_or("the run was over", Halt::in_words);
    let not_started = |change: &Change| Entry::new(change, End::NotStarted { why: why.into() });
    let entries =
        plan.changes.iter().zip(ends).map(|(change, end)| end.unwrap_or_else(|| not_started(change)));
    Outcome { entries: entries.collect(), halt }
}

/// Runs the changes of one phase. What is not in the answer was not started.
async fn run_phase(context: Arc<Context>, changes: Vec<(usize, Change)>) -> BTreeMap<usize, Entry> {
    // A change gives its slot back while its result is being written, so a few more than there are slots
    // keep the slots full. One at a time means what it says: each is finished before the next is begun.
    let most_alive = || match context.at_once() {
        0 | 1 => 1,
        many => many.saturating_mul(2),
    };
    let mut alive = JoinSet::new();
    let mut ended = BTreeMap::new();
    let mut waiting = changes.into_iter();
    let stop = context.settings.stop.clone();
    let mut stopping = std::pin::pin!(stop.asked());
    let mut stopped = false;
    loop {
        while alive.len() < most_alive() && context.halted().is_none() {
            let Some((index, change)) = waiting.next() else { break };
            ended.insert(index, Entry::new(&change, given_up(&change)));
            let context = Arc::clone(&context);
            alive.spawn(async move { (index, one(&context, change).await) });
        }
        tokio::select! {
            // A stop is looked at first, so that nothing is started after it.
            biased;
            () = &mut stopping, if !stopped => {
                stopped = true;
                context.halt(Halt::Interrupted);
            }
            next = alive.join_next() => match next {
                Some(Ok((index, entry))) => { ended.insert(index, entry); }
                Some(Err(_)) => {}
                None => return ended,
            },
        }
    }
}

async fn one(context: &Context, change: Change) -> Entry {
    let mut entry = Entry::new(&change, End::Done);
    entry.end = match step::take(context, &change, &mut entry).await {
        Ok(()) => End::Done,
        Err(end) => cut_short(context, end),
    };
    if !matches!(entry.end, End::NotStarted { .. }) {
        context.tell(Event::Ended(entry.clone()));
    }
    entry
}

/// A call that got nowhere after an interrupt, which ends every wait and every retry, did not fail by itself.
fn cut_short(context: &Context, end: End) -> End {
    match end {
        End::Failed {
            why,
            cause: Cause::Call(Kind::NotSent | Kind::Unknown | Kind::RateLimited),
            may_pass: true,
        } if context.halted() == Some(Halt::Interrupted) => {
            End::Failed { why, cause: Cause::Cut, may_pass: true }
        }
        end => end,
    }
}

/// What is said of a step that panics: whatever it was about to do is on disk as an intent, and nobody knows
/// more. Anything but a create may simply be done again.
fn given_up(change: &Change) -> End {
    let why = "the program failed inside it".to_owned();
    match change.action {
        Action::Create { .. } => End::Unknown { why },
        _ => End::Failed { why, cause: Cause::Program, may_pass: true },
    }
}

impl Entry {
    fn new(change: &Change, end: End) -> Self {
        let (name, action) = (change.name.clone(), change.action.word());
        Self { name, action, instance_id: None, end, notes: Vec::new() }
    }
}
