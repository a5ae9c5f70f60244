//! Every refusal to open or read a state: it says what is wrong, and leaves the files as they were.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;

use wawpform::state::journal::encode_batch;
use wawpform::state::{
    AccountMark, Call, Damage, Document, DocumentError, Expect, JournalError, Ledger, Lineage, LockWait,
    OpenError, Opened, ReadError, Reader, Record, Snapshot, Store as _, StoreError, read,
};

use crate::contract::given::{bound, described, empty, expect, folded, intent, lock_info, name};
use crate::contract::local::LocalPlace;

/// A way to damage a file, and whether an error says just that.
type Case<E> = (fn(String) -> String, fn(&E) -> bool);

/// A document, and a journal of two lines that continues it, as a killed run leaves them.
async fn cut_off() -> LocalPlace {
    let place = LocalPlace::with(&[bound("a", "ID1"), bound("b", "ID2")]).await;
    let base = folded(empty(), &[bound("a", "ID1"), bound("b", "ID2")]);
    let lines = [described("a", "1"), described("b", "1")].map(|record| vec![record]);
    let journal: Vec<u8> = (1..)
        .zip(&lines)
        .flat_map(|(number, records)| encode_batch(&base.lineage, base.serial, number, records))
        .collect();
    fs::write(place.beside(".journal"), journal).unwrap();
    place
}

