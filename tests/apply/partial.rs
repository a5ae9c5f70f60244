//! When one thing goes wrong: the rest goes on, unless going on makes no sense.

use wawpform::apply::{End, Event, Halt};
use wawpform::sandbox::{Faults, Options, Terms};
use wawpform::state::{AccountMark, Call, Part};

use super::given::name;
use super::scene::{How, Scene, fleet, labelled, names, options, runs, stands};

#[tokio::test]
async fn one_failure_of_each_kind_does_not_keep_the_others_from_being_done() {
    let faults = "faults:\n\
        - {on: create, nth: 1, what: answer, status: 400, code: bad_request, message: no}\n\
        - {on: start, nth: 1, what: answer, status: 403, code: subscription_required, message: pay}\n";
    let scene = Scene::with(faults).await;
    let wish = fleet([("a", stands()), ("b", runs()), ("c", runs())]);
    let done = scene.apply(&wish).await;
    assert_eq!(done.failed("a"), ("HTTP 400 bad_request: no", false));
    assert_eq!(done.failed("b"), ("the start failed: HTTP 403 subscription_required: pay", false));
    assert_eq!(done.entry("b").notes, ["the session was created and is recorded; it is not started"]);
    assert_eq!(done.end("c"), &End::Done);
    assert_eq!(done.pending(), []);
    // A refused start is looked at once more, and not repeated.
    assert_eq!(scene.calls(), ["create", "create", "info", "start", "info", "create", "info", "start"]);
    // What was created stays, and the next run does only what is missing.
    assert_eq!(names(&scene.document().await), ["b", "c"]);
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start"]);
}

#[tokio::test]
async fn a_full_account_ends_the_creates_and_nothing_else() {
    let terms = Terms { quota: Some(3), ..Terms::default() };
    let scene = Scene::on(Options { terms, ..options("faults: []") }).await;
    scene.given(&fleet([("x", runs()), ("y", runs()), ("z", stands())])).await;
    // One goes, so one more fits; the update comes after the creates.
    let wish = fleet([("a", stands()), ("b", stands()), ("c", stands()), ("y", runs()), ("z", runs())]);
    let done = scene.apply(&wish).await;
    assert_eq!((done.end("x"), done.end("a"), done.end("z")), (&End::Done, &End::Done, &End::Done));
    let (why, may_pass) = done.failed("b");
    assert!(why.starts_with("HTTP 403 quota_reached: ") && !may_pass, "{why}");
    assert_eq!(done.not_started("c"), "the account has no free slot (quota_reached)");
    assert_eq!(done.outcome.halt, None);
    assert_eq!(scene.calls().iter().filter(|call| *call == "create").count(), 2);
    assert_eq!(done.pending(), []);
    assert_eq!(done.outcome.tally().not_started, 1);
}

#[tokio::test]
async fn a_token_that_stops_working_stops_everything_and_what_is_known_is_recorded() {
    let faults = "faults: [{skip: 5, what: answer, status: 401, message: revoked}]";
    let scene = Scene::with(faults).await;
    let wish = fleet([("a", runs()), ("b", runs()), ("c", runs()), ("d", stands())]);
    let done = scene.apply(&wish).await;
    // Three calls for the first, then create and info of the second; its start is refused.
    assert_eq!(done.end("a"), &End::Done);
    assert_eq!(done.failed("b").0, "the start failed: HTTP 401 invalid_access_token: revoked");
    assert_eq!(done.not_started("c"), "the token was not accepted");
    assert_eq!(done.not_started("d"), "the token was not accepted");
    assert_eq!(done.halt(), &Halt::Unauthorized("HTTP 401 invalid_access_token: revoked".into()));
    assert_eq!(done.events.iter().filter(|event| matches!(event, Event::Halting)).count(), 1);
    assert_eq!(scene.calls().len(), 6, "nothing was sent after the refusal");
    let document = scene.document().await;
    assert_eq!(names(&document), ["a", "b"]);
    assert_eq!((document.instances[&name("b")].running, document.pending.len()), (false, 0));
    scene.sandbox.set_faults(Faults::default());
    scene.apply(&wish).await.all_done();
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn a_token_that_never_worked_leaves_nothing_behind() {
    let scene = Scene::with("faults: [{what: answer, status: 401}]").await;
    let keys = ["a", "b", "c", "d", "e", "f"];
    let wish = fleet(keys.map(|key| (key, runs())));
    let done = scene.apply_as(&wish, How { concurrency: 2.into(), ..How::default() }).await;
    let tally = done.outcome.tally();
    assert_eq!((tally.added, tally.unknown), (0, 0));
    assert!((1..=2).contains(&tally.failed), "{tally:?}");
    assert_eq!(done.pending(), []);
    assert!(matches!(done.halt(), Halt::Unauthorized(_)));
}

#[tokio::test]
async fn an_api_that_is_not_there_ends_the_run_after_the_tries_of_one_call() {
    let scene = Scene::new().await;
    // A port of its own, on which nobody listens.
    let kept = tokio::net::TcpSocket::new_v4().unwrap();
    kept.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}", kept.local_addr().unwrap());
    let wish = fleet(["a", "b", "c", "d", "e", "f"].map(|key| (key, stands())));
    let how = How { concurrency: 2.into(), elsewhere: Some(nobody.clone()), ..How::default() };
    let done = scene.apply_as(&wish, how).await;
    let tally = done.outcome.tally();
    // Whoever was trying at that moment does not try again; nobody begins.
    assert_eq!((tally.failed, tally.not_started), (2, 4));
    assert_eq!(done.not_started("f"), "the API could not be reached");
    let (why, may_pass) = done.failed("a");
    assert!(why.starts_with(&format!("no connection to {nobody}: ")) && may_pass, "{why}");
    assert_eq!(done.halt(), &Halt::Unreachable(why.to_owned()));
    assert_eq!(done.pending(), []);
    scene.apply(&wish).await.all_done();
}

