//! What the local store promises beyond the contract: modes, links, backup, lock file, sizes.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use wawpform::state::{
    Batch, CloseError, Document, LocalStore, Record, Store, StoreError, read, write_fallback,
};

use crate::contract::given::{bound, described, empty, folded, lock_info, name, open};
use crate::contract::local::LocalPlace;
use crate::contract::promises;

promises!(LocalPlace::fresh);

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_file_is_its_owners_alone_and_nothing_else_is_left_behind() {
    let place = LocalPlace::fresh();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(bound("a", "ID1")).await.unwrap();
    for ending in ["", ".lock", ".journal"] {
        assert_eq!(mode(&place.beside(ending)), 0o600, "{ending}");
    }
    let folder = place.document().parent().unwrap().to_owned();
    assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));
    ledger.close().await.unwrap();
    assert_eq!(mode(&place.document()), 0o600);
    assert_eq!(mode(&place.beside(".backup")), 0o600);
    assert_eq!(names(&folder), ["acme.json", "acme.json.backup", "acme.json.lock"]);
}

#[tokio::test]
async fn reading_creates_nothing() {
    let place = LocalPlace::fresh();
    assert_eq!(read(&place.store()).await.unwrap(), None);
    assert_eq!(names(place.folder.path()), [""; 0]);
}

#[tokio::test]
async fn the_document_before_the_last_one_is_the_backup() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let before = fs::read(place.document()).unwrap();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    ledger.close().await.unwrap();
    assert_eq!(fs::read(place.beside(".backup")).unwrap(), before);
    // Nothing was recorded: neither is touched.
    let document = fs::read(place.document()).unwrap();
    assert_ne!(document, before);
    open(&place.store()).await.ledger.close().await.unwrap();
    assert_eq!(fs::read(place.beside(".backup")).unwrap(), before);
    assert_eq!(fs::read(place.document()).unwrap(), document);
}

#[tokio::test]
async fn a_run_that_died_between_the_backup_and_the_document_is_no_hindrance() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    fs::remove_file(place.beside(".backup")).unwrap();
    fs::hard_link(place.document(), place.beside(".backup")).unwrap();
    let before = fs::read(place.document()).unwrap();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    ledger.close().await.unwrap();
    assert_eq!(fs::read(place.beside(".backup")).unwrap(), before);
    let folder = place.document().parent().unwrap().to_owned();
    assert_eq!(names(&folder), ["acme.json", "acme.json.backup", "acme.json.lock"]);
}

#[tokio::test]
async fn a_checkpoint_that_fails_leaves_document_and_journal_as_they_were() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let before = fs::read(place.document()).unwrap();
    fs::remove_file(place.beside(".backup")).unwrap();
    fs::create_dir_all(place.beside(".backup").join("in the way")).unwrap();
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    let journal = fs::read(place.beside(".journal")).unwrap();
    match ledger.close().await {
        Err(CloseError::Unwritten { document, durable: true, source: StoreError::Io { .. } }) => {
            assert_eq!(*document, folded(empty(), &[bound("a", "ID1"), described("a", "1")]));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(place.document()).unwrap(), before);
    assert_eq!(fs::read(place.beside(".journal")).unwrap(), journal);
    let there = read(&place.store()).await.unwrap().unwrap().document;
    assert_eq!(there, folded(empty(), &[bound("a", "ID1"), described("a", "1")]));
}

#[tokio::test]
async fn a_link_to_a_document_stays_a_link_and_shares_its_lock() {
    let place = LocalPlace::fresh();
    let link = place.folder.path().join("link.json");
    symlink("deep/state/acme.json", &link).unwrap();
    let linked = LocalStore::new(&link);
    // At first there is nothing behind it.
    assert_eq!(read(&linked).await.unwrap(), None);
    let ledger = open(&linked).await.ledger;
    ledger.record(bound("a", "ID1")).await.unwrap();
    assert!(matches!(place.store().lock(&lock_info("b")).await, Err(StoreError::Locked(Some(_)))));
    ledger.close().await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let there = Document::decode(&fs::read(place.document()).unwrap()).unwrap();
    assert_eq!(there, folded(empty(), &[bound("a", "ID1")]));
    assert_eq!(names(place.folder.path()), ["deep", "link.json"]);
}

