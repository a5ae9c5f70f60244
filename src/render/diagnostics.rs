//! What is wrong with a manifest, for people, for programs, and for GitHub.
//!
//! Invariant: nothing that stands in a manifest can act on what shows it: a terminal, a JSON reader, or a
//! workflow that obeys commands in its log. A concealed value is in none of the outputs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::excerpt::{Excerpt, is_too_long};
use super::json::inert;
use super::paint::AMBER;
use crate::instance::visible;
use crate::manifest::{Diagnostic, Place, Region, Severity, Source};

/// Two places of one source that are at most so many lines apart are shown in one piece.
const TOGETHER: usize = 30;

/// So many are shown to people; nobody reads more at once, and the time for them is bounded.
pub(super) const SHOWN: usize = 100;

/// As the Rust compiler writes it: message, place, source line, caret, help; a blank line between two. The first
/// hundred are shown.
///
/// `sources` are those that were loaded, in the same order; `width` is the terminal's, in columns.
#[must_use]
pub fn human(diagnostics: &[Diagnostic], sources: &[Source], colour: bool, width: usize) -> String {
    let coloured = || Renderer::styled().warning(AMBER.on_default().bold());
    let renderer = if colour { coloured() } else { Renderer::plain() }.term_width(width);
    let shown = diagnostics.get(..SHOWN).unwrap_or(diagnostics);
    let named =
        shown.iter().flat_map(|one| std::iter::once(&one.place).chain(one.related.iter().map(|r| &r.place)));
    let named: BTreeSet<usize> = named.map(|place| place.source).collect();
    let texts: BTreeMap<usize, Cow<'_, str>> =
        named.into_iter().filter_map(|index| Some((index, sources.get(index)?.text()))).collect();
    let mut pages: Pages<'_> = texts
        .iter()
        .map(|(index, text)| (*index, Page { lines: text.lines().collect(), concealed: Vec::new() }))
        .collect();
    for Diagnostic { place, concealed, .. } in diagnostics {
        if let (Some(page), Some(region)) = (pages.get_mut(&place.source), concealed) {
            page.concealed.push(*region);
        }
    }
    let mut out = String::new();
    for diagnostic in shown {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&one(diagnostic, &pages, &renderer));
        out.push('\n');
    }
    let more = diagnostics.len().saturating_sub(shown.len());
    if more > 0 {
        let _ =
            writeln!(out, "\n{more} more are not shown here; `wawpform validate --format json` tells all.");
    }
    out
}

/// The sources that are shown, by their index.
type Pages<'t> = BTreeMap<usize, Page<'t>>;

/// One source, cut into lines, and what of it may not be shown.
struct Page<'t> {
    lines: Vec<&'t str>,
    concealed: Vec<Region>,
}

fn one(diagnostic: &Diagnostic, pages: &Pages<'_>, renderer: &Renderer) -> String {
    let Diagnostic { severity, message, place, label, related, hint, concealed: _ } = diagnostic;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(visible(message)));
    let mut heads = Vec::new();
    let mut marks = vec![Mark { place, label, kind: AnnotationKind::Primary }];
    marks.extend(related.iter().map(|one| Mark {
        place: &one.place,
        label: &one.label,
        kind: AnnotationKind::Context,
    }));
    // The first mark takes with it what is near; what is not has a piece of its own.
    let near: Vec<&Mark<'_>> = marks.iter().filter(|mark| mark.is_near(place)).collect();
    let far: Vec<&Mark<'_>> = marks.iter().filter(|mark| !mark.is_near(place)).collect();
    if place.is_whole_source() {
        if !place.file.is_empty() {
            group = group.element(Origin::path(visible(&place.file)));
        }
        for mark in marks.iter().skip(1) {
            group = piece(group, &[mark], pages, &mut heads);
        }
    } else {
        group = piece(group, &near, pages, &mut heads);
        for mark in far {
            group = piece(group, &[mark], pages, &mut heads);
        }
    }
    if let Some(hint) = hint {
        group = group.element(Level::HELP.message(visible(hint)));
    }
    correct(renderer.render(&[group]), &heads)
}

struct Mark<'d> {
    place: &'d Place,
    label: &'d str,
    kind: AnnotationKind,
}

impl Mark<'_> {
    fn is_near(&self, first: &Place) -> bool {
        !self.place.is_whole_source()
            && self.place.source == first.source
            && self.place.line.abs_diff(first.line) <= TOGETHER
    }

    fn columns(&self) -> std::ops::Range<usize> {
        self.place.column..self.place.end_column()
    }
}

/// A head line as the renderer will write it and as it should be: escapes and cuts move columns.
struct Head {
    written: String,
    right: String,
}

