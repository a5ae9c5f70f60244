//! `--events`: what happens, line by line, into a file, a pipe or standard output.
//!
//! Invariant: whoever tells never waits for whoever reads. A line is written whole and at once, by a thread of its own;
//! a place that takes no more is told of once, and changes nothing of what is done.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::App;
use super::exit::{Exit, Fault};
use super::out::write_stdout;
use super::signals;
use super::writes::{Place, is_special, shown};
use crate::apply::{Clock, Listener, Outcome, Tally};
use crate::instance::{InstanceId, Name};
use crate::manifest::{Diagnostic, Source};
use crate::observe;
use crate::plan::{Plan, Refusal};
use crate::render::events::Events;

/// How long a reader gets that does not read, once a signal asked for the end: the run has its own grace before that.
const AFTER_SIGNAL: Duration = Duration::from_millis(300);

/// How long a pipe gets to find a reader at all.
const UNREAD: Duration = Duration::from_secs(2);

/// How often it is told that something is still under way.
pub(super) const STILL: Duration = Duration::from_secs(10);

/// The stream.
pub(super) struct Stream {
    place: Place,
    clock: Clock,
    events: Mutex<Events>,
    /// To the thread that writes; gone at the end.
    lines: Mutex<Option<mpsc::Sender<String>>>,
    /// From it: how the writing ended.
    written: Mutex<Option<oneshot::Receiver<io::Result<()>>>>,
    /// Whether it has a reader, if it needs one.
    is_open: Arc<AtomicBool>,
}

/// Begins the stream that is asked for, with its first line. Everything that is told from now on is in it, too.
///
/// # Errors
/// When its place cannot be opened.
pub(super) fn begin(app: &App, place: Option<&Place>) -> anyhow::Result<()> {
    let Some(place) = place else { return Ok(()) };
    let unusable = |error| {
        let message = format!("the events cannot be written to {}: {error}", place.told());
        Fault::error(message, "name a file in a folder that exists, or - for standard output")
    };
    // Opening a pipe waits for its reader.
    let opened = if place.is_pipe() { None } else { Some(Target::at(place).map_err(unusable)?) };
    let is_open = Arc::new(AtomicBool::new(opened.is_some()));
    let (lines, inbox) = mpsc::channel::<String>();
    let (tell, written) = oneshot::channel();
    // It may wait for a reader for ever, and must not hold whoever does the work.
    std::thread::spawn({
        let (place, is_open) = (place.clone(), Arc::clone(&is_open));
        move || {
            let done = opened.map_or_else(|| Target::at(&place), Ok).and_then(|mut target| {
                is_open.store(true, Ordering::Relaxed);
                inbox.iter().try_for_each(|lines| target.write(&lines))
            });
            let _ = tell.send(done);
        }
    });
    let stream = Arc::new(Stream {
        place: place.clone(),
        clock: app.env.moments(),
        events: Mutex::default(),
        lines: Mutex::new(Some(lines)),
        written: Mutex::new(Some(written)),
        is_open,
    });
    stream.tell(|_, at| Events::version(env!("CARGO_PKG_VERSION"), at));
    app.out.is_overheard_by(stream);
    Ok(())
}

impl Stream {
    fn tell(&self, lines: impl FnOnce(&mut Events, Timestamp) -> String) {
        // One lock around both, so that lines stand in the order of their times.
        let sender = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = sender.as_ref() else { return };
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody takes them any more: that is told at the end.
        let _ = sender.send(lines(&mut events, (self.clock)()));
    }

    /// An error, with what to do about it.
    pub(super) fn error(&self, summary: &str, hint: &str) {
        self.tell(|_, at| Events::error(summary, hint, at));
    }

    pub(super) fn warning(&self, text: &str) {
        self.tell(|_, at| Events::warning(text, at));
    }

    pub(super) fn manifest(&self, found: &[Diagnostic], sources: &[Source]) {
        self.tell(|_, at| Events::manifest(found, sources, at));
    }

    pub(super) fn plan(&self, plan: &Plan, refusals: &[Refusal]) {
        self.tell(|events, at| events.plan(plan, refusals, at));
    }

    pub(super) fn outcome(&self, outcome: &Outcome, destroy: bool) {
        self.tell(|events, at| events.outcome(outcome, destroy, at));
    }

    /// There was nothing to do, and that is done.
    pub(super) fn nothing_to_do(&self, destroy: bool) {
        self.tell(|_, at| Events::complete(Tally::default(), destroy, at));
    }

