//! The second reading: a tree held against the table of the schema.
//!
//! Invariant: every wrong shape is reported, and what is left out of the value that is handed on is exactly
//! what was reported here or in the tree, so the typed reading accepts the rest.

use std::collections::HashMap;

use serde_yaml::{Mapping, Value};

use super::diagnostic::Region;
use super::problem::{Problem, Whereabouts, shortened};
use super::scalar::Meaning;
use super::schema::{Block, Kind, MANIFEST, hint_for_unknown};
use super::secret;
use super::tree::{Id, Is, Map, Node, Tree};

/// What is right of a source.
pub(super) struct Shaped {
    pub(super) value: Value,
    pub(super) kept: Kept,
}

/// For lists of which some items were left out: the places, in the list as written, of those that were kept.
pub(super) type Kept = HashMap<Id, Vec<usize>>;

/// Holds a source against the schema.
pub(super) fn shape(tree: &Tree<'_>, problems: &mut Vec<Problem>) -> Shaped {
    let mut shaper = Shaper { tree, problems, kept: Kept::new() };
    let value = match tree.root {
        Some(root) if !tree.is_nothing(root) => {
            let at = tree.region(root);
            shaper.value(root, &Kind::Block(&MANIFEST), Use { name: "the manifest", key: at })
        }
        _ => {
            shaper.problems.push(
                Problem::error(Whereabouts::Whole, "the file is empty")
                    .hint("write at least `fleet: NAME`, or remove the file"),
            );
            None
        }
    };
    let empty = || Value::Mapping(Mapping::new());
    Shaped { value: value.unwrap_or_else(empty), kept: shaper.kept }
}

struct Shaper<'a, 't> {
    tree: &'a Tree<'t>,
    problems: &'a mut Vec<Problem>,
    kept: Kept,
}

/// How a value is used: what to call it, and the key to point at when the value itself is not there.
#[derive(Clone, Copy)]
struct Use<'n> {
    name: &'n str,
    key: Region,
}

impl Shaper<'_, '_> {
    /// The value, as far as it is right; `None` when it had to be left out, which was then reported.
    fn value(&mut self, id: Id, kind: &Kind, of: Use<'_>) -> Option<Value> {
        let tree = self.tree;
        let node = tree.node(id)?;
        match (kind, &node.is) {
            (Kind::Maybe(_), Is::Scalar { .. }) if tree.is_nothing(id) => Some(Value::Null),
            (Kind::Maybe(inner), _) => self.value(id, inner, of),
            (Kind::List(item, _), Is::List(items)) if self.untagged(node, of) => {
                self.list(id, items, item, of)
            }
            (Kind::OneOrMany(item, _), Is::List(items)) if self.untagged(node, of) => {
                self.list(id, items, item, of)
            }
            (Kind::Map(_, item), Is::Map(map)) if self.untagged(node, of) => Some(self.entries(map, item)),
            (Kind::Block(block), Is::Map(map)) if self.untagged(node, of) => self.block(map, block, of),
            (Kind::List(..) | Kind::OneOrMany(..), Is::List(_))
            | (Kind::Map(..) | Kind::Block(_), Is::Map(_)) => None,
            _ => {
                let right = node.meaning().and_then(|meaning| scalar(kind, meaning));
                if right.is_none() {
                    self.problems.push(wrong_type(kind, node, of));
                }
                right
            }
        }
    }

    fn untagged(&mut self, node: &Node<'_>, of: Use<'_>) -> bool {
        let own = node.tag == super::scalar::Tagged::Own;
        if own {
            self.problems.push(bad_tag(node, of));
        }
        !own
    }

