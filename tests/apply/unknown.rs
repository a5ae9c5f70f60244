//! A create of unknown outcome: it is kept, never repeated, and settled by a person.

use wawpform::apply::{Claimed, ImportError, import};
use wawpform::plan::Unsettled;
use wawpform::state::{Call, Record};

use super::given::{at, name, open};
use super::scene::{How, Scene, fleet, runs};

const LOST: &str = "faults: [{on: create, nth: 2, what: drop_after}]";

/// Three were to be created, and the answer for `b` was lost.
async fn b_is_unknown() -> Scene {
    let scene = Scene::with(LOST).await;
    let wish = fleet([("a", runs()), ("b", runs()), ("c", runs())]);
    let done = scene.apply(&wish).await;
    assert!(done.unknown("b").starts_with("the connection broke before an answer came"));
    let tally = done.outcome.tally();
    assert_eq!((tally.added, tally.unknown, &done.outcome.halt), (2, 1, &None));
    assert_eq!(done.pending(), [("b", Call::Create)]);
    assert_eq!(done.known().pending[&name("b")].reason.as_deref(), Some(done.unknown("b")));
    assert_eq!(scene.live().len(), 3, "all of them exist");
    scene.sandbox.clear_log();
    scene
}

/// The instance that no name has.
async fn orphan(scene: &Scene) -> wawpform::instance::InstanceId {
    let document = scene.document().await;
    let held = |id: &str| document.instances.values().any(|it| it.instance_id.as_str() == id);
    let live = scene.live();
    let orphans: Vec<&String> = live.keys().filter(|id| !held(id)).collect();
    assert_eq!(orphans.len(), 1);
    wawpform::instance::InstanceId::new(orphans[0]).unwrap()
}

#[tokio::test]
async fn it_is_pending_and_no_later_run_creates_it_again() {
    let scene = b_is_unknown().await;
    let wish = fleet([("a", runs()), ("b", runs()), ("c", runs())]);
    for _ in 0..2 {
        let plan = scene.plan(&wish).await;
        assert_eq!(plan.changes, []);
        let [Unsettled { name: unsettled, call: Call::Create, reason: Some(_), .. }] = &plan.unsettled[..]
        else {
            panic!("{:?}", plan.unsettled)
        };
        assert_eq!(unsettled.as_str(), "b");
        scene.apply(&wish).await.all_done();
    }
    assert_eq!(scene.calls(), [""; 0]);
    assert_eq!(scene.live().len(), 3);
}

#[tokio::test]
async fn an_import_settles_it() {
    let scene = b_is_unknown().await;
    let wish = fleet([("a", runs()), ("b", runs()), ("c", runs())]);
    let (id, store, client) = (orphan(&scene).await, scene.store(), scene.client());
    let opened = open(&*store).await;
    let recorder = opened.ledger.recorder();
    let clock: wawpform::apply::Clock = std::sync::Arc::new(at);
    let bind = |key: &str| {
        let (key, wanted) = (name(key), wish.instances[&name(key)].clone());
        let (id, viewer, document) = (&id, client.viewer(), &opened.document);
        let (desired, recorder, clock) = (&wish, &recorder, &clock);
        async move {
            let hands = (&viewer, recorder, clock);
            import((&key, id, &wanted.spec), (desired, document), None, hands).await
        }
    };
    assert!(matches!(bind("a").await, Err(ImportError::Claimed(Claimed::NameTaken { .. }))));
    assert!(bind("b").await.unwrap().is_some());
    opened.ledger.close().await.unwrap();
    assert_eq!(scene.id("b").await, id);
    // What is left is its start.
    scene.sandbox.clear_log();
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.calls(), ["info", "start"]);
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn to_forget_it_settles_it_and_the_next_run_creates_it() {
    let scene = b_is_unknown().await;
    let wish = fleet([("a", runs()), ("b", runs()), ("c", runs())]);
    let opened = open(&*scene.store()).await;
    opened.ledger.record(Record::Forgotten { name: name("b") }).await.unwrap();
    opened.ledger.close().await.unwrap();
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start"]);
    assert!(scene.plan(&wish).await.is_converged());
    assert_eq!(scene.live().len(), 4);
}

#[tokio::test]
async fn whatever_hides_the_answer_it_is_one_request_and_the_others_go_on() {
    for what in
        ["drop_before", "garble", "truncate", "answer, status: 500", "answer_after, status: 200, shape: html"]
    {
        let scene = Scene::with(&format!("faults: [{{on: create, nth: 1, what: {what}}}]")).await;
        let keys = ["a", "b", "c", "d"];
        let wish = fleet(keys.map(|key| (key, runs())));
        let done = scene.apply_as(&wish, How { concurrency: 2.into(), ..How::default() }).await;
        let tally = done.outcome.tally();
        assert_eq!((tally.added, tally.unknown, tally.failed), (3, 1, 0), "{what}");
        assert_eq!(done.pending().len(), 1, "{what}");
        let creates = scene.calls().iter().filter(|call| *call == "create").count();
        assert_eq!(creates, 4, "{what}");
    }
}
