//! One batch as one line of the journal.
//!
//! Invariant: a line says by itself which document it continues and where it stands, and ends in a checksum
//! of everything before it, so that no line can be edited, lost, moved or mixed up unseen.
//!
//! Each line carries this instead of a header line: then a journal is never without its header, whichever
//! write was cut off, and every batch is one write.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Record;
use crate::state::document::Lineage;
use crate::state::json::{self, Fault};

/// The format this version writes, and the newest it reads. `state/README.md` tells it and says when it is raised;
/// `tests/formats` holds it to that.
pub const FORMAT: u64 = 1;

/// The checksum: so many hex digits of a SHA-256. It recognises damage and slips; it is no signature.
const DIGITS: usize = 16;
const BEFORE_SUM: &[u8] = b",\"sum\":\"";
const AFTER_SUM: &[u8] = b"\"}";

#[derive(Serialize)]
struct Written<'a> {
    journal: u64,
    lineage: &'a Lineage,
    base: u64,
    batch: u64,
    records: &'a [Record],
}

/// A line as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "journal line")]
pub(super) struct Line<'a> {
    journal: u64,
    /// Of which state.
    #[serde(borrow)]
    pub(super) lineage: Cow<'a, str>,
    /// The serial of the document that the journal continues.
    pub(super) base: u64,
    /// Counted from 1.
    pub(super) batch: u64,
    /// In order.
    pub(super) records: Vec<Record>,
    #[serde(rename = "sum")]
    _sum: &'a str,
}

/// All that may be relied on in a format that is not known.
#[derive(Deserialize)]
struct Probe {
    journal: u64,
}

/// What is wrong with a line.
pub(super) enum BadLine {
    /// Its format.
    Newer(u64),
    /// In words.
    Damaged(String),
}

/// The line for one batch, with its newline: the records made since the document at serial `base` that
/// became durable together as batch `number`.
#[must_use]
pub fn encode_batch(lineage: &Lineage, base: u64, number: u64, records: &[Record]) -> Vec<u8> {
    let mut line = json::compact(&Written { journal: FORMAT, lineage, base, batch: number, records });
    // The closing brace goes behind the checksum.
    line.pop();
    let sum = checksum(&line);
    line.extend_from_slice(BEFORE_SUM);
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(AFTER_SUM);
    line.push(b'\n');
    line
}

/// Reads one line, without its newline.
pub(super) fn decode(line: &[u8]) -> Result<Line<'_>, BadLine> {
    match checked(line) {
        Ok(read) if read.journal == FORMAT => Ok(read),
        Ok(read) if read.journal > FORMAT => Err(BadLine::Newer(read.journal)),
        Ok(read) => Err(BadLine::Damaged(format!("format {} is not known", read.journal))),
        // Another format may have another shape and another checksum.
        Err(what) => Err(match serde_json::from_slice::<Probe>(line) {
            Ok(Probe { journal }) if journal > FORMAT => BadLine::Newer(journal),
            _ => BadLine::Damaged(what),
        }),
    }
}

fn checked(line: &[u8]) -> Result<Line<'_>, String> {
    let (body, sum) = split(line).ok_or("it does not end in a checksum")?;
    if checksum(body).as_bytes() != sum {
        return Err("its checksum does not fit what it says".to_owned());
    }
    serde_json::from_slice(line).map_err(|error| {
        let Fault { line: _, column, what, is_shape: _ } = Fault::from(error);
        format!("column {column}: {what}")
    })
}

/// What the checksum is of, and the checksum.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = line.strip_suffix(AFTER_SUM)?;
    let (rest, sum) = open.split_at_checked(open.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(BEFORE_SUM)?, sum))
}

fn checksum(body: &[u8]) -> String {
    let mut digits = String::with_capacity(DIGITS);
    for byte in Sha256::digest(body).iter().take(DIGITS / 2) {
        // Writing to a String does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
