//! Answers that break the rules of HTTP or bend them: whatever comes, a create is made once, is a success only
//! with its id, and is of unknown outcome otherwise; no answer brings the client down or holds it for ever.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wawpform::wawp::{CallError, Created, Kind, Timeouts};

use super::listener::{Listener, Reply, answer};
use super::{Caller, id, patient};

const GOOD: &str = r#"{"instance_id":"3EB0BCB2E3D4"}"#;

/// A create that is answered with these bytes, and then with the end of the connection.
async fn create(answer: impl Into<Vec<u8>>) -> Result<Created, CallError> {
    let server = Listener::serving([Reply::Bytes(answer.into()), again()]).await;
    let read = Caller::new(&server.base_url(), patient()).client.create().await;
    assert_eq!(server.requests().len(), 1, "a create is made once");
    read
}

/// What a second request would get: another instance.
fn again() -> Reply {
    answer("201 Created", r#"{"instance_id":"SECOND"}"#)
}

async fn made(answer: impl Into<Vec<u8>>) {
    let answer = answer.into();
    let shown = String::from_utf8_lossy(&answer).into_owned();
    let read = create(answer).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(read.instance_id.as_str(), "3EB0BCB2E3D4", "{shown}");
}

async fn unknown(answer: impl Into<Vec<u8>>) -> CallError {
    let answer = answer.into();
    let shown = String::from_utf8_lossy(&answer).into_owned();
    let error = create(answer).await.expect_err(&shown);
    assert_eq!(error.kind, Kind::Unknown, "{shown}: {error}");
    error
}

/// The id that stands whole in a body that is not.
const NAMED: &str = "HTTP 201: the answer breaks off; it names the instance_id 3EB0BCB2E3D4";

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_read_if_it_is_whole_and_names_its_id_if_not() {
    made(format!("HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{GOOD}")).await;
    let error =
        unknown("HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"instance_id\":\"3EB0BCB2E3D4\",")
            .await;
    assert_eq!(error.to_string(), NAMED);
    let error = unknown("HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"instance_id\":\"3EB0B").await;
    assert_eq!(
        error.to_string(),
        "HTTP 201: the answer cannot be read: it breaks off, or is not JSON after all"
    );
    let error = unknown("HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n").await;
    assert_eq!(error.to_string(), "HTTP 201: the answer cannot be read: an empty body");
}

#[tokio::test]
async fn chunks_that_break_off_are_read_as_far_as_they_came() {
    let head = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n";
    let length = GOOD.len();
    made(format!("{head}{length:x}\r\n{GOOD}\r\n0\r\n\r\n")).await;
    made(format!("{head}1\r\n{{\r\n{:x};note=x\r\n{}\r\n0\r\ntrailer: x\r\n\r\n", length - 1, &GOOD[1..]))
        .await;
    // Without the last chunk the answer is whole all the same.
    made(format!("{head}{length:x}\r\n{GOOD}\r\n")).await;
    let part = &GOOD[..GOOD.len() - 1];
    assert_eq!(unknown(format!("{head}{length:x}\r\n{part}")).await.to_string(), NAMED);
    assert_eq!(unknown(format!("{head}{:x}\r\n{part}\r\nzz\r\n", part.len())).await.to_string(), NAMED);
    unknown(format!("{head}ffffffffffffffffff\r\n{GOOD}")).await;
    unknown(format!("{head}not a number\r\n{GOOD}")).await;
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_read_and_white_space_without_end_does_no_harm() {
    for length in [1 << 20, 5 << 20] {
        let rest = " ".repeat(length - GOOD.len());
        made(format!("HTTP/1.1 201 Created\r\ncontent-length: {length}\r\n\r\n{GOOD}{rest}")).await;
    }
}

#[tokio::test]
async fn a_compressed_answer_that_nobody_asked_for_says_that_it_is_one() {
    // What `gzip` makes of the good answer.
    let mut bytes = b"HTTP/1.1 201 Created\r\ncontent-encoding: gzip\r\n\r\n".to_vec();
    bytes.extend_from_slice(
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\xca\xcc\x2b\x2e\x49\xcc\x4b\x4e",
    );
    let server = Listener::serving([Reply::Bytes(bytes), again()]).await;
    let error = Caller::new(&server.base_url(), patient()).no_create().await;
    assert_eq!(error.kind, Kind::Unknown);
    assert_eq!(
        error.to_string(),
        "HTTP 201: the answer cannot be read: it is compressed, which was not asked for; check what stands in \
         front of the API"
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].to_ascii_lowercase().contains("accept-encoding"), "{}", requests[0]);
    // A header alone compresses nothing.
    made(format!("HTTP/1.1 201 Created\r\ncontent-encoding: gzip\r\n\r\n{GOOD}")).await;
}

#[tokio::test]
async fn an_answer_that_is_announced_comes_after_its_announcement() {
    let good = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len());
    made(format!("HTTP/1.1 100 Continue\r\n\r\n{good}")).await;
    made(format!("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n{good}"))
        .await;
    unknown("HTTP/1.1 100 Continue\r\n\r\n").await;
    unknown("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n").await;
}

#[tokio::test]
async fn a_204_is_done_for_a_delete_and_nothing_for_a_create() {
    for body in ["", "content-length: 0\r\n\r\n", "content-length: 2\r\n\r\n{}", "\r\n{\"code\":\"x\"}"] {
        let bytes = format!("HTTP/1.1 204 No Content\r\nconnection: close\r\n{body}\r\n");
        unknown(bytes.clone()).await;
        let server = Listener::serving([Reply::Bytes(bytes.into_bytes())]).await;
        let caller = Caller::new(&server.base_url(), patient());
        caller.client.delete(&id("3EB0BCB2E3D4")).await.unwrap_or_else(|error| panic!("{body:?}: {error}"));
    }
}

