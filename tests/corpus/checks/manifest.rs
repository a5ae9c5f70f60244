//! A manifest of one or several files: accepted or refused, the same way by both readings, and shown without
//! letting anything in it act or any secret in it out.

use std::collections::BTreeSet;

use wawpform::manifest::{Desired, Diagnostic, Loaded, Severity, Source, load, load_with_marks};
use wawpform::plan::{Lifted, Scope, check as guard, diff, suggest_renames};
use wawpform::render::diagnostics::{github, human, json};
use wawpform::render::{Extent, Paint, plan, refusals};
use wawpform::state::{Call, Document, Lineage, Pending, Recorded};

use super::shown::{assert_one_line, assert_visible, without_colours};
use super::{parts, pick};

/// A value that is found wherever it gets to.
const SECRET: &str = "s3cr3tMARKED";

/// Files, cut at lines of `--8<--`.
pub(crate) fn check(input: &[u8]) {
    let sources: Vec<Source> = parts(input)
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| Source::new(format!("{index}.yaml"), bytes))
        .collect();
    let read = load(&sources);
    agree(&read, &load_with_marks(&sources), &sources);
    match read {
        Ok(Loaded { desired, warnings }) => {
            assert!(warnings.iter().all(|one| one.severity == Severity::Warning), "{warnings:#?}");
            shown(&warnings, &sources);
            written_otherwise(&desired, &sources);
            planned(&desired, input);
            with_a_secret(&sources, input);
        }
        Err(wrong) => {
            assert!(wrong.iter().any(is_error), "refused without an error");
            shown(&wrong, &sources);
        }
    }
}

fn is_error(one: &Diagnostic) -> bool {
    one.severity == Severity::Error
}

/// The parsers under the two readings differ in what they let pass as syntax, never in what it means.
fn agree(
    first: &Result<Loaded, Vec<Diagnostic>>,
    second: &Result<Loaded, Vec<Diagnostic>>,
    sources: &[Source],
) {
    let all_say = |wrong: &[Diagnostic], words: &str| {
        let mut errors = wrong.iter().filter(|one| is_error(one));
        assert!(errors.all(|one| one.message.starts_with(words)), "{sources:#?}\n{wrong:#?}");
    };
    match (first, second) {
        (Ok(first), Ok(second)) => assert_eq!(first, second),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(second)) => all_say(second, "this is not valid YAML"),
        // What only the second accepts is refused in the words of the first.
        (Err(first), Ok(_)) => all_say(first, "this cannot be read"),
    }
}

/// Every format shows every diagnostic, at a place that exists, and nothing that acts.
fn shown(diagnostics: &[Diagnostic], sources: &[Source]) -> [String; 3] {
    for one in diagnostics {
        for place in std::iter::once(&one.place).chain(one.related.iter().map(|one| &one.place)) {
            let text = sources[place.source].text();
            assert!(place.line >= 1 && place.line <= text.lines().count() + 1, "{one:#?}");
            let line = text.lines().nth(place.line - 1).unwrap_or_default();
            assert!(place.column >= 1 && place.column <= line.chars().count() + 1, "{one:#?}\n{line:?}");
        }
    }
    let page = human(diagnostics, sources, false, 80);
    assert_visible(&page);
    assert_visible(&without_colours(&human(diagnostics, sources, true, 20)));
    let annotations = github(diagnostics);
    assert_visible(&annotations);
    assert_eq!(annotations.lines().count(), diagnostics.len());
    let begins = |line: &str| line.starts_with("::error file=") || line.starts_with("::warning file=");
    assert!(annotations.lines().all(begins), "{annotations}");
    let list = json(diagnostics);
    assert_visible(&list);
    let parsed: Vec<serde_json::Value> = serde_json::from_str(&list).expect("JSON");
    assert_eq!(parsed.len(), diagnostics.len());
    [page, annotations, list]
}

/// Neither the order of files, nor how lines end, nor what some editors write first changes what is meant.
fn written_otherwise(desired: &Desired, sources: &[Source]) {
    let same = |sources: &[Source]| match load(sources) {
        Ok(loaded) => assert_eq!(&loaded.desired, desired, "{sources:#?}"),
        Err(wrong) => panic!("{sources:#?}\n{wrong:#?}"),
    };
    if sources.len() > 1 {
        same(&sources.iter().rev().cloned().collect::<Vec<_>>());
    }
    let changed = |change: fn(&str) -> String| -> Vec<Source> {
        sources.iter().map(|source| Source::new(source.name.clone(), change(&source.text()))).collect()
    };
    same(&changed(|text| format!("\u{feff}{text}")));
    if sources.iter().all(|source| !source.bytes.contains(&b'\r')) {
        same(&changed(|text| text.replace('\n', "\r\n")));
    }
}