#[tokio::test]
async fn a_delete_that_fails_stays_recorded_and_is_made_again() {
    let scene =
        Scene::with("faults: [{on: delete, times: 4, what: answer, status: 403, code: banned}]").await;
    scene.given(&fleet([("a", runs()), ("b", runs())])).await;
    let wish = fleet([("b", runs())]);
    let done = scene.apply(&wish).await;
    assert_eq!(done.failed("a").0, "HTTP 403 banned: A fault that the sandbox was told to make.");
    assert_eq!((names(done.known()), done.pending()), (vec!["a", "b"], vec![]));
    scene.sandbox.set_faults(Faults::default());
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.live().len(), 1);
}

#[tokio::test]
async fn a_404_that_is_not_about_the_instance_does_not_pass_for_a_delete() {
    for fault in ["shape: html, code: not_found", "code: rest_no_route"] {
        let faults = format!("faults: [{{on: delete, what: answer, status: 404, {fault}}}]");
        let scene = Scene::with(&faults).await;
        scene.given(&fleet([("a", runs())])).await;
        let done = scene.apply(&fleet([])).await;
        assert!(done.failed("a").0.starts_with("HTTP 404"), "{fault}");
        assert_eq!((names(done.known()), done.pending()), (vec!["a"], vec![]), "{fault}");
    }
}

#[tokio::test]
async fn a_delete_of_unknown_outcome_is_kept_as_pending_and_made_again() {
    let scene = Scene::with(
        "faults: [{on: delete, times: 1, what: answer_after, status: 200, body: '{\"success\": false}'}]",
    )
    .await;
    scene.given(&fleet([("a", runs())])).await;
    let how = How { concurrency: 1.into(), ..How::default() };
    let done = scene.apply_as(&fleet([]), how).await;
    // It was made again, and then it was gone.
    assert_eq!(done.end("a"), &End::Done);
    assert_eq!(done.entry("a").notes, ["it was already gone"]);

    let scene = Scene::with("faults: [{on: delete, what: answer, status: 500}]").await;
    scene.given(&fleet([("a", runs())])).await;
    let done = scene.apply(&fleet([])).await;
    let (why, may_pass) = done.failed("a");
    assert!(why.starts_with("HTTP 500") && may_pass, "{why}");
    assert_eq!(done.pending(), [("a", Call::Delete)]);
    scene.sandbox.set_faults(Faults::default());
    scene.apply(&fleet([])).await.all_done();
    assert!(scene.live().is_empty() && scene.document().await.pending.is_empty());
}

#[tokio::test]
async fn a_refusal_does_not_settle_what_an_earlier_call_left_in_doubt() {
    let refused = "faults: [{on: delete, what: answer, status: 403, code: forbidden}]";
    // In two runs,
    let scene = Scene::with("faults: [{on: delete, times: 4, what: drop_after}]").await;
    scene.given(&fleet([("a", runs())])).await;
    scene.apply(&fleet([])).await;
    assert!(scene.live().is_empty(), "it is gone, and only the answer was lost");
    scene.sandbox.set_faults(Faults::parse(refused).unwrap());
    let done = scene.apply(&fleet([])).await;
    assert_eq!(done.pending(), [("a", Call::Delete)]);
    // and in one, by a try of the same call.
    let lost = "faults: [{on: delete, nth: 1, what: drop_after}, {on: delete, what: answer, status: 403, code: forbidden}]";
    let scene = Scene::with(lost).await;
    scene.given(&fleet([("a", runs())])).await;
    let done = scene.apply(&fleet([])).await;
    assert!(scene.live().is_empty());
    assert_eq!(done.pending(), [("a", Call::Delete)]);
}

