//! The journal: what is dropped, what is refused, and what each says.

use wawpform::state::journal::{Replayed, encode_batch, replay};
use wawpform::state::{Call, Document, JournalError, Lineage, Notice, Record};

use crate::contract::given::{bound, described, empty, folded, intent};

fn batches() -> Vec<Vec<Record>> {
    vec![
        vec![intent("a", Call::Create), intent("b", Call::Create)],
        vec![bound("a", "ID1"), bound("b", "ID2")],
        vec![described("a", "1")],
    ]
}

fn lines(base: &Document, batches: &[Vec<Record>]) -> Vec<Vec<u8>> {
    (1..)
        .zip(batches)
        .map(|(number, records)| encode_batch(&base.lineage, base.serial, number, records))
        .collect()
}

fn refused(document: Document, journal: &[u8]) -> String {
    let error = replay(document, journal).unwrap_err();
    assert!(!error.hint().is_empty());
    format!("{:#}", anyhow::Error::from(error))
}

#[test]
fn a_batch_is_one_line_that_says_where_it_belongs() {
    let line = encode_batch(&Lineage("0b5e".to_owned()), 42, 3, &[intent("a", Call::Create)]);
    let expected = concat!(
        r#"{"journal":1,"lineage":"0b5e","base":42,"batch":3,"#,
        r#""records":[{"record":"intent","name":"a","call":"create","at":"2026-11-22T10:00:00Z"}],"#,
        r#""sum":"a0a0a0a0a0a0a0a0"}"#,
        "\n"
    );
    let without_sum = |text: &str| text[..text.rfind("\"sum\"").unwrap()].to_owned();
    let line = String::from_utf8(line).unwrap();
    assert_eq!(without_sum(&line), without_sum(expected));
    assert_eq!(line.len(), expected.len());
    assert_eq!(line.matches('\n').count(), 1);
}

#[test]
fn a_journal_that_ends_anywhere_in_its_last_line_gives_all_before_it_and_a_notice() {
    let base = empty();
    let lines = lines(&base, &batches());
    let complete = lines[..2].concat();
    let last = &lines[2];
    let before = folded(base.clone(), &batches()[..2].concat());
    for cut in 1..last.len() {
        let torn = [&complete, &last[..cut]].concat();
        let Replayed { document, batches, notices } = replay(base.clone(), &torn).unwrap();
        assert_eq!((document, batches), (before.clone(), 2));
        let [Notice::TornTail { line: 3, bytes, excerpt }] = &notices[..] else { panic!("{notices:?}") };
        assert_eq!(*bytes, cut);
        assert!(excerpt.len() < 1000 && excerpt.starts_with('{'), "{excerpt}");
    }
    let whole = replay(base.clone(), &lines.concat()).unwrap();
    assert_eq!(whole.document, folded(base.clone(), &batches().concat()));
    assert_eq!((whole.batches, whole.notices), (3, vec![]));
    let nothing = replay(base.clone(), b"").unwrap();
    assert_eq!(nothing, Replayed { document: base, batches: 0, notices: vec![] });
}

#[test]
fn an_unfinished_line_is_quoted_short_and_escaped() {
    let notices = replay(empty(), b"{\"journal\x1b[2J\0\0\xff\"").unwrap().notices;
    assert_eq!(
        notices[0].to_string(),
        "line 1 of the journal is unfinished (17 bytes, `{\\\"journal\\x1b[2J\\x00\\x00\\xff\\\"`) and was left \
         out: a run was cut off there before it relied on it, or is writing it now"
    );
}

#[test]
fn every_single_byte_of_a_finished_line_is_watched() {
    let base = empty();
    let good = lines(&base, &batches()[..1]).concat();
    for at in 0..good.len() - 1 {
        for flip in [0x01, 0x20, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            // A byte that becomes a newline makes two lines of one, and both are seen.
            assert!(replay(base.clone(), &bad).is_err(), "byte {at} changed to {:?}", bad[at] as char);
        }
    }
}

#[test]
fn a_journal_cut_off_at_any_byte_or_with_any_byte_changed_is_never_read_as_another_one() {
    let base = empty();
    let lines = lines(&base, &batches());
    let (whole, all) = (lines.concat(), batches());
    let after = |batches: usize| folded(base.clone(), &all[..batches].concat());
    for cut in 0..=whole.len() {
        let complete = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        let Replayed { document, batches, notices } = replay(base.clone(), &whole[..cut]).unwrap();
        assert_eq!((document, batches), (after(complete), complete as u64), "cut at {cut}");
        let is_torn = cut > 0 && whole[cut - 1] != b'\n';
        assert_eq!(notices.len(), usize::from(is_torn), "cut at {cut}");
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bad = whole.clone();
            bad[at] ^= flip;
            // Only the last newline can be lost without an error: then its line is unfinished.
            match replay(base.clone(), &bad) {
                Err(error) => assert!(!error.hint().is_empty()),
                Ok(read) => {
                    assert_eq!((at, read.notices.len()), (whole.len() - 1, 1));
                    assert_eq!(read.document, after(all.len() - 1));
                }
            }
        }
    }
}

