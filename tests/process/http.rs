//! The state on an HTTP server: what a person sees, a network that is cut under a run, and the way back.

use std::process::Command;

use wawpform::state::Document;

use super::contract::http::{Flaw, Server};
use super::scene::{LONG, Ran, SERVERS, Scene, Started};

fn program(scene: &Scene, url: &str, arguments: &[&str]) -> Command {
    let mut command = scene.program(arguments);
    command.env("WAWPFORM_STATE", url).env("TF_HTTP_RETRY_WAIT_MIN", "0").env("TF_HTTP_RETRY_MAX", "1");
    command
}

fn run(scene: &Scene, url: &str, arguments: &[&str]) -> Ran {
    Ran::of(&program(scene, url, arguments).output().unwrap())
}

fn document(server: &Server) -> Document {
    Document::decode(&server.document().unwrap()).unwrap()
}

const APPLY: &[&str] = &["apply", "--auto-approve", "--concurrency", "1"];

#[test]
fn a_network_that_is_cut_under_a_run_stops_it_and_what_it_knows_is_pushed_later() {
    for nth in [1, 3] {
        let scene = Scene::new(&format!("faults: [{{on: create, nth: {nth}, what: hang_after}}]"));
        scene.wish(6);
        let server = Server::start();
        let started = Started::new(program(&scene, &server.url(), APPLY));
        let hangs = scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging));
        SERVERS.block_on(async { tokio::time::timeout(LONG, hangs).await.unwrap() });
        server.stop();
        scene.sandbox.release();
        let (code, said) = started.end();
        assert_eq!((code, scene.creates()), (1, nth), "{said}");
        assert!(said.contains("`wawpform state push ./errored.state.json`"), "{said}");
        let fallback = std::fs::read(scene.path("errored.state.json")).unwrap();
        let known = Document::decode(&fallback).unwrap();
        assert_eq!(known.instances.len(), nth);

        let server = server.again();
        // The lock could not be let go.
        let push = &["state", "push", "errored.state.json"];
        let locked = run(&scene, &server.url(), push);
        assert_eq!(locked.code, 5, "{locked:?}");
        assert!(locked.err.contains("with `state unlock`"), "{locked:?}");
        let held = run(&scene, &server.url(), &["state", "unlock"]);
        let id = server.lock().unwrap()["ID"].as_str().unwrap().to_owned();
        assert_eq!(held.code, 5, "{held:?}");
        assert!(held.err.contains(&format!("wawpform state unlock {id} --force")), "{held:?}");
        assert_eq!(run(&scene, &server.url(), &["state", "unlock", "another", "--force"]).code, 5);
        assert_eq!(run(&scene, &server.url(), &["state", "unlock", &id, "--force"]).code, 0);
        assert_eq!(server.lock(), None);
        let pushed = run(&scene, &server.url(), push);
        assert_eq!(pushed.code, 0, "{pushed:?}");
        assert_eq!(document(&server), known);
        let applied = run(&scene, &server.url(), APPLY);
        assert_eq!(applied.code, 0, "{applied:?}");
        assert_eq!(scene.creates(), 6);
        scene.assert_is_all(&document(&server), "after the push");
        let free = run(&scene, &server.url(), &["state", "unlock"]);
        assert_eq!(free.out, format!("{} is not locked.\n", server.url()));
    }
}

#[test]
fn an_end_on_the_way_lets_go_of_the_lock_and_two_runs_do_not_meet() {
    let (scene, server) = (Scene::of(3), Server::start());
    // Nobody to answer the question.
    assert_eq!(run(&scene, &server.url(), &["apply"]).code, 1);
    assert_eq!((server.lock(), server.document()), (None, None));
    assert_eq!(run(&scene, &server.url(), APPLY).code, 0);
    assert_eq!(run(&scene, &server.url(), &["state", "mv", "x", "y"]).code, 1);
    assert_eq!(server.lock(), None, "a ledger that is not closed lets go as well");
    let info = serde_json::json!({"ID": "7", "Operation": "OperationTypeApply", "Info": "", "Who": "them@there",
        "Version": "1.11.4", "Created": "2026-11-22T10:00:00Z", "Path": ""});
    server.set_lock(Some(info));
    let locked = run(&scene, &server.url(), &["apply", "--auto-approve", "--lock-timeout", "1s"]);
    assert_eq!(locked.code, 5, "{locked:?}");
    for words in [
        "Lock Info:\n  ID:        7\n",
        "Who:       them@there\n",
        "Waiting for the lock of the state, held by them@there",
    ] {
        assert!(locked.err.contains(words), "{words}: {locked:?}");
    }
    assert_eq!(run(&scene, &server.url(), &["plan"]).code, 0);
}

