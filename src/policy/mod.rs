//! Policies: rules in Rego that look at a plan, and what they find.
//!
//! Invariant: a policy that cannot be read, has nothing to say, or cannot be evaluated is an error and never passes. The
//! same policies and the same plan find the same: there is no clock, no chance and no network in them, and what they may
//! cost is counted in steps.

#[cfg(feature = "policy")]
mod answer;
#[cfg(feature = "policy")]
mod budget;
#[cfg(feature = "policy")]
mod engine;
mod error;
#[cfg(not(feature = "policy"))]
mod left_out;
#[cfg(feature = "policy")]
mod rules;

#[cfg(feature = "policy")]
pub use engine::{check, evaluate};
pub use error::Error;
#[cfg(not(feature = "policy"))]
pub use left_out::{check, evaluate};

/// The longest policy file, in bytes.
pub const LONGEST: usize = 1 << 20;

/// A policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How people name it.
    pub name: String,
    /// Rego.
    pub text: String,
}

/// What a finding means for the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may not be applied: `deny` and `violation`.
    Denied,
    /// It may, and somebody should know: `warn`.
    Warned,
}

/// One thing that a policy has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means.
    pub verdict: Verdict,
    /// The policy's own words; not to be trusted.
    pub message: String,
    /// The file of the rule that says it, as it was named; the rule, and how many they are, where several have it.
    pub policy: String,
}

/// How much the policies of one plan may cost, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// So many steps of the engine.
    pub steps: u64,
    /// So many bytes of the stack that they are evaluated on: functions may call themselves for ever.
    pub stack: usize,
}