#[test]
fn damage_is_named_with_its_line() {
    let base = empty();
    let lines = lines(&base, &batches());
    let damaged = |what: &str| format!("line 2: {what}");
    let with = |second: &[u8]| [&lines[0], second, &lines[2]].concat();
    let edited = String::from_utf8(lines[1].clone()).unwrap().replace("ID1", "ID9");
    let sum = damaged("its checksum does not fit what it says");
    assert_eq!(refused(base.clone(), &with(edited.as_bytes())), sum);
    let none = damaged("it does not end in a checksum");
    assert_eq!(refused(base.clone(), &with(b"\n")), none);
    assert_eq!(refused(base.clone(), &with(b"{}\n")), none);
    assert_eq!(refused(base.clone(), &with(b"\xff\xfe\n")), none);
    let windows = lines
        .concat()
        .iter()
        .flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] })
        .collect::<Vec<_>>();
    assert_eq!(refused(base.clone(), &windows), "line 1: it does not end in a checksum");
    let (three, two) = ([&lines[0][..], &lines[2]].concat(), [&lines[0][..], &lines[0]].concat());
    assert_eq!(refused(base.clone(), &three), "line 2: batch 2 should stand here, and batch 3 does");
    assert_eq!(refused(base.clone(), &two), "line 2: batch 2 should stand here, and batch 1 does");
    assert_eq!(refused(base.clone(), &lines[1]), "line 1: batch 1 should stand here, and batch 2 does");
    let moved = Document { serial: 5, ..base.clone() };
    let other = encode_batch(&base.lineage, 5, 2, &batches()[1]);
    let mixed = [&lines[0][..], &other].concat();
    assert_eq!(refused(base, &mixed), "line 2: it continues serial 5, the lines before it 0");
    assert!(refused(moved, &mixed).starts_with("line 2: it continues serial 5"));
}

#[test]
fn a_journal_of_a_newer_format_is_refused_whatever_it_looks_like() {
    for newer in ["{\"journal\":2}\n", "{\"journal\":2,\"records\":[],\"crc\":\"x\"}\n"] {
        assert_eq!(
            refused(empty(), newer.as_bytes()),
            "line 1: written by a newer wawpform, journal format 2; this one reads up to 1"
        );
    }
}

#[test]
fn a_journal_of_another_state_is_refused() {
    let base = empty();
    let journal =
        lines(&Document { lineage: Lineage("ffff".to_owned()), ..base.clone() }, &batches()).concat();
    assert_eq!(
        refused(base, &journal),
        "line 1: the journal continues the lineage ffff, the document has 0b5e"
    );
}

#[test]
fn a_document_contains_its_journal_is_continued_by_it_or_is_another_one() {
    let base = Document { serial: 10, ..empty() };
    let journal = lines(&base, &batches()).concat();
    let written = folded(base.clone(), &batches().concat());
    for serial in 0..20 {
        let holder = if serial < 15 { &base } else { &written };
        let document = Document { serial, ..holder.clone() };
        let result = replay(document.clone(), &journal);
        match serial {
            10 => assert_eq!(result.unwrap().batches, 3),
            15.. => assert_eq!(result.unwrap(), Replayed { document, batches: 0, notices: vec![] }),
            _ => assert!(
                matches!(result, Err(JournalError::OtherDocument { serial: s, base: 10, .. }) if s == serial),
                "{serial}"
            ),
        }
    }
}

#[test]
fn a_document_from_elsewhere_that_lacks_what_the_journal_notes_is_told() {
    let base = empty();
    let journal = lines(&base, &[vec![bound("a", "ID1"), bound("b", "ID2")]]).concat();
    let elsewhere = Document { serial: 9, ..folded(base, &[bound("b", "ID2")]) };
    let Replayed { document, batches, notices } = replay(elsewhere.clone(), &journal).unwrap();
    assert_eq!((document, batches), (elsewhere, 0));
    assert_eq!(notices, [Notice::Lacks { instances: vec!["a (ID1)".to_owned()] }]);
}

#[test]
fn a_record_that_does_not_fit_is_named_with_its_place() {
    let base = empty();
    let bad = [vec![bound("a", "ID1")], vec![described("a", "1"), bound("b", "ID1")]];
    assert_eq!(
        refused(base.clone(), &lines(&base, &bad).concat()),
        "line 2, record 2: `b` bound to the instance ID1, which belongs to `a`"
    );
}