    /// Tells of each look as well as `listener`.
    pub(super) fn looks(
        stream: &Arc<Self>,
        ids: BTreeMap<Name, InstanceId>,
        listener: observe::Listener,
    ) -> observe::Listener {
        let stream = Arc::clone(stream);
        Arc::new(move |name, sighting| {
            if let Some(id) = ids.get(name) {
                stream.tell(|_, at| match sighting {
                    None => Events::looking(name, id, at),
                    Some(_) => Events::looked(name, id, at),
                });
            }
            listener(name, sighting);
        })
    }

    /// Tells of each change as well as `listener`.
    pub(super) fn changes(stream: &Arc<Self>, listener: Listener) -> Listener {
        let stream = Arc::clone(stream);
        Arc::new(move |event| {
            stream.tell(|events, at| events.heard(&event, at));
            listener(event);
        })
    }

    /// Does some work, and tells again and again who is still under way.
    pub(super) async fn during<T>(&self, every: Duration, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(every) => self.tell(|events, at| events.still(at)),
            }
        }
    }

    /// Ends the stream: nothing more is told, and what was told is waited for. After a signal, not for long.
    ///
    /// # Errors
    /// When not all of it was written; says so.
    pub(super) async fn end(&self, interrupted: bool) -> Result<(), String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(written) = written else { return Ok(()) };
        let done = tokio::select! {
            biased;
            done = written => done.unwrap_or_else(|_| Err(io::Error::other("the program failed while it wrote"))),
            () = patience(interrupted, self.is_open.load(Ordering::Relaxed)) => Err(io::Error::other("nobody reads it")),
        };
        done.map_err(|error| format!("the events could not all be written to {}: {error}", self.place.told()))
    }
}

/// How long a reader is waited for: as long as it likes once it is there, until a signal says otherwise.
pub(super) async fn patience(interrupted: bool, is_there: bool) {
    let longest = if interrupted { AFTER_SIGNAL } else { UNREAD };
    if !interrupted
        && is_there
        && let Ok(stop) = signals::listen()
    {
        stop.asked().await;
        return;
    }
    tokio::time::sleep(longest).await;
}

/// What is written into.
enum Target {
    Stdout,
    File(File),
}

impl Target {
    fn at(place: &Place) -> io::Result<Self> {
        match place {
            Place::Stdout => Ok(Self::Stdout),
            Place::File(path) => Self::opened(path).map(Self::File),
        }
    }

    fn opened(path: &Path) -> io::Result<File> {
        if is_special(path) {
            return OpenOptions::new().append(true).open(path);
        }
        File::create(path)
    }

    /// Each line in one piece, as far as the system lets it.
    fn write(&mut self, lines: &str) -> io::Result<()> {
        let mut lines = lines.split_inclusive('\n');
        match self {
            // A reader that has seen enough is no error there.
            Self::Stdout => match lines.try_for_each(write_stdout) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                done => done,
            },
            Self::File(file) => lines.try_for_each(|line| file.write_all(line.as_bytes())),
        }
    }
}

/// Begins the stream of a command that has other outputs, each with the flag that names it.
///
/// # Errors
/// When one of them has the same place, or that cannot be opened.
pub(super) fn alone<'a>(
    app: &App,
    place: Option<&'a Place>,
    others: impl Iterator<Item = (&'a str, &'a Place)>,
) -> anyhow::Result<()> {
    let Some(own) = place else { return Ok(()) };
    for other in others {
        apart(&[other, ("--events", own)])?;
    }
    if *own == Place::Stdout {
        app.out.keep_stdout();
    }
    begin(app, place)
}

/// The places of outputs, each with the flag that names it: no two may be one.
///
/// # Errors
/// When two are.
pub(super) fn apart(places: &[(&str, &Place)]) -> anyhow::Result<()> {
    for (at, (flag, place)) in places.iter().enumerate() {
        let Some((other, _)) = places.iter().take(at).find(|(_, earlier)| earlier == place) else { continue };
        let message = match place {
            Place::Stdout => "standard output cannot hold two outputs".to_owned(),
            Place::File(path) => format!("{} cannot hold two outputs", shown(path)),
        };
        let hint = format!("give {other} and {flag} places of their own");
        return Err(Fault::error(message, hint).with(Exit::Usage).into());
    }
    Ok(())
}
