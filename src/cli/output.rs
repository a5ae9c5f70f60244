//! `output`: name → instance_id and what belongs to it, for the user's own database.

use clap::{Args, ValueEnum};

use super::App;
use super::exit::Exit;
use super::recorded;
use crate::render::output;

/// Print name, instance_id and labels of every instance, for your own database.
///
/// With them come session_name, which webhook events carry, and server_name, which the vendor's support asks for.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform output --format csv > instances.csv")]
pub(super) struct OutputArgs {
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
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
/// When there is no state, or it cannot be read.
pub(super) async fn run(app: &App, args: &OutputArgs) -> anyhow::Result<Exit> {
    let document = recorded::alone(app).await?;
    app.out.data(&match args.format {
        Format::Json => output::json(&document),
        Format::Yaml => output::yaml(&document)?,
        Format::Env => output::env(&document),
        Format::Csv => output::csv(&document)?,
    });
    Ok(Exit::Done)
}
