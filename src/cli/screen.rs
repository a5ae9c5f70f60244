//! The alternate screen of a terminal: what is drawn there leaves nothing behind.
//!
//! Invariant: it is closed however its use ends.

use std::time::Duration;

use super::App;

/// Opens it, without a cursor.
pub(super) const OPEN: &str = "\u{1b}[?1049h\u{1b}[?25l";
/// Closes it.
pub(super) const CLOSE: &str = "\u{1b}[?25h\u{1b}[?1049l";
/// How often it is looked whether its size has changed.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);

/// A screen of its own.
pub(super) struct Screen<'a> {
    app: &'a App,
    /// What is drawn, and at which size.
    drawn: Option<(Option<(usize, usize)>, String)>,
}

impl<'a> Screen<'a> {
    /// One that opens when something is drawn; `None` where there can be none.
    pub(super) fn of(app: &'a App) -> Option<Self> {
        app.out.has_screen().then_some(Self { app, drawn: None })
    }

    /// Draws what fits the size that it has now, unless the same is there.
    pub(super) fn draw(&mut self, text: impl FnOnce(Option<(usize, usize)>) -> String) {
        let size = self.app.out.screen_size();
        let now = Some((size, text(size)));
        if self.drawn == now {
            return;
        }
        let open = if self.drawn.is_none() { OPEN } else { "" };
        self.drawn = now;
        self.app
            .out
            .data(&format!("{open}{}", self.drawn.as_ref().map(|(_, text)| over(text)).unwrap_or_default()));
    }

    /// Closes it.
    pub(super) fn close(self) {}
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            self.app.out.data(CLOSE);
        }
    }
}

/// A text over what is there, so that it does not flicker: the end of each line and of the screen is emptied.
pub(super) fn over(text: &str) -> String {
    format!("\u{1b}[H{}\u{1b}[J", text.replace('\n', "\u{1b}[K\r\n"))
}
