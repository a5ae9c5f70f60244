//! What the ledger refuses, and what a step leaves behind that panics: one change fails, the run goes on.

use wawpform::apply::{End, Event};
use wawpform::instance::{InstanceId, Spec};
use wawpform::plan::{Action, Attributes, Change, Held, Reason};
use wawpform::state::Call;

use super::given::{name, open};
use super::scene::{How, Scene, fleet, labelled, names, runs, stands};

#[tokio::test]
async fn an_id_that_another_name_has_is_one_unknown_create_and_the_run_goes_on() {
    let same = "faults: [{on: create, times: 2, what: answer_after, status: 201, body: '{\"instance_id\":\"3EB0BCB2E3D4\"}'}]";
    let scene = Scene::with(same).await;
    let done = scene.apply(&fleet([("a", stands()), ("b", stands()), ("c", stands())])).await;
    assert_eq!((done.end("a"), done.end("c")), (&End::Done, &End::Done));
    let why = done.unknown("b");
    assert!(why.contains("3EB0BCB2E3D4") && why.contains("belongs to `a`"), "{why}");
    assert_eq!(done.outcome.halt, None);
    assert_eq!((names(done.known()), done.pending()), (vec!["a", "c"], vec![("b", Call::Create)]));
    assert_eq!(done.known().pending[&name("b")].reason.as_deref(), Some(why));
}

#[tokio::test]
async fn changes_that_do_not_fit_the_state_fail_one_by_one_and_call_nothing() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs())])).await;
    let opened = open(&*scene.store()).await;
    let attributes = |running| Attributes::desired(&Spec { running, ..Spec::default() }, &[].into(), None);
    let held = Held {
        instance_id: InstanceId::new("3EB0BCB2E3D4").unwrap(),
        session_name: None,
        attributes: attributes(true),
    };
    let mut plan = super::scene::planned(&fleet([("a", runs()), ("d", stands())]), Some(&opened.document));
    let change = |key, action| Change { name: name(key), action, reason: Reason::Differs };
    // A plan as a mistake could make it: about names that are not recorded, or recorded already.
    plan.changes = vec![
        change("b", Action::Delete { before: held.clone() }),
        change("c", Action::Rename { from: name("nobody"), before: held.clone() }),
        change("a", Action::Create { after: attributes(true), replaces: None }),
        plan.changes.remove(0),
        change("c", Action::Update { before: held, after: attributes(false) }),
    ];
    let done = scene.carry_out(&plan, opened, How::default()).await;
    assert_eq!(done.outcome.halt, None);
    let ends: Vec<_> = done.outcome.entries.iter().map(|entry| &entry.end).collect();
    for (index, part) in
        [(0, "a delete of `b`"), (1, "the rename of `nobody`"), (2, "a create of `a`"), (4, "a stop of `c`")]
    {
        let End::Failed { why, may_pass: false, .. } = ends[index] else {
            panic!("{index}: {:?}", ends[index])
        };
        let begin = "it does not fit the state: ";
        assert!(why.starts_with(begin), "{why}");
        let says = part.split(' ').all(|word| why.contains(word));
        assert!(says, "{index}: {why}");
    }
    assert_eq!(ends[3], &End::Done);
    assert_eq!(scene.calls(), ["create"]);
    assert_eq!(names(done.known()), ["a", "d"]);
}

#[tokio::test]
async fn a_step_that_panics_does_not_lose_its_intent_and_the_others_go_on() {
    let scene = Scene::new().await;
    scene.given(&fleet([("x", runs()), ("y", runs())])).await;
    // A listener is told of a change when its intent is on disk and nothing was called.
    let heard = Box::new(|event: &Event| {
        if let Event::Begun { name, .. } = event {
            assert!(!["b", "x"].contains(&name.as_str()), "a listener that fails at {name}");
        }
    });
    let wish = fleet([("a", stands()), ("b", stands()), ("c", stands()), ("y", labelled(runs(), "sales"))]);
    let done = scene.apply_as(&wish, How { heard, concurrency: 2.into(), ..How::default() }).await;
    assert_eq!(done.unknown("b"), "the program failed inside it");
    assert_eq!(done.failed("x"), ("the program failed inside it", true));
    for key in ["a", "c", "y"] {
        assert_eq!(done.end(key), &End::Done, "{key}");
    }
    assert_eq!(done.pending(), [("b", Call::Create), ("x", Call::Delete)]);
    // The delete is made again; the create is not.
    let plan = scene.plan(&wish).await;
    let left: Vec<_> = plan.changes.iter().map(|it| (it.name.as_str(), it.action.word())).collect();
    assert_eq!((left, plan.unsettled.len()), (vec![("x", "delete")], 1));
}
