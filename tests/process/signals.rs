//! SIGINT and SIGTERM in every phase of a run: it ends within 5 seconds with 130, the lock is free at once, and
//! the state is one to go on from.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wawpform::sandbox::{Options, Sandbox};
use wawpform::state::{Call, Document, Lineage, Recorded};

use super::scene::{LONG, SERVERS, Scene, Started, send};

/// What the program promises: a pipeline kills after 7.5 s.
const PROMISED: Duration = Duration::from_secs(5);
const SIGNALS: [&str; 2] = ["-INT", "-TERM"];
const APPLY: [&str; 4] = ["apply", "--auto-approve", "--concurrency", "2"];
const DESTROY: [&str; 2] = ["destroy", "--auto-approve"];

/// A phase in which a run is when the signal comes.
struct Phase {
    name: &'static str,
    faults: &'static str,
    /// What is done before, in a scene with two recorded instances and three wished for.
    begin: fn(&Scene) -> Started,
    /// What is run afterwards.
    again: &'static [&'static str],
    /// Whether a create of unknown outcome is left behind.
    leaves_unknown: bool,
}

fn waits_in_a_call(scene: &Scene, arguments: &[&str]) -> Started {
    let run = Started::new(scene.program(arguments));
    let hangs = scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging));
    SERVERS.block_on(async { tokio::time::timeout(LONG, hangs).await.unwrap() });
    run
}

fn says(scene: &Scene, words: &str) -> Started {
    let run = Started::new(scene.program(&APPLY));
    run.until_it_says(words);
    run
}

const PHASES: [Phase; 8] = [
    Phase {
        name: "a create hangs",
        faults: "[{on: create, skip: 2, times: 1, what: hang_after}]",
        begin: |scene| waits_in_a_call(scene, &APPLY),
        again: &APPLY,
        leaves_unknown: true,
    },
    Phase {
        name: "the info before a start hangs",
        faults: "[{on: info, what: hang_before, times: 1}]",
        begin: |scene| {
            scene.manifest("instances: {a: {running: false}, b: {}, c: {running: false}}\n");
            waits_in_a_call(scene, &APPLY)
        },
        again: &APPLY,
        leaves_unknown: false,
    },
    Phase {
        name: "a delete hangs",
        faults: "[{on: delete, what: hang_before, times: 1}]",
        begin: |scene| waits_in_a_call(scene, &DESTROY),
        again: &DESTROY,
        leaves_unknown: false,
    },
    Phase {
        name: "a pause after 429",
        faults: "[{on: create, skip: 2, times: 1, what: answer, status: 429, headers: {Retry-After: '600'}}]",
        begin: |scene| says(scene, "every call waits 600"),
        again: &APPLY,
        leaves_unknown: false,
    },
    Phase {
        name: "the wait before a call is made again",
        faults: "[{on: info, what: answer, status: 503, times: 3}]",
        begin: |scene| {
            scene.manifest("instances: {a: {running: false}, b: {}, c: {running: false}}\n");
            says(scene, "is tried again in")
        },
        again: &APPLY,
        leaves_unknown: false,
    },
    Phase {
        name: "an import",
        faults: "[{on: info, what: hang_before, times: 1}]",
        begin: |scene| waits_in_a_call(scene, &["import", "c", "3EB0BCB2E3D4"]),
        again: &APPLY,
        leaves_unknown: false,
    },
    Phase {
        name: "a start hangs after it was carried out",
        faults: "[{on: start, what: hang_after, times: 1}]",
        begin: |scene| {
            scene.manifest("instances: {a: {running: false}, b: {}, c: {running: false}}\n");
            waits_in_a_call(scene, &APPLY)
        },
        again: &APPLY,
        leaves_unknown: false,
    },
    Phase {
        name: "the logout before a delete hangs",
        faults: "[{on: logout, what: hang_before, times: 1}]",
        begin: |scene| waits_in_a_call(scene, &DESTROY),
        again: &DESTROY,
        leaves_unknown: false,
    },
];

/// Two recorded instances, `a` and `b`, and a third that is wished for.
fn scene(faults: &str) -> Scene {
    let scene = Scene::new(&format!("faults: {faults}"));
    scene.manifest("defaults: {running: false}\ninstances: {a: {}, b: {}}\n");
    assert_eq!(scene.run(&APPLY).code, 0);
    scene.manifest("defaults: {running: false}\ninstances: {a: {}, b: {}, c: {}}\n");
    scene.sandbox.clear_log();
    scene
}

