//! A text that is read in parts says what the whole says, whatever stands in it; and JSON what it says as YAML.

use proptest::prelude::*;

use super::*;
use crate::manifest::glance::glance_beyond;
use crate::manifest::hands::OneHand;
use crate::manifest::tree::DEEPEST;

/// The file, read in as many parts as can be; `None` when it is not cut or a part cannot be read.
fn cut(text: &str) -> Option<(usize, File)> {
    match glance_beyond(DEEPEST, 1, text) {
        Glance::Parts(cut) => Some((cut.parts.len(), in_parts(cut, &OneHand)?)),
        Glance::Whole | Glance::Lean(_) | Glance::Care => None,
    }
}

/// With its instances in one part.
fn joined(file: File) -> File {
    let all: Instances = file.instances.into_iter().flatten().collect();
    File { instances: if all.is_empty() { Vec::new() } else { vec![all] }, ..file }
}

fn agrees(text: &str) -> Result<bool, TestCaseError> {
    let Some((_, file)) = cut(text) else { return Ok(false) };
    match whole(text) {
        Ok(whole) => prop_assert_eq!(joined(file), joined(*whole), "{}", text),
        Err(error) => prop_assert!(false, "the whole cannot be read: {error:?}\n{text}"),
    }
    Ok(true)
}

#[test]
fn an_ordinary_manifest_is_cut_between_its_instances() {
    let ordinary = "# a fleet\n---\nfleet: acme\ndefaults:\n  labels: {a: b}\ninstances: # all of them\n\n  # the first\n  \
                    b:\n    protect: true\n    labels:\n      it's: \"a # b\" # c\n      long: \"one\n  z: two\"\n      'q: {': plain text\n        that goes \
                    on\n\n  a: {labels: {x: y,\n  z: \"\n  c: {}\n  \"}}\n\n  'c': # nothing\n  \"d\": ~\nreleased:\n- e\n";
    for text in [ordinary.to_owned(), ordinary.replace('\n', "\r\n")] {
        let (parts, file) = cut(&text).unwrap_or_default();
        assert_eq!(parts, 4, "{text}");
        assert_eq!(joined(file), joined(*whole(&text).unwrap()), "{text}");
    }
}

#[test]
fn what_is_not_regular_is_not_cut() {
    for text in [
        "instances:\n  a: {}\n",
        "instances:\n  a: {}\n b: {}\n",
        "instances:\n    a: {}\n  b: {}\n    c: {}\n",
        "instances:\n  a: {}\n\tb: {}\n",
        "instances:\n  a: {}\n  ? b\n  c: {}\n",
        "instances:\n- a: {}\n- b: {}\n",
        "instances: {a: {},\n  b: {}\n}\n",
        "instances:\n  {a: {},\n  b: {}}\n",
        "x:\n  instances:\n    a: {}\n    b: {}\n",
        "'\ninstances:\n  a: {}\n  b: {}\n'",
        "instances:#\n  a: {}\n  b: {}\n",
        "instances:\n  a: {labels: {x: \"\n  b: {}\n",
    ] {
        assert!(cut(text).is_none(), "{text}");
    }
}

#[test]
fn a_name_that_is_there_twice_is_found_across_parts() {
    for text in ["instances:\n  a: {}\n  b: {}\n  a: {}\n", "instances:\n  a: {}\n  a: {}\n"] {
        assert!(matches!(glance_beyond(DEEPEST, 1, text), Glance::Parts(_)), "{text}");
        assert!(cut(text).is_none(), "{text}");
    }
    let (_, file) = cut("instances:\n  c: {}\n  a: {}\n  b: {}\n").unwrap();
    let names: Vec<&str> = file.instances.iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn json_is_read_as_json_and_means_what_it_means_as_yaml() {
    let read = |text: &str| match json(text) {
        Some(Look::File(Ok(file), false)) => Some(file),
        _ => None,
    };
    let text = " {\"fleet\": \"a\", \"instances\": {\"b\": null, \"a\": {\"labels\": {\"x\": \"\\u00e9/1\"}, \
                \"running\": false}}}";
    assert_eq!(read(text).unwrap(), whole(text).unwrap());
    for not_json in [
        "{fleet: a}",
        "fleet: a",
        "{\"fleet\": 1}",
        "{\"fleet\": \"a\", \"fleet\": \"a\"}",
        "{\"fleet\": \"a\",}",
    ] {
        assert!(read(not_json).is_none(), "{not_json}");
    }
}

/// Lines that make maps, quotes and brackets begin and end, at the right depth and at others.
fn line() -> impl Strategy<Value = String> {
    let depth = prop::sample::select(vec!["", " ", "  ", "  ", "  ", "   ", "    ", "      ", "\t"]);
    let what = prop::sample::select(vec![
        "a: {}",
        "b:",
        "c: ~",
        "d: {protect: true}",
        "'e': {}",
        "\"f\":",
        "g: {labels: {x: y}}",
        "h : {}",
        "protect: true",
        "running: false",
        "labels:",
        "labels: {x: y}",
        "labels: {x: 'y",
        "z'}",
        "labels: {x: \"y",
        "\": z}",
        "{",
        "}",
        "labels: {",
        "x: y",
        "x: it's",
        "x: 'y",
        "y'",
        "'",
        "\"",
        "x: \"y\\",
        "- x",
        "- 'x",
        "# c",
        "",
        "x: y # c",
        "x: y #'",
        "text",
        "x: [",
        "]",
        "instances:",
        "released: [r]",
        "fleet: f",
        "released:",
        "? k",
        "x: y: z",
        "i: {}}",
        "j: ]",
        "k:\"l",
        "k:'l",
        ",",
        "{a: 'b'",
        "adopt: \"0\"",
    ]);
    (depth, what).prop_map(|(depth, what)| format!("{depth}{what}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_mean_what_the_whole_means(lines in prop::collection::vec(line(), 1..12)) {
        let lines = lines.concat();
        for text in [format!("instances:\n  a0: {{}}\n{lines}"), format!("fleet: f\ninstances:\n{lines}  z0:\n"), lines] {
            agrees(&text)?;
        }
    }

    #[test]
    fn parts_of_any_text_mean_what_the_whole_means(soup in "([a-c:'\"{}\\[\\],# \n-]|: |\n  [a-z]|\n  [a-z]: |\\{\\}\n){0,60}") {
        agrees(&format!("instances:\n  a0: {{}}\n  b0: {soup}\n  z0: {{}}\n"))?;
    }
}
