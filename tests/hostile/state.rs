//! States that somebody else wrote: a pull request may bring its own.

use std::process::Command;

use super::place::{Place, assert_inert};

const ACTS: &str = "\u{1b}[2J\n::error::x\n##[add-mask]e ##vso[x] \u{202e}gpj\u{200b} '; exit 7; ' $(exit 7) `x` @all \
                    <b> | x \u{9b}31m";

/// A state with text that acts in every field that takes any text, and a manifest beside it.
fn place(api: &str) -> Place {
    let place = Place::new();
    place.write("wawpform.yaml", "fleet: acme\ninstances: {b: {}, p: {}}\n");
    let state = serde_json::json!({
        "format": 1, "fleet": "acme", "lineage": ACTS, "serial": 1, "api": api, "account": ACTS,
        "instances": {"a": {
            "instance_id": "3EB0BCB2E3D4", "session_name": ACTS, "server_name": ACTS,
            "created_at": "2026-11-22T10:00:00Z", "protect": false, "labels": {ACTS: ACTS}, "running": true,
        }},
        "pending": {"p": {"call": "create", "since": "2026-11-22T10:00:00Z", "reason": ACTS}},
    });
    place.write("state/acme.json", state.to_string());
    place
}

#[test]
fn nothing_in_a_state_acts_where_it_is_shown() {
    let place = place("https://api.wawp.net");
    for args in [
        &["plan"][..],
        &["plan", "--write", "html=-"],
        &["show"],
        &["show", "--format", "json"],
        &["state", "list"],
        &["state", "show", "a"],
        &["output"],
    ] {
        assert_inert(&place.accepted(args), false);
    }
    // The api is refused where it is another, and shown.
    let place = self::place(&format!("https://{ACTS}"));
    for command in ["plan", "apply", "destroy"] {
        place.refused(&[command], "live in https://");
    }
}

#[test]
fn a_state_cannot_choose_where_the_token_is_sent() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let evil = format!("http://{}", socket.local_addr().unwrap());
    let place = place(&evil);
    for args in [
        &["apply", "--auto-approve"][..],
        &["destroy", "--auto-approve"],
        &["import", "b", "3EB0BCB2E3D5"],
        &["plan"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_wawpform"))
            .args(args)
            .current_dir(place.path())
            .env_clear()
            .env("WAWP_ACCESS_TOKEN", "any")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?} {output:?}");
        let nobody = socket.accept().unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "{args:?} called {evil}");
    }
}

#[test]
fn what_is_printed_as_data_is_the_data_and_safe_to_read_as_such() {
    let place = place("https://api.wawp.net");
    let script = "eval \"$(\"$0\" output --format env)\" && printf %s \"$WAWP_A_SESSION_NAME\"";
    let sourced = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_wawpform")])
        .current_dir(place.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(sourced.stdout).unwrap(), ACTS);
    let json: serde_json::Value = serde_json::from_str(&place.accepted(&["output"])).unwrap();
    assert_eq!(json["a"]["session_name"], ACTS);
    let yaml = place.accepted(&["output", "--format", "yaml"]);
    let yaml: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
    assert_eq!(yaml, json);
    let table = place.accepted(&["output", "--format", "csv"]);
    let row = csv::Reader::from_reader(table.as_bytes()).records().next().unwrap().unwrap();
    assert_eq!((&row[0], &row[1], &row[2]), ("a", "3EB0BCB2E3D4", ACTS));
}
