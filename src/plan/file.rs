//! A plan as a file: what `plan --out` writes, `show` shows and `apply` applies.
//!
//! Invariant: `decode` gives back exactly what `encode` was given, or refuses. No secret is in it: of a signing secret
//! it has the variable and, where the state has one or will have one, the mark that stands in the state as well.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::Plan;
use super::fingerprint::Fingerprint;
use crate::instance::{Name, visible};

/// The format that is written, and the only one that is read. `.github/FORMATS.md` tells it and says when it is
/// raised; `tests/formats` holds it to that.
pub const FORMAT: u64 = 1;

/// A plan, and how to make it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The plan.
    pub plan: Plan,
    /// What was asked for when it was made.
    pub asked: Asked,
}

/// The flags that say what a plan covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `--destroy`.
    pub destroy: bool,
    /// `--recreate-missing`.
    pub recreate_missing: bool,
    /// `--refresh`.
    pub refresh: bool,
    /// `--target`; empty means all.
    pub targets: BTreeSet<Name>,
}

/// Why bytes are not a saved plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// Not JSON at all, or cut off.
    #[error("line {line}, column {column}: not JSON: {what}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
        /// In words, escaped.
        what: String,
    },
    /// JSON, but not a plan: a field is missing or unknown, or its value cannot be.
    #[error("line {line}, column {column}: {what}")]
    Shape {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
        /// In words, escaped.
        what: String,
    },
    /// Written by another version.
    #[error("its format is {format}; this wawpform reads format {FORMAT} only")]
    OtherFormat {
        /// Its format.
        format: u64,
    },
    /// It is a plan, but not the one that was written.
    #[error("it was changed after it was written: its {field} does not fit what is in it")]
    Changed {
        /// `checksum` or `fingerprint`.
        field: &'static str,
    },
}

impl PlanFileError {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotJson { .. } | Self::Shape { .. } => {
                "name a file that `plan --out` wrote, whole and as it was; a manifest is named with -f"
            }
            Self::OtherFormat { .. } => {
                "plan and apply with the same version, or make a new plan with this one"
            }
            Self::Changed { .. } => "make a new plan; a plan is never edited",
        }
    }
}

/// The file; a plan in it is as the types of a plan have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "plan", expecting = "a saved plan")]
struct Shape {
    asked: Asked,
    checksum: String,
    fingerprint: Fingerprint,
    #[serde(rename = "format")]
    _format: u64,
    plan: Plan,
}

/// All that may be relied on in a format that is not known.
#[derive(Deserialize)]
struct Probe {
    format: u64,
}

impl Saved {
    /// The file's bytes: indented JSON, keys sorted, with a newline at the end.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Self { plan, asked } = self;
        let body = json!({
            "asked": value(asked),
            "checksum": self.checksum(),
            "fingerprint": value(&plan.fingerprint()),
            "format": FORMAT,
            "plan": value(plan),
        });
        format!("{body:#}\n").into_bytes()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn decode(bytes: &[u8]) -> Result<Self, PlanFileError> {
        // Another format may have another shape: then that is what is wrong, not a field in it.
        if let Ok(Probe { format }) = serde_json::from_slice(bytes)
            && format != FORMAT
        {
            return Err(PlanFileError::OtherFormat { format });
        }
        let Shape { asked, checksum, fingerprint, _format, plan } = serde_json::from_slice(bytes)?;
        let saved = Self { plan, asked };
        if saved.checksum() != checksum {
            return Err(PlanFileError::Changed { field: "checksum" });
        }
        if saved.plan.fingerprint() != fingerprint {
            return Err(PlanFileError::Changed { field: "fingerprint" });
        }
        Ok(saved)
    }

    /// sha256 over the plan and what was asked for, as compact JSON. It finds damage; who can write the file can write
    /// this as well.
    fn checksum(&self) -> String {
        let Self { plan, asked } = self;
        Fingerprint::of(json!([value(asked), value(plan)]).to_string().as_bytes()).to_string()
    }
}

/// As a JSON value, whose keys are sorted. Every map of a plan has texts as keys, so each has one.
fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

impl From<serde_json::Error> for PlanFileError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let words = error.to_string();
        let what = words.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&words);
        let what = visible(what).into_owned();
        if error.is_data() {
            Self::Shape { line, column, what }
        } else {
            Self::NotJson { line, column, what }
        }
    }
}

#[cfg(test)]
mod tests;
