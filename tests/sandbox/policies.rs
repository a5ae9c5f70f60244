//! The sending policy of an instance (wawp-api.md §2.9).

use reqwest::Method;
use serde_json::{Value, json};
use wawpform::sandbox::{Options, Plan};

use super::{Api, Got, api, options, start};

const PATH: &str = "/v2/session/rate-limit";

async fn paid() -> Api {
    start(Options { plan: Plan::Paid, ..options() }).await
}

impl Api {
    async fn set_policy(&self, id: &str, slug: &str) -> Got {
        self.ask(Method::PATCH, PATH, id, json!({ "policy_slug": slug })).await
    }
}

fn available(body: &Value) -> Vec<(String, bool)> {
    let text = |it: &Value| (it["slug"].as_str().unwrap().to_owned(), it["available"].as_bool().unwrap());
    body["policies"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn a_free_account_has_two_policies_and_sees_the_others() {
    let api = api().await;
    let id = api.create().await;
    // The sample of the page says a slug even to read; nothing is set by it.
    let body = api.ask(Method::GET, PATH, &id, json!({ "policy_slug": "strict" })).await.json();
    assert_eq!(body["current_policy"], "standard_policy");
    assert_eq!(body["has_active_plan"], false);
    assert_eq!(body["free_policies"], json!(["strict", "standard_policy"]));
    let expected =
        [("strict", true), ("standard_policy", true), ("high_throughput", false), ("unlimited", false)];
    assert_eq!(available(&body), expected.map(|(slug, is)| (slug.to_owned(), is)));
    let mut limits = body["policies"][0]["limits"].as_object().unwrap().keys().collect::<Vec<_>>();
    limits.sort();
    assert_eq!(
        limits,
        [
            "account_protection_seconds",
            "check_daily_cap",
            "check_req_per_minute",
            "concurrent_limit",
            "group_daily_cap",
            "group_req_per_minute",
            "send_message_daily_cap",
            "send_message_per_minute",
        ]
    );
}

#[tokio::test]
async fn a_policy_is_set_by_query_or_body_of_one_instance_only() {
    let api = api().await;
    let (id, other) = (api.create().await, api.create().await);
    assert_eq!(api.set_policy(&id, "strict").await.json()["current_policy"], "strict");
    assert_eq!(api.read(PATH, &id).await.json()["current_policy"], "strict");
    assert_eq!(api.read(PATH, &other).await.json()["current_policy"], "standard_policy");
    let by_body = api.say(Method::PATCH, PATH, &id, json!({ "policy_slug": "standard_policy" })).await;
    assert_eq!(by_body.status, 200);
    assert_eq!(api.read(PATH, &id).await.json()["current_policy"], "standard_policy");
}

#[tokio::test]
async fn a_policy_outlives_a_restart_and_a_logout() {
    let api = api().await;
    let id = api.working().await;
    api.set_policy(&id, "strict").await;
    for call in ["restart", "logout", "stop"] {
        api.call(call, &id).await;
        assert_eq!(api.read(PATH, &id).await.json()["current_policy"], "strict", "{call}");
    }
}

#[tokio::test]
async fn an_unknown_policy_is_a_400_and_an_unavailable_one_a_403_and_neither_is_set() {
    let api = api().await;
    let id = api.create().await;
    assert_eq!(api.set_policy(&id, "slow").await.code(), (400, "invalid_policy".to_owned()));
    assert_eq!(api.set_policy(&id, "").await.code(), (400, "missing_param".to_owned()));
    assert_eq!(api.set_policy(&id, "unlimited").await.code(), (403, "subscription_required".to_owned()));
    assert_eq!(api.set_policy("3EB0BCB2E3D4", "strict").await.code(), (404, "invalid_instance".to_owned()));
    assert_eq!(api.sandbox.instances()[0].policy, "standard_policy");
    let log = api.sandbox.log();
    assert!(log[1..].iter().all(|entry| !entry.executed), "{log:?}");
}

#[tokio::test]
async fn a_paid_account_has_every_policy() {
    let api = paid().await;
    let id = api.create().await;
    let body = api.read(PATH, &id).await.json();
    assert_eq!(body["has_active_plan"], true);
    assert!(available(&body).iter().all(|(_, is)| *is), "{body}");
    for (slug, _) in available(&body) {
        assert_eq!(api.set_policy(&id, &slug).await.status, 200, "{slug}");
        assert_eq!(api.read(PATH, &id).await.json()["current_policy"], slug.as_str());
    }
}
