//! Binding an existing instance by hand.

use std::sync::Arc;

use wawpform::apply::{Clock, ImportError, import};
use wawpform::instance::{InstanceId, Spec};
use wawpform::state::Document;
use wawpform::wawp::Observed;

use super::given::{at, name, open};
use super::scene::{Scene, fleet, labelled, names, runs};

async fn bind(
    scene: &Scene,
    key: &str,
    id: &InstanceId,
    spec: &Spec,
) -> (Result<Option<Observed>, ImportError>, Document) {
    let opened = open(&*scene.store()).await;
    let clock: Clock = Arc::new(at);
    let (client, recorder) = (scene.client(), opened.ledger.recorder());
    let bound = import((&name(key), id), spec, (&opened.document, None), (&client, &recorder, &clock)).await;
    (bound, opened.ledger.close().await.unwrap().document)
}

#[tokio::test]
async fn an_instance_is_bound_with_the_labels_of_its_block_and_the_run_state_that_info_says() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs())])).await;
    let other = scene.client().create().await.unwrap().instance_id;
    let spec = labelled(runs(), "sales").spec;
    let (bound, document) = bind(&scene, "b", &other, &spec).await;
    assert_eq!(bound.unwrap().unwrap().status.as_word(), "STOPPED");
    let recorded = &document.instances[&name("b")];
    assert_eq!((&recorded.instance_id, recorded.running), (&other, false));
    assert_eq!(recorded.labels["team"], "sales");
    // The same again has nothing to do.
    scene.sandbox.clear_log();
    let (again, unchanged) = bind(&scene, "b", &other, &spec).await;
    assert_eq!((again.unwrap(), unchanged), (None, document));
    assert_eq!(scene.calls(), [""; 0]);
}

#[tokio::test]
async fn a_taken_name_a_taken_id_and_an_id_that_info_does_not_know_are_refused() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs())])).await;
    let (a, spec) = (scene.id("a").await, Spec::default());
    let before = scene.document().await;
    let lost = InstanceId::new("000000000000").unwrap();
    for (key, id, says) in [
        ("a", &lost, "a already has the instance "),
        ("b", &a, "already belongs to a"),
        ("b", &lost, "info does not confirm the instance 000000000000"),
    ] {
        let (bound, document) = bind(&scene, key, id, &spec).await;
        let error = bound.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(document, before);
    }
    assert_eq!(names(&before), ["a"]);
}

#[tokio::test]
async fn to_bind_an_instance_again_settles_its_delete_and_makes_it_no_younger() {
    let scene = Scene::with("faults: [{on: delete, what: answer, status: 500}]").await;
    scene.given(&fleet([("a", runs())])).await;
    let done = scene.apply(&fleet([])).await;
    assert_eq!(done.pending(), [("a", wawpform::state::Call::Delete)]);
    let opened = open(&*scene.store()).await;
    let later: Clock = Arc::new(|| "2027-01-01T00:00:00Z".parse().unwrap());
    let (id, client, recorder) = (scene.id("a").await, scene.client(), opened.ledger.recorder());
    let hands = (&*client, &recorder, &later);
    import((&name("a"), &id), &Spec::default(), (&opened.document, None), hands).await.unwrap();
    let document = opened.ledger.close().await.unwrap().document;
    assert_eq!(document.instances[&name("a")].created_at, at());
    assert!(document.pending.is_empty());
}
