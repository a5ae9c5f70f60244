//! How a fleet stands, as a table for people and as JSON for programs.
//!
//! Invariant: what the server said is escaped; the table says all without colour, and the fields of the JSON are
//! those that the README documents.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::paint::Paint;
use crate::instance::visible;
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
    let name = &row.name;
    let (command, note) = match &row.standing {
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

/// A table with one line an instance. Where it would be wider than `width` columns, what to do next stands in a
/// line of its own below the instance, so that it can be read and copied whole.
#[must_use]
pub fn table(rows: &[Row], width: Option<usize>, paint: Paint) -> String {
    let wide = lines(rows, true);
    let fits = |width| wide.iter().all(|line| line.chars().count() <= width);
    if width.is_none_or(fits) {
        return painted(&wide, rows, |_| None, paint);
    }
    painted(&lines(rows, false), rows, |row| Some(next(row)).filter(|next| !next.is_empty()), paint)
}

/// The heading and a line an instance, without what is blank at their ends.
fn lines(rows: &[Row], with_next: bool) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let columns = if with_next { 6 } else { 5 };
    table.set_header(["NAME", "INSTANCE_ID", "SERVER", "STATUS", "PAIRED", "NEXT"].into_iter().take(columns));
    for row in rows {
        let Row {
            name,
            instance_id,
            session_name: _,
            server_name,
            labels: _,
            status: _,
            paired,
            standing: _,
        } = row;
        let shown = |text: Option<&str>| visible(text.unwrap_or("-")).into_owned();
        let cells = [
            name.to_string(),
            shown(instance_id.as_ref().map(|id| id.as_str())),
            shown(server_name.as_deref()),
            visible(word(row)).into_owned(),
            shown(paired.as_deref()),
            next(row),
        ];
        table.add_row(cells.into_iter().take(columns));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// What to do next, as it stands in the table.
fn next(row: &Row) -> String {
    let Advice { command, note } = advice(row);
    visible(&command.into_iter().chain(note).collect::<Vec<_>>().join(" ")).into_owned()
}

/// Only a line whose columns are sure to stand below their headings is painted.
fn painted(lines: &[String], rows: &[Row], below: impl Fn(&Row) -> Option<String>, paint: Paint) -> String {
    let mut out = String::new();
    let Some((heading, lines)) = lines.split_first() else { return out };
    let at = heading.find("STATUS").unwrap_or_default();
    let _ = writeln!(out, "{}", paint.strong(heading));
    for (line, row) in lines.iter().zip(rows) {
        let word = word(row);
        let split = line.split_at_checked(at).filter(|_| line.is_ascii());
        let split = split.and_then(|(before, rest)| Some((before, rest.strip_prefix(word)?)));
        let _ = match split {
            Some((before, after)) => writeln!(out, "{before}{}{after}", coloured(row, word, paint)),
            None => writeln!(out, "{line}"),
        };
        if let Some(next) = below(row) {
            let _ = writeln!(out, "  {next}");
        }
    }
    out
}

fn coloured(row: &Row, word: &str, paint: Paint) -> String {
    match row.standing {
        Standing::Fine => paint.good(word),
        Standing::Unsettled(_) | Standing::Gone { .. } | Standing::Failed => paint.bad(word),
        _ => paint.notable(word),
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
        status: Option<&'a str>,
        paired: Option<&'a str>,
        standing: &'a str,
        next: Option<String>,
        note: Option<String>,
    }
    let object = |row: &Row| {
        let Row { name, instance_id, session_name, server_name, labels: _, status, paired, standing } = row;
        let Advice { command, note } = advice(row);
        let object = Object {
            name: name.as_str(),
            instance_id: instance_id.as_ref().map(|id| id.as_str()),
            session_name: session_name.as_deref(),
            server_name: server_name.as_deref(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{InstanceId, Labels, Name, Status};

    fn row(name: &str, status: Option<&str>, standing: Standing) -> Row {
        Row {
            name: Name::new(name).unwrap(),
            instance_id: Some(InstanceId::new("3EB0BCB2E3D4").unwrap()),
            session_name: Some("wawp-84729105".into()),
            server_name: Some("server-1".into()),
            labels: Labels::new(),
            status: status.map(Status::from_word),
            paired: None,
            standing,
        }
    }

    fn some() -> Vec<Row> {
        let why = "HTTP 404 invalid_session: the linked phone dropped \u{1b}[2J re-scan the code".into();
        vec![
            row("acme-gone", None, Standing::Gone { suspicious: false }),
            row("acme-sales-and-support", Some("SCAN_QR_CODE"), Standing::Unpaired),
            row("acme-odd", None, Standing::Unclear { why }),
            Row { paired: Some("201012345678".into()), ..row("acme-ok", Some("WORKING"), Standing::Fine) },
        ]
    }

    #[test]
    fn what_does_not_fit_beside_an_instance_stands_whole_below_it() {
        let rows = || some().into_iter().filter(|row| !matches!(row.standing, Standing::Unclear { .. }));
        let text = |width| table(&rows().collect::<Vec<_>>(), Some(width), Paint { colour: false });
        let (narrow, wide) = (text(80), text(140));
        assert!(narrow.lines().all(|line| line.len() <= 80), "{narrow}");
        assert!(
            narrow.contains("\n  wawpform apply --recreate-missing or wawpform forget acme-gone\n"),
            "{narrow}"
        );
        assert!(narrow.contains("\n  wawpform qr acme-sales-and-support\n"), "{narrow}");
        assert_eq!(narrow.lines().count(), 6, "{narrow}");
        assert!(wide.lines().all(|line| line.len() <= 140), "{wide}");
        assert_eq!(wide.lines().count(), 4, "{wide}");
    }

    #[test]
    fn without_a_width_every_instance_is_one_line_and_what_acts_is_escaped() {
        let text = table(&some(), None, Paint { colour: false });
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("dropped \\u{1b}[2J re-scan the code"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let plain = table(&some(), Some(80), Paint { colour: false });
        let mut coloured = table(&some(), Some(80), Paint { colour: true });
        assert!(coloured.contains("\u{1b}[32mWORKING\u{1b}[0m"), "{coloured}");
        while let Some((before, after)) = coloured.clone().split_once('\u{1b}') {
            coloured = before.to_owned() + after.split_once('m').unwrap().1;
        }
        assert_eq!(coloured, plain);
    }
}