/// Sends the signal, and holds the run to its promise.
fn assert_ends(run: Started, signal: &str, what: &str) {
    let begun = Instant::now();
    run.signal(signal);
    let (code, said) = run.end();
    let took = begun.elapsed();
    assert_eq!(code, 130, "{what}: {said}");
    assert!(took < PROMISED, "{what}: it took {took:?}");
}

/// The lock is free at once, and whatever a person need not settle is brought to its end.
fn assert_goes_on(scene: &Scene, again: &[&str], leaves_unknown: bool, what: &str) {
    let pen = scene.hold_the_lock();
    drop(pen);
    let document = scene.document().unwrap();
    let creates = document.pending.values().filter(|it| it.call == Call::Create).count();
    assert_eq!(creates, usize::from(leaves_unknown), "{what}: {:?}", document.pending);
    assert!(!scene.path("state/acme.json.journal").exists(), "{what}: what is known is in the document");
    // What still hangs belongs to nobody any more.
    scene.sandbox.release();
    let again = scene.run(again);
    assert_eq!(again.code, if leaves_unknown { 4 } else { 0 }, "{what}: {again:#?}");
    let orphans = scene.live().len() - scene.document().unwrap().instances.len();
    assert_eq!(orphans, creates, "{what}");
}

#[test]
fn a_signal_in_any_phase_ends_the_run_in_time_and_the_next_one_goes_on() {
    std::thread::scope(|scope| {
        for (phase, signal) in PHASES.iter().flat_map(|phase| SIGNALS.map(|signal| (phase, signal))) {
            scope.spawn(move || {
                let Phase { name, faults, begin, again, leaves_unknown } = phase;
                let what = format!("{name}, {signal}");
                let scene = scene(faults);
                assert_ends(begin(&scene), signal, &what);
                assert_goes_on(&scene, again, *leaves_unknown, &what);
            });
        }
    });
}

#[test]
fn a_signal_while_the_lock_is_waited_for_ends_the_wait_and_nothing_was_done() {
    for signal in SIGNALS {
        let scene = scene("[]");
        let pen = scene.hold_the_lock();
        let run = Started::new(scene.program(&["apply", "--auto-approve", "--lock-timeout", "10m"]));
        run.until_it_says("Waiting for the lock");
        assert_ends(run, signal, signal);
        assert!(scene.sandbox.log().is_empty());
        drop(pen);
        assert_goes_on(&scene, &APPLY, false, signal);
    }
}

#[test]
fn a_signal_at_the_question_changes_nothing() {
    for signal in SIGNALS {
        let scene = scene("[]");
        // A terminal of its own; nobody types anything into it.
        let mut command =
            scene.command("script", &["-qec", "echo $$ >pid; exec \"$WAWPFORM\" apply 2>talk", "/dev/null"]);
        command.env("SHELL", "/bin/bash").stdin(Stdio::piped()).stdout(Stdio::null());
        let mut terminal = command.spawn().unwrap();
        let asked =
            || std::fs::read_to_string(scene.path("talk")).is_ok_and(|talk| talk.contains("Only \"yes\""));
        let begun = Instant::now();
        while !asked() {
            assert!(begun.elapsed() < LONG, "it never asked");
            std::thread::yield_now();
        }
        let pid = std::fs::read_to_string(scene.path("pid")).unwrap();
        let begun = Instant::now();
        send(signal, pid.trim());
        let code = terminal.wait().unwrap().code();
        assert_eq!(code, Some(130), "{signal}");
        assert!(begun.elapsed() < PROMISED, "{signal}");
        assert!(scene.sandbox.log().is_empty());
        assert_goes_on(&scene, &APPLY, false, signal);
    }
}

