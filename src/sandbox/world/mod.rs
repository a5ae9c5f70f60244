//! The emulated accounts and their instances, as one value.
//!
//! Invariant: nothing here waits, reads a clock or draws a random number: the moment is an argument, ids come
//! from the seed and the counter, and every change is left in the outbox as the entry that would repeat it.

mod kept;
mod naming;
mod pairing;
mod policy;
mod refusal;
mod session;
mod settings;
mod webhook;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub use kept::{Entry, FORMAT, Header, Plan, Terms};
pub use naming::IdShape;
pub use pairing::{Pairing, Qr};
pub use policy::{LIMITS, POLICIES, Policy};
pub use refusal::Refusal;
pub use session::{Instance, Phase, Phone};
pub use webhook::{Retries, Webhook, WebhookChange};

/// Which account a token opens: a salted hash, so that a token is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account(String);

/// What makes one create different from the documented one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Birth {
    /// Answer a numeric id, whatever the terms say.
    pub numeric: bool,
    /// Start at once, as v1 did (wawp-api.md §2.1).
    pub starting: bool,
}

/// All accounts and their instances.
#[derive(Debug, Clone)]
pub struct World {
    header: Header,
    terms: Terms,
    instances: BTreeMap<String, Instance>,
    held: HashMap<String, u32>,
    outbox: Vec<Entry>,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new(seed: u64, plan: Plan, terms: Terms) -> Self {
        let header = Header { format: FORMAT, seed, counter: 0, plan };
        Self { header, terms, instances: BTreeMap::new(), held: HashMap::new(), outbox: Vec::new() }
    }

    /// The account that a token opens.
    #[must_use]
    pub fn account(&self, token: &str) -> Account {
        Account(self.mark(token))
    }

    /// The mark of a secret, which is what is kept in its place.
    #[must_use]
    pub fn mark(&self, secret: &str) -> String {
        naming::mark(self.header.seed, secret)
    }

    /// Takes a slot.
    ///
    /// # Errors
    /// [`Refusal::QuotaReached`].
    pub fn create(&mut self, account: &Account, birth: Birth, now: Timestamp) -> Result<Instance, Refusal> {
        let held = self.held.get(&account.0).copied().unwrap_or(0);
        if let Some(quota) = self.terms.quota.filter(|quota| held >= *quota) {
            return Err(Refusal::QuotaReached(quota));
        }
        self.header.counter += 1;
        let shape = if birth.numeric { IdShape::Number } else { self.terms.id_shape };
        let mut made = Instance::new(self.header.seed, self.header.counter, shape, &account.0, now);
        if birth.starting {
            made.start(Some(self.terms.starting_reads), now);
        }
        self.put(made.clone());
        self.outbox.push(Entry::Instance(Box::new(made.clone())));
        Ok(made)
    }

    /// Starts an instance; `stuck` leaves it STARTING until a restart.
    ///
    /// # Errors
    /// [`Refusal::InvalidInstance`], as in every call below.
    pub fn start(
        &mut self,
        who: &Account,
        id: &str,
        stuck: bool,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        let reads = self.reads(stuck);
        self.change(Some(who), id, |it| it.start(reads, now))
    }

    /// Stops an instance.
    #[allow(clippy::missing_errors_doc)]
    pub fn stop(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.change(Some(who), id, |it| it.stop(now))
    }

    /// Restarts an instance; `stuck` leaves it STARTING.
    #[allow(clippy::missing_errors_doc)]
    pub fn restart(
        &mut self,
        who: &Account,
        id: &str,
        stuck: bool,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        let reads = self.reads(stuck);
        self.change(Some(who), id, |it| it.restart(reads, now))
    }

    /// Drops the pairing.
    #[allow(clippy::missing_errors_doc)]
    pub fn logout(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.change(Some(who), id, |it| it.logout(now))
    }

    /// Frees the slot. Every later call with this id is [`Refusal::InvalidInstance`].
    #[allow(clippy::missing_errors_doc)]
    pub fn delete(&mut self, who: &Account, id: &str) -> Result<Instance, Refusal> {
        self.remove(Some(who), id)
    }

    /// Reads the status, which is what lets a STARTING end and a phone that waits for its turn scan.
    #[allow(clippy::missing_errors_doc)]
    pub fn info(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        let (seed, scan_after) = (self.header.seed, self.terms.scan_after);
        self.change(Some(who), id, |it| {
            it.read(now);
            it.looked_for(scan_after, seed, now);
        })
    }

    /// Reads without any effect.
    #[allow(clippy::missing_errors_doc)]
    pub fn me(&self, who: &Account, id: &str) -> Result<Instance, Refusal> {
        let found = self.instances.get(id).filter(|it| it.account == who.0);
        found.cloned().ok_or(Refusal::InvalidInstance)
    }

