//! The lock with a lease: who gets it, when it lapses, and what a holder does that cannot renew it.

use std::time::{Duration, Instant};

use wawpform::state::{Batch, Document, LockInfo, Pen, StoreError};

use crate::contract::Place as _;
use crate::contract::given::{bound, described, empty, folded, lock_info};
use crate::place::{Bucket, InBucket};
use crate::servers;
use crate::servers::proxy::{Fate, Proxy};

/// A lock as a run left it that died: nobody renews it.
fn dead(place: &InBucket, lease: Duration) {
    let LockInfo { id, .. } = lock_info("dead");
    let mut said = serde_json::to_value(lock_info(&id)).unwrap();
    said["Lease"] = serde_json::json!(u64::try_from(lease.as_millis()).unwrap());
    said["Write"] = serde_json::json!(fastrand::u64(..));
    place.put(".lock", said.to_string().as_bytes());
}

fn is_held_by(result: &Result<Box<dyn Pen>, StoreError>, id: &str) -> bool {
    matches!(result, Err(StoreError::Locked(Some(info))) if info.id == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_a_dead_run_is_taken_when_its_lease_is_over_and_not_before() {
    let Some(fresh) = Bucket::moto() else { return };
    let lease = Duration::from_millis(1500);
    // By one who watches it, and by many who see it for the first time and go by the server's clock.
    for watches in [true, false] {
        let place = fresh();
        let begun = Instant::now();
        dead(&place, lease);
        let mut store = place.open();
        loop {
            if !watches {
                store = place.open();
            }
            let locked = store.lock(&lock_info("next")).await;
            match locked {
                Ok(pen) => {
                    assert!(begun.elapsed() >= lease, "taken after {:?}", begun.elapsed());
                    break pen.release().await.unwrap();
                }
                held => assert!(is_held_by(&held, "dead")),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_renewed_is_held_as_long_as_its_run_lives() {
    let Some(fresh) = Bucket::moto() else { return };
    let lease = Duration::from_secs(2);
    let place = fresh().with_lease(lease);
    let pen = place.open().lock(&lock_info("first")).await.unwrap();
    let (begun, other) = (Instant::now(), place.open());
    while begun.elapsed() < lease * 3 {
        assert!(is_held_by(&other.lock(&lock_info("second")).await, "first"), "{:?}", begun.elapsed());
        assert!(is_held_by(&place.open().lock(&lock_info("second")).await, "first"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pen.release().await.unwrap();
    other.lock(&lock_info("second")).await.unwrap().release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_reach_for_a_lock_at_once_exactly_one_gets_it() {
    // moto looks at the condition first and writes then: under load two get through.
    let Some(fresh) = Bucket::seaweed() else { return };
    // One that never was, one that was let go, and one that lapsed.
    for round in 0..30 {
        let place = fresh();
        match round % 3 {
            0 => {}
            1 => place.open().lock(&lock_info("before")).await.unwrap().release().await.unwrap(),
            _ => dead(&place, Duration::ZERO),
        }
        let reaching: Vec<_> = (0..4)
            .map(|which| {
                let store = place.open();
                tokio::spawn(async move { store.lock(&lock_info(&format!("{which}"))).await })
            })
            .collect();
        let mut pens = Vec::new();
        for one in reaching {
            match one.await.unwrap() {
                Ok(pen) => pens.push(pen),
                Err(StoreError::Locked(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(pens.len(), 1, "round {round}");
    }
}

async fn append(pen: &mut dyn Pen, base: &Document, number: u64) -> Result<(), StoreError> {
    let records = [described("a", &number.to_string())];
    let after = folded(base.clone(), &records);
    pen.append(&Batch { number, records: &records, base, after: &after }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_cannot_renew_stops_before_anyone_else_may_take_the_lock() {
    let Some(server) = servers::moto() else { return };
    let proxy = Proxy::to(server.port);
    let place = Bucket::s3(&server.url()).fresh().with_lease(Duration::from_secs(4));
    let (near, other) = (place.through(&proxy.url()), place.open());
    let base = folded(empty(), &[bound("a", "ID1")]);
    let mut pen = near.open().lock(&lock_info("first")).await.unwrap();
    pen.checkpoint(&base).await.unwrap();
    proxy.rule(
        |method, path| {
            if method == "PUT" && path.ends_with(".lock") { Fate::LoseRequest } else { Fate::Pass }
        },
    );
    let mut number = 1;
    let error = loop {
        match append(&mut *pen, &base, number).await {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
        // A watcher begins to count where it first sees the lock: as early as it can be.
        assert!(is_held_by(&other.lock(&lock_info("second")).await, "first"));
    };
    assert!(number > 1 && matches!(error, StoreError::Io { .. }), "{number} {error:?}");
    assert!(is_held_by(&other.lock(&lock_info("second")).await, "first"));
    // Nobody took it meanwhile, which the next renewal proves: it may go on.
    proxy.rule(|_, _| Fate::Pass);
    append(&mut *pen, &base, number + 1).await.unwrap();
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_lock_is_held_by_nobody_known_until_a_lease_is_over() {
    let Some(fresh) = Bucket::moto() else { return };
    let place = fresh().with_lease(Duration::from_secs(1));
    place.put(".lock", b"<html>");
    let (begun, store) = (Instant::now(), place.open());
    let pen = loop {
        match store.lock(&lock_info("a")).await {
            Ok(pen) => break pen,
            Err(StoreError::Locked(None)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error:?}"),
        }
    };
    assert!(begun.elapsed() >= place.lease);
    pen.release().await.unwrap();
    let text = String::from_utf8(place.get(".lock").unwrap()).unwrap();
    assert!(!text.contains("Who"), "{text}");
}
