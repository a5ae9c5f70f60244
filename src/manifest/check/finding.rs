//! What a check found, and the path to where: a place is looked up later, and only if there is something to say.
//!
//! Invariant: while nothing is wrong a path costs nothing: it is a chain of borrowed steps on the stack.

use std::fmt;

use crate::manifest::diagnostic::Severity;
use crate::manifest::problem::shortened;

/// Something wrong, or worth a look, with values that have the right shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::manifest) struct Finding {
    pub(in crate::manifest) severity: Severity,
    pub(in crate::manifest) spot: Spot,
    pub(in crate::manifest) message: String,
    pub(in crate::manifest) label: String,
    pub(in crate::manifest) hint: Option<String>,
    pub(in crate::manifest) related: Vec<(Spot, &'static str)>,
    /// Where the same is said again. Whichever place comes first is then the related one, and each other place
    /// is diagnosed: maps forget the order in which they were written.
    pub(in crate::manifest) again: Vec<Spot>,
    /// The value at the spot may be a secret.
    pub(in crate::manifest) conceal: bool,
}

/// A key, or a value, of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::manifest) struct Spot {
    /// The index of the source.
    pub(in crate::manifest) source: usize,
    /// From the root; empty for the source as a whole.
    pub(in crate::manifest) path: Vec<Step>,
    pub(in crate::manifest) on: On,
}

/// Which half of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum On {
    Key,
    Value,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::manifest) enum Step {
    Key(String),
    Index(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&shortened(key)),
            Self::Index(index) => index.fmt(f),
        }
    }
}

/// Where a check is: a path that is not written down yet.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Here<'a>,
}

#[derive(Clone, Copy)]
enum Here<'a> {
    Source(usize),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(super) fn source(index: usize) -> Self {
        Self { parent: None, step: Here::Source(index) }
    }

    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Here::Key(key) }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Here::Index(index) }
    }

    /// One level up.
    pub(super) fn parent(&self) -> Option<&'a At<'a>> {
        self.parent
    }

    /// The spot of the key, or of the value.
    pub(super) fn spot(&self, on: On) -> Spot {
        let mut path = Vec::new();
        let mut source = 0;
        let mut next = Some(self);
        while let Some(At { parent, step }) = next {
            match step {
                Here::Source(index) => source = *index,
                Here::Key(key) => path.push(Step::Key((*key).to_owned())),
                Here::Index(index) => path.push(Step::Index(*index)),
            }
            next = *parent;
        }
        path.reverse();
        Spot { source, path, on }
    }

    /// Something wrong with the value here.
    pub(super) fn wrong(&self, message: impl Into<String>) -> Finding {
        Finding::at(self.spot(On::Value), message)
    }

    /// Something wrong with the key here, or with its being here.
    pub(super) fn wrong_key(&self, message: impl Into<String>) -> Finding {
        Finding::at(self.spot(On::Key), message)
    }
}

impl Finding {
    pub(super) fn at(spot: Spot, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            spot,
            message: message.into(),
            label: String::new(),
            hint: None,
            related: Vec::new(),
            again: Vec::new(),
            conceal: false,
        }
    }

    /// The manifest is used all the same.
    pub(super) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn related(mut self, spot: Spot, label: &'static str) -> Self {
        self.related.push((spot, label));
        self
    }

    pub(super) fn again(mut self, spots: impl IntoIterator<Item = Spot>) -> Self {
        self.again.extend(spots);
        self
    }

    pub(super) fn concealed(mut self) -> Self {
        self.conceal = true;
        self
    }
}
