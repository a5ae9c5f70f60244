//! The report as a page: a step's summary, or a comment.
//!
//! Invariant: the page is at most as long as it may be; items are whole, short or counted as left out. What failed or is
//! unknown stands first and is left out last.

mod fit;

use std::fmt::Write;

use self::fit::{Group, fitted};
use super::human::{counts, past};
use super::run::{Ended, Run, halted, settling};
use crate::apply::{End, Entry, Outcome};
use crate::instance::{InstanceId, Name};
use crate::plan::{Refusal, Unsettled};
use crate::render::escape_markdown::{code, prose};
use crate::render::plan::{CUT_OFF, verb};
use crate::render::words::plural;

/// A page has room for this many bytes at least.
const SMALLEST: usize = 2_000;

/// So much of a text is shown, in characters: what a server says may be a whole page.
const LONGEST_TEXT: usize = 400;

/// So many refusals are told; there are as many kinds.
const MOST_REFUSALS: usize = 6;

/// The page, in at most so many bytes; less than 2,000 counts as that. GitHub takes 65,536 characters in a comment and
/// 1 MiB in the summary of a step.
#[must_use]
pub fn markdown(run: &Run<'_>, limit: usize) -> String {
    let whole = run.whole();
    let (mut head, foot) = (head(run, &whole), foot(run));
    let room = limit.max(SMALLEST).saturating_sub(foot.len());
    // All of it is short, but for the texts of errors.
    let beside = beside(run, &whole);
    if head.len().saturating_add(beside.len()) <= room / 2 {
        head += &beside;
    }
    let body = fitted(groups(run, &whole), room.saturating_sub(head.len()));
    [head, body, foot].concat()
}

fn head(run: &Run<'_>, whole: &Outcome) -> String {
    let title = if run.destroy { "Destroy" } else { "Apply" };
    let fleet = run.fleet.map_or("?", Name::as_str);
    let ended = run.ended.as_word();
    let verdict = if run.ended == Ended::Complete { "Apply complete!" } else { "Apply incomplete." };
    let counts = counts(whole);
    format!(
        "<!-- wawpform-run fleet={fleet} -->\n### {title} of `{fleet}`: {ended}\n\n**{verdict} {counts}**\n"
    )
}

/// What ended the run, when it did not come to its own end.
fn beside(run: &Run<'_>, whole: &Outcome) -> String {
    let mut out = String::new();
    let mut line = |what: &str, said: &str, hint: Option<&str>| {
        let hint = hint.filter(|hint| !hint.is_empty()).map(|hint| format!("; {}", text(hint)));
        let _ = write!(out, "\n{what}{}{}\n", text(said), hint.unwrap_or_default());
    };
    for Refusal { guard: _, message, hint } in run.refusals.iter().take(MOST_REFUSALS) {
        line("Refused: ", message, Some(hint));
    }
    if let Some((reason, said)) = whole.halt.as_ref().map(halted) {
        line(
            &format!("Nothing more was started, because of this: {reason}. "),
            said.unwrap_or_default(),
            None,
        );
    }
    if let Some((message, hint)) = run.error {
        line("Error: ", message, hint);
    }
    out
}

fn foot(run: &Run<'_>) -> String {
    let serial = |serial: Option<u64>| serial.map_or("?".to_owned(), |serial| serial.to_string());
    let (before, after) = (serial(run.serial_before), serial(run.serial_after));
    let (began, ended) = (run.began, run.ended_at);
    format!("\nFrom `{began}` to `{ended}`, serial {before} to {after}, exit code {}.\n", run.exit_code)
}

/// A text from outside, on one line, as much of it as anybody reads.
fn text(text: &str) -> String {
    let line = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => prose(line.get(..at).unwrap_or_default()) + "…",
        None => prose(&line),
    }
}

fn groups(run: &Run<'_>, whole: &Outcome) -> Vec<Group> {
    let of = |wanted: fn(&End) -> bool| whole.entries.iter().filter(move |entry| wanted(&entry.end));
    let listed = |entries: &mut dyn Iterator<Item = &Entry>| -> Vec<(String, String)> {
        entries.map(|entry| (item(entry), format!("- `{}`: {}\n", entry.name, entry.action))).collect()
    };
    let unknown = listed(&mut of(|end| matches!(end, End::Unknown { .. })));
    let failed = listed(&mut of(|end| matches!(end, End::Failed { .. })));
    let not_started = listed(&mut of(|end| matches!(end, End::NotStarted { .. })));
    let done = listed(&mut of(|end| matches!(end, End::Done)));
    let left = run.unsettled();
    let left: Vec<_> = left.iter().map(|it| (unsettled(it), format!("- `{}`\n", it.name))).collect();
    let of_left = format!("{} of earlier runs still to be settled", plural(left.len(), "call"));
    vec![
        Group::first("unknown", format!("{} of unknown outcome", unknown.len()), unknown),
        Group::first("failed", format!("{} failed", failed.len()), failed),
        Group::new("earlier", of_left, left),
        Group::new("not started", format!("{} not started", not_started.len()), not_started),
        Group::folded("done", done),
    ]
}

fn item(entry: &Entry) -> String {
    let Entry { name, action, instance_id, end, notes } = entry;
    let id = instance_id.as_ref().map(|id| format!(" {}", code(&format!("instance_id={id}"))));
    let id = id.unwrap_or_default();
    let notes: String = notes.iter().map(|note| format!("; {}", text(note))).collect();
    match end {
        End::Done => format!("- `{name}`: {}{id}{notes}\n", past(action)),
        End::Failed { why, cause, may_pass } => {
            let retry =
                if *may_pass { "applying again may help" } else { "applying again will not help by itself" };
            let kind = code(cause.as_word());
            format!("- `{name}`: {action} failed ({kind}){id}: {}{notes}; {retry}\n", text(why))
        }
        End::Unknown { why } => {
            format!("- `{name}`: {action}: {}{notes}\n{}", text(why), to_settle(name, None))
        }
        End::NotStarted { why } => format!("- `{name}`: {action}: {}\n", text(why)),
    }
}

fn unsettled(entry: &Unsettled) -> String {
    let Unsettled { name, call, since, reason, instance_id } = entry;
    let seen = text(reason.as_deref().unwrap_or(CUT_OFF));
    format!("- `{name}`: {} of `{since}`: {seen}\n{}", verb(*call), to_settle(name, instance_id.as_ref()))
}

fn to_settle(name: &Name, id: Option<&InstanceId>) -> String {
    let [import, forget] = settling(name, id);
    format!(
        "  - {} if the Wawp dashboard shows its instance\n  - {} if it does not\n",
        code(&import),
        code(&forget)
    )
}
