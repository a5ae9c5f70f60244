//! The page of a plan: how much of what first, deletions before everything else, what to do next last.

use jiff::Timestamp;
use maud::{Markup, html};

use super::changes::{self, Group};
use super::filter::{Filter, filter};
use super::frame::{Head, document};
use super::{findings, next};
use crate::plan::{Counts, Plan, Refusal, Suggestion};
use crate::render::plan::{ASSUMED, nothing};
use crate::render::words::plural;

/// What is told beside the plan, and how.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Why the plan may not be applied.
    pub refusals: &'a [Refusal],
    /// What policies warn of.
    pub warnings: &'a [String],
    /// What looks like a rename.
    pub suggestions: &'a [Suggestion],
    /// The flags that name this fleet on the command line.
    pub flags: &'a str,
    /// When it was planned.
    pub at: Timestamp,
}

/// The page.
#[must_use]
pub fn plan(plan: &Plan, page: &Page<'_>) -> String {
    let Page { refusals, warnings, suggestions: _, flags: _, at } = page;
    let (what, made) = if plan.assumed { ("Comparison", "Compared") } else { ("Plan", "Planned") };
    let body = html! {
        (counts(plan))
        @if plan.assumed { p.note.assumed { (ASSUMED) } }
        (findings::refusals(refusals))
        (findings::warnings(warnings))
        (all_changes(plan))
        (findings::drift(&plan.drift))
        (findings::unsettled(&plan.unsettled))
        (next::steps(plan, page))
    };
    let head = Head {
        title: &format!("{what} of {}", plan.fleet),
        verdict: (!refusals.is_empty()).then_some("refused"),
        made,
        at: *at,
        facts: &facts(plan),
    };
    document(&head, &body)
}

/// What names this plan. Nothing can be applied of a comparison, so nothing names it.
fn facts(plan: &Plan) -> Vec<(&'static str, String)> {
    let sides = if plan.assumed { ["Old", "New"] } else { ["Recorded", "Desired"] };
    let mut facts: Vec<_> =
        sides.into_iter().zip([plan.recorded, plan.desired].map(|it| it.to_string())).collect();
    if !plan.assumed {
        facts.push(("State serial", plan.serial.to_string()));
    }
    if !plan.assumed && !plan.changes.is_empty() {
        facts.push(("Fingerprint", plan.fingerprint().to_string()));
    }
    facts
}

fn counts(plan: &Plan) -> Markup {
    let Counts { import, add, change, destroy, forget, rename } = plan.counts();
    // As Terraform has it, three are told even when there is nothing to count.
    let counts = [
        ("delete", destroy, "to destroy", true),
        ("rename", rename, "to rename", false),
        ("forget", forget, "to forget", false),
        ("adopt", import, "to import", false),
        ("create", add, "to add", true),
        ("update", change, "to change", true),
    ];
    let others = [
        ("unsettled", plan.unsettled.len(), "of unknown outcome"),
        ("drift", plan.drift.iter().filter(|it| it.counts()).count(), "changed outside"),
    ];
    html! {
        section aria-label="Counts" {
            @if plan.changes.is_empty() { p.headline { (nothing(plan, "below")) } }
            ul.counts {
                @if !plan.changes.is_empty() {
                    @for (kind, count, words, always) in counts {
                        @if always || count > 0 { (one_count(kind, count, words)) }
                    }
                }
                @for (kind, count, words) in others {
                    @if count > 0 { (one_count(kind, count, words)) }
                }
            }
        }
    }
}

pub(super) fn one_count(kind: &str, count: usize, words: &str) -> Markup {
    html! { li .(kind) .none[count == 0] { b { (count) } " " (words) } }
}

fn all_changes(plan: &Plan) -> Markup {
    if plan.changes.is_empty() {
        return html! {};
    }
    let groups = changes::groups(plan);
    let kinds: Vec<_> = groups.iter().map(|Group { kind, word, .. }| (*kind, *word)).collect();
    let all = plural(plan.changes.len(), "change");
    let folds = plan.changes.iter().any(|change| changes::has_fields(&change.action));
    let labels = plan.changes.iter().filter_map(|change| changes::labels_of(&change.action));
    html! {
        section aria-labelledby="changes" {
            h2 #changes { "Changes" }
            (filter(&Filter { what: "Action", kinds: &kinds, all, folds }, labels))
            @for group in &groups { (changes::group(plan, group)) }
        }
    }
}
