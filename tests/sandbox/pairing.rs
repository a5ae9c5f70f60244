//! Pairing pages, QR codes and pairing codes (wawp-api.md §2.10, §2.13 to §2.15).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use wawpform::sandbox::Options;

use super::{Api, Got, api, options, start};

const LINK: &str = "/v2/session/temp-link";
const QR: &str = "/v2/auth/qr";
const CODE: &str = "/v2/auth/request-code";

/// A sandbox with a clock that goes when it is told to.
async fn api_at(second: i64) -> (Api, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(second));
    let clock = Arc::clone(&now);
    let clock = Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
    (start(Options { clock, ..options() }).await, now)
}

impl Api {
    async fn link(&self, method: Method, id: &str) -> Value {
        let got = self.ask(method, LINK, id, json!({})).await;
        assert_eq!(got.status, 200, "{got:?}");
        got.json()
    }

    async fn code(&self, id: &str, number: &str) -> Got {
        self.say(Method::POST, CODE, id, json!({ "phone_number": number })).await
    }

    /// A session in `SCAN_QR_CODE`.
    async fn scannable(&self) -> String {
        let id = self.create().await;
        self.call("start", &id).await;
        assert_eq!([self.status(&id).await, self.status(&id).await], ["STARTING", "SCAN_QR_CODE"]);
        id
    }
}

fn decoded(qr: &Value) -> Value {
    serde_json::from_slice(&STANDARD.decode(qr["data"].as_str().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_page_is_made_read_and_ends_after_thirty_minutes() {
    let (api, now) = api_at(1_000_000_000).await;
    let (id, other) = (api.create().await, api.create().await);
    assert_eq!(api.link(Method::GET, &id).await, json!({ "link": null }));
    let made = api.link(Method::POST, &id).await;
    let token = made["link"].as_str().unwrap().strip_prefix("https://app.wawp.net/temp-qr/").unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{made}");
    assert_eq!(made["expires_at"], "2001-09-09T02:16:40Z");
    assert_eq!(api.link(Method::GET, &other).await, json!({ "link": null }));
    now.store(1_000_001_799, Ordering::SeqCst);
    assert_eq!(api.link(Method::GET, &id).await, made);
    now.store(1_000_001_800, Ordering::SeqCst);
    assert_eq!(api.link(Method::GET, &id).await, json!({ "link": null }));
}

#[tokio::test]
async fn a_new_page_ends_the_one_before_and_a_delete_ends_all() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { data: Some(folder.path().to_owned()), ..options() };
    let api = start(kept()).await;
    let id = api.create().await;
    let first = api.link(Method::POST, &id).await;
    let second = api.link(Method::POST, &id).await;
    assert_ne!(first["link"], second["link"]);
    api.sandbox.stop().await;
    let text = std::fs::read_to_string(folder.path().join("world.jsonl")).unwrap();
    let token = second["link"].as_str().unwrap().rsplit('/').next().unwrap();
    assert!(!text.contains(token), "a page is not kept: {text}");

    let api = start(kept()).await;
    assert_eq!(api.link(Method::GET, &id).await, second, "it is made again");
    api.link(Method::DELETE, &id).await;
    assert_eq!(api.link(Method::GET, &id).await, json!({ "link": null }));
    api.link(Method::DELETE, &id).await;
    let third = api.link(Method::POST, &id).await;
    assert!(![&first["link"], &second["link"]].contains(&&third["link"]));
}

#[tokio::test]
async fn a_qr_code_says_what_to_draw_and_when_the_next_one_comes() {
    let (api, now) = api_at(1_000_000_005).await;
    let id = api.scannable().await;
    let qr = api.say(Method::POST, QR, &id, json!({ "format": "raw" })).await.json();
    assert_eq!(qr["mimetype"], "application/json");
    let first = decoded(&qr);
    let value = first["value"].as_str().unwrap();
    assert!(value.starts_with("2@") && value.split(',').count() == 5, "{value}");
    assert_eq!(first["expiry"], 1_000_000_020_000_i64, "in milliseconds");
    now.store(1_000_000_019, Ordering::SeqCst);
    assert_eq!(decoded(&api.read(QR, &id).await.json()), first, "by GET as well");
    now.store(1_000_000_020, Ordering::SeqCst);
    assert_ne!(decoded(&api.read(QR, &id).await.json())["value"], first["value"]);
    let svg = api.say(Method::POST, QR, &id, json!({ "format": "svg" })).await;
    assert_eq!(svg.code(), (400, "invalid_param".to_owned()));

    let image = api.read("/v2/auth/qr-image", &id).await.json();
    let png = image["qr"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
    assert!(STANDARD.decode(png).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[tokio::test]
async fn there_is_a_qr_code_only_while_one_can_be_scanned() {
    let api = api().await;
    let id = api.create().await;
    let refused = (422, "invalid_session_status".to_owned());
    assert_eq!(api.read(QR, &id).await.code(), refused);
    api.call("start", &id).await;
    let starting = api.read(QR, &id).await;
    assert!(starting.code() == refused && starting.text.contains("STARTING"), "{starting:?}");
    assert_eq!(api.read(QR, &id).await.status, 200, "to look for it is to wait for it");
    api.sandbox.scan(&id, "201012345678", "John").unwrap();
    assert_eq!(api.read(QR, &id).await.code(), refused);
    assert_eq!(api.read("/v2/auth/qr-image", &id).await.code(), refused);
}

#[tokio::test]
async fn a_code_is_for_a_number_and_only_while_nobody_is_paired() {
    let api = api().await;
    let id = api.scannable().await;
    let first = api.code(&id, "201145202826").await.json();
    let shape =
        |code: &str| code.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let code = first["code"].as_str().unwrap();
    assert!(code.len() == 9 && shape(code).ends_with("-0000"), "{code}");
    assert!(code[..4].bytes().all(|byte| byte.is_ascii_uppercase()), "{code}");
    assert_ne!(api.code(&id, "201145202826").await.json(), first, "each is new");

    let none = api.say(Method::POST, CODE, &id, json!({})).await;
    assert_eq!(none.code(), (400, "missing_param".to_owned()));
    for bad in ["+201145202826", "00201145202826", "20 1145", "20-114-5202", "12345"] {
        assert_eq!(api.code(&id, bad).await.code(), (400, "invalid_param".to_owned()), "{bad}");
    }
    api.sandbox.scan(&id, "201012345678", "John").unwrap();
    assert_eq!(api.code(&id, "201145202826").await.code(), (422, "invalid_session_status".to_owned()));
    api.call("stop", &id).await;
    assert_eq!(api.code(&id, "201145202826").await.code(), (422, "invalid_session_status".to_owned()));
    let by_get = api.ask(Method::GET, CODE, &id, json!({ "phone_number": "201145202826" })).await;
    assert_eq!(by_get.code(), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn pages_and_codes_are_nowhere_but_in_their_answers() {
    let api = api().await;
    let id = api.scannable().await;
    let link = api.link(Method::POST, &id).await["link"].as_str().unwrap().to_owned();
    let code = api.code(&id, "201145202826").await.json()["code"].as_str().unwrap().to_owned();
    let value = decoded(&api.read(QR, &id).await.json())["value"].as_str().unwrap().to_owned();
    let seen = [
        api.control(Method::GET, "log", "").await.text,
        api.control(Method::GET, "instances", "").await.text,
        format!("{:?} {:?}", api.sandbox.log(), api.sandbox.instances()),
    ];
    for secret in [link.rsplit('/').next().unwrap(), &code, &value] {
        assert!(seen.iter().all(|text| !text.contains(secret)), "{secret}: {seen:?}");
    }
}
