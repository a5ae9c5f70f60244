//! A document and its journal: whatever is read is read back the same, a part of a journal is a part of what
//! was recorded, and damage is refused.

use sha2::{Digest as _, Sha256};
use wawpform::instance::Name;
use wawpform::manifest;
use wawpform::plan::{Scope, diff, suggest_renames};
use wawpform::render::output::Output;
use wawpform::render::{self, Paint};
use wawpform::state::document::Book;
use wawpform::state::journal::{Replayed, encode_batch, replay};
use wawpform::state::{Document, Lineage, Record};

use super::shown::{assert_one_line, assert_visible};
use super::{parts, pick};

/// A document and, behind a line of `--8<--`, its journal. A line of the journal that is a JSON list of records
/// becomes the batch that would be written of them; any other line is taken as it is, and once more with a
/// checksum that fits.
pub(crate) fn check(input: &[u8]) {
    let mut parts = parts(input).into_iter();
    let document = parts.next().unwrap_or_default();
    let journal = parts.next().unwrap_or_default();
    let base = decoded(document).unwrap_or_else(|| {
        let fleet = Name::new("acme").expect("a name");
        Document::begin(fleet, Lineage("0b5e".to_owned()), "sandbox".to_owned())
    });
    replayed(&base, journal);
    replayed(&base, &with_checksums(&base, journal));
    recorded(&base, journal);
}

/// Reads a document; what is read is written and read again, and can be shown.
fn decoded(bytes: &[u8]) -> Option<Document> {
    let document = match Document::decode(bytes) {
        Ok(document) => document,
        Err(error) => {
            assert_one_line(&error.to_string());
            assert_one_line(error.hint());
            return None;
        }
    };
    holds_together(&document);
    assert_visible(&render::document(&document, Paint { colour: false }));
    for (name, recorded) in &document.instances {
        assert_visible(&render::recorded(name, recorded, Paint { colour: false }));
    }
    listed(&document);
    planned(&document);
    Some(document)
}

/// What would become of it under a manifest that desires nothing, and one that desires something.
fn planned(document: &Document) {
    for manifest in ["fleet: acme\n", "fleet: acme\ninstances: {a: {}, acme-sales: {labels: {team: x}}}\n"] {
        let loaded = manifest::load(&[manifest::Source::new("m.yaml", manifest)]).expect("a manifest");
        for destroy in [false, true] {
            let changes = diff(&loaded.desired, Some(document), &Scope { destroy, ..Scope::default() });
            assert_visible(&render::plan(
                &changes,
                &suggest_renames(&changes),
                render::Extent::Full,
                Paint { colour: false },
            ));
        }
    }
}

/// Every format of `output` is read back, by what reads it, as the same texts.
fn listed(document: &Document) {
    let json: serde_json::Value = serde_json::from_str(&Output::new(document, None).json()).expect("JSON");
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(document.instances.len()));
    let yaml = Output::new(document, None).yaml().expect("YAML");
    assert_eq!(serde_yaml::from_str::<serde_json::Value>(&yaml).expect("YAML"), json);
    let csv = Output::new(document, None).csv().expect("CSV");
    let rows = csv::Reader::from_reader(csv.as_bytes()).into_records();
    let names: Vec<String> = rows.map(|row| row.expect("CSV")[0].to_owned()).collect();
    assert_eq!(names, document.instances.keys().map(ToString::to_string).collect::<Vec<_>>());
    let values = assigned(&Output::new(document, None).env());
    assert_eq!(values.len(), 4 * document.instances.len());
    for (recorded, values) in document.instances.values().zip(values.chunks(4)) {
        assert_eq!(values[0], recorded.instance_id.as_str());
        assert_eq!(values[1], recorded.session_name.as_deref().unwrap_or_default());
        assert_eq!(values[3], serde_json::to_string(&recorded.labels).expect("JSON"));
    }
}

