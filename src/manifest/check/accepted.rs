//! Drift that somebody decided to live with: of which instance, of which classes, why, and until when.
//!
//! Invariant: what is accepted has an end, and no class is accepted twice for one instance. Whether the end has
//! come is not asked here: a manifest means the same on every day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::attributes::unfit;
use super::finding::{At, Finding, On, Spot};
use super::names::{self, Roster, twice};
use crate::instance::{DriftClass, Name};
use crate::manifest::decode;
use crate::manifest::desired::AcceptedDrift;
use crate::manifest::problem::shortened;
use crate::manifest::schema::nearest;

/// How many names are compared in search of the one that was meant. A manifest may have thousands of names and
/// thousands of mistakes.
const MOST_COMPARED: usize = 50_000;

/// What is accepted, while the sources are read, in order.
#[derive(Default)]
pub(super) struct Accepted {
    entries: Vec<AcceptedDrift>,
    names: Vec<(Name, Spot)>,
    classes: BTreeMap<(Name, DriftClass), Vec<Spot>>,
}

/// A name that no instance has, as far as the sources could be read.
pub(in crate::manifest) struct Stranger {
    pub(in crate::manifest) name: Name,
    pub(in crate::manifest) finding: Finding,
}

impl Accepted {
    /// Takes in the list of one source.
    pub(super) fn take(&mut self, source: usize, list: Vec<decode::Accepted>, findings: &mut Vec<Finding>) {
        let root = At::source(source);
        let at = root.key("accepted_drift");
        for (index, entry) in list.into_iter().enumerate() {
            let at = at.index(index);
            let decode::Accepted { name, class, reason, until } = entry;
            let name_at = at.key("name");
            let name = match names::name(&name, "an instance", |message| name_at.wrong(message)) {
                Ok(name) => Some(name),
                Err(finding) => {
                    findings.push(*finding);
                    None
                }
            };
            let classes = self.read_classes(&class, name.as_ref(), &at.key("class"), findings);
            check_reason(&reason, &at.key("reason"), findings);
            let until = read_date(&until, &at.key("until"), findings);
            if let Some(name) = name {
                self.names.push((name.clone(), name_at.spot(On::Value)));
                self.entries.extend(until.map(|until| AcceptedDrift { name, classes, reason, until }));
            }
        }
    }

    fn read_classes(
        &mut self,
        words: &[String],
        name: Option<&Name>,
        at: &At<'_>,
        findings: &mut Vec<Finding>,
    ) -> BTreeSet<DriftClass> {
        if words.is_empty() {
            let finding = at.wrong("an accepted drift without a class accepts nothing");
            findings.push(finding.hint(format!("name at least one of {}", all_classes())));
        }
        let mut classes = BTreeSet::new();
        for (index, word) in words.iter().enumerate() {
            // One word that is not in a list is found too: a path ends where there is nothing more to go into.
            let at = at.index(index);
            match word.parse::<DriftClass>() {
                Ok(class) => {
                    classes.insert(class);
                    if let Some(name) = name {
                        self.classes.entry((name.clone(), class)).or_default().push(at.spot(On::Value));
                    }
                }
                Err(_) => {
                    let known = DriftClass::ALL.map(DriftClass::as_word);
                    let hint = match nearest(&word.to_lowercase(), &known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the classes are {}", all_classes()),
                    };
                    findings
                        .push(at.wrong(format!("`{}` is not a class of drift", shortened(word))).hint(hint));
                }
            }
        }
        classes
    }