/// All files beside the document, and what is in them.
fn files(place: &LocalPlace) -> Vec<(PathBuf, String)> {
    let folder = place.document().parent().unwrap().to_owned();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

async fn refuse(place: &LocalPlace, expect: Expect) -> OpenError {
    let before = files(place);
    let refused = Ledger::open(&place.store(), lock_info("a"), LockWait::none(), expect).await;
    let error = refused.expect_err("it should be refused");
    assert_eq!(files(place), before);
    assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{error}");
    // The lock was let go.
    place.store().lock(&lock_info("b")).await.unwrap().release().await.unwrap();
    error
}

/// Opening and reading both refuse, for the same reason.
async fn damaged(place: &LocalPlace) -> Damage {
    let OpenError::Damaged { place: _, source } = refuse(place, expect()).await else { panic!() };
    match read(&place.store()).await.unwrap_err() {
        ReadError::Damaged { place: _, source: again } => assert_eq!(source, again),
        ReadError::Store(error) => panic!("{error:?}"),
    }
    source
}

fn edit(place: &LocalPlace, ending: &str, change: impl FnOnce(String) -> String) {
    let path = place.beside(ending);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    fs::write(path, changed).unwrap();
}

#[tokio::test]
async fn a_damaged_document_is_refused_and_left_alone() {
    let edits: [Case<DocumentError>; 8] = [
        (|_| String::new(), |error| matches!(error, DocumentError::Empty)),
        (|_| "\0".repeat(300), |error| matches!(error, DocumentError::NotJson { line: 1, .. })),
        (|text| text[..200].to_owned(), |error| matches!(error, DocumentError::NotJson { .. })),
        (|text| text.replace("\"b\"", "\"a\""), |error| matches!(error, DocumentError::Shape { .. })),
        (
            |text| text.replace("\"running\"", "\"token\""),
            |error| matches!(error, DocumentError::Shape { .. }),
        ),
        (|text| text.replace("ID2", "ID1"), |error| matches!(error, DocumentError::SharedId { .. })),
        (
            |text| text.replace("\"format\": 1", "\"format\": 2"),
            |error| matches!(error, DocumentError::Newer { format: 2 }),
        ),
        (
            |text| text.replace("\"format\": 1", "\"format\": 0"),
            |error| matches!(error, DocumentError::Older { format: 0 }),
        ),
    ];
    for (change, is_expected) in edits {
        let place = cut_off().await;
        edit(&place, "", change);
        match damaged(&place).await {
            Damage::Document(error) => assert!(is_expected(&error), "{error:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_left_alone() {
    let edits: [Case<JournalError>; 6] = [
        (
            |text| text.replace("\"journal\":1", "\"journal\":2"),
            |error| matches!(error, JournalError::Newer { line: 1, .. }),
        ),
        (
            |text| text.replacen("\"value\":\"1\"", "\"value\":\"2\"", 1),
            |error| matches!(error, JournalError::Damaged { line: 1, .. }),
        ),
        (
            |text| text.replacen("\"sum\":\"", "\"sum\":\"0", 1),
            |error| matches!(error, JournalError::Damaged { line: 1, .. }),
        ),
        (|text| format!("{text}\n"), |error| matches!(error, JournalError::Damaged { line: 3, .. })),
        (
            |text| text.lines().skip(1).map(|line| format!("{line}\n")).collect(),
            |error| matches!(error, JournalError::Gap { line: 1, expected: 1, found: 2 }),
        ),
        (
            |_| {
                let line = encode_batch(&Lineage("ffff".to_owned()), 2, 1, &[described("a", "1")]);
                String::from_utf8(line).unwrap()
            },
            |error| matches!(error, JournalError::ForeignLineage { line: 1, .. }),
        ),
    ];
    for (change, is_expected) in edits {
        let place = cut_off().await;
        edit(&place, ".journal", change);
        match damaged(&place).await {
            Damage::Journal(error) => assert!(is_expected(&error), "{error:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_journal_without_the_document_it_continues_is_refused() {
    let place = cut_off().await;
    edit(&place, "", |text| text.replace("\"serial\": 2", "\"serial\": 1"));
    assert!(matches!(damaged(&place).await, Damage::Journal(JournalError::OtherDocument { .. })));
    edit(&place, "", |text| text.replace("\"serial\": 1", "\"serial\": 3"));
    assert!(matches!(damaged(&place).await, Damage::Journal(JournalError::OtherDocument { .. })));
    fs::remove_file(place.document()).unwrap();
    assert_eq!(damaged(&place).await, Damage::Journal(JournalError::NoDocument));
}

#[tokio::test]
async fn another_fleet_history_or_api_is_refused() {
    let place = cut_off().await;
    let other = Expect { fleet: name("zenith"), ..expect() };
    let error = refuse(&place, other).await;
    assert!(matches!(&error, OpenError::ForeignFleet { expected, recorded, .. }
        if (expected.as_str(), recorded.as_str()) == ("zenith", "acme")));
    let words = format!("{} is the state of the fleet `acme`, not of `zenith`", place.document().display());
    assert_eq!(error.to_string(), words);
    let other = Expect { api: "https://api.wawp.net".to_owned(), ..expect() };
    assert!(
        matches!(refuse(&place, other).await, OpenError::ForeignApi { recorded, .. } if recorded == "sandbox")
    );
    let other = Expect { lineage: Some(Lineage("ffff".to_owned())), ..expect() };
    assert!(
        matches!(refuse(&place, other).await, OpenError::ForeignLineage { recorded, .. } if recorded == "0b5e")
    );
    // The lineage that a state would begin with matters only where there is none.
    let same =
        Expect { begin: Lineage("ffff".to_owned()), lineage: Some(Lineage("0b5e".to_owned())), ..expect() };
    let opened = Ledger::open(&place.store(), lock_info("a"), LockWait::none(), same).await.unwrap();
    assert_eq!(opened.document.lineage, Lineage("0b5e".to_owned()));
}

#[tokio::test]
async fn a_state_in_which_nobody_lives_goes_on_in_another_api() {
    // A run that was sent to a wrong address, and cut off: what is known of it is in its journal.
    let place = LocalPlace::with(&[]).await;
    let wrong = Document { api: "http://127.0.0.1:9".to_owned(), ..empty() };
    let intent = intent("a", Call::Create);
    let rejected = Record::Rejected { name: name("a"), call: Call::Create };
    let account = Record::Account { account: AccountMark("another".to_owned()) };
    fs::write(place.document(), wrong.encode()).unwrap();
    let journal = encode_batch(&wrong.lineage, 0, 1, &[account, intent.clone(), rejected.clone()]);
    fs::write(place.beside(".journal"), journal).unwrap();
    let open = async || Ledger::open(&place.store(), lock_info("a"), LockWait::none(), expect()).await;

    // Who only opens it writes nothing.
    let before = files(&place);
    open().await.unwrap().ledger.close().await.unwrap();
    assert_eq!(files(&place), before);

    let Opened { ledger, document, .. } = open().await.unwrap();
    assert_eq!((document.api.as_str(), document.account, document.serial), ("sandbox", None, 4));
    ledger.recorder().record(intent).await.unwrap();
    // From the first record on it is of that API, and nobody takes it elsewhere while a call is unsettled.
    let kept = read(&place.store()).await.unwrap().unwrap().document;
    assert_eq!((kept.api.as_str(), kept.serial, kept.pending.len()), ("sandbox", 5, 1));
    assert_eq!(kept.in_api("http://127.0.0.1:9"), Err("sandbox".to_owned()));
    ledger.recorder().record(rejected).await.unwrap();
    ledger.close().await.unwrap();
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document.api, "sandbox");
}

/// Reads one snapshot after the other.
struct Scripted(Mutex<VecDeque<Snapshot>>);

#[async_trait]
impl Reader for Scripted {
    fn place(&self) -> String {
        "here".to_owned()
    }
    async fn read(&self) -> Result<Snapshot, StoreError> {
        Ok(self.0.lock().unwrap().pop_front().unwrap())
    }
}

#[tokio::test]
async fn a_reader_looks_again_before_it_calls_bytes_that_change_damaged() {
    let base = empty();
    let line = encode_batch(&base.lineage, 0, 1, &[bound("a", "ID1")]);
    let snapshot = |journal: &[u8]| Snapshot { document: Some(base.encode()), journal: journal.to_vec() };
    // A torn tail that was cut off and written over while it was being read.
    let mixed = snapshot(&[&line[..20], &line].concat());
    let script = |second| Scripted(Mutex::new(VecDeque::from([mixed.clone(), second])));
    let seen = read(&script(snapshot(&line))).await.unwrap().unwrap();
    assert_eq!(seen.document, folded(base.clone(), &[bound("a", "ID1")]));
    for still in [mixed.clone(), snapshot(b"{}\n")] {
        let error = read(&script(still)).await.unwrap_err();
        let error = format!("{:#}", anyhow::Error::from(error));
        assert!(error.starts_with("here: the journal cannot be used: line 1: "), "{error}");
    }
}
