//! Text from outside, made inert on a Markdown page as GitHub and GitLab show it.
//!
//! Invariant: none of it becomes an element, a link, a mention or a reference, ends the span or the block that it
//! stands in, or acts unseen. Both turn `@name` and `#1` into links after the Markdown is read, so a backslash alone
//! does not help against these: a word joiner, which nobody sees, keeps the sign from its word.

use crate::instance::visible;

/// Longer runs of back-ticks than this are written as escapes: parsers look no further than 80 for the end of a span.
const LONGEST_RUN: usize = 8;
/// The word joiner.
const APART: char = '\u{2060}';

/// A text within a sentence or a cell of a table. Never the first of a line: a sign there may open a block.
#[must_use]
pub(super) fn prose(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len().saturating_add(16));
    let mut chars = text.chars().peekable();
    // The last two characters, to know `www.` and `GH-1`.
    let (mut before, mut last) = (' ', ' ');
    while let Some(c) = chars.next() {
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out.extend(["&amp;", "\u{2060}"]),
            // An entity, as formulas are looked for in the source.
            '$' => out.extend(["&#36;", "\u{2060}"]),
            // References and mentions of both makers; the inserted and deleted text of GitLab, `{+ x +}`.
            '#' | '!' | '~' | '{' | '[' | '}' | ']' => out.extend(['\\', c, APART]),
            '@' | ':' | '%' | '^' => out.extend([c, APART]),
            '\\' | '|' | '`' | '*' | '_' | '(' | ')' | '+' => out.extend(['\\', c]),
            '.' if last.eq_ignore_ascii_case(&'w') => out.extend([APART, c]),
            '-' if before.eq_ignore_ascii_case(&'g')
                && last.eq_ignore_ascii_case(&'h')
                && chars.peek().is_some_and(char::is_ascii_digit) =>
            {
                out.extend([c, APART]);
            }
            c => out.push(c),
        }
        (before, last) = (last, c);
    }
    out
}

/// A text as a span of code.
#[must_use]
pub(super) fn code(text: &str) -> String {
    let text = fitting(&visible(text));
    let fence = "`".repeat(longest_run(&text).saturating_add(1));
    // Of a blank at both ends the parser takes one away; a back-tick would lengthen the fence.
    let ends = |c: char| c == '`' || c == ' ';
    let pad = if text.is_empty() || text.starts_with(ends) || text.ends_with(ends) { " " } else { "" };
    // Nothing but blanks keeps all of them.
    let pad = if !text.is_empty() && text.trim_matches(' ').is_empty() { "" } else { pad };
    let between = if text.is_empty() { "" } else { pad };
    format!("{fence}{pad}{text}{between}{fence}")
}

/// Lines as a block of code that a language's colours are given to. Each line has to be escaped by
/// [`visible`](crate::instance::visible()) already.
#[must_use]
pub(super) fn block(language: &str, lines: &str) -> String {
    let lines = fitting(lines);
    let fence = "`".repeat(longest_run(&lines).saturating_add(1).max(3));
    format!("{fence}{language}\n{lines}{}{fence}\n", if lines.ends_with('\n') { "" } else { "\n" })
}

/// The text, its back-ticks escaped where a fence around them would be too long.
fn fitting(text: &str) -> String {
    if longest_run(text) > LONGEST_RUN { text.replace('`', "\\u{60}") } else { text.to_owned() }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_fenced_with_more_back_ticks_than_it_holds() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "` `");
        assert_eq!(code("  "), "`  `");
        assert_eq!(code(" a"), "`  a `");
        assert_eq!(code("a\nb"), "`a\\nb`");
        assert_eq!(code(&"`".repeat(9)), format!("`{}`", "\\u{60}".repeat(9)));
    }

    #[test]
    fn a_block_is_fenced_with_more_back_ticks_than_it_holds() {
        assert_eq!(block("diff", "+ a\n"), "```diff\n+ a\n```\n");
        assert_eq!(block("text", "```"), "````text\n```\n````\n");
        assert_eq!(block("", &"`".repeat(300)), format!("```\n{}\n```\n", "\\u{60}".repeat(300)));
    }

    #[test]
    fn what_is_no_markup_stays_as_it_is() {
        let text = "its policy was changed from strict to 30 in 2026-11-22; --allow-deletes does";
        assert_eq!(prose(text), text);
    }

    #[test]
    fn signs_that_refer_are_kept_from_their_words() {
        assert_eq!(prose("@a #1 !2 %3"), "@\u{2060}a \\#\u{2060}1 \\!\u{2060}2 %\u{2060}3");
        assert_eq!(prose("GH-1 gh-a"), "GH-\u{2060}1 gh-a");
        assert_eq!(prose("WWW.a.b http://a"), "WWW\u{2060}.a.b http:\u{2060}//a");
    }
}
