//! What happens to instances that no call asked for: phones that scan, and people in the dashboard.

use reqwest::Method;
use serde_json::{Value, json};
use wawpform::sandbox::{Options, Phase, Plan, Terms, Webhook};

use super::{Api, api, options, start};

const HOOK: &str = "https://crm.example.com/hooks";

async fn scanning_after(looks: u32) -> Api {
    start(Options { terms: Terms { scan_after: Some(looks), ..Terms::default() }, ..options() }).await
}

impl Api {
    async fn started(&self) -> String {
        let id = self.create().await;
        self.call("start", &id).await;
        id
    }

    async fn statuses(&self, id: &str, n: usize) -> Vec<String> {
        let mut seen = Vec::new();
        for _ in 0..n {
            seen.push(self.status(id).await);
        }
        seen
    }

    async fn post(&self, path: &str, body: Value) -> super::Got {
        self.control(Method::POST, path, &body.to_string()).await
    }
}

#[tokio::test]
async fn a_phone_scans_after_so_many_looks_and_each_instance_has_its_own() {
    let api = scanning_after(2).await;
    let (id, other) = (api.started().await, api.started().await);
    let expected = ["STARTING", "SCAN_QR_CODE", "SCAN_QR_CODE", "WORKING", "WORKING"];
    assert_eq!(api.statuses(&id, 5).await, expected);
    // A look for the QR code counts as well.
    assert_eq!(api.statuses(&other, 2).await, expected[..2]);
    assert_eq!(api.read("/v2/auth/qr", &other).await.status, 200);
    assert_eq!(api.status(&other).await, "WORKING");
    let numbers = [&id, &other].map(|id| {
        let all = api.sandbox.instances();
        let it = all.into_iter().find(|it| it.instance_id == *id).unwrap();
        it.phone.unwrap().number
    });
    assert!(numbers.iter().all(|number| number.len() == 12 && number.starts_with("2010")), "{numbers:?}");
    assert_ne!(numbers[0], numbers[1]);
    assert_eq!(api.call("info", &id).await.json()["me"]["id"], format!("{}@c.us", numbers[0]));
}

