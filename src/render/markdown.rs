//! A plan as a comment on a pull request, for GitHub and GitLab.
//!
//! Invariant: the page is at most as long as it may be, and what is left out is counted. Headline, refusals and
//! deletions come first and are shortened, never dropped. Identical plans give identical pages but for the last line.

mod items;
mod kept;
mod sections;

use jiff::Timestamp;

use self::sections::{Section, left_out};
use super::plan::{ASSUMED, counts, nothing};
use crate::instance::Name;
use crate::plan::{Plan, Refusal, Suggestion};

/// A page has room for this many bytes at least: what is never dropped needs them.
pub const SMALLEST: usize = 2_000;

/// What is told beside the plan, and how.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Why the plan may not be applied.
    pub refusals: &'a [Refusal],
    /// What policies warn of.
    pub warnings: &'a [String],
    /// What looks like a rename.
    pub suggestions: &'a [Suggestion],
    /// The fingerprint of the plan, for whoever applies what was reviewed.
    pub fingerprint: Option<&'a str>,
    /// When it was planned. Only the last line tells it.
    pub at: Timestamp,
    /// The longest page, in bytes; less than [`SMALLEST`] counts as that. GitHub takes 65,536 characters.
    pub limit: usize,
}

/// How every page of a fleet begins, whatever its plan is: a bot finds its own comment by it.
#[must_use]
pub fn marker(fleet: &Name) -> String {
    format!("<!-- wawpform fleet={fleet} ")
}

/// The page.
#[must_use]
pub fn plan(plan: &Plan, page: &Page<'_>) -> String {
    let Page { refusals, warnings, suggestions, fingerprint, at, limit } = *page;
    let head = head(plan, !refusals.is_empty(), fingerprint);
    let done = if plan.assumed { "Compared" } else { "Planned" };
    let foot = format!("\n{done} at `{at}`.\n");
    let limit = limit.max(SMALLEST).saturating_sub(head.len()).saturating_sub(foot.len());

    let mut sections = sections::of(plan, warnings, suggestions);
    let whole = kept::whole(plan, refusals);
    let all = sections.iter().map(Section::len).fold(whole.len(), usize::saturating_add);
    let (note, kept) = if all <= limit {
        (String::new(), whole)
    } else {
        // The note that leaves out everything is the longest one.
        let longest = left_out(&sections, Section::total);
        let room = limit.saturating_sub(longest.len());
        let kept = kept::shortened(plan, refusals, whole, room);
        sections::cut(&mut sections, room.saturating_sub(kept.len()));
        (left_out(&sections, Section::missing), kept)
    };
    let body: String = sections.iter().map(Section::text).collect();
    [head, note, kept, body, foot].concat()
}

/// The marker and the headline.
fn head(plan: &Plan, refused: bool, fingerprint: Option<&str>) -> String {
    // Nothing else may stand in a comment that a bot reads, least of all its end.
    let inert = |text: &str| -> String {
        let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '.');
        text.chars().filter(fits).take(128).collect()
    };
    // Nothing can be applied of a comparison, so nothing names it.
    let fingerprint = fingerprint.filter(|_| !plan.assumed);
    let fingerprint = fingerprint.map(|it| format!("fingerprint={} ", inert(it))).unwrap_or_default();
    let headline = if plan.changes.is_empty() { nothing(plan, "below") } else { counts(plan) };
    let refused = if refused { ": refused" } else { "" };
    let (what, note) =
        if plan.assumed { ("Comparison", format!("\n{ASSUMED}\n")) } else { ("Plan", String::new()) };
    format!(
        "{}{fingerprint}-->\n### {what} of `{}`{refused}\n\n**{headline}**\n{note}",
        marker(&plan.fleet),
        plan.fleet
    )
}
