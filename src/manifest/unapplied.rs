//! Fields that are read, checked and kept in `Spec`, but that this version does not bring to the API yet.
//!
//! Invariant: one warning a field, at its first place. When a field is applied, its line in `FIELDS` goes; when
//! the last one goes, so does this file.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser};

use super::decode::{File, Shared};
use super::diagnostic::{Diagnostic, Region, Severity};
use super::grow::region;
use super::problem::{Problem, Sheet, Whereabouts};

type Field = (&'static str, fn(&Shared) -> bool);

const FIELDS: [Field; 3] = [
    ("rate_limit", |shared| shared.rate_limit.is_some()),
    ("webhooks", |shared| shared.webhooks.as_ref().is_some_and(|hooks| !hooks.is_empty())),
    ("expect_number", |shared| shared.expect_number.is_some()),
];

/// Which fields are not applied, and the first source that uses each.
pub(super) fn used(files: &[File]) -> Vec<(&'static str, usize)> {
    let uses = |file: &File, has: fn(&Shared) -> bool| {
        file.defaults.iter().any(has) || file.instances.values().any(|instance| has(&instance.shared))
    };
    FIELDS
        .iter()
        .filter_map(|(field, has)| Some((*field, files.iter().position(|file| uses(file, *has))?)))
        .collect()
}

/// The warning for a field of a source, at the first place where it is written.
pub(super) fn warning(field: &'static str, sheet: &Sheet<'_>, text: &str) -> Diagnostic {
    let at = first(text, field).map_or(Whereabouts::Whole, Whereabouts::Stretch);
    let mut problem = Problem::error(at, format!("`{field}` is read but not applied by this version"))
        .hint("it changes nothing yet; keep it, or remove it until a version applies it");
    problem.severity = Severity::Warning;
    sheet.diagnostic(problem)
}

/// The first key `field` of `defaults` or of an instance. It looks no further than there, so a warning about a
/// large manifest costs next to nothing.
fn first(text: &str, field: &str) -> Option<Region> {
    // The open collections: for a map the key whose value comes next, if one does.
    let mut open: Vec<Option<Option<Cow<'_, str>>>> = Vec::new();
    for step in Parser::new_from_str(text) {
        let (event, span) = step.ok()?;
        match event {
            Event::MappingStart(..) => open.push(Some(None)),
            Event::SequenceStart(..) => open.push(None),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                value_came(&mut open);
            }
            Event::Scalar(text, ..) if matches!(open.last(), Some(Some(None))) => {
                let path: Vec<&str> = open
                    .iter()
                    .map(|level| level.as_ref().and_then(|key| key.as_deref()).unwrap_or_default())
                    .filter(|key| *key != "<<")
                    .collect();
                if text == field && matches!(path.as_slice(), ["defaults", _] | ["instances", _, _]) {
                    return Some(region(span));
                }
                if let Some(Some(key)) = open.last_mut() {
                    *key = Some(text);
                }
            }
            Event::Scalar(..) | Event::Alias(_) => value_came(&mut open),
            _ => {}
        }
    }
    None
}

/// After a value the next scalar in a map is a key again.
fn value_came(open: &mut [Option<Option<Cow<'_, str>>>]) {
    if let Some(Some(key)) = open.last_mut() {
        *key = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_where_it_is_written_first_and_only_where_it_is_a_field() {
        let at = |text| first(text, "webhooks").map(|region| (region.line, region.column));
        assert_eq!(at("webhooks: x\ninstances:\n  webhooks:\n    labels: {webhooks: x}\n"), None);
        assert_eq!(
            at("instances:\n  b: {running: true, webhooks: []}\n  a: {webhooks: []}\n"),
            Some((2, 22))
        );
        assert_eq!(at("instances:\n  b: &b {<<: {webhooks: []}}\ndefaults: {webhooks: []}\n"), Some((2, 15)));
        assert_eq!(at("released: [[x]]\ndefaults:\n  labels: {a: b}\n  webhooks: []\n"), Some((4, 3)));
    }
}
