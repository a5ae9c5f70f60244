//! No room and no right to write, for real: `ulimit -f`, a small tmpfs, a read-only one, a path that cannot be.
//! Nothing more is started, what is known is somewhere, the message says where, and what it says helps.

use std::io::Write as _;
use std::process::Command;

use wawpform::state::Document;

use super::scene::{Ran, Scene};

/// How many instances are wished for.
const FLEET: usize = 24;

/// Where everything is that the program knows, as its message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    /// Nothing was begun.
    NothingBegun,
    /// In the document, or in the document and its journal.
    InPlace,
    Fallback,
    Stdout,
    /// There was room for all of it.
    Done,
}

fn kept(ran: &Ran) -> Kept {
    match ran.code {
        0 => Kept::Done,
        _ if ran.err.contains("nothing was changed") => Kept::NothingBegun,
        _ if ran.err.contains("was written to ./errored.state.json;") => Kept::Fallback,
        _ if ran.err.contains("went to standard output") => Kept::Stdout,
        _ if ran.err.contains("everything is kept in the state and its journal")
            || ran.err.contains("everything that is known is in its place") =>
        {
            Kept::InPlace
        }
        _ => panic!("it does not say where everything is: {ran:#?}"),
    }
}

/// The document that stands between the other lines.
fn printed(out: &str) -> String {
    let begin = out.find("\n{\n").map(|at| at + 1).expect("a document on standard output");
    let end = begin + out[begin..].find("\n}\n").expect("its end") + 3;
    out[begin..end].to_owned()
}

/// After a run in a narrow place: all is known, where the message says; with room and the way out, it ends well.
fn assert_safe(scene: &Scene, ran: &Ran, before: usize, what: &str) -> Kept {
    let kept = kept(ran);
    let known = match kept {
        Kept::NothingBegun => {
            assert_eq!(scene.creates(), before, "{what}: something was called");
            assert!(!scene.path("errored.state.json").exists(), "{what}");
            None
        }
        Kept::InPlace | Kept::Done => scene.document(),
        Kept::Fallback => Some(decoded(std::fs::read(scene.path("errored.state.json")).unwrap())),
        Kept::Stdout => Some(decoded(printed(&ran.out).into_bytes())),
    };
    if kept != Kept::Done {
        assert_eq!(ran.code, 1, "{what}: {ran:#?}");
        // What is said not to be started was not.
        let not_started = ran.out.matches(": create: the state could not be written\n").count();
        assert!(scene.creates() + not_started <= FLEET, "{what}: it went on: {ran:#?}");
        let is_cut_off = ran.out.contains("Nothing more was started: ");
        assert_eq!(is_cut_off, not_started > 0 || ran.out.contains("Failed:"), "{what}: {ran:#?}");
    }
    if let Some(known) = known {
        scene.assert_is_all(&known, what);
        // The way out.
        if matches!(kept, Kept::Fallback | Kept::Stdout) {
            std::fs::write(scene.path("state/acme.json"), known.encode()).unwrap();
        }
    }
    let again = scene.run(&["apply", "--auto-approve"]);
    assert_eq!(again.code, 0, "{what}: {again:#?}");
    scene.assert_is_all(&scene.document().unwrap(), what);
    assert_eq!((scene.creates(), scene.live().len()), (FLEET, FLEET), "{what}: created twice");
    kept
}

fn decoded(bytes: Vec<u8>) -> Document {
    Document::decode(&bytes).unwrap()
}

/// `ulimit -f` counts KiB.
fn with_limit(recorded: usize, limit: usize) -> Kept {
    let scene = Scene::of(recorded);
    if recorded > 0 {
        assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    }
    scene.wish(FLEET);
    let ran =
        scene.bash(&format!("ulimit -f {limit}; exec \"$WAWPFORM\" apply --auto-approve --concurrency 1"));
    assert_safe(&scene, &ran, recorded, &format!("{recorded} recorded, ulimit -f {limit}"))
}

fn seen(results: &[Kept]) -> Vec<Kept> {
    let mut seen = results.to_vec();
    seen.sort_unstable();
    seen.dedup();
    println!("{results:?}");
    seen
}

