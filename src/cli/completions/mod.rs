//! `completions`: scripts that have a shell ask this program what may come next, and the answers.
//!
//! Invariant: an answer comes from the shape of the command line and from files of this machine. It calls nothing, asks
//! nobody, writes nothing, and is never an error: what cannot be known is left out.

mod bash;
mod names;
mod values;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::env::{self, EnvCompleter};

pub(super) use names::{Whose, names};
pub(super) use values::{commands, formats, places, revisions};

use super::App;
use super::args::Cli;
use super::env::Env;
use super::exit::Exit;
use super::out;

/// Set by the scripts: the shell that asks.
pub(super) const VARIABLE: &str = "WAWPFORM_COMPLETE";

const PROGRAM: &str = "wawpform";

/// Print a script that completes commands, flags and the names of instances in a shell.
///
/// The script asks wawpform itself, each time, so what it offers is what the installed version knows. Names come from the
/// manifest and the state of the folder you are in, or from those that -f, --state and --sandbox name; of a state that is
/// not on this machine nothing is offered.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wawpform completions fish | source\n\nFor every new shell, in its own startup file:\n  \
    ~/.bashrc                    source <(wawpform completions bash)\n  \
    ~/.zshrc, behind compinit    source <(wawpform completions zsh)\n  \
    ~/.config/fish/config.fish   wawpform completions fish | source\n  \
    $PROFILE of PowerShell       wawpform completions powershell | Out-String | Invoke-Expression\n  \
    ~/.config/elvish/rc.elv      eval (wawpform completions elvish | slurp)"
)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// The shells that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    /// What writes the script, and answers in the form that the script reads.
    const fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &env::Bash,
            Self::Zsh => &env::Zsh,
            Self::Fish => &env::Fish,
            Self::Powershell => &env::Powershell,
            Self::Elvish => &env::Elvish,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no room for the script.
pub(super) fn run(app: &App, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    args.shell.completer().write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    let script = String::from_utf8_lossy(&script);
    let script = if args.shell == Shell::Bash { bash::script(&script) } else { script.into_owned() };
    app.out.data(&format!("{}\n", script.trim()));
    Ok(Exit::Done)
}

/// Answers the shell that a script named; `None` when none asks.
pub(super) fn answered(env: &Env) -> Option<Exit> {
    let shell = Shell::from_str(&env.var(VARIABLE)?, false).ok()?;
    let words = env.words_behind_escape()?;
    let mut command = Cli::command();
    let (folder, mut answer) = (env.folder(), Vec::new());
    let done = match shell {
        Shell::Bash => bash::complete(env, &mut command, words, folder.as_deref(), &mut answer),
        shell => shell.completer().write_complete(&mut command, words, folder.as_deref(), &mut answer),
    };
    let written = done.and_then(|()| out::write_stdout(&String::from_utf8_lossy(&answer)));
    Some(if written.is_ok() { Exit::Done } else { Exit::Error })
}
