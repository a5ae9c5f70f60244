//! Growing a [`Tree`] from the events of a parser that keeps marks.
//!
//! Invariant: no recursion and no expansion; it stops at the first thing after which nothing that follows could
//! be trusted: a syntax error, too much depth, too many values, a second document.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::diagnostic::Region;
use super::glance::{MOST_IN_ONE_LINE, crowded_line};
use super::merge;
use super::problem::{Problem, Whereabouts};
use super::scalar::Tagged;
use super::tree::{DEEPEST, Entry, Id, Is, MOST_NODES, Node, Tree};

/// The tree of a text.
///
/// # Errors
/// The one thing that kept it from being read.
pub(super) fn grow(text: &str) -> Result<Tree<'_>, Box<Problem>> {
    if let Some(line) = crowded_line(text) {
        let message = format!("more than {MOST_IN_ONE_LINE} values in one line");
        let problem = Problem::error(Whereabouts::Char((line, 1)), message);
        return Err(Box::new(problem.hint("break the line, or cut the manifest into several fleets")));
    }
    let mut grower = Grower::default();
    for step in Parser::new_from_str(text) {
        match step {
            Ok((event, span)) => grower.take(event, span)?,
            Err(error) => return Err(Box::new(syntax_error(error.info(), error.marker()))),
        }
    }
    Ok(grower.tree)
}

fn syntax_error(info: &str, marker: &Marker) -> Problem {
    let problem = Problem::error(
        Whereabouts::Char((marker.line(), marker.col().saturating_add(1))),
        format!("this is not valid YAML: {info}"),
    );
    if info.contains("unknown anchor") {
        return problem.hint("an alias such as `*name` comes after the `&name` that it repeats");
    }
    if info.contains("tabs disallowed") {
        // The parser marks what comes after the tab.
        let tab = Whereabouts::Char((marker.line(), marker.col().max(1)));
        return Problem { at: tab, ..problem }.hint("indent with spaces");
    }
    if info.contains("mapping values are not allowed") {
        return problem.hint("look at the indentation, and put a text that holds `: ` in quotes");
    }
    if info.contains("recursion limit") {
        return too_deep(problem.at);
    }
    problem
}

fn too_deep(at: Whereabouts) -> Problem {
    Problem::error(at, format!("nested deeper than {DEEPEST} levels")).hint("a manifest needs seven levels")
}

#[derive(Default)]
struct Grower<'t> {
    tree: Tree<'t>,
    open: Vec<Open>,
    /// By the parser's number of the anchor.
    anchors: HashMap<usize, Id>,
    documents: usize,
}

/// A collection whose end has not come yet.
struct Open {
    id: Id,
    start: Region,
    content: Content,
}

enum Content {
    List(Vec<Id>),
    Map { entries: Vec<Entry>, key: Option<Id> },
}

