//! What a wait tells: who is there, and who is not and why.

use super::paint::Paint;
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

/// The headline over those who are not there at the end.
#[must_use]
pub fn verdict(missing: usize, all: usize, goal: Goal) -> String {
    format!("{missing} of {all} not {} in time:", goal.as_word())
}
