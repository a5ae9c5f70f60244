//! What `--github` and `git:` read and write, with names and texts by somebody who means harm.

use std::process::{Command, Output, Stdio};

use super::place::{Place, assert_inert, said};
use super::texts::ACTS;

/// A label, as it stands within double quotes of YAML.
const LABEL: &str = "##[add-mask]e ::error::x \\u202egpj\\u200b @everyone </details> ``` EOF $(id)";

const HERE: &[(&str, &str)] = &[
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_STEP_SUMMARY", "summary"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
];

fn command(place: &Place, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(place.path()).stdin(Stdio::null()).env_clear();
    command.envs(HERE.iter().copied()).env("HOME", place.path()).env("GITHUB_WORKSPACE", place.path());
    command.env("GIT_CEILING_DIRECTORIES", place.path().parent().unwrap());
    command
}

/// Runs a command in a step of its own; what it says and writes is looked through.
fn run(place: &Place, args: &[&str]) -> (Output, Vec<(String, String)>) {
    for file in ["output", "summary"] {
        let _ = std::fs::remove_file(place.path().join(file));
    }
    let output = command(place, env!("CARGO_BIN_EXE_wawpform"), args).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 64), "{args:?}: {output:?}");
    let is_own = |line: &&str| {
        ["::error title=wawpform", "::warning title=wawpform", "::error file=", "::warning file="]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let said = said(&output);
    let (own, rest): (Vec<&str>, Vec<&str>) = said.lines().partition(is_own);
    assert_inert(&rest.join("\n"), false);
    assert!(own.len() <= 20 && own.iter().all(|line| !line.contains("##[")), "{said}");
    let summary = std::fs::read_to_string(place.path().join("summary")).unwrap_or_default();
    // A word joiner keeps signs from acting on the page.
    assert_inert(&summary.replace('\u{2060}', ""), false);
    (output, outputs(place))
}

/// The outputs of the step, as the runner reads them.
fn outputs(place: &Place) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(place.path().join("output")).unwrap_or_default();
    let (mut found, mut lines) = (Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        let (key, value) = match (line.split_once("<<"), line.split_once('=')) {
            (Some((key, delimiter)), _) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                (key, value.join("\n"))
            }
            (None, Some((key, value))) => (key, value.to_owned()),
            (None, None) => panic!("{line:?}"),
        };
        found.push((key.to_owned(), value));
    }
    found
}

