//! What GitHub Actions reads: annotations in a job's log, and the entries of its output file (formats.md F3.10).
//!
//! Invariant: nothing that comes from outside begins a command or another entry. Line ends in it are escaped, and what is
//! not plainly one safe line stands between delimiters that it does not have.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::instance::visible;
use crate::manifest::{Diagnostic, Place, Severity};
use crate::plan::{Counts, Plan, Refusal};

/// A step's summary has at most so many bytes; what is longer is dropped whole.
pub const LONGEST_SUMMARY: usize = 1 << 20;

/// So many annotations of a kind are shown of a step.
pub const MOST_SHOWN: usize = 10;

/// One remark that GitHub shows beside a run, or on a line of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Error or warning.
    pub severity: Severity,
    /// In a few words of this tool.
    pub title: &'static str,
    /// What is remarked. Each line has to be escaped by [`visible`](crate::instance::visible()) already.
    pub message: String,
    /// Where, if it is a file of the repository.
    pub at: Option<At>,
}

/// A place in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// From the top of the workspace, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The first character, from 1, and the one behind the last; `None` for the file as a whole.
    pub columns: Option<(usize, usize)>,
}

/// The command, on one line without its end.
impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, title, message, at } = self;
        write!(f, "::{} ", severity.as_word())?;
        if let Some(At { file, line, columns }) = at {
            write!(f, "file={},line={line},", property(file))?;
            if let Some((first, behind)) = columns {
                write!(f, "col={first},endColumn={behind},")?;
            }
        }
        write!(f, "title={}::{}", property(title), data(message))
    }
}

/// What is wrong with a manifest. `locate` says where in the repository a source is, if it is in there.
#[must_use]
pub fn of_manifest(found: &[Diagnostic], locate: &dyn Fn(&str) -> Option<String>) -> Vec<Annotation> {
    found.iter().map(|one| of_diagnostic(one, locate)).collect()
}

fn of_diagnostic(diagnostic: &Diagnostic, locate: &dyn Fn(&str) -> Option<String>) -> Annotation {
    let Diagnostic { severity, message, place, label: _, related, hint, concealed: _ } = diagnostic;
    let Place { source: _, file, line, column, length: _ } = place;
    let mut text = visible(message).into_owned();
    let located = locate(file);
    if located.is_none() && !file.is_empty() {
        let _ = write!(text, "\nin {}:{line}:{column}", visible(file));
    }
    for one in related {
        let Place { file, line, column, .. } = &one.place;
        let _ = write!(text, "\n{}: {}:{line}:{column}", visible(&one.label), visible(file));
    }
    if let Some(hint) = hint {
        let _ = write!(text, "\nhelp: {}", visible(hint));
    }
    let columns = (!place.is_whole_source()).then(|| (*column, place.end_column()));
    let at = located.map(|file| At { file, line: *line, columns });
    Annotation { severity: *severity, title: "wawpform manifest", message: text, at }
}

/// What refuses a plan.
#[must_use]
pub fn of_refusal(refusal: &Refusal) -> Annotation {
    let Refusal { guard: _, message, hint } = refusal;
    refused(message, hint)
}

/// Anything that refuses, with what to do next.
#[must_use]
pub fn refused(message: &str, hint: &str) -> Annotation {
    remark(Severity::Error, "wawpform refused", message, hint)
}

/// Anything that went wrong, with what to do next.
#[must_use]
pub fn remark(severity: Severity, title: &'static str, message: &str, hint: &str) -> Annotation {
    let lines: Vec<_> = message.lines().chain(hint.lines()).map(visible).collect();
    Annotation { severity, title, message: lines.join("\n"), at: None }
}

/// The commands, a line each: all of a kind where GitHub shows all, else the first ones and how many more there are.
#[must_use]
pub fn shown(annotations: &[Annotation]) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        let of_kind: Vec<&Annotation> = annotations.iter().filter(|it| it.severity == severity).collect();
        let fits = if of_kind.len() > MOST_SHOWN { MOST_SHOWN - 1 } else { MOST_SHOWN };
        for one in of_kind.iter().take(fits) {
            let _ = writeln!(out, "{one}");
        }
        if let more @ 1.. = of_kind.len().saturating_sub(fits) {
            let message = format!("{more} more are not shown here; the log of the step tells all");
            let _ = writeln!(out, "{}", Annotation { severity, title: "wawpform", message, at: None });
        }
    }
    out
}

/// The outputs that every plan has: numbers, because GitHub takes the text `false` for true. `updates` counts adoptions,
/// as the counts for GitLab do; `changes` counts renames and forgets as well.
#[must_use]
pub fn outputs(plan: &Plan) -> Vec<(&'static str, String)> {
    let Counts { add, change, destroy, import: _, forget: _, rename: _ } = plan.counts();
    let mut outputs = vec![
        ("changes", plan.changes.len().to_string()),
        ("creates", add.to_string()),
        ("updates", change.to_string()),
        ("deletes", destroy.to_string()),
    ];
    // A comparison of manifests is of no history: nothing can be held to it.
    outputs.extend((!plan.assumed).then(|| ("fingerprint", plan.fingerprint().to_string())));
    outputs
}

/// An entry of the output file, with its line end; `None` when the value has the delimiter in it.
#[must_use]
pub fn entry(name: &str, value: &str, delimiter: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if value.chars().all(is_plain) {
        return Some(format!("{name}={value}\n"));
    }
    (!value.contains(delimiter)).then(|| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

/// Where a file is from the top of the workspace, as GitHub wants it; `None` when it is outside. Pure: links are as their
/// paths say.
#[must_use]
pub fn from_workspace(file: &Path, folder: &Path, workspace: &Path) -> Option<String> {
    let flat = |path: &Path| {
        let mut out = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(out.pop()),
                Component::CurDir => {}
                part => out.push(part),
            }
        }
        out
    };
    let full = flat(&folder.join(file));
    let inner = full.strip_prefix(flat(workspace)).ok()?;
    let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The first lines of a page of lines that stand for themselves, such as a table: at most so many bytes, and how many are
/// left out.
#[must_use]
pub fn shortened(page: &str, limit: usize) -> String {
    if page.len() <= limit {
        return page.to_owned();
    }
    let note = |count: usize| format!("\nToo long for one page; left out: {count} lines.\n");
    let room = limit.saturating_sub(note(usize::MAX).len());
    let (mut out, mut left) = (String::new(), 0_usize);
    for line in page.split_inclusive('\n') {
        if left > 0 || out.len() + line.len() > room {
            left += 1;
        } else {
            out += line;
        }
    }
    out + &note(left)
}

/// Talk for a log that a runner reads for commands: no line of it begins with one. (`::: ` begins the second place of a
/// diagnostic; a runner takes it for the command `:`, which is none.)
#[must_use]
pub fn defused(talk: &str) -> Cow<'_, str> {
    let acts = |line: &str| {
        let line = line.trim_start();
        line.starts_with("::") && !line.starts_with("::: ")
    };
    // A lone carriage return ends a line as well, for the runner.
    let mut lines = talk.split_inclusive(['\n', '\r']);
    if !lines.clone().any(acts) {
        return Cow::Borrowed(talk);
    }
    let tell = |line: &str| if acts(line) { line.replacen("::", "\\u{3a}:", 1) } else { line.to_owned() };
    Cow::Owned(lines.by_ref().map(tell).collect())
}

/// The text behind `::`: with line ends escaped, nothing in it begins a line, so nothing begins a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
