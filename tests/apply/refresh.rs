//! What somebody else changed: it is seen, told by its class, and put right by the next apply with a refresh.

use std::sync::Arc;

use wawpform::instance::DriftClass;
use wawpform::manifest::Desired;
use wawpform::observe::{Settings as Looks, Target, observe, suspicious};
use wawpform::plan::{
    Accepted, Action, Drift, Guard, Lifted, Plan, Reason, Refreshed, Scope, check, diff, records, refresh,
};
use wawpform::sandbox::{Options, Plan as Tier};
use wawpform::state::{Document, Opened};

use super::given::{name, open};
use super::parts::{CRM, LOG, hook, with};
use super::scene::{How, Scene, fleet, options, runs, stands};

impl Scene {
    async fn refreshed(&self, wish: &Desired, document: &Document, accepted: &Accepted) -> Refreshed {
        let whom = document.instances.iter().map(|(name, it)| (name.clone(), Target::from(it))).collect();
        let settings =
            Looks { concurrency: 2.into(), listener: Arc::new(|_, _| {}), stop: Default::default() };
        let observation = observe(&self.client().viewer(), whom, settings).await;
        assert_eq!(observation.halt, None);
        assert!(!suspicious(&observation));
        let refreshed = refresh(wish, document, &observation, accepted);
        // What is recorded of it makes the state say the same.
        let mut folded = document.clone();
        records(document, &refreshed.document).iter().for_each(|record| folded.fold(record).unwrap());
        assert_eq!(Document { serial: document.serial, ..folded }, refreshed.document);
        refreshed
    }

    /// Looks, plans from what is live, and applies.
    async fn apply_refreshed(&self, wish: &Desired, recreate: bool) -> Vec<Drift> {
        let opened: Opened = open(&*self.store()).await;
        let refreshed = self.refreshed(wish, &opened.document, &Accepted::new()).await;
        let recreate = if recreate { refreshed.gone().cloned().collect() } else { Default::default() };
        let plan = diff(wish, Some(&refreshed.document), &Scope { recreate, ..Scope::default() });
        let observed = records(&opened.document, &refreshed.document);
        if !observed.is_empty() {
            opened.ledger.record_all(observed).await.unwrap();
        }
        self.sandbox.clear_log();
        self.carry_out(&plan, opened, How::default()).await.all_done();
        refreshed.drift
    }

    /// The instance_id of a name, as the sandbox takes it.
    async fn key(&self, text: &str) -> String {
        self.id(text).await.to_string()
    }
}

fn classes(drift: &[Drift]) -> Vec<(&str, DriftClass)> {
    drift.iter().map(|it| (it.name.as_str(), it.class)).collect()
}

#[tokio::test]
async fn what_others_changed_is_told_by_its_class_and_put_right() {
    let scene = Scene::on(Options { plan: Tier::Paid, ..options("faults: []") }).await;
    let hooks = [hook(CRM, &["message"]), hook(LOG, &["message"])];
    let wish =
        fleet([("a", runs()), ("b", stands()), ("c", with(stands(), Some("strict"), hooks)), ("d", runs())]);
    scene.given(&wish).await;
    assert_eq!(scene.apply_refreshed(&wish, false).await, [], "nothing has changed yet");
    assert_eq!(scene.calls(), [""; 0]);

    let client = scene.client();
    scene.sandbox.halt(&scene.key("a").await).unwrap();
    client.start(&scene.key("b").await.parse().unwrap()).await.unwrap();
    scene.sandbox.set_policy(&scene.key("c").await, "unlimited").unwrap();
    scene.sandbox.delete_webhook(&scene.key("c").await, CRM).unwrap();
    let mut other = scene.live()[&scene.key("c").await].webhooks[0].clone();
    other.events = vec!["message.ack".into()];
    scene.sandbox.set_webhook(&scene.key("c").await, other).unwrap();

    let drift = scene.apply_refreshed(&wish, false).await;
    assert_eq!(
        classes(&drift),
        [
            ("a", DriftClass::Stopped),
            ("b", DriftClass::Started),
            ("c", DriftClass::Policy),
            ("c", DriftClass::Webhook),
            ("c", DriftClass::Webhook),
        ]
    );
    let told =
        |index: usize| (drift[index].recorded.as_deref().unwrap(), drift[index].observed.as_deref().unwrap());
    assert_eq!(told(2), ("strict", "unlimited"));
    assert_eq!(told(3).1, "missing");
    assert_eq!(told(4).1, "[message.ack], 15 attempts 2 s apart");
    let mut calls = scene.calls();
    calls.retain(|call| call != "info");
    assert_eq!(calls, ["start", "stop", "set_policy", "set_webhook", "set_webhook"]);
    assert_eq!(scene.apply_refreshed(&wish, false).await, [], "all is as it was");
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn a_manifest_that_says_what_somebody_set_by_hand_has_nothing_left_to_do() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", with(stands(), Some("strict"), []))])).await;
    scene.sandbox.set_policy(&scene.key("a").await, "standard_policy").unwrap();
    let wish = fleet([("a", with(stands(), Some("standard_policy"), []))]);
    assert_eq!(classes(&scene.apply_refreshed(&wish, false).await), [("a", DriftClass::Policy)]);
    assert_eq!(scene.calls(), [""; 0]);
    assert_eq!(scene.document().await.instances[&name("a")].rate_limit.as_deref(), Some("standard_policy"));
}