/// A secret beside anything of an accepted manifest is refused, and no output shows it.
fn with_a_secret(sources: &[Source], input: &[u8]) {
    let which = pick(input, sources.len());
    let text = sources[which].text().into_owned();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = pick(&input[..input.len() / 2], lines.len() + 1);
    let below = lines.get(at).copied().unwrap_or_default();
    let indent: String = below.chars().take_while(|c| *c == ' ').collect();
    let (before, after) = lines.split_at(at);
    let end = if before.last().is_some_and(|line| !line.ends_with('\n')) { "\n" } else { "" };
    let key = ["token", "access_token", "PASSWORD", "\"hmac\""][pick(&input[input.len() / 2..], 4)];
    let told = format!("{}{end}{indent}{key}: {SECRET}\n{}", before.concat(), after.concat());
    let mut sources = sources.to_vec();
    sources[which].bytes = told.into_bytes();
    // Within a text of several lines, or a comment's reach, it is a part of that text.
    if let Err(wrong) = load(&sources) {
        for text in shown(&wrong, &sources) {
            assert!(!text.contains(SECRET), "{text}");
        }
    }
}

/// What is accepted can be planned against anything that is recorded.
fn planned(desired: &Desired, input: &[u8]) {
    let given = given(desired, input);
    for document in [None, Some(&given)] {
        for destroy in [false, true] {
            let scope = Scope { destroy, ..Scope::default() };
            let changes = diff(desired, document, &scope);
            assert_eq!(changes, diff(desired, document, &scope));
            // A rename may be followed by an update; nothing else happens twice to a name.
            let once: BTreeSet<_> =
                changes.changes.iter().map(|change| (&change.name, change.action.word())).collect();
            assert_eq!(once.len(), changes.changes.len());
            let suggestions = suggest_renames(&changes);
            assert_visible(&plan(&changes, &suggestions, Extent::Full, Paint { colour: false }));
            assert_visible(&without_colours(&plan(
                &changes,
                &suggestions,
                Extent::Full,
                Paint { colour: true },
            )));
            let limits = Lifted {
                allow_paired_deletes: false,
                max_deletes: desired.max_deletes,
                max_instances: desired.max_instances,
                allow_deletes: None,
                allow_empty: false,
                destroy,
            };
            let refused = guard(&changes, &limits);
            refused.iter().for_each(|refusal| assert_one_line(&refusal.message));
            let shown = |extent| refusals(&changes, &refused, extent, Paint { colour: false });
            [Extent::Full, Extent::Readable].iter().for_each(|extent| assert_visible(&shown(*extent)));
        }
    }
}

/// A document that has something to do with what is desired: some of it, what it replaces, what it lets go.
fn given(desired: &Desired, input: &[u8]) -> Document {
    let mut document =
        Document::begin(desired.fleet.clone(), Lineage("0b5e".to_owned()), "sandbox".to_owned());
    let since = jiff::Timestamp::UNIX_EPOCH;
    let mut record = |name: &wawpform::instance::Name, id: String, turn: usize| {
        let labels = desired.instances.get(name).map(|wanted| wanted.spec.labels.clone());
        let recorded = Recorded {
            session_name: turn.is_multiple_of(2).then(|| "wawp\u{1b}[2J".to_owned()),
            protect: turn.is_multiple_of(3),
            labels: labels.filter(|_| turn % 2 == 1).unwrap_or_default(),
            running: turn % 5 < 3,
            ..Recorded::new(wawpform::instance::InstanceId::new(&id).expect("an id"), since)
        };
        document.instances.entry(name.clone()).or_insert(recorded);
    };
    let turn = pick(input, 12);
    for (index, (name, wanted)) in desired.instances.iter().enumerate() {
        if (index + turn).is_multiple_of(3) {
            record(name, format!("OWN{index}"), index + turn);
        }
        if let Some(previous) = wanted.previously.as_ref().filter(|_| turn.is_multiple_of(2)) {
            record(previous, format!("PREVIOUS{index}"), index + turn);
        }
    }
    for (index, name) in desired.released.iter().enumerate() {
        record(name, format!("RELEASED{index}"), index + turn);
    }
    let pending = |call| Pending { call, since, reason: Some("timed\nout".to_owned()) };
    for (index, name) in desired.instances.keys().enumerate() {
        match (document.instances.contains_key(name), (index + turn) % 4) {
            (false, 0) => document.pending.insert(name.clone(), pending(Call::Create)),
            (true, 1) => document.pending.insert(name.clone(), pending(Call::Delete)),
            _ => None,
        };
    }
    document
}
