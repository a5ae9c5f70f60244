//! `drift`: where what is live differs from what is recorded. Nothing here can act or write.

use clap::{Args, ValueEnum};

use super::App;
use super::completions::{Whose, names};
use super::exit::Exit;
use super::looking::Looking;
use super::{fleet, github, recorded, refresh, signals};
use crate::instance::Name;
use crate::plan::{Drift, Refreshed};
use crate::render::{self, plural};

/// Show where live instances differ from the state. Exits with 6 when one does, with 4 when one could not be seen.
///
/// Reads only: it takes no lock and can change nothing. What the manifest lists under `accepted_drift` is told and does
/// not count.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform drift --format markdown > drift.md")]
pub(super) struct DriftArgs {
    /// Only these; without any, the whole fleet.
    #[arg(add = names(Whose::Recorded))]
    name: Vec<Name>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    looking: Looking,
    #[command(flatten)]
    pub(super) github: github::Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people.
    Human,
    /// An array with one object a difference.
    Json,
    /// A table for a page.
    Markdown,
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, a name is not recorded, or the API does not accept the token.
pub(super) async fn run(app: &App, args: &DriftArgs) -> anyhow::Result<Exit> {
    let DriftArgs { name: only, format, looking, github: _ } = args;
    let stop = signals::listen()?;
    let (desired, document) = recorded::beside_the_manifest(app).await?;
    let known: Vec<&Name> = document.iter().flat_map(|document| document.instances.keys()).collect();
    if let Some(stranger) = only.iter().find(|name| !known.contains(name)) {
        return Err(fleet::no_such_name(stranger, &known));
    }
    let unsettled = document.iter().flat_map(|document| document.pending.keys());
    let unsettled: Vec<Name> = unsettled.filter(|name| !known.contains(name)).cloned().collect();
    let drift = match &document {
        Some(document) => {
            let Refreshed { drift, .. } =
                refresh::refreshed(app, (&desired, document), only, (looking, false), &stop).await?;
            drift
        }
        None => Vec::new(),
    };
    let looked = if only.is_empty() { known.len() } else { only.len() };
    match format {
        Format::Human if known.is_empty() => app.out.data("No drift: no instance is recorded.\n"),
        Format::Human if drift.is_empty() => {
            app.out.data(&format!("No drift: {} looked at.\n", plural(looked, "instance")));
        }
        Format::Human => app.out.sentences(&render::drift::drift(&drift, app.extent(), app.out.paint())),
        Format::Json => app.out.data(&render::drift::json(&drift)),
        Format::Markdown => app.out.data(&render::drift::markdown(desired.fleet.as_str(), &drift)),
    }
    github::drift(app, desired.fleet.as_str(), &drift);
    if *format == Format::Human && !drift.is_empty() {
        app.tell_same_flags();
    }
    if only.is_empty() && !unsettled.is_empty() {
        app.out.warning(&format!(
            "not looked at, since nobody knows their instance_id: {}; `wawpform plan` says how to settle them",
            render::whom(&unsettled)
        ));
    }
    if document.is_none() && !app.global.sandbox {
        app.out.talk("Nothing was recorded yet; what was made in the sandbox is seen with --sandbox.");
    }
    Ok(match () {
        () if drift.iter().any(Drift::counts) => Exit::Drift,
        // An unclear look proves neither.
        () if drift.iter().any(|it| it.accepted.is_none()) => Exit::Partial,
        () if only.is_empty() && !unsettled.is_empty() => Exit::Partial,
        () => Exit::Done,
    })
}