#[tokio::test]
async fn what_the_manifest_accepts_is_told_and_left() {
    let scene = Scene::new().await;
    let wish = fleet([("a", with(runs(), Some("strict"), []))]);
    scene.given(&wish).await;
    scene.sandbox.set_policy(&scene.key("a").await, "standard_policy").unwrap();
    scene.sandbox.halt(&scene.key("a").await).unwrap();
    let accepted = Accepted::from([((name("a"), DriftClass::Policy), "ticket 12".to_owned())]);
    let document = scene.document().await;
    let refreshed = scene.refreshed(&wish, &document, &accepted).await;
    let reasons: Vec<_> = refreshed.drift.iter().map(|it| (it.class, it.accepted.as_deref())).collect();
    assert_eq!(reasons, [(DriftClass::Stopped, None), (DriftClass::Policy, Some("ticket 12"))]);
    let live = &refreshed.document.instances[&name("a")];
    assert_eq!((live.running, live.rate_limit.as_deref()), (false, Some("strict")));
}

#[tokio::test]
async fn who_is_gone_is_created_again_only_when_that_is_asked_for() {
    let scene = Scene::new().await;
    let wish = fleet([("a", stands()), ("b", stands())]);
    scene.given(&wish).await;
    let gone = scene.key("a").await;
    scene.sandbox.vanish(&gone).unwrap();
    assert_eq!(classes(&scene.apply_refreshed(&wish, false).await), [("a", DriftClass::Gone)]);
    assert_eq!(scene.sandbox.instances().len(), 1);
    scene.apply_refreshed(&wish, true).await;
    assert_eq!(scene.calls(), ["info", "create"], "it is looked at once more before");
    let now = scene.document().await.instances[&name("a")].instance_id.to_string();
    assert_ne!(now, gone);
    assert!(scene.live().contains_key(&now));
    assert_eq!(scene.apply_refreshed(&wish, true).await, []);
}

