//! Which environment variables a manifest may name.
//!
//! Invariant: whoever can change a manifest (a pull request, say) can have no variable read that neither begins
//! with `WAWP_` nor was allowed by whoever runs the program. What is allowed never comes from a manifest.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::secret::is_word;

/// What the names of this tool's own variables begin with.
const OWN: &str = "WAWP_";

/// The variables that a manifest may name: those that begin with `WAWP_`, and what was allowed besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables {
    names: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

/// What may be allowed: one name, or every name with a beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariablePattern {
    /// `NAME`.
    Name(String),
    /// `PREFIX*`.
    Prefix(String),
}

/// A text that is no [`VariablePattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VariablePatternError {
    /// `*` alone.
    #[error(
        "`*` alone would let a manifest read every variable; write how the names begin, such as `ACME_*`"
    )]
    Everything,
    /// Anything else.
    #[error("write the name of a variable (letters, digits and `_`), or how names begin, such as `ACME_*`")]
    NotAName,
}

impl FromStr for VariablePattern {
    type Err = VariablePatternError;

    fn from_str(text: &str) -> Result<Self, VariablePatternError> {
        let text = text.trim();
        match text.strip_suffix('*') {
            Some("") => Err(VariablePatternError::Everything),
            Some(prefix) if is_word(prefix) => Ok(Self::Prefix(prefix.to_owned())),
            None if is_word(text) => Ok(Self::Name(text.to_owned())),
            Some(_) | None => Err(VariablePatternError::NotAName),
        }
    }
}

impl fmt::Display for VariablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

impl Variables {
    /// Everything that a manifest may name.
    pub(super) fn patterns(&self) -> impl Iterator<Item = VariablePattern> {
        let Self { names, prefixes } = self;
        let prefixes = std::iter::once(OWN).chain(prefixes.iter().map(String::as_str));
        let prefixes = prefixes.map(|prefix| VariablePattern::Prefix(prefix.to_owned()));
        prefixes.chain(names.iter().cloned().map(VariablePattern::Name))
    }

    /// Whether a manifest may name this variable.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        let Self { names, prefixes } = self;
        name.starts_with(OWN)
            || names.contains(name)
            || prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

impl Extend<VariablePattern> for Variables {
    fn extend<I: IntoIterator<Item = VariablePattern>>(&mut self, patterns: I) {
        for pattern in patterns {
            match pattern {
                VariablePattern::Name(name) => self.names.insert(name),
                VariablePattern::Prefix(prefix) => self.prefixes.insert(prefix),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_and_allowed_variables_may_be_named() {
        let mut variables = Variables::default();
        assert!(variables.allows("WAWP_ACCESS_TOKEN"));
        for other in ["CRM_HOOK_SECRET", "GITHUB_TOKEN", "WAWPFORM_STATE", "wawp_x", "WAWP", ""] {
            assert!(!variables.allows(other), "{other}");
        }
        variables.extend(["CRM_HOOK_SECRET", " ACME_* "].map(|text| text.parse().unwrap()));
        for (name, allowed) in [
            ("CRM_HOOK_SECRET", true),
            ("CRM_HOOK_SECRET_2", false),
            ("ACME_", true),
            ("ACME_X", true),
            ("ACME", false),
            ("XACME_X", false),
        ] {
            assert_eq!(variables.allows(name), allowed, "{name}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_one() {
        assert_eq!("*".parse::<VariablePattern>(), Err(VariablePatternError::Everything));
        for bad in ["", "A*B", "**", "A-B", "1A", "A B", "A=b", "É"] {
            assert_eq!(bad.parse::<VariablePattern>(), Err(VariablePatternError::NotAName), "{bad:?}");
        }
    }
}
