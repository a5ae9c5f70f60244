//! The bar on a terminal: drawn again as time goes on, taken away while a line is told, and at the end.
//!
//! Invariant: one line, with room at its end for what a terminal echoes of Ctrl-C, so that the cursor never leaves the line
//! and all of it can be taken away.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::out::{stderr_columns, write_stderr};
use crate::render::bar;

/// How often it is drawn: a wait counts down in tenths of a second.
const TICK: Duration = Duration::from_millis(100);
/// Two times `^C`, and a column in which the cursor rests.
const MARGIN: usize = 5;
/// When the terminal does not tell.
const COLUMNS: usize = 80;
/// Empties the line.
const EMPTY: &str = "\r\u{1b}[K";

/// A bar on standard error.
pub(super) struct Bar {
    drawn: Arc<Mutex<Drawn>>,
    begun: Instant,
    /// Dropped at the end, which ends the thread that draws.
    _end: Sender<()>,
}

struct Drawn {
    bar: bar::Bar,
    left: Box<dyn Fn(Duration) -> Option<Duration> + Send>,
    begun: Instant,
    /// What stands there.
    line: String,
    is_ended: bool,
}

impl Bar {
    /// Begins to draw. `left` tells how long it still takes, so long after the beginning.
    pub(super) fn begin(
        bar: bar::Bar,
        begun: Instant,
        left: impl Fn(Duration) -> Option<Duration> + Send + 'static,
    ) -> Self {
        let drawn = Drawn { bar, left: Box::new(left), begun, line: String::new(), is_ended: false };
        let drawn = Arc::new(Mutex::new(drawn));
        let (end, ended) = channel();
        let ticking = Arc::clone(&drawn);
        std::thread::spawn(move || {
            while matches!(ended.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
                lock(&ticking).draw();
            }
        });
        Self { drawn, begun, _end: end }
    }

    /// Tells it what happened, and when.
    pub(super) fn hears(&self, what: impl FnOnce(&mut bar::Bar, Duration)) {
        what(&mut lock(&self.drawn).bar, self.begun.elapsed());
    }

    /// Takes it away for as long as a line is told.
    pub(super) fn aside(&self, tell: impl FnOnce()) {
        let mut drawn = lock(&self.drawn);
        drawn.empty();
        tell();
        drawn.draw();
    }

    /// Takes it away.
    pub(super) fn end(&self) {
        let mut drawn = lock(&self.drawn);
        drawn.empty();
        drawn.is_ended = true;
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

impl Drawn {
    fn draw(&mut self) {
        if self.is_ended {
            return;
        }
        let now = self.begun.elapsed();
        let columns = stderr_columns().unwrap_or(COLUMNS).saturating_sub(MARGIN);
        let line = self.bar.line((self.left)(now), now, columns);
        // Also when the same stands there: an echo may stand behind it.
        write_stderr(&format!("\r{line}\u{1b}[K"));
        self.line = line;
    }

    fn empty(&mut self) {
        if !self.line.is_empty() {
            write_stderr(EMPTY);
            self.line.clear();
        }
    }
}

fn lock(drawn: &Mutex<Drawn>) -> MutexGuard<'_, Drawn> {
    drawn.lock().unwrap_or_else(PoisonError::into_inner)
}
