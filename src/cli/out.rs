//! The only writer to the terminal: standard output is data, standard error is talk.
//!
//! Invariant: a reader that went away (`| head`) never stops a run that is changing something; data that found
//! no room is never taken for delivered.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use clap::ValueEnum;

use super::env::Env;
use super::events::Stream;
use crate::render::github::defused;
use crate::render::{Paint, fold};

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where a command speaks.
pub(super) struct Out {
    quiet: bool,
    verbose: bool,
    stdout: Paint,
    stderr: Paint,
    stdout_is_screen: bool,
    columns: Option<usize>,
    talk: Width,
    /// Whether a runner reads the log for commands.
    obeyed: bool,
    /// Whether data found no room.
    lost: AtomicBool,
    /// Whether standard output is kept for one output that is to stand there alone.
    kept: AtomicBool,
    /// Who hears errors and warnings, too.
    overheard: OnceLock<Arc<Stream>>,
}

impl Out {
    pub(super) fn new(when: When, quiet: bool, verbose: u8, env: &Env) -> Self {
        let is_dumb = env.var("TERM").as_deref() == Some("dumb");
        let colour = |is_terminal: bool| match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && env.var("NO_COLOR").is_none() && !is_dumb,
        };
        let (stdout_is_terminal, stderr_is_terminal) =
            (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let told = env.var("COLUMNS").and_then(|text| text.parse().ok()).filter(|columns| *columns > 0);
        let (width, _) = terminal_size::terminal_size_of(std::io::stdout()).unzip();
        let stdout_is_screen = stdout_is_terminal && !is_dumb;
        Self {
            quiet,
            verbose: verbose > 0,
            stdout: Paint { colour: colour(stdout_is_terminal) },
            stderr: Paint { colour: colour(stderr_is_terminal) },
            stdout_is_screen,
            columns: told.or(width.map(|width| usize::from(width.0))),
            talk: Width { told, is_terminal: stderr_is_terminal && !is_dumb },
            obeyed: env.var("GITHUB_ACTIONS").is_some(),
            lost: AtomicBool::new(false),
            kept: AtomicBool::new(false),
            overheard: OnceLock::new(),
        }
    }

    /// Keeps standard output for one output: what else would go there becomes talk.
    pub(super) fn keep_stdout(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// Has a stream hear errors and warnings from now on.
    pub(super) fn is_overheard_by(&self, stream: Arc<Stream>) {
        let _ = self.overheard.set(stream);
    }

    /// The stream of events, if one is asked for.
    pub(super) fn events(&self) -> Option<&Arc<Stream>> {
        self.overheard.get()
    }

    /// How to paint what goes to standard output.
    pub(super) const fn paint(&self) -> Paint {
        self.stdout
    }

    /// How to paint what goes to standard error.
    pub(super) const fn talk_paint(&self) -> Paint {
        self.stderr
    }

    /// Whether a progress bar can be drawn.
    pub(super) const fn draws(&self) -> bool {
        self.talk.is_terminal && !self.quiet
    }

    /// How many columns a drawing on standard error may have.
    pub(super) fn talk_columns(&self) -> usize {
        self.talk.now().or(self.talk.told).unwrap_or(100)
    }

    /// How many columns a table on standard output may have; as many as it likes where that is no terminal.
    pub(super) const fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// Whether standard output is a terminal on which what is shown can be taken away again.
    pub(super) const fn has_screen(&self) -> bool {
        self.stdout_is_screen
    }

    /// Columns and rows of that terminal at this moment; `None` when it does not tell.
    pub(super) fn screen_size(&self) -> Option<(usize, usize)> {
        let (columns, rows) = terminal_size::terminal_size_of(std::io::stdout())?;
        Some((usize::from(columns.0), usize::from(rows.0)))
    }

    /// Whether more than usual is told.
    pub(super) const fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Data: what the command was asked for.
    pub(super) fn data(&self, text: &str) {
        if self.kept.load(Ordering::Relaxed) {
            self.talk(text.trim_end_matches('\n'));
        } else {
            self.delivers(text);
        }
    }

    /// Data that are sentences: folded on a terminal, as talk is, and elsewhere as they stand.
    pub(super) fn sentences(&self, text: &str) {
        match self.columns.filter(|columns| self.stdout_is_screen && *columns >= NARROW) {
            Some(columns) => self.data(&fold(text, 0, columns)),
            None => self.data(text),
        }
    }

    /// Data, and whether they were written.
    pub(super) fn delivers(&self, text: &str) -> bool {
        !self.kept.load(Ordering::Relaxed) && self.delivers_alone(text)
    }

    /// What standard output is kept for; whether it was written.
    pub(super) fn delivers_alone(&self, text: &str) -> bool {
        let written = write_stdout(text);
        if written.as_ref().is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
            self.lost.store(true, Ordering::Relaxed);
        }
        written.is_ok()
    }

