//! From the entries of a map as they are written to the entries that count: duplicates reported, `<<` merged.
//!
//! Invariant: a map's own key wins over a merged one, an earlier merged map over a later one, whatever the
//! order in which they are written; merging is shallow, as YAML's merge key is.

use super::diagnostic::Region;
use super::grow::too_many;
use super::problem::{Problem, Whereabouts};
use super::tree::{Entry, Id, Is, MOST_NODES, Map, Tree};

/// The map of these entries; what is wrong with them is added to the tree's problems.
///
/// # Errors
/// When merging would expand too far.
pub(super) fn map(tree: &mut Tree<'_>, written: Vec<Entry>) -> Result<Map, Box<Problem>> {
    let mut problems = Vec::new();
    let mut entries = Vec::with_capacity(written.len());
    let mut merged: Vec<Entry> = Vec::new();
    let mut first_merge: Option<Region> = None;
    for entry in written {
        match tree.node(entry.key).map(|node| &node.is) {
            Some(Is::Scalar { text, plain: true }) if text == "<<" => {
                let at = tree.region(entry.key);
                if let Some(first) = first_merge {
                    problems
                        .push(duplicate("<<", at, first).hint("merge several maps with one `<<: [*a, *b]`"));
                    continue;
                }
                first_merge = Some(at);
                for source in sources(tree, entry.value, &mut problems) {
                    merged.extend(tree.map(source).into_iter().flat_map(|map| map.entries.iter().copied()));
                    let total = merged.len().saturating_add(tree.nodes.len());
                    if u64::try_from(total).unwrap_or(u64::MAX) > MOST_NODES {
                        return Err(Box::new(too_many(Whereabouts::Stretch(at))));
                    }
                }
            }
            Some(Is::Scalar { .. }) => entries.push(entry),
            Some(Is::List(_) | Is::Map(_)) | None => problems.push(
                Problem::error(Whereabouts::Stretch(tree.region(entry.key)), "a key must be a text")
                    .label("not a text"),
            ),
        }
    }
    let own = entries.len();
    entries.extend(merged);
    let map = distinct(tree, entries, own, &mut problems);
    tree.problems.append(&mut problems);
    Ok(map)
}

/// Sorts by key, keeps the first of equal ones, and reports those that were written twice in one map.
fn distinct(tree: &Tree<'_>, entries: Vec<Entry>, own: usize, problems: &mut Vec<Problem>) -> Map {
    let key = |index: usize| entries.get(index).map_or("", |entry| tree.text(entry.key));
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| key(*a).cmp(key(*b)).then(a.cmp(b)));
    let mut kept = vec![true; entries.len()];
    let mut first: Option<usize> = None;
    for index in order.iter().copied() {
        match first {
            Some(first) if key(first) == key(index) => {
                if let Some(keep) = kept.get_mut(index) {
                    *keep = false;
                }
                let place = |at: usize| entries.get(at).map(|entry| tree.region(entry.key));
                if let (true, Some(second), Some(first)) = (index < own, place(index), place(first)) {
                    problems.push(duplicate(key(index), second, first));
                }
            }
            _ => first = Some(index),
        }
    }
    // The indexes move when entries before them are dropped.
    let mut moved = Vec::with_capacity(entries.len());
    let mut next: usize = 0;
    for keep in &kept {
        moved.push(keep.then_some(next));
        next = next.saturating_add(usize::from(*keep));
    }
    let by_key = order.into_iter().filter_map(|index| moved.get(index).copied().flatten()).collect();
    let entries = entries.iter().zip(&kept).filter_map(|(entry, keep)| keep.then_some(*entry)).collect();
    Map::new(entries, by_key)
}

fn duplicate(key: &str, second: Region, first: Region) -> Problem {
    Problem::error(Whereabouts::Stretch(second), format!("the key `{key}` is there twice"))
        .label("the second time")
        .related(first, "first defined here")
        .hint("rename or remove one of them: only one could count")
}

/// The maps that a `<<` names: one, or a list of them.
fn sources(tree: &Tree<'_>, value: Id, problems: &mut Vec<Problem>) -> Vec<Id> {
    let candidates = match tree.node(value).map(|node| &node.is) {
        Some(Is::List(items)) => items.clone(),
        _ => vec![value],
    };
    let (maps, rest): (Vec<Id>, Vec<Id>) = candidates.into_iter().partition(|id| tree.map(*id).is_some());
    problems.extend(rest.into_iter().map(|id| {
        Problem::error(Whereabouts::Stretch(tree.region(id)), "only a map can be merged")
            .label("not a map")
            .hint("`<<` takes an alias of a map, such as `<<: *shared`, or a list of such aliases")
    }));
    maps
}

#[cfg(test)]
mod tests {
    use super::super::grow::grow;

    /// The root's entries as `key=value`, in order.
    fn entries(text: &str, at: &str) -> Vec<String> {
        let tree = grow(text).unwrap();
        assert!(tree.problems.is_empty(), "{:?}", tree.problems);
        let root = tree.map(tree.root.unwrap()).unwrap();
        let map = tree.map(tree.entry(root, at).unwrap().value).unwrap();
        map.entries.iter().map(|e| format!("{}={}", tree.text(e.key), tree.text(e.value))).collect()
    }

    #[test]
    fn an_own_key_wins_over_a_merged_one_and_an_earlier_map_over_a_later() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n";
        assert_eq!(entries(&format!("{text}c: {{<<: *a, x: 3}}"), "c"), ["x=3", "y=1"]);
        assert_eq!(entries(&format!("{text}c: {{x: 3, <<: [*b, *a]}}"), "c"), ["x=3", "y=2", "z=2"]);
        assert_eq!(entries(&format!("{text}c: &c {{<<: *a}}\nd: {{<<: *c}}"), "d"), ["x=1", "y=1"]);
        assert_eq!(entries("c: {\"<<\": 1}", "c"), ["<<=1"]);
    }

    #[test]
    fn a_duplicate_is_reported_at_its_second_place_and_a_merge_of_no_map_at_its_value() {
        let tree = grow("a: {x: 1, \"x\": 2}\nb: {<<: 5}\nc: {[x]: y}\nd: {<<: {}, <<: {}}\n").unwrap();
        let found: Vec<_> = tree.problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(
            found,
            [
                "the key `x` is there twice",
                "only a map can be merged",
                "a key must be a text",
                "the key `<<` is there twice"
            ]
        );
    }
}
