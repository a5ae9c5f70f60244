//! The fingerprint of a plan: what a review names, and what an apply is held to.
//!
//! Invariant: two plans have the same one exactly when applying them would do the same to the same history of the same
//! fleet. What is hashed carries a version, and no part of it can be read as another: see [`VERSION`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attributes::{Attributes, Held, HookSpec};
use super::change::{Action, Change, Plan};
use crate::instance::Retries;
use crate::state::{Hook, Lineage};

/// Opens what is hashed, so that another encoding never gives the same fingerprint.
///
/// The encoding: a text is its length in bytes (8 bytes, the lowest last) and its bytes as UTF-8; a number is 8 bytes;
/// a flag is one byte; what may be absent is a flag, then itself; a list is its length, then its entries. The whole is:
/// this text, the fleet, the lineage if there is a history, and the list of the changes, each a text of its own,
/// sorted as bytes. A change is the word of its action, its name, and the fields of the action in the order of
/// their declaration.
///
/// Left out is what an apply does not act on (reasons, the vendor's name of a session, drift, defaults), the serial, and of
/// a signing secret that is to be set its mark: who plans need not hold the secret, so all that counts is which variable
/// holds it and whether the recorded one is kept.
const VERSION: &str = "wawpform plan 1";

/// A whole fingerprint: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// What a person or a pipeline names a fingerprint by: its first 12 to 64 digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed(String);

/// A text that names no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the first {SHORTEST} to {LONGEST} hexadecimal digits of a fingerprint, as `plan` tells it")]
pub struct NoFingerprint;

/// Fewer digits could be met by chance, or made to be met.
const SHORTEST: usize = 12;
const LONGEST: usize = 64;

impl Plan {
    /// The history that the plan belongs to. A state that nothing was ever recorded in has none: who begins it gives it
    /// another lineage each time.
    #[must_use]
    pub fn history(&self) -> Option<&Lineage> {
        self.lineage.as_ref().filter(|_| self.serial > 0)
    }

    /// What names this plan in a review.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut all = Encoded::default();
        all.text(VERSION);
        all.text(self.fleet.as_str());
        all.option(self.history(), |all, lineage| all.text(&lineage.0));
        let mut changes: Vec<Vec<u8>> = self.changes.iter().map(encoded).collect();
        changes.sort();
        all.list(changes.iter(), |all, change| all.bytes(change));
        Fingerprint::of(&all.0)
    }
}

impl Fingerprint {
    /// The hash of any bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether this is the one that was reviewed.
    #[must_use]
    pub fn is(&self, reviewed: &Reviewed) -> bool {
        self.0.starts_with(&reviewed.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Reviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reviewed {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let fits = (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(NoFingerprint) }
    }
}

/// One change, as it is hashed.
fn encoded(change: &Change) -> Vec<u8> {
    let Change { name, action, reason: _ } = change;
    let mut out = Encoded::default();
    out.text(action.word());
    out.text(name.as_str());
    match action {
        Action::Delete { before } => out.held(before),
        Action::Rename { from, before } => {
            out.text(from.as_str());
            out.held(before);
        }
        Action::Forget { before } => out.option(before.as_ref(), Encoded::held),
        Action::Adopt { instance_id, after } => {
            out.text(instance_id.as_str());
            out.attributes(after, Side::After(None));
        }
        Action::Create { after, replaces } => {
            out.attributes(after, Side::After(None));
            out.option(replaces.as_ref(), Encoded::held);
        }
        Action::Update { before, after } => {
            out.held(before);
            out.attributes(after, Side::After(Some(&before.attributes)));
        }
    }
    out.0
}

/// Which side of a change attributes are of.
#[derive(Clone, Copy)]
enum Side<'a> {
    Before,
    /// With what is recorded, if anything is.
    After(Option<&'a Attributes>),
}

/// Bytes in the encoding that [`VERSION`] describes.
#[derive(Default)]
struct Encoded(Vec<u8>);

impl Encoded {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn option<T: ?Sized>(&mut self, value: Option<&T>, put: impl FnOnce(&mut Self, &T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            put(self, value);
        }
    }

    fn list<T>(&mut self, entries: impl ExactSizeIterator<Item = T>, mut put: impl FnMut(&mut Self, T)) {
        self.number(entries.len() as u64);
        entries.for_each(|entry| put(self, entry));
    }

    fn held(&mut self, held: &Held) {
        let Held { instance_id, session_name: _, attributes } = held;
        self.text(instance_id.as_str());
        self.attributes(attributes, Side::Before);
    }

    fn attributes(&mut self, attributes: &Attributes, side: Side<'_>) {
        let Attributes { labels, protect, running, rate_limit, webhooks, doubtful } = attributes;
        self.list(labels.iter(), |out, (key, value)| {
            out.text(key);
            out.text(value);
        });
        self.flag(*protect);
        self.flag(*running);
        self.option(rate_limit.as_deref(), Self::text);
        self.list(webhooks.iter(), |out, (url, spec)| {
            out.text(url);
            out.hook(url, spec, side);
        });
        self.list(doubtful.iter(), |out, part| out.text(&part.to_string()));
    }

    fn hook(&mut self, url: &str, spec: &HookSpec, side: Side<'_>) {
        let HookSpec { hook, hmac_env } = spec;
        let Hook { events, retries: Retries { delay, attempts }, hmac } = hook;
        self.list(events.iter(), |out, event| out.text(event));
        self.number(u64::from(*delay));
        self.number(u64::from(*attempts));
        match side {
            Side::Before => self.option(hmac.as_ref(), |out, mark| out.text(&mark.0)),
            Side::After(before) => self.option(hmac_env.as_deref(), |out, variable| {
                let recorded = before.and_then(|before| before.webhooks.get(url)?.hook.hmac.as_ref());
                out.text(variable);
                out.flag(hmac.is_some() && hmac.as_ref() == recorded);
            }),
        }
    }
}

#[cfg(test)]
mod tests;