#[tokio::test]
async fn a_link_to_itself_is_refused() {
    let place = LocalPlace::fresh();
    let link = place.folder.path().join("link.json");
    symlink("link.json", &link).unwrap();
    let error = read(&LocalStore::new(&link)).await.unwrap_err();
    assert!(format!("{error}").contains("link.json"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_a_document_is_refused_before_it_is_read() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    // Sparse: it takes no room.
    fs::File::options().write(true).open(place.document()).unwrap().set_len(6 << 30).unwrap();
    let source = |error| match error {
        wawpform::state::ReadError::Store(StoreError::Io { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    };
    let words = source(read(&place.store()).await.unwrap_err());
    assert_eq!(words, "its 6 GiB are more than any state: is it the right file?");
    let folder = LocalStore::new(place.document().parent().unwrap());
    assert_eq!(source(read(&folder).await.unwrap_err()), "it is not a regular file");
}

#[tokio::test]
async fn the_lock_file_stays_and_is_empty_when_nobody_holds_the_lock() {
    let place = LocalPlace::fresh();
    let pen = place.store().lock(&lock_info("a")).await.unwrap();
    let text = fs::read_to_string(place.beside(".lock")).unwrap();
    for key in ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"] {
        assert!(text.contains(&format!("\"{key}\":")), "{text}");
    }
    pen.release().await.unwrap();
    assert_eq!(fs::read(place.beside(".lock")).unwrap(), b"");
    // The text of a run that was killed is no lock.
    fs::write(place.beside(".lock"), text).unwrap();
    place.store().lock(&lock_info("b")).await.unwrap().release().await.unwrap();
    // A text that cannot be read does not hide that the lock is held.
    let _pen = place.store().lock(&lock_info("c")).await.unwrap();
    fs::write(place.beside(".lock"), "{\"ID\":").unwrap();
    assert!(matches!(place.store().lock(&lock_info("d")).await, Err(StoreError::Locked(None))));
}

/// The holder is a real process: this test again, told by a variable where to write.
#[tokio::test]
async fn a_process_that_was_killed_holds_no_lock_and_its_records_are_there() {
    const CHILD: &str = "WAWPFORM_TEST_HOLDER";
    if let Some(document) = std::env::var_os(CHILD) {
        let mut pen = LocalStore::new(document).lock(&lock_info("child")).await.unwrap();
        let (base, records) = (empty(), [bound("a", "ID1")]);
        let after = folded(base.clone(), &records);
        pen.checkpoint(&base).await.unwrap();
        pen.append(&Batch { number: 1, records: &records, base: &base, after: &after }).await.unwrap();
        writeln!(std::io::stderr(), "held").unwrap();
        // Until it is killed; or, when the other side is gone, to the end of its input.
        std::io::stdin().lines().for_each(drop);
        return;
    }
    let place = LocalPlace::fresh();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("local::a_process_that_was_killed_holds_no_lock_and_its_records_are_there")
        .env(CHILD, place.document())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"));
    match place.store().lock(&lock_info("parent")).await {
        Err(StoreError::Locked(Some(info))) => assert_eq!(info.id, "child"),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("two hold the lock"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let opened = open(&place.store()).await;
    assert_eq!(opened.document, folded(empty(), &[bound("a", "ID1")]));
}

#[tokio::test]
async fn a_journal_that_the_document_contains_is_ignored_and_then_replaced() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    ledger.record(described("a", "2")).await.unwrap();
    let journal = fs::read(place.beside(".journal")).unwrap();
    let document = ledger.close().await.unwrap().document;
    // A run that died before it could remove the journal, and one more record of it that was cut off.
    let torn = [&journal[..], b"{\"journal\":1"].concat();
    fs::write(place.beside(".journal"), &torn).unwrap();
    let seen = read(&place.store()).await.unwrap().unwrap();
    assert_eq!((seen.document, seen.notices), (document.clone(), vec![]));

    let opened = open(&place.store()).await;
    assert_eq!(opened.document, document);
    assert_eq!(fs::read(place.beside(".journal")).unwrap(), torn);
    opened.ledger.record(Record::Forgotten { name: name("a") }).await.unwrap();
    let seen = read(&place.store()).await.unwrap().unwrap().document;
    assert_eq!(seen, folded(document, &[Record::Forgotten { name: name("a") }]));
    let closed = opened.ledger.close().await.unwrap();
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, closed.document);
    assert!(!place.beside(".journal").exists());
}

#[tokio::test]
async fn a_torn_tail_is_kept_until_the_next_record_and_then_cut_off() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    let first = fs::read(place.beside(".journal")).unwrap().len();
    ledger.record(described("a", "2")).await.unwrap();
    drop(ledger);
    let journal = fs::read(place.beside(".journal")).unwrap();
    let kept = folded(empty(), &[bound("a", "ID1"), described("a", "1")]);
    for cut in [first + 1, (first + journal.len()) / 2, journal.len() - 1] {
        // The ledger that was dropped holds the lock no longer than it takes to notice.
        drop(open(&place.store()).await);
        let torn = &journal[..cut];
        fs::write(place.beside(".journal"), torn).unwrap();
        let opened = open(&place.store()).await;
        assert_eq!(opened.notices.len(), 1);
        assert_eq!(opened.document, kept);
        assert_eq!(fs::read(place.beside(".journal")).unwrap(), torn);
        opened.ledger.record(described("a", "3")).await.unwrap();
        let there = fs::read(place.beside(".journal")).unwrap();
        assert!(there.starts_with(&journal[..first]) && there.ends_with(b"\n"));
        let seen = read(&place.store()).await.unwrap().unwrap();
        assert_eq!((seen.document, seen.notices), (folded(kept.clone(), &[described("a", "3")]), vec![]));
    }
}

#[test]
fn the_fallback_is_private_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let document = folded(empty(), &[bound("a", "ID1")]);
    // A dangling link is something, too: what it points to is not ours to create.
    symlink("nowhere", folder.path().join("errored.state.1.json")).unwrap();
    let expected = ["errored.state.json", "errored.state.2.json", "errored.state.3.json"];
    for expected in expected {
        let path = write_fallback(folder.path(), &document).unwrap();
        assert_eq!(path, folder.path().join(expected));
        assert_eq!(mode(&path), 0o600);
        assert_eq!(Document::decode(&fs::read(&path).unwrap()).unwrap(), document);
    }
    assert!(write_fallback(&folder.path().join("missing"), &document).is_err());
}
