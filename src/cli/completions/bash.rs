//! Bash, which takes `--format=json` and `json=plan.json` for three words each.
//!
//! Invariant: what is offered takes the place of the piece at the cursor, and of nothing before it.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap::Command;

use super::Env;

/// How the script puts the part before the cursor in place of the word there: also where the word is `=` alone, and
/// that part nothing, so that nobody sees any more what was typed.
const TAKES_PART: &str = r#"words[COMP_CWORD]="$2""#;

/// The same, but for such words.
const TAKES_PART_OF_WORD: &str =
    r#"[[ -z "$2" && "${words[COMP_CWORD]}" == [=:] ]] || words[COMP_CWORD]="$2""#;

/// The script of the library, with that mended.
pub(super) fn script(script: &str) -> String {
    script.replace(TAKES_PART, TAKES_PART_OF_WORD)
}

/// Writes what may come next, as the script reads it.
///
/// # Errors
/// When there is nothing to complete.
pub(super) fn complete(
    env: &Env,
    command: &mut Command,
    words: Vec<OsString>,
    folder: Option<&Path>,
    answer: &mut Vec<u8>,
) -> Result<(), Error> {
    let index = env.var("_CLAP_COMPLETE_INDEX").and_then(|text| text.parse().ok()).unwrap_or_default();
    let between = env.var("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned());
    let Typed { words, index, before } = joined(words, index);
    for (at, candidate) in clap_complete::engine::complete(command, words, index, folder)?.iter().enumerate()
    {
        let value = candidate.get_value().to_string_lossy();
        let value = value.strip_prefix(before.as_str()).unwrap_or(&value);
        write!(answer, "{}{value}", if at == 0 { "" } else { &between })?;
    }
    Ok(())
}

/// A command line as it was typed.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    words: Vec<OsString>,
    /// The word with the cursor.
    index: usize,
    /// What stands in that word before the piece with the cursor.
    before: String,
}

/// Puts together what was one word.
fn joined(pieces: Vec<OsString>, cursor: usize) -> Typed {
    let breaks = |piece: &OsString| {
        piece.to_str().is_some_and(|text| !text.is_empty() && text.chars().all(|c| matches!(c, '=' | ':')))
    };
    let mut typed = Typed { words: Vec::with_capacity(pieces.len()), index: cursor, before: String::new() };
    let mut behind_break = false;
    for (at, piece) in pieces.into_iter().enumerate() {
        let is_break = breaks(&piece);
        // The first is the program.
        let open = typed.words.last_mut().filter(|_| at > 1 && (is_break || behind_break));
        if at == cursor {
            let before = open.as_ref().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            // What is offered comes behind a sign at the cursor.
            typed.before = if is_break { before + &piece.to_string_lossy() } else { before };
        }
        match open {
            Some(word) => word.push(&piece),
            None => typed.words.push(piece),
        }
        if at == cursor {
            typed.index = typed.words.len().saturating_sub(1);
        }
        behind_break = is_break;
    }
    typed
}

#[cfg(test)]
mod tests {
    use clap_complete::env::{Bash, EnvCompleter};

    use super::*;

    #[test]
    fn the_script_of_the_library_is_the_one_that_is_mended() {
        let mut text = Vec::new();
        Bash.write_registration("V", "n", "b", "c", &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.matches(TAKES_PART).count(), 1, "{text}");
        assert!(script(&text).contains(TAKES_PART_OF_WORD));
    }

    #[test]
    fn pieces_that_were_one_word_are_one_again() {
        let joined = |pieces: &[&str], cursor: usize| {
            let Typed { words, index, before } = joined(pieces.iter().map(OsString::from).collect(), cursor);
            let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            (words.join(" "), index, before)
        };
        let is = |words: &str, index: usize, before: &str| (words.to_owned(), index, before.to_owned());
        assert_eq!(joined(&["w", "forget", "ac"], 2), is("w forget ac", 2, ""));
        assert_eq!(
            joined(&["w", "show", "--format", "=", "js"], 4),
            is("w show --format=js", 2, "--format=")
        );
        assert_eq!(joined(&["w", "show", "--format", "="], 3), is("w show --format=", 2, "--format="));
        assert_eq!(
            joined(&["w", "plan", "--write", "json", "=", "a", "-q"], 6),
            is("w plan --write json=a -q", 4, "")
        );
        assert_eq!(
            joined(&["w", "plan", "--write", "json", "=", "a"], 5),
            is("w plan --write json=a", 3, "json=")
        );
        assert_eq!(joined(&["w", "diff", "git", ":", "x", ":", ""], 6), is("w diff git:x:", 2, "git:x:"));
        assert_eq!(joined(&["w", "="], 1), is("w =", 1, "="));
        assert_eq!(joined(&["w", ""], 1), is("w ", 1, ""));
        assert_eq!(joined(&[], 0), is("", 0, ""));
    }
}
