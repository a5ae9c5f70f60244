//! The page of how a fleet stands: who needs a person first, and for each what to do next.

use jiff::Timestamp;
use maud::{Markup, html};

use super::filter::{Filter, filter};
use super::frame::{Head, document};
use super::plan::one_count;
use super::{Text, command, labels};
use crate::instance::{Name, Status};
use crate::observe::{Row, Standing};
use crate::render::status::{Advice, advice, word};
use crate::render::words::plural;

/// The page. `flags` are those that name this fleet on the command line.
#[must_use]
pub fn status(fleet: &Name, rows: &[Row], flags: &str, at: Timestamp) -> String {
    let kinds = kinds(rows);
    let choices: Vec<_> = kinds.iter().map(|(kind, _)| (*kind, *kind)).collect();
    let all = plural(rows.len(), "instance");
    let body = html! {
        section aria-label="Counts" {
            p.headline { (headline(rows)) }
            ul.counts { @for (kind, count) in &kinds { (one_count(mood_of(kind), *count, kind)) } }
        }
        (suspicion(rows))
        @if !rows.is_empty() {
            section aria-labelledby="instances" {
                h2 #instances { "Instances" }
                (filter(&Filter { what: "Status", kinds: &choices, all, folds: false }, rows.iter().map(|row| &row.labels)))
                (table(rows, flags))
            }
        }
    };
    let head = Head { title: &format!("Status of {fleet}"), verdict: None, made: "Seen", at, facts: &[] };
    document(&head, &body)
}

fn headline(rows: &[Row]) -> String {
    let of = |wanted: fn(&Standing) -> bool| rows.iter().filter(|row| wanted(&row.standing)).count();
    let starting = of(|it| matches!(it, Standing::Starting));
    let needy = rows.len() - starting - of(|it| matches!(it, Standing::Fine));
    match (rows.len(), needy) {
        (0, _) => "There is no instance, neither recorded nor in the manifest.".to_owned(),
        (all, 0) if starting > 0 => format!("{starting} of {} still starting.", plural(all, "instance")),
        (all, 0) => format!("Nothing to do: {all} of {} as they should be.", plural(all, "instance")),
        (all, 1) => format!("1 of {} needs attention.", plural(all, "instance")),
        (all, needy) => format!("{needy} of {} need attention.", plural(all, "instance")),
    }
}

/// Words that only this version's own statuses and standings are; what the API may say besides is one kind.
fn kind(row: &Row) -> &'static str {
    match (&row.status, &row.standing) {
        (Some(Status::Stopped), _) => "STOPPED",
        (Some(Status::Starting), _) => "STARTING",
        (Some(Status::ScanQrCode), _) => "SCAN_QR_CODE",
        (Some(Status::Working), _) => "WORKING",
        (Some(Status::Failed), _) => "FAILED",
        (Some(Status::Other(_)), _) => "other",
        (None, Standing::Unsettled(_)) => "unknown",
        (None, Standing::Absent) => "not created",
        (None, standing) => standing.as_word(),
    }
}

/// The kinds that there are, as they first appear, and how many of each.
fn kinds(rows: &[Row]) -> Vec<(&'static str, usize)> {
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for row in rows {
        let kind = kind(row);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => kinds.push((kind, 1)),
        }
    }
    kinds
}

fn mood_of(kind: &str) -> &'static str {
    match kind {
        "WORKING" => "good",
        "gone" | "FAILED" | "unknown" => "bad",
        "STOPPED" => "still",
        _ => "notable",
    }
}

fn mood(row: &Row) -> &'static str {
    match row.standing {
        Standing::Fine if row.status == Some(Status::Stopped) => "still",
        Standing::Fine => "good",
        Standing::Unsettled(_) | Standing::Gone { .. } | Standing::Failed => "bad",
        _ => "notable",
    }
}

/// When everything is gone at once.
fn suspicion(rows: &[Row]) -> Markup {
    let gone = rows.iter().filter(|row| row.standing == Standing::Gone { suspicious: true }).count();
    html! {
        @if gone > 0 {
            section.warned aria-labelledby="suspicious" {
                h2 #suspicious { (plural(gone, "instance")) " gone at once" }
                p { "Not one was seen: the token or the address of the API may be of another account." }
            }
        }
    }
}

fn table(rows: &[Row], flags: &str) -> Markup {
    html! {
        table.status aria-labelledby="instances" {
            thead {
                tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Status" }
                    th scope="col" { "Paired" }
                    th scope="col" { "Instance" }
                    th scope="col" { "Labels" }
                    th scope="col" { "Next" }
                }
            }
            tbody { @for row in rows { (one(row, flags)) } }
        }
    }
}

fn one(row: &Row, flags: &str) -> Markup {
    let Row { name, instance_id, session_name, server_name, labels: of_it, status: _, paired, standing: _ } =
        row;
    let Advice { command: next, note } = advice(row);
    html! {
        tr data-kind=(kind(row)) {
            th scope="row" { (name) }
            td { span .state .(mood(row)) { (Text(word(row))) } }
            td.phone { @if let Some(paired) = paired { (Text(paired)) } }
            td.handle {
                @if let Some(id) = instance_id { code { (id) } }
                @if session_name.is_some() || server_name.is_some() {
                    span.session {
                        @if let Some(session) = session_name { bdi { (Text(session)) } }
                        @if session_name.is_some() && server_name.is_some() { " on " }
                        @if let Some(server) = server_name { bdi { (Text(server)) } }
                    }
                }
            }
            td.labels { (labels(of_it)) }
            td {
                @if let Some(next) = &next { (command(next, flags)) " " }
                @if let Some(note) = &note { span.why { (Text(note)) } }
            }
        }
    }
}
