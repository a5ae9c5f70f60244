//! The end of an apply as text for people: counts first, then what went wrong and what can be done, in the
//! words of Terraform's last line (formats.md F3.6, F3.8).

use std::fmt::Write;

use crate::apply::{Cause, End, Entry, Halt, Outcome, Tally};
use crate::instance::visible;
use crate::render::alike::alike;
use crate::render::paint::Paint;
use crate::render::words::{FEW, names};

/// One line a finished change, for logs and terminals alike.
#[must_use]
pub fn entry(entry: &Entry, paint: Paint) -> String {
    let Entry { name, action, instance_id, end, notes } = entry;
    let id = instance_id.as_ref().map(|id| format!(" [instance_id={id}]")).unwrap_or_default();
    let mut line = match end {
        End::Done => format!("{name}: {}{id}", paint.good(past(action))),
        // Nothing is wrong with it: the run was over.
        End::Failed { why, cause: Cause::Cut, .. } => {
            format!("{name}: {}{id}: {}", paint.notable(format!("{action} interrupted")), visible(why))
        }
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
    let _ = writeln!(out, "{verdict} {}", counts(outcome));
    if complete {
        return out;
    }
    section(&mut out, entries, "Failed:", |entry| {
        let End::Failed { why, cause, may_pass } = &entry.end else { return None };
        if *cause == Cause::Cut {
            return None;
        }
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
    section(&mut out, entries, "Interrupted:", |entry| {
        let End::Failed { why, cause: Cause::Cut, may_pass: _ } = &entry.end else { return None };
        let notes: String = entry.notes.iter().map(|note| format!("\n      {}", visible(note))).collect();
        Some(format!("{}{notes}", visible(why)))
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
        Some(Halt::Unreachable(said)) => {
            let _ = write!(
                out,
                "\nThe API could not be reached: {}\nNothing more was started, and nothing was sent. Check the API's \
                 address and the network, then apply again.\n",
                visible(said)
            );
        }
        Some(Halt::StateUnwritable(why)) => {
            let _ = writeln!(out, "\nNothing more was started: {}", visible(why));
        }
    }
    out
}

pub(super) fn counts(outcome: &Outcome) -> String {
    let Tally { added, changed, destroyed, imported, renamed, forgotten, failed, unknown, not_started } =
        outcome.tally();
    let is_cut = |entry: &&Entry| matches!(entry.end, End::Failed { cause: Cause::Cut, .. });
    let cut = outcome.entries.iter().filter(is_cut).count();
    let failed = failed.saturating_sub(cut);
    let mut out = String::from("Resources: ");
    if imported > 0 {
        let _ = write!(out, "{imported} imported, ");
    }
    let _ = write!(out, "{added} added, {changed} changed, {destroyed} destroyed");
    let more = [
        (forgotten, "forgotten"),
        (renamed, "renamed"),
        (failed, "failed"),
        (unknown, "unknown"),
        (cut, "interrupted"),
        (not_started, "not started"),
    ];
    for (count, word) in more {
        if count > 0 {
            let _ = write!(out, ", {count} {word}");
        }
    }
    out.push('.');
    out
}

/// How many lines of one kind are listed before the rest is only counted.
const LISTED: usize = 50;

fn section(out: &mut String, entries: &[Entry], title: &str, line: impl Fn(&Entry) -> Option<String>) {
    let lines: Vec<_> = entries.iter().filter_map(|entry| Some((entry, line(entry)?))).collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    // What is told of several is told once, such as a policy that nobody can have.
    let groups = alike(lines, |(entry, text)| (entry.action, text.clone()));
    for ((action, text), of_them) in groups.iter().take(LISTED) {
        let who = names(of_them.iter().map(|(entry, _)| entry.name.as_str()), FEW);
        let _ = writeln!(out, "  {who}: {action}: {text}");
    }
    let more: usize = groups.iter().skip(LISTED).map(|(_, of_them)| of_them.len()).sum();
    if more > 0 {
        let _ = writeln!(out, "  and {more} more");
    }
}

/// What to do after instances were created. `flags` are those that name this fleet on the command line.
#[must_use]
pub fn next_steps(flags: &str, sandbox: bool) -> String {
    let how = if sandbox {
        " In the sandbox nobody has to.\n  With an account: set WAWP_ACCESS_TOKEN and apply without --sandbox.".to_owned()
    } else {
        format!(
            "\n  `wawpform qr{flags} NAME` shows the QR code, `wawpform link{flags} NAME` makes a page for somebody else."
        )
    };
    format!(
        "Next: the new instances wait for phones to pair.{how}\n  For your own database, name, instance_id and labels: wawpform output{flags}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Name;
    use crate::wawp::Kind;

    fn told(ends: Vec<End>) -> String {
        let entry = |(at, end): (usize, End)| Entry {
            name: Name::new(&format!("shop-{at}")).unwrap(),
            action: "create",
            instance_id: None,
            end,
            notes: Vec::new(),
        };
        let entries = ends.into_iter().enumerate().map(entry).collect();
        outcome(&Outcome { entries, halt: Some(Halt::Interrupted) }, Paint { colour: false })
    }

    fn failed(cause: Cause) -> End {
        End::Failed { why: "no".into(), cause, may_pass: true }
    }

    #[test]
    fn what_is_told_of_two_is_told_once() {
        let text = told(vec![failed(Cause::Call(Kind::Rejected)), failed(Cause::Call(Kind::Rejected))]);
        assert!(text.contains("\n  shop-0, shop-1: create: no\n"), "{text}");
        let text = told(vec![End::NotStarted { why: "interrupted".into() }; 5]);
        assert!(text.contains("\n  shop-0, shop-1 and 3 more: create: interrupted\n"), "{text}");
    }

    #[test]
    fn what_was_cut_off_is_interrupted_and_not_failed() {
        let text = told(vec![failed(Cause::Cut), End::Done, failed(Cause::Program)]);
        assert!(text.contains("1 added, 0 changed, 0 destroyed, 1 failed, 1 interrupted."), "{text}");
        assert!(text.contains("\nFailed:\n  shop-2: "), "{text}");
        assert!(text.contains("\nInterrupted:\n  shop-0: create: no\n"), "{text}");
    }
}
