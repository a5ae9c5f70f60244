//! Things at the place of a manifest that are no files.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::place::Place;

#[test]
fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
    let place = Place::new();
    let made = Command::new("mkfifo").arg(place.path().join("wawpform.yaml")).status().unwrap();
    assert!(made.success());
    place.refused(&["validate"], "the manifest wawpform.yaml is not a regular file");
    place.refused(&["plan", "-f", "."], "not a regular file");
}

#[test]
fn folders_that_lead_in_circles_come_to_an_end() {
    let place = Place::new();
    place.write("many/a.yaml", "fleet: a\ninstances: {a: {}}\n");
    for link in ["many/up", "many/up.yaml"] {
        symlink("..", place.path().join(link)).unwrap();
    }
    symlink("b", place.path().join("a")).unwrap();
    symlink("a", place.path().join("b")).unwrap();
    place.accepted(&["validate", "-f", "many"]);
    place.accepted(&["validate", "-f", "many/up/many/up/many"]);
    place.refused(&["validate", "-f", "a"], "cannot read the manifest a");
}

#[test]
fn a_link_does_not_lead_to_files_that_are_not_of_the_folder() {
    let (outside, place) = (Place::new(), Place::new());
    outside.write("secret.yaml", "MARKED: 1\n");
    place.write("sub/in.yaml", "fleet: a\ninstances: {a: {}}\n");
    for (link, target) in [
        ("wawpform.yaml", outside.path().join("secret.yaml")),
        ("many", outside.path().to_owned()),
        ("env.yaml", "/proc/self/environ".into()),
    ] {
        symlink(target, place.path().join(link)).unwrap();
        let said = place.refused(&["validate", "-f", link], "leads out of");
        assert!(!said.contains("MARKED"), "{said}");
    }
    // A link within the folder is fine, and so is what the command line itself names.
    symlink("sub/in.yaml", place.path().join("inside.yaml")).unwrap();
    place.accepted(&["validate", "-f", "inside.yaml"]);
    let named = outside.path().join("secret.yaml");
    place.refused(&["validate", "-f", named.to_str().unwrap()], "unknown field `MARKED`");
}
