//! Why policies say nothing about a plan.
//!
//! Invariant: every error but that of the engine as a whole names a file and, where there is one, the line. No line of
//! the file is quoted: what is read as a policy may be another file.

/// Why policies could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no Rego.
    #[error("the policy {place} cannot be read: {reason}")]
    Unreadable {
        /// File, line and column.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// It has no rule that is asked for, neither has its package in another file, and nobody uses that.
    #[error("the policy {place} has no rule that denies or warns")]
    Silent {
        /// The file.
        place: String,
    },
    /// It cannot be evaluated for this plan.
    #[error("the policy {place} cannot be evaluated: {reason}")]
    Unevaluable {
        /// File, line and column.
        place: String,
        /// Why.
        reason: String,
    },
    /// What it finds is nothing to be told.
    #[error("the policy {place}: {rule} {found}")]
    Untellable {
        /// File and line of the rule.
        place: String,
        /// Its name.
        rule: String,
        /// What it has found, said of the rule.
        found: String,
    },
    /// The plan itself was not understood.
    #[error("the policies cannot be given the plan: {0}")]
    Input(String),
    /// The engine was left out when the program was built.
    #[error("policies cannot be asked: this program was built without them")]
    LeftOut,
}

impl Error {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "policies are written in Rego, version 1 or 0",
            Self::Silent { .. } => {
                "write `deny contains msg if { … }`, with `warn` for what only has to be known"
            }
            Self::Unevaluable { .. } => {
                "a policy that cannot be evaluated does not pass; it knows no clock, no chance, no network, and the plan \
                 as `input`"
            }
            Self::Untellable { .. } => {
                "write `deny contains msg if { … }`, where msg is a text or an object with a text `msg`"
            }
            Self::Input(_) => "",
            Self::LeftOut => "build it with the feature `policy`, which is on unless it is taken out",
        }
    }
}
