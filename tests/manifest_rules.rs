//! The rules that one broken file cannot show: several sources, defaults, sharing within YAML, limits, bytes.

// The lints let only functions marked as tests fail loudly; what tests share may too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "manifest_rules/accepted.rs"]
mod accepted;

use std::collections::BTreeMap;

use wawpform::instance::{Name, Retries, Spec, Webhook};
use wawpform::manifest::{Desired, Diagnostic, Loaded, MaxDeletes, Severity, Source, load, load_within};

fn sources(texts: &[&str]) -> Vec<Source> {
    texts.iter().enumerate().map(|(index, text)| Source::new(format!("{index}.yaml"), *text)).collect()
}

fn loaded(texts: &[&str]) -> Loaded {
    load(&sources(texts)).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

fn desired(text: &str) -> Desired {
    loaded(&[text]).desired
}

fn spec(desired: &Desired, name: &str) -> Spec {
    desired.instances[&Name::new(name).unwrap()].spec.clone()
}

/// `FILE:LINE:COLUMN MESSAGE`, and ` (FILE:LINE:COLUMN)` for related places.
fn wrong(texts: &[&str]) -> Vec<String> {
    let shown = |one: &Diagnostic| {
        let place = &one.place;
        let mut line = format!("{}:{}:{} {}", place.source, place.line, place.column, one.message);
        for related in &one.related {
            let place = &related.place;
            line.push_str(&format!(" ({}:{}:{})", place.source, place.line, place.column));
        }
        line
    };
    load(&sources(texts)).err().unwrap_or_default().iter().map(shown).collect()
}

#[test]
fn several_files_are_one_manifest() {
    let both = loaded(&[
        "fleet: f\ndefaults: {running: false}\ninstances: {a: }\nreleased: [x]\n",
        "fleet: f\naccount: {token_env: WAWP_T}\ninstances: {b: {}}\n",
        "guards: {max_deletes: 2}\nreleased: [y]\n",
    ]);
    let one = desired(
        "fleet: f\ndefaults: {running: false}\naccount: {token_env: WAWP_T}\nguards: {max_deletes: 2}\n\
         instances: {a: {}, b: {}}\nreleased: [x, y]\n",
    );
    assert_eq!(both.desired, one);
    assert!(both.warnings.is_empty());
}

#[test]
fn what_may_be_there_once_is_refused_in_the_second_file() {
    let first = "fleet: f\naccount: {}\nguards: {}\ndefaults: {}\ninstances:\n  a: {}\n";
    let second = "fleet: g\ndefaults: {}\nguards: {}\naccount: {}\ninstances:\n  a: {}\n  b: {}\n";
    assert_eq!(
        wrong(&[first, second]),
        [
            "1:1:8 the fleet is `g` here and `f` in another file (0:1:8)",
            "1:2:1 `defaults` is in more than one file (0:4:1)",
            "1:3:1 `guards` is in more than one file (0:3:1)",
            "1:4:1 `account` is in more than one file (0:2:1)",
            "1:6:3 the instance `a` is there twice (0:6:3)",
        ]
    );
}

#[test]
fn names_are_held_against_each_other_over_all_files() {
    let texts = [
        "fleet: f\ninstances:\n  a: {previously: old}\n  b: {adopt: 3EB0BCB2E3D4}\n",
        "released: [a, c]\ninstances:\n  d: {previously: old}\n  e: {adopt: 3EB0BCB2E3D4}\n  f: {previously: b}\n",
        "released: [c, old]\n",
    ];
    assert_eq!(
        wrong(&texts),
        [
            "0:3:19 `old` is renamed here and released elsewhere (2:1:15)",
            "1:1:12 `a` is released and still in `instances` (0:3:3)",
            "1:3:19 `old` is claimed twice (0:3:19)",
            "1:3:19 `old` is renamed here and released elsewhere (2:1:15)",
            "1:4:14 `3EB0BCB2E3D4` is adopted twice (0:4:14)",
            "1:5:19 `b` is still in `instances`, so nothing can have been called so before (0:4:3)",
            "2:1:12 `c` is released twice (1:1:15)",
        ]
    );
}

#[test]
fn thousands_of_instances_are_held_against_each_other_as_few_are() {
    let file = |index: usize, last: &str| {
        let names = (0..700).map(|at| format!("  a-{}: {{}}\n", index * 700 + at));
        format!("fleet: f\ninstances:\n{}{last}", names.collect::<String>())
    };
    let texts =
        [file(0, ""), file(1, "  b: {previously: z}\n"), file(2, ""), file(3, "  c: {previously: z}\n")];
    assert!(wrong(&[&file(0, ""), &file(1, ""), &file(2, ""), &file(3, "")]).is_empty());
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(wrong(&texts), ["3:703:19 `z` is claimed twice (1:703:19)"]);
    let again = file(2, "  a-0: {}\n");
    assert_eq!(wrong(&[texts[0], texts[1], &again]), ["2:703:3 the instance `a-0` is there twice (0:3:3)"]);
}

#[test]
fn mistakes_of_all_files_are_reported_in_one_run_and_one_unreadable_file_hides_none_of_them() {
    let found = wrong(&[
        "fleet: f\ninstances: {a: {colour: 1}}\n",
        "a: b: c\n",
        "",
        "instances: {a: {running: 1}}\n",
    ]);
    let places: Vec<&str> = found.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(places, ["0:2:17", "1:1:5", "2:1:1", "3:1:13", "3:1:26"], "{found:#?}");
    // Which fleet it is may stand in the file that could not be read.
    assert_eq!(wrong(&["fleet f: : x\n", "instances: {}\n"]).len(), 1);
    assert_eq!(wrong(&["fleet: 5\n"]).len(), 1);
}

#[test]
fn defaults_lie_under_every_instance_labels_key_by_key_and_lists_as_a_whole() {
    let hook = |host: &str| format!("{{url: 'https://{host}/', events: [message]}}");
    let text = format!(
        "fleet: f\ndefaults:\n  labels: {{x: d, y: d}}\n  running: false\n  protect: true\n  rate_limit: strict\n  \
         expect_number: '201012345678'\n  webhooks: [{}, {}]\ninstances:\n  plain:\n  own: {{labels: {{y: o, z: o}}, \
         running: true, protect: false, rate_limit: other, expect_number: '4915112345678', webhooks: [{}]}}\n  \
         none: {{labels: {{}}, webhooks: []}}\n",
        hook("a"),
        hook("b"),
        hook("c")
    );
    let desired = desired(&text);
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let webhook = |host: &str| Webhook {
        url: format!("https://{host}/"),
        events: vec!["message".to_owned()],
        retries: None,
        hmac_env: None,
    };
    let plain = Spec {
        labels: labels(&[("x", "d"), ("y", "d")]),
        running: false,
        rate_limit: Some("strict".to_owned()),
        protect: true,
        expect_number: Some("201012345678".to_owned()),
        webhooks: vec![webhook("a"), webhook("b")],
    };
    let own = Spec {
        labels: labels(&[("x", "d"), ("y", "o"), ("z", "o")]),
        running: true,
        rate_limit: Some("other".to_owned()),
        protect: false,
        expect_number: Some("4915112345678".to_owned()),
        webhooks: vec![webhook("c")],
    };
    assert_eq!(spec(&desired, "plain"), plain);
    assert_eq!(spec(&desired, "own"), own);
    assert_eq!(spec(&desired, "none"), Spec { webhooks: Vec::new(), ..plain });
}

#[test]
fn a_small_manifest_means_the_documented_defaults() {
    for text in [
        "fleet: f",
        "fleet: f\ninstances:\n",
        "fleet: f\ninstances: ~\n",
        "---\nfleet: f\n...\n",
        "\u{feff}fleet: f\r\n",
    ] {
        let desired = desired(text);
        assert!(desired.instances.is_empty() && desired.released.is_empty());
        assert_eq!((desired.token_env.as_str(), desired.max_instances), ("WAWP_ACCESS_TOKEN", None));
        assert_eq!(desired.max_deletes, MaxDeletes::Percent(30));
    }
    assert_eq!(spec(&desired("fleet: f\ninstances:\n  a:\n  b: ~\n"), "b"), Spec::default());
    for (text, guard) in
        [("0", MaxDeletes::Count(0)), ("0%", MaxDeletes::Percent(0)), ("\"100%\"", MaxDeletes::Percent(100))]
    {
        assert_eq!(desired(&format!("fleet: f\nguards: {{max_deletes: {text}}}\n")).max_deletes, guard);
    }
    for text in ["101%", "-1", "5.5%", "%", "+5%", "'5'", "5 %", "1e2", "~", "[5]", "99999999999"] {
        assert_eq!(wrong(&[&format!("fleet: f\nguards: {{max_deletes: {text}}}\n")]).len(), 1, "{text}");
    }
    let hook =
        "fleet: f\ninstances: {a: {webhooks: [{url: 'https://x/', events: [m], retries: {delay: 9}}]}}\n";
    let retries = spec(&desired(hook), "a").webhooks[0].retries;
    assert_eq!(retries, Some(Retries { delay: 9, attempts: 15 }));
}

#[test]
fn blocks_can_be_shared_by_thousands_and_merged() {
    let mut text = String::from(
        "fleet: f\ninstances:\n  first: &all\n    labels: &labels {team: sales}\n    protect: true\n",
    );
    for index in 0..3_000 {
        text.push_str(&format!("  i{index}: *all\n  l{index}: {{labels: *labels}}\n"));
        text.push_str(&format!("  m{index}: {{running: false, <<: *all}}\n  n{index}: {{labels: {{<<: *labels, no: '{index}'}}}}\n"));
    }
    let desired = desired(&text);
    assert_eq!(desired.instances.len(), 12_001);
    assert!(spec(&desired, "i7").protect);
    assert_eq!(spec(&desired, "l7").labels["team"], "sales");
    let merged = spec(&desired, "m7");
    assert!(merged.protect && !merged.running && merged.labels["team"] == "sales");
    assert_eq!(spec(&desired, "n7").labels.len(), 2);
    // One mistake in a shared block is one mistake.
    assert_eq!(wrong(&[&text.replace("protect: true", "protect: maybe")]).len(), 1);
    assert_eq!(wrong(&["fleet: f\ninstances:\n  a: &a {<<: *b}\n"]).len(), 1);
    assert_eq!(wrong(&["fleet: f\ninstances:\n  a: {<<: 5, <<: {}}\n"]).len(), 2);
}

#[test]
fn an_id_of_an_unusual_shape_is_adopted_with_a_warning_at_its_place() {
    let first = "fleet: f\ninstances:\n  usual: {adopt: 3EB0BCB2E3D4}\n  long: {adopt: 609ACF283abcd}\n  short: {adopt: X1}\n";
    let second = "instances:\n  other:\n    labels: {a: b}\n    adopt: 3EB0-BCB2E3D\n";
    let expected = [(0, 4, 17), (0, 5, 18), (1, 4, 12)];
    // The second time by way of the reading with marks.
    for second in [second, &second.replace("{a: b}", "{a: &b b, c: *b}")] {
        let Loaded { desired, warnings } = loaded(&[first, second]);
        let places: Vec<_> =
            warnings.iter().map(|one| (one.place.source, one.place.line, one.place.column)).collect();
        assert_eq!(places, expected);
        for one in &warnings {
            assert_eq!(one.severity, Severity::Warning);
            assert!(one.message.ends_with("does not look like an instance_id"), "{}", one.message);
        }
        let long = &desired.instances[&Name::new("long").unwrap()];
        assert_eq!(long.adopt.as_ref().map(|id| id.as_str()), Some("609ACF283abcd"));
    }
    // It is said beside errors too.
    let wrong = load(&sources(&[first, "released: [usual]\n"])).unwrap_err();
    let severities: Vec<_> = wrong.iter().map(|one| one.severity).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Warning, Severity::Error]);
}

