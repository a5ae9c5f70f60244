//! As much of a text as a screen shows, and a line below it.

use crate::render::fold::width;
use crate::render::words::plural;

/// The text cut to a screen of so many columns and rows, with the line `foot` below it. The last row stays empty: talk that
/// comes between two looks stands there.
#[must_use]
pub fn fitted(text: &str, foot: &str, size: Option<(usize, usize)>) -> String {
    let text = text.trim_end_matches('\n');
    let Some((columns, rows)) = size else { return format!("{text}\n\n{foot}\n") };
    // A line that is too wide takes several rows.
    let takes = |line: &str| width(line).div_ceil(columns.max(1)).max(1);
    let room = rows.saturating_sub(2 + takes(foot));
    if text.lines().map(takes).sum::<usize>() <= room {
        return format!("{text}\n\n{foot}\n");
    }
    let (mut out, mut used) = (String::new(), 0_usize);
    let all = text.lines().count();
    let mut shown = 0_usize;
    for line in text.lines() {
        used = used.saturating_add(takes(line));
        if used > room {
            break;
        }
        out.extend([line, "\n"]);
        shown = shown.saturating_add(1);
    }
    // Where the blank line would be.
    let more = plural(all.saturating_sub(shown), "more line");
    format!("{out}and {more}, for which there is no room here\n{foot}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_shown_whole_with_the_line_below_it() {
        assert_eq!(fitted("a\nb\n", "foot", Some((80, 5))), "a\nb\n\nfoot\n");
        assert_eq!(fitted("a\nb\n", "foot", None), "a\nb\n\nfoot\n");
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_last_row_stays_empty() {
        let text: String = (0..50).map(|at| format!("line {at}\n")).collect();
        let shown = fitted(&text, "foot", Some((80, 10)));
        assert_eq!(shown.lines().count(), 9);
        assert!(
            shown.ends_with("line 6\nand 43 more lines, for which there is no room here\nfoot\n"),
            "{shown}"
        );
        let wide = fitted(&"x".repeat(500), "foot", Some((80, 8)));
        assert_eq!(wide, "and 1 more line, for which there is no room here\nfoot\n");
        assert_eq!(fitted("a\n", "foot", Some((0, 0))).lines().last(), Some("foot"));
    }
}
