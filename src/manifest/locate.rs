//! From the path of a finding to its place in a tree.
//!
//! Invariant: there is always a place: where the path ends early, the last thing that is there; else the source.

use super::check::{On, Spot, Step};
use super::diagnostic::Region;
use super::shape::Kept;
use super::tree::{Id, Is, Tree};

/// Where a spot is; `None` means the source as a whole.
pub(super) fn locate(tree: &Tree<'_>, kept: &Kept, spot: &Spot) -> Option<Region> {
    let mut value: Id = tree.root?;
    let mut key: Option<Id> = None;
    for step in &spot.path {
        match (step, &tree.node(value)?.is) {
            (Step::Key(name), Is::Map(map)) => match tree.entry(map, name) {
                Some(entry) => (key, value) = (Some(entry.key), entry.value),
                None => break,
            },
            (Step::Index(index), Is::List(items)) => {
                // The index counts what was kept; the tree has what was written.
                let written = match kept.get(&value) {
                    Some(places) => places.get(*index).copied(),
                    None => Some(*index),
                };
                match written.and_then(|index| items.get(index)) {
                    Some(item) => (key, value) = (None, *item),
                    None => break,
                }
            }
            _ => break,
        }
    }
    match (spot.on, key) {
        (On::Key, Some(key)) => Some(tree.region(key)),
        // Nothing is written there, so its key is what can be marked.
        (On::Value, Some(key)) if tree.is_nothing(value) => Some(tree.region(key)),
        _ if spot.path.is_empty() => None,
        _ => Some(tree.region(value)),
    }
}
