//! The table for people: counts first, then a line an instance; of many that stand alike the first, and how many more.
//!
//! Invariant: what is left out is counted, and a line is no wider than the terminal as far as its words allow.

use std::collections::BTreeMap;
use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};

use super::counts::counts;
use super::{Advice, advice, advice_on, word};
use crate::instance::visible;
use crate::observe::{Row, Standing};
use crate::render::extent::{Extent, LONG};
use crate::render::fold::{fold, width};
use crate::render::paint::Paint;
use crate::render::words::{FEW, SHOWN, names};

/// How many that stand alike are shown, of many.
const FIRST: usize = 3;
/// The same of those that went wrong.
const FIRST_BAD: usize = 20;
/// A name that has less room than this is not taken out of its column: there is no room for anything.
const LEAST_NAME: usize = 8;

/// One thing to show.
enum Item<'r> {
    Row(&'r Row),
    /// Some that stand alike.
    More(Vec<&'r Row>),
}

/// A table with one line an instance. Where it would be wider than `width` columns, what to do next stands in a
/// line of its own below the instance, so that it can be read and copied whole; so does a name that is too long, above.
#[must_use]
pub fn table(rows: &[Row], columns: Option<usize>, extent: Extent, paint: Paint) -> String {
    let shared = Shared::of(rows);
    let items = items(rows, extent, &shared);
    let shown: Vec<&Row> =
        items.iter().filter_map(|item| if let Item::Row(row) = item { Some(*row) } else { None }).collect();
    let mut out = String::new();
    if rows.len() > 1 {
        let _ = writeln!(out, "{}\n", folded(&counts(rows), columns));
    }
    let wide = lines(&shown, Some(&shared), usize::MAX);
    let fits =
        |lines: &[String]| columns.is_none_or(|columns| lines.iter().all(|line| width(line) <= columns));
    if fits(&wide) {
        painted(&mut out, &wide, &items, (usize::MAX, columns), None, paint);
    } else {
        let narrow = lines(&shown, None, usize::MAX);
        let longest = shown.iter().map(|row| row.name.as_str().len()).max().unwrap_or_default();
        let widest = narrow.iter().map(|line| width(line)).max().unwrap_or_default();
        let room = longest.saturating_sub(widest.saturating_sub(columns.unwrap_or(usize::MAX)));
        let room = if room < LEAST_NAME { usize::MAX } else { room };
        let narrow = if room < longest { lines(&shown, None, room) } else { narrow };
        painted(&mut out, &narrow, &items, (room, columns), Some(&shared), paint);
    }
    for (why, of_them) in &shared.0 {
        let who = names(of_them.iter().map(|row| row.name.as_str()), FEW);
        let _ = writeln!(out, "\n{}", folded(&format!("{who}: {}", visible(why)), columns));
        if of_them.len() == rows.len() {
            out += "  check the API's address (--api-url, WAWP_API_URL) and the network\n";
        }
    }
    out
}

/// Why several could not be seen: told once, below the table.
struct Shared<'r>(BTreeMap<&'r str, Vec<&'r Row>>);

impl<'r> Shared<'r> {
    fn of(rows: &'r [Row]) -> Self {
        let mut by_why: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            if let Standing::Unclear { why } = &row.standing {
                by_why.entry(why).or_default().push(row);
            }
        }
        by_why.retain(|_, rows| rows.len() > 1);
        Self(by_why)
    }

    /// What to do next, unless it is told below.
    fn next(&self, row: &Row) -> Advice {
        match &row.standing {
            Standing::Unclear { why } if self.0.contains_key(why.as_str()) => {
                Advice { command: None, note: None }
            }
            _ => advice(row),
        }
    }
}

/// What is shown, in this order.
fn items<'r>(rows: &'r [Row], extent: Extent, shared: &Shared<'_>) -> Vec<Item<'r>> {
    if extent == Extent::Full || rows.len() <= LONG {
        return rows.iter().map(Item::Row).collect();
    }
    let mut kinds: Vec<(&str, String, Vec<&Row>)> = Vec::new();
    for row in rows {
        let (word, next) = (word(row), pattern(row, shared));
        match kinds.iter_mut().find(|(other, next_too, _)| *other == word && *next_too == next) {
            Some((_, _, of_kind)) => of_kind.push(row),
            None => kinds.push((word, next, vec![row])),
        }
    }
    let mut items = Vec::new();
    for (_, _, of_kind) in kinds {
        let is_bad = matches!(
            of_kind.first().map(|row| &row.standing),
            Some(Standing::Unsettled(_) | Standing::Failed | Standing::OtherPhone { .. })
        );
        let first = if is_bad { FIRST_BAD } else { FIRST };
        // One alone takes no more room than to say that it is left out.
        let first = if of_kind.len() == first + 1 { first + 1 } else { first.min(of_kind.len()) };
        let (shown, more) = of_kind.split_at(first);
        items.extend(shown.iter().map(|row| Item::Row(row)));
        if !more.is_empty() {
            items.push(Item::More(more.to_vec()));
        }
    }
    items
}