#[test]
fn an_event_or_a_policy_that_looks_like_a_slip_is_used_with_a_warning_that_says_what_was_meant() {
    let text = "fleet: f\ndefaults: {rate_limit: standard-polcy}\ninstances:\n  label: {rate_limit: Standard}\n  a:\n    rate_limit: paid_one\n    webhooks:\n      - {url: 'https://x/', events: [message, mesage, Poll.Vote, new.thing, message.ack.group]}\n";
    let Loaded { desired, warnings } = loaded(&[text]);
    let said: Vec<_> = warnings
        .iter()
        .map(|one| (one.place.line, one.message.as_str(), one.hint.as_deref().unwrap_or_default()))
        .collect();
    let compare = "compare it with Wawp's list of events; if it stands there like this, it is right";
    assert_eq!(
        said,
        [
            (2, "`standard-polcy` is not a sending policy that is known", "did you mean `standard_policy`?"),
            (4, "`Standard` is not a sending policy that is known", "did you mean `standard_policy`?"),
            (8, "`mesage` is not an event that is known", "did you mean `message`?"),
            (8, "`Poll.Vote` is not an event that is known", "did you mean `poll.vote`?"),
            (8, "`new.thing` is not an event that is known", compare),
        ]
    );
    assert!(warnings.iter().all(|one| one.severity == Severity::Warning));
    let spec = spec(&desired, "a");
    assert_eq!(spec.rate_limit.as_deref(), Some("paid_one"));
    assert_eq!(spec.webhooks[0].events[1..4], ["mesage", "Poll.Vote", "new.thing"]);
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    let place = |bytes: &[u8]| {
        let wrong = load(&[Source::new("m.yaml", bytes)]).unwrap_err();
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        (wrong[0].place.line, wrong[0].place.column)
    };
    assert_eq!(place(b"fleet: f\nx: \xc3\xa9\xff\n"), (2, 5));
    assert_eq!(place(b"\xff\xfef\0l\0"), (1, 1));
    assert_eq!(place("fleet: f\nx: \u{7}\n".as_bytes()), (2, 4));
    assert_eq!(place("fleet: f\rx: y\n".as_bytes()), (1, 9));
    assert_eq!(place("fleet: f\nx: y\u{2028}z: 1\n".as_bytes()), (2, 5));
}

