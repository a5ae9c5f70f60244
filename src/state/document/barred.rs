//! A document that stands where it may not be used: it was moved away, or is on its way to there.
//!
//! Invariant: of the two places of a move at most one is not barred at any moment, so a state never has two
//! writers; and both hold the whole document, so it is never lost.

use std::fmt;

/// Why nobody may work with a document where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barred {
    /// The state lives in another place now. This is what it was when it was moved.
    MovedTo(String),
    /// A move from another place has begun and has not come to its end.
    MovingFrom(String),
}

impl Barred {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::MovedTo(_) => "name that place with `--state` or WAWPFORM_STATE",
            Self::MovingFrom(_) => {
                "run that `wawpform state migrate` again, which goes on where it was cut off; what is recorded is whole"
            }
        }
    }
}

impl fmt::Display for Barred {
    /// To be read after the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MovedTo(place) => write!(f, "moved to {}", crate::instance::visible(place)),
            Self::MovingFrom(place) => {
                write!(f, "the move from {} to here is not complete", crate::instance::visible(place))
            }
        }
    }
}
