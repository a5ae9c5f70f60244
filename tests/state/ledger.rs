//! The ledger: grouping, refusals, waiting for the lock, and what it does when nothing can be written.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, oneshot};
use wawpform::state::{
    Batch, Call, CloseError, Document, Ledger, LedgerError, LockInfo, LockWait, OpenError, Pen, Reader,
    Record, Snapshot, Store, StoreError, read,
};

use crate::contract::Place as _;
use crate::contract::faulty::{Faulty, Mode};
use crate::contract::given::{LONG, bound, described, empty, expect, folded, intent, lock_info, name, open};
use crate::contract::local::LocalPlace;

/// A store whose appends each wait for a permit, and tell when they begin to.
struct Gated {
    inner: Arc<dyn Store>,
    gate: Arc<Gate>,
}

struct Gate {
    begun: Semaphore,
    permits: Semaphore,
}

struct GatedPen {
    inner: Box<dyn Pen>,
    gate: Arc<Gate>,
}

impl Gated {
    fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, gate: Arc::new(Gate { begun: Semaphore::new(0), permits: Semaphore::new(0) }) }
    }
}

#[async_trait]
impl Reader for Gated {
    fn place(&self) -> String {
        self.inner.place()
    }
    async fn read(&self) -> Result<Snapshot, StoreError> {
        self.inner.read().await
    }
}

#[async_trait]
impl Store for Gated {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        Ok(Box::new(GatedPen { inner: self.inner.lock(info).await?, gate: Arc::clone(&self.gate) }))
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        self.inner.break_lock(id).await
    }
}

#[async_trait]
impl Pen for GatedPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        self.inner.read().await
    }
    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        self.gate.begun.add_permits(1);
        self.gate.permits.acquire().await.unwrap().forget();
        self.inner.append(batch).await
    }
    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        self.inner.checkpoint(document).await
    }
    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.release().await
    }
}