    /// Holds the names against the instances, when all sources are in. The caller knows whether a stranger is one,
    /// or stands in a source that could not be read.
    pub(super) fn finish(
        self,
        roster: &Roster,
        findings: &mut Vec<Finding>,
    ) -> (Vec<AcceptedDrift>, Vec<Stranger>) {
        let Self { mut entries, names, classes } = self;
        for ((name, class), spots) in classes {
            let hint = "remove one of them: only one reason and one date could count";
            findings.extend(twice(spots, format!("`{class}` is accepted twice for `{name}`"), hint));
        }
        let mut strangers = Vec::new();
        let mut left = MOST_COMPARED;
        for (name, spot) in names {
            if let Some(release) = roster.released_at(&name) {
                findings.push(
                    Finding::at(spot, format!("`{name}` is released, so there is no drift of it to accept"))
                        .related(release.clone(), "released here")
                        .hint("remove this entry"),
                );
            } else if !roster.has(&name) {
                let finding = Finding::at(spot, format!("`{name}` is no instance of this manifest"));
                let hint = roster.hint_for_unknown(&name, &mut left);
                let hint =
                    hint.unwrap_or_else(|| "write the name of an instance, or remove this entry".to_owned());
                strangers.push(Stranger { name, finding: finding.hint(hint) });
            }
        }
        entries.sort();
        (entries, strangers)
    }
}

fn all_classes() -> String {
    DriftClass::ALL.map(|class| format!("`{class}`")).join(", ")
}

fn check_reason(reason: &str, at: &At<'_>, findings: &mut Vec<Finding>) {
    if reason.trim().is_empty() {
        let hint = "say in one short line why, for those who meet it later";
        findings.push(at.wrong("`reason` is empty").hint(hint));
    } else if let Some(why) = unfit(reason) {
        let hint = "a reason is one short line: keep the story elsewhere, and its place here";
        findings.push(at.wrong(format!("the reason {why}")).hint(hint));
    }
}

fn read_date(text: &str, at: &At<'_>, findings: &mut Vec<Finding>) -> Option<Date> {
    let date = date(text);
    if date.is_none() {
        let hint = match meant_date(text) {
            Some(date) => format!("write `{date}`"),
            None => "write year, month and day, such as `2026-12-31`".to_owned(),
        };
        findings.push(
            at.wrong(format!("`{}` is not a date", shortened(text)))
                .label("expected a day as YYYY-MM-DD")
                .hint(hint),
        );
    }
    date
}

/// A day as `YYYY-MM-DD`, and nothing else that ISO 8601 has for it.
fn date(text: &str) -> Option<Date> {
    let digits = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    (text.len() == 10 && text.bytes().enumerate().all(digits)).then(|| text.parse().ok())?
}

/// The day that a timestamp, or a date without its zeros, means beyond doubt. `1/2/2026` is not one of them.
fn meant_date(text: &str) -> Option<Date> {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let is_number = |text: &str, most| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    let fits = year.len() == 4 && is_number(year, 4) && is_number(month, 2) && is_number(day, 2);
    fits.then(|| date(&format!("{year}-{month:0>2}-{day:0>2}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists_written_in_one_way() {
        for (text, meant) in [
            ("2026-12-31", Some("2026-12-31")),
            ("2028-02-29", Some("2028-02-29")),
            ("2026-1-5", None),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-00-10", None),
            ("20261231", None),
            ("2026-12-31T10:00:00Z", None),
            ("2026-12-31[UTC]", None),
            ("+002026-12-31", None),
            ("-2026-12-3", None),
            ("2026-W53-4", None),
            ("31.12.2026", None),
            ("٢٠٢٦-12-31", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(date(text).map(|date| date.to_string()).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn a_date_is_suggested_where_only_one_can_be_meant() {
        for (text, meant) in [
            ("2026-1-5", Some("2026-01-05")),
            ("2026/12/31", Some("2026-12-31")),
            ("2026.12.31", Some("2026-12-31")),
            ("2026-12-31T10:00:00Z", Some("2026-12-31")),
            ("2026-12-31 10:00:00", Some("2026-12-31")),
            ("2026-2-30", None),
            ("1/2/2026", None),
            ("26-12-31", None),
            ("2026-12-", None),
            ("2026-12-31-1", None),
            ("a-b-c", None),
            ("", None),
        ] {
            assert_eq!(meant_date(text).map(|date| date.to_string()).as_deref(), meant, "{text}");
        }
    }
}
