//! One line of a source as it may be shown: secrets replaced, acting characters escaped, cut around a mark.
//!
//! Invariant: a column of the source finds its characters in what is shown, whatever was replaced before it.

use std::ops::Range;

use crate::instance::{begins_command, is_unseen};
use crate::manifest::{Region, is_secret_name, is_variable_name};

/// What stands for a secret; its length says nothing.
const REDACTED: &str = "[redacted]";

/// How many characters are kept on either side of a mark in a very long line.
const AROUND: usize = 160;

/// A longer line, in bytes, is not shown at all: nobody wrote it by hand, and looking through it for every mistake
/// in it would take the square of its length.
const LONGEST: usize = 1 << 14;

/// Whether a line is too long to be shown.
pub(super) fn is_too_long(line: &str) -> bool {
    line.len() > LONGEST
}

/// A line as it may be shown.
pub(super) struct Excerpt {
    pub(super) text: String,
    /// Where each kept character of the source begins and ends in the text, in bytes.
    cells: Vec<Range<usize>>,
    /// The column of the first kept character.
    first: usize,
}

impl Excerpt {
    /// The line `number`, cut around the columns in `focus`.
    pub(super) fn new(lines: &[&str], number: usize, focus: Range<usize>, concealed: &[Region]) -> Self {
        let line = lines.get(number.saturating_sub(1)).copied().unwrap_or_default();
        if is_too_long(line) {
            return Self { text: "…".to_owned(), cells: Vec::new(), first: usize::MAX };
        }
        let length = line.chars().count();
        let hidden = hidden(lines, number, length, concealed);
        let first = if length > 3 * AROUND { focus.start.saturating_sub(AROUND).max(1) } else { 1 };
        let last = if length > 3 * AROUND {
            focus.end.min(focus.start.saturating_add(AROUND)).saturating_add(AROUND)
        } else {
            usize::MAX
        };
        let hidden: Vec<Range<usize>> =
            hidden.into_iter().filter(|range| range.end > first && range.start <= last).collect();
        let mut text = String::new();
        if first > 1 {
            text.push('…');
        }
        let mut cells: Vec<Range<usize>> = Vec::new();
        let mut run: Option<Range<usize>> = None;
        for (column, (at, c)) in (1_usize..).zip(line.char_indices()) {
            if column < first {
                continue;
            }
            if column > last {
                text.push('…');
                break;
            }
            let start = text.len();
            if hidden.iter().any(|range| range.contains(&column)) {
                let cell = run.clone().unwrap_or_else(|| {
                    text.push_str(REDACTED);
                    start..text.len()
                });
                run = Some(cell.clone());
                cells.push(cell);
                continue;
            }
            run = None;
            match c {
                // The renderer itself makes tabs wide.
                '\t' => text.push(c),
                c if is_unseen(c) => text.extend(c.escape_default()),
                '#' if begins_command(line.get(at..).unwrap_or_default()) => text.extend(c.escape_unicode()),
                c => text.push(c),
            }
            cells.push(start..text.len());
        }
        Self { text, cells, first }
    }

    /// Where these columns are in the text, if their first one is in it. A mark behind the end of the line is
    /// at its end.
    pub(super) fn span(&self, columns: Range<usize>) -> Option<Range<usize>> {
        let from = columns.start.checked_sub(self.first)?;
        let start = match self.cells.get(from) {
            Some(cell) => cell.start,
            None if from == self.cells.len() => self.text.len(),
            None => return None,
        };
        let last = columns.end.saturating_sub(self.first).saturating_sub(1).max(from);
        let end = self.cells.get(last).or(self.cells.last()).map_or(start, |cell| cell.end);
        Some(start..end.max(start))
    }
}

