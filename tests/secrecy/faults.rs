//! Every fault of the sandbox, and the sandbox as a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;

use jiff::Timestamp;
use wawpform::sandbox::{Faults, Options, Sandbox};

use super::TOKEN;
use super::commands::{MANIFEST, run_through};
use super::place::{Place, Route};

/// Every word that `what` takes, as the parser itself tells them.
fn every_what() -> Vec<String> {
    let error = Faults::parse("faults: [{what: nonsense}]").unwrap_err().to_string();
    let words: Vec<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(words.len() > 10 && words.contains(&"echo_token".to_owned()), "{error}");
    words
}

/// A rule for a fault that fires on whatever comes first, and tells the token where it can tell anything.
fn rule(what: &str) -> String {
    let quoted = serde_json::to_string(TOKEN).unwrap();
    let more = match what {
        "answer" => {
            format!(", status: 400, code: missing_param, message: {quoted}, headers: {{X-Token: {quoted}}}")
        }
        "answer_after" => format!(", status: 502, shape: html, message: {quoted}"),
        "delay" => ", delay_ms: 1".to_owned(),
        _ => String::new(),
    };
    let on = match what {
        "numeric_id" | "starting" => "create",
        "stuck" => "start",
        "stale" => "info",
        "echo_token" | "garble" | "truncate" | "envelope" => "create",
        _ => "any",
    };
    format!("faults: [{{on: {on}, times: 2, what: {what}{more}}}]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_tells_the_token_whatever_goes_wrong() {
    let mut runs = Vec::new();
    for what in every_what() {
        for route in [Route::Env, Route::File] {
            let faults = Faults::parse(&rule(&what)).unwrap_or_else(|error| panic!("{what}: {error}"));
            let options = Options { seed: 7, faults, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) };
            let sandbox = Arc::new(Sandbox::start(options).await.unwrap());
            let place = Place::new(route, &sandbox.base_url(), MANIFEST);
            let releasing = tokio::spawn({
                let sandbox = Arc::clone(&sandbox);
                async move {
                    loop {
                        sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
                        sandbox.release();
                        tokio::task::yield_now().await;
                    }
                }
            });
            let run = tokio::task::spawn_blocking(move || run_through(&place, route == Route::Env));
            runs.push((what.clone(), sandbox, releasing, run));
        }
    }
    for (what, sandbox, releasing, run) in runs {
        run.await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(sandbox.faults()[0].fired > 0 || what == "stuck" || what == "stale", "{what} never fired");
        releasing.abort();
    }
}

#[test]
fn the_sandbox_tells_no_token_that_it_was_given_or_sent() {
    let place = Place::new(Route::Env, "http://127.0.0.1:1", MANIFEST);
    let args = ["sandbox", "--listen", "127.0.0.1:0", "--data", "world.jsonl", "--token", TOKEN];
    let mut command = place.command(&args, TOKEN);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut address = String::new();
    stdout.read_line(&mut address).unwrap();
    let host = address.trim().trim_start_matches("http://");
    let mut said = Vec::new();
    for request in [
        format!("POST /v2/session/create HTTP/1.0\r\naccess-token: {TOKEN}\r\n"),
        format!("GET /v2/session/{TOKEN}/info HTTP/1.0\r\naccess-token: {TOKEN}\r\n"),
        "GET /v2/session/info?access_token=tok%2FMARKED%227f3a%2Bx HTTP/1.0\r\n".to_owned(),
        "GET /_sandbox/log HTTP/1.0\r\n".to_owned(),
        "GET /_sandbox/instances HTTP/1.0\r\n".to_owned(),
    ] {
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "{request}content-length: 0\r\n\r\n").unwrap();
        stream.read_to_end(&mut said).unwrap();
    }
    child.kill().unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout = [address.into_bytes(), said].concat();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"executed\":true"), "nothing was created");
    place.search(&args, &output, &[]);
}
