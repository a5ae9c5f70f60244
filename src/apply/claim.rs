//! Whether a name may have an instance, before anything is called: what the state and the manifest say of both.
//!
//! Invariant: what is let through here never makes the next plan a clash, and gives no instance two names.

use std::collections::{BTreeMap, HashMap};

use crate::instance::{InstanceId, Name};
use crate::manifest::{Desired, Wanted};
use crate::state::Document;
use crate::wawp::Observed;

/// What binding a name to an instance would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It already is so.
    Already,
    /// It can be done. Whatever is pending for the name is settled by it.
    Free,
}

/// Why a name cannot have an instance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Claimed {
    /// The name has an instance already.
    #[error("{name} already has the instance {holds}")]
    NameTaken {
        /// The name.
        name: Name,
        /// What it has.
        holds: InstanceId,
    },
    /// Another name has the instance.
    #[error("the instance {id} already belongs to {holder}")]
    IdTaken {
        /// The instance.
        id: InstanceId,
        /// Who has it.
        holder: Name,
    },
    /// The manifest binds another instance to the name.
    #[error("the manifest says `adopt: {adopts}` under {name}")]
    AdoptsOther {
        /// The name.
        name: Name,
        /// What its block adopts.
        adopts: InstanceId,
    },
    /// The manifest binds the instance to another name.
    #[error("the manifest says `adopt: {id}` under {by}")]
    AdoptedByOther {
        /// The instance.
        id: InstanceId,
        /// Whose block adopts it.
        by: Name,
    },
    /// The manifest gives the name to an instance that is recorded under another one.
    #[error("the manifest says `previously: {from}` under {name}, and {from} is recorded")]
    Renamed {
        /// The name.
        name: Name,
        /// Who is to be called so.
        from: Name,
    },
    /// The manifest gives what is recorded under the name another name.
    #[error("the manifest says `previously: {name}` under {to}")]
    RenamedAway {
        /// The name.
        name: Name,
        /// What it is to be called.
        to: Name,
    },
    /// The manifest lets the name go.
    #[error("the manifest lists {name} under `released`")]
    Released {
        /// The name.
        name: Name,
    },
}

/// What the state and the manifest say of every name and instance. Built once, asked for every name.
pub struct Claims<'a> {
    document: &'a Document,
    desired: &'a Desired,
    holders: HashMap<String, &'a Name>,
    adopters: HashMap<String, &'a Name>,
    renamed: BTreeMap<&'a Name, &'a Name>,
}

/// The case of an id says nothing (wawp-api.md §6.1).
fn key(id: &InstanceId) -> String {
    id.as_str().to_ascii_uppercase()
}

impl<'a> Claims<'a> {
    /// Looks through both once. O(n).
    #[must_use]
    pub fn new(desired: &'a Desired, document: &'a Document) -> Self {
        let wanted = || desired.instances.iter();
        Self {
            document,
            desired,
            holders: document.instances.iter().map(|(name, it)| (key(&it.instance_id), name)).collect(),
            adopters: wanted().filter_map(|(name, it)| Some((key(it.adopt.as_ref()?), name))).collect(),
            renamed: wanted().filter_map(|(name, it)| Some((it.previously.as_ref()?, name))).collect(),
        }
    }

    /// Whether the name may have the instance.
    ///
    /// # Errors
    /// Says who or what stands against it.
    pub fn check(&self, name: &Name, id: &InstanceId) -> Result<Claim, Claimed> {
        let recorded = self.document.instances.get(name);
        if let Some(recorded) = recorded.filter(|recorded| recorded.instance_id != *id) {
            return Err(Claimed::NameTaken { name: name.clone(), holds: recorded.instance_id.clone() });
        }
        if recorded.is_some() && !self.document.pending.contains_key(name) {
            return Ok(Claim::Already);
        }
        let other = |table: &HashMap<String, &Name>| {
            table.get(&key(id)).filter(|other| **other != name).map(|other| (*other).clone())
        };
        if let Some(holder) = other(&self.holders) {
            return Err(Claimed::IdTaken { id: id.clone(), holder });
        }
        if let Some(by) = other(&self.adopters) {
            return Err(Claimed::AdoptedByOther { id: id.clone(), by });
        }
        if self.desired.released.contains(name) {
            return Err(Claimed::Released { name: name.clone() });
        }
        if let Some(to) = self.renamed.get(name) {
            return Err(Claimed::RenamedAway { name: name.clone(), to: (*to).clone() });
        }
        match self.desired.instances.get(name) {
            Some(Wanted { adopt: Some(adopts), .. }) if key(adopts) != key(id) => {
                Err(Claimed::AdoptsOther { name: name.clone(), adopts: adopts.clone() })
            }
            Some(Wanted { previously: Some(from), .. }) if self.document.instances.contains_key(from) => {
                Err(Claimed::Renamed { name: name.clone(), from: from.clone() })
            }
            _ => Ok(Claim::Free),
        }
    }
}

/// What to know about an instance that is bound, though it is no reason against it: an id of unusual shape,
/// another phone than expected. May hold text from the server: escape it where it is shown.
#[must_use]
pub fn cautions(id: &InstanceId, expect_number: Option<&str>, observed: &Observed) -> Vec<String> {
    let mut found = Vec::new();
    if !id.is_usual() {
        found.push(format!("the instance_id {id} has an unusual shape"));
    }
    if let (Some(expected), Some(paired)) = (expect_number, observed.number())
        && paired != expected
    {
        found.push(format!("the phone {paired} is paired, and {expected} is expected"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Status;

    #[test]
    fn another_phone_and_an_odd_id_are_worth_a_word_and_a_missing_phone_is_not() {
        let said = |id: &str, expected: Option<&str>, paired: Option<&str>| {
            let (session_name, server_name, paired) = (None, None, paired.map(str::to_owned));
            let observed = Observed { status: Status::Working, session_name, server_name, paired };
            cautions(&InstanceId::new(id).unwrap(), expected, &observed)
        };
        let usual = "3EB0BCB2E3D4";
        assert_eq!(said("7", None, Some("201012345678@c.us")), ["the instance_id 7 has an unusual shape"]);
        assert_eq!(
            said(usual, Some("201012345679"), Some("201012345678@c.us")),
            ["the phone 201012345678 is paired, and 201012345679 is expected"]
        );
        for paired in [None, Some("201012345678@c.us"), Some("201012345678:12@s.whatsapp.net")] {
            assert_eq!(said(usual, Some("201012345678"), paired), [""; 0]);
        }
    }
}
