//! `show`: what is recorded, for people or for programs.

use clap::{Args, ValueEnum};

use super::App;
use super::exit::Exit;
use super::recorded;
use crate::render;

/// Show the state.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform show --format json | jq '.instances'")]
pub(super) struct ShowArgs {
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// The document as it is stored, escaped so that it may also be shown.
    Json,
}

/// Runs the command.
///
/// # Errors
/// When there is no state, or it cannot be read.
pub(super) async fn run(app: &App, args: &ShowArgs) -> anyhow::Result<Exit> {
    let document = recorded::alone(app).await?;
    match args.format {
        Format::Human => app.out.data(&render::document(&document, app.out.paint())),
        Format::Json => app.out.data(&render::inert(&String::from_utf8_lossy(&document.encode()))),
    }
    Ok(Exit::Done)
}