#[tokio::test]
async fn an_answer_of_http_1_0_is_read_to_the_end_of_its_connection() {
    made(format!("HTTP/1.0 201 Created\r\n\r\n{GOOD}")).await;
    made(format!("HTTP/1.0 201\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len())).await;
    assert_eq!(
        unknown("HTTP/1.0 201 Created\r\n\r\n{\"instance_id\":\"3EB0BCB2E3D4\"").await.to_string(),
        NAMED
    );
}

#[tokio::test]
async fn what_is_not_http_is_of_unknown_outcome() {
    for bytes in [
        "",
        "\r\n\r\n",
        GOOD,
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/2.0 201 Created\r\n\r\n",
        "HTTP/1.1 2x1 Created\r\n\r\n",
        "HTTP/1.1 99999 Created\r\n\r\n",
        "HTTP/1.1 201 Created",
        "HTTP/1.1 201 Created\r\ncontent-length: x\r\n\r\n",
        "HTTP/1.1 201 Created\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 201 Created\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 201 Created\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
        "HTTP/1.1 201 Created\r\nno colon\r\n\r\n",
        "HTTP/1.1 201 Created\r\nx: \0\r\n\r\n",
        "\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{28}",
    ] {
        let error = unknown(bytes).await;
        assert_eq!(error.status, None, "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn a_great_many_headers_are_no_answer_and_many_are_one() {
    let with = |headers: usize, length: usize| {
        let headers: String = (0..headers).map(|n| format!("x-{n}: {}\r\n", "v".repeat(length))).collect();
        format!("HTTP/1.1 201 Created\r\n{headers}content-length: {}\r\n\r\n{GOOD}", GOOD.len())
    };
    made(with(90, 100)).await;
    assert_eq!(unknown(with(10_000, 1)).await.status, None);
    assert_eq!(unknown(with(1, 1 << 20)).await.status, None);
}

#[tokio::test]
async fn headers_that_say_nonsense_are_not_believed() {
    for headers in
        ["retry-after: \u{ff}", "retry-after: 18446744073709551615", "retry-after: -1\r\ndate: \u{80}"]
    {
        let bytes =
            format!("HTTP/1.1 429 Slow\r\n{headers}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let server = Listener::serving([Reply::Bytes(bytes.into_bytes())]).await;
        let caller = Caller::new(&server.base_url(), patient());
        caller.client.wait_no_more();
        let error = caller.no_create().await;
        assert!(matches!(error.kind, Kind::RateLimited), "{headers}: {error}");
    }
}

/// Answers the first connection in its own way.
async fn serve<F: Future<Output = ()> + Send>(
    answer: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", socket.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = socket.accept().await.unwrap();
        answer(stream).await;
    });
    base_url
}

/// Until the other side leaves.
async fn drain(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

#[tokio::test]
async fn an_answer_that_does_not_wait_for_the_whole_request_is_read() {
    let base_url = serve(async |mut stream: TcpStream| {
        // The first byte of the request is there; the answer does not wait for the rest.
        stream.read_u8().await.unwrap();
        let refusal = "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(refusal.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        drain(&mut stream).await;
    })
    .await;
    let error = Caller::new(&base_url, patient()).no_create().await;
    assert_eq!((error.kind, error.status), (Kind::Rejected, Some(413)), "{error}");
}

/// In a hurry about creates.
fn short() -> Timeouts {
    Timeouts { create: Duration::from_millis(300), ..patient() }
}

#[tokio::test]
async fn an_answer_that_stops_coming_is_given_up_with_what_came_of_it() {
    for (begun, error) in [
        ("", "no answer in time"),
        ("HTTP/1.1 201 Cr", "no answer in time"),
        ("HTTP/1.1 201 Created\r\n", "no answer in time"),
        (
            "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n",
            "HTTP 201: the answer cannot be read: an empty body",
        ),
        ("HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"instance_id\":\"3EB0BCB2E3D4\",", NAMED),
    ] {
        let base_url = serve(async move |mut stream: TcpStream| {
            stream.read_u8().await.unwrap();
            stream.write_all(begun.as_bytes()).await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let failed = Caller::new(&base_url, short()).no_create().await;
        assert_eq!((failed.kind, failed.to_string().as_str()), (Kind::Unknown, error), "{begun:?}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_for_ever_is_given_up() {
    for begun in
        ["HTTP/1.1 201 Created\r\nx: ", "HTTP/1.1 201 Created\r\n\r\n{\"instance_id\":\"3EB0BCB2E3D4\","]
    {
        let base_url = serve(async move |mut stream: TcpStream| {
            stream.read_u8().await.unwrap();
            let (mut from, mut to) = stream.split();
            to.write_all(begun.as_bytes()).await.unwrap();
            // A slow server is what this is about: it has no event to wait for.
            let mut drops = tokio::time::interval(Duration::from_millis(10));
            let drip = async {
                while to.write_all(b" ").await.is_ok() {
                    drops.tick().await;
                }
            };
            let mut sink = tokio::io::sink();
            tokio::select! {
                () = drip => {}
                _ = tokio::io::copy(&mut from, &mut sink) => {}
            }
        })
        .await;
        let failed = Caller::new(&base_url, short()).no_create().await;
        assert_eq!(failed.kind, Kind::Unknown, "{failed}");
    }
}
