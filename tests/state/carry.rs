//! A document carried as a whole: what a push refuses, and a move that is cut off at every write.

use std::sync::Arc;

use wawpform::state::{
    Barred, CarryError, Damage, Document, Lineage, LockInfo, LockWait, Migrated, OpenError, Pushed,
    ReadError, Store, migrate, push, read,
};

use crate::contract::Place;
use crate::contract::faulty::{Faulty, Mode};
use crate::contract::given::{LONG, bound, described, empty, folded, lock_info, open};
use crate::contract::http::HttpPlace;
use crate::contract::local::LocalPlace;

fn pushed() -> Document {
    folded(empty(), &[bound("a", "ID1"), described("a", "1")])
}

async fn try_push(place: &dyn Place, document: &Document, force: bool) -> Result<Pushed, CarryError> {
    push(&*place.open(), &lock_info("p"), LockWait::up_to(LONG), document.clone(), force).await
}

async fn there(place: &dyn Place) -> Document {
    read(&*place.open()).await.unwrap().unwrap().document
}

fn places() -> [Box<dyn Place>; 2] {
    [Box::new(LocalPlace::fresh()), Box::new(HttpPlace::fresh())]
}

#[tokio::test]
async fn only_a_later_document_of_the_same_history_is_pushed_unless_by_force() {
    for place in places() {
        let document = pushed();
        assert_eq!(try_push(&*place, &document, false).await.unwrap(), Pushed::Written(2));
        assert_eq!(try_push(&*place, &document, false).await.unwrap(), Pushed::AlreadyThere);
        let older = folded(empty(), &[bound("a", "ID1")]);
        let same = folded(empty(), &[bound("a", "ID1"), described("a", "2")]);
        let other = Document { lineage: Lineage("ffff".into()), serial: 9, ..document.clone() };
        let refused = try_push(&*place, &older, false).await;
        assert!(matches!(refused, Err(CarryError::Newer { there: 2, pushed: 1, .. })), "{refused:?}");
        let refused = try_push(&*place, &same, false).await;
        assert!(matches!(refused, Err(CarryError::SameSerial { serial: 2, .. })), "{refused:?}");
        let refused = try_push(&*place, &other, false).await;
        assert!(matches!(refused, Err(CarryError::OtherLineage { .. })), "{refused:?}");
        assert_eq!(there(&*place).await, document);
        let later = folded(document, &[described("a", "3")]);
        assert_eq!(try_push(&*place, &later, false).await.unwrap(), Pushed::Written(3));
        assert_eq!(try_push(&*place, &older, true).await.unwrap(), Pushed::Written(4));
        assert_eq!(there(&*place).await, Document { serial: 4, ..older });
        assert_eq!(try_push(&*place, &other, true).await.unwrap(), Pushed::Written(9));
        place.put_document(b"{\"serial\": 3}");
        let refused = try_push(&*place, &later, false).await;
        assert!(matches!(refused, Err(CarryError::Open(OpenError::Damaged { .. }))), "{refused:?}");
        assert_eq!(try_push(&*place, &later, true).await.unwrap(), Pushed::Written(4));
        let moved = Document { barred: Some(Barred::MovedTo("elsewhere".into())), ..later.clone() };
        place.put_document(&moved.encode());
        let refused = try_push(&*place, &Document { serial: 99, ..later }, true).await;
        let is_barred = |error: &CarryError| {
            matches!(error, CarryError::Open(OpenError::Damaged { source: Damage::Barred(_), .. }))
        };
        assert!(refused.as_ref().is_err_and(is_barred), "{refused:?}");
    }
}

#[tokio::test]
async fn what_a_run_left_in_its_journal_is_part_of_what_a_push_compares_with() {
    let place = LocalPlace::with(&[bound("a", "ID1")]).await;
    let opened = open(&place.store()).await;
    opened.ledger.record(described("a", "9")).await.unwrap();
    opened.ledger.record(described("a", "10")).await.unwrap();
    drop(opened.ledger);
    let refused = try_push(&place, &pushed(), false).await;
    assert!(matches!(refused, Err(CarryError::Newer { there: 3, pushed: 2, .. })), "{refused:?}");
}

