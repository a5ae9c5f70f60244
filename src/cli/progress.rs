//! How an apply shows that it moves: a bar on a terminal, plain lines elsewhere.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::App;
use crate::apply::{End, Event, Listener};
use crate::instance::visible;
use crate::observe;
use crate::render::{self, Paint};
use crate::wawp::way::{Carrier, Way};
use crate::wawp::{self, Notice};

/// On a terminal, a longer list of finished changes would push the plan out of sight: then only what went
/// wrong gets a line of its own, and the bar counts the rest.
const LINES_ON_TERMINAL: usize = 100;

/// So many looks take a moment, and a person wants to see that they go on.
const MANY_LOOKS: usize = 20;

/// What shows that an apply moves.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    talk: Box<dyn Fn(&str) + Send + Sync>,
    warn: Box<dyn Fn(&str) + Send + Sync>,
    paint: Paint,
    total: usize,
    verbose: bool,
}

impl Progress {
    pub(super) fn new(app: &App, total: usize) -> Self {
        let bar = (app.out.draws() && total > 0).then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = "{bar:30} {pos}/{len}  {rate}  ETA {eta}  {msg}";
            let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            }));
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        let (talk, warn) = (Box::new(app.out.talker()), Box::new(app.out.warner()));
        let (paint, verbose) = (app.out.talk_paint(), app.out.is_verbose());
        Self { bar, talk, warn, paint, total, verbose }
    }

    /// Shows that looking at so many instances goes on; a few need no bar.
    pub(super) fn of_looks(app: &App, total: usize) -> Self {
        let many = total >= MANY_LOOKS;
        let progress = Self::new(app, if many { total } else { 0 });
        if many && progress.bar.is_none() {
            app.out.talk(&format!("Looking at {}.", render::plural(total, "instance")));
        }
        progress
    }

    /// Hears of each instance that was looked at.
    pub(super) fn looks(progress: &Arc<Self>) -> observe::Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |_, sighting| {
            if let (Some(bar), Some(_)) = (&progress.bar, sighting) {
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
                let is_plain = entry.end == End::Done && entry.notes.is_empty();
                if self.bar.is_none() || !is_plain || self.total <= LINES_ON_TERMINAL {
                    self.line(&render::entry(&entry, self.paint));
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
