//! What every store promises, as functions that any store can be handed to; one a promise.
//!
//! A store's own test file says `contract::promises!(SomePlace::fresh)` and has a test for each of them. All
//! of it goes through [`read`](wawpform::state::read), so it does not matter how a store keeps its journal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken promise ends the test"
)]
#![allow(missing_docs, reason = "the names are sentences")]
#![allow(dead_code, unused_imports, unused_macros, reason = "no test file needs everything")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;
use wawpform::state::{
    Batch, Call, CloseError, Document, Ledger, LedgerError, LockWait, OpenError, Pen, Record, Store,
    StoreError, read,
};

mod broken;
mod disturbed;
pub mod faulty;
pub mod given;
pub mod http;
pub mod local;

pub use broken::*;
pub use disturbed::*;

use faulty::{Faulty, Mode};
use given::{LONG, bound, described, empty, expect, folded, intent, lock_info, name};

/// One place where a document can live, with nothing in it at first.
pub trait Place: Send + Sync {
    /// Another hand on this same place, as another process would have it.
    fn open(&self) -> Arc<dyn Store>;

    /// Someone takes the lock away from its holder, past the program.
    fn take_lock_away(&self);

    /// Someone puts another document in its place, past the program.
    fn put_document(&self, bytes: &[u8]);

    /// Someone removes the records that were made since the last checkpoint, past the program.
    fn remove_records(&self);

    /// A run died without a word: frees its lock where it does not end with its process, and would only lapse late.
    fn after_crash(&self) {}
}

/// A test for each promise; `$fresh` makes a [`Place`](crate::contract::Place) of its own for each.
macro_rules! promises {
    ($fresh:expr) => {
        $crate::contract::promises!($fresh;
            a_place_with_nothing_in_it_reads_as_nothing,
            what_was_written_whole_is_read,
            each_batch_is_read_as_soon_as_it_was_acknowledged,
            records_survive_their_pen_and_the_next_one_goes_on,
            a_checkpoint_ends_the_journal,
            the_second_locker_learns_who_holds_the_lock_and_gets_it_after_the_release,
            a_dropped_pen_lets_go_of_the_lock,
            a_reader_never_sees_half_a_batch_while_a_writer_is_at_work,
            a_crash_after_any_effect_loses_nothing_that_was_acknowledged,
            a_failure_of_any_effect_stops_intents_and_keeps_what_is_known,
            a_ledger_that_was_dropped_is_taken_up_by_the_next,
            a_pen_whose_lock_was_taken_away_writes_nothing_more,
            a_document_that_someone_else_put_there_is_not_replaced,
            records_are_not_acknowledged_once_their_place_is_gone,
            whoever_asks_learns_who_holds_the_lock_and_does_not_keep_it,
            a_lock_is_broken_by_its_id_and_its_pen_writes_nothing_more,
            a_barred_document_is_kept_and_refused_until_it_is_written_anew,
        );
    };
    ($fresh:expr; $($promise:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                let fresh = $fresh;
                $crate::contract::$promise(&move || Box::new(fresh())).await;
            }
        )*
    };
}
pub(crate) use promises;

/// Makes places that have nothing to do with each other.
pub type Fresh<'a> = &'a (dyn Fn() -> Box<dyn Place> + Send + Sync);

