//! `--events` and `--report` where the machine is not kind: signals, kills, places that take nothing, readers that went
//! away or never came. What is done stays done, and whatever is told is whole.

use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::scene::{LONG, Ran, SERVERS, Scene, Started};
use super::stream::{Told, read};

const APPLY: [&str; 10] = [
    "apply",
    "--auto-approve",
    "--concurrency",
    "1",
    "--events",
    "events",
    "--report",
    "report.json",
    "--report",
    "markdown=report.md",
];

fn told(scene: &Scene) -> Told {
    read(&std::fs::read_to_string(scene.path("events")).unwrap())
}

fn report(scene: &Scene) -> Value {
    serde_json::from_str(&std::fs::read_to_string(scene.path("report.json")).unwrap()).unwrap()
}

fn results(report: &Value) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value| -> &'static str { String::leak(value.as_str().unwrap().to_owned()) };
    report["changes"].as_array().unwrap().iter().map(|it| (text(&it["name"]), text(&it["result"]))).collect()
}

fn until_a_call_hangs(scene: &Scene) {
    let hangs = scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging));
    SERVERS.block_on(async { tokio::time::timeout(LONG, hangs).await.unwrap() });
}

fn hanging() -> Scene {
    let scene = Scene::new("faults: [{on: create, skip: 1, times: 1, what: hang_after}]");
    scene.wish(3);
    scene
}

#[test]
fn a_run_that_is_interrupted_leaves_whole_lines_and_a_report_in_time() {
    let scene = hanging();
    let run = Started::new(scene.program(&APPLY));
    until_a_call_hangs(&scene);
    let begun = Instant::now();
    run.signal("-TERM");
    let (code, said) = run.end();
    assert_eq!(code, 130, "{said}");
    assert!(begun.elapsed().as_secs() < 5);
    let (told, report) = (told(&scene), report(&scene));
    assert!(told.open.is_empty() && told.end.is_none(), "{:?}", told.open);
    assert_eq!((told.complete["create"], told.errored), (1, 1));
    assert_eq!(
        told.errors(),
        ["create has no known outcome", "1 change not started", "Nothing more was started: interrupted"]
    );
    assert_eq!((&report["ended"], &report["exit_code"]), (&Value::from("interrupted"), &Value::from(130)));
    assert_eq!(results(&report), [("i0000", "done"), ("i0001", "unknown"), ("i0002", "not_started")]);
    assert_eq!(report["changes"][1]["to_settle"][0], "wawpform import i0001 INSTANCE_ID");
    assert_eq!(report["serial"]["after"], scene.document().unwrap().serial);
    let page = std::fs::read_to_string(scene.path("report.md")).unwrap();
    assert!(
        page.contains("### Apply of `acme`: interrupted\n") && page.contains("`wawpform forget i0001`"),
        "{page}"
    );
}

#[test]
fn a_run_that_is_killed_leaves_whole_lines_and_what_goes_on_is_told() {
    let scene = hanging();
    let mut command = scene.program(&["apply", "--auto-approve", "--concurrency", "1", "--events", "-"]);
    command.env("WAWPFORM_TEST_PACE", "20ms");
    let mut run = Started::new(command);
    until_a_call_hangs(&scene);
    let line = run.until_it_says("i0001\\\"]: Still creating... [");
    assert!(line.contains("s elapsed]") && line.contains("\"type\":\"apply_progress\""), "{line}");
    run.child.kill().unwrap();
    run.end();
    let scene = hanging();
    let mut run = Started::new(scene.program(&APPLY));
    until_a_call_hangs(&scene);
    run.child.kill().unwrap();
    run.end();
    let told = told(&scene);
    assert_eq!(told.complete["create"], 1);
    assert!(!scene.path("report.json").exists());
}

#[test]
fn what_failed_is_unknown_or_not_accepted_is_in_both() {
    let scene = Scene::new(
        "faults: [{on: create, nth: 1, what: answer, status: 400, code: bad, message: no}, {on: create, nth: 2, what: drop_after}]",
    );
    scene.wish(3);
    assert_eq!(scene.run(&APPLY).code, 4);
    let (told, report) = (told(&scene), report(&scene));
    assert_eq!(told.errors(), ["create failed", "create has no known outcome"]);
    assert_eq!((told.errored, told.complete["create"], told.end.is_none()), (2, 1, true));
    assert_eq!(results(&report), [("i0000", "failed"), ("i0001", "unknown"), ("i0002", "done")]);
    let failed = &report["changes"][0];
    assert_eq!(
        (&failed["error_kind"], &failed["retryable"]),
        (&Value::from("rejected"), &Value::from(false))
    );
    assert_eq!(report["ended"], "partial");

    let scene = Scene::new("faults: [{what: answer, status: 401, code: invalid_token}]");
    scene.wish(2);
    assert_eq!(scene.run(&APPLY).code, 1);
    let report = self::report(&scene);
    assert_eq!(results(&report), [("i0000", "failed"), ("i0001", "not_started")]);
    assert_eq!(report["halt"]["reason"], "the token was not accepted");
}

