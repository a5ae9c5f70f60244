//! `plan`: what an apply would do. Nothing here can write or call.

use std::path::PathBuf;

use clap::Args;

use super::App;
use super::args::Planning;
use super::completions::{formats, places};
use super::exit::{Exit, Fault};
use super::fail_on::{self, FailOn};
use super::forms::{self, Form};
use super::hmac::{self, Secrets};
use super::policy;
use super::report::end_events;
use super::writes::{self, Output, Place};
use super::{events, fleet, github, recorded, refresh, saved, signals};
use crate::instance::Name;
use crate::manifest::Desired;
use crate::plan::{
    Action, Lifted, Plan, Refreshed, Refusal, Reviewed, Saved, Scope, check, diff, suggest_renames,
};
use crate::render;
use crate::render::terraform::Asked;
use crate::state::Document;

/// Show what apply would do.
///
/// Writes nothing. Calls nothing and needs no token, unless it is to --refresh.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform plan -f tenants/ --detailed-exitcode")]
pub(super) struct PlanArgs {
    #[command(flatten)]
    planning: Planning,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan the end of everything recorded.
    #[arg(long)]
    destroy: bool,
    /// Write the plan as well: FORMAT=PATH, where - is standard output and then holds nothing else. Repeatable.
    /// Formats: human; json (Terraform's plan JSON); markdown (a comment on a pull request); gitlab (the counts for
    /// `reports: terraform:`); html (a page of its own, for a browser).
    #[arg(long, value_name = "FORMAT=PATH", add = formats::<Form>(false))]
    write: Vec<Output<Form>>,
    /// Write the plan into this file, too, line by line, as Terraform's `plan -json` does; - is standard output, which
    /// then holds nothing else.
    #[arg(long, value_name = "FILE", add = places())]
    events: Option<Place>,
    /// Exit with 3 when the plan has any of these. Repeatable, or separated by commas.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Exit with 3 unless the plan has this fingerprint, such as the one that was reviewed; its first 12 digits will do.
    #[arg(long, value_name = "HASH")]
    check: Option<Reviewed>,
    /// Write the plan into a file, for `apply FILE`. It has no secret in it; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) github: github::Asked,
}

/// Runs the command.
///
/// # Errors
/// When manifest or state cannot be read, or the outputs that are asked for exclude each other.
pub(super) async fn run(app: &App, args: &PlanArgs) -> anyhow::Result<Exit> {
    writes::checked("the plan", &args.write)?;
    let own_file = args.out.clone().map(Place::File);
    let places =
        args.write.iter().map(|it| ("--write", it.place())).chain(own_file.iter().map(|it| ("--out", it)));
    events::alone(app, args.events.as_ref(), places)?;
    let planned = planned(app, args).await;
    let exit = end_events(app, &planned).await;
    planned.map(|_| exit)
}

async fn planned(app: &App, args: &PlanArgs) -> anyhow::Result<Exit> {
    fail_on::checked(&args.fail_on, args.planning.refreshes())?;
    let policies = policy::read(&args.planning.policy)?;
    let (desired, document) = recorded::beside_the_manifest(app).await?;
    let refreshed = match (&document, args.planning.refreshes()) {
        (Some(document), true) => {
            let stop = signals::listen()?;
            refresh::when_asked(app, (&desired, document), (&args.planning, false), &stop).await?
        }
        _ => None,
    };
    let secrets = hmac::at_hand(app, &desired);
    let plan =
        made(&desired, (document.as_ref(), refreshed.as_ref()), &secrets, &args.planning, args.destroy)?;
    let mut refusals = refusals(&plan, &desired, &args.planning, args.destroy);
    let targeted = !args.planning.target.is_empty();
    let judgement = policies.judge(&plan, &refusals, targeted).await?;
    refusals.extend(judgement.refusals);
    if let Some(events) = app.out.events() {
        events.plan(&plan, &refusals);
    }
    let (warnings, policy_input) = (&judgement.warnings, &judgement.input);
    let asked = Asked { refusals: &refusals, targeted, warnings, policy_input };
    let is_written = forms::write(app, &plan, &asked, &args.write);
    github::plan(app, &plan, (&refusals, warnings), 1);
    tell_fingerprint(app, &plan);
    tell_beside(app, &plan, refreshed.is_some());
    policy::warn(app, &plan, warnings);
    let is_let_through = tell(app, &plan, &refusals);
    let passes = fail_on::passes(app, &plan, &args.fail_on);
    reviewed(&plan, args.check.as_ref())?;
    if let Some(path) = &args.out {
        // Also what a guard refuses: it stands again before an apply, where its flag can be given.
        saved::write(path, &Saved { plan: plan.clone(), asked: args.planning.asked(args.destroy) })?;
        github::plan_file(app, path);
    }
    let is_converged = plan.is_converged();
    // The process ends here, and the system takes back all at once what would be freed piece by piece.
    std::mem::forget((desired, document, refreshed, plan));
    Ok(match () {
        // Whoever reads what should have been written reads something else.
        () if !is_written => Exit::Error,
        () if !is_let_through || !passes => Exit::Refused,
        () if args.detailed_exitcode && !is_converged => Exit::Changes,
        () => Exit::Done,
    })
}