/// Takes the lock. A pen that was dropped may take a moment to let go of it, or its lease to lapse.
async fn lock(store: &dyn Store, id: &str) -> Box<dyn Pen> {
    let begun = Instant::now();
    loop {
        match store.lock(&lock_info(id)).await {
            Ok(pen) => return pen,
            Err(StoreError::Locked(_)) if begun.elapsed() < LONG => sleep(Duration::from_millis(10)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn document(store: &dyn Store) -> Document {
    let read = read(store).await.unwrap().unwrap();
    assert_eq!(read.notices, []);
    read.document
}

async fn append(pen: &mut dyn Pen, number: u64, records: &[Record], base: &Document, after: &Document) {
    pen.append(&Batch { number, records, base, after }).await.unwrap();
}

pub async fn a_place_with_nothing_in_it_reads_as_nothing(fresh: Fresh<'_>) {
    let place = fresh();
    let store = place.open();
    assert_eq!(read(&*store).await.unwrap(), None);
    let mut pen = lock(&*store, "a").await;
    assert_eq!(pen.read().await.unwrap(), wawpform::state::Snapshot::default());
    pen.release().await.unwrap();
    assert_eq!(read(&*store).await.unwrap(), None);
}

pub async fn what_was_written_whole_is_read(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    let mut pen = lock(&*store, "a").await;
    let mut written = empty();
    for record in [bound("a", "ID1"), bound("b", "ID2"), Record::Deleted { name: name("a") }] {
        written.fold(&record).unwrap();
        pen.checkpoint(&written).await.unwrap();
        assert_eq!(document(&*other).await, written);
        let under_the_lock = pen.read().await.unwrap().document.unwrap();
        assert_eq!(Document::decode(&under_the_lock).unwrap(), written);
    }
    pen.release().await.unwrap();
    assert_eq!(document(&*other).await, written);
}

pub async fn each_batch_is_read_as_soon_as_it_was_acknowledged(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    let mut pen = lock(&*store, "a").await;
    let base = empty();
    pen.checkpoint(&base).await.unwrap();
    let batches = [
        vec![intent("a", Call::Create), intent("b", Call::Create)],
        vec![bound("a", "ID1")],
        vec![bound("b", "ID2"), described("a", "1"), Record::Running { name: name("b"), running: true }],
    ];
    let mut after = base.clone();
    for (number, records) in (1..).zip(&batches) {
        after = folded(after, records);
        append(&mut *pen, number, records, &base, &after).await;
        assert_eq!(document(&*other).await, after);
    }
}

pub async fn records_survive_their_pen_and_the_next_one_goes_on(fresh: Fresh<'_>) {
    let place = fresh();
    let store = place.open();
    let base = empty();
    let records = [intent("a", Call::Create), bound("a", "ID1"), described("a", "1")];
    let mut after = base.clone();
    for (number, record) in (1..).zip(&records) {
        let mut pen = lock(&*store, "a").await;
        if number == 1 {
            pen.checkpoint(&base).await.unwrap();
        }
        after.fold(record).unwrap();
        append(&mut *pen, number, std::slice::from_ref(record), &base, &after).await;
        drop(pen);
        assert_eq!(document(&*place.open()).await, after);
    }
}

pub async fn a_checkpoint_ends_the_journal(fresh: Fresh<'_>) {
    let place = fresh();
    let store = place.open();
    let mut pen = lock(&*store, "a").await;
    let mut base = empty();
    pen.checkpoint(&base).await.unwrap();
    for id in ["ID1", "ID2", "ID3"] {
        let first = [bound("a", id)];
        let after = folded(base.clone(), &first);
        append(&mut *pen, 1, &first, &base, &after).await;
        let second = [described("a", id)];
        let last = folded(after.clone(), &second);
        append(&mut *pen, 2, &second, &base, &last).await;
        pen.checkpoint(&last).await.unwrap();
        assert_eq!(pen.read().await.unwrap().journal, b"");
        assert_eq!(document(&*store).await, last);
        base = last;
    }
}

pub async fn the_second_locker_learns_who_holds_the_lock_and_gets_it_after_the_release(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    let pen = lock(&*store, "first").await;
    for second in [&store, &other] {
        match second.lock(&lock_info("second")).await {
            Err(StoreError::Locked(Some(info))) => assert_eq!(*info, lock_info("first")),
            Err(error) => panic!("{error:?}"),
            Ok(_) => panic!("two hold the lock"),
        }
    }
    pen.release().await.unwrap();
    let pen = lock(&*other, "second").await;
    match store.lock(&lock_info("first")).await {
        Err(StoreError::Locked(Some(info))) => assert_eq!(info.id, "second"),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("two hold the lock"),
    }
    pen.release().await.unwrap();
}

pub async fn a_dropped_pen_lets_go_of_the_lock(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    drop(lock(&*store, "first").await);
    drop(lock(&*other, "second").await);
}

pub async fn a_reader_never_sees_half_a_batch_while_a_writer_is_at_work(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    let mut base =
        folded(empty(), &[bound("a", "ID1"), bound("b", "ID2"), described("a", "0"), described("b", "0")]);
    let mut pen = lock(&*store, "writer").await;
    pen.checkpoint(&base).await.unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let (mut reads, mut before) = (0, 0);
            while !done.load(Ordering::SeqCst) || reads == 0 {
                // A batch that is being written may be seen as an unfinished line: that is a notice, not a
                // half state.
                let seen = read(&*other).await.unwrap().unwrap().document;
                let value = |text: &str| seen.instances[&name(text)].labels["value"].parse::<u64>().unwrap();
                assert_eq!(value("a"), value("b"));
                assert!(value("a") >= before, "{} after {before}", value("a"));
                before = value("a");
                reads += 1;
            }
        }
    });
    let mut value = 0;
    for batches in [1_u64, 7, 2, 12, 1, 1, 20] {
        let mut after = base.clone();
        for number in 1..=batches {
            value += 1;
            let value = value.to_string();
            let records = [described("a", &value), described("b", &value)];
            after = folded(after, &records);
            append(&mut *pen, number, &records, &base, &after).await;
        }
        pen.checkpoint(&after).await.unwrap();
        base = after;
    }
    done.store(true, Ordering::SeqCst);
    reader.await.unwrap();
}

/// The run that is cut off at every moment: a create, a delete, and a close.
fn script() -> Vec<Record> {
    vec![
        intent("a", Call::Create),
        bound("a", "ID1"),
        intent("b", Call::Create),
        Record::Unknown { name: name("b"), call: Call::Create, reason: "no answer".to_owned() },
        intent("a", Call::Delete),
        Record::Deleted { name: name("a") },
    ]
}

/// How many effects the script has with nothing in its way: the first document, a batch each, the last one.
async fn effects_of_the_script(fresh: Fresh<'_>) -> usize {
    let place = fresh();
    let store = Faulty::counting(place.open());
    let opened = given::open(&store).await;
    for record in script() {
        opened.ledger.record(record).await.unwrap();
    }
    let closed = opened.ledger.close().await.unwrap();
    assert_eq!(closed.document, folded(empty(), &script()));
    assert_eq!((closed.batches, closed.records), (6, 6));
    assert_eq!(document(&*place.open()).await, closed.document);
    store.effects()
}

pub async fn a_crash_after_any_effect_loses_nothing_that_was_acknowledged(fresh: Fresh<'_>) {
    let effects = effects_of_the_script(fresh).await;
    assert_eq!(effects, 8);
    for after in 0..effects {
        let place = fresh();
        let store = Faulty::new(place.open(), after, Mode::Hang);
        let ledger = given::open(&store).await.ledger;
        let acknowledged = Arc::new(std::sync::Mutex::new(Vec::new()));
        let run = tokio::spawn({
            let acknowledged = Arc::clone(&acknowledged);
            async move {
                for record in script() {
                    ledger.record(record.clone()).await.unwrap();
                    acknowledged.lock().unwrap().push(record);
                }
                ledger.close().await
            }
        });
        store.reached().await;
        run.abort();
        assert!(run.await.unwrap_err().is_cancelled());

        // The next run gets the lock, and finds what the last one was told.
        let acknowledged = acknowledged.lock().unwrap().clone();
        let healthy = place.open();
        let opened = given::open(&*healthy).await;
        assert_eq!(opened.document, folded(empty(), &acknowledged), "after {after} effects");
        for record in &script()[acknowledged.len()..] {
            opened.ledger.record(record.clone()).await.unwrap();
        }
        opened.ledger.close().await.unwrap();
        assert_eq!(document(&*healthy).await, folded(empty(), &script()), "after {after} effects");
    }
}

pub async fn a_failure_of_any_effect_stops_intents_and_keeps_what_is_known(fresh: Fresh<'_>) {
    let effects = effects_of_the_script(fresh).await;
    for (after, mode) in (0..effects).flat_map(|after| [(after, Mode::Fail), (after, Mode::Lose)]) {
        let place = fresh();
        let store = Faulty::new(place.open(), after, mode);
        let ledger = given::open(&store).await.ledger;
        // What a run does: a call whose intent is not durable is not made, so it has no result.
        let (mut known, mut durable, mut announced) = (empty(), empty(), true);
        for record in script() {
            let intent = record.is_intent();
            if !intent && !announced {
                continue;
            }
            match ledger.record(record.clone()).await {
                Ok(()) => {
                    announced = true;
                    durable.fold(&record).unwrap();
                    known.fold(&record).unwrap();
                }
                Err(LedgerError::Broken(_)) if intent => announced = false,
                Err(LedgerError::Broken(_)) => known.fold(&record).unwrap(),
                Err(error) => panic!("{error:?}"),
            }
        }
        let (kept, is_there, source) = match ledger.close().await {
            Err(CloseError::Unwritten { document, durable, source }) => (*document, durable, source),
            other => panic!("{other:?}"),
        };
        assert!(matches!(source, StoreError::Io { .. }));
        assert_eq!((&kept.instances, &kept.pending), (&known.instances, &known.pending), "{after} {mode:?}");
        assert!(kept.serial >= known.serial);
        let there = read(&*place.open()).await.unwrap().map_or_else(empty, |read| read.document);
        if mode == Mode::Fail {
            assert_eq!(there, durable, "{after}");
        }
        assert!(there.serial >= durable.serial, "{after} {mode:?}");
        assert!(!is_there || there == kept, "{after} {mode:?}: called kept, and is not there");
    }
}

pub async fn a_ledger_that_was_dropped_is_taken_up_by_the_next(fresh: Fresh<'_>) {
    let place = fresh();
    let store = place.open();
    let opened = given::open(&*store).await;
    let recorder = opened.ledger.recorder();
    recorder.record_all(vec![intent("a", Call::Create), bound("a", "ID1")]).await.unwrap();
    let refused = Ledger::open(&*place.open(), lock_info("other"), LockWait::none(), expect()).await;
    assert!(matches!(refused, Err(OpenError::Locked { info: Some(info), .. }) if info.id == "test"));
    drop(opened.ledger);
    let next = given::open(&*place.open()).await;
    assert_eq!(next.document, folded(empty(), &[intent("a", Call::Create), bound("a", "ID1")]));
    assert!(matches!(recorder.record(described("a", "1")).await, Err(LedgerError::Closed)));
    next.ledger.record(described("a", "2")).await.unwrap();
    let closed = next.ledger.close().await.unwrap();
    assert_eq!(document(&*store).await, closed.document);
    assert_eq!(closed.document.serial, 3);
}
