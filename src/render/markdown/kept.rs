//! What a page never drops: the refusals and the deletions, as long or as short as there is room for.
//!
//! Invariant: even the shortest form counts them all and names as many as fit, those with a working phone first.

use super::items;
use crate::instance::visible;
use crate::plan::{Action, Change, Held, Plan, Refusal};
use crate::render::escape_markdown::block;
use crate::render::words::plural;

/// The line that says how many more there are, at most.
const MORE: usize = 40;

/// Refusals with their hints, deletions with what is recorded.
pub(super) fn whole(plan: &Plan, refusals: &[Refusal]) -> String {
    told(refusals) + &deletions(plan, |change, held| items::deletion(plan, change, held))
}

/// The same, in at most so many bytes. What is wholly told takes half of them at most: a reviewer of many
/// deletions wants to see the rest of the plan too.
pub(super) fn shortened(plan: &Plan, refusals: &[Refusal], whole: String, room: usize) -> String {
    if whole.len() <= room / 2 {
        return whole;
    }
    let shorter = told(refusals) + &deletions(plan, |change, _| items::name_of_deletion(plan, &change.name));
    if shorter.len() <= room {
        return shorter;
    }
    let mut out = String::new();
    if !refusals.is_empty() {
        let room = if plan.deletes() == 0 { room } else { room / 2 };
        let title = heading_of_refusals(refusals);
        let lines = refusals.iter().map(message);
        // The fence, which may grow with the back-ticks inside.
        let room = room.saturating_sub(title.len() + 2 * 12);
        let (lines, more) = as_many_as_fit(lines, refusals.len(), room);
        out += &(title + &block("text", &(lines + &more)));
    }
    let deleted = deleted(plan);
    if !deleted.is_empty() {
        let title = heading_of_deletions(deleted.len());
        let room = room.saturating_sub(out.len() + title.len());
        let lines = deleted.iter().map(|(change, _)| items::name_of_deletion(plan, &change.name));
        let (lines, more) = as_many_as_fit(lines, deleted.len(), room);
        out += &(title + &lines);
        if !more.is_empty() {
            out += &format!("- {more}");
        }
    }
    out
}

/// The first lines that there is room for, and how many more there are.
fn as_many_as_fit(lines: impl Iterator<Item = String>, count: usize, room: usize) -> (String, String) {
    let room = room.saturating_sub(MORE);
    let (mut out, mut shown) = (String::new(), 0);
    for line in lines {
        if out.len() + line.len() > room {
            break;
        }
        out += &line;
        shown += 1;
    }
    let more = if shown < count { format!("and {} more\n", count - shown) } else { String::new() };
    (out, more)
}

fn told(refusals: &[Refusal]) -> String {
    if refusals.is_empty() {
        return String::new();
    }
    let one = |refusal: &Refusal| {
        // On one line: no line begins with what may come from outside.
        let hint: Vec<_> = refusal.hint.lines().collect();
        format!("{}Hint: {}\n", message(refusal), visible(&hint.join(" ")))
    };
    heading_of_refusals(refusals) + &block("text", &refusals.iter().map(one).collect::<String>())
}

fn message(refusal: &Refusal) -> String {
    let Refusal { guard: _, message, hint: _ } = refusal;
    format!("Refused: {}\n", visible(message))
}

fn heading_of_refusals(refusals: &[Refusal]) -> String {
    format!("\n#### {}\n\n", plural(refusals.len(), "refusal"))
}

fn deletions(plan: &Plan, line: impl Fn(&Change, &Held) -> String) -> String {
    let deleted = deleted(plan);
    if deleted.is_empty() {
        return String::new();
    }
    let lines: String = deleted.iter().map(|(change, held)| line(change, held)).collect();
    heading_of_deletions(deleted.len()) + &lines
}

fn heading_of_deletions(count: usize) -> String {
    format!("\n#### {count} will be destroyed\n\n")
}

/// Who is deleted: those that work with a phone first, then by name.
fn deleted(plan: &Plan) -> Vec<(&Change, &Held)> {
    let deleted = plan.changes.iter().filter_map(|change| match &change.action {
        Action::Delete { before } => Some((change, before)),
        _ => None,
    });
    let mut deleted: Vec<_> = deleted.collect();
    deleted.sort_by_key(|(change, _)| !plan.working.contains_key(&change.name));
    deleted
}