/// Makes the plan that was asked for.
///
/// # Errors
/// When a target is neither in the manifest nor in the state.
pub(super) fn made(
    desired: &Desired,
    (document, refreshed): (Option<&Document>, Option<&Refreshed>),
    secrets: &Secrets,
    planning: &Planning,
    destroy: bool,
) -> anyhow::Result<Plan> {
    if !planning.target.is_empty() {
        let recorded = document.into_iter().flat_map(|d| d.instances.keys().chain(d.pending.keys()));
        let known: Vec<&Name> = desired.instances.keys().chain(recorded).collect();
        if let Some(unknown) = planning.target.iter().find(|target| !known.contains(target)) {
            return Err(fleet::no_such_name(unknown, &known));
        }
    }
    let targets = planning.target.iter().cloned().collect();
    let gone = refreshed.into_iter().flat_map(Refreshed::gone);
    let recreate = if planning.recreate_missing { gone.cloned().collect() } else { Default::default() };
    let scope = Scope { targets, destroy, marks: hmac::marks(secrets, document), recreate };
    let Some(Refreshed { document, drift, working }) = refreshed else {
        return Ok(diff(desired, document, &scope));
    };
    let plan = diff(desired, Some(document), &scope);
    Ok(Plan { drift: drift.clone(), working: working.clone(), ..plan })
}

/// Shows a plan: it is what standard output is for.
pub(super) fn show(app: &App, plan: &Plan) {
    app.out.data(&render::plan(plan, &suggest_renames(plan), app.extent(), app.out.paint()));
}

/// Tells what names a plan in a review. Talk, so that standard output is what other tools match.
pub(super) fn tell_fingerprint(app: &App, plan: &Plan) {
    if !plan.changes.is_empty() && !plan.assumed {
        app.out.talk(&format!("\nFingerprint: {}", plan.fingerprint()));
    }
}

/// Tells which flags the commands of a plan need, and whoever sits there what nobody looked at: Terraform would have looked.
pub(super) fn tell_beside(app: &App, plan: &Plan, refreshed: bool) {
    if !plan.unsettled.is_empty() {
        app.tell_same_flags();
    }
    if refreshed || !app.out.draws() {
        return;
    }
    if plan.changes.is_empty() && plan.is_converged() {
        app.out.talk("The API was not asked; `wawpform drift` looks whether what is live is still so.");
    } else if plan.changes.iter().any(|change| matches!(change.action, Action::Delete { .. })) {
        app.out
            .talk("Nobody looked whether what is destroyed is paired; --refresh looks, and refuses if so.");
    }
}

/// Holds a plan against the fingerprint that was reviewed, if one is named.
///
/// # Errors
/// When it is another plan; the exit code says refused.
pub(super) fn reviewed(plan: &Plan, expected: Option<&Reviewed>) -> anyhow::Result<()> {
    let has = plan.fingerprint();
    let Some(expected) = expected.filter(|expected| !has.is(expected)) else { return Ok(()) };
    let message = format!("the plan is not the one that was reviewed: expected {expected}, it has {has}");
    let hint = "manifest, state or flags are others than at the review; review the plan above, and name its fingerprint";
    Err(Fault::error(message, hint).with(Exit::Refused).into())
}

/// What refuses a plan.
pub(super) fn refusals(plan: &Plan, desired: &Desired, planning: &Planning, destroy: bool) -> Vec<Refusal> {
    let lifted = Lifted {
        max_deletes: desired.max_deletes,
        max_instances: desired.max_instances,
        allow_deletes: planning.allow_deletes,
        allow_empty: planning.allow_empty,
        allow_paired_deletes: planning.allow_paired_deletes,
        destroy,
    };
    check(plan, &lifted)
}

/// Tells what refuses a plan; whether nothing does.
pub(super) fn tell(app: &App, plan: &Plan, refusals: &[Refusal]) -> bool {
    if !refusals.is_empty() {
        github::refusals(app, refusals);
        let told = render::refusals(plan, refusals, app.extent(), app.out.talk_paint());
        app.out.urgent_lines(&format!("\n{told}"));
    }
    refusals.is_empty()
}
