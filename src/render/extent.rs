//! How much of a long plan is shown to a person: first and last of each kind of change, and how many lie between.
//!
//! Invariant: what is left out is counted, and a session that is seen to work is never left out of what is destroyed.

use crate::plan::{Action, Change, Plan};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every change.
    Full,
    /// As much as can be read.
    Readable,
}

/// More changes than this are not read one by one.
pub(super) const LONG: usize = 100;
/// How many of a kind are shown before some are left out.
const FIRST: usize = 3;
/// A deleted pairing needs a person with the phone, so more of those are shown.
const FIRST_DELETES: usize = 20;

/// One thing to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row<'p> {
    /// A change.
    Change(&'p Change),
    /// Some of a kind that are left out, at least two.
    LeftOut(Vec<&'p Change>),
}

/// What is shown of a plan's changes, in this order.
pub(super) fn rows(plan: &Plan, extent: Extent) -> Vec<Row<'_>> {
    if extent == Extent::Full || plan.changes.len() <= LONG {
        return plan.changes.iter().map(Row::Change).collect();
    }
    let mut kinds: Vec<(&str, Vec<&Change>)> = Vec::new();
    for change in &plan.changes {
        let word = change.action.word();
        match kinds.iter_mut().find(|(kind, _)| *kind == word) {
            Some((_, of_kind)) => of_kind.push(change),
            None => kinds.push((word, vec![change])),
        }
    }
    let mut rows = Vec::new();
    for (_, of_kind) in kinds {
        let first = match of_kind.first().map(|change| &change.action) {
            Some(Action::Delete { .. }) => FIRST_DELETES,
            _ => FIRST,
        };
        let last = of_kind.len().saturating_sub(1);
        let mut left_out = Vec::new();
        for (at, change) in of_kind.into_iter().enumerate() {
            let is_shown = at < first || at == last || plan.working.contains_key(&change.name);
            if !is_shown {
                left_out.push(change);
                continue;
            }
            close(&mut rows, &mut left_out);
            rows.push(Row::Change(change));
        }
    }
    rows
}

/// One alone takes no more room than to say that it is left out.
fn close<'p>(rows: &mut Vec<Row<'p>>, left_out: &mut Vec<&'p Change>) {
    match left_out[..] {
        [] => {}
        [one] => rows.push(Row::Change(one)),
        _ => rows.push(Row::LeftOut(std::mem::take(left_out))),
    }
    left_out.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Name;
    use crate::plan::{Attributes, Reason};
    use crate::state::Lineage;

    fn plan(deletes: usize, creates: usize, working: &[usize]) -> Plan {
        let name = |prefix: &str, at: usize| Name::new(&format!("{prefix}-{at:05}")).unwrap();
        let held = || crate::plan::Held {
            instance_id: crate::instance::InstanceId::new("3EB0BCB2E3D4").unwrap(),
            session_name: None,
            attributes: Attributes::desired(&Default::default(), &Default::default(), None),
        };
        let delete = |at| Change {
            name: name("old", at),
            action: Action::Delete { before: held() },
            reason: Reason::NotInManifest,
        };
        let create = |at| Change {
            name: name("new", at),
            action: Action::Create {
                after: Attributes::desired(&Default::default(), &Default::default(), None),
                replaces: None,
            },
            reason: Reason::NotRecorded,
        };
        Plan {
            fleet: Name::new("acme").unwrap(),
            lineage: Some(Lineage("l".into())),
            serial: 1,
            recorded: deletes,
            desired: creates,
            changes: (0..deletes).map(delete).chain((0..creates).map(create)).collect(),
            unsettled: Vec::new(),
            defaults: Default::default(),
            drift: Vec::new(),
            working: working.iter().map(|at| (name("old", *at), None)).collect(),
            clashes: Vec::new(),
            assumed: false,
        }
    }

    /// Names, and counts of what is left out.
    fn shown(plan: &Plan, extent: Extent) -> Vec<String> {
        let row = |row: Row<'_>| match row {
            Row::Change(change) => change.name.to_string(),
            Row::LeftOut(left_out) => format!("{} more", left_out.len()),
        };
        rows(plan, extent).into_iter().map(row).collect()
    }

    #[test]
    fn of_many_changes_first_and_last_of_each_kind_are_shown_and_the_rest_is_counted() {
        let shown = shown(&plan(25, 9_000, &[]), Extent::Readable);
        assert_eq!(shown.len(), 20 + 2 + 3 + 2);
        assert_eq!(
            shown[19..],
            [
                "old-00019",
                "4 more",
                "old-00024",
                "new-00000",
                "new-00001",
                "new-00002",
                "8996 more",
                "new-08999"
            ]
        );
    }

    #[test]
    fn few_are_shown_one_by_one_and_so_are_all_when_asked_for() {
        let few = plan(10, 90, &[]);
        assert_eq!(shown(&few, Extent::Readable).len(), 100);
        assert_eq!(shown(&plan(10, 9_000, &[]), Extent::Full).len(), 9_010);
    }

    #[test]
    fn a_session_at_work_is_never_left_out_of_what_is_destroyed() {
        let shown = shown(&plan(200, 0, &[77, 79]), Extent::Readable);
        assert_eq!(
            shown[19..],
            ["old-00019", "57 more", "old-00077", "old-00078", "old-00079", "119 more", "old-00199"]
        );
    }
}
