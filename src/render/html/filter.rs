//! What a page is filtered with. Without a script it is not there, and everything is shown.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Text;
use crate::instance::Labels;

/// So many labels are offered.
const OFFERED: usize = 100;

/// What can be chosen.
pub(super) struct Filter<'a> {
    /// What the choices are of: actions, statuses.
    pub(super) what: &'static str,
    /// The choices: what the rows are marked with, and its word.
    pub(super) kinds: &'a [(&'static str, &'static str)],
    /// What there is to be filtered, as a person counts it.
    pub(super) all: String,
    /// Whether there is anything to be opened.
    pub(super) folds: bool,
}

/// The filter, and the line that says what it leaves.
pub(super) fn filter<'a>(filter: &Filter<'_>, labels: impl Iterator<Item = &'a Labels>) -> Markup {
    let Filter { what, kinds, all, folds } = filter;
    let offered = shared(labels);
    html! {
        div #filter role="search" aria-label="Filter" hidden {
            div.field {
                label for="name" { "Name" }
                input #name type="search" spellcheck="false" autocapitalize="none";
            }
            div.field {
                label for="label" { "Label" }
                input #label type="search" list="labels" placeholder="team=sales" spellcheck="false"
                    autocapitalize="none";
                datalist #labels {
                    @for (key, value) in &offered { option value={ (Text(key)) "=" (Text(value)) }; }
                }
            }
            @if kinds.len() > 1 {
                fieldset {
                    legend { (what) }
                    @for (kind, word) in *kinds {
                        label.choice { input type="checkbox" name="kind" value=(kind); span { (word) } }
                    }
                }
            }
            div.buttons {
                button #clear type="button" { "Clear" }
                @if *folds { button #fold type="button" { "Open all" } }
            }
        }
        p #shown role="status" { (all) }
    }
}

/// The labels that several have, the most common first: those are worth filtering by.
fn shared<'a>(labels: impl Iterator<Item = &'a Labels>) -> Vec<(&'a str, &'a str)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (key, value) in labels.flatten() {
        let count = counts.entry((key, value)).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().take(OFFERED).map(|(label, _)| label).collect()
}
