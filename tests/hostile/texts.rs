//! Small manifests in which every character is chosen with care.

use super::place::Place;

/// What acts on one of the readers: terminals, people, runners of three makes, Markdown and HTML.
pub(crate) const ACTS: &str = "\\e[2J\\e]0;x\\a\\r\\n::error::x\\n::add-mask::e\\n::stop-commands::x\\n##[add-mask]e \
     ##vso[task.setvariable variable=PATH]x ##teamcity[x] ::set-output name=a::b \\u202egpj\\u200b\\u2066\\0\\x9b31m\
     \\U000E0041\\u3164 @everyone [x](https://evil.example) <img src=x> ```\\n# x | x";

#[test]
fn what_acts_is_escaped_in_every_format_wherever_it_stands() {
    let places = [
        format!("fleet: \"{ACTS}\"\n"),
        format!("fleet: a\n\"{ACTS}\": 1\n"),
        format!("fleet: a\ninstances: {{\"{ACTS}\": {{}}}}\n"),
        format!("fleet: a\ninstances: {{a: {{labels: {{\"{ACTS}\": \"{ACTS}\"}}}}}}\n"),
        format!("fleet: a\ninstances: {{a: {{labels: {{x: \"{ACTS}\"}}, previously: \"{ACTS}\"}}}}\n"),
        format!("fleet: a\ninstances: {{a: {{adopt: \"{ACTS}\", expect_number: \"{ACTS}\"}}}}\n"),
        format!("fleet: a\naccount: {{token_env: \"{ACTS}\"}}\nguards: {{max_deletes: \"{ACTS}\"}}\n"),
        format!("fleet: a\nreleased: [\"{ACTS}\", \"{ACTS}\"]\n"),
        format!(
            "fleet: a\ninstances: {{a: {{webhooks: [{{url: \"https://x.example/{ACTS}\", events: [\"\"]}}]}}}}\n"
        ),
        format!("fleet: a\ninstances: {{a: !\"{ACTS}\" x}}\n"),
        format!("fleet: a\ninstances: *{}\n", "##[add-mask]e"),
        "fleet: a\n##[add-mask]e\n::error::x: 1\n  ::error::y\n".to_owned(),
        "fleet: a\n# ##vso[x] \u{202e}\u{200b}\u{e0041}\nx: \u{3164} # ##[error]\n".to_owned(),
        "fleet: a\r\n::error::x: 1\r\n".to_owned(),
    ];
    for text in places {
        let place = Place::new();
        place.write("wawpform.yaml", &text);
        for args in [
            &["validate"][..],
            &["validate", "--format", "json"],
            &["validate", "--format", "github"],
            &["plan"],
            &["plan", "--events", "-"],
            &["--color", "always", "plan"],
        ] {
            if args.contains(&"always") {
                let shown = super::place::said(&place.run(args));
                assert!(!shown.contains("\u{1b}[2J") && !shown.contains("##["), "{text}\n{shown}");
            } else {
                place.refused(args, "");
            }
        }
    }
}

#[test]
fn what_may_stand_in_a_label_is_escaped_in_plan_and_state() {
    let label = "##[add-mask]e ::error::x \u{202e}gpj\u{200b} $(id) `id` '; id; ' =1+1 @x";
    let place = Place::new();
    place.write(
        "wawpform.yaml",
        format!("fleet: a\ninstances: {{a: {{labels: {{\"{label}\": \"{label}\"}}}}}}\n"),
    );
    for args in [
        &["plan"][..],
        &["plan", "--write", "json=-"],
        &["plan", "--write", "html=-"],
        &["plan", "--events", "-"],
        &["apply", "--sandbox", "--auto-approve"],
        &["plan", "--sandbox", "--destroy"],
        &["show", "--sandbox"],
        &["show", "--sandbox", "--format", "json"],
        &["state", "show", "a", "--sandbox"],
        &["output", "--sandbox"],
    ] {
        super::place::assert_inert(&place.accepted(args), false);
    }
}

#[test]
fn texts_that_are_no_manifest_are_refused_at_once() {
    let utf16: Vec<u8> = "fleet: a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, words) in [
        (b"".to_vec(), "the file is empty"),
        (b"\xef\xbb\xbf".to_vec(), "the file is empty"),
        (b"fleet: a\n\0".to_vec(), "the character U+0000 may not be in a manifest"),
        (b"fleet: a\n\xff".to_vec(), "this is not UTF-8 text"),
        ([b"\xff\xfe".as_slice(), &utf16].concat(), "the file is UTF-16"),
        (utf16, "the character U+0000"),
        (b"fleet: a\rb: c\n".to_vec(), "a carriage return without a line feed"),
        (b"fleet: a\n\xef\xbb\xbfb: c\n".to_vec(), "U+FEFF"),
        (b"fleet: !!python/object/apply:os.system [id]\n".to_vec(), "expected a text"),
        (b"fleet: !ruby/object:Gem a\n".to_vec(), "a tag that a manifest does not use"),
        (b"fleet: a\n---\nfleet: b\n".to_vec(), "a second YAML document"),
        (b"fleet: a\nfleet: b\n".to_vec(), "there twice"),
        (b"fleet: &a a\ninstances: {<<: {x: {}}, <<: {y: {}}}\n".to_vec(), "`<<` is there twice"),
        (b"fleet: a\ninstances: &i {a: *i}\n".to_vec(), "within the block that it repeats"),
        (b"fleet: a\n? [x]\n: y\n".to_vec(), "a key must be a text"),
        (b"%YAML 9.9\n---\nfleet: a\nx: y\n".to_vec(), ""),
        (b"MZ\x90\0\x03".to_vec(), "this is not UTF-8 text"),
    ] {
        let place = Place::new();
        place.write("wawpform.yaml", &text);
        place.refused(&["validate"], words);
    }
}
