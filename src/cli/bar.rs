//! The bar on a terminal: drawn again as time goes on, taken away while a line is told, and at the end.
//!
//! Invariant: one line, with room at its end for what a terminal echoes of Ctrl-C, so that the cursor never leaves the line
//! and all of it can be taken away.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use tokio::time::Instant;

use super::out::{stderr_columns, write_stderr};
use crate::render::bar;

/// How often it is drawn: a wait counts down in tenths of a second.
const TICK: Duration = Duration::from_millis(100);
/// Two times `^C`, and a column in which the cursor rests.
const MARGIN: usize = 5;
/// When the terminal does not tell.
const COLUMNS: usize = 80;

/// A bar on standard error.
pub(super) struct Bar {
    line: ProgressBar,
    told: Arc<Mutex<bar::Bar>>,
    begun: Instant,
}

impl Bar {
    /// Begins to draw. `left` tells how long it still takes, so long after the beginning.
    pub(super) fn begin(
        bar: bar::Bar,
        begun: Instant,
        left: impl Fn(Duration) -> Option<Duration> + Send + Sync + Clone + 'static,
    ) -> Self {
        let told = Arc::new(Mutex::new(bar));
        let shown = Arc::clone(&told);
        let as_it_is = move |_: &ProgressState, out: &mut dyn Write| {
            let now = begun.elapsed();
            let left = left(now);
            let _ = out.write_str(&lock(&shown).line(left, now, room()));
        };
        let style = ProgressStyle::default_bar().with_key("line", as_it_is);
        let style = style.template("{line}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(Box::new(Narrow)))
            .with_style(style);
        line.enable_steady_tick(TICK);
        Self { line, told, begun }
    }

    /// Tells it what happened, and when.
    pub(super) fn hears(&self, what: impl FnOnce(&mut bar::Bar, Duration)) {
        what(&mut lock(&self.told), self.begun.elapsed());
    }

    /// Takes it away for as long as a line is told.
    pub(super) fn aside(&self, tell: impl FnOnce()) {
        self.line.suspend(tell);
    }

    /// Takes it away.
    pub(super) fn end(&self) {
        self.line.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

/// Standard error, a little narrower than it is: the library fills a line up to its last column.
#[derive(Debug)]
struct Narrow;

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        u16::try_from(room()).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        moved(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        moved(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        moved(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        moved(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        write_stderr(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        write_stderr(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        write_stderr("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn moved(n: usize, where_to: char) -> io::Result<()> {
    if n == 0 { Ok(()) } else { write_stderr(&format!("\u{1b}[{n}{where_to}")) }
}

/// How many columns the line may have.
fn room() -> usize {
    stderr_columns().unwrap_or(COLUMNS).saturating_sub(MARGIN)
}

fn lock(told: &Mutex<bar::Bar>) -> MutexGuard<'_, bar::Bar> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}
