//! What every step of a run shares: pen, telephone, slots, and the reasons to stop.
//!
//! Invariant: no call leaves before its intent is durable, and none after a halt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

use super::aim::Aim;
use super::creates::Creates;
use super::event::Event;
use super::extras::Extras;
use super::outcome::{Cause, End, Halt};
use super::settings::Settings;
use crate::instance::{Name, Secret};
use crate::plan::Plan;
use crate::state::{AccountMark, Call, FoldError, LedgerError, Record, Recorder};
use crate::wawp::{CallError, Client, Kind, Slot, Slots};

/// Whether a call is the first of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing of the change was done yet.
    First,
    /// Some of it was.
    Next,
}

/// Why something is not recorded.
#[derive(Debug)]
pub(super) enum Unrecorded {
    /// It does not fit what is recorded. That concerns this change only.
    Refused(FoldError),
    /// The state cannot be written. The run halts.
    Unwritable(String),
}

pub(super) struct Context {
    pub(super) client: Arc<Client>,
    pub(super) recorder: Recorder,
    pub(super) settings: Settings,
    slots: Arc<Slots>,
    halt: Mutex<Option<Halt>>,
    /// Until when calls in flight may take after a stop; set by the first who sees the stop.
    grace_until: OnceLock<Instant>,
    pub(super) creates: Creates,
    /// What earlier runs left in doubt and this one does again.
    in_doubt: Vec<(Name, Aim)>,
    pub(super) extras: Extras,
    /// Whether a call succeeded, which shows that the token is good.
    token_is_good: AtomicBool,
    /// The account's mark, until it is recorded.
    account: Mutex<Option<AccountMark>>,
}

impl Context {
    pub(super) fn new(client: Arc<Client>, recorder: Recorder, settings: Settings, plan: &Plan) -> Self {
        let unsettled = plan.unsettled.iter().filter(|entry| entry.call == Call::Create);
        let creates = Creates::after(unsettled.map(|entry| entry.name.clone()));
        let in_doubt = Aim::in_doubt(plan).collect();
        let slots = client.slots(settings.concurrency);
        let (halt, grace_until, token_is_good) = (Mutex::new(None), OnceLock::new(), AtomicBool::new(false));
        let account = Mutex::new(settings.account.clone());
        let extras = Extras::default();
        Self {
            client,
            recorder,
            settings,
            slots,
            halt,
            grace_until,
            creates,
            in_doubt,
            extras,
            token_is_good,
            account,
        }
    }

