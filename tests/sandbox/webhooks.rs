//! The webhooks of an instance (wawp-api.md §2.11, §2.12).

use reqwest::Method;
use serde_json::{Value, json};
use wawpform::instance::Secret;
use wawpform::sandbox::{Options, Place, Plan};

use super::{Api, Got, api, options, start};

const LIST: &str = "/v2/session/webhook";
const SET: &str = "/v2/webhook/set";
const UPDATE: &str = "/v2/webhook/update";
const DELETE: &str = "/v2/webhook/delete";
const HOOK: &str = "https://crm.example.com/hooks/wawp?a=1&b=2";
const HMAC: &str = "hm4c-s3cr3t";

async fn paid() -> Api {
    start(Options { plan: Plan::Paid, ..options() }).await
}

impl Api {
    async fn set(&self, id: &str, fields: Value) -> Got {
        self.say(Method::POST, SET, id, fields).await
    }

    async fn webhooks(&self, id: &str) -> Value {
        self.read(LIST, id).await.json()["webhooks"].clone()
    }

    async fn system(&self, id: &str) -> Value {
        self.read(LIST, id).await.json()["systemConfig"].clone()
    }
}

#[tokio::test]
async fn every_webhook_call_of_a_free_account_is_a_403() {
    let api = api().await;
    let id = api.create().await;
    let fields = json!({ "url": HOOK, "events": ["message"], "webhooks": [] });
    for (method, path) in
        [(Method::POST, LIST), (Method::POST, SET), (Method::PATCH, UPDATE), (Method::DELETE, DELETE)]
    {
        let got = api.say(method.clone(), path, &id, fields.clone()).await;
        assert_eq!(got.code(), (403, "subscription_required".to_owned()), "{method} {path}");
    }
    assert_eq!(api.read(LIST, &id).await.code(), (403, "subscription_required".to_owned()));
    assert_eq!(api.sandbox.instances()[0].webhooks, []);
}

#[tokio::test]
async fn a_set_is_an_upsert_by_url() {
    let api = paid().await;
    let id = api.create().await;
    assert_eq!(api.webhooks(&id).await, json!([]));
    let other = "https://other.example.com/";
    assert_eq!(api.set(&id, json!({ "url": other, "events": ["message.ack"] })).await.status, 200);
    assert_eq!(api.set(&id, json!({ "url": HOOK, "events": ["message"] })).await.status, 200);
    let usual = json!({ "delay": 2, "attempts": 15 });
    let second = json!({ "url": HOOK, "events": ["message"], "is_active": 1, "retries": usual });
    let first = json!({ "url": other, "events": ["message.ack"], "is_active": 1, "retries": usual });
    assert_eq!(api.webhooks(&id).await, json!([first, second]));

    let retries = json!({ "delay": 9, "attempts": 3 });
    let again = json!({ "url": other, "events": ["message", "session.status"], "is_active": false, "retries": retries });
    // The second place that is documented: everything in the query.
    assert_eq!(api.ask(Method::POST, SET, &id, again.clone()).await.status, 200);
    let first =
        json!({ "url": other, "events": ["message", "session.status"], "is_active": 0, "retries": retries });
    assert_eq!(api.webhooks(&id).await, json!([first, second]));
    let config = api.call("info", &id).await.json()["config"].clone();
    assert_eq!(config["webhooks"][1], json!({ "url": HOOK, "events": ["message"] }));
}

#[tokio::test]
async fn a_delete_takes_exactly_one_url_by_query_or_body() {
    let api = paid().await;
    let id = api.create().await;
    for url in [HOOK, "https://b.example/", "https://c.example/"] {
        api.set(&id, json!({ "url": url, "events": ["message"] })).await;
    }
    let without_query = json!({ "url": "https://crm.example.com/hooks/wawp" });
    let missed = api.ask(Method::DELETE, DELETE, &id, without_query).await;
    assert_eq!(missed.code(), (404, "webhook_not_found".to_owned()));
    assert_eq!(api.ask(Method::DELETE, DELETE, &id, json!({ "url": HOOK })).await.status, 200);
    assert_eq!(
        api.say(Method::DELETE, DELETE, &id, json!({ "url": "https://b.example/" })).await.status,
        200
    );
    let left = api.webhooks(&id).await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["url"]), (1, &json!("https://c.example/")));
    let again = api.ask(Method::DELETE, DELETE, &id, json!({ "url": HOOK })).await;
    assert_eq!(again.code(), (404, "webhook_not_found".to_owned()));
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_say() {
    let api = paid().await;
    let id = api.create().await;
    let retries = json!({ "delay": 9, "attempts": 3 });
    api.set(&id, json!({ "url": HOOK, "events": ["message"], "retries": retries, "hmac": HMAC })).await;
    assert_eq!(api.say(Method::PATCH, UPDATE, &id, json!({ "url": HOOK, "is_active": 0 })).await.status, 200);
    let expected = json!([{ "url": HOOK, "events": ["message"], "is_active": 0, "retries": retries }]);
    assert_eq!(api.webhooks(&id).await, expected);
    assert!(api.sandbox.instances()[0].webhooks[0].hmac.is_some(), "the secret stays");
    let absent = json!({ "url": "https://absent.example", "is_active": 0 });
    let absent = api.say(Method::PATCH, UPDATE, &id, absent).await;
    assert_eq!(absent.code(), (404, "webhook_not_found".to_owned()));
}

