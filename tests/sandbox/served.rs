//! The sandbox as a server of its own, with its flags.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use super::{TOKEN, client, got};

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn serve(flags: &[&str]) -> (Server, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_wawpform"))
        .args(["sandbox", "--listen", "127.0.0.1:0"])
        .args(flags)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (Server(server), address.trim_end().to_owned())
}

#[tokio::test]
async fn a_plan_and_a_phone_that_scans_are_told_by_flags() {
    let (_server, url) = serve(&["--plan", "paid", "--scan-after", "1"]);
    let http = client();
    let call = async |method: Method, path: &str, id: &Value| -> Value {
        let body = json!({ "access_token": TOKEN, "instance_id": id });
        got(http.request(method, format!("{url}/v2/{path}")).body(body.to_string())).await.unwrap().json()
    };
    let id = call(Method::POST, "session/create", &Value::Null).await["instance_id"].clone();
    assert_eq!(call(Method::GET, "session/webhook", &id).await["webhooks"], json!([]));
    call(Method::POST, "session/start", &id).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(call(Method::POST, "session/info", &id).await["status"].clone());
    }
    assert_eq!(seen, ["STARTING", "SCAN_QR_CODE", "WORKING"]);
}

#[tokio::test]
async fn every_path_that_is_listed_is_there() {
    let (_server, url) = serve(&[]);
    let http = client();
    let index = http.get(format!("{url}/_sandbox/")).send().await.unwrap().text().await.unwrap();
    let mut tried = 0;
    for line in index.lines() {
        let mut words = line.split_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { continue };
        if !path.starts_with("/_sandbox/") {
            continue;
        }
        let body = line.find('{').zip(line.rfind('}')).map_or("", |(from, to)| &line[from..=to]);
        let answer = http
            .request(method.parse().unwrap(), format!("{url}{path}"))
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        // Nobody has this id; whatever else is sent is understood.
        let code = answer.status().as_u16();
        let said = answer.text().await.unwrap();
        let is_good = code == 200 || (code == 404 && said.contains("instance"));
        assert!(is_good, "{line}: {code} {said}");
        tried += 1;
    }
    assert!(tried > 12, "{index}");
}