#[test]
fn a_limit_on_the_size_of_files_ends_a_run_without_loss_wherever_it_strikes() {
    let from_nothing: Vec<Kept> = [0, 1, 2, 4, 7, 11, 100].map(|limit| with_limit(0, limit)).into();
    assert_eq!(seen(&from_nothing), [Kept::NothingBegun, Kept::InPlace, Kept::Done]);
}

#[test]
fn a_limit_below_what_is_recorded_leaves_all_in_the_journal_or_on_standard_output() {
    // The document does not fit any more; its journal does, or does not either.
    let results: Vec<Kept> =
        [(20, 1), (20, 2), (20, 5), (22, 4)].map(|(n, limit)| with_limit(n, limit)).into();
    assert!(seen(&results).contains(&Kept::Stdout), "{results:?}");
    // All is recorded, and only the document cannot be written.
    let scene = Scene::of(20);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    scene.wish(21);
    let ran = scene.bash("ulimit -f 3; exec \"$WAWPFORM\" apply --auto-approve --concurrency 1");
    assert_eq!((ran.code, kept(&ran)), (1, Kept::InPlace), "{ran:#?}");
    scene.assert_is_all(&scene.document().unwrap(), "only the document");
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    assert_eq!((scene.creates(), scene.path("state/acme.json.journal").exists()), (21, false));
}

/// Whether this user may have mounts of its own here; where not, `ulimit -f` alone stands for a full disk.
fn may_mount() -> bool {
    let script = "mount -t tmpfs -o size=64k none /mnt";
    let tried = Command::new("unshare").args(["-rm", "bash", "-c", script]).output();
    let may = tried.is_ok_and(|output| output.status.success());
    if !may {
        // Not by `println!`, which nobody sees of a test that passes.
        let words =
            "NOT TRIED: no tmpfs can be mounted here (unshare -rm); only `ulimit -f` stands for a full disk";
        let mut stderr = std::io::stderr();
        writeln!(stderr, "{words}").unwrap();
    }
    may
}

/// An apply with the state on a tmpfs of its own; what is left there is copied out.
fn on_tmpfs(scene: &Scene, options: &str, before: &str) -> Ran {
    let script = format!(
        "mkdir -p kept state && mount -t tmpfs -o {options} none state && cp -r kept/. state && {before}
         \"$WAWPFORM\" apply --auto-approve --concurrency 1; CODE=$?; rm -r kept; cp -r state kept; exit $CODE"
    );
    let ran = Ran::of(&scene.command("unshare", &["-rm", "bash", "-c", &script]).output().unwrap());
    std::fs::remove_dir(scene.path("state")).unwrap();
    std::fs::rename(scene.path("kept"), scene.path("state")).unwrap();
    ran
}

#[test]
fn a_disk_that_is_full_at_any_stage_ends_a_run_without_loss() {
    if !may_mount() {
        return;
    }
    // Pages of the lock, the document, its successor and the journal; then names for them.
    let sizes = ["4k", "8k", "12k", "16k", "20k", "28k", "1m"].map(|size| format!("size={size},mode=777"));
    let names = ["1", "2", "3", "4", "5"].map(|names| format!("nr_inodes={names},mode=777"));
    let mut results = Vec::new();
    for options in sizes.iter().chain(&names) {
        let scene = Scene::of(FLEET);
        let ran = on_tmpfs(&scene, options, "");
        results.push(assert_safe(&scene, &ran, 0, options));
    }
    let seen = seen(&results);
    for expected in [Kept::NothingBegun, Kept::InPlace, Kept::Fallback, Kept::Done] {
        assert!(seen.contains(&expected), "{expected:?} is not among {results:?}");
    }
}

