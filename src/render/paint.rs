//! Colour for text on a terminal.
//!
//! Invariant: without colour everything is still readable.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// Paints, or leaves plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether escape sequences are written.
    pub colour: bool,
}

impl Paint {
    /// What is added, and success.
    pub fn good(self, text: impl Display) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What changes, and warnings.
    pub fn notable(self, text: impl Display) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What is removed, and errors.
    pub fn bad(self, text: impl Display) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    /// Headlines.
    pub fn strong(self, text: impl Display) -> String {
        self.with(Style::new().bold(), text)
    }

    fn with(self, style: Style, text: impl Display) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_nothing_is_added() {
        assert_eq!(Paint { colour: false }.bad("x"), "x");
        assert!(Paint { colour: true }.bad("x").starts_with('\u{1b}'));
    }
}
