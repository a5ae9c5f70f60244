//! The recorded instances as data for the user's own programs.
//!
//! Invariant: every format carries the same facts, in the same order; no text in them can end its field.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::github::defused;
use super::json::inert;
use crate::instance::{InstanceId, Labels, Name, is_unseen};
use crate::observe::{Look, Observation, Sighting};
use crate::state::{Document, Recorded};

/// The status of an instance that the API does not know any more. The vendor's own words are in upper case.
const GONE: &str = "gone";
/// The status of an instance of which no look has said anything.
const UNKNOWN: &str = "unknown";

/// One row: what a user's database wants to know.
#[derive(Debug, Serialize)]
struct Row<'a> {
    instance_id: &'a InstanceId,
    session_name: Option<&'a str>,
    server_name: Option<&'a str>,
    labels: &'a Labels,
    #[serde(flatten)]
    live: Option<Live<'a>>,
}

/// What a look at the instance showed.
#[derive(Debug, Clone, Copy, Serialize)]
struct Live<'a> {
    status: &'a str,
    paired: Option<&'a str>,
}

/// What is printed: the recorded instances, and what was seen of them if they were looked at.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    document: &'a Document,
    observation: Option<&'a Observation>,
}

impl<'a> Output<'a> {
    /// What is recorded; with an observation, what was seen as well.
    #[must_use]
    pub const fn new(document: &'a Document, observation: Option<&'a Observation>) -> Self {
        Self { document, observation }
    }

    fn rows(self) -> BTreeMap<&'a Name, Row<'a>> {
        let live = |name: &Name| self.observation.map(|seen| Live::of(seen.sightings.get(name)));
        self.document.instances.iter().map(|(name, it)| (name, Row::of(it, live(name)))).collect()
    }

    /// A JSON object by name, escaped so that it may also be shown.
    #[must_use]
    pub fn json(self) -> String {
        // Texts and maps of texts always have a JSON form.
        serde_json::to_string_pretty(&self.rows()).map(|text| inert(&text) + "\n").unwrap_or_default()
    }

    /// The same as YAML. Where that would hold a command to a runner that reads its log, it is YAML in the style of JSON,
    /// which has every text in quotes.
    ///
    /// # Errors
    /// When the YAML library refuses a text.
    pub fn yaml(self) -> anyhow::Result<String> {
        let rows = self.rows();
        let yaml = serde_yaml::to_string(&rows)?;
        if !yaml.contains("##") && matches!(defused(&yaml), Cow::Borrowed(_)) {
            return Ok(yaml);
        }
        let mut out = String::new();
        for c in serde_json::to_string_pretty(&rows)?.replace("##", "\\u0023#").chars() {
            // Line breaks stand between texts only; of the rest, YAML takes some signs as escapes alone.
            if c != '\n' && is_unseen(c) {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            } else {
                out.push(c);
            }
        }
        Ok(out + "\n")
    }

    /// Assignments for a POSIX shell, every value in single quotes. The name's letters in upper case, `-` as `_`:
    /// names have no `_`, so no two of them meet.
    #[must_use]
    pub fn env(self) -> String {
        let mut out = String::new();
        for (name, Row { instance_id, session_name, server_name, labels, live }) in self.rows() {
            let prefix = format!("WAWP_{}", name.as_str().to_ascii_uppercase().replace('-', "_"));
            let labels = serde_json::to_string(labels).unwrap_or_default();
            let recorded = [
                ("INSTANCE_ID", Some(instance_id.as_str())),
                ("SESSION_NAME", session_name),
                ("SERVER_NAME", server_name),
                ("LABELS", Some(labels.as_str())),
            ];
            let seen = live.map(|Live { status, paired }| [("STATUS", Some(status)), ("PAIRED", paired)]);
            for (field, value) in recorded.into_iter().chain(seen.into_iter().flatten()) {
                let _ = writeln!(out, "{prefix}_{field}={}", in_quotes(value.unwrap_or_default()));
            }
        }
        out
    }

    /// A table with a header line; labels as one JSON object.
    ///
    /// # Errors
    /// When the CSV library refuses a row.
    pub fn csv(self) -> anyhow::Result<String> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let titles = ["name", "instance_id", "session_name", "server_name", "labels"];
        let more: &[&str] = if self.observation.is_some() { &["status", "paired"] } else { &[] };
        table.write_record(titles.iter().chain(more))?;
        for (name, Row { instance_id, session_name, server_name, labels, live }) in self.rows() {
            let labels = serde_json::to_string(labels)?;
            let recorded = [
                name.as_str(),
                instance_id.as_str(),
                session_name.unwrap_or_default(),
                server_name.unwrap_or_default(),
                &labels,
            ];
            let seen = live.map(|Live { status, paired }| [status, paired.unwrap_or_default()]);
            table.write_record(recorded.into_iter().chain(seen.into_iter().flatten()))?;
        }
        Ok(String::from_utf8(table.into_inner()?)?)
    }
}

impl<'a> Row<'a> {
    fn of(recorded: &'a Recorded, live: Option<Live<'a>>) -> Self {
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
        Self { instance_id, session_name, server_name, labels, live }
    }
}

impl<'a> Live<'a> {
    fn of(sighting: Option<&'a Sighting>) -> Self {
        match sighting {
            Some(Sighting::Seen(Look { info, .. })) => {
                Self { status: info.status.as_word(), paired: info.paired.as_deref() }
            }
            Some(Sighting::Gone) => Self { status: GONE, paired: None },
            Some(Sighting::Unclear { why: _ }) | None => Self { status: UNKNOWN, paired: None },
        }
    }
}

/// A value as one word of a POSIX shell: in single quotes nothing means anything but the quote itself. No shell
/// can hold a NUL, so it is left out.
fn in_quotes(value: &str) -> String {
    format!("'{}'", value.replace('\0', "").replace('\'', "'\\''"))
}
