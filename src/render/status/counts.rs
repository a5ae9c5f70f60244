//! How many instances stand how, in one line.

use crate::instance::Status;
use crate::observe::{Row, Standing};
use crate::render::words::plural;

/// What is counted: of one, and of several. In this order.
const KINDS: [(&str, &str); 12] = [
    ("working", "working"),
    ("starting", "starting"),
    ("stopped", "stopped"),
    ("not created", "not created"),
    ("waits for a phone", "wait for a phone"),
    ("with another phone", "with another phone"),
    ("running, and should not", "running, and should not"),
    ("failed", "failed"),
    ("gone", "gone"),
    ("not seen", "not seen"),
    ("unsettled", "unsettled"),
    ("with another status", "with another status"),
];

/// Which of [`KINDS`].
const fn kind(row: &Row) -> usize {
    match (&row.standing, &row.status) {
        (Standing::Unsettled(_), _) => 10,
        (Standing::Gone { .. }, _) => 8,
        (Standing::Unclear { .. }, _) => 9,
        (Standing::Absent, _) => 3,
        (Standing::OtherPhone { .. }, _) => 5,
        (_, Some(Status::Stopped)) => 2,
        (Standing::Strayed { .. }, _) => 6,
        (_, Some(Status::Working)) => 0,
        (_, Some(Status::Starting)) => 1,
        (_, Some(Status::ScanQrCode)) => 4,
        (_, Some(Status::Failed)) => 7,
        (_, Some(Status::Other(_)) | None) => 11,
    }
}

/// The line.
pub(super) fn counts(rows: &[Row]) -> String {
    let clauses = KINDS.iter().enumerate().filter_map(|(at, (one, several))| {
        let count = rows.iter().filter(|row| kind(row) == at).count();
        (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { several }))
    });
    format!("{}: {}", plural(rows.len(), "instance"), clauses.collect::<Vec<_>>().join(", "))
}
