//! What is read with others says what it says alone, whatever stands in it.

use proptest::prelude::*;

use super::*;
use crate::manifest::fast::whole;
use crate::manifest::glance::{Glance, glance};

fn member(text: &str) -> Option<Member<'_>> {
    match glance(text) {
        Glance::Lean(lean) => Some(Member { text, lean }),
        Glance::Whole | Glance::Parts(_) | Glance::Care => None,
    }
}

/// How many of these may be joined; all that may are read together and hold what each holds alone.
fn agreeing(texts: &[String]) -> Result<usize, TestCaseError> {
    let members: Vec<Member<'_>> = texts.iter().filter_map(|text| member(text)).collect();
    let count = members.len();
    for batch in batches(members, 400) {
        let alone: Vec<_> = batch.iter().map(|member| whole(member.text)).collect();
        for (read, alone) in read(&batch, whole).into_iter().zip(alone) {
            match (read, alone) {
                (Ok(read), Ok(alone)) => prop_assert_eq!(read, alone, "{:?}", texts),
                (Err(_), Err(_)) => {}
                (read, alone) => {
                    prop_assert!(false, "{:?} and {:?}: {:?}", read.is_ok(), alone.is_ok(), texts)
                }
            }
        }
    }
    Ok(count)
}

fn is_joined(texts: &[&str]) -> bool {
    let members: Vec<_> = texts.iter().filter_map(|text| member(text)).collect();
    members.len() == texts.len() && together(&members).is_some()
}

#[test]
fn files_of_one_tenant_each_are_read_together() {
    assert!(is_joined(&[
        "# Acme\ninstances:\n  acme: {labels: {team: sales}}\n",
        "\ninstances: # of Bolt\n\n  # the first\n  bolt:\n    protect: true\n  bolt-2:",
        "instances:\r\n  cut: ~\r\n",
    ]));
    // Whether a name is in two files is found by who knows the files.
    assert!(is_joined(&["instances:\n  a: {}\n", "instances:\n  a: {}\n"]));
}

#[test]
fn what_is_not_as_regular_is_read_alone() {
    for text in [
        "fleet: acme\ninstances:\n  a: {}\n",
        "instances:\n  a: {}\nreleased: [b]\n",
        "instances: {a: {}}\n",
        "instances:\n",
        "---\ninstances:\n  a: {}\n",
        "instances:\n  a: &x {}\n",
        "instances:\n  a: {labels: {x: '*'}}\n",
        "instances:\n  a: {labels: {x: \"\n  b: {}\n",
        "instances:\n  a: {labels: {x: y}\n",
        "instances:\n  a: 'x\n",
        "instances:\n   a: {}\n  b: {}\n",
    ] {
        assert!(member(text).is_none(), "{text}");
    }
    let depths = ["instances:\n  a: {}\n", "instances:\n   b: {}\n", "instances:\n   c: {}\n"];
    let depths: Vec<_> = depths.iter().filter_map(|text| member(text)).collect();
    assert_eq!(batches(depths, 400).iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_mistake_in_one_leaves_the_others_what_they_are() {
    for wrong in ["  b: {protcet: true}", "  b: {}\n  b: {}", "  b: no", "  b: {labels: {x: 1}}"] {
        let texts = ["  a: {protect: true}", wrong, "  c: {}"].map(|it| format!("instances:\n{it}\n"));
        let members: Vec<_> = texts.iter().filter_map(|text| member(text)).collect();
        let read = read(&members, whole);
        assert_eq!(read.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true], "{wrong}");
        assert_eq!(agreeing(&texts).unwrap(), 3);
    }
}

fn line() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "",
        "# c",
        "  # c",
        "    labels: {a: \"x",
        "  b: {labels: {c: \"",
        "    \"}}",
        "    labels: {a: 'it''s', b: \"\\\"\"}",
        "    labels:",
        "      a: plain",
        "        and on",
        "      b: 'x: y'",
        "    protect: true",
        "    protect: maybe",
        "  c:",
        "  'd': ~",
        "  \"e\": {}",
        "   f: {}",
        " g: {}",
        "h: {}",
        "  ? i",
        "  - j",
        "  {k: {}}",
        "  l: {labels: {x: [}",
        "  m: {labels: {x: y,",
        "  n: {}}",
        "  ]",
        "...",
        "---",
        "instances:",
        "\tx: y",
        "  o: >",
        "  p: {labels: {x: \"a # b\"}} # c",
    ]);
    let name = prop_oneof!["  [a-e]: \\{\\}", "  [a-e]:", "  [a-e]: \\{protect: true\\}"];
    prop_oneof![3 => name.prop_map(String::from), 2 => odd.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn joined_texts_say_what_each_says_alone(
        files in prop::collection::vec((prop::collection::vec(line(), 0..6), any::<bool>()), 1..6)
    ) {
        let text = |(lines, ends): &(Vec<String>, bool)| {
            let lines = lines.join("\n");
            format!("instances:\n{lines}{}", if *ends { "\n" } else { "" })
        };
        let texts: Vec<String> = files.iter().map(text).collect();
        agreeing(&texts)?;
    }
}