#[test]
fn a_signal_while_the_built_in_sandbox_is_used_by_another_run_ends_the_wait() {
    for signal in SIGNALS {
        let scene = scene("[]");
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let options = Options { data: Some(scene.path("state/sandbox/world.jsonl")), ..Options::new(clock) };
        let other = SERVERS.block_on(Sandbox::start(options)).unwrap();
        let arguments = ["apply", "--auto-approve", "--sandbox", "--lock-timeout", "10m"];
        let mut command = scene.program(&arguments);
        command.env_remove("WAWP_API_URL");
        let run = Started::new(command);
        run.until_it_says("3 to add");
        assert_ends(run, signal, signal);
        SERVERS.block_on(other.stop());
        let mut command = scene.program(&["apply", "--auto-approve", "--sandbox"]);
        assert!(command.env_remove("WAWP_API_URL").output().unwrap().status.success());
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_the_intent_is_on_disk() {
    let scene = scene("[{on: create, skip: 2, times: 1, what: hang_after}]");
    let run = waits_in_a_call(&scene, &APPLY);
    run.signal("-TERM");
    run.until_it_says("Nothing more is started");
    let begun = Instant::now();
    run.signal("-INT");
    let (code, said) = run.end();
    assert_eq!(code, 130, "{said}");
    assert!(begun.elapsed() < wawpform::apply::GRACE, "it waited for the grace");
    let document = scene.document().unwrap();
    assert_eq!(document.pending.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["c"]);
    scene.sandbox.release();
    assert_eq!(scene.run(&APPLY).code, 4);
}

#[test]
fn a_signal_at_any_moment_of_a_run_leaves_a_state_to_go_on_from() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut interrupted, rounds) = (0, 16);
    for round in 0..rounds {
        let scene = Scene::of(30);
        let run = Started::new(scene.program(&["apply", "--auto-approve"]));
        let calls = random.usize(..=30);
        let reached = scene.sandbox.log_until(|log| log.len() >= calls);
        SERVERS.block_on(async { tokio::time::timeout(LONG, reached).await.unwrap() });
        run.signal(SIGNALS[round % 2]);
        let (code, said) = run.end();
        let what = format!("after {calls} calls: {said}");
        // A signal before the program listens ends it as any other; one after the last call is too late.
        assert!(code == 130 || code == 0 || (code == -1 && calls == 0), "{code}, {what}");
        interrupted += usize::from(code == 130);
        match scene.document() {
            Some(document) => scene.assert_is_all(&document, &what),
            None => assert_eq!(scene.creates(), 0, "{what}"),
        }
        assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0, "{what}");
        assert_eq!((scene.creates(), scene.live().len()), (30, 30), "{what}");
    }
    assert!(interrupted * 2 > rounds, "only {interrupted} of {rounds} were interrupted");
}

/// A document of so many instances, besides what there is.
fn large(document: &Document, instances: usize) -> Document {
    let mut document = document.clone();
    let some = document.instances.values().next().unwrap().clone();
    for n in 0..instances {
        let recorded = Recorded { instance_id: format!("ID{n:010}").parse().unwrap(), ..some.clone() };
        document.instances.insert(format!("x{n}").parse().unwrap(), recorded);
    }
    document.lineage = Lineage("0b5e".to_owned());
    document.account = None;
    document
}

fn inode(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|facts| std::os::unix::fs::MetadataExt::ino(&facts))
}

#[test]
fn a_signal_while_a_large_document_is_written_comes_too_late_to_harm_it() {
    for (signal, word) in SIGNALS.into_iter().zip(["a", "b"]) {
        let scene = scene("[]");
        let document = large(&scene.document().unwrap(), 6_000);
        std::fs::File::create(scene.path("state/acme.json")).unwrap().write_all(&document.encode()).unwrap();
        let backup = scene.path("state/acme.json.backup");
        let before = inode(&backup);
        let run = Started::new(scene.program(&["apply", "--auto-approve", "--target", "c"]));
        let begun = Instant::now();
        // The backup is made just before the document is written.
        while inode(&backup) == before {
            assert!(begun.elapsed() < LONG, "{word}: no document was written");
            std::thread::yield_now();
        }
        run.signal(signal);
        let (code, said) = run.end();
        assert!(matches!(code, 0 | 130), "{code}: {said}");
        drop(scene.hold_the_lock());
        let written = scene.document().unwrap();
        assert_eq!(written.instances.len(), document.instances.len() + 1, "{signal}");
        assert_eq!(scene.creates(), 1);
        let again = scene.run(&["apply", "--auto-approve", "--target", "c"]);
        assert_eq!(again.code, 0, "{again:#?}");
    }
}
