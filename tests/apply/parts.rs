//! Policies and webhooks: set on difference, taken up where a run was cut off, and never anybody else's.

use wawpform::apply::End;
use wawpform::instance::{Retries, Webhook};
use wawpform::manifest::{Desired, Wanted};
use wawpform::plan::{Action, Reason};
use wawpform::sandbox::{Options, Plan, Webhook as Live};
use wawpform::state::Part;

use super::given::name;
use super::scene::{How, Scene, fleet, options, planned, runs, secrets, stands};

pub const CRM: &str = "https://crm.example.com/hook";
pub const LOG: &str = "https://log.example.com/hook?of=a b";

pub fn hook(url: &str, events: &[&str]) -> Webhook {
    let events = events.iter().map(|event| (*event).to_owned()).collect();
    Webhook { url: url.to_owned(), events, retries: None, hmac_env: None }
}

fn signed(url: &str, events: &[&str]) -> Webhook {
    Webhook { hmac_env: Some("WAWP_HOOK_SECRET".to_owned()), ..hook(url, events) }
}

pub fn with(mut wanted: Wanted, policy: Option<&str>, webhooks: impl Into<Vec<Webhook>>) -> Wanted {
    wanted.spec.rate_limit = policy.map(str::to_owned);
    wanted.spec.webhooks = webhooks.into();
    wanted
}

async fn paid(faults: &str) -> Scene {
    Scene::on(Options { plan: Plan::Paid, ..options(faults) }).await
}

impl Scene {
    /// The policy and the webhooks of the only instance.
    fn only(&self) -> (String, Vec<Live>) {
        let instances = self.sandbox.instances();
        let [one] = &instances[..] else { panic!("{instances:#?}") };
        (one.policy.clone(), one.webhooks.clone())
    }

    fn hooked(&self) -> Vec<String> {
        self.only().1.into_iter().map(|live| live.url).collect()
    }

    /// What is to be done, by words.
    async fn left(&self, wish: &Desired) -> Vec<&'static str> {
        self.plan(wish).await.changes.iter().map(|change| change.action.word()).collect()
    }
}

#[tokio::test]
async fn a_create_sets_policy_and_webhooks_after_the_start_and_then_nothing_is_left() {
    let scene = paid("faults: []").await;
    let retries = Some(Retries { delay: 5, attempts: 3 });
    let hooks =
        [signed(CRM, &["message", "session.status"]), Webhook { retries, ..hook(LOG, &["message.ack"]) }];
    let wish = fleet([("a", with(runs(), Some("unlimited"), hooks))]);
    scene.apply(&wish).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start", "set_policy", "set_webhook", "set_webhook"]);
    let (policy, live) = scene.only();
    assert_eq!(policy, "unlimited");
    let mark = scene.sandbox.mark(&secrets()["WAWP_HOOK_SECRET"]);
    let seen: Vec<_> =
        live.iter().map(|it| (it.url.as_str(), it.events.join(","), it.hmac.clone())).collect();
    let crm = (CRM, "message,session.status".to_owned(), Some(mark));
    assert_eq!(seen, [crm, (LOG, "message.ack".to_owned(), None)]);
    assert_eq!((live[1].retries.delay, live[1].retries.attempts, live[1].is_active), (5, 3, true));
    assert!(scene.plan(&wish).await.is_converged());
    let document = String::from_utf8(scene.document().await.encode()).unwrap();
    assert!(!document.contains("hook-MARKED"), "{document}");
}

