//! The command line's shape. The doc comments here are the help texts.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::{Args, Parser, Subcommand, ValueHint};

use super::completions::{Whose, names, places};
use super::out::When;
use crate::manifest::VariablePattern;
use crate::render::styles::{BAD, GOOD, NOTABLE};

/// Keeps a fleet of Wawp WhatsApp sessions equal to a YAML manifest.
///
/// The manifest says which sessions there should be, and the state which there are. `plan` shows the difference, `apply` makes
/// it; `--sandbox` tries either without an account.
#[derive(Debug, Parser)]
#[command(
    name = "wawpform",
    version,
    arg_required_else_help = true,
    subcommand_value_name = "COMMAND",
    styles = styles(),
    after_help = super::help::in_short(),
    after_long_help = super::help::in_full()
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The colours of help and of usage errors: those of everything else.
const fn styles() -> Styles {
    Styles::styled().error(BAD).invalid(NOTABLE).valid(GOOD)
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Manifest: a file, a directory of *.yaml files, or - for standard input. Repeatable.
    #[arg(short = 'f', long = "file", global = true, value_name = "PATH", default_value = "wawpform.yaml", add = places())]
    pub(super) file: Vec<PathBuf>,
    /// Where the state lives: a path, or a URL; see `state --help` [default: state/<fleet>.json] [env:
    /// WAWPFORM_STATE].
    #[arg(long, global = true, value_name = "PLACE", conflicts_with = "sandbox", value_hint = ValueHint::FilePath)]
    pub(super) state: Option<String>,
    /// Base URL of the Wawp API [default: https://api.wawp.net] [env: WAWP_API_URL].
    #[arg(long, global = true, value_name = "URL", conflicts_with = "sandbox")]
    pub(super) api_url: Option<String>,
    /// Read the token from a file instead of the environment.
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "sandbox")]
    pub(super) token_file: Option<PathBuf>,
    /// Let the manifest name this environment variable: NAME, or PREFIX*. Repeatable. It may always name WAWP_*.
    /// [env: WAWPFORM_ALLOW_ENV].
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',')]
    pub(super) allow_env: Vec<VariablePattern>,
    /// Run against the built-in sandbox; its world and states live under state/sandbox/. Needs no token.
    #[arg(long, global = true)]
    pub(super) sandbox: bool,
    /// Show every change of a plan and of an apply. Without it, of more than 100 the first and last of each kind are shown
    /// and the rest is counted.
    #[arg(long, global = true)]
    pub(super) full: bool,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(super) color: When,
    /// Say more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Say only what matters.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// How long to wait for the state's lock: 30s, 5m. [default: 0s]
    #[arg(long, global = true, value_name = "TIME", value_parser = duration, default_value = "0s", hide_default_value = true)]
    pub(super) lock_timeout: Duration,
}

impl Global {
    /// The flags that another command on the same fleet needs, to be pasted behind its name. What the environment says, it
    /// says again.
    pub(super) fn naming_flags(&self) -> String {
        let files = self.file.iter().filter(|path| path.as_os_str() != "wawpform.yaml");
        let files = files.map(|path| ("-f", path.display().to_string()));
        let state = self.state.as_ref().map(|state| ("--state", super::place::shown(state)));
        let api = self.api_url.as_ref().map(|url| ("--api-url", url.clone()));
        let token = self.token_file.as_ref().map(|path| ("--token-file", path.display().to_string()));
        let allowed = self.allow_env.iter().map(|pattern| ("--allow-env", pattern.to_string()));
        let flags = files.chain(state).chain(api).chain(token).chain(allowed);
        let flags: String = flags.map(|(flag, value)| format!(" {flag} {}", pasted(&value))).collect();
        flags + if self.sandbox { " --sandbox" } else { "" }
    }
}

/// A text as a shell takes it for one word: a URL may hold `?` and `&`, a path blanks. (No argument holds a NUL, the only
/// character that could not be quoted.)
fn pasted(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(super::init::InitArgs),
    Validate(super::validate::ValidateArgs),
    Plan(super::plan::PlanArgs),
    Diff(super::diff::DiffArgs),
    Drift(super::drift::DriftArgs),
    Apply(super::apply::ApplyArgs),
    Destroy(super::destroy::DestroyArgs),
    Show(super::show::ShowArgs),
    Import(super::import::ImportArgs),
    Forget(super::forget::ForgetArgs),
    State(super::state::StateArgs),
    Status(super::status::StatusArgs),
    Wait(super::wait::WaitArgs),
    Link(super::link::LinkArgs),
    Qr(super::qr::QrArgs),
    Pair(super::pair::PairArgs),
    Output(super::output::OutputArgs),
    Schema(super::schema::SchemaArgs),
    Man(super::man::ManArgs),
    Completions(super::completions::CompletionsArgs),
    Sandbox(super::sandbox::SandboxArgs),
}

