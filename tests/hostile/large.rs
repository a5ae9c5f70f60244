//! Manifests that grow while they are read, and manifests that are large to begin with. What would take the square
//! of its size, or expand, does not end within the limits of a run.

use std::fmt::Write;
use std::fs::File;

use super::place::Place;

/// Many pieces, each with its number.
fn many(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// A text that begins as a manifest does.
fn manifest(rest: impl AsRef<str>) -> String {
    format!("fleet: a\n{}\n", rest.as_ref())
}

fn laughs() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        let _ = writeln!(text, "a{level}: &a{level} [{below}]");
    }
    text
}

fn merging_laughs() -> String {
    let mut text = String::from("a0: &a0 {k0: 0, l0: 0}\n");
    for level in 1..60 {
        let below = level - 1;
        let _ = writeln!(text, "a{level}: &a{level} {{k{level}: *a{below}, <<: [*a{below}, *a{below}]}}");
    }
    text
}

#[test]
fn what_expands_deepens_or_repeats_is_refused_within_the_limits() {
    let labels = |value: &str| manifest(format!("instances: {{i: {{labels: {{x: {value}}}}}}}"));
    let cases = [
        (manifest(laughs()), "expands too far"),
        (manifest(merging_laughs()), "expands too far"),
        (labels(&"[".repeat(200_000)), "nested deeper than 64 levels"),
        (labels(&"{a: ".repeat(100_000)), "nested deeper than 64 levels"),
        (manifest(many(3_000, |n| format!("{}a:\n", " ".repeat(n)))), "nested deeper than 64 levels"),
        (manifest("- ".repeat(200_000)), ""),
        (manifest("? ".repeat(100_000)), ""),
        (manifest("a: ".repeat(200_000)), "not valid YAML"),
        (manifest("a:".repeat(200_000) + " : :"), "not valid YAML"),
        (manifest("&a ".repeat(200_000)), ""),
        (manifest("!a ".repeat(200_000)), ""),
        (manifest("'".repeat(200_001)), ""),
        (labels(&format!("\"{}\"", "x".repeat(1_000_000))), "has 1000000 characters"),
        (labels(&format!("\"{}\"", "\\u263a".repeat(200_000))), "has 200000 characters"),
        (manifest("k".repeat(1_000_000) + ": 1"), ""),
        ("---\n".repeat(200_000), "a second YAML document"),
        ("#\n".repeat(200_000), "the file is empty"),
        ("%TAG ! tag:x,2000:\n".repeat(100_000), ""),
        (manifest(many(8_000, |_| "instances: {}\n".to_owned())), "there twice"),
        // Many mistakes, in one line and in many.
        (manifest(format!("instances: {{{}}}", many(8_000, |n| format!("i{n}: {n}, ")))), "7900 more"),
        (
            manifest(format!("instances: {{{}}}", many(8_000, |n| format!("i{n}: {{token: {n}}}, ")))),
            "more are",
        ),
        (manifest(format!("x: {{{}}}", "token: 1, ".repeat(8_000))), "more are"),
        (manifest(format!("instances:\n{}", many(8_000, |n| format!(" i{n}: {n}\n")))), "7900 more"),
        (manifest(format!("instances:\n{}", many(8_000, |n| format!(" i{n}: {{adopt: x}}\n")))), "more are"),
        (
            manifest(format!("instances:\n{}", many(8_000, |n| format!(" i{n}: {{previously: x}}\n")))),
            "more are",
        ),
        (manifest(many(8_000, |n| format!("a{n}: &a{n} {{x: 1}}\n"))), "more are"),
        (manifest(format!("released: [{}]", "x, ".repeat(8_000))), "more are"),
    ];
    std::thread::scope(|scope| {
        for half in cases.chunks(cases.len().div_ceil(2)) {
            scope.spawn(move || {
                for (text, words) in half {
                    let place = Place::new();
                    place.write("wawpform.yaml", text);
                    place.refused(&["validate"], words);
                }
            });
        }
    });
}

#[test]
fn files_without_end_are_not_read_to_it() {
    let place = Place::new();
    let file = File::create(place.path().join("wawpform.yaml")).unwrap();
    // No disk is used: the file is a hole.
    file.set_len(100 << 30).unwrap();
    place.refused(&["validate"], "the manifest is too large: more than 268435456 bytes");
    place.refused(&["validate", "-f", "/dev/zero"], "not a regular file");
}

#[test]
fn a_folder_with_many_files_is_read_and_all_that_is_wrong_in_them_is_counted() {
    let place = Place::new();
    place.write("many/0.yaml", "fleet: a\n");
    for number in 1..2_000 {
        place.write(&format!("many/{number}.yaml"), format!("instances: {{i{number}: {{x: 1}}}}\n"));
    }
    place.refused(&["validate", "-f", "many"], "1899 more are not shown here");
}

#[test]
fn what_is_wrong_with_a_manifest_too_large_for_marks_is_told_without_them() {
    let list = vec!["\"x\""; 2_100_000].join(",\n");
    let place = Place::new();
    let wrong = "{\"fleet\": \"a\",\n\"instances\": {\"i\": {\"labels\": {\"x\": 1}}},\n\"released\": [";
    place.write("wawpform.yaml", format!("{wrong}{list}]}}"));
    let said = place.refused(&["validate"], "expected a text");
    assert!(said.contains("wawpform.yaml:2:"), "{said}");
}
