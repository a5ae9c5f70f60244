//! Several runs on one state: one holds the lock, the others wait as long as they were told, and learn for whom.

use std::time::{Duration, Instant};

use super::scene::{LONG, SERVERS, Scene, Started};

#[test]
fn who_waits_in_vain_is_told_for_whom_and_ends_with_5() {
    let scene = Scene::of(2);
    let pen = scene.hold_the_lock();
    let begun = Instant::now();
    let ran = scene.run(&["apply", "--auto-approve", "--lock-timeout", "1200ms"]);
    assert!(begun.elapsed() >= Duration::from_millis(1200), "it did not wait");
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    for words in [
        "Waiting for the lock of the state, held by somebody@somewhere since 2026-11-22T10:00:00Z for apply, \
         https://ci.example/jobs/1\n",
        "the state state/acme.json is locked (waited ",
        "Who:       somebody@somewhere\n",
        "Created:   2026-11-22T10:00:00Z\n",
        "Operation: apply\n",
        "Info:      https://ci.example/jobs/1\n",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert!(scene.sandbox.log().is_empty());
    // Those who only look do not wait.
    assert_eq!(scene.run(&["plan"]).code, 0);
    for command in
        [&["destroy", "--auto-approve"][..], &["import", "i0000", "3EB0BCB2E3D4"], &["forget", "i0000"]]
    {
        assert_eq!(scene.run(command).code, 5, "{command:?}");
    }
    drop(pen);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
}

#[test]
fn whoever_waits_gets_the_lock_when_its_holder_ends_however_it_ends() {
    for signal in ["-KILL", ""] {
        let scene = Scene::new("faults: [{on: create, nth: 2, what: hang_after}]");
        scene.wish(3);
        let arguments = ["apply", "--auto-approve", "--concurrency", "1", "--lock-timeout", "10m"];
        let holder = Started::new(scene.program(&arguments));
        let hangs = scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging));
        SERVERS.block_on(async { tokio::time::timeout(LONG, hangs).await.unwrap() });
        let waiter = Started::new(scene.program(&arguments));
        waiter.until_it_says("Waiting for the lock of the state, held by someone@");
        match signal {
            "" => scene.sandbox.release(),
            signal => holder.signal(signal),
        }
        let (ended, _) = holder.end();
        let (code, said) = waiter.end();
        let (left, is_known) = match signal {
            "-KILL" => (-1, false),
            _ => (0, true),
        };
        assert_eq!((ended, code), (left, if is_known { 0 } else { 4 }), "{signal}: {said}");
        let document = scene.document().unwrap();
        assert_eq!(document.instances.len(), if is_known { 3 } else { 2 }, "{signal}: {said}");
        assert_eq!((scene.creates(), scene.live().len()), (3, 3), "{signal}: {said}");
    }
}

#[test]
fn three_that_begin_at_once_go_one_after_the_other_and_make_nothing_twice() {
    let scene = Scene::of(12);
    let arguments = ["apply", "--auto-approve", "--lock-timeout", "10m"];
    let runs = [(); 3].map(|()| Started::new(scene.program(&arguments)));
    let mut made = 0;
    for run in runs {
        let (code, said) = run.end();
        assert_eq!(code, 0, "{said}");
        made += usize::from(said.contains("12 added"));
    }
    assert_eq!((made, scene.creates()), (1, 12), "one makes all, the others find it done");
    scene.assert_is_all(&scene.document().unwrap(), "three at once");
    assert_eq!(std::fs::read(scene.path("state/acme.json.lock")).unwrap(), b"", "nobody holds it");
}
