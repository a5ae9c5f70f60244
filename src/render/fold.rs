//! Folding long lines of talk between words, so that a terminal does not cut them in the middle of one.
//!
//! Invariant: only blanks between words become line breaks; no word is cut, and a line that fits is left as it is.

/// Cuts each line of the text at blanks so that none is wider than `columns`, as far as words allow. What follows a cut
/// stands two columns deeper than its line began; below the text of the first line where that begins `first` columns deep.
#[must_use]
pub fn fold(text: &str, first: usize, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let depth = line.chars().take_while(|c| *c == ' ').count();
        let hang = if at == 0 && first > 0 { first } else { depth.saturating_add(2) };
        one(&mut out, line, hang, columns);
    }
    out
}

fn one(out: &mut String, line: &str, hang: usize, columns: usize) {
    if width(line) <= columns {
        out.push_str(line);
        return;
    }
    let (mut used, mut is_empty) = (0_usize, true);
    // Blanks that stand before a word are written with it, or become the break.
    for piece in line.split_inclusive(' ') {
        let word = piece.trim_end_matches(' ');
        if !word.is_empty() && !is_empty && used.saturating_add(width(word)) > columns {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            used = hang;
        }
        out.push_str(piece);
        used = used.saturating_add(width(piece));
        is_empty &= word.is_empty();
    }
    out.truncate(out.trim_end_matches(' ').len());
}

/// The columns that a text takes: what paints it takes none.
#[must_use]
pub(super) fn width(text: &str) -> usize {
    let (mut columns, mut is_escape) = (0_usize, false);
    for c in text.chars() {
        match c {
            '\u{1b}' => is_escape = true,
            'm' if is_escape => is_escape = false,
            _ if is_escape => {}
            _ => columns = columns.saturating_add(1),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_words_and_goes_on_below_its_text() {
        let text = "  use the token of the account this state was made with";
        assert_eq!(fold(text, 0, 30), "  use the token of the account\n    this state was made with");
        assert_eq!(fold(text, 0, 29), "  use the token of the\n    account this state was\n    made with");
    }

    #[test]
    fn an_error_goes_on_below_its_message() {
        assert_eq!(
            fold("Error: the token is not accepted\n  check it", 7, 20),
            "Error: the token is\n       not accepted\n  check it"
        );
    }

    #[test]
    fn what_fits_stays_as_it_is_with_all_its_blanks() {
        let text = "a\n\n  forget a    if it does not\n";
        assert_eq!(fold(text, 0, 30), text);
        assert_eq!(fold("x    y", 0, 6), "x    y");
        assert_eq!(fold("x    yz", 0, 6), "x\n  yz");
    }

    #[test]
    fn a_word_that_is_too_long_is_left_whole() {
        let link = "https://example.com/a/long/way";
        assert_eq!(fold(&format!("see {link} there"), 0, 12), format!("see\n  {link}\n  there"));
        assert_eq!(fold(link, 0, 12), link);
        assert_eq!(fold(&format!("    {link}"), 0, 12), format!("    {link}"));
    }

    #[test]
    fn colour_takes_no_room() {
        let text = "\u{1b}[31mError:\u{1b}[0m no more";
        assert_eq!((width(text), fold(text, 7, 14)), (14, text.to_owned()));
        assert_eq!(fold(text, 7, 13), "\u{1b}[31mError:\u{1b}[0m no\n       more");
    }

    #[test]
    fn no_word_is_lost_and_no_line_with_two_words_is_too_wide() {
        let words: Vec<String> = (1..60_usize).map(|at| "w".repeat(at * 7 % 11 + 1)).collect();
        let text = words.join(" ");
        for columns in 1..100 {
            let folded = fold(&text, 0, columns);
            assert_eq!(folded.split_whitespace().collect::<Vec<_>>(), words, "{columns}");
            for line in folded.lines() {
                assert!(width(line) <= columns || line.split_whitespace().count() == 1, "{columns}: {line}");
            }
        }
    }
}