#[tokio::test]
async fn the_same_seed_brings_the_same_phones() {
    let mut seen = Vec::new();
    for seed in [7, 7, 8] {
        let terms = Terms { scan_after: Some(0), starting_reads: 0, ..Terms::default() };
        let api = start(Options { seed, terms, ..options() }).await;
        let id = api.started().await;
        assert_eq!(api.status(&id).await, "WORKING", "it was quicker than the first look");
        seen.push(api.sandbox.instances().remove(0).phone);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test]
async fn nobody_scans_unless_told_to() {
    let api = api().await;
    let id = api.started().await;
    assert_eq!(api.statuses(&id, 50).await.last().unwrap(), "SCAN_QR_CODE");
}

#[tokio::test]
async fn a_code_pairs_the_number_that_it_was_asked_for_and_the_waiting_begins_again() {
    let api = scanning_after(2).await;
    let id = api.started().await;
    assert_eq!(api.statuses(&id, 3).await, ["STARTING", "SCAN_QR_CODE", "SCAN_QR_CODE"]);
    let number = json!({ "phone_number": "201145202826" });
    assert_eq!(api.say(Method::POST, "/v2/auth/request-code", &id, number).await.status, 200);
    assert_eq!(api.statuses(&id, 3).await, ["SCAN_QR_CODE", "SCAN_QR_CODE", "WORKING"]);
    assert_eq!(api.call("me", &id).await.json()["id"], "201145202826@c.us");
}

#[tokio::test]
async fn a_code_is_worth_nothing_after_a_stop() {
    let api = scanning_after(1).await;
    let id = api.started().await;
    assert_eq!(api.statuses(&id, 2).await, ["STARTING", "SCAN_QR_CODE"]);
    let number = json!({ "phone_number": "201145202826" });
    api.say(Method::POST, "/v2/auth/request-code", &id, number).await;
    api.call("stop", &id).await;
    api.call("start", &id).await;
    assert_eq!(api.statuses(&id, 3).await, ["STARTING", "SCAN_QR_CODE", "WORKING"]);
    assert_ne!(api.call("me", &id).await.json()["id"], "201145202826@c.us");
}

#[tokio::test]
async fn what_runs_can_fail_and_comes_back_with_its_pairing() {
    let api = api().await;
    let id = api.working().await;
    let which = json!({ "instance_id": id });
    assert_eq!(api.post("fail", which.clone()).await.json()["status"], "FAILED");
    assert_eq!(api.status(&id).await, "FAILED");
    api.call("restart", &id).await;
    assert_eq!(api.statuses(&id, 2).await, ["STARTING", "WORKING"]);

    assert_eq!(api.post("stop", which.clone()).await.json()["status"], "STOPPED");
    assert_eq!(api.status(&id).await, "STOPPED");
    assert_eq!(api.post("fail", which).await.code(), (409, "not_running".to_owned()));
    let nobody = json!({ "instance_id": "x" });
    for path in ["fail", "stop"] {
        assert_eq!(api.post(path, nobody.clone()).await.code(), (404, "invalid_instance".to_owned()));
    }
}

#[tokio::test]
async fn a_dashboard_sets_policy_and_webhooks_whatever_the_plan() {
    let api = api().await;
    let id = api.create().await;
    let policy = json!({ "instance_id": id, "policy_slug": "unlimited" });
    assert_eq!(api.post("policy", policy).await.json()["policy"], "unlimited");
    let seen = api.read("/v2/session/rate-limit", &id).await.json();
    assert_eq!(seen["current_policy"], "unlimited");
    let unknown = json!({ "instance_id": id, "policy_slug": "slow" });
    assert_eq!(api.post("policy", unknown).await.code(), (400, "invalid_policy".to_owned()));

    let hook = json!({ "instance_id": id, "url": HOOK, "events": ["message"], "hmac": "k" });
    let shown = api.post("webhook", hook).await.json()["webhooks"].clone();
    let retries = json!({ "delay": 2, "attempts": 15 });
    assert_eq!(shown, json!([{ "url": HOOK, "events": ["message"], "is_active": 1, "retries": retries }]));
    let all = api.control(Method::GET, "instances", "").await.json();
    assert_eq!(
        (&all["instances"][0]["webhooks"], &all["instances"][0]["policy"]),
        (&shown, &json!("unlimited"))
    );
    let bad = api.post("webhook", json!({ "instance_id": id, "url": HOOK })).await;
    assert_eq!(bad.code(), (400, "missing_param".to_owned()));

    let which = json!({ "instance_id": id, "url": HOOK }).to_string();
    assert_eq!(api.control(Method::DELETE, "webhook", &which).await.json()["webhooks"], json!([]));
    let again = api.control(Method::DELETE, "webhook", &which).await;
    assert_eq!(again.code(), (404, "webhook_not_found".to_owned()));
}

#[tokio::test]
async fn a_test_reaches_in_without_http() {
    let api = start(Options { plan: Plan::Paid, ..options() }).await;
    let id = api.working().await;
    assert_eq!(api.sandbox.fail(&id).unwrap().phase, Phase::Failed);
    assert_eq!(api.sandbox.halt(&id).unwrap().phase, Phase::Stopped);
    assert_eq!(api.sandbox.set_policy(&id, "strict").unwrap().policy, "strict");
    let hook = Webhook {
        url: HOOK.to_owned(),
        events: vec!["message".to_owned()],
        is_active: true,
        retries: wawpform::sandbox::Retries::default(),
        hmac: None,
    };
    assert_eq!(api.sandbox.set_webhook(&id, hook.clone()).unwrap().webhooks, [hook]);
    assert_eq!(api.read("/v2/session/webhook", &id).await.json()["webhooks"][0]["url"], HOOK);
    assert_eq!(api.sandbox.delete_webhook(&id, HOOK).unwrap().webhooks, []);
}
