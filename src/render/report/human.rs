//! The end of an apply as text for people: counts first, then what went wrong and what can be done, in the
//! words of Terraform's last line (formats.md F3.6, F3.8).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::apply::{End, Entry, Halt, Outcome, Tally};
use crate::instance::{Name, visible};
use crate::render::paint::Paint;

/// One line a finished change, for logs and terminals alike.
#[must_use]
pub fn entry(entry: &Entry, paint: Paint) -> String {
    let Entry { name, action, instance_id, end, notes } = entry;
    let id = instance_id.as_ref().map(|id| format!(" [instance_id={id}]")).unwrap_or_default();
    let mut line = match end {
        End::Done => format!("{name}: {}{id}", paint.good(past(action))),
        End::Failed { why, .. } => {
            format!("{name}: {}{id}: {}", paint.bad(format!("{action} failed")), visible(why))
        }
        End::Unknown { why } => {
            format!("{name}: {}: {}", paint.bad(format!("{action} has no known outcome")), visible(why))
        }
        End::NotStarted { why } => format!("{name}: {action} not started: {}", visible(why)),
    };
    for note in notes {
        let _ = write!(line, " ({})", visible(note));
    }
    line
}

pub(super) fn past(action: &str) -> &'static str {
    match action {
        "create" => "created",
        "delete" => "destroyed",
        "rename" => "renamed",
        "forget" => "forgotten",
        "adopt" => "imported",
        _ => "updated",
    }
}

/// The final report.
#[must_use]
pub fn outcome(outcome: &Outcome, paint: Paint) -> String {
    let Outcome { entries, halt } = outcome;
    let tally = outcome.tally();
    let complete = tally.is_complete() && halt.is_none();
    let mut out = String::new();
    let verdict = if complete { paint.good("Apply complete!") } else { paint.bad("Apply incomplete.") };
    let _ = writeln!(out, "{verdict} {}", counts(tally));
    if complete {
        return out;
    }
    section(&mut out, entries, "Failed:", |entry| {
        let End::Failed { why, cause: _, may_pass } = &entry.end else { return None };
        let retry =
            if *may_pass { "applying again may help" } else { "applying again will not help by itself" };
        let notes: String = entry.notes.iter().map(|note| format!("\n      {}", visible(note))).collect();
        Some(format!("{}{notes}\n      {retry}", visible(why)))
    });
    section(&mut out, entries, "Unknown, and kept as pending until a person settles it:", |entry| {
        let End::Unknown { why } = &entry.end else { return None };
        let name = &entry.name;
        Some(format!(
            "{}\n      wawpform import {name} INSTANCE_ID    if the Wawp dashboard shows an instance that no name has\n      \
             wawpform forget {name}    if it does not; the next apply creates it",
            visible(why)
        ))
    });
    section(&mut out, entries, "Not started:", |entry| {
        let End::NotStarted { why } = &entry.end else { return None };
        Some(visible(why).into_owned())
    });
    match halt {
        None => {}
        Some(Halt::Interrupted) => {
            out += "\nInterrupted. What is known is recorded; apply again to go on from here.\n";
        }
        Some(Halt::Unauthorized(said)) => {
            let _ = write!(
                out,
                "\nThe token was not accepted: {}\nNothing more was started. Check the token, then apply again.\n",
                visible(said)
            );
        }
        Some(Halt::Untrusted(said)) => {
            let _ = write!(
                out,
                "\nThe API's certificate is not trusted: {}\nNothing more was started, and nothing was sent. \
                 Check the API's address and the certificates of this machine; SSL_CERT_FILE names other ones.\n",
                visible(said)
            );
        }
        Some(Halt::StateUnwritable(why)) => {
            let _ = writeln!(out, "\nNothing more was started: {}", visible(why));
        }
    }
    out
}

pub(super) fn counts(tally: Tally) -> String {
    let Tally { added, changed, destroyed, imported, renamed, forgotten, failed, unknown, not_started } =
        tally;
    let mut out = String::from("Resources: ");
    if imported > 0 {
        let _ = write!(out, "{imported} imported, ");
    }
    let _ = write!(out, "{added} added, {changed} changed, {destroyed} destroyed");
    let more = [(forgotten, "forgotten"), (renamed, "renamed"), (failed, "failed"), (unknown, "unknown")];
    for (count, word) in more.into_iter().chain([(not_started, "not started")]) {
        if count > 0 {
            let _ = write!(out, ", {count} {word}");
        }
    }
    out.push('.');
    out
}

/// How many lines of one kind are listed before the rest is only counted.
const LISTED: usize = 50;
/// So many names stand in a line of their own, although the same is to be told of them.
const APART: usize = 3;

fn section(out: &mut String, entries: &[Entry], title: &str, line: impl Fn(&Entry) -> Option<String>) {
    let lines: Vec<_> = entries.iter().filter_map(|entry| Some((entry, line(entry)?))).collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    // What is told of many is told once, such as a policy that nobody can have.
    let mut groups: Vec<(&str, String, Vec<&Name>)> = Vec::new();
    let mut place: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (entry, text) in &lines {
        let at = *place.entry((entry.action, text)).or_insert_with(|| {
            groups.push((entry.action, text.clone(), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, _, names)) = groups.get_mut(at) {
            names.push(&entry.name);
        }
    }
    let mut listed = 0;
    for (action, text, names) in &groups {
        let rows: Vec<String> = match &names[..] {
            [first, second, rest @ ..] if names.len() > APART => {
                vec![format!("{first}, {second} and {} more", rest.len())]
            }
            few => few.iter().map(ToString::to_string).collect(),
        };
        for row in rows.iter().take(LISTED.saturating_sub(listed)) {
            let _ = writeln!(out, "  {row}: {action}: {text}");
        }
        listed += rows.len();
    }
    if listed > LISTED {
        let _ = writeln!(out, "  and {} more", listed - LISTED);
    }
}

/// What to do after instances were created. `flags` are those that name this fleet on the command line.
#[must_use]
pub fn next_steps(flags: &str, sandbox: bool) -> String {
    let how = if sandbox {
        " In the sandbox nobody has to.\n  With an account: set WAWP_ACCESS_TOKEN and apply without --sandbox."
    } else {
        "\n  `wawpform qr NAME` shows the QR code, `wawpform link NAME` makes a page for somebody else."
    };
    format!(
        "Next: the new instances wait for phones to pair.{how}\n  For your own database, name, instance_id and labels: wawpform output{flags}"
    )
}
