//! How an apply shows that it moves: a bar on a terminal, plain lines elsewhere.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::App;
use super::bar::Bar;
use crate::apply::{Event, Listener};
use crate::instance::visible;
use crate::observe;
use crate::plan::Plan;
use crate::render::bar::{self, Wait};
use crate::render::eta::Eta;
use crate::render::{self, progress};
use crate::wawp::way::{Carrier, Way};
use crate::wawp::{self, CallError, Kind, Notice};

/// So many looks take a moment, and a person wants to see that they go on.
const MANY_LOOKS: usize = 20;

/// What shows that an apply moves.
pub(super) struct Progress {
    bar: Option<Bar>,
    talk: Box<dyn Fn(&str) + Send + Sync>,
    warn: Box<dyn Fn(&str) + Send + Sync>,
    of: Arc<Mutex<Of>>,
    begun: Instant,
    verbose: bool,
    /// Why calls of looks were made again, as far as it was told: of many looks each would say the same.
    told: Mutex<BTreeSet<(&'static str, String)>>,
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
        let of = Of::Changes(progress::Progress::new(plan, app.extent(), app.out.talk_paint()));
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
        let left = Arc::clone(&of);
        let left = move |now| left.lock().unwrap_or_else(PoisonError::into_inner).left(now);
        let bar = (app.out.draws() && total > 0).then(|| Bar::begin(bar::Bar::new(total), begun, left));
        let (talk, warn) = (Box::new(app.out.talker()), Box::new(app.out.warner()));
        Self { bar, talk, warn, of, begun, verbose: app.out.is_verbose(), told: Mutex::default() }
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
                bar.hears(bar::Bar::done);
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
            bar.end();
        }
    }

    fn heard(&self, event: Event) {
        match event {
            Event::Begun { name, action } => {
                if let Some(bar) = &self.bar {
                    bar.hears(|bar, _| bar.does(format!("{action} {name}")));
                }
            }
            Event::Ended(entry) => {
                if let Some(bar) = &self.bar {
                    bar.hears(bar::Bar::done);
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
        match notice {
            Notice::Paused { wait } => match &self.bar {
                Some(bar) => bar.hears(|bar, now| bar.waits(Wait::All, *wait, "429".into(), now)),
                None => {
                    let wait = seconds(*wait);
                    self.line(&format!("the API answered 429, too many requests: every call waits {wait}"));
                }
            },
            Notice::Again { endpoint, wait, error } => match &self.bar {
                Some(bar) => bar.hears(|bar, now| bar.waits(Wait::One, *wait, in_short(error), now)),
                None => {
                    let (path, error) = (endpoint.path(), error.to_string());
                    if self.is_news(path, &error) {
                        let wait = seconds(*wait);
                        self.line(&format!("{path} is tried again in {wait}: {}", visible(&error)));
                    }
                }
            },
            Notice::OtherWay { endpoint, way, error } => {
                if self.verbose {
                    self.line(&format!(
                        "{} was refused ({}); it is tried {}",
                        endpoint.path(),
                        visible(&error.to_string()),
                        in_words(*way)
                    ));
                }
            }
            Notice::TokenInUrl { endpoint } => {
                let text = format!(
                    "the API takes the token of {} only in the URL, where servers and proxies may log it; the \
                     rest of this run sends it there too. Renew the token if others can read such logs.",
                    endpoint.path()
                );
                match &self.bar {
                    Some(bar) => bar.aside(|| (self.warn)(&text)),
                    None => (self.warn)(&text),
                }
            }
        }
    }

    /// Whether a call that is made again is worth a line: of an apply each is, of looks each cause.
    fn is_news(&self, path: &'static str, why: &str) -> bool {
        let is_look = matches!(&*self.of.lock().unwrap_or_else(PoisonError::into_inner), Of::Looks(_));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((path, why.to_owned())) || self.verbose || !is_look
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.aside(|| (self.talk)(text)),
            None => (self.talk)(text),
        }
    }
}

/// Why a call is made again, in a word.
fn in_short(error: &CallError) -> String {
    match error.status {
        Some(status) => status.to_string(),
        None if error.kind == Kind::NotSent => "no connection".into(),
        None => "no answer".into(),
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
