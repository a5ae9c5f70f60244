//! Errors and warnings in the stream.
//!
//! Invariant: a line of a manifest is shown as in every other output: without its secrets, and with what acts escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Lines, line, shown};
use crate::apply::{End, Entry};
use crate::instance::{Name, visible};
use crate::manifest::{Diagnostic, Place, Region, Severity, Source};
use crate::plan::{Drift, Unsettled};
use crate::render::diagnostics::SHOWN;
use crate::render::drift::said;
use crate::render::excerpt::{Excerpt, is_too_long};
use crate::render::plan::{CUT_OFF, verb};
use crate::render::report::settling;
use crate::render::terraform::address;
use crate::render::words::plural;

/// So many names are told of those to whom the same happened.
const NAMED: usize = 20;

/// One diagnostic.
pub(super) struct Said {
    severity: Severity,
    summary: String,
    detail: String,
    address: Option<String>,
    /// Range and snippet.
    place: Map<String, Value>,
}

impl Said {
    fn new(severity: Severity, summary: &str, detail: &str) -> Self {
        let (summary, detail) = (shown(summary), shown(detail));
        Self { severity, summary, detail, address: None, place: Map::new() }
    }

    pub(super) fn error(summary: &str, detail: &str) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    pub(super) fn warning(summary: &str, detail: &str) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn of(mut self, name: &Name) -> Self {
        self.address = Some(address(name));
        self
    }

    pub(super) fn line(self, at: Timestamp) -> Lines {
        let Self { severity, summary, detail, address, place } = self;
        let (level, title) = match severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        let mut diagnostic = place;
        diagnostic.insert("severity".into(), json!(severity.as_word()));
        diagnostic.insert("detail".into(), json!(detail));
        diagnostic.extend(address.map(|address| ("address".to_owned(), json!(address))));
        let message = format!("{title}: {summary}");
        diagnostic.insert("summary".into(), json!(summary));
        line(level, &message, "diagnostic", json!({"diagnostic": diagnostic}), at)
    }
}

/// What is to be said of a change that ended, beside that it did.
pub(super) fn of_entry(entry: &Entry) -> Vec<Said> {
    let Entry { name, action, instance_id, end, notes } = entry;
    let noted = |first: &str| {
        let lines = std::iter::once(first).chain(notes.iter().map(String::as_str));
        lines.map(visible).collect::<Vec<_>>().join("\n")
    };
    let said = match end {
        End::Done => {
            return notes.iter().map(|note| Said::warning(&visible(note), "").of(name)).collect();
        }
        End::NotStarted { .. } => return Vec::new(),
        End::Failed { why, cause: _, may_pass } => {
            let retry = if *may_pass {
                "Applying again may help."
            } else {
                "Applying again will not help by itself."
            };
            Said::error(&format!("{action} failed"), &format!("{}\n{retry}", noted(why)))
        }
        End::Unknown { why } => {
            let [import, forget] = settling(name, instance_id.as_ref());
            let detail = format!(
                "{}\nIt is kept as pending until a person settles it:\n{import}\n{forget}",
                noted(why)
            );
            Said::error(&format!("{action} has no known outcome"), &detail)
        }
    };
    vec![said.of(name)]
}

/// Changes that were not begun, all for one reason.
pub(super) fn not_started(why: &str, entries: &[&Entry]) -> Said {
    let mut detail = format!("{}: ", visible(why));
    let named = entries.iter().take(NAMED).map(|entry| format!("{} ({})", entry.name, entry.action));
    detail += &named.collect::<Vec<_>>().join(", ");
    if let more @ 1.. = entries.len().saturating_sub(NAMED) {
        let _ = write!(detail, " and {more} more");
    }
    Said::error(&format!("{} not started", plural(entries.len(), "change")), &detail)
}

/// A look that said nothing clear.
pub(super) fn unclear(drift: &Drift) -> Said {
    Said::warning("The look at it said nothing that is clear", &visible(&said(drift))).of(&drift.name)
}

