//! `init`: a commented manifest, its schema for editors, and the state folder's .gitignore. It never overwrites.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::Args;

use super::App;
use super::exit::Exit;
use super::schema;
use crate::instance::Name;

/// Write a commented manifest, its schema for editors and state/.gitignore into this folder.
///
/// Nothing is overwritten. The schema is what `schema` prints; the first line of the manifest names it to editors.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform init --fleet acme-production")]
pub(super) struct InitArgs {
    /// The fleet's name [default: this folder's name].
    #[arg(long)]
    fleet: Option<Name>,
}

/// What keeps locks, backups and the sandbox out of git, but not what is recorded: the same as in this repository.
const GITIGNORE: &str = include_str!("../../state/.gitignore");

/// Runs the command.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn run(app: &App, args: &InitArgs) -> anyhow::Result<Exit> {
    let fleet = match &args.fleet {
        Some(fleet) => fleet.clone(),
        None => app
            .env
            .folder_name()
            .and_then(|name| Name::suggest(&name))
            .map_or_else(|| Name::new("my-fleet"), Ok)?,
    };
    let text = format!("{MODELINE}{}\n{}", schema::FILE, MANIFEST.replace("FLEET", fleet.as_str()));
    let written = [
        ("wawpform.yaml", write_once(Path::new("wawpform.yaml"), &text)?),
        (schema::FILE, write_once(Path::new(schema::FILE), &schema::text(app)?)?),
        ("state/.gitignore", {
            std::fs::create_dir_all("state").context("cannot make the folder state")?;
            write_once(Path::new("state/.gitignore"), GITIGNORE)?
        }),
    ];
    for (path, is_written) in written {
        let what = if is_written { "wrote" } else { "kept" };
        app.out.data(&format!("{what} {path}\n"));
    }
    if let [(manifest, false), (schema, true), _] = written {
        app.out.talk(&format!("\nFor help in an editor, begin {manifest} with\n  {MODELINE}{schema}"));
    }
    app.out.talk("\nNext: describe your instances in wawpform.yaml, then\n  wawpform plan --sandbox    to see what would happen\n  wawpform apply --sandbox   to try it without an account");
    Ok(Exit::Done)
}

/// Writes a file that is not there yet. False when it is.
fn write_once(path: &Path, text: &str) -> anyhow::Result<bool> {
    let failed = || format!("cannot write {}", path.display());
    match std::fs::File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).with_context(failed),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(failed),
    }
}

/// What names the schema to an editor, up to its name.
const MODELINE: &str = "# yaml-language-server: $schema=";

const MANIFEST: &str = r#"# One fleet of Wawp instances. `wawpform plan` shows what `wawpform apply` would do.

# Names the state. Lower-case letters, digits and `-`.
fleet: FLEET

account:
  # The NAME of the environment variable that holds the access token; the token itself never stands here.
  token_env: WAWP_ACCESS_TOKEN
  # How many instances your Wawp plan allows: lets `plan` refuse before the API does.
  # max_instances: 10
  # How many calls may be in flight at most; `--concurrency auto` finds out how many are good.
  # max_concurrency: 8

guards:
  # A plan that deletes more than this is refused: a pairing that is deleted needs the phone again. A percentage counts
  # from 10 recorded instances on; below that write a count, such as 1.
  max_deletes: 30%

# Merged under every instance.
defaults:
  # Started after it is created, so that a phone can pair; false leaves it stopped.
  running: true

instances:
  # The name is yours: unique, and the key to everything. Rename with `previously: OTHER-NAME`.
  first-instance:
    # Your own ids; `wawpform output` gives them back beside the instance_id.
    labels: {team: sales}
    # Never deleted while this stands, nor in the change that removes it.
    # protect: true

# Names to stop managing while the live session is kept.
# released: [some-name]
"#;