#[tokio::test]
async fn only_what_differs_is_called() {
    let scene = paid("faults: []").await;
    let hooks = || vec![hook(CRM, &["message"]), hook(LOG, &["message"])];
    scene.given(&fleet([("a", with(stands(), Some("strict"), hooks()))])).await;
    let again =
        fleet([("a", with(stands(), Some("strict"), [hook(LOG, &["message"]), hook(CRM, &["message"])]))]);
    assert!(scene.plan(&again).await.is_converged(), "their order means nothing");
    for (wanted, calls) in [
        (with(stands(), Some("standard_policy"), hooks()), vec!["set_policy"]),
        (with(stands(), None, hooks()), vec![]),
        (
            with(stands(), None, [hook(CRM, &["message", "message.ack"]), hook(LOG, &["message"])]),
            vec!["set_webhook"],
        ),
        (
            with(stands(), None, [signed(CRM, &["message", "message.ack"]), hook(LOG, &["message"])]),
            vec!["set_webhook"],
        ),
        // Whether a secret goes when it is left out, the vendor does not say.
        (
            with(stands(), None, [hook(CRM, &["message", "message.ack"]), hook(LOG, &["message"])]),
            vec!["delete_webhook", "set_webhook"],
        ),
        (with(stands(), None, [hook(CRM, &["message", "message.ack"])]), vec!["delete_webhook"]),
        (with(stands(), Some("strict"), []), vec!["set_policy", "delete_webhook"]),
    ] {
        let wish = fleet([("a", wanted)]);
        let plan = scene.plan(&wish).await;
        assert!(
            matches!(plan.changes[..], [ref it] if matches!(it.action, Action::Update { .. })),
            "{calls:?}"
        );
        scene.apply(&wish).await.all_done();
        assert_eq!(scene.calls(), calls);
        assert!(scene.plan(&wish).await.is_converged(), "{calls:?}");
    }
    assert_eq!(scene.only(), ("strict".to_owned(), vec![]));
}

#[tokio::test]
async fn webhooks_that_others_set_are_left_alone() {
    let scene = paid("faults: []").await;
    scene.given(&fleet([("a", with(stands(), None, [hook(CRM, &["message"])]))])).await;
    let id = scene.sandbox.instances()[0].instance_id.clone();
    let mut theirs = scene.only().1[0].clone();
    theirs.url = "https://theirs.example.com/".to_owned();
    scene.sandbox.set_webhook(&id, theirs).unwrap();
    scene.apply(&fleet([("a", with(stands(), None, [hook(LOG, &["message"])]))])).await.all_done();
    assert_eq!(scene.hooked(), ["https://theirs.example.com/", LOG]);
    scene.apply(&fleet([("a", stands())])).await.all_done();
    assert_eq!(scene.hooked(), ["https://theirs.example.com/"]);
}

#[tokio::test]
async fn a_policy_that_is_not_to_be_had_names_those_that_are() {
    let scene = Scene::new().await;
    let wish = fleet([("a", with(stands(), Some("unlimited"), []))]);
    let done = scene.apply(&wish).await;
    let (why, may_pass) = done.failed("a");
    assert!(why.starts_with("the policy unlimited is not set: HTTP 403 subscription_required: "), "{why}");
    assert!(why.ends_with(" (available: standard_policy, strict)"), "{why}");
    assert!(!may_pass);
    assert_eq!(done.entry("a").notes, ["the session was created and is recorded"]);
    assert_eq!(scene.left(&wish).await, ["update"]);
    scene.apply(&fleet([("a", with(stands(), Some("strict"), []))])).await.all_done();
    assert_eq!(scene.only().0, "strict");
}

#[tokio::test]
async fn an_account_without_webhooks_is_asked_once_and_the_rest_is_done() {
    let scene = Scene::new().await;
    let wanted = || with(stands(), Some("strict"), [hook(CRM, &["message"])]);
    let wish = fleet([("a", wanted()), ("b", wanted()), ("c", wanted())]);
    let done = scene.apply(&wish).await;
    let calls = scene.calls();
    assert_eq!(calls.iter().filter(|call| *call == "set_webhook").count(), 1);
    assert_eq!(calls.iter().filter(|call| *call == "set_policy").count(), 3);
    assert!(done.failed("a").0.contains("HTTP 403 subscription_required"), "{:?}", done.failed("a"));
    for other in ["b", "c"] {
        assert_eq!(done.failed(other).0, "webhooks need a paid account (subscription_required)");
    }
    assert_eq!(done.known().instances[&name("a")].doubtful.len(), 0, "a refusal leaves no doubt");
}

