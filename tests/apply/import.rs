//! Binding an existing instance by hand.

use std::sync::Arc;

use wawpform::apply::{Claim, Claimed, Claims, Clock, ImportError, import};
use wawpform::instance::{InstanceId, Spec};
use wawpform::manifest::Wanted;
use wawpform::state::{Call, Document};
use wawpform::wawp::Observed;

use super::given::{at, bound, empty, intent, name, open};
use super::scene::{Scene, fleet, labelled, names, runs};

async fn bind(
    scene: &Scene,
    key: &str,
    id: &InstanceId,
    spec: &Spec,
) -> (Result<Option<Observed>, ImportError>, Document) {
    let opened = open(&*scene.store()).await;
    let clock: Clock = Arc::new(at);
    let (viewer, recorder) = (scene.client().viewer(), opened.ledger.recorder());
    let (what, hands) = ((&name(key), id, spec), (&viewer, &recorder, &clock));
    let bound = import(what, (&fleet([]), &opened.document), None, hands).await;
    (bound, opened.ledger.close().await.unwrap().document)
}

#[tokio::test]
async fn an_instance_is_bound_with_the_labels_of_its_block_and_the_run_state_that_info_says() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs())])).await;
    let other = scene.client().create().await.unwrap().instance_id;
    let spec = labelled(runs(), "sales").spec;
    let (found, document) = bind(&scene, "b", &other, &spec).await;
    assert_eq!(found.unwrap().unwrap().status.as_word(), "STOPPED");
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
    assert_eq!(done.pending(), [("a", Call::Delete)]);
    let opened = open(&*scene.store()).await;
    let later: Clock = Arc::new(|| "2027-01-01T00:00:00Z".parse().unwrap());
    let (id, viewer) = (scene.id("a").await, scene.client().viewer());
    let recorder = opened.ledger.recorder();
    let (what, hands) = ((&name("a"), &id, &Spec::default()), (&viewer, &recorder, &later));
    import(what, (&fleet([]), &opened.document), None, hands).await.unwrap();
    let document = opened.ledger.close().await.unwrap().document;
    assert_eq!(document.instances[&name("a")].created_at, at());
    assert!(document.pending.is_empty());
}

#[test]
fn what_the_manifest_says_of_a_name_or_an_instance_counts_before_anything_is_called() {
    let id = |text: &str| InstanceId::new(text).unwrap();
    let mut desired = fleet([
        ("adopts", Wanted { adopt: Some(id("IDA")), ..runs() }),
        ("new", Wanted { previously: Some(name("old")), ..runs() }),
        ("free", runs()),
    ]);
    desired.released.insert(name("gone"));
    let mut document = empty();
    for record in [bound("old", "ID1"), bound("cut", "ID2"), intent("cut", Call::Delete)] {
        document.fold(&record).unwrap();
    }
    let claims = Claims::new(&desired, &document);
    let check = |key: &str, text: &str| claims.check(&name(key), &id(text));
    assert_eq!(check("free", "ID9"), Ok(Claim::Free));
    assert_eq!(check("elsewhere", "ID9"), Ok(Claim::Free));
    assert_eq!(check("adopts", "ida"), Ok(Claim::Free), "the case of an id says nothing");
    assert_eq!(check("old", "ID1"), Ok(Claim::Already));
    assert_eq!(check("cut", "ID2"), Ok(Claim::Free), "this settles the delete");
    let holder = name("old");
    assert_eq!(check("free", "id1"), Err(Claimed::IdTaken { id: id("id1"), holder }));
    assert_eq!(check("old", "ID9"), Err(Claimed::NameTaken { name: name("old"), holds: id("ID1") }));
    assert_eq!(check("free", "IDA"), Err(Claimed::AdoptedByOther { id: id("IDA"), by: name("adopts") }));
    assert_eq!(check("adopts", "ID9"), Err(Claimed::AdoptsOther { name: name("adopts"), adopts: id("IDA") }));
    assert_eq!(check("new", "ID9"), Err(Claimed::Renamed { name: name("new"), from: name("old") }));
    assert_eq!(check("gone", "ID9"), Err(Claimed::Released { name: name("gone") }));
    // Nothing is recorded under the old name, so the line has nothing to rename, but it would as soon as this is.
    let nothing = empty();
    let claims = Claims::new(&desired, &nothing);
    let away = Claimed::RenamedAway { name: name("old"), to: name("new") };
    assert_eq!(claims.check(&name("old"), &id("ID9")), Err(away));
    assert_eq!(claims.check(&name("new"), &id("ID9")), Ok(Claim::Free));
}