impl<'t> Grower<'t> {
    fn take(&mut self, event: Event<'t>, span: Span) -> Result<(), Box<Problem>> {
        let region = region(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents == 1 {
                    return Ok(());
                }
                Err(Box::new(
                    Problem::error(Whereabouts::Stretch(region), "a second YAML document begins here")
                        .hint("one file holds one document; give the other its own file"),
                ))
            }
            Event::Alias(anchor) => {
                let at = Whereabouts::Stretch(region);
                let Some(id) = self.anchors.get(&anchor).copied() else {
                    return Err(Box::new(syntax_error("unknown anchor", &span.start)));
                };
                if self.open.iter().any(|open| open.id == id) {
                    return Err(Box::new(Problem::error(at, "an alias within the block that it repeats")));
                }
                self.attach(id, region)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let id = self.plant(anchor, region, tag.as_ref());
                let plain = style == ScalarStyle::Plain;
                self.settle(id, Is::Scalar { text, plain }, region, 1);
                self.attach(id, region)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(anchor, region, tag.as_ref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(anchor, region, tag.as_ref(), Content::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(region),
        }
    }

    /// A place for a node that is not known yet, so that an alias within it is recognised.
    fn plant(&mut self, anchor: usize, region: Region, tag: Option<&Cow<'t, Tag>>) -> Id {
        let id = self.tree.nodes.len();
        let tag = Tagged::read(tag.map(AsRef::as_ref));
        self.tree.nodes.push(Node { is: Is::List(Vec::new()), region, weight: 1, tag });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn settle(&mut self, id: Id, is: Is<'t>, region: Region, weight: u64) {
        if let Some(node) = self.tree.nodes.get_mut(id) {
            node.is = is;
            node.region = region;
            node.weight = weight;
        }
    }

    fn begin(
        &mut self,
        anchor: usize,
        region: Region,
        tag: Option<&Cow<'t, Tag>>,
        content: Content,
    ) -> Result<(), Box<Problem>> {
        if self.open.len() >= DEEPEST {
            return Err(Box::new(too_deep(Whereabouts::Stretch(region))));
        }
        let id = self.plant(anchor, region, tag);
        self.open.push(Open { id, start: region, content });
        Ok(())
    }

    fn end(&mut self, last: Region) -> Result<(), Box<Problem>> {
        let Some(Open { id, start, content }) = self.open.pop() else { return Ok(()) };
        let region = Region { end_line: last.end_line, end_column: last.end_column, ..start };
        let (is, children) = match content {
            Content::List(items) => {
                let children = self.weigh(items.iter().copied());
                (Is::List(items), children)
            }
            Content::Map { entries, key: _ } => {
                let map = merge::map(&mut self.tree, entries)?;
                let children = self.weigh(map.entries.iter().flat_map(|entry| [entry.key, entry.value]));
                (Is::Map(map), children)
            }
        };
        let weight = children.saturating_add(1);
        self.settle(id, is, region, weight);
        if weight > MOST_NODES {
            return Err(Box::new(too_many(Whereabouts::Stretch(start))));
        }
        self.attach(id, region)
    }

    fn weigh(&self, ids: impl Iterator<Item = Id>) -> u64 {
        ids.filter_map(|id| self.tree.node(id)).fold(0, |sum, node| sum.saturating_add(node.weight))
    }

    /// Gives a finished node to the collection it is in. `region` is where it is used, which for an alias is
    /// not where it is.
    fn attach(&mut self, id: Id, region: Region) -> Result<(), Box<Problem>> {
        if u64::try_from(self.tree.nodes.len()).unwrap_or(u64::MAX) > MOST_NODES {
            return Err(Box::new(too_many(Whereabouts::Stretch(region))));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.tree.root = Some(id),
            Some(Content::List(items)) => items.push(id),
            Some(Content::Map { entries, key }) => match key.take() {
                None => *key = Some(id),
                Some(key) => entries.push(Entry { key, value: id }),
            },
        }
        Ok(())
    }
}

pub(super) fn too_many(at: Whereabouts) -> Problem {
    Problem::error(at, format!("more than {MOST_NODES} values, with every alias counted as what it repeats"))
        .label("this expands too far")
        .hint("write less through aliases, or cut the manifest into several fleets")
}

pub(super) fn region(span: Span) -> Region {
    Region {
        line: span.start.line(),
        column: span.start.col().saturating_add(1),
        end_line: span.end.line(),
        end_column: span.end.col().saturating_add(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (Whereabouts, String) {
        let problem = grow(text).err().unwrap();
        (problem.at, problem.message)
    }

    #[test]
    fn what_cannot_be_read_further_is_refused_at_its_place() {
        assert!(matches!(
            error("a: b\n---\nc: d\n").0,
            Whereabouts::Stretch(Region { line: 2, column: 1, .. })
        ));
        assert_eq!(error("a: *b\n").0, Whereabouts::Char((1, 4)));
        assert!(error("a: &a [*a]").1.contains("within the block"));
        assert!(error(&"[".repeat(65)).1.contains("deeper than 64"));
        assert!(error(&"[".repeat(1_000_000)).1.contains("deeper than 64"));
        assert!(error(&"- ".repeat(1_000_000)).1.contains("deeper than 64"));
        let closed = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert!(grow(&closed).is_ok());
    }

    #[test]
    fn an_alias_bomb_ends_quickly_and_a_block_shared_by_thousands_does_not_count_as_one() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(error(&bomb).1.contains("more than"));
        let mut merges = String::from("a0: &a0 {k0: 0, l0: 0}\n");
        for level in 1..40 {
            merges.push_str(&format!("a{level}: &a{level} {{k{level}: *a{0}, <<: *a{0}}}\n", level - 1));
        }
        assert!(error(&merges).1.contains("more than"));
        let mut shared = String::from("a: &a {team: sales}\n");
        for name in 0..5_000 {
            shared.push_str(&format!("b{name}: *a\n"));
        }
        let tree = grow(&shared).unwrap();
        assert!(tree.nodes.len() < 6_000);
    }
}
