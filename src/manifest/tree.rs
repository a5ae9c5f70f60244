//! One source as a tree in which every key and value knows its place.
//!
//! Invariant: nodes live in one flat list and an alias is a second reference to one node, so neither memory nor
//! time grows with what aliases would expand to; what they would expand to is counted and limited.

use std::borrow::Cow;

use super::diagnostic::Region;
use super::problem::Problem;
use super::scalar::{Meaning, Tagged, meaning};

/// The deepest nesting that is read. A manifest needs seven.
pub(super) const DEEPEST: usize = 64;

/// The most values of one source that is read with marks, or of a part of one that is read without, aliases counted as
/// what they stand for. An instance with a few labels and a webhook has about 20, so these are some 200,000 instances.
pub(super) const MOST_NODES: u64 = 4_000_000;

/// The index of a node in its tree.
pub(super) type Id = usize;

/// One source, read.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    /// `None` when the source holds nothing but white space and comments.
    pub(super) root: Option<Id>,
    /// What is wrong, but did not keep the rest from being read: duplicate keys, keys that are no texts,
    /// merges of what cannot be merged.
    pub(super) problems: Vec<Problem>,
}

/// One value, or one key.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) is: Is<'t>,
    pub(super) region: Region,
    /// How many nodes it has, itself included, aliases counted as what they stand for.
    pub(super) weight: u64,
    pub(super) tag: Tagged,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Is<'t> {
    /// A scalar, quoted or plain.
    Scalar {
        /// Its text, escapes undone.
        text: Cow<'t, str>,
        /// Whether it was written without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Id>),
    /// A map.
    Map(Map),
}

/// The entries of a map, without duplicates, merged ones after its own.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<Entry>,
    /// The entries' indexes, sorted by the text of their keys.
    by_key: Vec<usize>,
}

/// One key and its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) key: Id,
    pub(super) value: Id,
}

impl Map {
    /// A map whose entries' keys are texts, no two of them equal.
    pub(super) fn new(entries: Vec<Entry>, by_key: Vec<usize>) -> Self {
        Self { entries, by_key }
    }
}

impl<'t> Tree<'t> {
    pub(super) fn node(&self, id: Id) -> Option<&Node<'t>> {
        self.nodes.get(id)
    }

    /// The region of a node; the start of the text for an id of another tree, which nobody has.
    pub(super) fn region(&self, id: Id) -> Region {
        self.node(id).map_or(Region { line: 1, column: 1, end_line: 1, end_column: 1 }, |node| node.region)
    }

    /// The text of a scalar; empty for anything else.
    pub(super) fn text(&self, id: Id) -> &str {
        match self.node(id).map(|node| &node.is) {
            Some(Is::Scalar { text, .. }) => text,
            _ => "",
        }
    }

    /// The entry with this key.
    pub(super) fn entry(&self, map: &Map, key: &str) -> Option<Entry> {
        let text_at = |index: &usize| map.entries.get(*index).map_or("", |entry| self.text(entry.key));
        let at = map.by_key.binary_search_by(|index| text_at(index).cmp(key)).ok()?;
        map.entries.get(*map.by_key.get(at)?).copied()
    }

    /// The map at a node, if it is one.
    pub(super) fn map(&self, id: Id) -> Option<&Map> {
        match &self.node(id)?.is {
            Is::Map(map) => Some(map),
            Is::Scalar { .. } | Is::List(_) => None,
        }
    }

    /// Whether nothing is written there.
    pub(super) fn is_nothing(&self, id: Id) -> bool {
        self.node(id).is_some_and(Node::is_nothing)
    }
}

impl Node<'_> {
    /// What a scalar means; `None` for lists and maps.
    pub(super) fn meaning(&self) -> Option<Meaning<'_>> {
        match &self.is {
            Is::Scalar { text, plain } => Some(meaning(text, *plain, self.tag)),
            Is::List(_) | Is::Map(_) => None,
        }
    }

    fn is_nothing(&self) -> bool {
        self.meaning() == Some(Meaning::Nothing)
    }
}
