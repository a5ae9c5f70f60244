//! `validate`: everything that is wrong with a manifest, in one run.

use clap::{Args, ValueEnum};

use super::App;
use super::exit::Exit;
use super::{github, sources};
use crate::manifest::Severity;
use crate::render::{self, diagnostics, plural};

/// Check the manifest and tell everything that is wrong with it.
///
/// Calls nothing, needs neither state nor token.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform validate -f tenants/ --format github")]
pub(super) struct ValidateArgs {
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people: the source line, a caret, a hint.
    Human,
    /// For programs: a list of objects.
    Json,
    /// For GitHub: workflow commands that annotate the pull request.
    Github,
}

/// Runs the command.
///
/// # Errors
/// When the manifest cannot be read at all.
pub(super) fn run(app: &App, args: &ValidateArgs) -> anyhow::Result<Exit> {
    let sources = sources::read(app)?;
    let (found, desired) = match sources::load(app, &sources)? {
        Ok(loaded) => (loaded.warnings, Some(loaded.desired)),
        Err(wrong) => (wrong, None),
    };
    match args.format {
        Format::Json => app.out.data(&diagnostics::json(&found)),
        Format::Github => {
            let found = render::github::of_manifest(&found, &|file| github::locate(app, file));
            app.out.data(&found.iter().map(|one| format!("{one}\n")).collect::<String>());
        }
        Format::Human => {
            let paint = app.out.talk_paint();
            app.out.urgent(&diagnostics::human(&found, &sources, paint.colour, app.out.talk_columns()));
            let count = |wanted| found.iter().filter(|d| d.severity == wanted).count();
            match &desired {
                Some(desired) => app.out.data(&format!(
                    "The manifest is valid: fleet {}, {}.\n",
                    desired.fleet,
                    plural(desired.instances.len(), "instance")
                )),
                None => {
                    app.out.talk(&format!("\nThe manifest has {}.", plural(count(Severity::Error), "error")))
                }
            }
        }
    }
    Ok(if desired.is_some() { Exit::Done } else { Exit::Error })
}
