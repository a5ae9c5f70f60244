//! The shape of a manifest: every field, its kind, what its texts may hold, and a line about it.
//!
//! Invariant: the table agrees with the typed reader (a test compares them), so that diagnostics, hints and the JSON
//! Schema for editors can be made from it.

mod form;
mod json;
mod pattern;
mod table;

pub use form::Form;
pub use json::json_schema;
pub use table::{
    ACCEPTED_DRIFT, ACCOUNT, DEFAULTS, GUARDS, INSTANCE, MANIFEST, MANIFEST_EXAMPLE, RETRIES, WEBHOOK,
};

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text. A number or `true` without quotes is not one: `0042` and `1.10` would not survive.
    Text(Form),
    /// The name of an environment variable: a text that is never shown, because people put secrets there.
    Variable(Holds),
    /// `true` or `false`.
    Flag,
    /// A whole number from this one to 4294967295.
    Count(u32),
    /// A count, or a text such as `30%`.
    CountOrPercent,
    /// A day, as a text such as `2026-12-31`; quotes are not needed.
    Date,
    /// A list of values of one kind.
    List(&'static Kind, Items),
    /// One value of a kind, or a list of them.
    OneOrMany(&'static Kind, Items),
    /// A map whose keys the user chooses, in this form.
    Map(Form, &'static Kind),
    /// A map with known fields.
    Block(&'static Block),
    /// The same, or nothing at all, which then means empty.
    Maybe(&'static Kind),
}

/// What an environment variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The access token.
    Token,
    /// A secret that signs, which the token may not be.
    SigningSecret,
}

/// What is asked of a list beside what its items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Items {
    /// How many it has at least.
    pub least: usize,
    /// Whether no two are equal.
    pub distinct: bool,
}

impl Items {
    const ANY: Self = Self { least: 0, distinct: false };
    const SOME: Self = Self { least: 1, distinct: false };
    const DISTINCT: Self = Self { least: 0, distinct: true };
    const SOME_DISTINCT: Self = Self { least: 1, distinct: true };
}

impl Kind {
    /// With its article, for messages.
    #[must_use]
    pub fn as_words(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Variable(_) => "the name of an environment variable",
            Self::Flag => "`true` or `false`",
            Self::Count(_) => "a whole number",
            Self::CountOrPercent => "a whole number or a percentage such as `30%`",
            Self::Date => "a date such as `2026-12-31`",
            Self::List(..) => "a list",
            Self::OneOrMany(..) => "a text or a list of texts",
            Self::Map(..) => "a map",
            Self::Block(_) => "a block of fields",
            Self::Maybe(inner) => inner.as_words(),
        }
    }
}

/// A map with known fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// One word for it.
    pub name: &'static str,
    /// How people call it: `an instance`.
    pub what: &'static str,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [Field],
    /// Two fields that exclude each other.
    pub apart: Option<[&'static str; 2]>,
}

/// One field of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether every block of its sort must have it.
    pub required: bool,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// What could stand there, as it is written.
    pub examples: &'static [&'static str],
    /// What counts while it is not there, if that is one value for all.
    pub absent: Option<Absent>,
}

/// What counts while a field is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Count(u32),
    /// So many percent.
    Percent(u8),
    /// A text.
    Text(&'static str),
}

/// Every block, for a hint that says where a misplaced field belongs; but for an accepted drift: `name` and `reason`
/// are written in other places by people who mean something else.
static ALL: [&Block; 7] = [&INSTANCE, &DEFAULTS, &ACCOUNT, &GUARDS, &WEBHOOK, &RETRIES, &MANIFEST];

impl Block {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What to do about a field that `block` does not have.
pub(super) fn hint_for_unknown(block: &Block, name: &str) -> String {
    let known: Vec<&str> = block.fields.iter().map(|field| field.name).collect();
    if let Some(near) = nearest(&name.to_lowercase().replace('-', "_"), &known) {
        return format!("did you mean `{near}`?");
    }
    if let Some(home) = ALL.iter().find(|home| home.field(name).is_some()) {
        return format!("`{name}` belongs in {}", home.what);
    }
    // A name of an instance that lost its place.
    let or = if *block == MANIFEST { "; if it is an instance, indent it below `instances:`" } else { "" };
    format!("{} has the fields {}{or}", block.what, listed(&known))
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The candidate that a slip of the finger would turn into `word`.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    // No field and no name is that long, and the distance takes time in proportion to the length.
    if word.len() > 64 {
        return None;
    }
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_answered_with_the_nearest_its_home_or_the_list() {
        assert_eq!(hint_for_unknown(&INSTANCE, "webhoks"), "did you mean `webhooks`?");
        assert_eq!(hint_for_unknown(&INSTANCE, "expect-number"), "did you mean `expect_number`?");
        assert_eq!(hint_for_unknown(&MANIFEST, "protect"), "`protect` belongs in an instance");
        assert_eq!(hint_for_unknown(&RETRIES, "colour"), "`retries` has the fields `delay`, `attempts`");
    }
}