#[test]
fn a_full_disk_under_a_recorded_fleet_ends_a_run_without_loss() {
    if !may_mount() {
        return;
    }
    for size in ["12k", "16k", "20k", "24k", "32k"] {
        let scene = Scene::of(12);
        assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
        scene.wish(FLEET);
        std::fs::remove_file(scene.path("state/acme.json.backup")).unwrap();
        std::fs::rename(scene.path("state"), scene.path("kept")).unwrap();
        let ran = on_tmpfs(&scene, &format!("size={size},mode=777"), "");
        let kept = assert_safe(&scene, &ran, 12, size);
        println!("{size}: {kept:?}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_is_called() {
    let scene = Scene::of(2);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    scene.sandbox.clear_log();
    scene.wish(3);
    std::fs::write(scene.path("file"), "").unwrap();
    std::fs::create_dir(scene.path("folder.json")).unwrap();
    // Below a file, a folder in its place, and a lock that is a folder.
    std::fs::create_dir(scene.path("blocked.json.lock")).unwrap();
    for place in ["file/acme.json", "folder.json", "blocked.json", "/proc/acme/acme.json"] {
        let ran = scene.run(&["apply", "--auto-approve", "--state", place]);
        ran.assert_refused_with_a_way_out(place);
        assert!(ran.err.contains(place.rsplit('/').next_back().unwrap()), "{place}: {ran:?}");
    }
    if may_mount() {
        std::fs::rename(scene.path("state"), scene.path("kept")).unwrap();
        let before = std::fs::read(scene.path("kept/acme.json")).unwrap();
        let ran = on_tmpfs(&scene, "size=1m", "mount -o remount,bind,ro state;");
        ran.assert_refused_with_a_way_out("read-only");
        assert!(ran.err.contains("Read-only file system"), "{ran:?}");
        assert_eq!(std::fs::read(scene.path("state/acme.json")).unwrap(), before);
    }
    assert!(scene.sandbox.log().is_empty(), "something was called");
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
}

#[test]
fn commands_that_write_one_record_say_what_to_do_when_they_cannot() {
    let scene = Scene::of(2);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    scene.sandbox.clear_log();
    let before = scene.document();
    let commands = ["forget i0000", "state mv i0000 i0009", "destroy --auto-approve"];
    for (command, limit) in commands.iter().flat_map(|command| [(command, 0), (command, 1)]) {
        // With room for the lock, a journal of more than its room is in the way.
        let ran = match limit {
            0 => scene.bash(&format!("ulimit -f 0; exec \"$WAWPFORM\" {command}")),
            _ => {
                std::fs::create_dir_all(scene.path("state/acme.json.journal/in the way")).unwrap();
                let ran = scene.bash(&format!("exec \"$WAWPFORM\" {command}"));
                std::fs::remove_dir_all(scene.path("state/acme.json.journal")).unwrap();
                ran
            }
        };
        ran.assert_refused_with_a_way_out(command);
        assert_eq!(scene.document(), before, "{command}");
    }
    assert!(scene.sandbox.log().is_empty(), "something was called");
}

#[test]
fn what_finds_no_room_on_standard_output_is_not_taken_for_delivered() {
    let scene = Scene::of(20);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    for command in ["output", "state list", "show", "plan"] {
        let ran = scene.bash(&format!("exec \"$WAWPFORM\" {command} > /dev/full"));
        ran.assert_refused_with_a_way_out(command);
        // A reader that has seen enough is no error.
        let ran = scene.bash(&format!("set -o pipefail; \"$WAWPFORM\" {command} | true"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command}");
    }
    // The last resort of the last resort.
    scene.wish(FLEET);
    let ran = scene.bash("ulimit -f 1; exec \"$WAWPFORM\" apply --auto-approve --concurrency 1 > /dev/full");
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.err.contains("what is known went to standard error; "), "{ran:#?}");
    scene.assert_is_all(&decoded(printed(&format!("\n{}", ran.err)).into_bytes()), "on standard error");
}

#[cfg(not(feature = "object-storage"))]
#[test]
fn a_place_that_this_build_was_made_without_says_which_feature_it_needs() {
    let scene = Scene::of(1);
    for place in ["s3://bucket/acme.json", "gs://bucket/acme.json", "az://container/acme.json"] {
        let ran = scene.run(&["plan", "--state", place]);
        assert!(ran.code == 1 && ran.err.contains("without `object-storage`"), "{ran:#?}");
    }
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_build_without_postgresql_says_which_feature_it_needs() {
    let ran = Scene::of(1).run(&["plan", "--state", "postgres://ci:hush-5c1d@host/database"]);
    assert!(ran.code == 1 && ran.err.contains("without `postgres`") && !ran.err.contains("hush"), "{ran:#?}");
}
