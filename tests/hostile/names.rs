//! File names that act: they stand in every diagnostic.

use super::place::Place;

const NAMES: [&str; 7] = [
    "\u{1b}[2Jx.yaml",
    "x\n::error::forged.yaml",
    "::add-mask::e.yaml",
    "##[add-mask]e ##vso[x].yaml",
    "\u{202e}lmay.yaml",
    "a,line=1::x%0A.yaml",
    "-f.yaml",
];

#[test]
fn the_name_of_a_file_is_escaped_wherever_it_is_shown() {
    for name in NAMES {
        let place = Place::new();
        place.write(&format!("many/{name}"), "fleet: a\nwrong: 1\ninstances: {a: {}, a: {}}\n");
        place.write("many/other.yaml", "fleet: b\n");
        for args in [
            &["validate", "-f", "many"][..],
            &["validate", "-f", "many", "--format", "json"],
            &["validate", "-f", "many", "--format", "github"],
            &["plan", "-f", "many"],
        ] {
            place.refused(args, "wrong");
        }
        // Files that cannot be read at all are named as well.
        std::fs::remove_file(place.path().join("many").join(name)).unwrap();
        std::os::unix::fs::symlink("nowhere", place.path().join("many").join(name)).unwrap();
        place.refused(&["validate", "-f", "many"], "there is no manifest many/");
        std::fs::remove_file(place.path().join("many").join(name)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", place.path().join("many").join(name)).unwrap();
        place.refused(&["validate", "-f", "many"], "leads out of");
        std::fs::remove_file(place.path().join("many").join(name)).unwrap();
        std::os::unix::fs::symlink(name, place.path().join("many").join(name)).unwrap();
        place.refused(&["plan", "-f", "many"], "cannot read the manifest");
    }
}
