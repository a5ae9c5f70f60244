//! What stands for the engine in a program that was built without it.
//!
//! Invariant: a policy that cannot be asked does not pass.

use super::{Budget, Error, Finding, Policy};

/// Whether policies can be asked: they cannot.
///
/// # Errors
/// Always.
pub const fn check(_: &[Policy]) -> Result<(), Error> {
    Err(Error::LeftOut)
}

/// What policies find in a plan: nobody knows.
///
/// # Errors
/// Always.
pub const fn evaluate(_: &[Policy], _: &str, _: Budget) -> Result<Vec<Finding>, Error> {
    Err(Error::LeftOut)
}
