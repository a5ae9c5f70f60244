//! What is wrong within one source, before it knows which source that is.
//!
//! Invariant: a [`Sheet`] turns it into a [`Diagnostic`] whose mark lies within one existing line.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Place, Region, Related, Severity};

/// Where in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// The source as a whole.
    Whole,
    /// One character: line and column from 1.
    Char((usize, usize)),
    /// A stretch.
    Stretch(Region),
}

/// Something wrong in one source.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) severity: Severity,
    pub(super) at: Whereabouts,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) hint: Option<String>,
    pub(super) related: Vec<(Region, String)>,
    pub(super) concealed: Option<Region>,
}

impl Problem {
    pub(super) fn error(at: Whereabouts, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            at,
            message: message.into(),
            label: String::new(),
            hint: None,
            related: Vec::new(),
            concealed: None,
        }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn related(mut self, region: Region, label: impl Into<String>) -> Self {
        self.related.push((region, label.into()));
        self
    }

    pub(super) fn concealing(mut self, region: Region) -> Self {
        self.concealed = Some(region);
        self
    }
}

/// One source while it is diagnosed: its place among the others, its name and its lines.
pub(super) struct Sheet<'t> {
    index: usize,
    file: Arc<str>,
    lines: Vec<&'t str>,
}

impl<'t> Sheet<'t> {
    pub(super) fn new(index: usize, name: &str, text: &'t str) -> Self {
        Self { index, file: name.into(), lines: text.lines().collect() }
    }

    pub(super) fn diagnostic(&self, problem: Problem) -> Diagnostic {
        let Problem { severity, at, message, label, hint, related, concealed } = problem;
        let related = related
            .into_iter()
            .map(|(region, label)| Related { place: self.place(Whereabouts::Stretch(region)), label })
            .collect();
        Diagnostic { severity, message, place: self.place(at), label, related, hint, concealed }
    }

    pub(super) fn place(&self, at: Whereabouts) -> Place {
        let (line, column, length) = match at {
            Whereabouts::Whole => (1, 1, 0),
            Whereabouts::Char((line, column)) => (line, column, 1),
            Whereabouts::Stretch(region) => {
                let end = if region.end_line == region.line {
                    region.end_column
                } else {
                    // A mark stays within its first line.
                    let first = self.lines.get(region.line.saturating_sub(1)).copied().unwrap_or_default();
                    first.trim_end().chars().count().saturating_add(1)
                };
                (region.line, region.column, end.saturating_sub(region.column).max(1))
            }
        };
        Place { source: self.index, file: Arc::clone(&self.file), line, column, length }
    }
}

/// A text of the user's for a message: cut when it is long. What must be escaped is escaped where it is shown.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
