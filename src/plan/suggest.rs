//! A delete and a create that look like a rename: what to write so that no pairing is lost.
//!
//! Invariant: it only ever suggests; a plan is never changed by what merely looks alike.

use std::collections::BTreeMap;

use super::attributes::Attributes;
use super::change::{Action, Plan};
use crate::instance::Name;

/// Names less alike than this (Jaro-Winkler) are not taken for one another.
const ALIKE: f64 = 0.85;
/// Comparing names is quadratic; above so many pairs only labels are looked at.
const MOST_PAIRS: usize = 10_000;

/// `name` would be created and `from` deleted; they look like one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The name that would be created.
    pub name: Name,
    /// The name that would be deleted.
    pub from: Name,
}

/// Pairs up deletes and creates: by equal labels, then by names alike, then the only two there are.
#[must_use]
pub fn suggest_renames(plan: &Plan) -> Vec<Suggestion> {
    let mut deletes: Vec<(&Name, &Attributes)> = Vec::new();
    let mut creates: Vec<(&Name, &Attributes)> = Vec::new();
    for change in &plan.changes {
        match &change.action {
            Action::Delete { before } => deletes.push((&change.name, &before.attributes)),
            Action::Create { after, replaces: None } => creates.push((&change.name, after)),
            _ => {}
        }
    }
    let lone_pair = deletes.len() == 1 && creates.len() == 1;
    let mut found = by_labels(&deletes, &creates);
    if deletes.len() * creates.len() <= MOST_PAIRS {
        let free =
            |taken: &[Suggestion], name: &Name| taken.iter().all(|s| s.name != *name && s.from != *name);
        for (from, _) in &deletes {
            let open = creates.iter().filter(|(name, _)| free(&found, name) && free(&found, from));
            let scored = open.map(|(name, _)| (strsim::jaro_winkler(from.as_str(), name.as_str()), *name));
            let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
            if let Some((score, name)) = best
                && (score >= ALIKE || lone_pair)
            {
                found.push(Suggestion { name: name.clone(), from: (*from).clone() });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Only labels that one delete and one create have, and nobody else, say anything.
fn by_labels(deletes: &[(&Name, &Attributes)], creates: &[(&Name, &Attributes)]) -> Vec<Suggestion> {
    let group = |side: &[(&Name, &Attributes)]| {
        let mut groups: BTreeMap<_, Vec<Name>> = BTreeMap::new();
        for (name, attributes) in side.iter().filter(|(_, attributes)| !attributes.labels.is_empty()) {
            groups.entry(attributes.labels.clone()).or_default().push((*name).clone());
        }
        groups
    };
    let created = group(creates);
    let pairs = group(deletes).into_iter().filter_map(|(labels, from)| {
        match (from.as_slice(), created.get(&labels).map(Vec::as_slice)) {
            ([from], Some([name])) => Some(Suggestion { name: name.clone(), from: from.clone() }),
            _ => None,
        }
    });
    pairs.collect()
}
