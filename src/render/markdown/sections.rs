//! The parts of a page that may be cut, each a heading and its items.
//!
//! Invariant: an item is shown whole or counted as left out.

use super::items;
use crate::plan::{Plan, Suggestion};
use crate::render::drift::GROUPS;
use crate::render::words::plural;

/// Some items of one kind.
pub(super) struct Section {
    /// What one item is called where it is left out.
    kind: &'static str,
    heading: String,
    /// Those that are shown.
    items: Vec<String>,
    /// How many there are.
    total: usize,
    /// Who gets room first: the lowest.
    rank: u8,
}

impl Section {
    fn new(kind: &'static str, title: &str, items: Vec<String>) -> Self {
        let total = items.len();
        Self { kind, heading: format!("\n#### {title}\n\n"), items, total, rank: 1 }
    }

    pub(super) const fn total(&self) -> usize {
        self.total
    }

    pub(super) fn missing(&self) -> usize {
        self.total.saturating_sub(self.items.len())
    }

    pub(super) fn text(&self) -> String {
        if self.items.is_empty() { String::new() } else { self.heading.clone() + &self.items.concat() }
    }

    /// In bytes.
    pub(super) fn len(&self) -> usize {
        if self.items.is_empty() {
            return 0;
        }
        self.items.iter().map(String::len).fold(self.heading.len(), usize::saturating_add)
    }

    /// Keeps the items that there is room for; says how much of it is left.
    fn cut(&mut self, room: usize) -> usize {
        let Some(mut left) = room.checked_sub(self.heading.len()) else {
            self.items.clear();
            return room;
        };
        self.items.retain(|item| match left.checked_sub(item.len()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        });
        if self.items.is_empty() { room } else { left }
    }
}

/// All of them, in the order of the page.
pub(super) fn of(plan: &Plan, warnings: &[String], suggestions: &[Suggestion]) -> Vec<Section> {
    let title = plural(warnings.len(), "policy warning");
    let warned = warnings.iter().map(|warning| items::warning(warning)).collect();
    let mut sections = vec![Section::new("policy warning", &title, warned)];
    let count = plan.unsettled.len();
    let title = format!("{} of no known outcome", plural(count, "call"));
    let unsettled = plan.unsettled.iter().map(items::unsettled).collect();
    sections.push(Section::new("unsettled call", &title, unsettled));
    let kinds = ["difference", "unclear look", "accepted difference"];
    for ((belongs, what, title), kind) in GROUPS.into_iter().zip(kinds) {
        let of_them: Vec<String> = plan.drift.iter().filter(|it| belongs(it)).map(items::drift).collect();
        let title = format!("{} {title}", plural(of_them.len(), what));
        sections.push(Section::new(kind, &title, of_them));
    }
    // Deletions are told before, and are never cut.
    let kinds = [
        ("rename", "to rename"),
        ("adopt", "to import"),
        ("forget", "to forget"),
        ("create", "to add"),
        ("update", "to change"),
    ];
    for (word, title) in kinds {
        let of_them = plan.changes.iter().filter(|change| change.action.word() == word);
        let of_them: Vec<String> = of_them.map(|change| items::change(plan, change)).collect();
        sections.push(Section::new(word, &format!("{} {title}", of_them.len()), of_them));
    }
    let alike = suggestions.iter().map(items::suggestion).collect();
    let title = match suggestions.len() {
        1 => "1 pair looks like a rename".to_owned(),
        count => format!("{count} pairs look like renames"),
    };
    // They spare a pairing: they are told last and get room first.
    sections.push(Section { rank: 0, ..Section::new("likely rename", &title, alike) });
    sections
}

/// Cuts them down to so many bytes in all.
pub(super) fn cut(sections: &mut [Section], room: usize) {
    let mut in_turn: Vec<&mut Section> = sections.iter_mut().collect();
    in_turn.sort_by_key(|section| section.rank);
    in_turn.into_iter().fold(room, |room, section| section.cut(room));
}

/// What is left out, by kind; nothing when nothing is.
pub(super) fn left_out(sections: &[Section], count: impl Fn(&Section) -> usize) -> String {
    let counts =
        sections.iter().map(|section| (count(section), section.kind)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, kind)| plural(count, kind)).collect();
    if counts.is_empty() {
        return String::new();
    }
    format!("\nToo long for one page; left out: {}. `wawpform plan` tells all.\n", counts.join(", "))
}