#[tokio::test]
async fn a_part_whose_answer_was_lost_stays_in_doubt_and_is_set_again() {
    // Stopped and wanted so: nothing but the lost call is left.
    for (on, part) in [("set_policy", Part::RateLimit), ("set_webhook", Part::Webhook(CRM.into()))] {
        let scene = paid(&format!("faults: [{{on: {on}, times: 4, what: drop_after}}]")).await;
        let wish = fleet([("a", with(stands(), Some("strict"), [hook(CRM, &["message"])]))]);
        let done = scene.apply(&wish).await;
        assert!(matches!(done.end("a"), End::Failed { may_pass: true, .. }), "{:?}", done.end("a"));
        assert_eq!(done.known().instances[&name("a")].doubtful, [part.clone()].into());
        assert_eq!(scene.left(&wish).await, ["update"]);
        scene.apply(&wish).await.all_done();
        assert_eq!((scene.only().0.as_str(), scene.hooked()), ("strict", vec![CRM.to_owned()]));
        assert!(scene.plan(&wish).await.is_converged());
    }
}

#[tokio::test]
async fn a_webhook_that_may_have_been_set_and_is_no_longer_wanted_is_removed() {
    let scene = paid("faults: [{on: set_webhook, times: 4, what: drop_after}]").await;
    let wish = fleet([("a", with(stands(), None, [hook(CRM, &["message"])]))]);
    scene.apply(&wish).await;
    assert_eq!(scene.hooked(), [CRM], "it is there, and only its answer was lost");
    let none = fleet([("a", stands())]);
    let plan = scene.plan(&none).await;
    assert_eq!(plan.changes[0].reason, Reason::Doubtful);
    scene.apply(&none).await.all_done();
    assert_eq!(scene.hooked(), [""; 0]);
    assert!(scene.plan(&none).await.is_converged());
}

#[tokio::test]
async fn removing_a_webhook_that_is_gone_already_is_done() {
    let scene = paid("faults: []").await;
    scene.given(&fleet([("a", with(stands(), None, [hook(CRM, &["message"])]))])).await;
    let id = scene.sandbox.instances()[0].instance_id.clone();
    scene.sandbox.delete_webhook(&id, CRM).unwrap();
    scene.apply(&fleet([("a", stands())])).await.all_done();
}

#[tokio::test]
async fn a_session_that_lost_its_phone_may_still_have_its_webhooks() {
    let scene =
        paid("faults: [{on: delete_webhook, nth: 1, what: answer, status: 404, code: invalid_session}]")
            .await;
    scene.given(&fleet([("a", with(stands(), None, [hook(CRM, &["message"])]))])).await;
    let none = fleet([("a", stands())]);
    let done = scene.apply(&none).await;
    assert!(
        done.failed("a").0.starts_with("the webhook https://crm.example.com/hook is not removed: HTTP 404")
    );
    assert_eq!(scene.left(&none).await, ["update"]);
    scene.apply(&none).await.all_done();
    assert_eq!(scene.hooked(), [""; 0]);
}

#[tokio::test]
async fn another_secret_is_seen_by_its_mark_and_one_that_is_not_at_hand_counts_as_unchanged() {
    let scene = paid("faults: []").await;
    let wish = fleet([("a", with(stands(), None, [signed(CRM, &["message"])]))]);
    scene.apply(&wish).await.all_done();
    let document = scene.document().await;
    let with_marks = |marks| {
        let scope = wawpform::plan::Scope { marks, ..Default::default() };
        wawpform::plan::diff(&wish, Some(&document), &scope).changes.len()
    };
    assert_eq!(planned(&wish, Some(&document)).changes, []);
    assert_eq!(with_marks([].into()), 0);
    let other = wawpform::state::HmacMark("another".into());
    assert_eq!(with_marks([("WAWP_HOOK_SECRET".to_owned(), other)].into()), 1);
}

#[tokio::test]
async fn an_adopted_instance_gets_what_the_manifest_says() {
    let scene = paid("faults: []").await;
    scene.given(&fleet([("a", stands())])).await;
    let id = scene.sandbox.instances()[0].instance_id.clone();
    let mut wanted = with(stands(), Some("strict"), [hook(CRM, &["message"])]);
    wanted.adopt = Some(id.parse().unwrap());
    let mut let_go = fleet([]);
    let_go.released.insert(name("a"));
    scene.apply(&let_go).await.all_done();
    let wish = fleet([("b", wanted)]);
    scene.apply_as(&wish, How::default()).await.all_done();
    assert_eq!((scene.only().0.as_str(), scene.hooked()), ("strict", vec![CRM.to_owned()]));
}
