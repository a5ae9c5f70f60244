//! How many things are done at once, which is the caller's to say: reading decides, and starts no threads.
//!
//! Invariant: what is made does not depend on the hands that made it, nor on the order in which they did.

/// Somebody who does many things of one kind.
pub trait Hands {
    /// Does the work on every item; the results come in the order of the items.
    fn each<I: Send, O: Send>(&self, items: Vec<I>, work: impl Fn(I) -> O + Sync) -> Vec<O>;
}

/// Does one thing after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneHand;

impl Hands for OneHand {
    fn each<I: Send, O: Send>(&self, items: Vec<I>, work: impl Fn(I) -> O + Sync) -> Vec<O> {
        items.into_iter().map(work).collect()
    }
}
