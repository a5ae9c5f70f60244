//! The lease: one holder at a time, renewed while it lives, taken over only after it lapsed, and then for good.

use wawpform::state::{Batch, Document, LockWait, Pen, Record, Store as _, StoreError, read};

use crate::contract::Place as _;
use crate::contract::given::{LONG, bound, described, empty, expect, folded, lock_info};
use crate::line::{Fate, Line};
use crate::place::{FleetPlace, Fleets, server, store};

const ROUNDS: usize = 100;

async fn append(pen: &mut dyn Pen, number: u64, record: Record, base: &Document) -> Result<(), StoreError> {
    let after = folded(base.clone(), std::slice::from_ref(&record));
    pen.append(&Batch { number, records: &[record], base, after: &after }).await
}

/// Takes the lock as soon as nobody has it.
async fn take(place: &FleetPlace, id: &str) -> Box<dyn Pen> {
    let begun = std::time::Instant::now();
    loop {
        match place.store().lock(&lock_info(id)).await {
            Ok(pen) => return pen,
            Err(StoreError::Locked(_)) => assert!(begun.elapsed() < LONG),
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn is_disturbed(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Disturbed { what: "taken over", .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_taken_over_only_after_it_lapsed_and_its_old_holder_writes_nothing_more() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let line = Line::to(server().unwrap().port);
    let mut old = store(&format!("{}&lease=1", place.over(line.port))).lock(&lock_info("old")).await.unwrap();
    let base = folded(empty(), &[bound("a", "ID1")]);
    old.checkpoint(&base).await.unwrap();
    append(&mut *old, 1, described("a", "1"), &base).await.unwrap();
    // The next one is on its way when the line is cut, and comes through much later.
    let cut = line.clone();
    line.rule(move |statement| {
        if !statement.contains("INSERT INTO wawpform.journal") {
            return Fate::Pass;
        }
        cut.refuse_from_now_on();
        Fate::Delay
    });
    let begun = append(&mut *old, 2, described("a", "2"), &base).await;
    assert!(matches!(begun, Err(StoreError::Io { .. })), "{begun:?}");

    let expires = place.sql("SELECT expires FROM wawpform.fleet WHERE fleet = $fleet");
    let mut new = take(&place, "new").await;
    assert_eq!(place.sql(&format!("SELECT clock_timestamp() >= '{expires}'::timestamptz")), "t");
    line.deliver();
    line.rule(|_| Fate::Pass);
    line.set_down(false);
    let there = folded(base.clone(), &[described("a", "1")]);
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, there);

    let written = old.checkpoint(&folded(there.clone(), &[described("a", "3")])).await;
    assert!(is_disturbed(&written), "{written:?}");
    let appended = append(&mut *old, 2, described("a", "4"), &base).await;
    assert!(appended.is_err(), "{appended:?}");
    assert_eq!(read(&place.store()).await.unwrap().unwrap().document, there);
    append(&mut *new, 2, described("a", "5"), &base).await.unwrap();
    // What its end does to the lock of the other: nothing.
    old.release().await.unwrap();
    assert!(matches!(place.store().lock(&lock_info("third")).await, Err(StoreError::Locked(_))));
    new.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_of_a_superseded_pen_says_that_it_was_taken_over() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let mut old = place.store().lock(&lock_info("old")).await.unwrap();
    let base = folded(empty(), &[bound("a", "ID1")]);
    old.checkpoint(&base).await.unwrap();
    place.sql("UPDATE wawpform.fleet SET expires = clock_timestamp() WHERE fleet = $fleet");
    let new = take(&place, "new").await;
    let appended = append(&mut *old, 1, described("a", "1"), &base).await;
    assert!(is_disturbed(&appended), "{appended:?}");
    new.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_renewed_as_long_as_its_holder_lives() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let mut pen = store(&format!("{}&lease=1", place.url)).lock(&lock_info("holder")).await.unwrap();
    let expires = || place.sql("SELECT expires FROM wawpform.fleet WHERE fleet = $fleet");
    let first = expires();
    let passed = || place.sql(&format!("SELECT clock_timestamp() > '{first}'::timestamptz + interval '1s'"));
    while passed() != "t" {
        assert!(matches!(place.store().lock(&lock_info("other")).await, Err(StoreError::Locked(Some(_)))));
    }
    assert_ne!(expires(), first);
    pen.checkpoint(&empty()).await.unwrap();
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_want_it_at_once_exactly_one_gets_it() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let (left, right) = (place.open(), place.open());
    let mut fences = Vec::new();
    for round in 0..ROUNDS {
        let tasks = [&left, &right].map(|store| {
            let store = std::sync::Arc::clone(store);
            tokio::spawn(async move { store.lock(&lock_info("racer")).await })
        });
        let mut won = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(pen) => won.push(pen),
                // One that had let go of it by then leaves nobody to name.
                Err(StoreError::Locked(_)) => {}
                Err(error) => panic!("{round}: {error:?}"),
            }
        }
        assert_eq!(won.len(), 1, "{round}");
        let pen = won.pop().unwrap();
        if round % 4 == 0 {
            // This one is never heard of again.
            std::mem::forget(pen);
            place.sql("UPDATE wawpform.fleet SET expires = clock_timestamp() WHERE fleet = $fleet");
        } else {
            pen.release().await.unwrap();
        }
        if round % 10 == 0 {
            fences.push(
                place.sql("SELECT fence FROM wawpform.fleet WHERE fleet = $fleet").parse::<usize>().unwrap(),
            );
        }
    }
    let each: Vec<usize> = (0..ROUNDS).step_by(10).map(|round| round + 1).collect();
    assert_eq!(fences, each, "one number a round");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_waits_for_a_lease_to_lapse() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let pen = store(&format!("{}&lease=1", place.url)).lock(&lock_info("dead")).await.unwrap();
    std::mem::forget(pen);
    place.sql("UPDATE wawpform.fleet SET token = gen_random_uuid() WHERE fleet = $fleet");
    let opened =
        wawpform::state::Ledger::open(&place.store(), lock_info("next"), LockWait::up_to(LONG), expect())
            .await;
    opened.unwrap().ledger.close().await.unwrap();
}