/// Adds one piece of one source with its marks; the first of them is the one its head line names.
fn piece<'a>(group: Group<'a>, marks: &[&Mark<'_>], pages: &Pages<'_>, heads: &mut Vec<Head>) -> Group<'a> {
    let Some(main) = marks.first() else { return group };
    let path = visible(&main.place.file).into_owned();
    if main.place.is_whole_source() {
        return group.element(Origin::path(path));
    }
    let nothing = Page { lines: Vec::new(), concealed: Vec::new() };
    let page = pages.get(&main.place.source).unwrap_or(&nothing);
    let Place { line, column, .. } = main.place;
    if page.lines.get(line.saturating_sub(1)).copied().is_some_and(is_too_long) {
        return group.element(Origin::path(path).line(*line).char_column(*column));
    }
    let first = marks.iter().map(|mark| mark.place.line).min().unwrap_or(main.place.line);
    let last = marks.iter().map(|mark| mark.place.line).max().unwrap_or(main.place.line);
    let mut text = String::new();
    let mut annotations: Vec<Annotation<'a>> = Vec::new();
    for number in first..=last {
        let here: Vec<&&Mark<'_>> = marks.iter().filter(|mark| mark.place.line == number).collect();
        let focus = here.first().map_or(1..2, |mark| mark.columns());
        let excerpt = Excerpt::new(&page.lines, number, focus, &page.concealed);
        for mark in here {
            let Some(span) = excerpt.span(mark.columns()) else { continue };
            if std::ptr::eq(*mark, *main) {
                let before = excerpt.text.get(..span.start).unwrap_or_default();
                let column = before.chars().count().saturating_add(1);
                let Place { line, column: right, .. } = mark.place;
                heads.push(Head {
                    written: format!("{path}:{line}:{column}"),
                    right: format!("{path}:{line}:{right}"),
                });
            }
            let span = text.len().saturating_add(span.start)..text.len().saturating_add(span.end);
            let label = (!mark.label.is_empty()).then(|| visible(mark.label).into_owned());
            annotations.push(mark.kind.span(span).label(label));
        }
        text.push_str(&excerpt.text);
        if number < last {
            text.push('\n');
        }
    }
    group.element(Snippet::source(text).line_start(first).path(path).annotations(annotations))
}

/// Puts the right columns into the head lines.
fn correct(rendered: String, heads: &[Head]) -> String {
    if heads.iter().all(|head| head.written == head.right) {
        return rendered;
    }
    let mut heads = heads.iter().peekable();
    let mut out = String::with_capacity(rendered.len());
    for line in rendered.split_inclusive('\n') {
        let is_head = line.contains("--> ") || line.contains("::: ");
        match heads.peek() {
            Some(head) if is_head && line.contains(&head.written) => {
                out.push_str(&line.replacen(&head.written, &head.right, 1));
                heads.next();
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// A JSON list, one object a diagnostic:
/// `{severity, message, file, line, column, end_column, hint, related: [{file, line, column, end_column, message}]}`.
///
/// Lines and columns start at 1 and count characters; `end_column` is behind the last marked character and
/// equals `column` where the source as a whole is meant; `hint` is `null` when there is none.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> String {
    let items: Vec<Item<'_>> = diagnostics.iter().map(Item::from).collect();
    // Plain strings and numbers: there is nothing in them that could fail.
    let text = serde_json::to_string_pretty(&items).unwrap_or_else(|_| "[]".to_owned());
    inert(&text) + "\n"
}

#[derive(Serialize)]
struct Item<'d> {
    severity: &'static str,
    message: &'d str,
    file: &'d str,
    line: usize,
    column: usize,
    end_column: usize,
    hint: Option<&'d str>,
    related: Vec<RelatedItem<'d>>,
}

#[derive(Serialize)]
struct RelatedItem<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_column: usize,
    message: &'d str,
}

impl<'d> From<&'d Diagnostic> for Item<'d> {
    fn from(diagnostic: &'d Diagnostic) -> Self {
        let Diagnostic { severity, message, place, label: _, related, hint, concealed: _ } = diagnostic;
        let related = related.iter().map(|one| RelatedItem {
            file: &one.place.file,
            line: one.place.line,
            column: one.place.column,
            end_column: one.place.end_column(),
            message: &one.label,
        });
        Self {
            severity: severity.as_word(),
            message,
            file: &place.file,
            line: place.line,
            column: place.column,
            end_column: place.end_column(),
            hint: hint.as_deref(),
            related: related.collect(),
        }
    }
}

/// GitHub annotations, one line a diagnostic, all of them; the files as they are named.
#[must_use]
pub fn github(diagnostics: &[Diagnostic]) -> String {
    let found = super::github::of_manifest(diagnostics, &|file| Some(file.to_owned()));
    found.iter().map(|one| format!("{one}\n")).collect()
}

#[cfg(test)]
mod tests;