impl Command {
    /// Whether GitHub Actions is to be told.
    pub(super) const fn tells_github(&self) -> bool {
        match self {
            Self::Plan(args) => args.github.github,
            Self::Apply(args) => args.github.github,
            Self::Destroy(args) => args.github.github,
            Self::Drift(args) => args.github.github,
            Self::Diff(args) => args.github.github,
            _ => false,
        }
    }
}

/// What may be lifted, and what may be left out: the same for every command that plans.
#[derive(Debug, Clone, Args)]
pub(super) struct Planning {
    /// Plan only for this instance. Repeatable.
    #[arg(long, value_name = "NAME", add = names(Whose::Known))]
    pub(super) target: Vec<crate::instance::Name>,
    /// Let up to N deletes pass `guards.max_deletes`.
    #[arg(long, value_name = "N")]
    pub(super) allow_deletes: Option<usize>,
    /// Let a manifest without any instance delete everything recorded.
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// Look at every recorded instance first, tell what differs, and plan from what is live. Needs the token.
    #[arg(long)]
    pub(super) refresh: bool,
    /// Create again what the API does not know any more; implies --refresh.
    #[arg(long)]
    pub(super) recreate_missing: bool,
    /// Let sessions be deleted that --refresh saw at work: their pairing is lost.
    #[arg(long)]
    pub(super) allow_paired_deletes: bool,
    #[command(flatten)]
    pub(super) looking: super::looking::Looking,
    #[command(flatten)]
    pub(super) policy: super::policy::PolicyArgs,
}

impl Planning {
    /// Whether the live instances are looked at.
    pub(super) const fn refreshes(&self) -> bool {
        self.refresh || self.recreate_missing
    }

    /// What a plan is asked to cover, to be saved with it.
    pub(super) fn asked(&self, destroy: bool) -> crate::plan::Asked {
        let targets = self.target.iter().cloned().collect();
        let Self { refresh, recreate_missing, .. } = *self;
        crate::plan::Asked { destroy, recreate_missing, refresh, targets }
    }

    /// The same cover as that of a saved plan; what lifts a guard is given anew.
    pub(super) fn like(&self, asked: &crate::plan::Asked) -> Self {
        let crate::plan::Asked { destroy: _, recreate_missing, refresh, targets } = asked;
        Self {
            target: targets.iter().cloned().collect(),
            refresh: *refresh,
            recreate_missing: *recreate_missing,
            ..self.clone()
        }
    }
}

/// How an apply is made: the same for apply and destroy.
#[derive(Debug, Args)]
pub(super) struct Doing {
    /// Do not ask.
    #[arg(long)]
    pub(super) auto_approve: bool,
    /// Go on although the token belongs to another account than the state, and record the new one.
    #[arg(long)]
    pub(super) accept_account_change: bool,
    /// Go on only when the plan is the one that was reviewed: the first 12 or more digits of its fingerprint, as
    /// `plan` tells it.
    #[arg(long, value_name = "HASH")]
    pub(super) expect: Option<crate::plan::Reviewed>,
    #[command(flatten)]
    pub(super) telling: super::report::Telling,
}

/// Reads a duration as people write it: `30s`, `5m`, `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| "write a number with its unit: 30s, 5m, 1h30m")?;
    Duration::try_from(span).map_err(|_| "a time cannot be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example_that_it_understands() {
        fn commands<'a>(command: &'a clap::Command, found: &mut Vec<&'a clap::Command>) {
            for child in command.get_subcommands() {
                commands(child, found);
                found.push(child);
            }
        }
        let whole = Cli::command();
        let mut found = Vec::new();
        commands(&whole, &mut found);
        assert!(found.len() > 10);
        for command in found {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example =
                help.strip_prefix("Example:\n  ").unwrap_or_else(|| panic!("{}", command.get_name()));
            // Up to what the shell would take for itself.
            let words = example.split(['|', '>', '&', '\n']).next().unwrap_or_default().split_whitespace();
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{example}: {error}");
            }
        }
    }

    #[test]
    fn the_flags_that_name_a_fleet_can_be_pasted_into_a_shell() {
        let flags = |line: &[&str]| {
            let line = ["wawpform", "plan"].iter().chain(line);
            Cli::try_parse_from(line).unwrap().global.naming_flags()
        };
        assert_eq!(
            flags(&["-f", "wawpform.yaml", "--state", "states/acme.json"]),
            " --state states/acme.json"
        );
        let place = "postgres://ci@db.example.com/wawp?fleet=acme&x=1";
        assert_eq!(
            flags(&["-f", "the fleet.yaml", "--state", place, "--allow-env", "CRM_*"]),
            format!(" -f 'the fleet.yaml' --state '{place}' --allow-env 'CRM_*'")
        );
        assert_eq!(flags(&["-f", "it's.yaml", "--sandbox"]), " -f \"it's.yaml\" --sandbox");
    }
}
