//! Where the token and the instance_id travel.

use wawpform::sandbox::{Logged, Place};

use super::listener::{Listener, answer};
use super::{Caller, NO_FAULTS, TOKEN, api, id, patient};

#[tokio::test]
async fn the_token_is_in_the_header_and_the_json_body_and_never_in_a_url() {
    let api = api(NO_FAULTS).await;
    let id = api.create().await;
    let client = api.client();
    client.info(&id).await.unwrap();
    client.start(&id).await.unwrap();
    client.stop(&id).await.unwrap();
    client.logout(&id).await.unwrap();
    client.delete(&id).await.unwrap();
    let log = api.sandbox.log();
    let seen: Vec<_> = log
        .iter()
        .map(|Logged { method, path, token_in, instance_id_in, .. }| {
            (method.as_str(), path.as_str(), token_in.as_slice(), instance_id_in.as_slice())
        })
        .collect();
    let in_both: &[_] = &[Place::Header, Place::Body];
    let in_body: &[_] = &[Place::Body];
    assert_eq!(
        seen,
        [
            ("POST", "/v2/session/create", in_both, &[][..]),
            ("POST", "/v2/session/info", in_both, in_body),
            ("POST", "/v2/session/start", in_both, in_body),
            ("POST", "/v2/session/stop", in_both, in_body),
            ("POST", "/v2/session/logout", in_both, in_body),
            ("DELETE", "/v2/session/delete", &[Place::Header][..], &[Place::Query][..]),
        ]
    );
}

#[tokio::test]
async fn info_is_asked_by_get_where_post_is_not_to_be_had() {
    let found = r#"{"name":"wawp-1","status":"WORKING"}"#;
    for refusal in [
        answer("405 Method Not Allowed", ""),
        answer("404 Not Found\r\ncontent-type: text/html", "<html><h1>404 Not Found</h1></html>"),
    ] {
        let server = Listener::serving([refusal, answer("200 OK", found)]).await;
        let caller = Caller::new(&server.base_url(), patient());
        let observed = caller.client.info(&id("3EB0BCB2E3D4")).await.unwrap();
        assert_eq!(observed.session_name.as_deref(), Some("wawp-1"));
        let requests = server.requests();
        assert!(requests[0].starts_with("POST /v2/session/info HTTP/1.1\r\n"), "{}", requests[0]);
        let line = requests[1].lines().next().unwrap();
        assert_eq!(line, "GET /v2/session/info?instance_id=3EB0BCB2E3D4 HTTP/1.1");
        assert!(requests[1].contains(&format!("access-token: {TOKEN}\r\n")), "{}", requests[1]);
    }
}

#[tokio::test]
async fn when_no_way_works_the_first_refusal_is_told() {
    let refusal = answer("405 Method Not Allowed", r#"{"message":"not like this"}"#);
    let server = Listener::serving([refusal, answer("405 Method Not Allowed", "")]).await;
    let error = Caller::new(&server.base_url(), patient()).client.info(&id("X1")).await.unwrap_err();
    assert_eq!((error.status, error.message.as_str()), (Some(405), "not like this"));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_create_names_no_instance_and_says_what_it_accepts() {
    let server = Listener::serving([answer("201 Created", r#"{"instance_id":"3EB0BCB2E3D4"}"#)]).await;
    Caller::new(&server.base_url(), patient()).client.create().await.unwrap();
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, format!("{{\"access_token\":\"{TOKEN}\"}}"));
    assert!(head.starts_with("POST /v2/session/create HTTP/1.1\r\n"), "{head}");
    for line in ["accept: application/json", "content-type: application/json"] {
        assert!(head.lines().any(|l| l == line), "{line}: {head}");
    }
}