fn git(place: &Place, args: &[&str]) {
    let names = ["-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "init.defaultBranch=main"];
    let output = command(place, "git", &[&names, args].concat()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
}

#[test]
fn nothing_in_a_label_or_a_path_acts_on_the_runner_or_sets_another_output() {
    let place = Place::new();
    let manifest = |labels: &str| {
        format!("fleet: a\ninstances: {{a: {{labels: {{{labels}}}}}, b: {{protect: true}}}}\n")
    };
    place.write("old.yaml", manifest("x: y"));
    place.write("wawpform.yaml", manifest(&format!("\"{LABEL}\": \"{LABEL}\"")));
    let out = "p\nforged=1\nEOF\n::error::x ##[add-mask]e";
    let (_, outputs) = run(&place, &["plan", "--github", "--out", out]);
    let keys: Vec<&str> = outputs.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["changes", "creates", "updates", "deletes", "fingerprint", "plan_file"]);
    assert_eq!(outputs[5].1, out);
    for args in [
        &["diff", "old.yaml", "--github"][..],
        &["diff", "wawpform.yaml", "old.yaml", "--github", "--fail-on", "change"],
        &["apply", "--sandbox", "--auto-approve", "--github"],
        &["drift", "--sandbox", "--github"],
        &["plan", "--sandbox", "--github", "--refresh", "-f", "old.yaml", "--fail-on", "change"],
        &["destroy", "--sandbox", "--auto-approve", "--github"],
        &["diff", "git:##[add-mask]e::x", "--github"],
        &["diff", "\u{202e}##[add-mask]e\n::error::x", "--github"],
        &["plan", "--github", "--out", "no\n::error::x/plan"],
        &["plan", "--github", "-f", "##[add-mask]e\n::error::x"],
        &["plan", "--github", "--state", "##[add-mask]e\n::error::x"],
    ] {
        let (_, outputs) = run(&place, args);
        assert!(
            outputs.iter().all(|(key, value)| key != "forged" && value.len() <= 64),
            "{args:?} {outputs:?}"
        );
    }
}

#[test]
fn a_label_that_begins_a_line_of_yaml_begins_no_command() {
    let place = Place::new();
    let labels = r###""::error::x": "::error::y", "##[add-mask]": "##vso[x]""###;
    place.write("wawpform.yaml", format!("fleet: a\ninstances: {{a: {{labels: {{{labels}}}}}}}\n"));
    run(&place, &["apply", "--sandbox", "--auto-approve", "--github"]);
    let (output, _) = run(&place, &["output", "--sandbox", "--format", "yaml"]);
    let read: serde_yaml::Value = serde_yaml::from_slice(&output.stdout).unwrap();
    assert_eq!(read["a"]["labels"]["::error::x"], "::error::y");
    assert_eq!(read["a"]["labels"]["##[add-mask]"], "##vso[x]");
}

#[test]
fn what_is_wrong_with_a_manifest_is_told_in_annotations_that_are_one_command_each() {
    let place = Place::new();
    for text in [
        format!("fleet: a\n\"{ACTS}\": 1\n"),
        format!("fleet: a\ninstances: {{\"{ACTS}\": {{}}}}\n"),
        "fleet: a\n::error::x: 1\n  ::error::y\n".to_owned(),
    ] {
        let name = "##[add-mask]e,line=1::x\n::error::y.yaml";
        place.write(name, &text);
        let (output, _) = run(&place, &["plan", "--github", "-f", name]);
        assert_eq!(output.status.code(), Some(1));
        let (output, _) = run(&place, &["diff", "--github", name, name]);
        let said = said(&output);
        let own = said.lines().filter(|line| line.starts_with("::error file="));
        assert!(own.clone().count() >= 1, "{said}");
        for line in own {
            assert!(
                line.starts_with(
                    "::error file=\\u{23}#[add-mask]e%2Cline=1%3A%3Ax\\n%3A%3Aerror%3A%3Ay.yaml,line="
                ),
                "{line}"
            );
        }
    }
}

#[test]
fn five_thousand_changes_fit_into_a_summary_that_others_have_begun() {
    let place = Place::new();
    let manifest = |of: &str| {
        let one = |n: usize| format!("  i-{n:05}: {{labels: {{of: \"{of} {}\"}}}}\n", "é".repeat(60));
        format!("fleet: a\ninstances:\n{}", (0..5_000).map(one).collect::<String>())
    };
    place.write("old.yaml", manifest("old"));
    place.write("new.yaml", manifest("new"));
    place.write("summary", "x".repeat(300_000));
    let args = ["diff", "old.yaml", "new.yaml", "--github", "--write", "gitlab=-"];
    let output = command(&place, env!("CARGO_BIN_EXE_wawpform"), &args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary = std::fs::read_to_string(place.path().join("summary")).unwrap();
    assert!(summary.len() <= 1 << 20 && summary.len() > 1_000_000, "{}", summary.len());
    let (begun, page) = summary.split_at(300_001);
    assert!(begun.trim_end().bytes().all(|byte| byte == b'x') && page.starts_with("<!-- wawpform fleet=a "));
    let shown = page.matches("<details>").count();
    assert!(page.contains(&format!("left out: {} updates.", 5_000 - shown)), "{shown}");
    assert_eq!(outputs(&place)[..2], [("changes".into(), "5000".into()), ("creates".into(), "0".to_owned())]);
}

#[test]
fn a_repository_runs_nothing_and_leads_nowhere_when_a_revision_is_read() {
    let place = Place::new();
    git(&place, &["init", "-q"]);
    place.write("many/a\n::error::x.yaml", "fleet: a\ninstances: {a: {}}\n");
    place.write("many/.hidden.yaml", "wrong: 1\n");
    place.write("many/deep.yaml/b.yaml", "wrong: 1\n");
    place.write("-f.yaml", "fleet: a\n");
    place.write("*.yaml", "fleet: a\ninstances: {star: {}}\n");
    place.write(".gitattributes", "*.yaml diff=evil filter=evil\n");
    git(&place, &["add", "."]);
    git(&place, &["commit", "-qm", "x"]);
    git(&place, &["branch", "other"]);
    // What a repository's settings may name: each would leave a mark.
    let script = place.path().join("evil");
    place.write("evil", format!("#!/bin/sh\ntouch {}/owned\ncat\n", place.path().display()));
    Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    let evil = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "diff.evil.textconv",
        "filter.evil.smudge",
        "core.sshCommand",
        "core.hooksPath",
    ] {
        git(&place, &["config", key, evil]);
    }
    git(&place, &["config", "alias.ls-tree", &format!("!{evil}")]);
    place.write("new.yaml", "fleet: a\ninstances: {a: {}}\n");
    for args in [
        &["diff", "git:main:many", "new.yaml"][..],
        &["diff", "git:other:many/../many/", "new.yaml"],
        &["diff", "git:main:./many", "git:other:many"],
        &["diff", "git:main^{commit}:many", "new.yaml"],
    ] {
        let (output, _) = run(&place, args);
        let said = said(&output);
        assert!(said.contains("No changes. Both manifests ask for the same instances."), "{args:?}: {said}");
    }
    // A name is a name, and no pattern and no flag.
    let (output, _) =
        run(&place, &["diff", "git:main:*.yaml", "git:main:-f.yaml", "--write", "gitlab=-", "--allow-empty"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"create\":0,\"update\":0,\"delete\":1}\n");
    let (output, _) = run(&place, &["diff", "git:main:?.yaml", "new.yaml"]);
    assert!(said(&output).contains("there is no manifest ?.yaml in main"));
    for wrong in [
        "git:main:.git/config",
        "git:main:/etc/passwd",
        "git:main:many/deep.yaml/none",
        "git:HEAD..other",
        "git:@{u}",
    ] {
        let (output, _) = run(&place, &["diff", wrong, "new.yaml", "--github"]);
        assert_eq!(output.status.code(), Some(1), "{wrong}: {output:?}");
    }
    assert!(!place.path().join("owned").exists(), "git ran something");
}
