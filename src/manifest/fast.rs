//! The first reading of all sources: typed, and all there is while nothing is wrong.
//!
//! Invariant: it is not asked about a text whose expansion it could not bound.

use super::check::{Checked, Finding, check};
use super::decode::{File, Root};
use super::desired::Desired;
use super::glance::wants_care;
use super::problem::{Problem, Whereabouts};
use super::source::{Source, readable};
use super::variables::Variables;

/// Why the fast reading did not do.
#[derive(Default)]
pub(super) struct Refusal {
    /// What it could not read, by source, in its own words. Empty when it was not asked.
    pub(super) errors: Vec<(usize, Problem)>,
    /// What the rules say against values that it could read.
    pub(super) findings: Vec<Finding>,
}

/// What is right, and what is worth a look all the same.
pub(super) type Right = (Desired, Vec<Finding>);

/// Reads all sources at once, or says that they must be read again.
pub(super) fn read(sources: &[Source], variables: &Variables) -> Result<Right, Refusal> {
    let mut texts = Vec::with_capacity(sources.len());
    for source in sources {
        match readable(&source.bytes) {
            Ok(text) if !wants_care(text) => texts.push(text),
            // The second reading says what is wrong, or takes the care that is wanted.
            Ok(_) | Err(_) => return Err(Refusal::default()),
        }
    }
    let mut files: Vec<File> = Vec::with_capacity(texts.len());
    let mut errors = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        match serde_yaml::from_str::<Root>(text) {
            Ok(Root(file)) => files.push(file),
            Err(error) => errors.push((index, problem(&error))),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal { errors, findings: Vec::new() });
    }
    let Checked { desired, mut findings, warnings, strangers, has_fleet: _ } = check(files, variables);
    // Every name was read.
    findings.extend(strangers.into_iter().map(|stranger| stranger.finding));
    desired.map(|desired| (desired, warnings)).ok_or(Refusal { errors: Vec::new(), findings })
}

/// The reader's own words, for the case that the second reading has none. A value that it quotes could be a
/// secret, so quotations are cut out.
fn problem(error: &serde_yaml::Error) -> Problem {
    let at = error.location().map_or(Whereabouts::Whole, |at| Whereabouts::Char((at.line(), at.column())));
    let words = error.to_string();
    // The place is said otherwise.
    let words = words.split(" at line ").next().unwrap_or_default();
    let unquoted: String = words
        .split('"')
        .step_by(2)
        .collect::<Vec<_>>()
        .join("…")
        .split('`')
        .step_by(2)
        .collect::<Vec<_>>()
        .join("…");
    Problem::error(at, format!("this cannot be read: {unquoted}"))
}