#[test]
fn a_password_in_the_url_or_the_environment_is_shown_nowhere() {
    let (scene, server) = (Scene::of(2), Server::start());
    server.demand("me:MARKED7f3a");
    let with = |password: &str| server.url().replace("http://", &format!("http://me:{password}@"));
    let (good, bad) = (with("MARKED7f3a"), with("MARKED0000"));
    let mut all = Vec::new();
    let wrong = run(&scene, &bad, APPLY);
    wrong.assert_refused_with_a_way_out("a wrong password");
    assert!(wrong.err.contains("HTTP 401") && wrong.err.contains("TF_HTTP_PASSWORD"), "{wrong:?}");
    all.push(wrong);
    let commands: [&[&str]; 6] =
        [&["plan"], APPLY, &["show"], &["state", "pull"], &["state", "unlock"], &["state", "show", "no"]];
    for arguments in commands {
        let mut flagged = vec!["--state", good.as_str()];
        flagged.extend(arguments);
        all.push(run(&scene, "", &flagged));
    }
    assert_eq!(all[2].code, 0, "{all:?}");
    let mut by_variables = program(&scene, &server.url(), &["plan", "--detailed-exitcode"]);
    by_variables.env("TF_HTTP_USERNAME", "me").env("TF_HTTP_PASSWORD", "MARKED7f3a");
    assert_eq!(by_variables.output().unwrap().status.code(), Some(0));
    server.set(&[Flaw::Says("GET", 302, "text/plain", "")]);
    all.push(run(&scene, &good, &["plan"]));
    server.set(&[Flaw::Says("GET", 200, "text/html", "<html>me:MARKED7f3a")]);
    all.push(run(&scene, &good, &["plan"]));
    all.last().unwrap().assert_refused_with_a_way_out("a page");
    server.set(&[Flaw::Refuses("UNLOCK", 0, 99)]);
    all.push(run(&scene, &good, &["state", "unlock"]));
    server.stop();
    all.push(run(&scene, &good, APPLY));
    all.last().unwrap().assert_refused_with_a_way_out("nobody there");
    let told = format!("{all:?} {:?} {:?}", server.lock(), String::from_utf8(server.document().unwrap()));
    assert!(!told.contains("MARKED"), "{told}");
}

#[test]
fn a_state_that_was_moved_is_refused_by_every_command_and_goes_on_in_its_new_place() {
    let (scene, server) = (Scene::of(2), Server::start());
    assert_eq!(scene.run(APPLY).code, 0);
    let moved = scene.run(&["state", "migrate", "--to", &server.url()]);
    assert_eq!(moved.code, 0, "{moved:?}");
    let pulled = run(&scene, &server.url(), &["state", "pull"]);
    std::fs::write(scene.path("pulled.json"), &pulled.out).unwrap();
    assert_eq!(pulled.out.as_bytes(), server.document().unwrap());
    let commands: [&[&str]; 7] = [
        &["plan"],
        APPLY,
        &["show"],
        &["state", "pull"],
        &["output"],
        &["forget", "i0000"],
        &["state", "push", "--force", "pulled.json"],
    ];
    for arguments in commands {
        let ran = scene.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?} {ran:?}");
        let words =
            format!("Error: state/acme.json: moved to {}\n  name that place with `--state`", server.url());
        assert!(ran.err.contains(&words), "{arguments:?} {ran:?}");
    }
    assert_eq!(run(&scene, &server.url(), &["plan", "--detailed-exitcode"]).code, 0);
    assert_eq!(scene.creates(), 2);
    // Back again, over the mark.
    assert_eq!(run(&scene, &server.url(), &["state", "migrate", "--to", "state/acme.json"]).code, 0);
    assert_eq!(scene.run(&["plan", "--detailed-exitcode"]).code, 0);
}
