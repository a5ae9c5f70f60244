//! What a wait tells: who is there, and who is not and why.

use super::alike::{OPEN, alike, opened};
use super::extent::Extent;
use super::paint::Paint;
use super::words::{MANY, SHOWN, names};
use crate::instance::{Name, Status, visible};
use crate::observe::Sighting;
use crate::wait::{Goal, Missing};

/// Somebody got there.
#[must_use]
pub fn there(name: &Name, status: &Status, paint: Paint) -> String {
    format!("{name}: {}\n", paint.good(visible(status.as_word())))
}

/// Somebody is not there: what was seen, and what a person can do.
#[must_use]
pub fn missing(missing: &Missing, paint: Paint) -> String {
    let Missing { name, seen, restarted } = missing;
    let after = if *restarted { ", also after a restart" } else { "" };
    let (word, why) = match seen {
        None => ("not seen", ": no answer came in time".to_owned()),
        Some(Sighting::Gone) => {
            ("gone", format!(": wawpform apply --recreate-missing or wawpform forget {name}"))
        }
        Some(Sighting::Unclear { why }) => ("unclear", format!(": {why}")),
        Some(Sighting::Seen(look)) => {
            let status = &look.info.status;
            let why = match status {
                Status::Stopped => ": it has to be started first".to_owned(),
                Status::ScanQrCode => format!(": it waits for a phone; wawpform qr {name}"),
                Status::Failed if *restarted => format!("{after}: log it out and pair it again"),
                Status::Starting | Status::Working | Status::Failed | Status::Other(_) => after.to_owned(),
            };
            (status.as_word(), why)
        }
    };
    format!("{name}: {}{}", paint.notable(visible(word)), visible(&why))
}

/// The same of several, a line each, or one line for those who are missing alike.
#[must_use]
pub fn all_missing<'m>(
    all: impl IntoIterator<Item = &'m Missing>,
    extent: Extent,
    paint: Paint,
) -> Vec<String> {
    let one = |it: &'m Missing| (it, missing(it, paint));
    let groups = alike(all.into_iter().map(one), |(it, text)| {
        let open = opened(text, |word| word == it.name.as_str()).map(|(open, _)| open);
        // The whole text where each is to have its line.
        open.filter(|_| extent == Extent::Readable).unwrap_or_else(|| text.clone())
    });
    let mut lines = Vec::new();
    for (open, of_them) in groups {
        if of_them.len() > MANY {
            let who = names(of_them.iter().map(|(it, _)| it.name.as_str()), MANY);
            lines.push(open.replacen(OPEN, &format!("{who} ({SHOWN})"), 1));
        } else {
            lines.extend(of_them.into_iter().map(|(_, text)| text));
        }
    }
    lines
}

/// The headline over those who are not there at the end.
#[must_use]
pub fn verdict(missing: usize, all: usize, goal: Goal) -> String {
    format!("{missing} of {all} not {} in time:", goal.as_word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_who_are_missing_alike_have_a_line_together() {
        let one = |at: usize| Missing {
            name: Name::new(&format!("shop-{at:03}")).unwrap(),
            seen: if at == 7 { None } else { Some(Sighting::Gone) },
            restarted: false,
        };
        let all: Vec<Missing> = (0..30).map(one).collect();
        let told = |extent| all_missing(&all, extent, Paint { colour: false });
        let lines = told(Extent::Readable);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].ends_with(
            "shop-009 and 20 more (--full shows each): gone: wawpform apply --recreate-missing or wawpform forget NAME"
        ), "{lines:?}");
        assert_eq!(lines[1], "shop-007: not seen: no answer came in time");
        assert_eq!(told(Extent::Full).len(), 30);
    }
}
