//! Renames and releases: nothing is called, nothing is destroyed, and what is recorded goes along.

use wawpform::instance::Spec;
use wawpform::manifest::{Desired, Wanted};
use wawpform::state::{Call, Part, Record};

use super::given::{intent, name, open};
use super::scene::{Scene, fleet, names, runs};

fn protected() -> Wanted {
    Wanted { spec: Spec { protect: true, ..Spec::default() }, ..Wanted::default() }
}

fn previously(from: &str, wanted: Wanted) -> Wanted {
    Wanted { previously: Some(name(from)), ..wanted }
}

fn releasing(names: &[&str], desired: Desired) -> Desired {
    Desired { released: names.iter().map(|text| name(text)).collect(), ..desired }
}

#[tokio::test]
async fn a_rename_calls_nothing_and_keeps_protection_and_everything_else() {
    let scene = Scene::new().await;
    scene.given(&fleet([("old", protected())])).await;
    let before = scene.document().await.instances[&name("old")].clone();
    scene.apply(&fleet([("new", previously("old", protected()))])).await.all_done();
    assert_eq!(scene.calls(), [""; 0]);
    let after = scene.document().await;
    assert_eq!((names(&after), &after.instances[&name("new")]), (vec!["new"], &before));
    assert!(before.protect);
    assert_eq!(scene.live().len(), 1);
}

#[tokio::test]
async fn what_is_in_doubt_goes_along_with_a_rename_and_is_set_under_the_new_name() {
    let scene = Scene::new().await;
    scene.given(&fleet([("old", runs())])).await;
    let opened = open(&*scene.store()).await;
    opened.ledger.record(intent("old", Call::Stop)).await.unwrap();
    opened.ledger.record(Record::Renamed { from: name("old"), to: name("new") }).await.unwrap();
    let document = opened.ledger.close().await.unwrap().document;
    assert_eq!(document.instances[&name("new")].doubtful, [Part::Running].into());
    scene.apply(&fleet([("new", runs())])).await.all_done();
    assert_eq!(scene.calls(), ["info"]);
    assert!(scene.document().await.instances[&name("new")].doubtful.is_empty());
}

#[tokio::test]
async fn a_release_calls_nothing_and_lets_go_of_what_is_protected_or_half_deleted_too() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", protected()), ("b", runs()), ("c", runs())])).await;
    let opened = open(&*scene.store()).await;
    opened.ledger.record(intent("b", Call::Delete)).await.unwrap();
    opened.ledger.close().await.unwrap();
    let wish = releasing(&["a", "b", "never-there"], fleet([("d", previously("c", runs()))]));
    let done = scene.apply(&wish).await;
    let tally = done.all_done().outcome.tally();
    assert_eq!((tally.forgotten, tally.renamed, tally.destroyed), (2, 1, 0));
    assert_eq!(scene.calls(), [""; 0]);
    assert_eq!((names(&scene.document().await), done.pending()), (vec!["d"], vec![]));
    assert_eq!(scene.live().len(), 3);
    assert!(scene.plan(&wish).await.is_converged(), "the lines may stay");
}
