//! Colour for text on a terminal.
//!
//! Invariant: without colour everything is still readable.

use std::fmt::Display;

use anstyle::{Ansi256Color, Style};

/// Amber. What terminals call yellow cannot be read on white in many of them; this one can, and on black as well.
pub(super) const AMBER: Ansi256Color = Ansi256Color(130);

/// The colours, for what paints by itself.
pub mod styles {
    use anstyle::{AnsiColor, Style};

    /// What is added, and success.
    pub const GOOD: Style = AnsiColor::Green.on_default();
    /// What changes, and warnings.
    pub const NOTABLE: Style = super::AMBER.on_default();
    /// What is removed, and errors.
    pub const BAD: Style = AnsiColor::Red.on_default();
}

/// Paints, or leaves plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether escape sequences are written.
    pub colour: bool,
}

impl Paint {
    /// What is added, and success.
    pub fn good(self, text: impl Display) -> String {
        self.with(styles::GOOD, text)
    }

    /// What changes, and warnings.
    pub fn notable(self, text: impl Display) -> String {
        self.with(styles::NOTABLE, text)
    }

    /// What is removed, and errors.
    pub fn bad(self, text: impl Display) -> String {
        self.with(styles::BAD, text)
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

    #[test]
    fn amber_is_readable_on_black_and_on_white() {
        // Colours from 16 on are the same everywhere: a cube of 6 levels each.
        let levels = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0];
        let at = usize::from(AMBER.0 - 16);
        let light = |level: usize| {
            ((levels[level] / 255.0 + 0.055_f64) / 1.055).powf(2.4).max(levels[level] / 255.0 / 12.92)
        };
        let luminance = 0.2126 * light(at / 36) + 0.7152 * light(at / 6 % 6) + 0.0722 * light(at % 6);
        let (on_black, on_white) = ((luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05));
        assert!(on_black > 4.0 && on_white > 4.5, "{on_black} {on_white}");
    }
}
