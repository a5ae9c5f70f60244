//! `--policy`: rules in Rego that may refuse a plan.
//!
//! Invariant: policies are read before anything else is done, and asked before anything is written, asked or changed;
//! what goes wrong with them ends the command.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::App;
use super::exit::{Exit, Fault};
use crate::instance::visible;
use crate::plan::{Guard, Plan, Refusal};
use crate::policy::{self, Budget, Finding, LONGEST, Policy, Verdict};
use crate::render;
use crate::render::terraform::{self, Asked};

/// A hundred times what a policy needs that looks at each of 5,000 changes: some seconds.
const BUDGET: Budget = Budget { steps: 50_000_000, stack: 4 << 20 };
/// The stack of the thread that evaluates, in bytes.
const STACK: usize = 16 << 20;
/// For how long steps may take that are too large to be counted, such as making one text of many.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which policies are asked, and what they are told.
#[derive(Debug, Clone, Args)]
pub(super) struct PolicyArgs {
    /// Ask this policy in Rego about the plan, whose JSON it has as `input`: a file, or a directory of *.rego files
    /// without *_test.rego. What it denies ends with exit 3, what it warns of is told. Repeatable.
    #[arg(long, value_name = "PATH")]
    policy: Vec<PathBuf>,
    /// Tell policies something that is not in the plan, as `input.wawpform.policy_input.KEY`. It is written into
    /// the JSON as well. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    policy_input: Vec<Told>,
}

/// One thing that policies are told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    key: String,
    value: String,
}

impl FromStr for Told {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "write KEY=VALUE, such as day=friday; a key has letters, digits and `_`";
        let (key, value) = text.split_once('=').ok_or(wrong)?;
        let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if key.is_empty() || !is_word || key.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(wrong);
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// Policies that were read, and what they are told.
pub(super) struct Policies {
    policies: Vec<Policy>,
    input: Vec<(String, String)>,
}

/// What policies have found, and what they were told.
pub(super) struct Judgement {
    pub(super) refusals: Vec<Refusal>,
    pub(super) warnings: Vec<String>,
    pub(super) input: Vec<(String, String)>,
}

/// Reads and checks the policies that were named.
///
/// # Errors
/// When one cannot be read, is no Rego, or has nothing to say; when a key is told twice.
pub(super) fn read(args: &PolicyArgs) -> anyhow::Result<Policies> {
    let PolicyArgs { policy, policy_input } = args;
    let mut input: Vec<(String, String)> = Vec::new();
    for Told { key, value } in policy_input {
        if input.iter().any(|(earlier, _)| earlier == key) {
            let message = format!("--policy-input {key} is given twice");
            return Err(Fault::error(message, "give each key once").with(Exit::Usage).into());
        }
        input.push((key.clone(), value.clone()));
    }
    let mut policies: Vec<Policy> = Vec::new();
    for path in policy {
        for file in files(path)? {
            let policy = one(&file)?;
            if policies.iter().all(|it| it.name != policy.name) {
                policies.push(policy);
            }
        }
    }
    if !policies.is_empty() {
        policy::check(&policies).map_err(|error| unusable(&error))?;
    }
    Ok(Policies { policies, input })
}

impl Policies {
    /// What they find in a plan that the guards say so much of.
    ///
    /// # Errors
    /// When one cannot be evaluated, or finds what cannot be told.
    pub(super) async fn judge(
        &self,
        plan: &Plan,
        refusals: &[Refusal],
        targeted: bool,
    ) -> anyhow::Result<Judgement> {
        let Self { policies, input } = self;
        let mut judgement = Judgement { refusals: Vec::new(), warnings: Vec::new(), input: input.clone() };
        if policies.is_empty() {
            return Ok(judgement);
        }
        let document =
            terraform::plan(plan, &Asked { refusals, targeted, warnings: &[], policy_input: input });
        for Finding { verdict, message, policy } in evaluated(policies.clone(), document).await? {
            let told = format!("{} (policy {})", visible(&message), visible(&policy));
            match verdict {
                Verdict::Warned => judgement.warnings.push(told),
                Verdict::Denied => judgement.refusals.push(Refusal {
                    guard: Guard::Policy,
                    message: told,
                    hint:
                        "no flag lifts what a policy denies; change the manifest, or have the policy changed"
                            .into(),
                }),
            }
        }
        Ok(judgement)
    }
}

/// Evaluates on a thread with a stack of its own.
async fn evaluated(policies: Vec<Policy>, document: String) -> anyhow::Result<Vec<Finding>> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let evaluate = move || tell.send(policy::evaluate(&policies, &document, BUDGET));
    let thread = std::thread::Builder::new().name("policies".into()).stack_size(STACK);
    // Not joined: when it takes too long, it ends with the program.
    thread.spawn(evaluate).context("policies cannot be evaluated")?;
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(found)) => found.map_err(|error| unusable(&error)),
        Ok(Err(_)) => {
            let hint =
                "a policy that cannot be evaluated does not pass; leave it out to find which one it is";
            Err(Fault::error("the policies cannot be evaluated: the engine has failed", hint).into())
        }
        Err(_) => {
            let message = format!("the policies were not evaluated within {} s", PATIENCE.as_secs());
            Err(Fault::error(message, "a policy that cannot be evaluated does not pass").into())
        }
    }
}

fn unusable(error: &policy::Error) -> anyhow::Error {
    Fault::error(visible(&error.to_string()), error.hint()).into()
}

/// The file itself, or the policies of a directory, sorted by name, without their tests.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = || format!("cannot read the directory {}", shown(path));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_policy = name.ends_with(".rego") && !name.ends_with("_test.rego") && !name.starts_with('.');
        if is_policy && !path.is_dir() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let message = format!("{} has no policy in it", shown(path));
        return Err(Fault::error(message, "name a *.rego file, or a directory that holds some").into());
    }
    files.sort();
    Ok(files)
}

fn one(path: &Path) -> anyhow::Result<Policy> {
    let name = path.display().to_string();
    let failed = || format!("cannot read the policy {}", shown(path));
    // Asked before it is opened: opening a pipe would wait for someone to write into it.
    let is_open_already = path.starts_with("/dev/fd");
    if !is_open_already && !std::fs::metadata(path).with_context(failed)?.is_file() {
        let message = format!("the policy {} is not a regular file", shown(path));
        return Err(Fault::error(message, "name a *.rego file, or a directory that holds some").into());
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).with_context(failed)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST);
    let text = text.with_context(|| format!("the policy {} is no text of at most 1 MiB", shown(path)))?;
    Ok(Policy { name, text })
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// Tells what policies warn of.
pub(super) fn warn(app: &App, plan: &Plan, warnings: &[String]) {
    render::warnings(plan, warnings, app.extent()).iter().for_each(|warning| app.out.warning(warning));
}