/// What to do next for any of those that stand like this one.
fn pattern(row: &Row, shared: &Shared<'_>) -> String {
    let Advice { command, note } = shared.next(row);
    if command.is_none() && note.is_none() { String::new() } else { joined(advice_on(&row.standing, "NAME")) }
}

/// What to do next, in a line.
fn joined(Advice { command, note }: Advice) -> String {
    visible(&command.into_iter().chain(note).collect::<Vec<_>>().join(" ")).into_owned()
}

/// The heading and a line an instance, without what is blank at their ends. A name for which there is no room is left out.
fn lines(rows: &[&Row], next: Option<&Shared<'_>>, room: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let columns = if next.is_some() { 6 } else { 5 };
    table.set_header(["NAME", "INSTANCE_ID", "SERVER", "STATUS", "PAIRED", "NEXT"].into_iter().take(columns));
    for row in rows {
        let Row {
            name,
            instance_id,
            session_name: _,
            server_name,
            labels: _,
            status: _,
            paired,
            standing: _,
        } = row;
        let shown = |text: Option<&str>| visible(text.unwrap_or("-")).into_owned();
        let cells = [
            if name.as_str().len() > room { String::new() } else { name.to_string() },
            shown(instance_id.as_ref().map(|id| id.as_str())),
            shown(server_name.as_deref()),
            visible(word(row)).into_owned(),
            shown(paired.as_deref()),
            next.map(|shared| joined(shared.next(row))).unwrap_or_default(),
        ];
        table.add_row(cells.into_iter().take(columns));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Only a line whose columns are sure to stand below their headings is painted. What to do next stands `below` where it is
/// not in the lines.
fn painted(
    out: &mut String,
    lines: &[String],
    items: &[Item<'_>],
    (room, columns): (usize, Option<usize>),
    below: Option<&Shared<'_>>,
    paint: Paint,
) {
    let Some((heading, lines)) = lines.split_first() else { return };
    let at = heading.find("STATUS").unwrap_or_default();
    let _ = writeln!(out, "{}", paint.strong(heading));
    let mut lines = lines.iter();
    for item in items {
        let row = match item {
            Item::Row(row) => row,
            Item::More(rows) => {
                let _ = writeln!(out, "{}", folded(&more(rows), columns));
                continue;
            }
        };
        let Some(line) = lines.next() else { return };
        if row.name.as_str().len() > room {
            let _ = writeln!(out, "{}", row.name);
        }
        let word = word(row);
        let split = line.split_at_checked(at).filter(|_| line.is_ascii());
        let split = split.and_then(|(before, rest)| Some((before, rest.strip_prefix(word)?)));
        let _ = match split {
            Some((before, after)) => writeln!(out, "{before}{}{after}", coloured(row, word, paint)),
            None => writeln!(out, "{line}"),
        };
        if let Some(shared) = below {
            next_below(out, shared.next(row), columns);
        }
    }
}

/// What to do next, below an instance: a command is not folded, so that it can be copied.
fn next_below(out: &mut String, Advice { command, note }: Advice, columns: Option<usize>) {
    let line = joined(Advice { command: command.clone(), note: note.clone() });
    let fits = columns.is_none_or(|columns| width(&line).saturating_add(2) <= columns);
    match (command, note) {
        _ if fits && line.is_empty() => {}
        (Some(command), Some(note)) if !fits => {
            let note = folded(&format!("    {}", visible(&note)), columns);
            let _ = writeln!(out, "  {}\n{note}", visible(&command));
        }
        (None, _) => {
            let _ = writeln!(out, "{}", folded(&format!("  {line}"), columns));
        }
        _ => {
            let _ = writeln!(out, "  {line}");
        }
    }
}

/// What is said of those that are left out: they stand as the one above.
fn more(rows: &[&Row]) -> String {
    let Some((first, last)) = rows.first().zip(rows.last()) else { return String::new() };
    let next = match &first.standing {
        Standing::Unclear { .. } => String::new(),
        standing => joined(advice_on(standing, "NAME")),
    };
    let next = if next.is_empty() { next } else { format!(": {next}") };
    format!("  and {} more, up to {}{next} ({SHOWN})", rows.len(), last.name)
}

fn folded(text: &str, columns: Option<usize>) -> String {
    columns.map_or_else(|| text.to_owned(), |columns| fold(text, 0, columns))
}

fn coloured(row: &Row, word: &str, paint: Paint) -> String {
    match row.standing {
        Standing::Fine => paint.good(word),
        Standing::Unsettled(_) | Standing::Gone { .. } | Standing::Failed => paint.bad(word),
        _ => paint.notable(word),
    }
}

#[cfg(test)]
mod tests;
