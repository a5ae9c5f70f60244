//! The guards: what may refuse a finished plan.
//!
//! Invariant: a guard never changes a plan; it is shown first and refused after. Every refusal says how it is
//! lifted.

use super::change::{Action, Clash, Plan};
use crate::instance::{Name, visible};
use crate::manifest::MaxDeletes;
use crate::state::Call;

/// Percentages say nothing about a handful of instances: below this many recorded ones they do not apply.
const PERCENT_APPLIES_FROM: usize = 10;

/// What the manifest limits and what the caller lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifted {
    /// The manifest's limit on deletes.
    pub max_deletes: MaxDeletes,
    /// The account's slots, if the manifest says.
    pub max_instances: Option<usize>,
    /// `--allow-deletes N`.
    pub allow_deletes: Option<usize>,
    /// `--allow-empty`.
    pub allow_empty: bool,
    /// `--allow-paired-deletes`.
    pub allow_paired_deletes: bool,
    /// The caller asked for destruction: deletes are not counted, protection stands.
    pub destroy: bool,
}

/// Which guard refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// More deletes than `guards.max_deletes`.
    MaxDeletes,
    /// A protected instance would be deleted.
    Protect,
    /// Nothing is desired and something is recorded.
    Empty,
    /// More instances than `account.max_instances`.
    MaxInstances,
    /// An instance that was seen to work would be deleted, and with it its pairing.
    Paired,
    /// The manifest asks for what the state forbids.
    Clash,
    /// A policy denies it. No guard of this room: it is added to what the guards say.
    Policy,
}

/// Why a plan may not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which guard.
    pub guard: Guard,
    /// What it saw.
    pub message: String,
    /// How to go on.
    pub hint: String,
}

/// Everything that refuses the plan; empty when it may be applied.
#[must_use]
pub fn check(plan: &Plan, limits: &Lifted) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = plan.clashes.iter().map(clash).collect();
    refusals.extend(empty(plan, limits));
    refusals.extend(protect(plan));
    refusals.extend(paired(plan, limits));
    refusals.extend(max_deletes(plan, limits));
    refusals.extend(max_instances(plan, limits));
    refusals
}

fn empty(plan: &Plan, limits: &Lifted) -> Option<Refusal> {
    let deletes = plan.deletes();
    (plan.desired == 0 && deletes > 0 && !limits.destroy && !limits.allow_empty).then(|| Refusal {
        guard: Guard::Empty,
        message: format!(
            "the manifest desires no instance at all, and {deletes} of {} recorded would be deleted",
            plan.recorded
        ),
        hint: "if that is meant, use --allow-empty; if not, check which file -f names".into(),
    })
}

fn protect(plan: &Plan) -> Option<Refusal> {
    let protected: Vec<&Name> = plan
        .changes
        .iter()
        .filter(|c| matches!(&c.action, Action::Delete { before } if before.attributes.protect))
        .map(|change| &change.name)
        .collect();
    let first = protected.first()?;
    Some(Refusal {
        guard: Guard::Protect,
        message: format!("{} would be deleted and {} protected", list(&protected), is_are(protected.len())),
        hint: format!(
            "set `protect: false` on {first} in a change of its own and apply that first;\n\
             or list the name under `released` to keep the live session and stop managing it"
        ),
    })
}

