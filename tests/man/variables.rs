//! Every variable of the environment that the source speaks of is told, in the manual and in the help.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{printed, wawpform};

/// Words in capitals that are no variables, or none that a run reads: what each is.
const OTHERS: [(&str, &str); 18] = [
    ("AWS_PROFILE", "told as not read"),
    ("AZURE_STORAGE_CONNECTION_STRING", "told as not read"),
    ("GOOGLE_CREDENTIALS", "told as not read"),
    ("CARGO_PKG_VERSION", "read when the program is built"),
    ("GIT_ALLOW_PROTOCOL", "set for git"),
    ("GIT_NO_LAZY_FETCH", "set for git"),
    ("GIT_OPTIONAL_LOCKS", "set for git"),
    ("GIT_TERMINAL_PROMPT", "set for git"),
    ("LC_ALL", "set for git"),
    ("INSTANCE_ID", "what `output --format env` prints"),
    ("SERVER_NAME", "what `output --format env` prints"),
    ("SESSION_NAME", "what `output --format env` prints"),
    ("SCAN_QR_CODE", "a status"),
    ("WAWP_CRM_HOOK_SECRET", "an example"),
    ("WAWPFORM_TEST_CLOCK", "for tests"),
    ("WAWPFORM_TEST_LEASE", "for tests"),
    ("WAWPFORM_TEST_PACE", "for tests"),
    ("WAWPFORM_TEST_SEED", "for tests"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("cli/help.rs") {
            found.push(path);
        }
    }
}

/// The words in quotes that could be variables: capitals, with a `_` or after `var(`, in code that is no test.
fn spoken_of() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut words = BTreeSet::new();
    for path in files.iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for (at, _) in code.match_indices('"') {
            let Some((word, _)) = code[at + 1..].split_once('"') else { continue };
            let is_name = word.len() > 2
                && word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let is_asked_for = ["var(", "variable("].iter().any(|asks| code[..at].ends_with(asks));
            if is_name && (word.contains('_') || is_asked_for) {
                words.insert(word.to_owned());
            }
        }
    }
    assert!(words.len() > 70, "{words:?}");
    words
}

#[test]
fn every_variable_that_is_read_is_told_in_the_manual_and_in_the_help() {
    let page =
        ["\\fB", "\\fR"].iter().fold(printed(wawpform(&["man"])), |page, font| page.replace(font, " "));
    let help = printed(wawpform(&["--help"]));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let told = |text: &str| text.split(|c| !is_word(c)).map(str::to_owned).collect::<BTreeSet<_>>();
    let (page, help) = (told(&page), told(&help));
    let is_right = |word: &String| {
        let is_told = page.contains(word) && help.contains(word);
        is_told || OTHERS.iter().any(|(other, _)| other == word)
    };
    let missing: Vec<String> = spoken_of().into_iter().filter(|word| !is_right(word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_word_is_excused_that_nobody_uses() {
    let spoken_of = spoken_of();
    for (word, what) in OTHERS {
        assert!(spoken_of.contains(word), "{word}: {what}");
    }
}
