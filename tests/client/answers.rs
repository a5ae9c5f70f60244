//! The table of answers: every shape that clients of the API have met, and how it is read (wawp-api.md §6).

use std::time::Duration;

use wawpform::instance::{InstanceId, Secret, Status};
use wawpform::wawp::answer::{self, Created, Observed, Raw};
use wawpform::wawp::{CallError, Kind};

use super::TOKEN;

const ID: &str = "3EB0BCB2E3D4";

fn with<T>(status: u16, body: &str, read: impl FnOnce(Raw<'_>) -> T) -> T {
    let token = Secret::new(TOKEN.to_owned());
    let retry_after = (status == 429).then_some(Duration::from_secs(3));
    read(Raw { status, retry_after, body: body.as_bytes(), token: &token })
}

fn created(status: u16, body: &str) -> Result<Created, CallError> {
    with(status, body, answer::created)
}

fn observed(status: u16, body: &str) -> Result<Observed, CallError> {
    with(status, body, |raw| answer::observed(raw, &InstanceId::new(ID).unwrap()))
}

fn done(status: u16, body: &str) -> Result<(), CallError> {
    with(status, body, |raw| answer::done(raw, &InstanceId::new(ID).unwrap()))
}

#[test]
fn a_create_is_read_wherever_the_id_is() {
    for (body, id) in [
        (r#"{"instance_id":"3EB0BCB2E3D4"}"#, ID),
        (r#"{"instance_id":"3eb0bcb2e3d45"}"#, "3eb0bcb2e3d45"),
        (r#"{"instance_id":123456789}"#, "123456789"),
        (r#"{"instanceId":"3EB0BCB2E3D4"}"#, ID),
        (r#"{"id":"3EB0BCB2E3D4","status":"STARTING"}"#, ID),
        (r#"{"data":{"instance_id":"3EB0BCB2E3D4"}}"#, ID),
        (r#"{"success":true,"data":{"instance_id":3}}"#, "3"),
        (r#"{"session":{"instance_id":"3EB0BCB2E3D4"}}"#, ID),
        (r#"{"status":"success","code":"ok","data":{"metadata":{"instance_id":"3EB0BCB2E3D4"}}}"#, ID),
        (r#"{"name":"n","status":"STARTING","config":{"metadata":{"instance_id":"3EB0BCB2E3D4"}}}"#, ID),
        (r#"{"error":null,"instance_id":"3EB0BCB2E3D4","unknown":[{}]}"#, ID),
        (" \r\n{\"instance_id\":\"3EB0BCB2E3D4\"}\n", ID),
    ] {
        for status in [200, 201, 202] {
            let read = created(status, body).unwrap_or_else(|error| panic!("{body}: {error}"));
            assert_eq!(read.instance_id.as_str(), id, "{body}");
        }
    }
}

#[test]
fn a_create_takes_over_the_names_it_is_told_and_no_other_field() {
    let full = r#"{"instance_id":"3EB0BCB2E3D4","session_name":"wawp-84729105","server_name":"server-1","status":"STOPPED"}"#;
    let read = created(201, full).unwrap();
    let (session, server) = (read.session_name.as_deref(), read.server_name.as_deref());
    assert_eq!((session, server), (Some("wawp-84729105"), Some("server-1")));
    let named = created(201, r#"{"instance_id":"1","name":"wawp-1","server_name":null}"#).unwrap();
    assert_eq!((named.session_name.as_deref(), named.server_name), (Some("wawp-1"), None));
    let long = format!(r#"{{"instance_id":"1","name":"{}"}}"#, "n".repeat(1000));
    assert_eq!(created(201, &long).unwrap().session_name, None, "no name is that long");
}

#[test]
fn a_success_status_without_a_usable_id_has_no_known_outcome() {
    for body in [
        "",
        "   ",
        "null",
        "[]",
        "true",
        "\"3EB0BCB2E3D4\"",
        "{}",
        r#"{"instance_id":null}"#,
        r#"{"instance_id":""}"#,
        r#"{"instance_id":"3EB0 BCB2"}"#,
        r#"{"instance_id":true}"#,
        r#"{"instance_id":{"id":"x"}}"#,
        r#"{"instance_id":1.5}"#,
        r#"{"instance_id":-1}"#,
        r#"{"instance_id":123456789012345678901234567890}"#,
        r#"{"status":"success","message":"created"}"#,
        r#"{"code":"surprise","message":"no"}"#,
        r#"{"wawp_upstream_error":"timeout"}"#,
        r#"{"status":500,"message":"no","error":"Internal Server Error"}"#,
        r#"{"error":{"id":"req-77","message":"no"}}"#,
        r#"{"id":"req-77","code":"internal","message":"no"}"#,
        r#"{"id":"req-77","success":false}"#,
        r#"{"instance_id":"3EB0BC"#,
        "<html><h1>Welcome</h1></html>",
        "<?xml version=\"1.0\"?><session><instance_id>3EB0BCB2E3D4</instance_id></session>",
        "OK",
        "\u{0}\u{1}\u{fffd}",
    ] {
        for status in [200, 201] {
            let error = created(status, body).unwrap_err();
            assert_eq!((error.kind, error.status), (Kind::Unknown, Some(status)), "{body}: {error}");
        }
    }
}

#[test]
fn a_refusal_under_a_success_status_is_a_refusal() {
    for (code, kind) in [
        ("quota_reached", Kind::Quota),
        ("invalid_access_token", Kind::Unauthorized),
        ("missing_param", Kind::Rejected),
        ("subscription_required", Kind::Rejected),
    ] {
        for body in [
            format!(r#"{{"code":"{code}","message":"no"}}"#),
            format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#),
            format!(r#"{{"status":403,"error":"{code}","message":"no"}}"#),
            format!(r#"{{"code":"{code}","message":"no","instance_id":"3EB0BCB2E3D4"}}"#),
        ] {
            let error = created(200, &body).unwrap_err();
            assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)), "{body}");
            assert!(error.message.ends_with(": no"), "{error}");
        }
    }
}

#[test]
fn a_status_code_means_the_same_for_every_call() {
    let json = r#"{"code":"x_y","message":"no"}"#;
    let html = "<html><head><title>Oops</title></head><body>go away</body></html>";
    let retry_after = Some(Duration::from_secs(3));
    for (status, body, kind) in [
        (400, json, Kind::Rejected),
        (400, "<?xml version=\"1.0\"?><error><code>x</code></error>", Kind::Rejected),
        (400, "Missing parameter", Kind::Rejected),
        (400, "", Kind::Rejected),
        (400, r#"{"code":"invalid_access_token"}"#, Kind::Unauthorized),
        (401, json, Kind::Unauthorized),
        (401, html, Kind::Unauthorized),
        (401, "", Kind::Unauthorized),
        (403, json, Kind::Rejected),
        (403, r#"{"code":"quota_reached","data":{"status":403}}"#, Kind::Quota),
        (403, "<error><code>quota_reached</code></error>", Kind::Quota),
        (403, html, Kind::Rejected),
        (404, r#"{"code":"invalid_instance"}"#, Kind::Gone),
        (404, r#"{"code":"already_deleted"}"#, Kind::Gone),
        (404, r#"{"code":"invalid_session"}"#, Kind::NotFound { api_spoke: true }),
        (404, r#"{"message":"no"}"#, Kind::NotFound { api_spoke: true }),
        (404, r#"{"code":"rest_no_route","message":"no"}"#, Kind::NotFound { api_spoke: false }),
        (404, html, Kind::NotFound { api_spoke: false }),
        (404, "", Kind::NotFound { api_spoke: false }),
        (404, "[]", Kind::NotFound { api_spoke: false }),
        (405, json, Kind::Rejected),
        (408, json, Kind::Unknown),
        (409, json, Kind::Rejected),
        (410, "", Kind::Gone),
        (422, json, Kind::Rejected),
        (429, json, Kind::RateLimited),
        (429, html, Kind::RateLimited),
        (499, "", Kind::Unknown),
        (301, "", Kind::Unknown),
        (302, html, Kind::Unknown),
        (307, "", Kind::Rejected),
        (500, json, Kind::Unknown),
        (500, r#"{"code":"quota_reached"}"#, Kind::Unknown),
        (502, html, Kind::Unknown),
        (503, "", Kind::Unknown),
        (522, html, Kind::Unknown),
        (599, "x", Kind::Unknown),
    ] {
        let errors = [
            created(status, body).unwrap_err(),
            observed(status, body).unwrap_err(),
            done(status, body).unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind, error.status), (kind, Some(status)), "{status} {body}: {error}");
            assert_eq!(error.retry_after, retry_after.filter(|_| status == 429), "{status} {body}");
            assert_eq!(error.surely_not_executed(), kind != Kind::Unknown, "{status} {body}");
        }
    }
}

#[test]
fn an_error_says_what_the_server_said_on_one_short_line() {
    let long = "word ".repeat(200);
    for (status, body, text) in [
        (400, r#"{"code":"missing_param","message":"No token"}"#, "HTTP 400 missing_param: No token"),
        (400, r#"{"error":{"code":"e_1","message":"No"}}"#, "HTTP 400 e_1: No"),
        (404, r#"{"status":404,"message":"No","error":"Not Found"}"#, "HTTP 404: No"),
        (400, r#"{"error":"Bad Request"}"#, "HTTP 400: Bad Request"),
        (400, "<error><code>7</code>\n<message>No token</message></error>", "HTTP 400: 7 No token"),
        (502, "<html><head><title>502 Bad Gateway</title></head></html>", "HTTP 502: 502 Bad Gateway"),
        (400, "Missing\n  parameter", "HTTP 400: Missing parameter"),
        (500, "", "HTTP 500: an empty body"),
        (500, r#"{"user_email":"a@b.c"}"#, "HTTP 500: no word of what is wrong"),
        (500, r#"{"user_email":"a@b.c""#, "HTTP 500: it breaks off, or is not JSON after all"),
        (302, "", "HTTP 302: a redirect, and redirects are not followed; check the API's address"),
    ] {
        assert_eq!(created(status, body).unwrap_err().to_string(), text);
    }
    assert!(created(500, &long).unwrap_err().message.chars().count() <= 201);
}

#[test]
fn an_info_is_read_in_every_envelope() {
    for body in [
        r#"{"name":"wawp-1","status":"WORKING","config":{"webhooks":{},"proxy":null},"me":{"id":"201012345678@c.us","pushName":"J"}}"#,
        r#"{"name":"wawp-1","status":"working","config":{"webhooks":[]},"me":{"id":"201012345678@c.us"},"instance_id":"3EB0BCB2E3D4"}"#,
        r#"{"data":{"session_name":"wawp-1","status":"WORKING","me":{"id":"201012345678@c.us"}}}"#,
        r#"{"status":"success","data":{"name":"wawp-1","status":"WORKING","me":{"id":"201012345678@c.us"}}}"#,
        r#"{"status":200,"session":{"name":"wawp-1","status":"WORKING","me":{"id":"201012345678@c.us"}}}"#,
        r#"{"name":"wawp-1","status":"WORKING","error":"","me":{"id":"201012345678@c.us"},"instance_id":"3eb0bcb2e3d4"}"#,
    ] {
        let read = observed(200, body).unwrap_or_else(|error| panic!("{body}: {error}"));
        let expected = Observed {
            status: Status::Working,
            session_name: Some("wawp-1".into()),
            server_name: None,
            paired: Some("201012345678@c.us".into()),
        };
        assert_eq!(read, expected, "{body}");
    }
    let unpaired = observed(200, r#"{"status":"SCAN_QR_CODE","me":null,"qr":"abc"}"#).unwrap();
    assert_eq!((unpaired.status, unpaired.paired), (Status::ScanQrCode, None));
}

#[test]
fn an_unknown_status_is_kept_and_a_missing_one_is_unknown() {
    for word in ["PAUSED", "OFFLINE", "Online", "READY"] {
        let read = observed(200, &format!(r#"{{"status":"{word}"}}"#)).unwrap();
        assert_eq!(read.status, Status::Other(word.into()));
    }
    for body in [
        "",
        "{}",
        "null",
        r#"{"status":""}"#,
        r#"{"status":404,"message":"no"}"#,
        r#"{"status":"error","message":"no"}"#,
        r#"{"status":"success"}"#,
        r#"{"code":"invalid_session","message":"no"}"#,
        r#"{"status":null}"#,
        "<html></html>",
    ] {
        let error = observed(200, body).unwrap_err();
        assert_eq!(error.kind, Kind::Unknown, "{body}: {error}");
    }
    let gone = observed(200, r#"{"code":"invalid_instance","message":"no"}"#).unwrap_err();
    assert_eq!(gone.kind, Kind::Gone);
}

#[test]
fn an_answer_about_another_instance_is_refused_loudly() {
    for body in [
        r#"{"status":"STOPPED","instance_id":"000000000000"}"#,
        r#"{"status":"STOPPED","instance_id":7}"#,
        r#"{"data":{"status":"STOPPED","instance_id":"000000000000"}}"#,
    ] {
        for error in [observed(200, body).unwrap_err(), done(200, body).unwrap_err()] {
            assert_eq!(error.kind, Kind::Unknown, "{body}");
            assert!(error.message.starts_with("asked about the instance 3EB0BCB2E3D4, the answer is about "));
        }
    }
}

#[test]
fn a_start_stop_logout_or_delete_is_done_when_nothing_says_otherwise() {
    for body in [
        r#"{"name":"wawp-1","status":"STOPPED","config":{"webhooks":{},"proxy":null}}"#,
        r#"{"name":"wawp-1","status":"DELETED","instance_id":"3EB0BCB2E3D4"}"#,
        r#"{"success":true}"#,
        r#"{"status":"success","message":"Session deleted"}"#,
        r#"{"status":200,"message":"ok","error":null}"#,
        r#"{"code":"success"}"#,
        r#"{"data":{"status":"FAILED"}}"#,
        "{}",
    ] {
        done(200, body).unwrap_or_else(|error| panic!("{body}: {error}"));
    }
    done(204, "").unwrap();
}

#[test]
fn an_error_under_a_success_status_is_no_success() {
    for (body, kind) in [
        (r#"{"code":"invalid_session","message":"no"}"#, Kind::Unknown),
        (r#"{"code":"invalid_session","message":"no","instance_id":"3EB0BCB2E3D4"}"#, Kind::Unknown),
        (r#"{"status":404,"message":"no","error":"Not Found"}"#, Kind::Unknown),
        (r#"{"statusCode":422,"message":"no","error":"Unprocessable Entity"}"#, Kind::Unknown),
        (r#"{"success":false,"message":"no"}"#, Kind::Unknown),
        (r#"{"status":"error","message":"no","name":"wawp-1"}"#, Kind::Unknown),
        (r#"{"error":{"message":"no"}}"#, Kind::Unknown),
        (r#"{"wawp_upstream_error":true,"status":"STOPPED"}"#, Kind::Unknown),
        (r#"{"code":"invalid_instance","message":"no"}"#, Kind::Gone),
        (r#"{"code":"already_deleted","message":"no"}"#, Kind::Gone),
        (r#"{"code":"invalid_access_token","message":"no"}"#, Kind::Unauthorized),
        ("", Kind::Unknown),
        ("deleted", Kind::Unknown),
        ("<html>Deleted</html>", Kind::Unknown),
        (r#"{"status":"DEL"#, Kind::Unknown),
    ] {
        assert_eq!(done(200, body).unwrap_err().kind, kind, "{body}");
    }
}
