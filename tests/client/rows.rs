//! The open questions of `wawp-api.md` §6, row by row: every answer that the vendor may give is a file in
//! `tests/fixtures/answers`, sent over HTTP and read as its second and third line say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wawpform::wawp::{CallError, Created, Kind, Observed};

use super::listener::{Listener, Reply};
use super::{Caller, id, patient};

/// Where a row of §6 is answered.
enum Row {
    /// By fixtures.
    Fixtures,
    /// By other tests.
    In(&'static str),
    /// The call is not spoken yet; the fixtures hold that what it is about does not get in the way of others.
    NotSpokenYet(&'static str),
}

/// The rows of §6, in order.
const ROWS: [(u8, &str, Row); 23] = [
    (1, "instance_id: text or number, 12 or 13 characters, any case", Row::Fixtures),
    (2, "session_name or name; the id missing, or another one", Row::Fixtures),
    (3, "envelopes", Row::Fixtures),
    (4, "status: a word of a session, a number, a word of an envelope", Row::Fixtures),
    (5, "create: 200 or 201, STOPPED or already further, no server_name", Row::Fixtures),
    (6, "info by POST or GET", Row::Fixtures),
    (7, "credentials in header, body or query", Row::In("tests/client/placement.rs")),
    (8, "XML, plain text, pages, nothing; a wrong Content-Type or none", Row::Fixtures),
    (9, "errors under a success status", Row::Fixtures),
    (10, "config.webhooks of any shape; unknown fields", Row::NotSpokenYet("webhooks are not read")),
    (11, "delete of what is deleted", Row::Fixtures),
    (12, "start of what runs", Row::Fixtures),
    (13, "logout of what is stopped or unpaired", Row::Fixtures),
    (14, "an info that is stale", Row::Fixtures),
    (15, "the sending policy", Row::NotSpokenYet("it is neither asked nor set")),
    (16, "the temporary link", Row::NotSpokenYet("it is neither asked nor made")),
    (17, "set, update and delete of webhooks", Row::NotSpokenYet("they are neither asked nor set")),
    (18, "is_active in any way of saying yes", Row::NotSpokenYet("webhooks are not read")),
    (19, "the expiry of a QR code", Row::NotSpokenYet("QR codes are not asked for")),
    (20, "429 with and without Retry-After; 52x", Row::Fixtures),
    (21, "statuses that nobody knows", Row::Fixtures),
    (22, "the token in an answer", Row::Fixtures),
    (23, "redirects to another host", Row::Fixtures),
];

/// An answer as it is sent, and how it is to be read.
struct Fixture {
    file: String,
    row: u8,
    call: String,
    reads: String,
    answers: Vec<Reply>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/answers");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fixture(path)).collect()
}

/// Why (with its reference), `call:`, `reads:`, an empty line, and the answers, cut at lines of `--8<--`.
fn fixture(path: &Path) -> Fixture {
    let file = path.file_name().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(path).unwrap();
    let (expected, answers) = text.split_once("\n\n").unwrap();
    let lines: Vec<&str> = expected.lines().collect();
    let [why, call, reads] = lines[..] else { panic!("{file}: three lines, then an empty one") };
    assert!(why.starts_with("wawp-api.md §") && why.ends_with('.'), "{file}: why, with its reference");
    let told = |line: &str, key: &str| line.strip_prefix(key).expect(key).to_owned();
    Fixture {
        row: file[..2].parse().unwrap(),
        call: told(call, "call: "),
        reads: told(reads, "reads: "),
        answers: answers.split("--8<--\n").map(sent).collect(),
        file,
    }
}

/// An answer as a server sends it: the lines of its head end in CRLF, and its length is told.
fn sent(answer: &str) -> Reply {
    let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
    let (head, body) = (head.trim_end_matches('\n').replace('\n', "\r\n"), body.trim_end_matches('\n'));
    let length = body.len();
    Reply::Bytes(
        format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes(),
    )
}

/// What the client makes of a fixture, in words.
async fn read(fixture: &Fixture) -> String {
    // Whatever is asked again gets the last answer again.
    let last = fixture.answers.last().unwrap().clone();
    let answers = fixture.answers.iter().cloned().chain(std::iter::repeat_n(last, 5));
    let server = Listener::serving(answers).await;
    let client = Caller::new(&server.base_url(), patient()).client;
    if fixture.answers.len() == 1 {
        // What is asked again is only waited for.
        client.wait_no_more();
    }
    let asked = id("3EB0BCB2E3D4");
    let done = |read: Result<(), CallError>| read.map(|()| "done".to_owned());
    let read = match fixture.call.as_str() {
        "create" => client.create().await.map(|read| created(&read)),
        "info" => client.info(&asked).await.map(|read| observed(&read)),
        "start" => done(client.start(&asked).await),
        "stop" => done(client.stop(&asked).await),
        "logout" => done(client.logout(&asked).await),
        "delete" => done(client.delete(&asked).await),
        other => panic!("{}: the call {other:?}", fixture.file),
    };
    read.unwrap_or_else(|error| format!("{}: {error}", failed(&error)))
}

fn created(Created { instance_id, session_name, server_name, status: _ }: &Created) -> String {
    let named = [("session", session_name), ("server", server_name)];
    format!("created {instance_id}{}", told(named))
}

fn observed(Observed { status, session_name, server_name, paired }: &Observed) -> String {
    let named = [("session", session_name), ("server", server_name), ("paired", paired)];
    format!("observed {status}{}", told(named))
}

fn told<const N: usize>(named: [(&str, &Option<String>); N]) -> String {
    let told = named.iter().filter_map(|(name, value)| Some(format!(", {name} {}", value.as_ref()?)));
    told.collect()
}

fn failed(CallError { kind, retry_after, .. }: &CallError) -> String {
    match kind {
        Kind::NotSent => "not sent".to_owned(),
        Kind::Unauthorized => "unauthorized".to_owned(),
        Kind::Quota => "quota".to_owned(),
        Kind::Untrusted => "untrusted".to_owned(),
        Kind::RateLimited => match retry_after {
            None => "rate limited".to_owned(),
            Some(wait) => format!("rate limited, again after {} s", wait.as_secs()),
        },
        Kind::Gone => "gone".to_owned(),
        Kind::NotFound { api_spoke: true } => "not found, the API spoke".to_owned(),
        Kind::NotFound { api_spoke: false } => "not found, something in front of the API".to_owned(),
        Kind::Rejected => "rejected".to_owned(),
        Kind::Unknown => "unknown".to_owned(),
    }
}

#[tokio::test]
async fn every_answer_that_the_contract_leaves_open_is_read_as_its_fixture_says() {
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let read = read(&fixture).await;
        if read != fixture.reads {
            wrong.push(format!("{}\n  expected {}\n  and is   {read}", fixture.file, fixture.reads));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_row_of_the_open_questions_is_without_an_answer_and_no_answer_without_its_row() {
    let answered: BTreeSet<u8> = fixtures().iter().map(|fixture| fixture.row).collect();
    let mut open = Vec::new();
    for ((number, question, row), expected) in ROWS.iter().zip(1..) {
        assert_eq!(*number, expected, "the rows are in order");
        match row {
            Row::Fixtures | Row::NotSpokenYet(_) if answered.contains(number) => {}
            Row::Fixtures => open.push(format!("row {number}, {question}: no fixture")),
            Row::NotSpokenYet(why) => {
                open.push(format!("row {number}, {question}: {why}, and no fixture holds what that means"));
            }
            Row::In(file) => {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(path.is_file() && !answered.contains(number), "row {number}: {file}");
            }
        }
    }
    let known: BTreeSet<u8> = ROWS.iter().map(|(number, ..)| *number).collect();
    open.extend(answered.difference(&known).map(|number| format!("there is no row {number}")));
    assert!(open.is_empty(), "\n{}", open.join("\n"));
}
