//! A table of instances: CSV with a header line, read into rows and everything that is wrong with it.
//!
//! Invariant: a row in hand has a name, an id and labels, and shares neither name nor id with a row above it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::instance::{InstanceId, Labels, Name, visible};

/// What `output --format csv` writes and info says anew: no labels.
const KNOWN_TO_THE_API: [&str; 3] = ["session_name", "status", "paired"];
/// What a block of the manifest says, and a table does not.
const OF_THE_MANIFEST: [&str; 6] = ["protect", "running", "rate_limit", "webhooks", "previously", "adopt"];

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it stands, from 1.
    pub(super) line: u64,
    pub(super) name: Name,
    pub(super) id: InstanceId,
    pub(super) labels: Labels,
    pub(super) expect_number: Option<String>,
    /// Only a create tells it for sure, so what `output` knew of it is kept.
    pub(super) server_name: Option<String>,
}

/// One thing that is wrong. May hold text of the table: escape it where it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where, from 1.
    pub(super) line: u64,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(line: u64, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, message: message.into(), hint: Some(hint.into()) }
    }
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Name,
    Id,
    ExpectNumber,
    ServerName,
    /// All labels as one JSON object, as `output` writes them.
    Labels,
    Label(String),
    Ignored,
    /// Without a title: nothing may stand in it.
    Untitled,
}