#[tokio::test]
async fn the_whole_list_is_overwritten_by_a_post() {
    let api = paid().await;
    let id = api.create().await;
    api.set(&id, json!({ "url": "https://old.example", "events": ["message"] })).await;
    let list = json!([{ "url": HOOK, "events": ["message"], "is_active": true }]);
    assert_eq!(api.ask(Method::POST, LIST, &id, json!({ "webhooks": list })).await.status, 200);
    let now = api.webhooks(&id).await;
    assert_eq!((now.as_array().unwrap().len(), &now[0]["url"]), (1, &json!(HOOK)));
    let bad = api.say(Method::POST, LIST, &id, json!({ "webhooks": [HOOK] })).await;
    assert_eq!(bad.code(), (400, "invalid_param".to_owned()));
    assert_eq!(api.webhooks(&id).await, now);
    api.say(Method::POST, LIST, &id, json!({ "webhooks": [] })).await;
    assert_eq!(api.webhooks(&id).await, json!([]));
}

#[tokio::test]
async fn the_system_webhook_is_turned_off_and_never_deleted() {
    let api = paid().await;
    let id = api.create().await;
    let system = api.system(&id).await;
    let url = system["url"].as_str().unwrap();
    let token = url.strip_prefix("https://app.wawp.net/api/webhook/").unwrap();
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{url}");
    assert_eq!(system["is_active"], 1);

    let deleted = api.ask(Method::DELETE, DELETE, &id, json!({ "url": url })).await;
    assert_eq!(deleted.code(), (403, "system_webhook".to_owned()));
    api.say(Method::POST, LIST, &id, json!({ "webhooks": [] })).await;
    assert_eq!(api.system(&id).await, system);
    for (is_active, method, path) in [(0, Method::PATCH, UPDATE), (1, Method::POST, SET)] {
        let fields = json!({ "url": url, "events": [], "is_active": is_active });
        assert_eq!(api.say(method, path, &id, fields).await.status, 200);
        assert_eq!(api.system(&id).await["is_active"], is_active);
    }
    assert_eq!(api.webhooks(&id).await, json!([]), "it is not one of the user's");
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_a_400_and_sets_nothing() {
    let api = paid().await;
    let id = api.create().await;
    for (fields, code) in [
        (json!({ "events": ["message"] }), "missing_param"),
        (json!({ "url": HOOK }), "missing_param"),
        (json!({ "url": "crm", "events": [] }), "invalid_param"),
        (json!({ "url": HOOK, "events": "message" }), "invalid_param"),
        (json!({ "url": HOOK, "events": [], "is_active": "yes" }), "invalid_param"),
        (json!({ "url": HOOK, "events": [], "retries": 3 }), "invalid_param"),
    ] {
        let got = api.set(&id, fields.clone()).await;
        assert_eq!(got.code(), (400, code.to_owned()), "{fields}");
    }
    assert_eq!(api.sandbox.instances()[0].webhooks, []);
}

#[tokio::test]
async fn the_secret_that_signs_is_recognised_and_never_seen_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let api = start(Options { plan: Plan::Paid, data: Some(path.clone()), ..options() }).await;
    let id = api.create().await;
    let fields = json!({ "url": HOOK, "events": ["message"], "hmac": HMAC });
    let set = api.set(&id, fields.clone()).await;
    let by_query = api.ask(Method::POST, SET, &id, fields.clone()).await;
    let mut control = fields;
    control["instance_id"] = json!(id);
    let outside = api.control(Method::POST, "webhook", &control.to_string()).await;
    assert_eq!((set.status, by_query.status, outside.status), (200, 200, 200), "{outside:?}");

    let instances = api.sandbox.instances();
    let marks = [HMAC, "another"].map(|secret| Some(api.sandbox.mark(&Secret::new(secret.to_owned()))));
    assert_eq!(instances[0].webhooks[0].hmac, marks[0]);
    assert_ne!(instances[0].webhooks[0].hmac, marks[1]);
    let log = api.sandbox.log();
    assert_eq!((&log[1].hmac_in, &log[2].hmac_in), (&vec![Place::Body], &vec![Place::Query]));
    for seen in [
        set.text,
        by_query.text,
        outside.text,
        api.read(LIST, &id).await.text,
        api.call("info", &id).await.text,
        api.control(Method::GET, "instances", "").await.text,
        api.control(Method::GET, "log", "").await.text,
        format!("{instances:?} {log:?}"),
        std::fs::read_to_string(&path).unwrap(),
    ] {
        assert!(!seen.contains(HMAC), "{seen}");
    }
}

#[tokio::test]
async fn a_set_without_a_secret_takes_the_secret_away() {
    let api = paid().await;
    let id = api.create().await;
    api.set(&id, json!({ "url": HOOK, "events": ["message"], "hmac": HMAC })).await;
    api.set(&id, json!({ "url": HOOK, "events": ["message"] })).await;
    assert_eq!(api.sandbox.instances()[0].webhooks[0].hmac, None);
}
