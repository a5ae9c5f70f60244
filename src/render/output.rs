//! The recorded instances as data for the user's own programs.
//!
//! Invariant: every format carries the same facts, in the same order; no text in them can end its field.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::json::inert;
use crate::instance::{InstanceId, Labels, Name};
use crate::state::{Document, Recorded};

/// One row: what a user's database wants to know.
#[derive(Debug, Serialize)]
struct Row<'a> {
    instance_id: &'a InstanceId,
    session_name: Option<&'a str>,
    server_name: Option<&'a str>,
    labels: &'a Labels,
}

fn rows(document: &Document) -> BTreeMap<&Name, Row<'_>> {
    document.instances.iter().map(|(name, recorded)| (name, Row::of(recorded))).collect()
}

impl<'a> Row<'a> {
    fn of(recorded: &'a Recorded) -> Self {
        let Recorded {
            instance_id,
            session_name,
            server_name,
            created_at: _,
            protect: _,
            labels,
            running: _,
            rate_limit: _,
            webhooks: _,
            doubtful: _,
        } = recorded;
        let (session_name, server_name) = (session_name.as_deref(), server_name.as_deref());
        Self { instance_id, session_name, server_name, labels }
    }
}

/// A JSON object by name, escaped so that it may also be shown.
#[must_use]
pub fn json(document: &Document) -> String {
    // Texts and maps of texts always have a JSON form.
    serde_json::to_string_pretty(&rows(document)).map(|text| inert(&text) + "\n").unwrap_or_default()
}

/// The same as YAML.
///
/// # Errors
/// When the YAML library refuses a text.
pub fn yaml(document: &Document) -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(&rows(document))
}

/// Assignments for a POSIX shell, every value in single quotes. The name's letters in upper case, `-` as `_`:
/// names have no `_`, so no two of them meet.
#[must_use]
pub fn env(document: &Document) -> String {
    let mut out = String::new();
    for (name, Row { instance_id, session_name, server_name, labels }) in rows(document) {
        let prefix = format!("WAWP_{}", name.as_str().to_ascii_uppercase().replace('-', "_"));
        let labels = serde_json::to_string(labels).unwrap_or_default();
        let values = [
            ("INSTANCE_ID", Some(instance_id.as_str())),
            ("SESSION_NAME", session_name),
            ("SERVER_NAME", server_name),
            ("LABELS", Some(labels.as_str())),
        ];
        for (field, value) in values {
            let _ = writeln!(out, "{prefix}_{field}='{}'", value.unwrap_or_default().replace('\'', "'\\''"));
        }
    }
    out
}

/// A table with a header line; labels as one JSON object.
///
/// # Errors
/// When the CSV library refuses a row.
pub fn csv(document: &Document) -> anyhow::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["name", "instance_id", "session_name", "server_name", "labels"])?;
    for (name, Row { instance_id, session_name, server_name, labels }) in rows(document) {
        let labels = serde_json::to_string(labels)?;
        let texts = [session_name.unwrap_or_default(), server_name.unwrap_or_default(), &labels];
        table.write_record([name.as_str(), instance_id.as_str()].into_iter().chain(texts))?;
    }
    Ok(String::from_utf8(table.into_inner()?)?)
}
