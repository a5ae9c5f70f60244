//! `import`: binds instances that exist to names, one by hand or many from a table, and settles creates of
//! unknown outcome.

mod many;
mod one;
mod table;

use std::path::PathBuf;

use clap::Args;

use super::App;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::looking::Looking;
use crate::apply::{Claimed, ImportError};
use crate::instance::{InstanceId, Name, visible};

/// Bind existing instances to names: one of the manifest, or all of a table.
///
/// The API must confirm that each instance exists; nothing there is changed. Also settles a create of unknown
/// outcome.
///
/// A table (--from) is a CSV file with a header line. The columns `name` and `instance_id` must be there;
/// `expect_number` is the phone that should be paired, and every further column is a label, except where its cell
/// is empty. A table that `output --format csv` wrote is read as well. All rows are imported, or none. What the
/// manifest does not have yet is recorded with `protect: true`, and its blocks for the manifest are printed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wawpform import acme-sales 3EB0BCB2E3D4\n  wawpform import --from instances.csv > blocks.yaml",
    override_usage = "wawpform import [OPTIONS] NAME INSTANCE_ID\n       wawpform import [OPTIONS] --from FILE.csv"
)]
pub(super) struct ImportArgs {
    /// The name it has in the manifest.
    #[arg(required_unless_present = "from", add = names(Whose::NotRecorded))]
    name: Option<Name>,
    /// The instance_id that the dashboard shows.
    #[arg(required_unless_present = "from")]
    instance_id: Option<InstanceId>,
    /// A table of names and instance_ids.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "instance_id"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    looking: Looking,
}

/// Runs the command.
///
/// # Errors
/// When the table or the manifest cannot be used, a name or an id is taken, or info does not confirm an id.
pub(super) async fn run(app: &App, args: &ImportArgs) -> anyhow::Result<Exit> {
    let ImportArgs { name, instance_id, from, looking } = args;
    match (from, name, instance_id) {
        (Some(path), ..) => many::run(app, path, looking).await,
        (None, Some(name), Some(id)) => one::run(app, name, id).await,
        // The command line's shape does not allow it.
        _ => Ok(Exit::Usage),
    }
}

/// Why nothing was imported, with what to do next.
fn explained(error: ImportError, flags: &str) -> anyhow::Error {
    let hint = match &error {
        ImportError::Claimed(claimed) => way_out(claimed, flags),
        ImportError::NotConfirmed { .. } => {
            "check the instance_id in the Wawp dashboard, and the token".into()
        }
        ImportError::Ledger(_) => {
            "nothing is lost: the session is untouched; mend the state's place and try again".into()
        }
    };
    Fault::error(visible(&format!("{:#}", anyhow::Error::from(error))), hint).into()
}

/// What to do about a name or an instance that is taken.
fn way_out(claimed: &Claimed, flags: &str) -> String {
    match claimed {
        Claimed::NameTaken { name, .. } => {
            format!("`wawpform forget {name}{flags}` drops it from the state and keeps the session")
        }
        Claimed::IdTaken { holder, .. } => {
            format!("one instance has one name; to rename it, write `previously: {holder}` in the new block")
        }
        Claimed::AdoptsOther { name, .. } => {
            format!("apply the manifest to bind that one, or remove the `adopt` line of {name}")
        }
        Claimed::AdoptedByOther { by, .. } => {
            format!("one instance has one name: apply the manifest, or remove the `adopt` line of {by}")
        }
        Claimed::Renamed { name, from } => {
            format!("apply the manifest to rename {from}, or remove the `previously` line of {name}")
        }
        Claimed::RenamedAway { name, to } => {
            format!("import it as {to}, or remove the `previously` line of {to} and give {name} a block")
        }
        Claimed::Released { name } => {
            format!("the next apply would let it go: remove {name} from `released` first")
        }
    }
}
