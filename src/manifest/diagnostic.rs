//! What is wrong with a manifest, as a value: who shows it, and in which format, is `render`'s business.
//!
//! Invariant: lines and columns start at 1 and count characters; no text of a secret value is in any field.

use std::sync::Arc;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing may be done with this manifest.
    Error,
    /// Worth a look; the manifest is used.
    Warning,
}

impl Severity {
    /// The word that people and pipelines read.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words for under the mark; may be empty.
    pub label: String,
    /// Other places that explain this one: "first defined here".
    pub related: Vec<Related>,
    /// What to do next.
    pub hint: Option<String>,
    /// A value in the same source that no output may show.
    pub concealed: Option<Region>,
}

/// A stretch of one line of one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which source: its index in what was loaded. Sources may share a name.
    pub source: usize,
    /// The source's name as people write it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The first marked character, from 1.
    pub column: usize,
    /// How many characters are marked; 0 means the source as a whole.
    pub length: usize,
}

impl Place {
    /// The column after the last marked character.
    #[must_use]
    pub fn end_column(&self) -> usize {
        self.column.saturating_add(self.length)
    }

    /// Whether the source as a whole is meant.
    #[must_use]
    pub fn is_whole_source(&self) -> bool {
        self.length == 0
    }
}

/// A second place that explains the first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there.
    pub label: String,
}

/// A stretch that may span lines: from the first character up to, but not including, the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// The first line, from 1.
    pub line: usize,
    /// The first character, from 1.
    pub column: usize,
    /// The last line, from 1.
    pub end_line: usize,
    /// The column after the last character, from 1.
    pub end_column: usize,
}

/// Sorts by source, line and column, and drops what is said twice: one block behind many aliases is wrong once.
pub(super) fn in_order(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    all.sort_by(|a, b| {
        (&a.place, a.severity, &a.message, &a.related).cmp(&(&b.place, b.severity, &b.message, &b.related))
    });
    all.dedup_by(|b, a| a.place == b.place && a.severity == b.severity && a.message == b.message);
    all
}
