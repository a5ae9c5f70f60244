//! `output`: name → instance_id and what belongs to it, for the user's own database.

use clap::{Args, ValueEnum};

use super::App;
use super::exit::Exit;
use super::looking::Looking;
use super::{phone, place, recorded, signals};
use crate::instance::visible;
use crate::observe::{Observation, Sighting, suspicious};
use crate::render::output::Output;
use crate::render::plural;
use crate::state::Document;

/// Print name, instance_id and labels of every instance, for your own database.
///
/// With them come session_name, which webhook events carry, and server_name, which the vendor's support asks for.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wawpform output --format csv > instances.csv\n  wawpform output --refresh --format json"
)]
pub(super) struct OutputArgs {
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Ask the API for each, and add `status` and `paired`. `gone` is what the API does not know any more; `unknown`
    /// is what it said nothing clear of, and then the exit code is 4.
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    looking: Looking,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// An object by name.
    Json,
    /// The same as YAML.
    Yaml,
    /// Shell variables, safe to source.
    Env,
    /// A table with a header line.
    Csv,
}

/// Runs the command.
///
/// # Errors
/// When there is no state, or it cannot be read; with `--refresh`, when the API cannot be asked at all.
pub(super) async fn run(app: &App, args: &OutputArgs) -> anyhow::Result<Exit> {
    let OutputArgs { format, refresh, looking } = args;
    let (document, observation) = if *refresh {
        let (document, observation) = looked_at(app, looking).await?;
        (document, Some(observation))
    } else {
        (recorded::alone(app).await?, None)
    };
    let output = Output::new(&document, observation.as_ref());
    app.out.data(&match format {
        Format::Json => output.json(),
        Format::Yaml => output.yaml()?,
        Format::Env => output.env(),
        Format::Csv => output.csv()?,
    });
    Ok(observation.map_or(Exit::Done, |observation| told(app, &document, &observation)))
}

async fn looked_at(app: &App, looking: &Looking) -> anyhow::Result<(Document, Observation)> {
    let stop = signals::listen()?;
    let (desired, document) = recorded::beside_the_manifest(app).await?;
    let document = match document {
        Some(document) => document,
        // In the words of everybody who looks for a state.
        None => recorded::alone(app).await?,
    };
    if document.instances.is_empty() {
        return Ok((document, Observation::default()));
    }
    let api = place::api(app)?;
    let token = phone::token(app, &api, &desired.token_env)?;
    phone::account(&document, &token, false)?;
    let whom = document.instances.iter().map(|(name, it)| (name.clone(), it.instance_id.clone())).collect();
    let mut observation = looking.at((app, &desired), whom, (api, token), &stop).await?;
    if suspicious(&observation) {
        app.out.warning(
            "not one instance was found: the token or the address of the API may be another account's",
        );
        // Not to be written into anybody's database as a fact.
        for sighting in observation.sightings.values_mut().filter(|sighting| **sighting == Sighting::Gone) {
            *sighting = Sighting::Unclear { why: "the API does not know it, nor any other".into() };
        }
    }
    Ok((document, observation))
}

/// Says what could not be seen, and how the command ends by it.
fn told(app: &App, document: &Document, observation: &Observation) -> Exit {
    let mut unclear = 0;
    for name in document.instances.keys() {
        match observation.sightings.get(name) {
            Some(Sighting::Seen(_)) => {}
            Some(Sighting::Gone) => app.out.warning(&format!("{name}: the API does not know it any more")),
            Some(Sighting::Unclear { why }) => {
                unclear += 1;
                app.out.warning(&format!("{name}: its status is not known: {}", visible(why)));
            }
            None => unclear += 1,
        }
    }
    if unclear == 0 {
        return Exit::Done;
    }
    app.out.talk(&format!("{} could not be looked at.", plural(unclear, "instance")));
    Exit::Partial
}
