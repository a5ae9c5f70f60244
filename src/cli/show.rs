//! `show`: what is recorded, or a saved plan, for people or for programs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::App;
use super::exit::Exit;
use super::{plan, recorded, saved};
use crate::render;

/// Show the state, or a saved plan.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform show --format json | jq '.instances'")]
pub(super) struct ShowArgs {
    /// A plan that `plan --out` wrote; without it the state is shown.
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// The document or the plan as it is stored, escaped so that it may also be shown.
    Json,
}

/// Runs the command.
///
/// # Errors
/// When there is no state or no such plan, or it cannot be read.
pub(super) async fn run(app: &App, args: &ShowArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.plan {
        let saved = saved::read(path)?;
        match args.format {
            Format::Human => {
                plan::show(app, &saved.plan);
                plan::tell_fingerprint(app, &saved.plan);
            }
            Format::Json => app.out.data(&render::inert(&String::from_utf8_lossy(&saved.encode()))),
        }
        return Ok(Exit::Done);
    }
    let document = recorded::alone(app).await?;
    match args.format {
        Format::Human => app.out.data(&render::document(&document, app.out.paint())),
        Format::Json => app.out.data(&render::inert(&String::from_utf8_lossy(&document.encode()))),
    }
    Ok(Exit::Done)
}
