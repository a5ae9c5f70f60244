//! The first reading of all sources: typed, and all there is while nothing is wrong.
//!
//! Invariant: it is not asked about a text whose expansion it could not bound, and says of a text that it reads in parts
//! what it would say of the whole.

use super::check::{Checked, Finding, check};
use super::cut::{Cut, PART};
use super::decode::{File, Instances, Part, Root, together};
use super::desired::Desired;
use super::glance::{Glance, MOST_VALUES, glance};
use super::hands::Hands;
use super::join::{Member, batches, read as read_joined};
use super::problem::{Problem, Whereabouts};
use super::source::{Source, readable};
use super::tree::MOST_NODES;
use super::variables::Variables;

/// Why the fast reading did not do.
#[derive(Default)]
pub(super) struct Refusal {
    /// What it could not read, by source, in its own words. Empty when it was not asked.
    pub(super) errors: Vec<(usize, Problem)>,
    /// What the rules say against values that it could read.
    pub(super) findings: Vec<Finding>,
    /// Whether a source has more values than the second reading takes, so that these are the only words there are.
    pub(super) is_final: bool,
}

/// What is right, and what is worth a look all the same.
pub(super) type Right = (Desired, Vec<Finding>);

/// One source after the first look.
enum Look<'t> {
    /// Read; whether it has more values than the second reading takes.
    File(Result<Box<File>, Box<Problem>>, bool),
    /// To be read in parts.
    Cut { text: &'t str, cut: Cut<'t> },
    /// To be read with others.
    Lean(Member<'t>),
    /// The second reading says what is wrong, or takes the care that is wanted.
    Care,
}

/// Reads all sources at once, or says that they must be read again.
pub(super) fn read(sources: &[Source], variables: &Variables, hands: &impl Hands) -> Result<Right, Refusal> {
    let looks = hands.each(sources.iter().collect(), look);
    if looks.iter().any(|look| matches!(look, Look::Care)) {
        return Err(Refusal::default());
    }
    let lean = looks.iter().filter_map(|look| match look {
        Look::Lean(member) => Some(*member),
        _ => None,
    });
    let joined = hands.each(batches(lean.collect(), PART), |batch| read_joined(&batch, whole));
    let mut joined = joined.into_iter().flatten();
    let mut files: Vec<File> = Vec::with_capacity(looks.len());
    let (mut errors, mut is_final) = (Vec::new(), false);
    for (index, look) in looks.into_iter().enumerate() {
        let file = match look {
            Look::File(file, is_large) => {
                is_final |= is_large;
                file
            }
            Look::Cut { text, cut } => {
                is_final |= cut.values > MOST_NODES;
                // Read as a whole, what is wrong has the words and the place that belong to it.
                in_parts(cut, hands).map_or_else(|| whole(text), |file| Ok(Box::new(file)))
            }
            Look::Lean(Member { text, lean: _ }) => joined.next().unwrap_or_else(|| whole(text)),
            Look::Care => continue,
        };
        match file {
            Ok(file) => files.push(*file),
            Err(error) => errors.push((index, *error)),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal { errors, findings: Vec::new(), is_final });
    }
    let Checked { desired, mut findings, warnings, strangers, has_fleet: _ } = check(files, variables, hands);
    // Every name was read.
    findings.extend(strangers.into_iter().map(|stranger| stranger.finding));
    desired.map(|desired| (desired, warnings)).ok_or(Refusal { errors: Vec::new(), findings, is_final })
}

fn look(source: &Source) -> Look<'_> {
    let Ok(text) = readable(&source.bytes) else { return Look::Care };
    if let Some(look) = json(text) {
        return look;
    }
    match glance(text) {
        Glance::Whole => Look::File(whole(text), false),
        Glance::Lean(lean) => Look::Lean(Member { text, lean }),
        Glance::Parts(cut) => Look::Cut { text, cut },
        Glance::Care => Look::Care,
    }
}

pub(super) fn whole(text: &str) -> Result<Box<File>, Box<Problem>> {
    serde_yaml::from_str::<Root>(text)
        .map(|Root(file)| Box::new(file))
        .map_err(|error| Box::new(problem(&error)))
}

/// The file, if it is JSON: YAML holds all of JSON, and a reader of JSON alone is several times as fast. What is wrong
/// with it is said by the others, if they can take it.
fn json(text: &str) -> Option<Look<'_>> {
    if !text.trim_ascii_start().starts_with('{') {
        return None;
    }
    // Most entries have a key and a value. There are no aliases in JSON, so there are no more than these.
    let entries = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    let values = u64::try_from(entries).unwrap_or(u64::MAX).saturating_mul(2);
    let (is_large, fits) = (values > MOST_NODES, values <= MOST_VALUES);
    match fits.then(|| serde_json::from_str::<Root>(text))? {
        Ok(Root(file)) => Some(Look::File(Ok(Box::new(file)), is_large)),
        Err(error) if is_large => Some(Look::File(Err(Box::new(problem_of_json(text, &error))), true)),
        Err(_) => None,
    }
}

/// The file, if all its parts can be read and no instance is there twice.
fn in_parts(Cut { frame, parts, values: _ }: Cut<'_>, hands: &impl Hands) -> Option<File> {
    let file = *whole(&frame).ok()?;
    let parts: Vec<Instances> = hands.each(parts, part).into_iter().collect::<Option<_>>()?;
    Some(File { instances: together(parts)?, ..file })
}

fn part(text: &str) -> Option<Instances> {
    serde_yaml::from_str::<Part>(text).ok().map(|Part(instances)| instances)
}

/// The reader's own words, for the case that the second reading has none.
fn problem(error: &serde_yaml::Error) -> Problem {
    let at = error.location().map_or(Whereabouts::Whole, |at| Whereabouts::Char((at.line(), at.column())));
    unquoted(at, &error.to_string())
}

fn problem_of_json(text: &str, error: &serde_json::Error) -> Problem {
    // It counts bytes.
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before =
        line.bytes().take(error.column().saturating_sub(1)).filter(|byte| byte & 0xc0 != 0x80).count();
    unquoted(Whereabouts::Char((error.line(), before.saturating_add(1))), &error.to_string())
}

/// A value that a reader quotes could be a secret, so quotations are cut out.
fn unquoted(at: Whereabouts, words: &str) -> Problem {
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

#[cfg(test)]
mod tests;
