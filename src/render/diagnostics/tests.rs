//! The three outputs over loaded manifests: what is shown, what is escaped, and what is never shown.

use super::*;
use crate::instance::is_unseen;
use crate::manifest::load;

fn wrong(name: &str, text: &str) -> (Vec<Source>, Vec<Diagnostic>) {
    let sources = vec![Source::new(name, text)];
    let diagnostics = load(&sources).unwrap_err();
    (sources, diagnostics)
}

fn shown(name: &str, text: &str) -> String {
    let (sources, diagnostics) = wrong(name, text);
    human(&diagnostics, &sources, false, 100)
}

#[test]
fn a_mistake_is_shown_as_the_compiler_would_show_it() {
    let expected = "\
error: unknown field `webhoks` in an instance
 --> wawpform.yaml:4:5
  |
4 |     webhoks: []
  |     ^^^^^^^ unknown field
  |
  = help: did you mean `webhooks`?
";
    assert_eq!(shown("wawpform.yaml", "fleet: a\ninstances:\n  acme-sales:\n    webhoks: []\n"), expected);
}

#[test]
fn places_far_apart_or_in_other_files_have_pieces_of_their_own() {
    let many: String = (0..50).map(|n| format!("  i{n}: {{}}\n")).collect();
    let text = format!("fleet: a\ninstances:\n  twice: {{}}\n{many}  twice: {{}}\n");
    let far = shown("a.yaml", &text);
    assert!(far.contains(" --> a.yaml:54:3\n"), "{far}");
    assert!(far.contains(" ::: a.yaml:3:3\n"), "{far}");
    let sources = [Source::new("a.yaml", "fleet: a\nguards: {}\n"), Source::new("b.yaml", "guards: {}\n")];
    let out = human(&load(&sources).unwrap_err(), &sources, false, 100);
    assert!(out.contains(" --> b.yaml:1:1\n") && out.contains(" ::: a.yaml:2:1\n"), "{out}");
}

#[test]
fn the_head_line_names_the_column_of_the_source_whatever_is_shown_before_it() {
    let text = "fleet: a\ninstances: {a: {labels: {x: \"\u{202e}\u{202e}\"}, colour: 1}}\n";
    let out = shown("a.yaml", text);
    assert!(out.contains(" --> a.yaml:2:36\n"), "{out}");
    assert!(out.contains("\\u{202e}\\u{202e}") && !out.contains('\u{202e}'), "{out}");
    let long =
        format!("fleet: a\ninstances: {{a: {{labels: {{x: {}}}, colour: 1}}}}\n", "y".repeat(250).repeat(40));
    let out = shown("a.yaml", &long);
    assert!(out.contains(" --> a.yaml:2:10032\n"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() < 400), "{out}");
}

#[test]
fn nothing_in_a_manifest_acts_on_a_terminal() {
    let text = "fleet: a\n\"\\e[2J\\x9b31m\": \"\u{202e}x\"\n";
    let (sources, diagnostics) = wrong("a\u{1b}[2J.yaml", text);
    for colour in [false, true] {
        let out = human(&diagnostics, &sources, colour, 80);
        assert!(
            !out.contains("\u{1b}[2J") && !out.contains('\u{9b}') && !out.contains('\u{202e}'),
            "{out:?}"
        );
    }
    assert!(!human(&diagnostics, &sources, false, 80).contains('\u{1b}'));
    let unseen = |out: &str| out.chars().any(|c| c != '\n' && is_unseen(c));
    assert!(!unseen(&json(&diagnostics)) && !unseen(&github(&diagnostics)));
}

#[test]
fn a_secret_is_in_none_of_the_outputs() {
    for text in [
        "fleet: a\naccount: {token: sk-live-1}\n",
        "fleet: a\naccount:\n  token: sk-live-1\n",
        "fleet: a\naccount:\n  token:\n    sk-live-1\n",
        "fleet: a\naccount:\n  token: |\n    one\n    sk-live-1\n  colour: 1\n",
        "fleet: a\naccount: {token: [sk-live-1]}\n",
        "fleet: a\naccount: {token_env: sk-live-1}\n",
        "fleet: a\naccount: {token_env: sk-live-1, token_env: sk-live-1x}\n",
        "fleet: a\naccount: {token_env: [sk-live-1]}\n",
        "fleet: a\naccount: {token_env: skABCDEF0123456789sk-live}\n",
        "fleet: a\naccount: {token_env: sk-live-1, : : ]\n",
        "fleet: a\naccount: {token_env: !x sk-live-1}\n",
        "fleet: a\nwhatever: {deep: [{password: sk-live-1}]}\n",
        "fleet: a\ninstances: {a: {labels: {api_key: sk-live-1}}}\n",
        "fleet: a\ninstances: {a: {labels: {x: &s sk-live-1, secret: *s}}}\n",
        "fleet: a\ninstances: {token: sk-live-1}\n",
        "fleet: a\ninstances: {a: {webhooks: [{url: 'https://u:sk-live-1@x.y/', events: [m]}]}}\n",
        "fleet: a\ninstances: {a: {webhooks: [{url: 'x u:sk-live-1@x.y/', events: [m]}]}}\n",
        "fleet: a\ninstances: {a: {webhooks: [{url: 'https://x.y/', events: [m], hmac_env: sk-live-1}]}}\n",
        "fleet: a\naccount: {token: sk-live-1, : : ]\n",
        "fleet: a\naccount:\n  access_token: 'sk-live-1\n",
    ] {
        let (sources, diagnostics) = wrong("a.yaml", text);
        for out in [human(&diagnostics, &sources, false, 100), json(&diagnostics), github(&diagnostics)] {
            assert!(!out.contains("sk-live"), "{text}\n{out}");
        }
    }
}

#[test]
fn json_has_the_documented_shape() {
    let (_, diagnostics) = wrong("a.yaml", "fleet: a\ninstances: {a: {}, a: {}}\n");
    let expected = r#"[
  {
    "severity": "error",
    "message": "the key `a` is there twice",
    "file": "a.yaml",
    "line": 2,
    "column": 20,
    "end_column": 21,
    "hint": "rename or remove one of them: only one could count",
    "related": [
      {
        "file": "a.yaml",
        "line": 2,
        "column": 13,
        "end_column": 14,
        "message": "first defined here"
      }
    ]
  }
]
"#;
    assert_eq!(json(&diagnostics), expected);
    let whole = json(&wrong("a.yaml", "instances:\n").1);
    let value: serde_json::Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(value[0]["column"], value[0]["end_column"]);
}

#[test]
fn github_annotations_cannot_begin_another_command() {
    let (_, mut diagnostics) = wrong("a,b:c.yaml", "fleet: a\n\"x\\n::set-env name=A::1\\r\": 100%\n");
    diagnostics[0].hint = Some("50%\n::error::x".to_owned());
    let out = github(&diagnostics);
    assert_eq!(out.lines().count(), 1, "{out}");
    assert_eq!(
        out,
        "::error file=a%2Cb%3Ac.yaml,line=2,col=1,endColumn=27,title=wawpform manifest::unknown field \
         `x\\n::set-env name=A::1\\r` in the manifest%0Ahelp: 50%25\\n::error::x\n"
    );
}
