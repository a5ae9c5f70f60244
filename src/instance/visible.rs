//! Text from outside, made safe to look at.
//!
//! Invariant: what comes out has no control character, no escape sequence, nothing that changes the order or the
//! presence of what is read, and no command to a CI runner that reads its own log. (GitHub's `::command::` acts
//! at the start of a line only: no line that is shown begins with text from outside.)

use std::borrow::Cow;

/// The text with every character that a terminal or a runner would obey, or a reader would not see, written as
/// an escape.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for (at, c) in text.char_indices() {
        match c {
            c if is_unseen(c) => out.extend(c.escape_default()),
            '#' if begins_command(text.get(at..).unwrap_or_default()) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a text begins with what CI runners obey anywhere in a line of their log: `##[add-mask]` (GitHub's
/// first form, Azure), `##vso[`, `##teamcity[`.
#[must_use]
pub fn begins_command(text: &str) -> bool {
    let rest = text.strip_prefix("##").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()));
    rest.is_some_and(|rest| rest.starts_with('['))
}

/// Whether a character acts instead of showing: controls, direction marks, zero-width and tag characters.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_what_shows_is_kept() {
        assert_eq!(visible("é 😀 مرحبا"), "é 😀 مرحبا");
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(visible("a\nb\t\u{9b}"), "a\\nb\\t\\u{9b}");
        assert_eq!(visible("a\u{3164}\u{e0101}"), "a\\u{3164}\\u{e0101}");
    }

    #[test]
    fn a_command_to_a_runner_is_broken_and_other_signs_are_kept() {
        assert_eq!(visible("x ##[add-mask]e"), "x \\u{23}#[add-mask]e");
        assert_eq!(visible("###vso[task.setvariable]"), "#\\u{23}#vso[task.setvariable]");
        assert_eq!(visible("##a##teamcity[x"), "##a\\u{23}#teamcity[x");
        for kept in ["## [a]", "# [a]", "#[a]", "##1[", "##", "#1 of ##"] {
            assert_eq!(visible(kept), kept);
        }
    }
}
