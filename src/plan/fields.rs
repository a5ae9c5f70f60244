//! The fields of an instance, one by one: what an update changes, what a create sets.
//!
//! Invariant: every managed attribute appears here or does not compile.

use super::change::Attributes;

/// One field that differs. `None` on a side means that the field is absent there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path in the manifest: `protect`, `labels.team`.
    pub field: String,
    /// What is recorded, as YAML would write it.
    pub before: Option<String>,
    /// What is desired, as YAML would write it.
    pub after: Option<String>,
}

/// The fields that differ between two sides; an absent side has no fields. Sorted by field.
#[must_use]
pub fn field_changes(before: Option<&Attributes>, after: Option<&Attributes>) -> Vec<FieldChange> {
    let (before, after) = (before.map(fields).unwrap_or_default(), after.map(fields).unwrap_or_default());
    let mut names: Vec<&String> = before.iter().chain(&after).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let side = |fields: &[(String, String)], name: &String| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    };
    let changes = names.iter().map(|name| FieldChange {
        field: (*name).clone(),
        before: side(&before, name),
        after: side(&after, name),
    });
    changes.filter(|change| change.before != change.after).collect()
}

fn fields(attributes: &Attributes) -> Vec<(String, String)> {
    let Attributes { labels, protect, running } = attributes;
    let labels = labels.iter().map(|(key, value)| (format!("labels.{key}"), quoted(value)));
    labels.chain([("protect".into(), protect.to_string()), ("running".into(), running.to_string())]).collect()
}

/// A text as a JSON (and so YAML) string: what cannot be seen is escaped by its number.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
