//! Small words that several texts share.

/// `1 error`, `2 errors`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_everything_else_is_plural() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "call")), ["0 calls", "1 call", "2 calls"]);
    }
}
