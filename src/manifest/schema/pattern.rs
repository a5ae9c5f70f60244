//! Regular expressions that are made from the rules themselves.
//!
//! Invariant: they hold only what all dialects read alike (ECMAScript, Python, Rust), and nothing beyond the first
//! 65,536 characters, which ECMAScript takes for two.

use std::fmt::Write;

/// One character that keeps the rule.
pub(super) fn one_of(rule: impl Fn(char) -> bool) -> String {
    format!("[{}]", stretches(rule))
}

/// One character that breaks the rule.
pub(super) fn none_of(rule: impl Fn(char) -> bool) -> String {
    format!("[^{}]", stretches(rule))
}

/// A text in capital or small letters.
pub(super) fn in_any_case(text: &str) -> String {
    let either = |c: char| match (c.to_ascii_uppercase(), c.to_ascii_lowercase()) {
        (capital, small) if capital == small => written(c),
        (capital, small) => format!("[{capital}{small}]"),
    };
    text.chars().map(either).collect()
}

/// The characters that keep the rule, as they stand within brackets.
fn stretches(rule: impl Fn(char) -> bool) -> String {
    let mut stretches: Vec<(char, char)> = Vec::new();
    for c in ('\0'..='\u{ffff}').filter(|c| rule(*c)) {
        match stretches.last_mut() {
            Some((_, last)) if u32::from(*last).checked_add(1) == Some(u32::from(c)) => *last = c,
            _ => stretches.push((c, c)),
        }
    }
    let mut out = String::new();
    for (first, last) in stretches {
        out += &written(first);
        if last != first {
            let is_pair = u32::from(first).checked_add(1) == Some(u32::from(last));
            out += if is_pair { "" } else { "-" };
            out += &written(last);
        }
    }
    out
}

fn written(c: char) -> String {
    if c.is_ascii_alphanumeric() || "_ :/@+=.%".contains(c) {
        return c.to_string();
    }
    if c == '-' {
        return "\\-".to_owned();
    }
    let mut out = String::new();
    // Writing into a text does not fail.
    let _ = write!(out, "\\u{:04x}", u32::from(c));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{InstanceId, Name};
    use crate::manifest::{check, secret};

    #[test]
    fn a_class_has_what_the_rule_says_in_stretches() {
        assert_eq!(one_of(|c| c.is_ascii_lowercase() || matches!(c, '-' | '0' | '1')), "[\\-01a-z]");
        assert_eq!(none_of(|c| matches!(c, '\0'..='\u{1f}' | '"' | ']')), "[^\\u0000-\\u001f\\u0022\\u005d]");
        assert_eq!(in_any_case("a1?"), "[Aa]1\\u003f");
    }

    #[test]
    fn no_rule_speaks_of_characters_that_a_class_leaves_out() {
        let rules: [fn(char) -> bool; 9] = [
            Name::may_begin,
            Name::may_hold,
            InstanceId::may_begin,
            InstanceId::may_hold,
            check::is_separator,
            check::is_taken_apart,
            secret::is_in_word,
            secret::joins,
            char::is_whitespace,
        ];
        for rule in rules {
            assert_eq!(('\u{10000}'..=char::MAX).find(|c| rule(*c)), None);
        }
    }
}