    /// Waits for a free slot, then makes the intent of a call durable. The slot is held until it is dropped.
    pub(super) async fn begin(&self, name: &Name, aim: &Aim, turn: Turn) -> Result<Slot<'_>, End> {
        let slot = self.slot(turn).await?;
        self.lets_create(aim)?;
        match self.record(aim.intent(name, (self.settings.clock)())).await {
            Ok(()) => {}
            Err(Unrecorded::Unwritable(why)) => return Err(halted_by(turn, &Halt::StateUnwritable(why))),
            Err(refused) => return Err(refused.into()),
        }
        // The sync took a moment; what came in between means that the call does not leave.
        if let Err(end) = self.may_go_on(turn).and_then(|()| self.lets_create(aim)) {
            if let Some(void) = self.void(name, aim) {
                // If that cannot be recorded, the run halts by it, and the intent stays.
                let _ = self.record(void).await;
            }
            return Err(end);
        }
        if turn == Turn::First {
            self.tell(Event::Begun { name: name.clone(), action: aim.action() });
        }
        Ok(slot)
    }

    /// The record that says that a call surely changed nothing; `None` when an earlier run left the same in doubt: what
    /// this call did not do says nothing of what that one did.
    pub(super) fn void(&self, name: &Name, aim: &Aim) -> Option<Record> {
        let was_in_doubt = self.in_doubt.iter().any(|(whose, what)| whose == name && what == aim);
        (!was_in_doubt).then(|| aim.void(name))
    }

    /// The signing secret in a variable. Whoever starts a run looks for all of them first.
    pub(super) fn secret(&self, variable: &str) -> Result<&Secret, End> {
        let missing = || End::Failed {
            why: format!("the variable {variable} is not at hand"),
            cause: Cause::Secret,
            may_pass: false,
        };
        self.settings.secrets.get(variable).ok_or_else(missing)
    }

    /// Waits for a free slot.
    pub(super) async fn slot(&self, turn: Turn) -> Result<Slot<'_>, End> {
        let slot = self.slots.take().await;
        self.may_go_on(turn)?;
        Ok(slot)
    }

    /// How many calls may be in flight at the moment.
    pub(super) fn at_once(&self) -> usize {
        self.slots.limit()
    }

    /// Why no further create is begun, if this is one and that is so.
    pub(super) fn lets_create(&self, aim: &Aim) -> Result<(), End> {
        let barred = if *aim == Aim::Call(Call::Create) { self.creates.barred() } else { None };
        barred.map_or(Ok(()), |why| Err(End::NotStarted { why }))
    }

    /// Whether a call may leave. A signal lets a change that was begun go on for the grace; a token or a
    /// state that does not work stops everything.
    fn may_go_on(&self, turn: Turn) -> Result<(), End> {
        match (turn, self.halted()) {
            (_, None) => Ok(()),
            (Turn::Next, Some(Halt::Interrupted)) if Instant::now() < self.grace_until() => Ok(()),
            (turn, Some(halt)) => Err(halted_by(turn, &halt)),
        }
    }

    /// Makes a record durable. When the state cannot be written, nothing more is started.
    pub(super) async fn record(&self, record: Record) -> Result<(), Unrecorded> {
        let account = self.account_to_record();
        let records = account.iter().map(|account| Record::Account { account: account.clone() });
        let recorded = self.recorder.record_all(records.chain([record]).collect()).await;
        if recorded.is_err() && account.is_some() {
            *self.account.lock().unwrap_or_else(PoisonError::into_inner) = account;
        }
        let why = match recorded {
            Ok(()) => return Ok(()),
            Err(LedgerError::Inconsistent(refused)) => return Err(Unrecorded::Refused(refused)),
            // The store's own words are enough; the ledger's would say it twice.
            Err(LedgerError::Broken(source)) => chain(&*source),
            Err(error @ LedgerError::Closed) => chain(&error),
        };
        let why = format!("the state cannot be written: {why}");
        self.halt(Halt::StateUnwritable(why.clone()));
        Err(Unrecorded::Unwritable(why))
    }

    /// The account's mark, once, for the first record after a call that succeeded: a token that is refused, or
    /// under which nothing exists, marks nothing.
    fn account_to_record(&self) -> Option<AccountMark> {
        if !self.token_is_good.load(Ordering::Relaxed) {
            return None;
        }
        self.account.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for the answer to a call, but not longer than the grace after a stop. What the answer means for
    /// the whole run is noted here, once.
    pub(super) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let grace_over = async {
            self.settings.stop.asked().await;
            tokio::time::sleep_until(self.grace_until()).await;
        };
        let answer = tokio::select! {
            // Once it is over, nothing leaves any more.
            biased;
            () = grace_over => {
                Err(CallError::unanswered(Kind::Unknown, "interrupted before the answer came"))
            }
            answer = call => answer,
        };
        match &answer {
            Ok(_) => self.token_is_good.store(true, Ordering::Relaxed),
            Err(error) if error.kind == Kind::Unauthorized => {
                self.halt(Halt::Unauthorized(error.to_string()));
            }
            Err(error) if error.kind == Kind::Untrusted => {
                self.halt(Halt::Untrusted(error.to_string()));
            }
            Err(error) if error.kind == Kind::NotSent && !self.client.was_reached() => {
                self.halt(Halt::Unreachable(error.to_string()));
            }
            Err(_) => {}
        }
        answer
    }

    /// Starts nothing more. The first reason stays, except that a state which cannot be written is the worst.
    pub(super) fn halt(&self, why: Halt) {
        if why == Halt::Interrupted {
            self.grace_until();
        }
        let mut halt = self.halt.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = halt.is_none();
        let is_worse =
            matches!(&why, Halt::StateUnwritable(_)) && !matches!(&*halt, Some(Halt::StateUnwritable(_)));
        if is_first || is_worse {
            *halt = Some(why);
        }
        drop(halt);
        if is_first {
            // A call that waits for the end of a pause would leave after the halt.
            self.client.wait_no_more();
            self.tell(Event::Halting);
        }
    }

    /// Why nothing more is started, if that is so. A stop counts from the moment it is asked for.
    pub(super) fn halted(&self) -> Option<Halt> {
        if self.settings.stop.is_asked() {
            self.halt(Halt::Interrupted);
        }
        self.halt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tell(&self, event: Event) {
        (self.settings.listener)(event);
    }

    /// One end for all: a call that begins late in the grace does not get another one.
    fn grace_until(&self) -> Instant {
        *self.grace_until.get_or_init(|| Instant::now() + self.settings.grace)
    }
}

fn halted_by(turn: Turn, halt: &Halt) -> End {
    match turn {
        Turn::First => End::NotStarted { why: halt.in_words().into() },
        Turn::Next => {
            let why = format!("it was not finished: {}", halt.in_words());
            End::Failed { why, cause: Cause::Cut, may_pass: true }
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl From<Unrecorded> for End {
    fn from(unrecorded: Unrecorded) -> Self {
        let why = match unrecorded {
            Unrecorded::Refused(refused) => format!("it does not fit the state: {refused}"),
            Unrecorded::Unwritable(why) => why,
        };
        Self::Failed { why, cause: Cause::State, may_pass: false }
    }
}