/// The columns of a line that may not be shown: what was found to be a secret, and what looks like one, for a
/// line in which the parser stopped before it could find out.
fn hidden(lines: &[&str], number: usize, length: usize, concealed: &[Region]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = concealed
        .iter()
        .filter(|region| (region.line..=region.end_line).contains(&number))
        .map(|region| {
            let start = if region.line == number { region.column } else { 1 };
            let end = if region.end_line == number { region.end_column } else { length.saturating_add(1) };
            start..end
        })
        .collect();
    let line = lines.get(number.saturating_sub(1)).copied().unwrap_or_default();
    ranges.extend(values_of_secrets(line));
    ranges.extend(credentials(line));
    let above = number.checked_sub(2).and_then(|above| lines.get(above)).copied().unwrap_or_default();
    if is_too_long(above) || continues_a_secret(above, line) {
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        ranges.push(indent.saturating_add(1)..length.saturating_add(1));
    }
    ranges
}

/// The columns of `user:password@` in URLs.
fn credentials(line: &str) -> Vec<Range<usize>> {
    let chars: Vec<char> = line.chars().collect();
    let slashes =
        (0..chars.len()).filter(|at| chars.get(*at..).is_some_and(|c| c.starts_with(&[':', '/', '/'])));
    slashes
        .filter_map(|at| {
            let start = at.saturating_add(3);
            let rest = chars.get(start..)?;
            let authority = rest.iter().take_while(|c| !matches!(c, '/' | '?' | '#') && !c.is_whitespace());
            let end = authority.enumerate().filter(|(_, c)| **c == '@').last()?.0;
            Some(start.saturating_add(1)..start.saturating_add(end).saturating_add(1))
        })
        .collect()
}

