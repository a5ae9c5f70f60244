//! The comparison of desired and recorded: one pass over each, linear in their sizes.
//!
//! Invariant: nothing that is already right is named, and a name with a call of unknown outcome gets no
//! change that could double or lose a session.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{Attributes, Held, Marks, agree};
use super::change::{Action, Change, Clash, Plan, Reason, Unsettled};
use super::fields::of_defaults;
use crate::instance::{InstanceId, Name, Spec};
use crate::manifest::{Desired, Wanted};
use crate::state::{Call, Document, Pending, Recorded};

/// What a plan is asked to cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Only these names; empty means all.
    pub targets: BTreeSet<Name>,
    /// Nothing is desired: everything recorded is deleted.
    pub destroy: bool,
    /// The signing secrets that are at hand.
    pub marks: Marks,
    /// Who is gone and is to be created again.
    pub recreate: BTreeSet<Name>,
}

/// Plans the way from what is recorded to what is desired. No document means that nothing is recorded yet.
#[must_use]
pub fn diff(desired: &Desired, document: Option<&Document>, scope: &Scope) -> Plan {
    let (no_instances, no_pending) = (BTreeMap::new(), BTreeMap::new());
    let mut sketch = Sketch {
        desired,
        recorded: document.map_or(&no_instances, |d| &d.instances),
        pending: document.map_or(&no_pending, |d| &d.pending),
        marks: &scope.marks,
        recreate: &scope.recreate,
        changes: Vec::new(),
        unsettled: Vec::new(),
        clashes: Vec::new(),
    };
    if scope.destroy {
        sketch.destroy();
    } else {
        sketch.reconcile();
    }
    let Sketch { mut changes, mut unsettled, mut clashes, recorded, .. } = sketch;
    if !scope.targets.is_empty() {
        changes.retain(|change| scope.covers(change));
        unsettled.retain(|entry| scope.targets.contains(&entry.name));
        clashes.retain(|clash| scope.targets.contains(clash.name()));
    }
    changes.sort_by(|a, b| (a.action.phase(), &a.name).cmp(&(b.action.phase(), &b.name)));
    unsettled.sort_by(|a, b| a.name.cmp(&b.name));
    clashes.sort_by(|a, b| a.name().cmp(b.name()));
    Plan {
        fleet: desired.fleet.clone(),
        lineage: document.map(|d| d.lineage.clone()),
        serial: document.map_or(0, |d| d.serial),
        recorded: recorded.len(),
        desired: if scope.destroy { 0 } else { desired.instances.len() },
        changes,
        unsettled,
        defaults: of_defaults(&desired.defaults),
        drift: Vec::new(),
        working: BTreeMap::new(),
        clashes,
        assumed: false,
    }
}

impl Scope {
    /// A rename is covered by either of its names.
    fn covers(&self, change: &Change) -> bool {
        let by_from = matches!(&change.action, Action::Rename { from, .. } if self.targets.contains(from));
        by_from || self.targets.contains(&change.name)
    }
}

/// A plan in the making.
struct Sketch<'a> {
    desired: &'a Desired,
    recorded: &'a BTreeMap<Name, Recorded>,
    pending: &'a BTreeMap<Name, Pending>,
    marks: &'a Marks,
    recreate: &'a BTreeSet<Name>,
    changes: Vec<Change>,
    unsettled: Vec<Unsettled>,
    clashes: Vec<Clash>,
}

impl<'a> Sketch<'a> {
    /// Everything recorded is deleted. What is protected is planned too: the guard refuses it by name.
    fn destroy(&mut self) {
        for (name, recorded) in self.recorded {
            let mut before = Held::of(recorded);
            // Protection that the manifest asks for and that was never applied counts as well.
            before.attributes.protect |= self.desired.instances.get(name).is_some_and(|w| w.spec.protect);
            let reason = self.reason_to_delete(name, Reason::DestroyAsked);
            self.push(name, Action::Delete { before }, reason);
        }
        for (name, pending) in self.pending {
            if !self.recorded.contains_key(name) {
                self.leave(name, pending);
            }
        }
    }

    fn reconcile(&mut self) {
        let holders = self.holders_of_adopted();
        let (mut spoken_for, mut extras) = (BTreeSet::new(), Vec::new());
        // Both sides are sorted by name: walking them side by side spares a search for every instance.
        let mut recorded = self.recorded.iter().peekable();
        for (name, wanted) in &self.desired.instances {
            while let Some(extra) = recorded.next_if(|(recorded, _)| *recorded < name) {
                extras.push(extra);
            }
            let here = recorded.next_if(|(recorded, _)| *recorded == name).map(|(_, here)| here);
            spoken_for.extend(wanted.previously.as_ref());
            self.one_desired((name, wanted), here, &holders);
        }
        for (name, recorded) in extras.into_iter().chain(recorded) {
            // A name that another block says it was `previously` is renamed or a clash, never an extra.
            if !spoken_for.contains(name) {
                self.one_extra(name, recorded);
            }
        }
        for (name, pending) in self.pending {
            if self.desired.instances.contains_key(name) || self.recorded.contains_key(name) {
                continue;
            }
            if self.desired.released.contains(name) {
                self.push(name, Action::Forget { before: None }, Reason::Released);
            } else {
                self.leave(name, pending);
            }
        }
    }