    /// Whether data was not written although there was a reader, such as on a full disk.
    pub(super) fn has_lost_data(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Talk, unless `-q`. A line break is added.
    pub(super) fn talk(&self, text: &str) {
        if !self.quiet {
            self.stderr_line(text);
        }
    }

    /// A way to talk from a place that outlives the borrow of this, such as a callback.
    pub(super) fn talker(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let (quiet, talk) = (self.quiet, self.talk);
        move |text| {
            if !quiet {
                let _ = writeln!(std::io::stderr().lock(), "{}", talk.folded(text, 0));
            }
        }
    }

    /// A way to warn from such a place.
    pub(super) fn warner(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let (word, talk) = (self.stderr.notable("Warning:"), self.talk);
        let events = self.events().map(Arc::clone);
        move |text| {
            if let Some(events) = &events {
                events.warning(text);
            }
            let text = talk.folded(&format!("{word} {text}"), WARNING);
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }

    /// Talk for who asked for more with `-v`.
    pub(super) fn detail(&self, text: &str) {
        if self.verbose {
            self.stderr_line(text);
        }
    }

    /// Commands to a runner that reads its own log, a line each.
    pub(super) fn commands(&self, lines: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(lines.as_bytes());
    }

    /// Talk that also `-q` does not silence, as it stands.
    pub(super) fn urgent(&self, text: &str) {
        let text = if self.obeyed { defused(text) } else { text.into() };
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes());
    }

    pub(super) fn warning(&self, text: &str) {
        if let Some(events) = self.events() {
            events.warning(text);
        }
        self.stderr_line(&self.talk.folded(&format!("{} {text}", self.stderr.notable("Warning:")), WARNING));
    }

    pub(super) fn error(&self, text: &str) {
        if let Some(events) = self.events() {
            events.error(text, "");
        }
        self.stderr_line(&self.talk.folded(&format!("{} {text}", self.stderr.bad("Error:")), ERROR));
    }

    /// What to do next, below an error.
    pub(super) fn hint(&self, text: &str) {
        for line in text.lines() {
            self.stderr_line(&format!("  {line}"));
        }
    }

    /// Talk that also `-q` does not silence, folded as talk is.
    pub(super) fn urgent_lines(&self, text: &str) {
        self.urgent(&self.talk.folded(text, 0));
    }

    fn stderr_line(&self, text: &str) {
        self.urgent_lines(&format!("{text}\n"));
    }
}

/// How deep the message stands behind `Error:`,
const ERROR: usize = 7;
/// and behind `Warning:`.
const WARNING: usize = 9;
/// A narrower terminal breaks lines as it likes.
const NARROW: usize = 20;

/// How wide talk may be.
#[derive(Debug, Clone, Copy)]
struct Width {
    /// What COLUMNS says.
    told: Option<usize>,
    is_terminal: bool,
}

impl Width {
    /// The columns of the terminal at this moment; `None` where there is none, or where it does not tell.
    fn now(self) -> Option<usize> {
        self.is_terminal.then(|| self.told.or_else(stderr_columns)).flatten()
    }

    /// A text whose lines fit the terminal; elsewhere as it stands, for whoever searches it. What follows the first line
    /// stands so many columns deep.
    fn folded(self, text: &str, first: usize) -> String {
        match self.now() {
            Some(columns) if columns >= NARROW => fold(text, first, columns),
            _ => text.to_owned(),
        }
    }
}

/// The columns of the terminal that standard error goes to.
pub(super) fn stderr_columns() -> Option<usize> {
    let (columns, _) = terminal_size::terminal_size_of(std::io::stderr())?;
    Some(usize::from(columns.0))
}

/// A text on standard error, as it stands.
///
/// # Errors
/// When it finds no room or no reader.
pub(super) fn write_stderr(text: &str) -> std::io::Result<()> {
    let mut stderr = std::io::stderr().lock();
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush())
}

/// A text on standard output, and through to where it goes.
///
/// # Errors
/// When it finds no room or no reader.
pub(super) fn write_stdout(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}
