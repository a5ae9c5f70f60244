//! The pages: every key and every word of the fixtures stands in them, and every number that is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use wawpform::apply::{Cause, Halt};
use wawpform::render::report;
use wawpform::state::{document, journal};
use wawpform::wawp::Kind;
use wawpform::{plan, render::report::Ended};

use crate::kept;

/// Keys whose values are maps by a name, a URL or a label: what stands below them are data.
const MAPS: [&str; 6] = ["instances", "pending", "labels", "webhooks", "defaults", "working"];

/// Keys whose values are words.
const WORDS: [&str; 7] = ["call", "reason", "class", "record", "result", "operation", "ended"];

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every key of a value, and every word.
fn terms(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|it| terms(it, found)),
        Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                match value {
                    Value::String(word) if WORDS.contains(&key.as_str()) && !word.contains(' ') => {
                        found.insert(word.clone());
                    }
                    Value::Object(below) if MAPS.contains(&key.as_str()) => {
                        below.values().for_each(|it| terms(it, found));
                    }
                    other => terms(other, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The terms of a fixture, of each of its lines when it has several documents.
fn terms_of(fixture: &str) -> BTreeSet<String> {
    let (mut found, bytes) = (BTreeSet::new(), kept(fixture));
    let all = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    all.for_each(|it| terms(&it.unwrap(), &mut found));
    found
}

#[track_caller]
fn assert_told(page_path: &str, terms: impl IntoIterator<Item = String>) {
    let page = page(page_path);
    let missing: Vec<String> = terms.into_iter().filter(|it| !page.contains(&format!("`{it}`"))).collect();
    assert!(missing.is_empty(), "{page_path} does not tell of {missing:?}");
}

#[test]
fn every_key_and_word_of_the_state_and_its_journal_is_documented() {
    let number = document::FORMAT;
    for name in [
        format!("state-{number}.json"),
        format!("state-{number}-moved-to.json"),
        format!("state-{number}-moving-from.json"),
        format!("journal-{}.jsonl", journal::FORMAT),
    ] {
        let terms = terms_of(&name);
        assert!(terms.len() >= 8, "{terms:?}");
        assert_told("state/README.md", terms);
    }
}

#[test]
fn every_key_and_word_of_a_saved_plan_is_documented() {
    let terms = terms_of(&format!("plan-{}.json", plan::FORMAT));
    assert!(terms.len() > 60, "{terms:?}");
    assert_told(".github/FORMATS.md", terms);
}

#[test]
fn every_key_and_word_of_a_report_is_documented() {
    let number = report::FORMAT;
    let mut all = terms_of(&format!("report-{number}.json"));
    all.extend(terms_of(&format!("report-{number}-early.json")));
    let ends =
        [Ended::Complete, Ended::Partial, Ended::Interrupted, Ended::Refused, Ended::Error, Ended::Stale];
    all.extend(ends.map(|it| it.as_word().to_owned()));
    let call = |kind| Cause::Call(kind);
    let causes = [
        call(Kind::NotSent),
        call(Kind::Untrusted),
        call(Kind::Unauthorized),
        call(Kind::Quota),
        call(Kind::RateLimited),
        call(Kind::Gone),
        call(Kind::NotFound { api_spoke: true }),
        call(Kind::Rejected),
        call(Kind::Unknown),
        Cause::Status,
        Cause::Account,
        Cause::Outdated,
        Cause::Secret,
        Cause::State,
        Cause::Cut,
        Cause::Program,
    ];
    all.extend(causes.map(|it| it.as_word().to_owned()));
    let said = String::new;
    let halts = [
        Halt::Interrupted,
        Halt::Unauthorized(said()),
        Halt::Untrusted(said()),
        Halt::Unreachable(said()),
        Halt::StateUnwritable(said()),
    ];
    all.extend(halts.map(|it| it.in_words().to_owned()));
    assert_told(".github/FORMATS.md", all);
}

#[test]
fn the_pages_tell_the_numbers_that_are_written() {
    let table = page(".github/FORMATS.md");
    for (what, key, number) in [
        ("state", "format", document::FORMAT),
        ("journal", "journal", journal::FORMAT),
        ("saved plan", "format", plan::FORMAT),
        ("report", "format", u64::from(report::FORMAT)),
    ] {
        let row = table.lines().find(|line| line.starts_with(&format!("| {what}")));
        let row = row.unwrap_or_else(|| panic!("there is no row of {what}"));
        assert!(row.contains(&format!("| `{key}` | {number} |")), "{row}");
    }
}
