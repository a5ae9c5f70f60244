//! Reading many small sources as one text, because to begin and to end takes the reader a quarter of its time with a small
//! one.
//!
//! Invariant: joined are only sources that hold instances and nothing else, as regular as what may be cut, closed at their
//! end, without anchors. What was joined and cannot be read, or has not as many instances as were seen, counts for nothing:
//! then each source is read alone, and says of itself what it says.

use super::decode::{File, Instances, Listed, sorted};
use super::problem::Problem;

/// The instances of a source that holds nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lean<'t> {
    /// Their lines.
    pub(super) instances: &'t str,
    /// How many spaces are before their names.
    pub(super) depth: usize,
    /// How many there are.
    pub(super) count: usize,
}

/// A source that may be joined with others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'t> {
    /// The whole of it.
    pub(super) text: &'t str,
    pub(super) lean: Lean<'t>,
}

/// Puts members that follow each other together, up to about so many bytes.
pub(super) fn batches(members: Vec<Member<'_>>, bytes: usize) -> Vec<Vec<Member<'_>>> {
    let mut batches: Vec<Vec<Member<'_>>> = Vec::new();
    let mut size = 0_usize;
    for member in members {
        let fits = |batch: &Vec<Member<'_>>| {
            size < bytes && batch.last().is_some_and(|last| last.lean.depth == member.lean.depth)
        };
        match batches.last_mut().filter(|batch| fits(batch)) {
            Some(batch) => batch.push(member),
            None => {
                size = 0;
                batches.push(vec![member]);
            }
        }
        size = size.saturating_add(member.text.len());
    }
    batches
}

/// Reads each of them: together, or, if that fails, alone.
pub(super) fn read(
    batch: &[Member<'_>],
    alone: impl Fn(&str) -> Result<Box<File>, Box<Problem>>,
) -> Vec<Result<Box<File>, Box<Problem>>> {
    match together(batch) {
        Some(all) => all
            .into_iter()
            .map(|instances| Ok(Box::new(File { instances: vec![instances], ..File::default() })))
            .collect(),
        None => batch.iter().map(|member| alone(member.text)).collect(),
    }
}

/// The instances of each, if there is anything to gain and nothing to doubt.
fn together(batch: &[Member<'_>]) -> Option<Vec<Instances>> {
    if batch.len() < 2 {
        return None;
    }
    let mut text = String::with_capacity(batch.iter().map(|member| member.text.len()).sum());
    for member in batch {
        text.push_str(member.lean.instances);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    let Listed(all) = serde_yaml::from_str(&text).ok()?;
    let seen: usize = batch.iter().map(|member| member.lean.count).sum();
    if all.len() != seen {
        return None;
    }
    let mut all = all.into_iter();
    batch.iter().map(|member| sorted(all.by_ref().take(member.lean.count).collect())).collect()
}

#[cfg(test)]
mod tests;
