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
