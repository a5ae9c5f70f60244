//! What pairs a phone, in every shape that the API may give it (wawp-api.md §2.10, §2.13, §2.15, §6.16, §6.19), and
//! that no error tells it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use jiff::Timestamp;
use wawpform::instance::{InstanceId, Secret};
use wawpform::wawp::answer::{self, Raw};
use wawpform::wawp::{CallError, Kind, Link, Qr};

use super::listener::{Listener, answer as reply};
use super::{Caller, NO_FAULTS, TOKEN, api, id, patient};

const ID: &str = "3EB0BCB2E3D4";
const LINK: &str = "https://app.wawp.net/temp-qr/7Xk2mQ";
const VALUE: &str = "2@Zm9vYmFyYmF6,aGVsbG8=,d29ybGQ=,1";
const NOW: &str = "2026-11-22T10:00:00Z";

fn with<T>(status: u16, body: &str, read: impl FnOnce(Raw<'_>, &InstanceId) -> T) -> T {
    let token = Secret::new(TOKEN.to_owned());
    read(Raw { status, retry_after: None, body: body.as_bytes(), token: &token }, &id(ID))
}

fn link(status: u16, body: &str) -> Result<Option<Link>, CallError> {
    with(status, body, answer::link)
}

fn qr(status: u16, body: &str) -> Result<Qr, CallError> {
    with(status, body, answer::qr)
}

fn code(status: u16, body: &str) -> Result<String, CallError> {
    with(status, body, answer::code).map(|code| code.expose().to_owned())
}

/// The expiry that a link with this field has, for an answer that comes at [`NOW`].
fn expiry(field: &str) -> Option<String> {
    let link = link(200, &format!(r#"{{"link":"{LINK}",{field}}}"#)).unwrap().unwrap();
    link.expiry.map(|expiry| expiry.moment(NOW.parse().unwrap()).to_string())
}

fn value(body: &str) -> String {
    match qr(200, body).unwrap_or_else(|error| panic!("{body}: {error}")) {
        Qr::Value { value, .. } => value.expose().to_owned(),
        Qr::Picture => panic!("{body}: a picture"),
    }
}

#[test]
fn a_link_is_read_wherever_it_is_and_none_is_none() {
    for body in [
        format!(r#"{{"link":"{LINK}"}}"#),
        format!(r#"{{"url":" {LINK}\n","link_id":7}}"#),
        format!(r#"{{"data":{{"link":"{LINK}"}},"success":true}}"#),
        format!(r#"{{"link":{{"url":"{LINK}","expires_at":1}}}}"#),
        format!(r#"{{"temp_link":"{LINK}","code":"ok","instance_id":"3eb0bcb2e3d4"}}"#),
    ] {
        for status in [200, 201] {
            let link = link(status, &body).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!(link.unwrap().url.expose(), LINK, "{body}");
        }
    }
    for body in [r#"{"link":null}"#, r#"{"link":""}"#, r#"{"link":false,"message":"none"}"#, r#"{"link":{}}"#]
    {
        assert!(link(200, body).unwrap().is_none(), "{body}");
    }
}

#[test]
fn an_expiry_is_read_under_every_name_and_in_every_format() {
    let later = Some("2026-11-22T10:30:00Z".to_owned());
    let seconds = later.as_ref().unwrap().parse::<Timestamp>().unwrap().as_second();
    for field in [
        format!(r#""expires_at":{seconds}"#),
        format!(r#""expires":{seconds}.0"#),
        format!(r#""expiry":{seconds}000"#),
        format!(r#""expiry":"{seconds}000""#),
        format!(r#""validUntil":"{seconds}""#),
        r#""expiration":"2026-11-22T10:30:00Z""#.to_owned(),
        r#""expiresAt":"2026-11-22T12:30:00+02:00""#.to_owned(),
        r#""expires_in":1800"#.to_owned(),
        r#""expires_in":"1800""#.to_owned(),
    ] {
        assert_eq!(expiry(&field), later, "{field}");
    }
    for unknown in [
        r#""expires_at":null"#,
        r#""expires_at":"soon""#,
        r#""expires_at":"2026-11-22 10:30:00""#,
        r#""expires_at":-1"#,
        r#""expires_at":1e300"#,
        r#""expires_at":"NaN""#,
        r#""expires_in":0"#,
        r#""expires_in":500000000"#,
        r#""expires_at":[1]"#,
        r#""until":1800"#,
    ] {
        assert_eq!(expiry(unknown), None, "{unknown}");
    }
}

#[test]
fn what_is_no_link_is_not_handed_on() {
    for body in [
        "{}".to_owned(),
        r#"{"link":"javascript:alert(1)"}"#.to_owned(),
        r#"{"link":"http://app.wawp.net/temp-qr/x"}"#.to_owned(),
        r#"{"link":"https:///"}"#.to_owned(),
        r#"{"link":"see the dashboard"}"#.to_owned(),
        r#"{"link":"https://app.wawp.net/\u001b[2Jx"}"#.to_owned(),
        r#"{"link":"https://app.wawp.net/\u202ex"}"#.to_owned(),
        r#"{"link":true}"#.to_owned(),
        format!(r#"{{"link":"https://app.wawp.net/?t={TOKEN}"}}"#),
        format!(r#"{{"link":"https://app.wawp.net/{}"}}"#, "x".repeat(3000)),
        format!(r#"{{"link":"{LINK}","success":false,"message":"no"}}"#),
        format!(r#"{{"link":"{LINK}","code":"internal_error"}}"#),
        format!(r#"{{"link":"{LINK}","instance_id":"000000000000"}}"#),
    ] {
        let error = link(200, &body).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Unknown, "{body}: {error}");
    }
}

#[test]
fn a_qr_code_is_read_plain_as_json_and_as_base64() {
    let json = format!(r#"{{"value":"{VALUE}","expiry":1795341600000}}"#);
    let data = STANDARD.encode(&json);
    let folded = format!("{}\\r\\n{}", &data[..20], &data[20..]);
    for body in [
        format!(r#"{{"mimetype":"application/json","data":"{data}"}}"#),
        format!(r#"{{"data":"{}"}}"#, STANDARD_NO_PAD.encode(&json)),
        format!(r#"{{"data":"{}"}}"#, URL_SAFE.encode(&json)),
        format!(r#"{{"data":"{folded}"}}"#),
        format!(r#"{{"data":"data:application/json;base64,{data}"}}"#),
        format!(r#"{{"data":{}}}"#, serde_json::json!(json)),
        format!(r#"{{"data":{json}}}"#),
        format!(r#"{{"data":{{"mimetype":"application/json","data":"{data}"}}}}"#),
        format!(r#"{{"mimetype":"text/plain","data":"{}"}}"#, STANDARD.encode(VALUE)),
        json.clone(),
        format!(r#"{{"qr":"{VALUE}","status":"SCAN_QR_CODE"}}"#),
        format!(r#"{{"qr":"{data}"}}"#),
    ] {
        assert_eq!(value(&body), VALUE, "{body}");
    }
    let Qr::Value { expiry: Some(expiry), .. } = qr(200, &format!(r#"{{"data":"{data}"}}"#)).unwrap() else {
        panic!("it tells when it ends")
    };
    assert_eq!(expiry.moment(Timestamp::UNIX_EPOCH).to_string(), "2026-11-22T10:00:00Z");
}

#[test]
fn a_picture_is_told_apart_from_a_code_that_can_be_drawn() {
    for body in [
        r#"{"qr":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgA"}"#,
        r#"{"mimetype":"image/png","data":"iVBORw0KGgoAAAANSUhEUg=="}"#,
        r#"{"data":{"qr":"data:image/svg+xml,<svg/>"}}"#,
        r#"{"base64":"/9j/4AAQSkZJRg=="}"#,
    ] {
        assert!(matches!(qr(200, body), Ok(Qr::Picture)), "{body}");
    }
}

#[test]
fn what_is_no_qr_code_is_not_drawn() {
    for body in [
        "{}".to_owned(),
        "null".to_owned(),
        r#"{"data":null}"#.to_owned(),
        r#"{"data":""}"#.to_owned(),
        r#"{"data":"AAAA"}"#.to_owned(),
        r#"{"value":"not ready yet"}"#.to_owned(),
        format!(r#"{{"value":"2@{}"}}"#, "x".repeat(2000)),
        r#"{"value":"2@\u001b[2J"}"#.to_owned(),
        format!(r#"{{"value":"2@{TOKEN}"}}"#),
        format!(r#"{{"data":"{}"}}"#, STANDARD.encode(r#"{"value":"#)),
        format!(r#"{{"data":"{}"}}"#, "data:,".repeat(100_000)),
        format!(r#"{{"value":"{VALUE}","error":"not_ready"}}"#),
        format!(r#"{{"value":"{VALUE}","instance_id":"000000000000"}}"#),
    ] {
        let error = qr(200, &body).map(|_| ()).unwrap_err();
        assert_eq!(error.kind, Kind::Unknown, "{error}");
    }
}

#[test]
fn a_pairing_code_is_read_although_code_names_errors_elsewhere() {
    for body in [
        r#"{"code":"ABCD-1234"}"#,
        r#"{"code":"ABCD1234"}"#,
        r#"{"code":"abcd 1234"}"#,
        r#"{"pairing_code":"ABCD-1234","code":"ok"}"#,
        r#"{"success":true,"data":{"code":" ABCD-1234"}}"#,
        r#"{"code":"ABCD-1234","message":"Type it in","instance_id":"3EB0BCB2E3D4"}"#,
    ] {
        assert_eq!(code(200, body).as_deref(), Ok("ABCD-1234"), "{body}");
    }
    assert_eq!(code(200, r#"{"code":12345678}"#).as_deref(), Ok("1234-5678"));
    assert_eq!(code(200, r#"{"code":"WXYZABCD"}"#).as_deref(), Ok("WXYZ-ABCD"));
    for body in [
        "{}",
        r#"{"code":""}"#,
        r#"{"code":200}"#,
        r#"{"code":"internal"}"#,
        r#"{"code":"INTERNAL","message":"Something went wrong"}"#,
        r#"{"code":"ABCD-12345"}"#,
        r#"{"code":"ABCD-1234","success":false}"#,
        r#"{"code":"ABCD-1234","status":500}"#,
        r#"{"code":"ABCD-1234","instance_id":"000000000000"}"#,
    ] {
        assert_eq!(code(200, body).unwrap_err().kind, Kind::Unknown, "{body}");
    }
    for (name, kind) in [("invalid_instance", Kind::Gone), ("missing_param", Kind::Rejected)] {
        let error = code(200, &format!(r#"{{"code":"{name}","message":"no"}}"#)).unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(name)));
    }
}

#[test]
fn no_error_and_no_debug_form_tells_what_pairs_a_phone() {
    let page = format!(r#"{{"link":"{LINK}","expires_at":"2026-11-22T10:30:00Z"}}"#);
    let shown = format!("{:?} {:?}", link(200, &page), qr(200, &format!(r#"{{"value":"{VALUE}"}}"#)));
    assert!(!shown.contains("temp-qr") && !shown.contains("Zm9v"), "{shown}");
    for secret in [LINK, VALUE, "ABCD-1234", "ABCD1234", "12345678"] {
        for body in [
            secret.to_owned(),
            format!("<code>{secret}</code>"),
            format!(r#""{secret}""#),
            format!(r#"{{"code":"{secret}""#),
            format!(r#"{{"message":"use ({secret}), now"}}"#),
            format!(r#"{{"success":false,"code":"{secret}","message":"{secret}"}}"#),
            format!(r#"{{"error":{{"code":"{secret}","message":"it is '{secret}'."}}}}"#),
        ] {
            for status in [200, 400, 404, 500, 502] {
                let errors = [
                    link(status, &body).map(|_| ()).err(),
                    qr(status, &body).map(|_| ()).err(),
                    code(status, &body).map(|_| ()).err(),
                ];
                for error in errors.into_iter().flatten() {
                    let shown = format!("{error} {error:?}");
                    assert!(!shown.contains(secret), "{status} {body}\n{shown}");
                }
            }
        }
    }
    let shown =
        "HTTP 200: the answer cannot be read; it is not shown, because it may hold what pairs a phone";
    for body in ["WXYZABCD", "<p>take WXYZABCD</p>", "{\"message\":\"no", ""] {
        assert_eq!(code(200, body).unwrap_err().to_string(), shown, "{body}");
    }
    let error = code(400, r#"{"code":"not_ready","message":"Expected: SCAN_QR_CODE."}"#).unwrap_err();
    assert_eq!(error.to_string(), "HTTP 400 not_ready: Expected: SCAN_QR_CODE.", "other words are kept");
}

#[tokio::test]
async fn a_page_is_made_read_and_revoked_and_a_code_asked_for() {
    let api = api(NO_FAULTS).await;
    let id = api.create().await;
    let client = api.client();
    client.start(&id).await.unwrap();
    assert!(client.read_link(&id).await.unwrap().is_none());
    let made = client.make_link(&id).await.unwrap();
    let read = client.read_link(&id).await.unwrap().unwrap();
    assert_eq!(made.url.expose(), read.url.expose());
    assert_eq!(made.expiry.unwrap().moment(Timestamp::UNIX_EPOCH).to_string(), "1970-01-01T00:30:00Z");
    client.revoke_links(&id).await.unwrap();
    assert!(client.read_link(&id).await.unwrap().is_none());
    for _ in 0..3 {
        client.info(&id).await.unwrap();
    }
    let Qr::Value { value, .. } = client.qr(&id).await.unwrap() else { panic!("no picture") };
    assert!(value.expose().starts_with("2@"));
    let code = client.request_code(&id, "201012345678").await.unwrap();
    assert_eq!(code.expose().len(), 9);
}

#[tokio::test]
async fn a_code_of_unknown_outcome_is_not_asked_for_again_and_a_page_is_made_again() {
    let lost = [reply("500 Oops", ""), reply("200 OK", r#"{"code":"ABCD-1234"}"#)];
    let server = Listener::serving(lost).await;
    let caller = Caller::new(&server.base_url(), patient());
    let error = caller.client.request_code(&id(ID), "201012345678").await.map(|_| ()).unwrap_err();
    assert_eq!((error.kind, server.requests().len()), (Kind::Unknown, 1));
    let again = [reply("500 Oops", ""), reply("200 OK", &format!(r#"{{"link":"{LINK}"}}"#))];
    let server = Listener::serving(again).await;
    let caller = Caller::new(&server.base_url(), patient());
    assert_eq!(caller.client.make_link(&id(ID)).await.unwrap().url.expose(), LINK);
    assert_eq!(server.requests().len(), 2);
}