async fn try_migrate(source: &dyn Store, target: &dyn Store) -> Result<Migrated, CarryError> {
    let asking = |path| LockInfo { path, ..lock_info("m") };
    migrate(source, target, asking, || LockWait::up_to(LONG)).await
}

/// Whether work could go on in a place.
async fn may_be_written(place: &dyn Place) -> bool {
    match read(&*place.open()).await {
        Ok(found) => found.is_some(),
        Err(ReadError::Damaged { source: Damage::Barred(_), .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// One made to fail after so many effects, whatever its neighbour does.
fn failing(place: &dyn Place, after: Option<usize>, mode: Mode) -> Arc<dyn Store> {
    match after {
        Some(after) => Arc::new(Faulty::new(place.open(), after, mode)),
        None => place.open(),
    }
}

#[tokio::test]
async fn a_move_that_is_cut_off_at_any_write_leaves_one_place_at_most_and_is_taken_up_by_the_next() {
    let cuts = [(Some(0), None), (None, Some(0)), (None, Some(1))];
    for ((source_after, target_after), mode) in
        cuts.into_iter().flat_map(|cut| [(cut, Mode::Fail), (cut, Mode::Lose)])
    {
        let (source, target) = (LocalPlace::fresh(), HttpPlace::fresh());
        try_push(&source, &pushed(), false).await.unwrap();
        let what = format!("{source_after:?} {target_after:?} {mode:?}");
        let (from, to) = (failing(&source, source_after, mode), failing(&target, target_after, mode));
        try_migrate(&*from, &*to).await.unwrap_err();
        let writable = (may_be_written(&source).await, may_be_written(&target).await);
        assert_ne!(writable, (true, true), "{what}");
        // Work that goes on in the old place, where it may, is not lost either.
        let mut expected = pushed();
        if writable.0 {
            expected.fold(&described("a", "later")).unwrap();
            try_push(&source, &expected, false).await.unwrap();
        }
        let migrated = try_migrate(&*source.open(), &*target.open()).await.unwrap();
        let arrived = there(&target).await;
        assert_eq!((&arrived, may_be_written(&source).await), (&migrated.document, false), "{what}");
        assert_eq!(Document { serial: expected.serial, ..arrived.clone() }, expected, "{what}");
        // Once more, and after more work there.
        let again = try_migrate(&*source.open(), &*target.open()).await.unwrap();
        assert_eq!(again, Migrated { document: arrived, was_done: true }, "{what}");
    }
}

#[tokio::test]
async fn a_state_moves_back_and_never_over_another_one() {
    let (home, away) = (LocalPlace::fresh(), HttpPlace::fresh());
    let nothing = try_migrate(&*home.open(), &*away.open()).await;
    assert!(matches!(nothing, Err(CarryError::Nothing { .. })), "{nothing:?}");
    try_push(&home, &pushed(), false).await.unwrap();
    let same = try_migrate(&*home.open(), &*home.open()).await;
    assert!(matches!(same, Err(CarryError::SamePlace { .. })), "{same:?}");
    try_push(&away, &pushed(), false).await.unwrap();
    let occupied = try_migrate(&*home.open(), &*away.open()).await;
    assert!(matches!(occupied, Err(CarryError::Occupied { .. })), "{occupied:?}");
    away.remove_records();
    try_migrate(&*home.open(), &*away.open()).await.unwrap();
    assert!(!may_be_written(&home).await);
    try_migrate(&*away.open(), &*home.open()).await.unwrap();
    assert_eq!((may_be_written(&home).await, may_be_written(&away).await), (true, false));
    // A third place is no party to that.
    let third = LocalPlace::fresh();
    let refused = try_migrate(&*away.open(), &*third.open()).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(there(&home).await.instances, pushed().instances);
}
