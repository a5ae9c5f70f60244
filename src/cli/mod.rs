//! The command line: one file per command, and the only rooms that touch terminal, files, environment and
//! clock.
//!
//! Invariant: `env` alone reads the environment and the clock, `out` alone writes to the terminal.

mod apply;
mod args;
mod bar;
mod completions;
mod confirm;
mod destroy;
mod diff;
mod drift;
mod elsewhere;
mod env;
mod events;
mod exit;
mod fail_on;
mod files;
mod fleet;
mod forget;
mod forms;
mod git;
mod github;
mod hands;
mod help;
mod hmac;
mod import;
mod init;
mod link;
mod looking;
mod man;
mod mistyped;
mod onboarding;
mod out;
mod output;
mod pair;
mod phone;
mod place;
mod plan;
mod policy;
mod progress;
mod qr;
mod recorded;
mod refresh;
mod report;
mod sandbox;
mod saved;
mod schema;
mod screen;
mod show;
mod signals;
mod sources;
mod state;
mod status;
mod validate;
mod wait;
mod writes;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use env::Env;
use exit::{Exit, Fault};
use out::Out;

use crate::manifest::Severity;
use crate::render::Extent;

/// How many threads make calls, which is to wait for a network: more of them wake each other, and every one of them would
/// begin with every command, on large machines dozens.
const CALLING: usize = 1;

/// How many when the sandbox is served beside them.
const SERVING: usize = 2;

/// What every command gets: what was asked globally, where it runs, where it speaks.
struct App {
    global: args::Global,
    env: Env,
    out: Out,
    /// Where `--github` writes.
    github: Option<github::Github>,
}

/// Runs the program with the process's own arguments, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let env = Env::of_this_process();
    if let Some(exit) = completions::answered(&env) {
        return exit.into();
    }
    let Cli { global, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&mistyped::with_tip(error, env.words())),
    };
    let out = Out::new(global.color, global.quiet, global.verbose, &env);
    let mut app = App { global, env, out, github: None };
    match github::begin(&app.env, command.tells_github()) {
        Ok(github) => app.github = github,
        Err(error) => return app.failed(&error).into(),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(if app.serves(&command) { SERVING } else { CALLING })
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            return app.failed(&anyhow::Error::from(error).context("cannot start the runtime")).into();
        }
    };
    let exit = runtime.block_on(async {
        let done = match signals::let_writes_fail() {
            Ok(()) => app.run(command).await,
            Err(error) => Err(anyhow::Error::from(error).context("signals cannot be listened to")),
        };
        let exit = done.unwrap_or_else(|error| app.failed(&error));
        let exit = github::end(&app, exit);
        if app.out.has_lost_data() {
            app.out.error("standard output could not be written: what stands there is not all");
            app.out.hint("make room where it goes, and look again: `wawpform show` tells what is recorded");
            return if matches!(exit, Exit::Done | Exit::Changes) { Exit::Error } else { exit };
        }
        exit
    });
    runtime.block_on(crate::state::all_parted());
    // A thread that still waits for a line on standard input must not hold the process.
    runtime.shutdown_background();
    exit.into()
}

/// clap ends with 2 on a mistyped command, which pipelines read as "there are changes".
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be said when even that fails.
    let _ = error.print();
    match error.kind() {
        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}

impl App {
    /// Whether the sandbox is served by this process.
    const fn serves(&self, command: &Command) -> bool {
        self.global.sandbox || matches!(command, Command::Sandbox(_))
    }

    /// With which flags the commands are to be given that are told just before.
    fn same_flags(&self) -> Option<String> {
        let flags = self.global.naming_flags();
        (!flags.is_empty()).then(|| format!("The commands above need the same flags:{flags}"))
    }

    /// Says that.
    fn tell_same_flags(&self) {
        if let Some(flags) = self.same_flags() {
            self.out.talk(&flags);
        }
    }

    /// How much of what is long is shown.
    const fn extent(&self) -> Extent {
        if self.global.full { Extent::Full } else { Extent::Readable }
    }

    async fn run(&self, command: Command) -> anyhow::Result<Exit> {
        match command {
            Command::Init(args) => init::run(self, &args),
            Command::Validate(args) => validate::run(self, &args),
            Command::Plan(args) => plan::run(self, &args).await,
            Command::Diff(args) => diff::run(self, &args),
            Command::Drift(args) => drift::run(self, &args).await,
            Command::Apply(args) => apply::run(self, &args).await,
            Command::Destroy(args) => destroy::run(self, &args).await,
            Command::Show(args) => show::run(self, &args).await,
            Command::Import(args) => import::run(self, &args).await,
            Command::Forget(args) => forget::run(self, &args).await,
            Command::State(args) => state::run(self, &args).await,
            Command::Status(args) => status::run(self, &args).await,
            Command::Wait(args) => wait::run(self, &args).await,
            Command::Link(args) => link::run(self, &args).await,
            Command::Qr(args) => qr::run(self, &args).await,
            Command::Pair(args) => pair::run(self, &args).await,
            Command::Output(args) => output::run(self, &args).await,
            Command::Schema(args) => schema::run(self, &args),
            Command::Man(args) => man::run(self, &args),
            Command::Completions(args) => completions::run(self, &args),
            Command::Sandbox(args) => sandbox::run(self, &args).await,
        }
    }

    /// Tells an error: the whole chain on one line, the hint on its own.
    fn failed(&self, error: &anyhow::Error) -> Exit {
        let fault = error.downcast_ref::<Fault>();
        if fault.is_none_or(|fault| !fault.told) {
            let (text, refused) = (format!("{error:#}"), fault.is_some_and(|it| it.exit == Exit::Refused));
            self.out.error(&text);
            let hint = fault.and_then(|fault| fault.hint.as_deref()).unwrap_or_default();
            if refused {
                github::refused(self, &text, hint)
            } else {
                github::remark(self, Severity::Error, &text, hint)
            }
        }
        if let Some(hint) = fault.and_then(|fault| fault.hint.as_deref()) {
            self.out.hint(hint);
        }
        fault.map_or(Exit::Error, |fault| fault.exit)
    }
}
