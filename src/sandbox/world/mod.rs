//! The emulated accounts and their instances, as one value.
//!
//! Invariant: nothing here waits, reads a clock or draws a random number: the moment is an argument, ids come
//! from the seed and the counter, and every change is left in the outbox as the entry that would repeat it.

mod kept;
mod naming;
mod session;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use kept::{Entry, FORMAT, Header, Plan, Terms};
pub use naming::IdShape;
pub use session::{Instance, Phase, Phone};

/// Which account a token opens: a salted hash, so that a token is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account(String);

/// Why the world does not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All slots are used.
    #[error("You have reached your limit of {0} instances. Upgrade your plan or delete an instance.")]
    QuotaReached(u32),
    /// Unknown, deleted, or another account's.
    #[error("The instance does not exist.")]
    InvalidInstance,
    /// There is no QR code to scan.
    #[error("the session is {0}, and only one in SCAN_QR_CODE can be scanned: start it first")]
    NoQrCode(&'static str),
    /// No phone is paired.
    #[error("no phone is paired with the session, so none can unlink it")]
    NotPaired,
    /// Not a phone number.
    #[error("`phone` is 6 to 15 digits with the country code, without `+`, spaces or dashes")]
    BadPhone,
}

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
        let mut hash = Sha256::new();
        hash.update(self.header.seed.to_le_bytes());
        hash.update(token.as_bytes());
        Account(hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect())
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
        self.outbox.push(Entry::Instance(made.clone()));
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

    /// Reads the status, which is what lets a STARTING end.
    #[allow(clippy::missing_errors_doc)]
    pub fn info(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.change(Some(who), id, |it| it.read(now))
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
        let number = &phone.number;
        if !(6..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refusal::BadPhone);
        }
        let mut paired = false;
        let it = self.change(None, id, |it| paired = it.scan(phone, now))?;
        if paired { Ok(it) } else { Err(Refusal::NoQrCode(it.phase.word())) }
    }

    /// The phone drops the linked device.
    ///
    /// # Errors
    /// No such instance, or nothing paired.
    pub fn unlink(&mut self, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        let mut unlinked = false;
        let it = self.change(None, id, |it| unlinked = it.unlink(now))?;
        if unlinked { Ok(it) } else { Err(Refusal::NotPaired) }
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

    /// The `n`-th QR code of an instance.
    #[must_use]
    pub fn qr(&self, it: &Instance, n: u64) -> String {
        naming::qr(self.header.seed, it.number, n)
    }

    /// The whole world as entries: repeating them gives it again.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let instances = self.instances.values().cloned().map(Entry::Instance);
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
                self.put(it);
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
        let it = self.instances.get_mut(id).ok_or(Refusal::InvalidInstance)?;
        if who.is_some_and(|who| who.0 != it.account) {
            return Err(Refusal::InvalidInstance);
        }
        let before = it.clone();
        with(it);
        if *it != before {
            self.outbox.push(Entry::Instance(it.clone()));
        }
        Ok(it.clone())
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

#[cfg(test)]
mod tests;
