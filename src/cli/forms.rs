//! The forms in which a plan is written.

use clap::ValueEnum;
use jiff::Timestamp;

use super::App;
use super::writes::{self, Output};
use crate::plan::{Plan, Refusal, suggest_renames};
use crate::render::terraform::Asked;
use crate::render::{self, Extent, Paint, html, markdown};

/// GitHub takes 65,536 characters, and whoever posts the page may put something before it. In bytes.
pub(super) const LONGEST_PAGE: usize = 60_000;

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Lines for people.
    Human,
    /// Terraform's plan JSON.
    Json,
    /// A comment on a pull request.
    Markdown,
    /// The counts that GitLab shows in a merge request.
    Gitlab,
    /// A page of its own, for a browser.
    Html,
}

/// Writes every output, and shows the plan to people unless standard output is asked for something else. Says
/// whether all of it was written; what was not is told.
pub(super) fn write(app: &App, plan: &Plan, asked: &Asked<'_>, outputs: &[Output<Form>]) -> bool {
    if !writes::take_stdout(outputs) {
        super::plan::show(app, plan);
    }
    let unwritten =
        writes::write(app, "the plan", outputs, |form, paint| formed(app, form, plan, asked, paint));
    unwritten.iter().for_each(|why| app.out.error(why));
    unwritten.is_empty()
}

fn formed(app: &App, form: Form, plan: &Plan, asked: &Asked<'_>, paint: Paint) -> String {
    let Asked { refusals, warnings, targeted: _, policy_input: _ } = *asked;
    let at = app.env.now();
    match form {
        // Who keeps it wants all of it.
        Form::Human => render::plan(plan, &suggest_renames(plan), Extent::Full, paint),
        Form::Json => render::terraform::plan(plan, asked),
        Form::Markdown => page(plan, (refusals, warnings), at, LONGEST_PAGE),
        Form::Gitlab => render::gitlab::plan(plan),
        Form::Html => {
            let (suggestions, flags) = (suggest_renames(plan), app.global.naming_flags());
            html::plan(plan, &html::Page { refusals, warnings, suggestions: &suggestions, flags: &flags, at })
        }
    }
}

/// The plan as a page of at most so many bytes.
pub(super) fn page(plan: &Plan, found: (&[Refusal], &[String]), at: Timestamp, limit: usize) -> String {
    let (refusals, warnings) = found;
    let suggestions = suggest_renames(plan);
    let fingerprint = (!plan.changes.is_empty()).then(|| plan.fingerprint().to_string());
    let page = markdown::Page {
        refusals,
        warnings,
        suggestions: &suggestions,
        fingerprint: fingerprint.as_deref(),
        at,
        limit,
    };
    markdown::plan(plan, &page)
}