#[tokio::test]
async fn records_that_arrive_during_a_sync_share_the_next_one() {
    let place = LocalPlace::fresh();
    let store = Gated::new(place.open());
    let ledger = open(&store).await.ledger;
    let record = |number: usize| {
        let recorder = ledger.recorder();
        tokio::spawn(async move { recorder.record(intent(&format!("n{number}"), Call::Create)).await })
    };
    let mut waiting = vec![record(0)];
    store.gate.begun.acquire().await.unwrap().forget();
    waiting.extend((1..100).map(record));
    // On this one thread, every task that was just spawned sends before this one goes on.
    tokio::task::yield_now().await;
    store.gate.permits.add_permits(2);
    for done in waiting {
        done.await.unwrap().unwrap();
    }
    let closed = ledger.close().await.unwrap();
    assert_eq!((closed.records, closed.batches), (100, 2));
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, closed.document);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_from_many_tasks_are_all_there() {
    let place = LocalPlace::fresh();
    let ledger = open(&place.store()).await.ledger;
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let recorder = ledger.recorder();
            tokio::spawn(async move {
                for number in 0..8 {
                    let text = format!("n{task}-{number}");
                    recorder.record(intent(&text, Call::Create)).await.unwrap();
                    recorder.record(bound(&text, &text)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let closed = ledger.close().await.unwrap();
    assert_eq!((closed.records, closed.document.serial, closed.document.instances.len()), (512, 512, 256));
    assert!(closed.document.pending.is_empty());
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, closed.document);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_written() {
    let place = LocalPlace::fresh();
    let store = Faulty::counting(place.open());
    let ledger = open(&store).await.ledger;
    let refused = ledger.record(described("a", "1")).await;
    assert!(matches!(refused, Err(LedgerError::Inconsistent(_))));
    assert_eq!((store.effects(), place.document().exists()), (0, false));

    ledger.record(bound("a", "ID1")).await.unwrap();
    let effects = store.effects();
    // All of them or none: the first two would fit.
    let group = vec![bound("b", "ID2"), described("a", "2"), bound("c", "ID2")];
    assert!(matches!(ledger.record_all(group).await, Err(LedgerError::Inconsistent(_))));
    assert_eq!(ledger.document().await.unwrap(), folded(empty(), &[bound("a", "ID1")]));
    assert_eq!(store.effects(), effects);
    ledger.record(bound("c", "ID2")).await.unwrap();
    let closed = ledger.close().await.unwrap();
    assert_eq!(closed.document, folded(empty(), &[bound("a", "ID1"), bound("c", "ID2")]));
    assert_eq!((closed.batches, closed.records), (2, 2));
}

#[tokio::test]
async fn a_ledger_that_nothing_was_recorded_in_writes_nothing() {
    let place = LocalPlace::fresh();
    let store = Faulty::counting(place.open());
    let ledger = open(&store).await.ledger;
    ledger.record_all(vec![]).await.unwrap();
    let closed = ledger.close().await.unwrap();
    assert_eq!((closed.document, closed.batches, closed.records), (empty(), 0, 0));
    assert_eq!((store.effects(), place.document().exists()), (0, false));
}

#[tokio::test]
async fn a_journal_that_was_taken_up_is_written_whole_at_the_end() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let ledger = open(&place.store()).await.ledger;
    ledger.record(described("a", "1")).await.unwrap();
    drop(ledger);
    let opened = open(&place.store()).await;
    assert!(place.beside(".journal").exists());
    let closed = opened.ledger.close().await.unwrap();
    assert_eq!((closed.batches, closed.records), (0, 0));
    assert!(!place.beside(".journal").exists());
    let there = Document::decode(&std::fs::read(place.document()).unwrap()).unwrap();
    assert_eq!(there, folded(empty(), &[bound("a", "ID1"), described("a", "1")]));
}

#[tokio::test]
async fn a_broken_ledger_refuses_intents_at_once_and_remembers_results() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    // The two intents are on disk when the disk is full.
    let store = Faulty::new(place.open(), 2, Mode::Fail);
    let ledger = open(&store).await.ledger;
    ledger.record(intent("b", Call::Create)).await.unwrap();
    ledger.record(intent("c", Call::Create)).await.unwrap();
    let broken = |result| matches!(result, Err(LedgerError::Broken(_)));
    assert!(broken(ledger.record(bound("b", "ID2")).await));
    let effects = store.effects();
    assert!(broken(ledger.record(intent("d", Call::Create)).await));
    let unknown = Record::Unknown { name: name("c"), call: Call::Create, reason: "reset".to_owned() };
    assert!(broken(ledger.record(unknown).await));
    assert!(broken(ledger.record_all(vec![intent("a", Call::Delete), described("a", "1")]).await));
    assert_eq!(store.effects(), effects);
    let Err(CloseError::Unwritten { document, durable: false, source }) = ledger.close().await else {
        panic!()
    };
    assert!(matches!(source, StoreError::Io { .. }));
    assert_eq!(document.instances[&name("b")].instance_id.as_str(), "ID2");
    assert_eq!(document.instances[&name("a")].labels["value"], "1");
    assert_eq!(document.pending.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["c"]);
    assert_eq!(document.pending[&name("c")].reason.as_deref(), Some("reset"));
    // The fallback can be read, and is newer than what is there.
    let fallback = Document::decode(&document.encode()).unwrap();
    let there = read(&place.store()).await.unwrap().unwrap().document;
    assert!(fallback.serial > there.serial && fallback.lineage == there.lineage);
}

#[tokio::test]
async fn an_intent_that_was_not_acknowledged_is_not_pending_in_the_fallback() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    for mode in [Mode::Fail, Mode::Lose] {
        let store = Faulty::new(place.open(), 0, mode);
        let ledger = open(&store).await.ledger;
        let group = vec![intent("b", Call::Create), intent("a", Call::Delete)];
        assert!(matches!(ledger.record_all(group).await, Err(LedgerError::Broken(_))));
        let Err(CloseError::Unwritten { document, .. }) = ledger.close().await else { panic!() };
        assert_eq!((document.pending.len(), document.instances.len()), (0, 1));
    }
}

#[tokio::test]
async fn who_records_after_the_end_is_told() {
    let place = LocalPlace::fresh();
    let ledger = open(&place.store()).await.ledger;
    let recorder = ledger.recorder();
    recorder.record(bound("a", "ID1")).await.unwrap();
    ledger.close().await.unwrap();
    assert!(matches!(recorder.record(described("a", "1")).await, Err(LedgerError::Closed)));
    assert!(matches!(recorder.document().await, Err(LedgerError::Closed)));
}

#[tokio::test]
async fn who_waits_is_told_once_for_whom_and_gets_the_lock_when_it_is_free() {
    let place = LocalPlace::fresh();
    let pen = place.store().lock(&lock_info("holder")).await.unwrap();
    let (told, holder) = oneshot::channel();
    let wait = LockWait::up_to(LONG).on_wait(|info| told.send(info.cloned()).unwrap());
    let store = place.store();
    let waiter = tokio::spawn(async move { Ledger::open(&store, lock_info("waiter"), wait, expect()).await });
    // Only once the wait was announced is the lock let go.
    assert_eq!(holder.await.unwrap(), Some(lock_info("holder")));
    pen.release().await.unwrap();
    let ledger = waiter.await.unwrap().unwrap().ledger;
    ledger.record(bound("a", "ID1")).await.unwrap();
    ledger.close().await.unwrap();
}

#[tokio::test]
async fn who_waited_long_enough_is_told_who_holds_the_lock() {
    let place = LocalPlace::fresh();
    let _pen = place.store().lock(&lock_info("holder")).await.unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(120)] {
        let store = place.store();
        match Ledger::open(&store, lock_info("waiter"), LockWait::up_to(timeout), expect()).await {
            Err(OpenError::Locked { info, waited, .. }) => {
                assert_eq!(info.map(|info| info.id).as_deref(), Some("holder"));
                assert!(waited >= timeout);
            }
            other => panic!("{other:?}"),
        }
    }
}
