//! Commands, flags, and values that are no names.

use super::scene::Scene;

#[test]
fn commands_and_their_commands_are_offered() {
    let scene = Scene::new();
    assert_eq!(scene.offered(&["com"]), ["completions"]);
    assert_eq!(scene.offered(&["state", "m"]), ["mv", "migrate"]);
    assert_eq!(scene.offered(&["man", "com"]), ["completions"]);
    assert_eq!(scene.offered(&["man", "state", "m"]), ["mv", "migrate"]);
    assert!(scene.offered(&["man", "plan", ""]).is_empty());
    let all = scene.offered(&[""]);
    assert!(all.len() > 20, "{all:?}");
}

#[test]
fn flags_are_offered_with_their_values() {
    let scene = Scene::new();
    let lines = |words: &[&str]| String::from_utf8(scene.asked("fish", words).stdout).unwrap();
    assert!(lines(&["plan", "--detailed"]).starts_with("--detailed-exitcode\tExit with 2"));
    assert_eq!(scene.offered(&["completions", ""]), ["bash", "zsh", "fish", "powershell", "elvish"]);
    assert_eq!(scene.offered(&["output", "--format", ""]), ["json", "yaml", "env", "csv"]);
    assert!(lines(&["output", "--format=c"]).starts_with("--format=csv\t"));
    assert_eq!(scene.offered(&["plan", "--fail-on", "delete,d"]), ["delete,delete", "delete,drift"]);
}

#[test]
fn paths_are_offered_behind_the_formats_that_they_are_written_in() {
    let scene = Scene::new();
    assert_eq!(scene.offered(&["plan", "--write", ""]), ["human=", "json=", "markdown=", "gitlab=", "html="]);
    assert_eq!(scene.offered(&["plan", "--write", "json=st"]), ["json=state/"]);
    assert_eq!(scene.offered(&["diff", "a", "--write", "m"]), ["markdown="]);
    assert_eq!(scene.offered(&["apply", "--report", "s"]), ["state/"]);
    assert_eq!(scene.offered(&["apply", "--report", "j"]), ["json="]);
    assert_eq!(scene.offered(&["diff", "g"]), ["git:"]);
    assert_eq!(scene.offered(&["diff", "w"]), ["wawpform.yaml"]);
    for path in ["-f", "--state", "--token-file", "--policy", "--out", "--events"] {
        assert_eq!(scene.offered(&["plan", path, "waw"]), ["wawpform.yaml"], "{path}");
    }
    assert_eq!(scene.offered(&["state", "migrate", "--to", "waw"]), ["wawpform.yaml"]);
    assert!(scene.offered(&["-f", ""]).contains(&"-".to_owned()));
}

#[test]
fn bash_is_answered_for_the_piece_at_the_cursor() {
    let scene = Scene::new();
    let offered = |words: &[&str]| String::from_utf8(scene.asked("bash", words).stdout).unwrap();
    assert_eq!(offered(&["output", "--format", "=", "c"]), "csv");
    assert_eq!(offered(&["output", "--format", "="]), "json\nyaml\nenv\ncsv");
    assert_eq!(offered(&["plan", "--write", "json", "=", "st"]), "state/");
    assert_eq!(offered(&["plan", "--target", "=", "acme-sa"]), "acme-sales");
}