    /// A phone scans the QR code of any account's instance.
    ///
    /// # Errors
    /// Not a number, no such instance, or no QR code.
    pub fn scan(&mut self, id: &str, phone: Phone, now: Timestamp) -> Result<Instance, Refusal> {
        if !is_phone(&phone.number) {
            return Err(Refusal::BadPhone);
        }
        self.try_change(None, id, |it| {
            if it.scan(phone, now) { Ok(()) } else { Err(Refusal::NoQrCode(it.phase.word())) }
        })
    }

    /// The phone drops the linked device.
    ///
    /// # Errors
    /// No such instance, or nothing paired.
    pub fn unlink(&mut self, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.try_change(None, id, |it| if it.unlink(now) { Ok(()) } else { Err(Refusal::NotPaired) })
    }

    /// Something breaks on the engine's side: what runs is FAILED.
    ///
    /// # Errors
    /// No such instance, or it does not run.
    pub fn fail(&mut self, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.try_change(None, id, |it| if it.fail(now) { Ok(()) } else { Err(Refusal::NotRunning) })
    }

    /// Somebody stops the instance in the dashboard.
    ///
    /// # Errors
    /// No such instance.
    pub fn halt(&mut self, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.change(None, id, |it| it.stop(now))
    }

    /// Somebody deletes the instance in the dashboard.
    ///
    /// # Errors
    /// No such instance.
    pub fn vanish(&mut self, id: &str) -> Result<Instance, Refusal> {
        self.remove(None, id)
    }

    /// Every account's instances, by id.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.values()
    }

    /// The whole world as entries: repeating them gives it again.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let instances = self.instances.values().cloned().map(|it| Entry::Instance(Box::new(it)));
        std::iter::once(Entry::World(self.header)).chain(instances)
    }

    /// What changed since this was last asked.
    pub fn take_changes(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.outbox)
    }

    /// Repeats a kept change. The kept seed and counter replace this world's; its plan and terms stay, they
    /// are the run's to choose.
    pub fn repeat(&mut self, entry: Entry) {
        match entry {
            Entry::World(Header { format: _, seed, counter, plan: _ }) => {
                self.header.seed = seed;
                self.header.counter = counter;
            }
            Entry::Instance(it) => {
                self.header.counter = self.header.counter.max(it.number);
                self.put(*it);
            }
            Entry::Gone { instance_id } => {
                self.take(&instance_id);
            }
        }
    }

    const fn reads(&self, stuck: bool) -> Option<u32> {
        if stuck { None } else { Some(self.terms.starting_reads) }
    }

    fn change(
        &mut self,
        who: Option<&Account>,
        id: &str,
        with: impl FnOnce(&mut Instance),
    ) -> Result<Instance, Refusal> {
        self.try_change(who, id, |it| {
            with(it);
            Ok(())
        })
    }

    /// A refusal may still have changed something, and that is kept as well.
    fn try_change(
        &mut self,
        who: Option<&Account>,
        id: &str,
        with: impl FnOnce(&mut Instance) -> Result<(), Refusal>,
    ) -> Result<Instance, Refusal> {
        let it = self.instances.get_mut(id).ok_or(Refusal::InvalidInstance)?;
        if who.is_some_and(|who| who.0 != it.account) {
            return Err(Refusal::InvalidInstance);
        }
        let before = it.clone();
        let done = with(it);
        if *it != before {
            self.outbox.push(Entry::Instance(Box::new(it.clone())));
        }
        done.map(|()| it.clone())
    }

    fn remove(&mut self, who: Option<&Account>, id: &str) -> Result<Instance, Refusal> {
        let it = self.instances.get(id).ok_or(Refusal::InvalidInstance)?;
        if who.is_some_and(|who| who.0 != it.account) {
            return Err(Refusal::InvalidInstance);
        }
        let gone = self.take(id).ok_or(Refusal::InvalidInstance)?;
        self.outbox.push(Entry::Gone { instance_id: id.to_owned() });
        Ok(gone)
    }

    fn put(&mut self, it: Instance) {
        let account = it.account.clone();
        if self.instances.insert(it.instance_id.clone(), it).is_none() {
            *self.held.entry(account).or_insert(0) += 1;
        }
    }

    fn take(&mut self, id: &str) -> Option<Instance> {
        let gone = self.instances.remove(id)?;
        if let Some(held) = self.held.get_mut(&gone.account) {
            *held = held.saturating_sub(1);
        }
        Some(gone)
    }
}

/// Whether a text is a phone's number: digits with the country code.
fn is_phone(number: &str) -> bool {
    (6..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