/// The columns of what follows `token:` and its like, and of what follows `token_env:` without being the name of
/// a variable.
fn values_of_secrets(line: &str) -> Vec<Range<usize>> {
    let chars: Vec<char> = line.chars().collect();
    let mut found: Vec<Range<usize>> = Vec::new();
    // In brackets, a value ends before the line does. Each character is looked at a few times, not once a colon.
    let mut depth = 0_i32;
    for (at, c) in chars.iter().enumerate() {
        match c {
            '{' | '[' => depth = depth.saturating_add(1),
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let end = found.last().map_or(0, |range| range.end);
        if end > chars.len() {
            break;
        }
        if *c != ':' {
            continue;
        }
        let key = last_word(chars.get(..at).unwrap_or_default());
        let names_a_variable = matches!(key.as_str(), "token_env" | "hmac_env");
        if !names_a_variable && !is_secret_name(&key) {
            continue;
        }
        let rest = chars.get(at.saturating_add(1)..).unwrap_or_default();
        let blanks = rest.iter().take_while(|c| c.is_whitespace()).count();
        let value = rest.get(blanks..).unwrap_or_default();
        // Within a value that is hidden already, only a quote may reach further.
        if at < end && !matches!(value.first(), Some('"' | '\'')) {
            continue;
        }
        let length = match value.first() {
            Some(quote @ ('"' | '\'')) => {
                value.iter().skip(1).position(|c| c == quote).map_or(value.len(), |end| end.saturating_add(2))
            }
            Some(_) if depth > 0 => {
                value.iter().position(|c| matches!(c, ',' | '}' | ']')).unwrap_or(value.len())
            }
            _ => value.len(),
        };
        if names_a_variable && names_one(value.get(..length).unwrap_or_default()) {
            continue;
        }
        let start = at.saturating_add(blanks).saturating_add(2);
        if length > 0 {
            found.push(start..start.saturating_add(length));
        }
    }
    found
}

/// Whether a value, as it is written, is the name of a variable. No name is longer than what is looked at.
fn names_one(written: &[char]) -> bool {
    const LONGEST: usize = 400;
    let comment = written.windows(2).take(LONGEST).position(|two| two == [' ', '#']);
    let bare = written.get(..comment.unwrap_or(written.len())).unwrap_or_default();
    if bare.len() > LONGEST {
        return false;
    }
    let bare: String = bare.iter().collect();
    is_variable_name(bare.trim().trim_matches(['"', '\'']))
}

fn last_word(before: &[char]) -> String {
    let word = |c: &&char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut rest: Vec<char> = before
        .iter()
        .rev()
        .skip_while(|c| c.is_whitespace() || matches!(c, '"' | '\''))
        .take_while(word)
        .take(48)
        .copied()
        .collect();
    rest.reverse();
    rest.into_iter().collect()
}

/// Whether a line is the value of a secret that began on the line above.
fn continues_a_secret(above: &str, line: &str) -> bool {
    let above = above.trim_end();
    let block = above.trim_end_matches(|c: char| matches!(c, '|' | '>' | '+' | '-') || c.is_ascii_digit());
    let Some(before) = block.trim_end().strip_suffix(':') else { return false };
    let chars: Vec<char> = before.chars().collect();
    let is_block = block.len() < above.len();
    is_secret_name(&last_word(&chars)) && (is_block || !line.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        Excerpt::new(&[line], 1, 1..2, &[]).text
    }

    #[test]
    fn what_looks_like_a_secret_is_not_shown_and_the_rest_of_the_line_is() {
        assert_eq!(shown("  token: sk-123, x"), "  token: [redacted]");
        assert_eq!(
            shown("account: {token: sk-123, max_instances: 2}"),
            "account: {token: [redacted], max_instances: 2}"
        );
        assert_eq!(shown("{\"api_key\": \"a,b}\", x: y}"), "{\"api_key\": [redacted], x: y}");
        assert_eq!(shown("  token_env: WAWP"), "  token_env: WAWP");
        assert_eq!(shown("  token_env: 'WAWP' # x"), "  token_env: 'WAWP' # x");
        assert_eq!(shown("{hmac_env: sk-1, x: y}"), "{hmac_env: [redacted], x: y}");
        assert_eq!(shown("# ##[add-mask]x"), "# \\u{23}#[add-mask]x");
        assert_eq!(shown("url: https://u:p@x.y/a@b"), "url: https://[redacted]@x.y/a@b");
        let two = ["  token: |", "    abc: def", "  x: y"];
        assert_eq!(Excerpt::new(&two, 2, 1..2, &[]).text, "    [redacted]");
        assert_eq!(Excerpt::new(&two, 3, 1..2, &[]).text, "  x: y");
    }

    #[test]
    fn a_long_line_of_nothing_but_secrets_is_looked_through_once() {
        for part in [
            "token: ",
            "{token: x, ",
            "token: \"x\" ",
            "token_env: A # ",
            "token_env: ",
            "token:",
            "{[token: ",
        ] {
            let line = part.repeat(20_000);
            let text = Excerpt::new(&[&line], 1, 1..2, &[]).text;
            assert!(text.chars().count() < 10_000, "{part}");
        }
    }

    #[test]
    fn a_column_finds_its_characters_behind_escapes_and_replaced_secrets() {
        let line = "a\u{202e}b: \u{1b}x";
        let excerpt = Excerpt::new(&[line], 1, 1..2, &[]);
        assert_eq!(excerpt.text, "a\\u{202e}b: \\u{1b}x");
        assert_eq!(&excerpt.text[excerpt.span(3..4).unwrap()], "b");
        assert_eq!(&excerpt.text[excerpt.span(6..8).unwrap()], "\\u{1b}x");
        let region = Region { line: 1, column: 4, end_line: 1, end_column: 9 };
        let excerpt = Excerpt::new(&["x: 12345, y: 1"], 1, 1..2, &[region]);
        assert_eq!(excerpt.text, "x: [redacted], y: 1");
        assert_eq!(&excerpt.text[excerpt.span(11..12).unwrap()], "y");
        assert_eq!(&excerpt.text[excerpt.span(5..6).unwrap()], "[redacted]");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let line = format!("{}MARK{}", "x".repeat(8_000), "y".repeat(8_000));
        let excerpt = Excerpt::new(&[&line], 1, 8_001..8_005, &[]);
        assert!(excerpt.text.chars().count() < 400);
        assert_eq!(&excerpt.text[excerpt.span(8_001..8_005).unwrap()], "MARK");
        assert_eq!(excerpt.span(1..2), None);
        let endless = line.repeat(2);
        let excerpt = Excerpt::new(&[&endless], 1, 8_001..8_005, &[]);
        assert_eq!((excerpt.text.as_str(), excerpt.span(8_001..8_005)), ("…", None));
    }
}
