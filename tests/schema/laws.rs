//! A law of texts: what stands in a field is refused by the schema and by the reader, or by none of them. A URL is more
//! than a pattern tells: there the schema refuses nothing that the reader accepts.

use std::sync::LazyLock;

use proptest::prelude::*;
use wawpform::manifest::{Source, Variables, load};

use super::editor::Editor;

static EDITOR: LazyLock<Editor> = LazyLock::new(|| Editor::new(&Variables::default()));

/// Manifests that are right but for `TEXT`.
const FIELDS: [(&str, &str); 13] = [
    ("fleet", r#"{"fleet": TEXT}"#),
    ("the name of an instance", r#"{"fleet": "f", "instances": {TEXT: null}}"#),
    ("previously", r#"{"fleet": "f", "instances": {"this-one": {"previously": TEXT}}}"#),
    ("adopt", r#"{"fleet": "f", "instances": {"a": {"adopt": TEXT}}}"#),
    ("expect_number", r#"{"fleet": "f", "instances": {"a": {"expect_number": TEXT}}}"#),
    ("rate_limit", r#"{"fleet": "f", "defaults": {"rate_limit": TEXT}}"#),
    ("the key of a label", r#"{"fleet": "f", "defaults": {"labels": {TEXT: "x"}}}"#),
    ("a label", r#"{"fleet": "f", "defaults": {"labels": {"x": TEXT}}}"#),
    ("token_env", r#"{"fleet": "f", "account": {"token_env": TEXT}}"#),
    ("max_deletes", r#"{"fleet": "f", "guards": {"max_deletes": TEXT}}"#),
    (
        "class",
        r#"{"fleet": "f", "instances": {"a": {}}, "accepted_drift": [{"name": "a", "class": TEXT, "reason": "x", "until": "2026-12-31"}]}"#,
    ),
    (
        "reason",
        r#"{"fleet": "f", "instances": {"a": {}}, "accepted_drift": [{"name": "a", "class": "gone", "reason": TEXT, "until": "2026-12-31"}]}"#,
    ),
    (
        "until",
        r#"{"fleet": "f", "instances": {"a": {}}, "accepted_drift": [{"name": "a", "class": "gone", "reason": "x", "until": TEXT}]}"#,
    ),
];

const HOOK: &str =
    r#"{"fleet": "f", "defaults": {"webhooks": [{"url": URL, "events": [EVENT], "hmac_env": NAME}]}}"#;

/// Texts about which a rule could say one thing and a pattern another.
fn text() -> impl Strategy<Value = String> {
    let near = |limit: usize| ("[a-z]", limit - 2..limit + 2).prop_map(|(c, count)| c.repeat(count));
    prop_oneof![
        "[a-z0-9-]{0,5}",
        "[A-Za-z0-9._:@+=-]{0,5}",
        "\\PC{0,4}",
        "[\t\n\r \u{85}\u{a0}\u{2028}\u{2029}\u{3000}\u{feff}\u{200b}]{1,3}[a ]?",
        "[0-9]{5,16}",
        "0{0,2}[0-9]{1,3}%?",
        "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]",
        "WAWP_[A-Z0-9_-]{0,4}",
        "[A-Za-z_][A-Za-z0-9_]{0,4}\n?",
        near(63),
        near(128),
        near(256),
        prop::sample::select(vec![
            "token",
            "To-Ken",
            "_api key-",
            "apikeys",
            "H-m-A-c",
            "hmac_env",
            "gone",
            "Gone",
            "policy",
            "100%",
            "101%",
            "0100%",
            "2028-02-29",
            "2026-02-29",
            "2026-04-31",
            "WAWP_",
            "WAWP_ACCESS_TOKEN",
            "a\u{10ffff}",
            "\u{1f600}",
        ])
        .prop_map(str::to_owned),
        (near(256)).prop_map(|text| text.replace('a', "\u{1f600}")),
    ]
}

/// Texts that are URLs, nearly.
fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        "(https|HTTPS|http|httpſ)(://|:/|:///|:)([a-z0-9.:%@#?/\\\\\\[\\]-]{1,12}|x[.]example)([/?][!-~]{0,8})?",
        "https://[!-~]{1,16}",
        "https://x.example/\\PC{0,4}",
        (2026_usize..2034).prop_map(|count| format!("https://x.example/{}", "a".repeat(count))),
    ]
}

/// As JSON, of letters and escapes only.
fn quoted(text: &str) -> String {
    let plain = |unit: u16| char::from_u32(u32::from(unit)).filter(char::is_ascii_alphanumeric);
    let unit = |unit: u16| plain(unit).map_or_else(|| format!("\\u{unit:04x}"), String::from);
    format!("\"{}\"", text.encode_utf16().map(unit).collect::<String>())
}

/// Whether the reader, and the schema, accept a manifest.
fn accepted(manifest: &str) -> (bool, bool) {
    let value = serde_json::from_str(manifest).unwrap();
    (load(&[Source::new("m.json", manifest)]).is_ok(), EDITOR.objections(&value).is_empty())
}

fn hook(url: &str, event: &str, name: &str) -> String {
    HOOK.replace("URL", &quoted(url)).replace("EVENT", &quoted(event)).replace("NAME", &quoted(name))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_is_refused_by_both_or_by_none(text in text()) {
        for (field, manifest) in FIELDS {
            let (reader, schema) = accepted(&manifest.replace("TEXT", &quoted(&text)));
            prop_assert_eq!(reader, schema, "{} {:?}", field, text);
        }
        let (reader, schema) = accepted(&hook("https://x.example/", &text, "WAWP_HOOK"));
        prop_assert_eq!(reader, schema, "an event {:?}", text);
        let (reader, schema) = accepted(&hook("https://x.example/", "message", &text));
        prop_assert_eq!(reader, schema, "hmac_env {:?}", text);
    }

    #[test]
    fn a_url_that_the_reader_accepts_is_accepted_by_the_schema(url in url()) {
        let (reader, schema) = accepted(&hook(&url, "message", "WAWP_HOOK"));
        prop_assert!(schema || !reader, "{url:?}");
    }
}

#[test]
fn the_fields_are_right_with_a_right_text() {
    let right = [
        "a",
        "b",
        "b",
        "3EB0BCB2E3D4",
        "201012345678",
        "strict",
        "x",
        "x",
        "WAWP_X",
        "10%",
        "gone",
        "why",
        "2026-12-31",
    ];
    for ((field, manifest), text) in FIELDS.iter().zip(right) {
        assert_eq!(accepted(&manifest.replace("TEXT", &quoted(text))), (true, true), "{field}");
    }
    assert_eq!(accepted(&hook("https://x.example/", "message", "WAWP_HOOK")), (true, true));
}
