//! The JSON Schema of a manifest, for editors: made from the table.
//!
//! Invariant: whatever one file of a manifest may say, it accepts. What only the whole of a manifest tells (is a name
//! there twice, does every name exist), and what needs more than a pattern, it leaves to `wawpform validate`.

use serde_yaml::{Mapping, Value};

use super::form::matching;
use super::pattern::one_of;
use super::{Absent, Block, Field, Form, Holds, Items, Kind, MANIFEST, MANIFEST_EXAMPLE};
use crate::manifest::desired::{DEFAULT_TOKEN_ENV, MOST_PERCENT};
use crate::manifest::secret;
use crate::manifest::variables::{VariablePattern, Variables};

/// The dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What the schema is called, wherever it is kept.
const ID: &str = "urn:wawpform:manifest";

const TITLE: &str = "wawpform manifest";

const ABOUT: &str = "One fleet of Wawp instances, or one file of it: several files are one manifest, and `fleet` must be \
                     in one of them. What an editor cannot know, `wawpform validate` says.";

/// The JSON Schema of one file of a manifest that may name these variables.
///
/// # Errors
/// When it cannot be written as JSON, which its keys do not give a reason for.
pub fn json_schema(variables: &Variables) -> Result<String, serde_json::Error> {
    let mut writer = Writer { variables, definitions: Mapping::new() };
    let block = writer.block(&MANIFEST);
    let mut schema = entries([
        ("$schema", DIALECT.into()),
        ("$id", ID.into()),
        ("title", TITLE.into()),
        ("description", ABOUT.into()),
    ]);
    schema.extend(block);
    schema.extend(entries([
        ("examples", Value::Sequence(examples(&[MANIFEST_EXAMPLE]))),
        ("$defs", Value::Mapping(writer.definitions)),
    ]));
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// The entries of an object, in this order.
pub(super) fn entries<const N: usize>(entries: [(&str, Value); N]) -> Mapping {
    entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// A list of texts.
pub(super) fn texts<const N: usize>(texts: [&str; N]) -> Value {
    texts.into_iter().map(Value::from).collect::<Vec<_>>().into()
}

struct Writer<'v> {
    variables: &'v Variables,
    /// What is referred to, by its word, in the order in which it is met.
    definitions: Mapping,
}

impl Writer<'_> {
    fn kind(&mut self, kind: &Kind) -> Mapping {
        match kind {
            Kind::Text(form) => self.text(*form),
            Kind::Variable(holds) => self.variable(*holds),
            Kind::Flag => entries([("type", "boolean".into())]),
            Kind::Count(least) => count("integer".into(), *least),
            Kind::CountOrPercent => {
                let mut either = count(texts(["integer", "string"]), 0);
                let words =
                    format!("write a count such as 3, or a percentage from `0%` to `{MOST_PERCENT}%`");
                either.extend(matching(&format!("^0*(?:{MOST_PERCENT}|[0-9]{{1,2}})%$"), &words));
                either
            }
            Kind::Date => {
                let mut date = entries([("type", "string".into()), ("format", "date".into())]);
                let words = "write year, month and day, such as `2026-12-31`";
                date.extend(matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", words));
                date
            }
            Kind::List(item, items) => self.list(item, *items),
            Kind::OneOrMany(item, items) => {
                let either = [self.kind(item), self.list(item, *items)];
                entries([("anyOf", either.map(Value::Mapping).to_vec().into())])
            }
            Kind::Map(form, item) => {
                let mut map =
                    entries([("type", "object".into()), ("propertyNames", self.text(*form).into())]);
                if let Some(pattern) = form.refused_as_key() {
                    let refused = Mapping::from_iter([(pattern.into(), false.into())]);
                    map.extend(entries([("patternProperties", refused.into())]));
                }
                map.extend(entries([("additionalProperties", self.kind(item).into())]));
                map
            }
            Kind::Block(block) => self.block(block),
            Kind::Maybe(inner) => or_nothing(self.kind(inner)),
        }
    }

    fn text(&mut self, form: Form) -> Mapping {
        self.defined(form.as_word(), |_| form.schema())
    }

    fn list(&mut self, item: &Kind, items: Items) -> Mapping {
        let item = match item {
            Kind::Block(block) => self.defined(block.name, |writer| {
                let mut schema = entries([("title", block.what.into())]);
                schema.extend(writer.block(block));
                schema
            }),
            kind => self.kind(kind),
        };
        let mut list = entries([("type", "array".into()), ("items", item.into())]);
        let Items { least, distinct } = items;
        if least > 0 {
            list.extend(entries([("minItems", Value::from(least))]));
        }
        if distinct {
            list.extend(entries([("uniqueItems", true.into())]));
        }
        list
    }

    /// A reference to what is written once.
    fn defined(&mut self, word: &str, schema: impl FnOnce(&mut Self) -> Mapping) -> Mapping {
        if !self.definitions.contains_key(word) {
            let schema = schema(self);
            self.definitions.insert(word.into(), schema.into());
        }
        entries([("$ref", format!("#/$defs/{word}").into())])
    }

    fn block(&mut self, block: &Block) -> Mapping {
        let Block { name: _, what: _, fields, apart } = block;
        let mut properties = Mapping::new();
        for field in *fields {
            properties.insert(field.name.into(), self.field(field).into());
        }
        let mut schema = entries([("type", "object".into()), ("properties", properties.into())]);
        let required = fields.iter().filter(|field| field.required).map(|field| field.name.into());
        let required: Vec<Value> = required.collect();
        if !required.is_empty() {
            schema.extend(entries([("required", required.into())]));
        }
        schema.extend(entries([("additionalProperties", false.into())]));
        if let Some(both) = apart {
            // Said of the one that an editor then finds not allowed.
            let [one, other] = both.map(Value::from);
            let without = entries([("properties", Mapping::from_iter([(one, false.into())]).into())]);
            let dependent = Mapping::from_iter([(other, without.into())]);
            schema.extend(entries([("dependentSchemas", dependent.into())]));
        }
        schema
    }

    fn field(&mut self, field: &Field) -> Mapping {
        let Field { name: _, kind, required: _, about, examples: written, absent } = field;
        let mut schema = entries([("description", (*about).into())]);
        schema.extend(self.kind(kind));
        if let Some(absent) = absent {
            schema.extend(entries([("default", default(*absent))]));
        }
        let examples = examples(written);
        if !examples.is_empty() {
            schema.extend(entries([("examples", examples.into())]));
        }
        schema
    }

    fn variable(&self, holds: Holds) -> Mapping {
        let more = one_of(secret::is_in_word);
        let pattern = |pattern: VariablePattern| match pattern {
            VariablePattern::Name(name) => name,
            VariablePattern::Prefix(prefix) => format!("{prefix}{more}*"),
        };
        let patterns: Vec<String> = self.variables.patterns().map(pattern).collect();
        let names: Vec<String> = self.variables.patterns().map(|pattern| format!("`{pattern}`")).collect();
        let words = format!("write the NAME of an environment variable: {}", names.join(", "));
        let mut schema = entries([("type", "string".into())]);
        schema.extend(matching(&format!("^(?:{})$", patterns.join("|")), &words));
        if holds == Holds::SigningSecret {
            schema.extend(entries([("not", entries([("const", DEFAULT_TOKEN_ENV.into())]).into())]));
        }
        schema
    }
}

/// A whole number, or whatever else these types allow.
fn count(types: Value, least: u32) -> Mapping {
    entries([("type", types), ("minimum", least.into()), ("maximum", u32::MAX.into())])
}

/// The same, or null.
fn or_nothing(mut schema: Mapping) -> Mapping {
    if let Some(kind) = schema.get_mut("type") {
        *kind = vec![std::mem::take(kind), "null".into()].into();
        return schema;
    }
    let either = [schema, entries([("type", "null".into())])];
    entries([("anyOf", either.map(Value::Mapping).to_vec().into())])
}

fn default(absent: Absent) -> Value {
    match absent {
        Absent::Flag(flag) => flag.into(),
        Absent::Count(count) => count.into(),
        Absent::Percent(percent) => format!("{percent}%").into(),
        Absent::Text(text) => text.into(),
    }
}

/// What is written in the table; a test reads all of it.
fn examples(written: &[&str]) -> Vec<Value> {
    written.iter().filter_map(|text| serde_yaml::from_str(text).ok()).collect()
}
