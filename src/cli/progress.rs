//! How an apply shows that it moves: a bar on a terminal, plain lines elsewhere.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tokio::time::Instant;

use super::App;
use crate::apply::{Event, Listener};
use crate::instance::visible;
use crate::observe;
use crate::plan::Plan;
use crate::render::eta::{Eta, in_seconds};
use crate::render::{self, Extent, progress};
use crate::wawp::way::{Carrier, Way};
use crate::wawp::{self, Notice};

/// So many looks take a moment, and a person wants to see that they go on.
const MANY_LOOKS: usize = 20;

/// What shows that an apply moves.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    talk: Box<dyn Fn(&str) + Send + Sync>,
    warn: Box<dyn Fn(&str) + Send + Sync>,
    of: Arc<Mutex<Of>>,
    begun: Instant,
    verbose: bool,
}

/// What is counted.
enum Of {
    /// The changes of a plan.
    Changes(progress::Progress),
    /// Looks, each as much as the other.
    Looks(Eta),
}

impl Of {
    fn left(&self, now: Duration) -> Option<Duration> {
        match self {
            Self::Changes(progress) => progress.left(now),
            Self::Looks(eta) => eta.left(now),
        }
    }
}

impl Progress {
    /// Shows how far a plan is.
    pub(super) fn of_plan(app: &App, plan: &Plan) -> Self {
        let extent = if app.global.full { Extent::Full } else { Extent::Readable };
        let of = Of::Changes(progress::Progress::new(plan, extent, app.out.talk_paint()));
        Self::new(app, plan.changes.len(), of)
    }

    /// Shows that looking at so many instances goes on; a few need no bar.
    pub(super) fn of_looks(app: &App, total: usize) -> Self {
        let many = total >= MANY_LOOKS;
        let progress = Self::new(app, if many { total } else { 0 }, Of::Looks(Eta::new(total as f64)));
        if many && progress.bar.is_none() {
            app.out.talk(&format!("Looking at {}.", render::plural(total, "instance")));
        }
        progress
    }

    /// Shows only what happens to single calls.
    pub(super) fn of_nothing(app: &App) -> Self {
        Self::of_looks(app, 0)
    }

    fn new(app: &App, total: usize, of: Of) -> Self {
        let (of, begun) = (Arc::new(Mutex::new(of)), Instant::now());
        let bar = (app.out.draws() && total > 0).then(|| bar(total, begun, Arc::clone(&of)));
        let (talk, warn) = (Box::new(app.out.talker()), Box::new(app.out.warner()));
        Self { bar, talk, warn, of, begun, verbose: app.out.is_verbose() }
    }

    /// Hears of each instance that was looked at.
    pub(super) fn looks(progress: &Arc<Self>) -> observe::Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |_, sighting| {
            if sighting.is_none() {
                return;
            }
            let now = progress.begun.elapsed();
            if let Of::Looks(eta) = &mut *progress.of.lock().unwrap_or_else(PoisonError::into_inner) {
                eta.done(1.0, now);
            }
            if let Some(bar) = &progress.bar {
                bar.inc(1);
            }
        })
    }

    /// Hears what happens to the changes.
    pub(super) fn events(progress: &Arc<Self>) -> Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |event| progress.heard(event))
    }

    /// Hears what happens to single calls.
    pub(super) fn calls(progress: &Arc<Self>) -> wawp::Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |notice| progress.called(&notice))
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn heard(&self, event: Event) {
        match event {
            Event::Begun { name, action } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{action} {name}"));
                }
            }
            Event::Ended(entry) => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
                let now = self.begun.elapsed();
                let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
                if let Of::Changes(progress) = &mut *of {
                    let lines = progress.ended(&entry, now, self.bar.is_some());
                    drop(of);
                    lines.iter().for_each(|line| self.line(line));
                }
            }
            Event::Halting => self.line("Nothing more is started; calls in flight may still finish."),
        }
    }

    fn called(&self, notice: &Notice) {
        let waits = match notice {
            Notice::Paused { wait } => {
                format!("the API answered 429, too many requests: every call waits {}", seconds(*wait))
            }
            Notice::Again { endpoint, wait, error } => format!(
                "{} is tried again in {}: {}",
                endpoint.path(),
                seconds(*wait),
                visible(&error.to_string())
            ),
            Notice::OtherWay { endpoint, way, error } => {
                let text = format!(
                    "{} was refused ({}); it is tried {}",
                    endpoint.path(),
                    visible(&error.to_string()),
                    in_words(*way)
                );
                return if self.verbose {
                    self.line(&text)
                };
            }
            Notice::TokenInUrl { endpoint } => {
                let text = format!(
                    "the API takes the token of {} only in the URL, where servers and proxies may log it; the \
                     rest of this run sends it there too. Renew the token if others can read such logs.",
                    endpoint.path()
                );
                return match &self.bar {
                    Some(bar) => bar.suspend(|| (self.warn)(&text)),
                    None => (self.warn)(&text),
                };
            }
        };
        match &self.bar {
            Some(bar) => bar.set_message(waits),
            None => self.line(&waits),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => (self.talk)(text),
        }
    }
}

/// A bar that says how many are done of how many, how fast it goes, and how long it still takes.
fn bar(total: usize, begun: Instant, of: Arc<Mutex<Of>>) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    let style = ProgressStyle::with_template("{bar:20} {pos}/{len}  {rate}{left}  {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    // A bar that cannot be drawn is no reason to stop.
    let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{:.1}/s", state.per_sec());
    });
    bar.set_style(style.with_key("left", move |_: &ProgressState, out: &mut dyn Write| {
        let left = of.lock().unwrap_or_else(PoisonError::into_inner).left(begun.elapsed());
        if let Some(left) = left {
            let _ = write!(out, "  {} left", in_seconds(left));
        }
    }));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn in_words(way: Way) -> &'static str {
    match way.carrier {
        Carrier::Body => "with token and instance_id in the body",
        Carrier::Header => "with the token in the header and the instance_id in the URL",
        Carrier::Query => "with token and instance_id in the URL",
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.1} s", wait.as_secs_f64())
}