fn paired(plan: &Plan, limits: &Lifted) -> Option<Refusal> {
    let deleted = plan.changes.iter().filter(|change| matches!(change.action, Action::Delete { .. }));
    let working: Vec<(&Name, &Option<String>)> =
        deleted.filter_map(|it| plan.working.get_key_value(&it.name)).collect();
    let first = working.first().filter(|_| !limits.allow_paired_deletes)?;
    let phone =
        |phone: &Option<String>| phone.as_deref().map_or("a phone".into(), |it| visible(it).into_owned());
    let message = match &working[..] {
        [_] => format!("{} would be deleted, and it works with {}", first.0, phone(first.1)),
        all => format!(
            "{} would be deleted, and they work with their phones ({} with {}, …)",
            list(&all.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
            first.0,
            phone(first.1)
        ),
    };
    Some(Refusal {
        guard: Guard::Paired,
        message,
        hint: "only who holds the phone can pair it again; if that is meant, use --allow-paired-deletes"
            .into(),
    })
}

fn max_deletes(plan: &Plan, limits: &Lifted) -> Option<Refusal> {
    if limits.destroy {
        return None;
    }
    let (deletes, recorded) = (plan.deletes(), plan.recorded);
    let (allowed, limit) = match limits.max_deletes {
        MaxDeletes::Count(count) => (count, format!("{count}")),
        MaxDeletes::Percent(_) if recorded < PERCENT_APPLIES_FROM => return None,
        MaxDeletes::Percent(percent) => (recorded * usize::from(percent) / 100, format!("{percent}%")),
    };
    let allowed = limits.allow_deletes.unwrap_or(allowed);
    (deletes > allowed).then(|| Refusal {
        guard: Guard::MaxDeletes,
        message: match limits.allow_deletes {
            None => format!(
                "{deletes} of {recorded} recorded instances would be deleted; `guards.max_deletes: {limit}` allows \
                 {allowed}"
            ),
            Some(_) => format!("{deletes} instances would be deleted; --allow-deletes allows {allowed}"),
        },
        hint: format!("if all of them are meant, use --allow-deletes {deletes}"),
    })
}

fn max_instances(plan: &Plan, limits: &Lifted) -> Option<Refusal> {
    let most = limits.max_instances?;
    // Who takes the place of one that is gone takes no further slot.
    let takes_a_slot = |action: &Action| matches!(action, Action::Create { replaces: None, .. });
    let creates = plan.count(takes_a_slot);
    // A create of unknown outcome may hold a slot, and a forgotten session still does.
    let unknown = plan.unsettled.iter().filter(|entry| entry.call == Call::Create).count();
    let after = (plan.recorded + creates + unknown).saturating_sub(plan.deletes());
    (creates > 0 && after > most).then(|| Refusal {
        guard: Guard::MaxInstances,
        message: format!(
            "the account would hold {after} instances ({} recorded, {creates} to create{}); \
             `account.max_instances` is {most}",
            plan.recorded,
            if unknown > 0 { format!(", {unknown} of unknown outcome") } else { String::new() },
        ),
        hint:
            "remove instances from the manifest, or raise `account.max_instances` if your plan has more slots"
                .into(),
    })
}

fn clash(clash: &Clash) -> Refusal {
    let (message, hint) = match clash {
        Clash::RenameOntoTaken { name, from } => (
            format!("{name} says `previously: {from}`, and the state knows both"),
            format!(
                "remove the `previously` line of {name} to keep both apart; then list {from} in the manifest, under \
                 `released`, or nowhere to have it deleted"
            ),
        ),
        Clash::AdoptOntoTaken { name, adopt, holds } => (
            format!("{name} says `adopt: {adopt}`, and is recorded with the instance {holds}"),
            format!("remove the `adopt` line, or give the instance {adopt} a name of its own"),
        ),
        Clash::AdoptHeldByOther { name, adopt, holder } => (
            format!("{name} says `adopt: {adopt}`, and {holder} holds that instance"),
            format!("to rename it, write `previously: {holder}` instead of `adopt`"),
        ),
    };
    Refusal { guard: Guard::Clash, message, hint }
}

/// At most five names, then how many more.
fn list(names: &[&Name]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(|name| name.as_str()).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

const fn is_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Attributes, Change, Held, Reason};

    fn plan(recorded: usize, deletes: usize) -> Plan {
        let attributes = Attributes::desired(&crate::instance::Spec::default(), &Default::default(), None);
        let delete = |index: usize| {
            let instance_id = crate::instance::InstanceId::new(&format!("ID{index}")).unwrap();
            let before = Held { instance_id, session_name: None, attributes: attributes.clone() };
            let name = Name::new(&format!("n{index}")).unwrap();
            Change { name, action: Action::Delete { before }, reason: Reason::NotInManifest }
        };
        Plan {
            fleet: Name::new("fleet").unwrap(),
            lineage: None,
            serial: 0,
            recorded,
            desired: recorded - deletes,
            changes: (0..deletes).map(delete).collect(),
            defaults: Default::default(),
            drift: Vec::new(),
            working: Default::default(),
            unsettled: Vec::new(),
            clashes: Vec::new(),
            assumed: false,
        }
    }

    fn passes(
        max_deletes: MaxDeletes,
        recorded: usize,
        deletes: usize,
        allow_deletes: Option<usize>,
    ) -> bool {
        let limits = Lifted {
            max_deletes,
            max_instances: None,
            allow_deletes,
            allow_empty: true,
            allow_paired_deletes: false,
            destroy: false,
        };
        check(&plan(recorded, deletes), &limits).is_empty()
    }

    #[test]
    fn a_percentage_counts_from_ten_recorded_instances_on() {
        let percent = MaxDeletes::Percent(30);
        assert!(passes(percent, 9, 9, None));
        assert!(passes(percent, 10, 3, None));
        assert!(!passes(percent, 10, 4, None));
        assert!(passes(percent, 13, 3, None) && !passes(percent, 13, 4, None));
        assert!(!passes(MaxDeletes::Percent(0), 10, 1, None));
        assert!(passes(MaxDeletes::Percent(100), 10, 10, None));
    }

    #[test]
    fn a_count_counts_from_the_first_instance_on() {
        assert!(passes(MaxDeletes::Count(1), 2, 1, None));
        assert!(!passes(MaxDeletes::Count(1), 2, 2, None));
        assert!(!passes(MaxDeletes::Count(0), 1, 1, None));
        assert!(passes(MaxDeletes::Count(0), 1, 0, None));
    }

    #[test]
    fn the_flag_lifts_just_as_many_deletes_as_it_names() {
        assert!(passes(MaxDeletes::Count(0), 20, 5, Some(5)));
        assert!(!passes(MaxDeletes::Count(0), 20, 6, Some(5)));
    }
}
