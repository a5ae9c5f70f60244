//! Small words that several texts share.

use crate::instance::Name;

/// `1 error`, `2 errors`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// So many names stand in a line with more than names.
pub(super) const FEW: usize = 3;
/// So many stand in a line of their own.
pub(super) const MANY: usize = 10;

/// Behind more names than that.
pub(super) const SHOWN: &str = "--full shows each";

/// Names as they stand in a sentence: `a`, `a, b`, and of more than so many `a, b and 7 more`.
pub(super) fn names<'n>(names: impl IntoIterator<Item = &'n str>, most: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.get(..most.saturating_sub(1)) {
        Some(first) if names.len() > most => {
            format!("{} and {} more", first.join(", "), names.len().saturating_sub(first.len()))
        }
        _ => names.join(", "),
    }
}

/// Names of those whom a sentence is about.
#[must_use]
pub fn whom<'n>(who: impl IntoIterator<Item = &'n Name>) -> String {
    names(who.into_iter().map(Name::as_str), MANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_is_plural() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "call")), ["0 calls", "1 call", "2 calls"]);
    }

    #[test]
    fn of_many_names_the_first_are_told() {
        let told = |count: usize| {
            let all: Vec<Name> = (0..count).map(|at| Name::new(&format!("n{at}")).unwrap()).collect();
            names(all.iter().map(Name::as_str), FEW)
        };
        assert_eq!([1, 2, 3, 4].map(told), ["n0", "n0, n1", "n0, n1, n2", "n0, n1 and 2 more"]);
    }
}
