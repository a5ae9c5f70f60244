//! Which names are offered where, and whose.

use super::scene::{SHELLS, Scene, state};

#[test]
fn every_argument_is_offered_the_names_that_it_can_take() {
    let scene = Scene::new();
    let recorded = ["8841", "acme-old", "acme-sales"];
    for command in
        [&["drift"][..], &["wait"], &["link"], &["qr"], &["pair"], &["state", "show"], &["state", "mv"]]
    {
        assert_eq!(scene.offered(&[command, &[""]].concat()), recorded, "{command:?}");
    }
    assert_eq!(scene.offered(&["forget", ""]), ["8841", "acme-lost", "acme-old", "acme-sales"]);
    let known = ["8841", "acme-lost", "acme-old", "acme-sales", "acme-support"];
    assert_eq!(scene.offered(&["status", ""]), known);
    for command in ["plan", "apply", "destroy"] {
        assert_eq!(scene.offered(&[command, "--target", ""]), known);
    }
    assert_eq!(scene.offered(&["import", ""]), ["acme-support"]);
    assert_eq!(scene.offered(&["state", "mv", "acme-old", ""]), ["acme-support"]);
}

#[test]
fn only_what_begins_so_is_offered_and_nothing_twice() {
    let scene = Scene::new();
    assert_eq!(scene.offered(&["forget", "acme-o"]), ["acme-old"]);
    assert_eq!(scene.offered(&["forget", "acme-old"]), ["acme-old"]);
    assert!(scene.offered(&["forget", "bcme"]).is_empty());
    assert_eq!(scene.offered(&["wait", "acme-sales", "acme-"]), ["acme-old"]);
    assert_eq!(scene.offered(&["plan", "--target", "8841", "--target=acme-s"]), [""; 0]);
    let with_equals = String::from_utf8(scene.asked("fish", &["plan", "--target=acme-su"]).stdout).unwrap();
    assert_eq!(with_equals, "--target=acme-support\tin the manifest, not recorded\n");
}

#[test]
fn what_is_known_of_a_name_is_told_where_a_shell_shows_it() {
    let scene = Scene::new();
    for (shell, line) in [
        ("fish", "acme-sales\t3EB0BCB2E3D2"),
        ("zsh", "acme-sales:3EB0BCB2E3D2"),
        ("powershell", "acme-sales\t3EB0BCB2E3D2"),
        ("bash", "acme-sales"),
        ("elvish", "acme-sales"),
    ] {
        assert!(SHELLS.contains(&shell));
        let output = scene.asked(shell, &["forget", "acme-s"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), line, "{shell}");
    }
    let lost = String::from_utf8(scene.asked("fish", &["forget", "acme-l"]).stdout).unwrap();
    assert_eq!(lost, "acme-lost\ta call of unknown outcome\n");
}

#[test]
fn names_come_from_where_the_command_line_says() {
    let scene = Scene::new();
    scene.write("my fleet/a.yaml", "fleet: other\ninstances:\n  other-new:\n");
    scene.write("state/other.json", &state("other", &["other-sales"]));
    scene.write("elsewhere.json", &state("acme", &["acme-elsewhere"]));
    scene.write("state/sandbox/acme.json", &state("acme", &["acme-tried"]));
    for flags in [
        &["-f", "my fleet"][..],
        &["-f", "'my fleet'"],
        &["-f", "my\\ fleet/a.yaml"],
        &["--file=my fleet"],
        &["-fmy fleet"],
        &["-f", "~/my fleet"],
    ] {
        assert_eq!(scene.offered(&[flags, &["forget", "other"]].concat()), ["other-sales"], "{flags:?}");
        assert_eq!(scene.offered(&[&["status"], flags, &["other"]].concat()), ["other-new", "other-sales"]);
    }
    assert_eq!(scene.offered(&["--state", "elsewhere.json", "forget", "acme-e"]), ["acme-elsewhere"]);
    assert_eq!(scene.offered(&["forget", "--state=file://elsewhere.json", "acme-e"]), ["acme-elsewhere"]);
    assert_eq!(scene.offered(&["forget", "--sandbox", "acme-t"]), ["acme-tried"]);
    // Half a command line is no reason to know nothing.
    assert_eq!(scene.offered(&["plan", "--expect", "--target", "acme-o"]), ["acme-old"]);
    let output = scene
        .command("wawpform")
        .envs([("WAWPFORM_COMPLETE", "fish"), ("WAWPFORM_STATE", "elsewhere.json")])
        .args(["--", "wawpform", "forget", "acme-e"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "acme-elsewhere\t3EB0BCB2E3D0\n");
}

#[test]
fn a_manifest_that_is_being_written_hides_no_state() {
    let scene = Scene::new();
    scene.write("wawpform.yaml", "fleet: acme\ninstances:\n  acme-sales:\n    labels: {team: [\n");
    assert_eq!(scene.offered(&["forget", "acme-o"]), ["acme-old"]);
}
