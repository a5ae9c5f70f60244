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
use super::writes::{self, Output};
use super::{fleet, phone, place, recorded, signals};
use crate::apply::Stop;
use crate::instance::{InstanceId, Name};
use crate::manifest::Desired;
use crate::observe::{Halt, Observation, Row, Settings, Standing, observe, rows};
use crate::render::{Paint, html, plural, status};
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
    /// Look again and again, until Ctrl-C. Into a pipe, only what changed is printed again.
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
    loop {
        let looked = look(app, args, (&desired, document.as_ref()), &mut line, &stop).await?;
        let Some(rows) = looked else { break };
        let formed = |format, paint, columns| formed(app, (&desired.fleet, &rows), format, paint, columns);
        if writes::take_stdout(&args.write) {
            remark(app, &rows);
        } else {
            show(app, args, &rows, &mut shown, formed);
        }
        let failed = writes::write(app, "the status", &args.write, |form, paint| formed(form, paint, None));
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
        tokio::select! {
            biased;
            () = stop.asked() => break,
            () = tokio::time::sleep(args.interval) => {}
        }
        document = recorded::of(app, &desired).await?;
    }
    hang_up(line).await;
    // Ctrl-C is how a watch is meant to end.
    match args.watch {
        true if unwritten.is_empty() => Ok(Exit::Done),
        true => Ok(Exit::Error),
        false => Err(fleet::interrupted()),
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
    columns: Option<usize>,
) -> String {
    let flags = app.global.naming_flags();
    match format {
        Format::Human if rows.is_empty() => String::new(),
        Format::Human => status::table(rows, columns, paint),
        Format::Json => status::json(rows, &flags),
        Format::Html => html::status(fleet, rows, &flags, app.env.now()),
    }
}

/// Prints what was seen, if it is news; a terminal shows always the latest.
fn show(
    app: &App,
    args: &StatusArgs,
    rows: &[Row],
    shown: &mut String,
    formed: impl Fn(Format, Paint, Option<usize>) -> String,
) {
    let flags = app.global.naming_flags();
    let text = formed(args.format, app.out.paint(), app.out.columns());
    let redraws = args.watch && app.out.has_screen();
    if redraws {
        app.out.clear();
    } else if args.watch && *shown == text {
        return;
    } else if args.format == Format::Human && !shown.is_empty() {
        app.out.data("\n");
    }
    app.out.data(&text);
    remark(app, rows);
    if args.format == Format::Human
        && !flags.is_empty()
        && rows.iter().any(|row| row.standing != Standing::Fine)
    {
        app.out.talk(&format!("The commands above need the same flags:{flags}"));
    }
    *shown = text;
}

/// What is to be known beside what is shown.
fn remark(app: &App, rows: &[Row]) {
    if rows.is_empty() {
        app.out.talk("There is no instance, neither recorded nor in the manifest.");
    }
    let gone = rows.iter().filter(|row| row.standing == Standing::Gone { suspicious: true }).count();
    if gone > 0 {
        app.out.warning(&format!(
            "{} are gone at once and not one was seen: the token or the address may be of another account",
            plural(gone, "instance")
        ));
    }
}