    fn one_desired(
        &mut self,
        (name, wanted): (&Name, &Wanted),
        here: Option<&Recorded>,
        holders: &BTreeMap<&InstanceId, &Name>,
    ) {
        let Wanted { spec, previously, adopt } = wanted;
        let from = previously.as_ref().and_then(|from| Some((from, self.recorded.get(from)?)));
        let pending = self.pending.get(name);
        let from_is_pending = from.is_some_and(|(from, _)| self.pending.contains_key(from));
        if let Some((from, _)) = from
            && (here.is_some() || pending.is_some() || from_is_pending)
        {
            self.clashes.push(Clash::RenameOntoTaken { name: name.clone(), from: from.clone() });
        }
        match (here, pending, from, adopt) {
            (Some(recorded), None, _, Some(adopt)) if recorded.instance_id != *adopt => {
                let (adopt, holds) = (adopt.clone(), recorded.instance_id.clone());
                self.clashes.push(Clash::AdoptOntoTaken { name: name.clone(), adopt, holds });
            }
            (Some(recorded), None, ..) if self.recreate.contains(name) => {
                let after = Attributes::desired(spec, self.marks, None);
                self.push(name, Action::Create { after, replaces: Some(Held::of(recorded)) }, Reason::Gone);
            }
            (Some(recorded), None, ..) => self.compare(name, spec, recorded),
            (None, _, None, Some(adopt)) => match holders.get(adopt) {
                Some(holder) => {
                    let (adopt, holder) = (adopt.clone(), (*holder).clone());
                    self.clashes.push(Clash::AdoptHeldByOther { name: name.clone(), adopt, holder });
                }
                // Naming the instance also settles a create of unknown outcome.
                None => {
                    let after = Attributes::desired(spec, self.marks, None);
                    self.push(name, Action::Adopt { instance_id: adopt.clone(), after }, Reason::AdoptAsked);
                }
            },
            (_, Some(pending), ..) => self.leave(name, pending),
            (None, None, Some((from, recorded)), _) if !from_is_pending => {
                let (before, from) = (Held::of(recorded), from.clone());
                self.push(name, Action::Rename { from, before }, Reason::Previously);
                self.compare(name, spec, recorded);
            }
            (None, None, Some(_), _) => {}
            (None, None, None, None) => {
                let after = Attributes::desired(spec, self.marks, None);
                self.push(name, Action::Create { after, replaces: None }, Reason::NotRecorded);
            }
        }
    }

    fn one_extra(&mut self, name: &Name, recorded: &Recorded) {
        let before = Held::of(recorded);
        if self.desired.released.contains(name) {
            self.push(name, Action::Forget { before: Some(before) }, Reason::Released);
        } else {
            let reason = self.reason_to_delete(name, Reason::NotInManifest);
            self.push(name, Action::Delete { before }, reason);
        }
    }

    fn compare(&mut self, name: &Name, spec: &Spec, recorded: &Recorded) {
        let agree = agree(spec, recorded, self.marks);
        if agree && recorded.doubtful.is_empty() {
            return;
        }
        let (before, after) = (Held::of(recorded), Attributes::desired(spec, self.marks, Some(recorded)));
        let reason = if agree { Reason::Doubtful } else { Reason::Differs };
        self.push(name, Action::Update { before, after }, reason);
    }

    fn reason_to_delete(&self, name: &Name, otherwise: Reason) -> Reason {
        match self.pending.get(name) {
            Some(Pending { call: Call::Delete, .. }) => Reason::DeleteCutOff,
            _ => otherwise,
        }
    }

    /// Who holds the instances that the manifest wants to adopt. Built only from those, so that a fleet
    /// that adopts nothing pays nothing.
    fn holders_of_adopted(&self) -> BTreeMap<&'a InstanceId, &'a Name> {
        let wanted: BTreeSet<&'a InstanceId> =
            self.desired.instances.values().filter_map(|wanted| wanted.adopt.as_ref()).collect();
        if wanted.is_empty() {
            return BTreeMap::new();
        }
        let held = self.recorded.iter().map(|(name, recorded)| (&recorded.instance_id, name));
        held.filter(|(id, _)| wanted.contains(id)).collect()
    }

    fn push(&mut self, name: &Name, action: Action, reason: Reason) {
        self.changes.push(Change { name: name.clone(), action, reason });
    }

    fn leave(&mut self, name: &Name, pending: &Pending) {
        let Pending { call, since, reason } = pending;
        self.unsettled.push(Unsettled {
            name: name.clone(),
            call: *call,
            since: *since,
            reason: reason.clone(),
            instance_id: self.recorded.get(name).map(|recorded| recorded.instance_id.clone()),
        });
    }
}
