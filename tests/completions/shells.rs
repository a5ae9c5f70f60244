//! The scripts in the shells that they are for. `.ci/run` installs zsh and fish; PowerShell and elvish are not Debian's, so
//! that their scripts are only printed here.

use super::scene::{SHELLS, Scene};
use super::terminal::{PROMPT, Terminal};
use super::tools::tool;

/// A shell that has sourced its script.
fn shell(scene: &Scene, line: &str, setup: &[&str]) -> Terminal {
    let mut script = scene.command("script");
    script.env("TERM", "xterm").env("PS1", "READ''Y> ");
    let mut terminal = Terminal::start(script, line);
    for line in setup {
        terminal.press(&format!("{line}\r"));
    }
    terminal.until(PROMPT);
    terminal
}

#[test]
fn bash_completes_commands_flags_values_and_names() {
    let scene = Scene::new();
    let setup =
        ["bind 'set enable-bracketed-paste off'; source <(wawpform completions bash); PS1=REA; PS1+='DY> '"];
    let mut bash = shell(&scene, "bash --noprofile --norc -i", &setup);
    assert_eq!(bash.line("wawpform comple\tfi\t"), ["wawpform", "completions", "fish"]);
    assert_eq!(bash.line("wawpform forget acme-sa\t"), ["wawpform", "forget", "acme-sales"]);
    assert_eq!(bash.line("wawpform plan --detailed\t"), ["wawpform", "plan", "--detailed-exitcode"]);
    assert_eq!(bash.line("wawpform output --format=c\t"), ["wawpform", "output", "--format=csv"]);
    assert_eq!(
        bash.line("wawpform plan --write js\twaw\t"),
        ["wawpform", "plan", "--write", "json=wawpform.yaml"]
    );
    // Escape and * put in all there are.
    assert_eq!(
        bash.line("wawpform state mv acme\u{1b}*"),
        ["wawpform", "state", "mv", "acme-old", "acme-sales"]
    );
    assert_eq!(
        bash.line("wawpform output --format=\u{1b}*"),
        ["wawpform", "output", "--format=json", "yaml", "env", "csv"]
    );
    assert_eq!(
        bash.line("wawpform status -f nowhere.yaml acme-\t"),
        ["wawpform", "status", "-f", "nowhere.yaml", "acme-"]
    );
}

#[test]
fn zsh_completes_commands_flags_values_and_names() {
    let Some(_) = tool("zsh", None) else { return };
    let scene = Scene::new();
    let setup = [
        "unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(wawpform completions zsh); PS1=REA; PS1+='DY> '",
    ];
    let mut zsh = shell(&scene, "zsh -f -i", &setup);
    assert_eq!(zsh.line("wawpform comple\tfi\t"), ["wawpform", "completions", "fish"]);
    assert_eq!(zsh.line("wawpform forget acme-sa\t"), ["wawpform", "forget", "acme-sales"]);
    assert_eq!(zsh.line("wawpform plan --detailed\t"), ["wawpform", "plan", "--detailed-exitcode"]);
    assert_eq!(zsh.line("wawpform output --format=c\t"), ["wawpform", "output", "--format=csv"]);
    zsh.press("wawpform forget acme-\t");
    let shown = zsh.until("3EB0BCB2E3D2");
    assert!(shown.contains("a call of unknown outcome"), "{shown:?}");
}

#[test]
fn fish_completes_commands_flags_values_and_names() {
    let Some(_) = tool("fish", None) else { return };
    let scene = Scene::new();
    let setup = [
        "set -g fish_autosuggestion_enabled 0; wawpform completions fish | source; function fish_prompt; printf 'READ%s ' 'Y>'; end",
    ];
    let mut fish = shell(&scene, "fish --no-config --interactive", &setup);
    assert_eq!(fish.line("wawpform comple\tfi\t"), ["wawpform", "completions", "fish"]);
    assert_eq!(fish.line("wawpform forget acme-sa\t"), ["wawpform", "forget", "acme-sales"]);
    assert_eq!(fish.line("wawpform plan --detailed\t"), ["wawpform", "plan", "--detailed-exitcode"]);
    assert_eq!(fish.line("wawpform output --format=c\t"), ["wawpform", "output", "--format=csv"]);
    fish.press("wawpform forget acme-\t");
    let shown = fish.until("3EB0BCB2E3D2");
    assert!(shown.contains("a call of unknown outcome"), "{shown:?}");
}

#[test]
fn every_script_asks_this_program_by_its_variable() {
    let scene = Scene::new();
    for shell in SHELLS {
        let output = scene.command("wawpform").args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{shell}");
        assert!(script.contains("WAWPFORM_COMPLETE") && script.contains("wawpform"), "{shell}: {script}");
    }
}
