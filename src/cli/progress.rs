//! How an apply shows that it moves: a bar on a terminal, plain lines elsewhere.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::App;
use crate::apply::{End, Event, Listener};
use crate::render::{self, Paint};
use crate::wawp::Notice;

/// On a terminal, a longer list of finished changes would push the plan out of sight: then only what went
/// wrong gets a line of its own, and the bar counts the rest.
const LINES_ON_TERMINAL: usize = 100;

/// What shows that an apply moves.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    talk: Box<dyn Fn(&str) + Send + Sync>,
    paint: Paint,
    total: usize,
}

impl Progress {
    pub(super) fn new(app: &App, total: usize) -> Self {
        let bar = app.out.draws().then(|| {
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
        Self { bar, talk: Box::new(app.out.talker()), paint: app.out.talk_paint(), total }
    }

    /// Hears what happens to the changes.
    pub(super) fn events(progress: &Arc<Self>) -> Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |event| progress.heard(event))
    }

    /// Hears what happens to single calls.
    pub(super) fn calls(progress: &Arc<Self>) -> crate::wawp::Listener {
        let progress = Arc::clone(progress);
        Arc::new(move |notice| progress.waits(&notice))
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

    fn waits(&self, notice: &Notice) {
        let text = match notice {
            Notice::Paused { wait } => {
                format!("the API answered 429, too many requests: every call waits {}", seconds(*wait))
            }
            Notice::Again { endpoint, wait, error } => format!(
                "{} is tried again in {}: {}",
                endpoint.path(),
                seconds(*wait),
                crate::instance::visible(&error.to_string())
            ),
        };
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => self.line(&text),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => (self.talk)(text),
        }
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.1} s", wait.as_secs_f64())
}
