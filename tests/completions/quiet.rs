//! Whoever presses a key in a prompt wants no talk, no call, no question, no file, and no long wait.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Output, Stdio};

use super::scene::{SHELLS, Scene, state};

fn assert_silent(output: &Output, what: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{what}");
}

#[test]
fn what_is_damaged_is_passed_over_in_silence_and_nothing_is_written() {
    let scene = Scene::new();
    scene.write("broken.yaml", "fleet: acme\ninstances: [");
    scene.write("not-text.yaml", "\u{0}\u{1}");
    scene.write("damaged.json", "{\"format\": 1, \"fle");
    scene.write("newer.json", "{\"format\": 99}");
    let before = scene.files();
    for shell in SHELLS {
        for flags in [
            &["-f", "broken.yaml"][..],
            &["-f", "not-text.yaml"],
            &["-f", "nowhere.yaml"],
            &["-f", "nowhere/", "-f", "broken.yaml"],
            &["-f", "state"],
            &["--state", "damaged.json"],
            &["--state", "newer.json"],
            &["--state", "nowhere/state.json"],
            &["--state", "state"],
            &["--state", "ftp://x.example/y"],
            &["--sandbox"],
            &["--allow-env", "*"],
            &["--sandbox", "--state", "x"],
        ] {
            for command in [&["forget", "acme-s"][..], &["status", ""], &["plan", "--target", "acme-"]] {
                let words = [flags, command].concat();
                assert_silent(&scene.asked(shell, &words), &format!("{shell} {words:?}"));
            }
        }
        for words in
            [&["nonsense", ""][..], &["--nonsense", ""], &["forget", "\u{1f600}"], &["-", ""], &["--", ""]]
        {
            assert_silent(&scene.asked(shell, words), &format!("{shell} {words:?}"));
        }
    }
    assert_eq!(scene.files(), before);
}

#[test]
fn no_state_is_asked_for_over_the_network() {
    let scene = Scene::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/state", listener.local_addr().unwrap());
    assert!(scene.offered(&["--state", &url, "forget", ""]).is_empty());
    assert_eq!(
        scene.offered(&["--state", &url, "--api-url", &url, "status", "acme-s"]),
        ["acme-sales", "acme-support"]
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody called");
}

#[test]
fn standard_input_is_not_read_and_no_pipe_is_waited_for() {
    let scene = Scene::new();
    let pipe = scene.folder.path().join("pipe.json");
    assert!(scene.command("mkfifo").arg(&pipe).status().unwrap().success());
    for flags in [
        ["-f", "-"],
        ["-f", "/dev/stdin"],
        ["-f", "pipe.json"],
        ["--state", "pipe.json"],
        ["--state", "/dev/stdin"],
    ] {
        let mut child = scene
            .command("wawpform")
            .env("WAWPFORM_COMPLETE", "fish")
            .args(["--", "wawpform"])
            .args(flags)
            .args(["forget", "acme"])
            // Open as long as the answer takes, and with something to read.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(state("acme", &["acme-typed"]).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_silent(&output, flags[1]);
        assert!(!String::from_utf8_lossy(&output.stdout).contains("acme-typed"));
    }
}

#[test]
fn a_large_fleet_is_offered_and_a_huge_one_is_not_waited_for() {
    let scene = Scene::new();
    let names: Vec<String> = (0..20_000).map(|index| format!("acme-{index:05}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scene.write("state/acme.json", &state("acme", &names));
    assert_eq!(scene.offered(&["forget", "acme-1234"]).len(), 10);
    // Right, and more than anybody waits for at a prompt.
    let filled = |text: &str, with: &str| format!("{text}\n{}", with.repeat(16 * 1024 * 1024));
    scene.write("state/acme.json", &filled(&state("acme", &names), " "));
    assert!(scene.offered(&["forget", "acme-1234"]).is_empty());
    assert_eq!(scene.offered(&["status", "acme-s"]), ["acme-sales", "acme-support"]);
    scene.write("wawpform.yaml", &filled("fleet: acme\ninstances: {acme-sales: }\n", "#"));
    assert!(scene.offered(&["status", "acme-s"]).is_empty());
}

#[test]
fn without_a_shell_that_asks_the_program_does_what_it_always_does() {
    let scene = Scene::new();
    for (shell, args) in [
        ("", &["--version"][..]),
        ("fish", &["--version"]),
        ("0", &["--version"]),
        ("nonsense", &["--version"]),
    ] {
        let output = scene.command("wawpform").env("WAWPFORM_COMPLETE", shell).args(args).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("wawpform "), "{shell}");
    }
}
