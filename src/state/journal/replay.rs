//! Folding a journal into its document.
//!
//! Invariant: what was acknowledged is folded in or reported as an error, never left out; only an unfinished
//! last line, which nobody was told of, is dropped, and that with a notice.

use super::line::{self, BadLine, FORMAT, Line};
use super::notice::{Bindings, Notice};
use crate::instance::visible;
use crate::state::document::{Book, Document, FoldError};

/// A document with its journal folded in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The result.
    pub document: Document,
    /// The number of the last batch that was folded in; 0 when there was none, or when the document already
    /// contained them all.
    pub batches: u64,
    /// What a person should know.
    pub notices: Vec<Notice>,
}

/// Why a journal cannot be folded into its document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A journal always continues a document.
    #[error("there is a journal, but the document that it continues is gone")]
    NoDocument,
    /// Written by a version that came after this one.
    #[error(
        "line {line}: written by a newer wawpform, journal format {format}; this one reads up to {FORMAT}"
    )]
    Newer {
        /// Counted from 1.
        line: usize,
        /// Its format.
        format: u64,
    },
    /// The line is not as it was written.
    #[error("line {line}: {what}")]
    Damaged {
        /// Counted from 1.
        line: usize,
        /// In words.
        what: String,
    },
    /// A batch is missing, or there twice.
    #[error("line {line}: batch {expected} should stand here, and batch {found} does")]
    Gap {
        /// Counted from 1.
        line: usize,
        /// The number that follows the line before.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// The journal of another state.
    #[error("line {line}: the journal continues the lineage {journal}, the document has {document}")]
    ForeignLineage {
        /// Counted from 1.
        line: usize,
        /// The journal's lineage, escaped.
        journal: String,
        /// The document's, escaped.
        document: String,
    },
    /// The document is neither the one the journal continues nor one that contains the journal.
    #[error(
        "the journal continues serial {base} with {records} records, and the document has serial {serial}: it \
         is not the document that this journal was written for"
    )]
    OtherDocument {
        /// The document's serial.
        serial: u64,
        /// The serial the journal continues.
        base: u64,
        /// How many records were read of it.
        records: u64,
    },
    /// A record does not fit.
    #[error("line {line}, record {record}")]
    Inconsistent {
        /// Counted from 1.
        line: usize,
        /// Which record of the line, counted from 1.
        record: usize,
        /// Why.
        source: FoldError,
    },
}

impl JournalError {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoDocument => {
                "put the document back beside the journal, from git or from the `.backup`; its serial must be the \
                 `base` that the journal names"
            }
            Self::Newer { .. } => "update wawpform to the version that wrote it, or a later one",
            Self::Damaged { .. } | Self::Gap { .. } | Self::Inconsistent { .. } => {
                "keep a copy of the journal: it may hold the only note of an instance_id. Put back the file as it \
                 was written; if that cannot be had, cut it before this line, look up what the lines from here on \
                 name, and settle each with `import` or `forget`"
            }
            Self::ForeignLineage { .. } | Self::OtherDocument { .. } => {
                "keep a copy of the journal: it may hold the only note of an instance_id. Put back the document it \
                 continues, from git or from the `.backup`; only if its instances are recorded elsewhere, move the \
                 journal away"
            }
        }
    }
}

/// Where the journal stands to the document.
enum Standing {
    /// The journal continues the document.
    Continues,
    /// The document may contain the journal; its end will tell.
    Contained,
}

/// Folds a journal into the document it continues. O(records), whatever the size of the document.
///
/// A journal that the document already contains is ignored: a run died between writing the document whole and
/// removing the journal, or a reader without a lock read the journal just before that.
///
/// # Errors
/// When anything but the unfinished last line is not as it was written.
pub fn replay(document: Document, journal: &[u8]) -> Result<Replayed, JournalError> {
    let serial = document.serial;
    let lineage = document.lineage.0.clone();
    let mut book = Book::new(document);
    let mut first: Option<(u64, Standing)> = None;
    let (mut batches, mut records) = (0_u64, 0_u64);
    let mut notices = Vec::new();
    let mut bindings = Bindings::default();

    for (index, text) in journal.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let Some(text) = text.strip_suffix(b"\n") else {
            notices.push(Notice::torn(number, text));
            break;
        };
        let line = line::decode(text).map_err(|bad| match bad {
            BadLine::Newer(format) => JournalError::Newer { line: number, format },
            BadLine::Damaged(what) => JournalError::Damaged { line: number, what },
        })?;
        let Line { lineage: its_lineage, base, batch, records: its_records, .. } = line;
        if its_lineage != lineage {
            return Err(JournalError::ForeignLineage {
                line: number,
                journal: visible(&its_lineage).into_owned(),
                document: visible(&lineage).into_owned(),
            });
        }
        if batch != batches + 1 {
            return Err(JournalError::Gap { line: number, expected: batches + 1, found: batch });
        }
        batches = batch;
        let its_standing = if serial > base { Standing::Contained } else { Standing::Continues };
        let (first_base, standing) = first.get_or_insert((base, its_standing));
        if base != *first_base {
            let what = format!("it continues serial {base}, the lines before it {first_base}");
            return Err(JournalError::Damaged { line: number, what });
        }
        if serial < base {
            return Err(JournalError::OtherDocument { serial, base, records: its_records.len() as u64 });
        }
        records += its_records.len() as u64;
        if let Standing::Contained = standing {
            its_records.iter().for_each(|record| bindings.note(record));
        } else {
            for (index, record) in its_records.iter().enumerate() {
                book.fold(record).map_err(|source| JournalError::Inconsistent {
                    line: number,
                    record: index + 1,
                    source,
                })?;
            }
        }
    }

    if let Some((base, Standing::Contained)) = first {
        if serial < base.saturating_add(records) {
            return Err(JournalError::OtherDocument { serial, base, records });
        }
        // Whatever stands unfinished behind a contained journal was cut off before the document was written.
        let document = book.into_document();
        let notices = bindings.missing_in(&document).into_iter().collect();
        return Ok(Replayed { document, batches: 0, notices });
    }
    Ok(Replayed { document: book.into_document(), batches, notices })
}