#[tokio::test]
async fn a_look_that_is_refused_does_not_settle_the_start_before_it() {
    let lost = "faults: [{on: start, what: drop_after}, {on: info, skip: 1, what: answer, status: 403, code: forbidden}]";
    let scene = Scene::with(lost).await;
    scene.given(&fleet([("a", stands())])).await;
    let done = scene.apply(&fleet([("a", runs())])).await;
    assert_eq!(done.known().instances[&name("a")].doubtful, [Part::Running].into());
    scene.sandbox.set_faults(Faults::default());
    // It is running, and whoever wants it stopped again gets it stopped.
    scene.apply(&fleet([("a", stands())])).await.all_done();
    assert!(scene.calls().ends_with(&["info".to_owned(), "stop".to_owned()]), "{:?}", scene.calls());
}

#[tokio::test]
async fn a_delete_that_is_refused_after_its_logout_says_that_the_phone_is_gone() {
    let scene = Scene::with("faults: [{on: delete, what: answer, status: 403, code: forbidden}]").await;
    scene.given(&fleet([("a", runs())])).await;
    let id = scene.id("a").await;
    scene.sandbox.scan(id.as_str(), "201012345678", "John").unwrap();
    let done = scene.apply(&fleet([])).await;
    assert_eq!(done.entry("a").notes, ["it was logged out: who keeps it has to pair a phone again"]);
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_looked_at_before_it_is_made_again() {
    let scene = Scene::with("faults: [{on: start, nth: 1, what: drop_after}]").await;
    scene.apply(&fleet([("a", runs())])).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start", "info"]);

    let scene = Scene::with("faults: [{on: start, nth: 1, what: drop_before}]").await;
    scene.apply(&fleet([("a", runs())])).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start", "info", "start"]);
}

#[tokio::test]
async fn a_status_that_cannot_be_started_is_said() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", stands())])).await;
    let id = scene.id("a").await;
    scene.client().start(&id).await.unwrap();
    scene.sandbox.scan(id.as_str(), "201012345678", "John").unwrap();
    scene.sandbox.unlink(id.as_str()).unwrap();
    let done = scene.apply(&fleet([("a", labelled(runs(), "sales"))])).await;
    assert_eq!(done.failed("a"), ("its status is FAILED, from which it cannot be started", false));
    assert_eq!(done.known().instances[&name("a")].labels["team"], "sales", "the rest of it is done");
}

#[tokio::test]
async fn creates_end_after_three_in_a_row_whose_answers_were_lost_and_the_rest_goes_on() {
    let scene = Scene::with("faults: [{on: create, skip: 1, what: answer, status: 502}]").await;
    scene.given(&fleet([("y", stands())])).await;
    let wish = fleet([
        ("a", stands()),
        ("b", stands()),
        ("c", stands()),
        ("d", stands()),
        ("e", stands()),
        ("y", runs()),
    ]);
    let done = scene.apply(&wish).await;
    assert_eq!(["a", "b", "c"].map(|name| done.unknown(name).starts_with("HTTP 502")), [true; 3]);
    assert_eq!(done.not_started("d"), "3 creates in a row had no known outcome");
    assert_eq!(done.not_started("e"), "3 creates in a row had no known outcome");
    assert_eq!(done.end("y"), &End::Done);
    assert_eq!(done.pending().len(), 3);
}

#[tokio::test]
async fn a_full_account_after_a_create_of_unknown_outcome_suggests_that_it_did_happen() {
    let terms = Terms { quota: Some(2), ..Terms::default() };
    let faults = "faults: [{on: create, nth: 1, what: drop_after}]";
    let scene = Scene::on(Options { terms, ..options(faults) }).await;
    let wish = fleet([("a", stands()), ("b", stands()), ("c", stands())]);
    let done = scene.apply(&wish).await;
    assert!(matches!(done.end("a"), End::Unknown { .. }));
    assert_eq!(done.end("b"), &End::Done);
    assert!(done.failed("c").0.starts_with("HTTP 403 quota_reached: "));
    let [note] = &done.entry("c").notes[..] else { panic!("{:?}", done.entry("c").notes) };
    assert!(note.starts_with("a slot may be taken by the create of a, whose outcome is unknown: "), "{note}");
    // The next run remembers it, and one that has nothing unknown behind it says nothing.
    let again = scene.apply(&wish).await;
    assert_eq!(again.entry("c").notes, std::slice::from_ref(note));
    let scene =
        Scene::on(Options { terms: Terms { quota: Some(0), ..Terms::default() }, ..options("faults: []") })
            .await;
    assert_eq!(scene.apply(&wish).await.entry("a").notes, [""; 0]);
}

#[tokio::test]
async fn the_account_is_marked_by_the_first_success_and_not_by_a_token_that_is_refused() {
    let scene =
        Scene::with("faults: [{skip: 0, times: 2, what: answer, status: 401, message: revoked}]").await;
    let wish = fleet([("a", stands())]);
    let done = scene.apply(&wish).await;
    assert_eq!(done.failed("a").0, "HTTP 401 invalid_access_token: revoked");
    assert_eq!(scene.document().await.account, None);
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.document().await.account, Some(AccountMark("the-account".into())));
}
