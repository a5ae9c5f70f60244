//! `status`: what the API says of every recorded instance, and what to do next. Nothing here can act or write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::App;
use super::args::duration;
use super::completions::{Whose, formats, names};
use super::exit::{Exit, Fault};
use super::looking::{Looking, halted};
use super::phone::Lookout;
use super::progress::Progress;
use super::screen::Screen;
use super::writes::{self, Output};
use super::{fleet, phone, place, recorded, screen, signals};
use crate::apply::Stop;
use crate::instance::{InstanceId, Name};
use crate::manifest::Desired;
use crate::observe::{Halt, Observation, Row, Settings, Standing, observe, rows};
use crate::render::{Extent, Paint, html, plural, status};
use crate::state::Document;

/// Show what the API says of every instance, and what to do next.
///
/// Who needs a person comes first. Reads only: it takes no lock and can change nothing. Ends with 4 when something
/// could not be seen.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform status acme-sales --watch --interval 10s")]
pub(super) struct StatusArgs {
    /// Only these; without any, the whole fleet.
    #[arg(add = names(Whose::Known))]
    name: Vec<Name>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write it as well: FORMAT=PATH, in the formats of --format; - is standard output, which then holds nothing else.
    /// Repeatable. With --watch the file is replaced at every look.
    #[arg(long, value_name = "FORMAT=PATH", add = formats::<Format>(false))]
    write: Vec<Output<Format>>,
    /// Look again and again, until Ctrl-C, on a screen of its own; the last look is printed at the end. Into a pipe, only
    /// what changed is printed again.
    #[arg(long)]
    watch: bool,
    /// How long to wait between two looks: 5s, 1m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s", requires = "watch")]
    interval: Duration,
    #[command(flatten)]
    looking: Looking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people.
    Human,
    /// An array with one object an instance.
    Json,
    /// A page of its own, for a browser.
    Html,
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, a name is not known, or the API does not accept the token.
pub(super) async fn run(app: &App, args: &StatusArgs) -> anyhow::Result<Exit> {
    writes::checked("the status", &args.write)?;
    if args.watch && (args.format == Format::Html || writes::take_stdout(&args.write)) {
        let message =
            "with --watch, standard output shows the table again and again, or arrays with --format json";
        let hint =
            "name a file for any other form, such as --write html=status.html; it is replaced at every look";
        return Err(Fault::error(message, hint).with(Exit::Usage).into());
    }
    let stop = signals::listen()?;
    let (desired, mut document) = recorded::beside_the_manifest(app).await?;
    named(&args.name, &desired, document.as_ref())?;
    let mut line = None;
    let mut shown = String::new();
    let mut unwritten = Vec::new();
    let mut screen = Screen::of(app).filter(|_| args.watch);
    let mut seen = None;
    loop {
        let looked = look(app, args, (&desired, document.as_ref()), &mut line, &stop).await?;
        let Some(rows) = looked else { break };
        let form = |format, paint, room| formed(app, (&desired.fleet, &rows), format, paint, room);
        if writes::take_stdout(&args.write) {
            remark(app, &rows);
        } else if screen.is_none() {
            show(app, args, &rows, &mut shown, form);
        }
        let failed = writes::write(app, "the status", &args.write, |kind, paint| {
            form(kind, paint, (None, Extent::Full))
        });
        // A terminal shows always the latest; elsewhere one complaint will do.
        if failed != unwritten || app.out.has_screen() {
            failed.iter().for_each(|why| app.out.error(why));
        }
        unwritten = failed;
        if !args.watch {
            hang_up(line).await;
            return Ok(match () {
                () if !unwritten.is_empty() => Exit::Error,
                () if rows.iter().all(is_certain) => Exit::Done,
                () => Exit::Partial,
            });
        }
        let rows = seen.insert(rows);
        let paused = async {
            match &mut screen {
                Some(screen) => watched(app, args, (&desired.fleet, rows), screen).await,
                None => tokio::time::sleep(args.interval).await,
            }
        };
        tokio::select! {
            biased;
            () = stop.asked() => break,
            () = paused => {}
        }
        document = recorded::of(app, &desired).await?;
    }
    hang_up(line).await;
    if let (Some(screen), Some(rows)) = (screen, &seen) {
        screen.close();
        let form = |format, paint, room| formed(app, (&desired.fleet, rows), format, paint, room);
        show(app, args, rows, &mut shown, form);
    }
    // Ctrl-C is how a watch is meant to end.
    match args.watch {
        true if unwritten.is_empty() => Ok(Exit::Done),
        true => Ok(Exit::Error),
        false => Err(fleet::interrupted()),
    }
}

/// What was seen, on the screen until it is time to look again.
async fn watched(app: &App, args: &StatusArgs, fleet: (&Name, &[Row]), screen: &mut Screen<'_>) {
    let (at, until) = (app.env.now(), tokio::time::Instant::now() + args.interval);
    let mut left = args.interval;
    while !left.is_zero() {
        screen.draw(|size| {
            let room = (size.map(|(columns, _)| columns), app.extent());
            let mut text = formed(app, fleet, args.format, app.out.paint(), room);
            for (is_urgent, said) in remarks(fleet.1) {
                let word = if is_urgent { app.out.paint().notable("Warning: ") } else { String::new() };
                text += &format!("\n{word}{said}\n");
            }
            if let Some(flags) = flags_needed(app, args, fleet.1) {
                text += &format!("\n{flags}\n");
            }
            let (time, seconds) = (at.strftime("%H:%M:%S"), left.as_secs_f64().ceil());
            let foot = format!("looked at {time} UTC, again in {seconds} s, Ctrl-C ends");
            status::fitted(&text, &foot, size)
        });
        tokio::time::sleep(left.min(screen::PATIENCE)).await;
        left = until.saturating_duration_since(tokio::time::Instant::now());
    }
}

async fn hang_up(line: Option<Lookout>) {
    if let Some(phone) = line {
        phone.hang_up().await;
    }
}

/// The instances that are asked about.
///
/// # Errors
/// When one of the names is neither recorded nor in the manifest.
fn named(only: &[Name], desired: &Desired, document: Option<&Document>) -> anyhow::Result<BTreeSet<Name>> {
    let recorded = document.into_iter().flat_map(|d| d.instances.keys().chain(d.pending.keys()));
    let known: BTreeSet<&Name> = desired.instances.keys().chain(recorded).collect();
    if let Some(stranger) = only.iter().find(|name| !known.contains(name)) {
        return Err(fleet::no_such_name(stranger, &known.into_iter().collect::<Vec<_>>()));
    }
    let wanted = |name: &&Name| only.is_empty() || only.contains(name);
    Ok(known.into_iter().filter(wanted).cloned().collect())
}

/// One look at everybody; `None` when a signal came. The line is opened for the first instance there is to look at.
async fn look(
    app: &App,
    args: &StatusArgs,
    (desired, document): (&Desired, Option<&Document>),
    line: &mut Option<Lookout>,
    stop: &Stop,
) -> anyhow::Result<Option<Vec<Row>>> {
    let recorded = document.into_iter().flat_map(|document| &document.instances);
    let is_asked_for = |name: &Name| args.name.is_empty() || args.name.contains(name);
    let whom: Vec<(Name, InstanceId)> = recorded
        .filter(|(name, _)| is_asked_for(name))
        .map(|(name, recorded)| (name.clone(), recorded.instance_id.clone()))
        .collect();
    let mut observation = Observation::default();
    if let (Some(document), false) = (document, whom.is_empty()) {
        let progress = Arc::new(Progress::of_looks(app, if args.watch { 0 } else { whom.len() }));
        let phone = match line {
            Some(phone) => phone,
            None => {
                let api = place::api(app)?;
                let token = phone::token(app, &api, &desired.token_env)?;
                phone::account(document, &token, false)?;
                line.insert(phone::look_out(app, api, token, Progress::calls(&progress), stop).await?)
            }
        };
        let listener = Progress::looks(&progress);
        let concurrency = args.looking.concurrency(desired);
        let settings = Settings { concurrency, listener, stop: stop.token() };
        observation = observe(&phone.viewer, whom, settings).await;
        progress.end();
    }
    match &observation.halt {
        None => {}
        Some(Halt::Interrupted) => return Ok(None),
        Some(halt) => return Err(halted(halt)),
    }
    let specs: BTreeMap<_, _> = desired.instances.iter().map(|(name, wanted)| (name, &wanted.spec)).collect();
    // A name may have gone from the state since the first look.
    let recorded = document.into_iter().flat_map(|d| d.instances.keys().chain(d.pending.keys()));
    let names = desired.instances.keys().chain(recorded).filter(|name| is_asked_for(name)).cloned().collect();
    Ok(Some(rows(&names, document, &specs, &observation)))
}

/// Whether what was seen can be relied on.
fn is_certain(row: &Row) -> bool {
    !matches!(row.standing, Standing::Unclear { .. } | Standing::Gone { suspicious: true })
}

/// What was seen, in a form.
fn formed(
    app: &App,
    (fleet, rows): (&Name, &[Row]),
    format: Format,
    paint: Paint,
    (columns, extent): (Option<usize>, Extent),
) -> String {
    let flags = app.global.naming_flags();
    match format {
        Format::Human if rows.is_empty() => String::new(),
        Format::Human => status::table(rows, columns, extent, paint),
        Format::Json => status::json(rows, &flags),
        Format::Html => html::status(fleet, rows, &flags, app.env.now()),
    }
}

/// Prints what was seen, if it is news.
fn show(
    app: &App,
    args: &StatusArgs,
    rows: &[Row],
    shown: &mut String,
    form: impl Fn(Format, Paint, (Option<usize>, Extent)) -> String,
) {
    let text = form(args.format, app.out.paint(), (app.out.columns(), app.extent()));
    if args.watch && *shown == text {
        return;
    } else if args.format == Format::Human && !shown.is_empty() {
        app.out.data("\n");
    }
    app.out.data(&text);
    remark(app, rows);
    if let Some(flags) = flags_needed(app, args, rows) {
        app.out.talk("");
        app.out.talk(&flags);
    }
    *shown = text;
}

/// What the commands that are shown need besides.
fn flags_needed(app: &App, args: &StatusArgs, rows: &[Row]) -> Option<String> {
    let has_commands = rows.iter().any(|row| row.standing != Standing::Fine);
    app.same_flags().filter(|_| args.format == Format::Human && has_commands)
}

/// What is to be known beside what is shown.
fn remark(app: &App, rows: &[Row]) {
    for (is_urgent, said) in remarks(rows) {
        if is_urgent { app.out.warning(&said) } else { app.out.talk(&said) }
    }
}

/// The same, and whether it is a warning.
fn remarks(rows: &[Row]) -> Vec<(bool, String)> {
    let mut remarks = Vec::new();
    if rows.is_empty() {
        remarks.push((false, "There is no instance, neither recorded nor in the manifest.".to_owned()));
    }
    let gone = rows.iter().filter(|row| row.standing == Standing::Gone { suspicious: true }).count();
    if gone > 0 {
        let gone = plural(gone, "instance");
        remarks.push((
            true,
            format!(
                "{gone} are gone at once and not one was seen: the token or the address may be of another account"
            ),
        ));
    }
    remarks
}
