//! `schema`: the JSON Schema of the manifest, for editors.

use anyhow::Context;
use clap::Args;

use super::App;
use super::exit::Exit;
use super::sources;
use crate::manifest::schema::json_schema;

/// The file that `init` writes the schema into, beside the manifest.
pub(super) const FILE: &str = "wawpform.schema.json";

/// Print the JSON Schema of the manifest, for editors.
///
/// `init` writes it into wawpform.schema.json, and the line into the manifest that names it to an editor:
/// `# yaml-language-server: $schema=wawpform.schema.json`. Write it again after an upgrade. It is draft 2020-12, holds for
/// every file of a manifest, and knows the variables that --allow-env and WAWPFORM_ALLOW_ENV allow. What no schema can
/// know, such as a name that is there twice, `validate` tells.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform schema > wawpform.schema.json")]
pub(super) struct SchemaArgs {}

/// Runs the command.
///
/// # Errors
/// When the variables that a manifest may name are not told in the right way.
pub(super) fn run(app: &App, SchemaArgs {}: &SchemaArgs) -> anyhow::Result<Exit> {
    app.out.data(&text(app)?);
    Ok(Exit::Done)
}

/// The schema.
///
/// # Errors
/// When the variables that a manifest may name are not told in the right way.
pub(super) fn text(app: &App) -> anyhow::Result<String> {
    json_schema(&sources::variables(app)?).context("the schema cannot be written")
}