#[test]
fn a_manifest_above_the_limit_is_refused_at_the_file_that_passes_it() {
    let texts = sources(&["fleet: f\n", "instances: {}\n", "released: []\n"]);
    let wrong = load_within(&texts, 20).unwrap_err();
    assert_eq!((wrong.len(), wrong[0].place.source, &*wrong[0].place.file), (1, 1, "1.yaml"));
    assert!(wrong[0].message.contains("more than 20 bytes"), "{}", wrong[0].message);
    assert!(load_within(&texts, 36).is_ok());
    assert_eq!(load(&[]).unwrap_err().len(), 1);
}

#[test]
fn labels_are_short_lines_and_numbers_are_as_whatsapp_writes_them() {
    let label = |key: &str, value: &str| {
        wrong(&[&format!("fleet: f\ninstances:\n  a:\n    labels:\n      \"{key}\": \"{value}\"\n")])
    };
    assert!(label(&"é".repeat(256), &"é".repeat(256)).is_empty());
    assert_eq!(label(&"é".repeat(257), &"é".repeat(257)).len(), 2);
    assert_eq!(label("a\\tb", "a\\nb").len(), 2);
    assert_eq!(label("a\\L", "\\x85").len(), 2);
    assert_eq!(label("a", "").len(), 0);
    for (number, right) in [
        ("201012345678", 0),
        ("123456", 0),
        ("123456789012345", 0),
        ("12345", 1),
        ("1234567890123456", 1),
        ("+20101234567", 1),
        ("0020101234567", 1),
        ("20 1012", 1),
        ("٢٠١٠١٢٣٤", 1),
    ] {
        let text = format!("fleet: f\ninstances: {{a: {{expect_number: '{number}'}}}}\n");
        let errors = load(&sources(&[&text])).err().unwrap_or_default();
        let errors = errors.iter().filter(|one| one.severity == Severity::Error).count();
        assert_eq!(errors, right, "{number}");
    }
}
