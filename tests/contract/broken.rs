//! What every store promises of its lock when somebody asks for it or breaks it, and of a document that is barred.

use wawpform::state::{Barred, Damage, Document, Holder, ReadError, StoreError, read};

use super::given::{bound, described, empty, folded, lock_info};
use super::{Fresh, append, document, lock};

pub async fn whoever_asks_learns_who_holds_the_lock_and_does_not_keep_it(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    assert_eq!(other.holder(&lock_info("asks")).await.unwrap(), None);
    let pen = lock(&*store, "first").await;
    for _ in 0..2 {
        let holder = other.holder(&lock_info("asks")).await.unwrap();
        assert_eq!(holder, Some(Holder(Some(Box::new(lock_info("first"))))));
    }
    pen.release().await.unwrap();
    assert_eq!(other.holder(&lock_info("asks")).await.unwrap(), None);
    lock(&*store, "second").await.release().await.unwrap();
}

pub async fn a_lock_is_broken_by_its_id_and_its_pen_writes_nothing_more(fresh: Fresh<'_>) {
    let place = fresh();
    let (store, other) = (place.open(), place.open());
    other.break_lock("nobody").await.unwrap();
    let base = folded(empty(), &[bound("a", "ID1")]);
    let mut pen = lock(&*store, "first").await;
    pen.checkpoint(&base).await.unwrap();
    match other.break_lock("another").await {
        Err(StoreError::Locked(Some(info))) => assert_eq!(*info, lock_info("first")),
        result => panic!("{result:?}"),
    }
    // It is held as before.
    let there = folded(base.clone(), &[described("a", "1")]);
    append(&mut *pen, 1, &[described("a", "1")], &base, &there).await;
    other.break_lock("first").await.unwrap();
    let second = lock(&*other, "second").await;
    let written = pen.checkpoint(&folded(there.clone(), &[described("a", "2")])).await;
    assert!(matches!(written, Err(StoreError::Disturbed { .. })), "{written:?}");
    assert_eq!(document(&*other).await, there);
    second.release().await.unwrap();
}

pub async fn a_barred_document_is_kept_and_refused_until_it_is_written_anew(fresh: Fresh<'_>) {
    for barred in [Barred::MovedTo("https://état.example/x".into()), Barred::MovingFrom("state/a\nb".into())]
    {
        let place = fresh();
        let store = place.open();
        let whole = folded(empty(), &[bound("a", "ID1")]);
        let mut pen = lock(&*store, "a").await;
        pen.checkpoint(&whole).await.unwrap();
        let left = Document { serial: whole.serial + 1, barred: Some(barred.clone()), ..whole.clone() };
        pen.checkpoint(&left).await.unwrap();
        let there = pen.read().await.unwrap().document.unwrap();
        assert_eq!(Document::decode_barred(&there).unwrap(), left);
        match read(&*place.open()).await {
            Err(ReadError::Damaged { source: Damage::Barred(it), .. }) => {
                assert_eq!(it, barred);
            }
            other => panic!("{other:?}"),
        }
        let anew = Document { serial: left.serial + 1, barred: None, ..left };
        pen.checkpoint(&anew).await.unwrap();
        assert_eq!(document(&*place.open()).await, anew);
        pen.release().await.unwrap();
    }
}
