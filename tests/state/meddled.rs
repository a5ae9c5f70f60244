//! A hand in the files of a state under a run: it is noticed before anything is acknowledged or overwritten.

use std::fs;
use std::path::Path;

use wawpform::state::journal::encode_batch;
use wawpform::state::{Call, CloseError, Document, LedgerError, StoreError, read};

use crate::contract::given::{bound, described, empty, folded, intent, open};
use crate::contract::local::LocalPlace;

/// What someone does to the journal, and how it is called.
type Meddling = (fn(&Path), &'static str);

const WITH_THE_JOURNAL: [Meddling; 5] = [
    (|journal| fs::remove_file(journal).unwrap(), "removed"),
    (|journal| fs::rename(journal, journal.with_extension("moved")).unwrap(), "removed"),
    (
        |journal| {
            fs::copy(journal, journal.with_extension("copy")).unwrap();
            fs::rename(journal.with_extension("copy"), journal).unwrap();
        },
        "replaced",
    ),
    (|journal| fs::write(journal, "").unwrap(), "changed"),
    (|journal| fs::write(journal, [fs::read(journal).unwrap(), b"\n".to_vec()].concat()).unwrap(), "changed"),
];

#[tokio::test]
async fn a_journal_that_is_not_the_one_of_its_name_takes_no_more_records() {
    for (meddle, word) in WITH_THE_JOURNAL {
        let place = LocalPlace::with(&[bound("a", "ID1")]).await;
        let ledger = open(&place.store()).await.ledger;
        ledger.record(intent("b", Call::Create)).await.unwrap();
        meddle(&place.beside(".journal"));
        // The result of a call that was made, and the intent of one that is not made then.
        match ledger.record(bound("b", "ID2")).await {
            Err(LedgerError::Broken(why)) => {
                let what = format!(
                    "{} was {word} by someone else during this run",
                    place.beside(".journal").display()
                );
                assert_eq!(why.to_string(), what);
            }
            other => panic!("{word}: {other:?}"),
        }
        assert!(matches!(ledger.record(intent("c", Call::Create)).await, Err(LedgerError::Broken(_))));
        // Document and lock are as they were: all that is known is written whole.
        let closed = ledger.close().await.unwrap();
        assert!(closed.recovered);
        let known = folded(empty(), &[bound("a", "ID1"), intent("b", Call::Create), bound("b", "ID2")]);
        assert_eq!(closed.document, known);
        assert_eq!(Document::decode(&fs::read(place.document()).unwrap()).unwrap(), known);
        let seen = read(&place.store()).await.unwrap().unwrap();
        assert_eq!((seen.document, seen.notices), (known, vec![]), "{word}");
    }
}

#[tokio::test]
async fn records_whose_folder_is_gone_are_handed_back_and_not_called_kept() {
    let known = [bound("a", "ID1"), described("a", "1"), bound("b", "ID2")];
    for last_is_recorded_before in [true, false] {
        let place = LocalPlace::with(&known[..1]).await;
        let ledger = open(&place.store()).await.ledger;
        ledger.record(known[1].clone()).await.unwrap();
        if last_is_recorded_before {
            ledger.record(known[2].clone()).await.unwrap();
        }
        fs::remove_dir_all(place.document().parent().unwrap()).unwrap();
        if !last_is_recorded_before {
            assert!(matches!(ledger.record(known[2].clone()).await, Err(LedgerError::Broken(_))));
        }
        match ledger.close().await {
            Err(CloseError::Unwritten { document, durable: false, source: StoreError::Disturbed { .. } }) => {
                assert_eq!(*document, folded(empty(), &known));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_document_that_came_from_elsewhere_under_a_run_is_kept_and_so_is_what_the_run_knows() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let older = fs::read(place.document()).unwrap();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    ledger.close().await.unwrap();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(bound("b", "ID2")).await.unwrap();
    // Such as `git checkout` does.
    fs::remove_file(place.document()).unwrap();
    fs::write(place.document(), &older).unwrap();
    let journal = fs::read(place.beside(".journal")).unwrap();
    let known = folded(empty(), &[bound("a", "ID1"), described("a", "1"), bound("b", "ID2")]);
    match ledger.close().await {
        Err(CloseError::Unwritten {
            document,
            durable: false,
            source: StoreError::Disturbed { place: at, what },
        }) => {
            assert_eq!((at, what), (place.document().display().to_string(), "changed"));
            assert_eq!(*document, known);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(place.document()).unwrap(), older);
    assert_eq!(fs::read(place.beside(".journal")).unwrap(), journal);
    // The two do not fit together, and nobody pretends they did. What was handed back does.
    assert!(read(&place.store()).await.is_err());
    fs::write(place.document(), known.encode()).unwrap();
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, known);
}

#[tokio::test]
async fn the_same_bytes_in_a_new_file_and_a_document_that_is_gone_are_no_hindrance() {
    for gone in [false, true] {
        let place = LocalPlace::with(&[bound("a", "ID1")]).await;
        let ledger = open(&place.store()).await.ledger;
        ledger.record(described("a", "1")).await.unwrap();
        let bytes = fs::read(place.document()).unwrap();
        fs::remove_file(place.document()).unwrap();
        if !gone {
            fs::write(place.document(), bytes).unwrap();
        }
        let closed = ledger.close().await.unwrap();
        assert!(!closed.recovered);
        assert_eq!(read(&place.store()).await.unwrap().unwrap().document, closed.document);
    }
}

#[tokio::test]
async fn a_journal_that_came_from_elsewhere_after_the_opening_is_neither_continued_nor_removed_unseen() {
    let base = folded(empty(), &[bound("a", "ID1")]);
    let line = |value: &str| encode_batch(&base.lineage, base.serial, 1, &[described("a", value)]);
    // One that the run was to go on from, and none.
    for found in [line("1"), Vec::new()] {
        let place = LocalPlace::with(&[bound("a", "ID1")]).await;
        fs::write(place.beside(".journal"), found).unwrap();
        let ledger = open(&place.store()).await.ledger;
        fs::write(place.beside(".journal"), line("2")).unwrap();
        match ledger.record(intent("b", Call::Create)).await {
            Err(LedgerError::Broken(why)) => {
                assert!(matches!(*why, StoreError::Disturbed { what: "changed", .. }))
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(place.beside(".journal")).unwrap(), line("2"));
    }
}
