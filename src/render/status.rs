//! How a fleet stands, as a table for people and as JSON for programs.
//!
//! Invariant: what the server said is escaped; the table says all without colour, and the fields of the JSON are
//! those that the README documents.

mod counts;
mod screen;
mod table;

use serde::Serialize;

pub use screen::fitted;
pub use table::table;

use crate::instance::Labels;
use crate::observe::{Row, Standing};
use crate::state::Call;

/// What a person can do for an instance.
pub(super) struct Advice {
    /// The next command to type.
    pub(super) command: Option<String>,
    /// What is to be known beside it, or instead of it.
    pub(super) note: Option<String>,
}

pub(super) fn advice(row: &Row) -> Advice {
    advice_on(&row.standing, row.name.as_str())
}

/// What can be done for whoever stands like this.
fn advice_on(standing: &Standing, name: &str) -> Advice {
    let (command, note) = match standing {
        Standing::Unsettled(Call::Create) => (
            Some(format!("wawpform import {name} INSTANCE_ID")),
            Some(format!("if the dashboard shows it, else wawpform forget {name}")),
        ),
        // The plan says how.
        Standing::Unsettled(_) => (Some("wawpform plan".into()), None),
        Standing::Gone { suspicious: true } => {
            (None, Some("check the token and the address of the API".into()))
        }
        Standing::Gone { suspicious: false } => {
            (Some("wawpform apply --recreate-missing".into()), Some(format!("or wawpform forget {name}")))
        }
        // A wait restarts it, which is the documented first remedy (wawp-api.md §2.4).
        Standing::Failed | Standing::Starting => (Some(format!("wawpform wait {name}")), None),
        Standing::OtherPhone { expected } => (None, Some(format!("{expected} should be paired"))),
        Standing::Unpaired => (Some(format!("wawpform qr {name}")), None),
        Standing::Unclear { why } => (None, Some(why.clone())),
        Standing::Odd => (None, Some("look in the Wawp dashboard".into())),
        Standing::Strayed { recorded: false } => (Some("wawpform apply --refresh".into()), None),
        Standing::Strayed { recorded: true } | Standing::Absent => (Some("wawpform apply".into()), None),
        Standing::Fine => (None, None),
    };
    Advice { command, note }
}

/// The status as it stands in the table.
pub(super) fn word(row: &Row) -> &str {
    match (&row.status, &row.standing) {
        (Some(status), _) => status.as_word(),
        (None, Standing::Unsettled(_)) => "unknown",
        (None, Standing::Absent) => "not created",
        (None, standing) => standing.as_word(),
    }
}

/// One object an instance, one a line, in an array. `flags` are those that name this fleet on the command line.
#[must_use]
pub fn json(rows: &[Row], flags: &str) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        name: &'a str,
        instance_id: Option<&'a str>,
        session_name: Option<&'a str>,
        server_name: Option<&'a str>,
        labels: &'a Labels,
        status: Option<&'a str>,
        paired: Option<&'a str>,
        standing: &'a str,
        next: Option<String>,
        note: Option<String>,
    }
    let object = |row: &Row| {
        let Row { name, instance_id, session_name, server_name, labels, status, paired, standing } = row;
        let Advice { command, note } = advice(row);
        let object = Object {
            name: name.as_str(),
            instance_id: instance_id.as_ref().map(|id| id.as_str()),
            session_name: session_name.as_deref(),
            server_name: server_name.as_deref(),
            labels,
            status: status.as_ref().map(|status| status.as_word()),
            paired: paired.as_deref(),
            standing: standing.as_word(),
            next: command.map(|command| command + flags),
            note,
        };
        // Texts always have a JSON form.
        serde_json::to_string(&object).unwrap_or_default()
    };
    let lines: Vec<String> = rows.iter().map(|row| format!("\n  {}", object(row))).collect();
    if lines.is_empty() { "[]\n".into() } else { format!("[{}\n]\n", lines.join(",")) }
}