#[test]
fn a_state_that_cannot_be_written_a_guard_and_another_plan_are_reported() {
    let scene = Scene::of(3);
    let ran =
        scene.bash("ulimit -f 1; exec \"$WAWPFORM\" apply --auto-approve --concurrency 1 --report - 2>talk");
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!((ran.code, &report["ended"]), (1, &Value::from("error")), "{ran:?}");
    let why = report["error"]["message"].as_str().or(report["halt"]["said"].as_str());
    assert!(why.unwrap().contains("state"), "{report}");

    let scene = Scene::of(12);
    assert_eq!(scene.run(&APPLY).code, 0);
    assert_eq!(told(&scene).end.unwrap()["add"], 12);
    scene.wish(1);
    let ran = scene.run(&APPLY);
    assert_eq!(ran.code, 3, "{ran:?}");
    let refused = self::report(&scene);
    assert_eq!((&refused["ended"], &refused["counts"]["not_started"]), (&"refused".into(), &11.into()));
    assert!(told(&scene).errors()[0].starts_with("Refused: "));
    let ran = scene.run(&[&APPLY[..], &["--allow-deletes", "11", "--expect", "0123456789ab"]].concat());
    assert_eq!((ran.code, &self::report(&scene)["ended"]), (3, &"stale".into()), "{ran:?}");
    scene.manifest("instances: 3\n");
    assert_eq!(scene.run(&APPLY).code, 1);
    assert_eq!(self::report(&scene)["ended"], "error");
    assert!(told(&scene).of_type("diagnostic")[0]["diagnostic"]["range"]["filename"] == "wawpform.yaml");
}

#[test]
fn a_place_that_takes_nothing_never_stops_a_run_and_is_told_once() {
    let done = |ran: &Ran, scene: &Scene, words: &str| {
        assert_eq!((ran.code, scene.live().len()), (1, 3), "{ran:?}");
        assert_eq!(ran.err.matches(words).count(), 1, "{ran:?}");
    };
    for (arguments, words) in [
        ("--events /dev/full", "the events could not all be written to /dev/full: No space left"),
        ("--report /dev/full", "the report could not be written to /dev/full: No space left"),
        // A reader that went away, and one that never came.
        ("--events >(true)", "the events could not all be written to /dev/fd/"),
        ("--events pipe", "the events could not all be written to pipe: nobody reads it"),
        ("--events - >/dev/full", "the events could not all be written to standard output: No space left"),
        ("--report - >/dev/full", "standard output could not be written"),
    ] {
        let scene = Scene::of(3);
        assert!(Command::new("mkfifo").arg(scene.path("pipe")).status().unwrap().success());
        let wait = if arguments.contains(">(") { "sleep 0 & wait;" } else { "" };
        let ran = scene.bash(&format!("{wait} \"$WAWPFORM\" apply --auto-approve {arguments}"));
        done(&ran, &scene, words);
    }
    let scene = Scene::of(3);
    let ran = scene.bash(
        "\"$WAWPFORM\" apply --auto-approve --events - 2>talk | head -1 >/dev/null; exit ${PIPESTATUS[0]}",
    );
    assert_eq!((ran.code, scene.live().len()), (0, 3), "a reader that has seen enough is no error: {ran:?}");
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_read_or_called() {
    let scene = Scene::new("faults: []");
    for (code, arguments, words) in [
        (1, &["--events", "none/events"][..], "the events cannot be written to none/events: No such file"),
        (1, &["--report", "none/report"], "the report cannot be written to none/report: No such file"),
        (1, &["--report", "."], "the report cannot be written to .: Is a directory"),
        (64, &["--events", "-", "--report", "-"], "standard output cannot hold two outputs"),
        (64, &["--report", "a", "--report", "markdown=a"], "a cannot hold two outputs"),
        (64, &["--report", "markdwon=a"], "the formats are json, markdown"),
    ] {
        for command in ["apply", "destroy"] {
            // There is no manifest: nobody asked for it.
            let ran = scene.run(&[&[command][..], arguments].concat());
            assert!(ran.code == code && ran.err.contains(words), "{arguments:?}: {ran:?}");
        }
    }
    let ran = scene.run(&["plan", "--events", "-", "--write", "json=-"]);
    assert!(ran.code == 64 && ran.err.contains("standard output cannot hold two outputs"), "{ran:?}");
    assert!(std::fs::read_dir(scene.folder.path()).unwrap().next().is_none());
}

#[test]
fn an_api_that_is_not_there_is_reported_and_its_address_may_be_corrected() {
    let scene = Scene::of(6);
    // A port of its own, on which nobody listens.
    let kept = tokio::net::TcpSocket::new_v4().unwrap();
    kept.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}", kept.local_addr().unwrap());
    let mut wrong = scene.program(&["apply", "--auto-approve", "--report", "report.json"]);
    let ran = Ran::of(&wrong.env("WAWP_API_URL", &nobody).output().unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains(&format!("\nThe API could not be reached: no connection to {nobody}: "))
            && ran.out.contains("Check the API's address and the network, then apply again."),
        "{ran:?}"
    );
    let report = report(&scene);
    assert_eq!(report["halt"]["reason"], "the API could not be reached");
    assert_eq!((&report["counts"]["failed"], &report["counts"]["not_started"]), (&4.into(), &2.into()));
    let ran = scene.run(&["apply", "--auto-approve"]);
    assert_eq!((ran.code, scene.creates()), (0, 6), "{ran:?}");
}