/// The values that a POSIX shell reads from lines of `NAME='value'`.
fn assigned(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').expect("an assignment");
        let of_a_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(name.bytes().all(of_a_name), "{name:?}");
        rest = value;
        let mut value = String::new();
        loop {
            if let Some(quoted) = rest.strip_prefix('\'') {
                let (inside, after) = quoted.split_once('\'').expect("a quote that ends");
                value.push_str(inside);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("\\'") {
                value.push('\'');
                rest = after;
            } else {
                rest = rest.strip_prefix('\n').expect("the end of a line");
                break;
            }
        }
        values.push(value);
    }
    values
}

fn holds_together(document: &Document) {
    let bytes = document.encode();
    let again = Document::decode(&bytes);
    assert_eq!(again.as_ref(), Ok(document));
    assert_eq!(again.map(|again| again.encode()), Ok(bytes));
}

/// Replays a journal of any kind: it is refused in words that can be shown, or leaves a document that holds
/// together and is no older than it was.
fn replayed(base: &Document, journal: &[u8]) {
    match replay(base.clone(), journal) {
        Ok(Replayed { document, batches: _, notices }) => {
            holds_together(&document);
            assert_eq!((&document.fleet, &document.lineage), (&base.fleet, &base.lineage));
            assert!(document.serial >= base.serial);
            notices.iter().for_each(|notice| assert_one_line(&notice.to_string()));
        }
        Err(error) => {
            assert_one_line(&error.to_string());
            assert_one_line(error.hint());
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                assert_one_line(&error.to_string());
                cause = error.source();
            }
        }
    }
}

/// The journal with a checksum that fits at the end of every line, or with the batch that a list stands for.
fn with_checksums(base: &Document, journal: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, line) in (1..).zip(journal.split_inclusive(|byte| *byte == b'\n')) {
        let Some(text) = line.strip_suffix(b"\n") else {
            out.extend_from_slice(line);
            continue;
        };
        if let Ok(records) = serde_json::from_slice::<Vec<Record>>(text) {
            out.extend(encode_batch(&base.lineage, base.serial, number, &records));
            continue;
        }
        let sum = text.windows(8).rposition(|window| window == b",\"sum\":\"").unwrap_or(text.len());
        let body = &text[..sum];
        out.extend_from_slice(body);
        let digits: String = Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        out.extend_from_slice(format!(",\"sum\":\"{digits}\"}}\n").as_bytes());
    }
    out
}

/// The batches that the lists in the journal stand for, as far as each of them fits, written as a run would
/// write them: cut off anywhere and damaged anywhere.
fn recorded(base: &Document, journal: &[u8]) {
    let mut book = Book::new(base.clone());
    let mut written = Vec::new();
    let mut ends = vec![0];
    let mut after = vec![base.clone()];
    for line in journal.split(|byte| *byte == b'\n') {
        let Ok(records) = serde_json::from_slice::<Vec<Record>>(line) else { continue };
        let before = book.document().clone();
        if let Err(error) = book.fold_all(&records) {
            assert_one_line(&error.to_string());
            assert_eq!(book.document(), &before);
            continue;
        }
        let mut alone = before;
        records.iter().for_each(|record| alone.fold(record).expect("the book could"));
        assert_eq!(book.document(), &alone);
        written.extend(encode_batch(&base.lineage, base.serial, after.len() as u64, &records));
        ends.push(written.len());
        after.push(alone);
    }
    let whole = replay(base.clone(), &written).expect("a journal as it was written");
    assert_eq!(Some(&whole.document), after.last());
    assert_eq!(whole.notices, []);
    // The document that a checkpoint would write contains the journal.
    holds_together(&whole.document);
    let contained = replay(whole.document.clone(), &written).expect("a journal that is contained");
    assert_eq!(contained.document, whole.document);

    let cut = pick(journal, written.len() + 1);
    let complete = ends.iter().filter(|end| **end <= cut).count() - 1;
    let part = replay(base.clone(), &written[..cut]).expect("a journal that was cut off");
    assert_eq!(part.document, after[complete]);
    assert_eq!(part.notices.len(), usize::from(ends[complete] < cut));

    if let Some(byte) = written.get_mut(cut) {
        *byte ^= [0x01, 0x20, 0x80, 0x0a][pick(&journal[..journal.len() / 2], 4)];
        if let Ok(damaged) = replay(base.clone(), &written) {
            assert!(after.contains(&damaged.document), "damage was read as something new");
        }
    }
}
