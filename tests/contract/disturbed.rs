//! What every store promises when someone else has a hand in its place while the lock is held.

use wawpform::state::{Batch, Document, Pen, Record, StoreError};

use super::given::{bound, described, empty, folded};
use super::{Fresh, append, document, lock};

fn is_disturbed(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Disturbed { .. }))
}

async fn try_append(
    pen: &mut dyn Pen,
    number: u64,
    record: Record,
    base: &Document,
) -> Result<(), StoreError> {
    let after = folded(base.clone(), std::slice::from_ref(&record));
    pen.append(&Batch { number, records: &[record], base, after: &after }).await
}

pub async fn a_pen_whose_lock_was_taken_away_writes_nothing_more(fresh: Fresh<'_>) {
    let base = folded(empty(), &[bound("a", "ID1")]);
    // Before its first batch, and between two.
    for batches in [0, 1] {
        let place = fresh();
        let (store, other) = (place.open(), place.open());
        let mut pen = lock(&*store, "first").await;
        pen.checkpoint(&base).await.unwrap();
        let mut there = base.clone();
        for number in 1..=batches {
            there = folded(there, &[described("a", "1")]);
            append(&mut *pen, number, &[described("a", "1")], &base, &there).await;
        }
        place.take_lock_away();
        let second = lock(&*other, "second").await;
        let appended = try_append(&mut *pen, batches + 1, described("a", "2"), &base).await;
        assert!(is_disturbed(&appended), "{appended:?}");
        let written = pen.checkpoint(&folded(there.clone(), &[described("a", "3")])).await;
        assert!(is_disturbed(&written), "{written:?}");
        assert_eq!(document(&*other).await, there);
        // Its end does not end the lock of the other.
        drop(pen);
        assert!(matches!(store.lock(&super::given::lock_info("third")).await, Err(StoreError::Locked(_))));
        second.release().await.unwrap();
    }
}

pub async fn a_document_that_someone_else_put_there_is_not_replaced(fresh: Fresh<'_>) {
    let ours = folded(empty(), &[bound("a", "ID1")]);
    let theirs = folded(empty(), &[bound("b", "ID2"), described("b", "1")]);
    // Over one that was read, over one that was written, and where there was none.
    for case in ["read", "written", "none"] {
        let place = fresh();
        let store = place.open();
        if case == "read" {
            place.put_document(&ours.encode());
        }
        let mut pen = lock(&*store, "a").await;
        pen.read().await.unwrap();
        if case == "written" {
            pen.checkpoint(&ours).await.unwrap();
        }
        place.put_document(&theirs.encode());
        for _ in 0..2 {
            let written = pen.checkpoint(&folded(ours.clone(), &[described("a", "1")])).await;
            assert!(is_disturbed(&written), "{case}: {written:?}");
        }
        assert_eq!(document(&*store).await, theirs, "{case}");
        // Whoever has seen it may replace it.
        pen.read().await.unwrap();
        pen.checkpoint(&ours).await.unwrap();
        assert_eq!(document(&*store).await, ours, "{case}");
    }
}

pub async fn records_are_not_acknowledged_once_their_place_is_gone(fresh: Fresh<'_>) {
    let place = fresh();
    let store = place.open();
    let base = folded(empty(), &[bound("a", "ID1")]);
    let mut pen = lock(&*store, "a").await;
    pen.checkpoint(&base).await.unwrap();
    append(&mut *pen, 1, &[described("a", "1")], &base, &folded(base.clone(), &[described("a", "1")])).await;
    place.remove_records();
    let appended = try_append(&mut *pen, 2, described("a", "2"), &base).await;
    assert!(is_disturbed(&appended), "{appended:?}");
    // All of it can still be written whole.
    let known = folded(base, &[described("a", "1"), described("a", "2")]);
    pen.checkpoint(&known).await.unwrap();
    assert_eq!(document(&*store).await, known);
}
