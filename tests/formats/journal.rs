//! The journal: every number that its lines ever had.

use std::collections::BTreeSet;

use wawpform::state::journal::{FORMAT, Replayed, encode_batch, replay};
use wawpform::state::{Document, JournalError, document};

use crate::given::{self, batches, folded, lineage, word};
use crate::{assert_kept, kept};

fn base(number: u64) -> Document {
    // A journal and its document are written by one version. So far their numbers are the same.
    Document::decode(&kept(&format!("state-{number}.json"))).unwrap()
}

#[test]
fn every_kind_of_record_is_in_the_fixture() {
    let kinds: BTreeSet<&str> = batches().iter().flatten().map(word).collect();
    assert_eq!(kinds.len(), 14, "{kinds:?}");
    let text = String::from_utf8(kept(&format!("journal-{FORMAT}.jsonl"))).unwrap();
    for kind in kinds {
        assert!(text.contains(&format!("{{\"record\":\"{kind}\",")), "{kind}");
    }
}

#[test]
fn a_journal_of_every_number_folds_into_the_document_that_it_meant() {
    for number in 1..=FORMAT {
        let journal = kept(&format!("journal-{number}.jsonl"));
        let told = replay(base(number), &journal).unwrap();
        assert_eq!(told, Replayed { document: folded(), batches: 4, notices: vec![] });
        assert_kept(&format!("state-{}-folded.json", document::FORMAT), &told.document.encode());
    }
}

#[test]
fn the_same_batches_are_the_same_lines() {
    let lines: Vec<u8> = (1..)
        .zip(batches())
        .flat_map(|(number, records)| encode_batch(&lineage(), given::document().serial, number, &records))
        .collect();
    assert_kept(&format!("journal-{FORMAT}.jsonl"), &lines);
}

#[test]
fn a_line_of_a_newer_number_is_refused_for_its_number_and_nothing_before_it_is_dropped() {
    let text = String::from_utf8(kept(&format!("journal-{FORMAT}.jsonl"))).unwrap();
    let newer = FORMAT + 1;
    let raised = text.replace(&format!("{{\"journal\":{FORMAT},"), &format!("{{\"journal\":{newer},"));
    let last = format!("{text}{{\"journal\":{newer},\"entries\":[]}}\n");
    for (journal, line) in [(raised, 1), (last, 5)] {
        let error = replay(base(FORMAT), journal.as_bytes()).unwrap_err();
        assert_eq!(error, JournalError::Newer { line, format: newer });
        let words = format!(
            "line {line}: written by a newer wawpform, journal format {newer}; this one reads up to {FORMAT}"
        );
        assert_eq!(error.to_string(), words);
        assert_eq!(error.hint(), "update wawpform to the version that wrote it, or a later one");
    }
}
