//! How the program ends: one number a meaning, all of them here.

use std::process::ExitCode;

/// The exit codes, as the README's table has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or no changes.
    Done = 0,
    /// An error.
    Error = 1,
    /// `plan --detailed-exitcode`: there are changes.
    Changes = 2,
    /// A guard refused.
    Refused = 3,
    /// Something failed or is unknown, the rest is done.
    Partial = 4,
    /// Locked by someone else.
    Locked = 5,
    /// What is live differs from what is recorded.
    Drift = 6,
    /// Usage.
    Usage = 64,
    /// Interrupted.
    Interrupted = 130,
}

impl Exit {
    /// All of them: what help tells, in a word and in a sentence.
    pub(super) const TABLE: [(Self, &'static str, &'static str); 9] = [
        (Self::Done, "done", "done, or no changes"),
        (Self::Error, "error", "error"),
        (Self::Changes, "changes (plan --detailed-exitcode)", "`--detailed-exitcode`: there are changes"),
        (
            Self::Refused,
            "refused by a guard, a policy or --fail-on",
            "refused by a guard, a policy or --fail-on, or not the plan that was reviewed",
        ),
        (Self::Partial, "partial", "partial: something failed or is unknown, the rest is done"),
        (Self::Locked, "locked", "locked by someone else"),
        (Self::Drift, "drift", "`drift`: what is live differs from what is recorded"),
        (Self::Usage, "usage", "usage: the command line cannot be understood"),
        (Self::Interrupted, "interrupted", "interrupted"),
    ];

    /// Its number.
    pub(super) const fn number(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// An error that knows its exit code and what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Fault {
    /// With what the program ends.
    pub(super) exit: Exit,
    /// What is wrong.
    pub(super) message: String,
    /// What to do next.
    pub(super) hint: Option<String>,
    /// The message was already shown in another form, such as diagnostics.
    pub(super) told: bool,
}

impl Fault {
    /// An error with what to do next.
    pub(super) fn error(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Error, message: message.into(), hint: Some(hint.into()), told: false }
    }

    /// The same, with another way to end.
    pub(super) fn with(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Everything was said already.
    pub(super) fn told(exit: Exit) -> Self {
        Self { exit, message: "already told".into(), hint: None, told: true }
    }
}