    fn list(&mut self, id: Id, items: &[Id], item: &Kind, of: Use<'_>) -> Option<Value> {
        let mut values = Vec::with_capacity(items.len());
        let mut kept = Vec::with_capacity(items.len());
        for (index, id) in items.iter().enumerate() {
            let name = format!("{}[{index}]", of.name);
            let at = Use { name: &name, key: self.tree.region(*id) };
            if let Some(value) = self.value(*id, item, at) {
                values.push(value);
                kept.push(index);
            }
        }
        // A list of which nothing is left is left out: it is not the empty list that it would seem to be.
        if values.is_empty() && !items.is_empty() {
            return None;
        }
        if kept.len() < items.len() {
            self.kept.insert(id, kept);
        }
        Some(Value::Sequence(values))
    }

    fn entries(&mut self, map: &Map, item: &Kind) -> Value {
        let mut values = Mapping::with_capacity(map.entries.len());
        for entry in &map.entries {
            let tree = self.tree;
            let name = tree.text(entry.key);
            if secret::is_secret(tree, entry.key, entry.value) {
                continue;
            }
            let of = Use { name, key: tree.region(entry.key) };
            if let Some(value) = self.value(entry.value, item, of) {
                values.insert(Value::String(name.to_owned()), value);
            }
        }
        Value::Mapping(values)
    }

    fn block(&mut self, map: &Map, block: &Block, of: Use<'_>) -> Option<Value> {
        let tree = self.tree;
        let mut values = Mapping::with_capacity(map.entries.len());
        for entry in &map.entries {
            let name = tree.text(entry.key);
            let key = tree.region(entry.key);
            if secret::is_secret(tree, entry.key, entry.value) {
                continue;
            }
            let Some(field) = block.field(name) else {
                self.problems.push(
                    Problem::error(
                        Whereabouts::Stretch(key),
                        format!("unknown field `{}` in {}", shortened(name), block.what),
                    )
                    .label("unknown field")
                    .hint(hint_for_unknown(block, name)),
                );
                continue;
            };
            if let Some(value) = self.value(entry.value, &field.kind, Use { name, key }) {
                values.insert(Value::String(name.to_owned()), value);
            }
        }
        let mut whole = true;
        for field in block.fields.iter().filter(|field| field.required) {
            if tree.entry(map, field.name).is_none() {
                self.problems.push(
                    Problem::error(
                        Whereabouts::Stretch(of.key),
                        format!("{} needs the field `{}`", block.what, field.name),
                    )
                    .label(format!("`{}` is missing", field.name))
                    .hint(format!("`{}`: {}", field.name, field.about)),
                );
            }
            whole &= values.contains_key(field.name);
        }
        whole.then_some(Value::Mapping(values))
    }
}

/// The value of a scalar, if its kind allows it.
fn scalar(kind: &Kind, meaning: Meaning<'_>) -> Option<Value> {
    match (kind, meaning) {
        (Kind::OneOrMany(item, _), meaning) => scalar(item, meaning),
        (Kind::Text(_) | Kind::Variable(_) | Kind::CountOrPercent | Kind::Date, Meaning::Text(text)) => {
            Some(Value::String(text.to_owned()))
        }
        (Kind::Flag, Meaning::Flag(flag)) => Some(Value::Bool(flag)),
        (Kind::Count(_) | Kind::CountOrPercent, Meaning::Number(number)) => {
            let fits = number.as_u64().is_some_and(|count| u32::try_from(count).is_ok());
            fits.then_some(Value::Number(number))
        }
        _ => None,
    }
}