#[tokio::test]
async fn who_is_there_after_all_is_not_created_again() {
    let scene = Scene::new().await;
    let wish = fleet([("a", stands())]);
    scene.given(&wish).await;
    let opened = open(&*scene.store()).await;
    let recreate = [name("a")].into();
    let plan = diff(&wish, Some(&opened.document), &Scope { recreate, ..Scope::default() });
    assert!(matches!(plan.changes[..], [ref it] if it.reason == Reason::Gone));
    let done = scene.carry_out(&plan, opened, How::default()).await;
    let (why, may_pass) = done.failed("a");
    assert!(why.ends_with("is there after all; plan again") && may_pass, "{why}");
    assert_eq!(scene.sandbox.instances().len(), 1);
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn a_failed_session_and_another_phone_are_told_and_not_touched() {
    let scene = Scene::new().await;
    let mut wanted = runs();
    wanted.spec.expect_number = Some("201012345679".into());
    let wish = fleet([("a", wanted), ("b", runs())]);
    scene.given(&wish).await;
    scene.client().info(&scene.key("a").await.parse().unwrap()).await.unwrap();
    scene.sandbox.scan(&scene.key("a").await, "201012345678", "J").unwrap();
    scene.sandbox.fail(&scene.key("b").await).unwrap();
    let drift = scene.apply_refreshed(&wish, false).await;
    assert_eq!(classes(&drift), [("b", DriftClass::Failed), ("a", DriftClass::Phone)]);
    assert_eq!(drift[1].observed.as_deref(), Some("201012345678"));
    assert_eq!(scene.calls(), [""; 0]);
}

#[tokio::test]
async fn a_delete_of_a_session_that_works_names_its_phone_and_needs_a_flag() {
    let scene = Scene::new().await;
    let before = fleet([("a", runs()), ("b", runs())]);
    scene.given(&before).await;
    scene.client().info(&scene.key("a").await.parse().unwrap()).await.unwrap();
    scene.sandbox.scan(&scene.key("a").await, "201012345678", "J").unwrap();
    let wish = fleet([("b", runs())]);
    let document = scene.document().await;
    let Refreshed { document, drift, working } = scene.refreshed(&wish, &document, &Accepted::new()).await;
    let plan = Plan { drift, working, ..diff(&wish, Some(&document), &Scope::default()) };
    assert!(matches!(plan.changes[..], [ref it] if matches!(it.action, Action::Delete { .. })));
    let mut lifted = Lifted {
        max_deletes: wish.max_deletes,
        max_instances: None,
        allow_deletes: None,
        allow_empty: false,
        allow_paired_deletes: false,
        destroy: false,
    };
    let refusals = check(&plan, &lifted);
    let [refusal] = &refusals[..] else { panic!("{refusals:?}") };
    assert_eq!(refusal.guard, Guard::Paired);
    assert_eq!(refusal.message, "a would be deleted, and it works with 201012345678");
    assert!(refusal.hint.contains("--allow-paired-deletes"));
    lifted.allow_paired_deletes = true;
    assert_eq!(check(&plan, &lifted), []);
}

#[tokio::test]
async fn an_unclear_look_proves_nothing() {
    let scene = Scene::on(Options { plan: Tier::Paid, ..options("faults: []") }).await;
    let wish = fleet([("a", with(stands(), Some("strict"), [hook(CRM, &["message"])])), ("b", runs())]);
    scene.given(&wish).await;
    let faults = "faults: [{on: read_policy, what: answer, status: 403, code: no}, {on: read_webhooks, what: answer, status: 403, code: no}]";
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(faults).unwrap());
    let id = scene.key("b").await;
    let unknown = format!(
        "faults: [{{on: info, instance_id: {id}, what: answer, status: 404, code: invalid_session}}]"
    );
    let drift = scene.apply_refreshed(&wish, true).await;
    assert_eq!(classes(&drift), [("a", DriftClass::Unknown), ("a", DriftClass::Unknown)]);
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(&unknown).unwrap());
    assert_eq!(classes(&scene.apply_refreshed(&wish, true).await), [("b", DriftClass::Unknown)]);
    assert_eq!(scene.calls(), [""; 0]);
}

#[tokio::test]
async fn whoever_is_to_be_created_again_stays_recorded_while_the_account_is_full() {
    let scene = Scene::new().await;
    let wish = fleet([("a", stands()), ("b", stands())]);
    scene.given(&wish).await;
    for key in [scene.key("a").await, scene.key("b").await] {
        scene.client().delete(&key.parse().unwrap()).await.unwrap();
    }
    let full = "faults: [{on: create, what: answer, status: 403, code: quota_reached}]";
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(full).unwrap());
    let opened = open(&*scene.store()).await;
    let recreate = [name("a"), name("b")].into();
    let plan = diff(&wish, Some(&opened.document), &Scope { recreate, ..Scope::default() });
    let how = How { concurrency: 1.into(), ..How::default() };
    let done = scene.carry_out(&plan, opened, how).await;
    assert_eq!(done.not_started("b"), "the account has no free slot (quota_reached)");
    assert!(done.known().instances.contains_key(&name("b")));
}