/// A call that an earlier run left without a known outcome.
pub(super) fn unsettled(entry: &Unsettled) -> Said {
    let Unsettled { name, call, since, reason, instance_id } = entry;
    let seen = visible(reason.as_deref().unwrap_or(CUT_OFF)).into_owned();
    let [import, forget] = settling(name, instance_id.as_ref());
    let summary = format!("{} of {since} has no known outcome", verb(*call));
    Said::warning(
        &summary,
        &format!("{seen}\nIt is left alone until a person settles it:\n{import}\n{forget}"),
    )
    .of(name)
}

/// What is wrong with a manifest, each with its range and, where a line is meant, that line.
/// So many as people are shown.
pub(super) fn of_manifest(found: &[Diagnostic], sources: &[Source]) -> Vec<Said> {
    let shown = found.get(..SHOWN).unwrap_or(found);
    let wanted: BTreeSet<usize> = shown.iter().map(|one| one.place.source).collect();
    let texts: BTreeMap<usize, String> = wanted
        .into_iter()
        .filter_map(|index| Some((index, sources.get(index)?.text().into_owned())))
        .collect();
    let mut pages: BTreeMap<usize, Page<'_>> =
        texts.iter().map(|(index, text)| (*index, Page::new(text))).collect();
    for Diagnostic { place, concealed, .. } in found {
        if let (Some(page), Some(region)) = (pages.get_mut(&place.source), concealed) {
            page.concealed.push(*region);
        }
    }
    let nothing = Page::new("");
    let told = shown.iter().map(|one| of_one(one, pages.get(&one.place.source).unwrap_or(&nothing)));
    let more = found.len().saturating_sub(shown.len());
    let all = "`wawpform validate --format json` tells all";
    let more = (more > 0).then(|| Said::warning(&format!("{more} more are not told here; {all}"), ""));
    told.chain(more).collect()
}

fn of_one(diagnostic: &Diagnostic, page: &Page<'_>) -> Said {
    let Diagnostic { severity, message, place, label, related, hint, concealed: _ } = diagnostic;
    let mut lines = Vec::new();
    lines.extend((!label.is_empty()).then(|| visible(label).into_owned()));
    lines.extend(related.iter().map(|one| {
        let Place { file, line, column, .. } = &one.place;
        format!("{}: {}:{line}:{column}", visible(&one.label), visible(file))
    }));
    lines.extend(hint.as_deref().map(|hint| visible(hint).into_owned()));
    let mut said = Said::new(*severity, &visible(message), &lines.join("\n"));
    said.place.insert("range".into(), page.range(place));
    said.place.extend(page.snippet(place).map(|snippet| ("snippet".to_owned(), snippet)));
    said
}

/// One source: its lines, where each begins, and what of it may not be shown.
struct Page<'t> {
    lines: Vec<&'t str>,
    begins: Vec<usize>,
    concealed: Vec<Region>,
}

impl<'t> Page<'t> {
    fn new(text: &'t str) -> Self {
        let begins = text.split_inclusive('\n').scan(0_usize, |next, line| {
            let begin = *next;
            *next = begin.saturating_add(line.len());
            Some(begin)
        });
        Self { begins: begins.collect(), lines: text.lines().collect(), concealed: Vec::new() }
    }

    fn range(&self, place: &Place) -> Value {
        let end = place.end_column();
        json!({
            "filename": visible(&place.file),
            "start": self.position(place.line, place.column),
            "end": self.position(place.line, end),
        })
    }

    /// As Terraform has it: line and column from 1, the byte from 0.
    fn position(&self, line: usize, column: usize) -> Value {
        let before = line.saturating_sub(1);
        let begin = self.begins.get(before).copied().unwrap_or_default();
        let text = self.lines.get(before).copied().unwrap_or_default();
        let within = text.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
        json!({"byte": begin.saturating_add(within), "column": column, "line": line})
    }

    fn snippet(&self, place: &Place) -> Option<Value> {
        let line = self.lines.get(place.line.checked_sub(1)?)?;
        if place.is_whole_source() || is_too_long(line) {
            return None;
        }
        let columns = place.column..place.end_column();
        let excerpt = Excerpt::new(&self.lines, place.line, columns.clone(), &self.concealed);
        let span = excerpt.span(columns)?;
        Some(json!({
            "code": excerpt.text,
            "context": null,
            "highlight_end_offset": span.end,
            "highlight_start_offset": span.start,
            "start_line": place.line,
            "values": [],
        }))
    }
}