fn wrong_type(kind: &Kind, node: &Node<'_>, of: Use<'_>) -> Problem {
    let meaning = node.meaning();
    if meaning == Some(Meaning::BadTag) {
        let problem = bad_tag(node, of);
        return if matches!(kind, Kind::Variable(_)) { problem.concealing(node.region) } else { problem };
    }
    let found = match (&node.is, &meaning) {
        (Is::List(_), _) => "a list",
        (Is::Map(_), _) => "a block of fields",
        (_, Some(Meaning::Flag(_))) => "`true` or `false` without quotes",
        (_, Some(Meaning::Number(number))) if number.is_f64() && !matches!(kind, Kind::Text(_)) => {
            "a fraction"
        }
        (_, Some(Meaning::Number(number))) if number.as_i64().is_some_and(|n| n < 0) => "a negative number",
        (_, Some(Meaning::Number(_) | Meaning::HugeNumber)) if is_number(kind) => {
            "a number that is too large"
        }
        (_, Some(Meaning::Number(_) | Meaning::HugeNumber)) => "a number",
        (_, Some(Meaning::Text(_))) => "a text",
        (_, Some(Meaning::Nothing | Meaning::BadTag) | None) => "nothing",
    };
    let nothing = meaning == Some(Meaning::Nothing);
    let at = if nothing { of.key } else { node.region };
    let mut problem = Problem::error(
        Whereabouts::Stretch(at),
        format!("`{}`: expected {}, found {found}", shortened(of.name), kind.as_words()),
    )
    .label(format!("expected {}", kind.as_words()));
    problem.hint = misplaced(kind, of.name).or_else(|| hint(kind, node, meaning));
    if matches!(kind, Kind::Variable(_)) && !nothing {
        problem = problem.concealing(node.region);
    }
    problem
}

/// A field of the block that stands where a name of such a block should.
fn misplaced(kind: &Kind, name: &str) -> Option<String> {
    let (Kind::Block(block) | Kind::Maybe(Kind::Block(block))) = kind else { return None };
    let is_field = block.field(name).is_some();
    is_field.then(|| format!("`{name}` is a field of {}: indent it below the name it belongs to", block.what))
}

fn is_number(kind: &Kind) -> bool {
    matches!(kind, Kind::Count(_) | Kind::CountOrPercent)
}

fn hint(kind: &Kind, node: &Node<'_>, meaning: Option<Meaning<'_>>) -> Option<String> {
    let written = match &node.is {
        Is::Scalar { text, .. } => shortened(text),
        Is::List(_) | Is::Map(_) => String::new(),
    };
    let hint = match (kind, meaning) {
        (_, Some(Meaning::Nothing)) => "give it a value, or remove the line".to_owned(),
        (Kind::Text(_), Some(Meaning::Flag(_) | Meaning::Number(_) | Meaning::HugeNumber)) => {
            format!("put quotes around it: \"{written}\"")
        }
        (Kind::Flag, Some(Meaning::Text(text))) => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => "write `true`".to_owned(),
            "no" | "off" | "n" | "false" => "write `false`".to_owned(),
            _ => "write `true` or `false`".to_owned(),
        },
        (Kind::Count(_), Some(Meaning::Text(text))) if text.parse::<u32>().is_ok() => {
            format!("write it without quotes: {text}")
        }
        (Kind::Date, _) => "write year, month and day: `2026-12-31`".to_owned(),
        (Kind::OneOrMany(..), _) => "write one text, or a list: `[first, second]`".to_owned(),
        (Kind::List(item, _), None) if matches!(**item, Kind::Block(_)) => {
            "write one `- ` item for each, with its fields below it: `- url: https://…`".to_owned()
        }
        (Kind::List(..), None) => "write one `- item` a line instead of `key: value` lines".to_owned(),
        (Kind::List(..), Some(_)) => "write a list: `[first, second]`, or one `- item` a line".to_owned(),
        (Kind::Map(..) | Kind::Block(_), None) => "write `key: value` lines instead of `- ` items".to_owned(),
        (Kind::Map(..) | Kind::Block(_), Some(_)) => "write `key: value` lines below it".to_owned(),
        (Kind::Variable(_), _) => "write the NAME of the variable, such as `WAWP_ACCESS_TOKEN`".to_owned(),
        _ => return None,
    };
    Some(hint)
}

fn bad_tag(node: &Node<'_>, of: Use<'_>) -> Problem {
    Problem::error(
        Whereabouts::Stretch(node.region),
        format!("`{}` has a tag that a manifest does not use", shortened(of.name)),
    )
    .label("tagged with `!`")
    .hint("remove the tag; put quotes around a text that begins with `!`")
}
