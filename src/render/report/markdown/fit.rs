//! What of a page's lists is shown when there is not room for all.
//!
//! Invariant: an item is shown whole, by its name, or counted as left out; what stands first in rank is left out last.

/// The line that says what is left out is no longer than this.
const NOTE: usize = 200;

/// Items of one kind.
pub(super) struct Group {
    /// What they are called where they are left out.
    kind: &'static str,
    title: String,
    /// Each in its long and in its short form.
    items: Vec<(String, String)>,
    /// Whether they are told by name at least, before others are told at all.
    is_first: bool,
    is_folded: bool,
}

impl Group {
    pub(super) const fn new(kind: &'static str, title: String, items: Vec<(String, String)>) -> Self {
        Self { kind, title, items, is_first: false, is_folded: false }
    }

    /// Items that matter most.
    pub(super) fn first(kind: &'static str, title: String, items: Vec<(String, String)>) -> Self {
        Self { is_first: true, ..Self::new(kind, title, items) }
    }

    /// Items that nobody needs to see at once.
    pub(super) fn folded(kind: &'static str, items: Vec<(String, String)>) -> Self {
        Self { is_folded: true, ..Self::new(kind, String::new(), items) }
    }

    /// What stands around the items.
    fn frame(&self) -> (String, &'static str) {
        if self.is_folded {
            let (count, kind) = (self.items.len(), self.kind);
            // The blank lines end the HTML: what stands between them is Markdown.
            let open = format!("\n<details>\n<summary><code>{count}</code> {kind}</summary>\n\n");
            (open, "\n</details>\n")
        } else {
            (format!("\n#### {}\n\n", self.title), "")
        }
    }

    fn frame_len(&self) -> usize {
        let (open, close) = self.frame();
        open.len().saturating_add(close.len())
    }

    /// How much room its items take by name, with their frame; nothing when there are none.
    fn short_len(&self) -> usize {
        if self.items.is_empty() {
            return 0;
        }
        self.items.iter().map(|(_, short)| short.len()).fold(self.frame_len(), usize::saturating_add)
    }

    fn long_len(&self) -> usize {
        if self.items.is_empty() {
            return 0;
        }
        self.items.iter().map(|(long, _)| long.len()).fold(self.frame_len(), usize::saturating_add)
    }

    /// The items that there is room for, and how many they are.
    fn shown(&self, room: usize) -> (String, usize) {
        let Some(mut left) = room.checked_sub(self.frame_len()).filter(|_| !self.items.is_empty()) else {
            return (String::new(), 0);
        };
        // By name first, so that one long text does not take the room of many names.
        let least = |(long, short): &(String, String)| if self.is_first { short.len() } else { long.len() };
        let mut count = 0;
        for item in &self.items {
            let Some(rest) = left.checked_sub(least(item)) else { break };
            (left, count) = (rest, count + 1);
        }
        let mut out = String::new();
        for item in self.items.iter().take(count) {
            let (long, short) = item;
            match left.checked_sub(long.len().saturating_sub(least(item))) {
                Some(rest) => {
                    left = rest;
                    out += long;
                }
                None => out += short,
            }
        }
        if count == 0 {
            return (String::new(), 0);
        }
        let (open, close) = self.frame();
        (open + &out + close, count)
    }
}

/// The groups in their order, in at most so many bytes.
pub(super) fn fitted(groups: Vec<Group>, room: usize) -> String {
    let all = groups.iter().map(Group::long_len).fold(0, usize::saturating_add);
    let is_whole = all <= room;
    let mut room = if is_whole { room } else { room.saturating_sub(NOTE) };
    // What comes first gets an equal share each, and whatever the others of them do not need by name.
    let mut kept_for_first: usize = groups.iter().filter(|it| it.is_first).map(Group::short_len).sum();
    let mut firsts = groups.iter().filter(|it| it.is_first && !it.items.is_empty()).count();
    let (mut out, mut left_out) = (String::new(), Vec::new());
    for group in &groups {
        let mine = if group.is_first && !group.items.is_empty() {
            kept_for_first = kept_for_first.saturating_sub(group.short_len());
            let share = room.checked_div(firsts).unwrap_or(room);
            firsts = firsts.saturating_sub(1);
            room.saturating_sub(kept_for_first).max(share)
        } else {
            room
        };
        let (text, shown) = group.shown(mine);
        room = room.saturating_sub(text.len());
        out += &text;
        let missing = group.items.len().saturating_sub(shown);
        if missing > 0 {
            left_out.push(format!("{missing} {}", group.kind));
        }
    }
    if !left_out.is_empty() {
        out += &format!(
            "\nToo long for one page; left out: {}. The JSON report tells all.\n",
            left_out.join(", ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: usize) -> Vec<(String, String)> {
        (0..count).map(|n| (format!("- {n:03}: {}\n", "x".repeat(60)), format!("- {n:03}\n"))).collect()
    }

    fn page(unknown: usize, failed: usize, done: usize, room: usize) -> String {
        let groups = vec![
            Group::first("unknown", format!("{unknown} unknown"), items(unknown)),
            Group::first("failed", format!("{failed} failed"), items(failed)),
            Group::folded("done", items(done)),
        ];
        let page = fitted(groups, room);
        assert!(page.len() <= room, "{} of {room}", page.len());
        page
    }

    #[test]
    fn what_matters_is_left_out_last_and_what_is_left_out_is_counted() {
        assert!(!page(2, 2, 2, 2_000).contains("left out"));
        let cut = page(3, 3, 100, 2_000);
        assert_eq!(
            cut.matches(": xxx").count(),
            6 + cut.split("<details>").nth(1).unwrap().matches(": xxx").count()
        );
        assert!(cut.contains(" done. The JSON"), "{cut}");
        let names = page(100, 50, 100, 2_000);
        assert!(names.contains("left out: 100 done."), "{names}");
        let most = page(500, 500, 100, 2_000);
        let listed = |title: &str| {
            most.split(title).nth(1).unwrap().split("\n#### ").next().unwrap().matches("\n- ").count()
        };
        assert!(listed("#### 500 unknown") > 80 && listed("#### 500 failed") > 80, "{most}");
        for room in [0, 10, 199, 201, 250, 300] {
            fitted(vec![Group::first("failed", "9 failed".into(), items(9))], room.max(NOTE));
        }
    }
}