/// Reads a table: the rows in which nothing is wrong, and what is wrong with the others.
pub(super) fn read(bytes: &[u8]) -> (Vec<Row>, Vec<Problem>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut table = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(bytes);
    let mut records = table.byte_records();
    let (mut lines, mut problems) = (Lines { bytes, seen: 0, line: 1 }, Vec::new());
    let header = match records.next() {
        Some(Ok(header)) => header,
        // Reading from memory does not fail, so it is no table at all.
        Some(Err(_)) | None => {
            let hint = "begin with the header line `name,instance_id`";
            return (Vec::new(), vec![Problem::new(1, "the table is empty", hint)]);
        }
    };
    let columns = columns(&header, lines.of(&header), &mut problems);
    if !problems.is_empty() {
        return (Vec::new(), problems);
    }
    let mut rows = Vec::new();
    for record in records {
        match record {
            Ok(record) if record.iter().all(<[u8]>::is_empty) => {}
            Ok(record) => rows.extend(row(&record, lines.of(&record), &columns, &mut problems)),
            Err(error) => problems.push(Problem { line: 1, message: error.to_string(), hint: None }),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(Problem::new(
            1,
            "the table has no row",
            "write one line for each instance below the header",
        ));
    }
    let rows = each_once(rows, &mut problems);
    (rows, problems)
}

fn columns(header: &ByteRecord, line: u64, problems: &mut Vec<Problem>) -> Vec<Column> {
    let titles: Vec<String> =
        header.iter().map(|title| String::from_utf8_lossy(title).into_owned()).collect();
    let mut columns = Vec::new();
    for title in &titles {
        let column = match title.as_str() {
            "" => Column::Untitled,
            "name" => Column::Name,
            "instance_id" => Column::Id,
            "expect_number" => Column::ExpectNumber,
            "server_name" => Column::ServerName,
            "labels" => Column::Labels,
            known if KNOWN_TO_THE_API.contains(&known) => Column::Ignored,
            field if OF_THE_MANIFEST.contains(&field) => {
                let hint = format!(
                    "leave the column out and write `{field}` into the manifest; for a label, choose another title"
                );
                problems.push(Problem::new(
                    line,
                    format!("the column `{field}` is a field of the manifest"),
                    hint,
                ));
                Column::Ignored
            }
            label => Column::Label(label.to_owned()),
        };
        if column != Column::Untitled && columns.contains(&column) && column != Column::Ignored {
            problems.push(Problem::new(
                line,
                format!("the column `{title}` is there twice"),
                "remove one of them",
            ));
        }
        columns.push(column);
    }
    for (needed, title) in [(Column::Name, "name"), (Column::Id, "instance_id")] {
        if !columns.contains(&needed) {
            let message = format!("there is no column `{title}`");
            problems.push(Problem::new(line, message, other_title(title, &titles)));
        }
    }
    columns
}

/// What may have been meant by the columns that are there.
fn other_title(title: &str, titles: &[String]) -> String {
    let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let scored = titles.iter().map(|other| (strsim::jaro_winkler(title, &plain(other)), other));
    match (titles, scored.max_by(|a, b| a.0.total_cmp(&b.0))) {
        ([only], _) if only.contains([';', '\t']) => "separate the columns with commas".into(),
        (_, Some((score, near))) if score > 0.8 => format!("rename the column `{near}`"),
        _ => "begin with a header line such as `name,instance_id,team`".into(),
    }
}

/// One row, or what is wrong with it.
fn row(record: &ByteRecord, line: u64, columns: &[Column], problems: &mut Vec<Problem>) -> Option<Row> {
    let before = problems.len();
    let mut wrong = |message: String, hint: String| problems.push(Problem::new(line, message, hint));
    if record.len() != columns.len() {
        let hint = "put a text with a comma in it into double quotes";
        wrong(format!("{} cells, and the header has {}", record.len(), columns.len()), hint.into());
        return None;
    }
    let (mut name, mut id, mut labels) = (None, None, Labels::new());
    let (mut expect_number, mut server_name) = (None, None);
    for (column, cell) in columns.iter().zip(record) {
        let Ok(cell) = std::str::from_utf8(cell) else {
            wrong("a cell is not UTF-8 text".into(), "save the table as UTF-8".into());
            continue;
        };
        let mut label = |key: &str, value: String| labels.insert(key.to_owned(), value).is_some();
        match column {
            Column::Name => match Name::new(cell) {
                Ok(good) => name = Some(good),
                Err(error) => wrong(format!("`{cell}` cannot be a name: {error}"), near(cell)),
            },
            Column::Id => match InstanceId::new(cell) {
                Ok(good) => id = Some(good),
                Err(error) => {
                    let hint = "copy the instance_id from the Wawp dashboard, such as 3EB0BCB2E3D4";
                    wrong(format!("`{cell}` cannot be an instance_id: {error}"), hint.into());
                }
            },
            Column::Untitled if !cell.is_empty() => {
                wrong(
                    format!("`{cell}` stands in a column without a title"),
                    "give the column a title".into(),
                );
            }
            _ if cell.is_empty() => {}
            Column::ExpectNumber => expect_number = Some(cell.to_owned()),
            Column::ServerName => server_name = Some(cell.to_owned()),
            Column::Label(key) => {
                if label(key, cell.to_owned()) {
                    wrong(format!("the label `{key}` is there twice"), "remove one of them".into());
                }
            }
            Column::Labels => match serde_json::from_str::<Labels>(cell) {
                Ok(all) => {
                    for (key, value) in all {
                        if label(&key, value) {
                            wrong(format!("the label `{key}` is there twice"), "remove one of them".into());
                        }
                    }
                }
                Err(_) => {
                    let hint = "write it as `output --format csv` does, such as {\"team\":\"sales\"}, or give each \
                                label a column of its own";
                    wrong("`labels` is no JSON object of texts".into(), hint.into());
                }
            },
            Column::Ignored | Column::Untitled => {}
        }
    }
    let (name, id) = name.zip(id).filter(|_| problems.len() == before)?;
    Some(Row { line, name, id, labels, expect_number, server_name })
}

fn near(text: &str) -> String {
    Name::suggest(text).map_or_else(
        || "use lower-case letters, digits and `-`".into(),
        |near| format!("`{near}` can be one"),
    )
}

/// The rows without those that repeat the name or the id of an earlier one.
fn each_once(rows: Vec<Row>, problems: &mut Vec<Problem>) -> Vec<Row> {
    let (mut names, mut ids) = (BTreeMap::new(), BTreeMap::new());
    let mut once = Vec::new();
    for row in rows {
        let line = row.line;
        let mut again = false;
        let mut twice = |first: u64, what: &str| {
            again = true;
            let message = format!("{what} is there twice, first in line {first}");
            problems.push(Problem::new(line, message, "one instance has one name: remove one of the lines"));
        };
        match names.entry(row.name.clone()) {
            Entry::Vacant(free) => drop(free.insert(line)),
            Entry::Occupied(first) => twice(*first.get(), &format!("the name {}", row.name)),
        }
        // The case of an id says nothing (wawp-api.md §6.1).
        match ids.entry(row.id.as_str().to_ascii_uppercase()) {
            Entry::Vacant(free) => drop(free.insert(line)),
            Entry::Occupied(first) => twice(*first.get(), &format!("the instance {}", row.id)),
        }
        if !again {
            once.push(row);
        }
    }
    once
}

/// Counts the lines of the table. The library's own count is of where a record may begin: before blank lines, and
/// before the line feed of a line that ends in both.
struct Lines<'a> {
    bytes: &'a [u8],
    /// How many bytes are counted.
    seen: usize,
    /// The line after them, from 1.
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins. Records are asked about in their order.
    fn of(&mut self, record: &ByteRecord) -> u64 {
        let begins = record.position().map_or(0, |it| usize::try_from(it.byte()).unwrap_or(usize::MAX));
        let rest = self.bytes.get(self.seen..).unwrap_or_default();
        let before = begins.saturating_sub(self.seen);
        let breaks = rest.iter().skip(before).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let counted = rest.get(..before + breaks).unwrap_or(rest);
        self.line += counted.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.seen += counted.len();
        self.line
    }
}

/// The problems as text: `file:line: what`, and below it what to do.
pub(super) fn told(problems: &[Problem], file: &str) -> String {
    problems.iter().fold(String::new(), |out, Problem { line, message, hint }| {
        let hint = hint.as_ref().map(|hint| format!("  {}\n", visible(hint))).unwrap_or_default();
        format!("{out}{}:{line}: {}\n{hint}", visible(file), visible(message))
    })
}

#[cfg(test)]
mod tests;
