//! The manifest: from YAML text to what is desired, or to everything that is wrong with it.
//!
//! Pure: texts come in as [`Source`] values; who reads files and standard input is `cli`.
//!
//! Two readings. `fast` decodes into types, which is all that happens while nothing is wrong. `reread`
//! keeps marks, holds a tree against the table in [`schema`], and reports everything at its place; it also
//! reads manifests with aliases and merge keys, because it counts what they expand to. Rules of meaning are
//! written once, in `check`, for both.
//!
//! Several sources are one manifest: `fleet` is in at least one of them and equal in all that have it;
//! `account`, `guards` and `defaults` are in at most one and count for all; `instances`, `released` and
//! `accepted_drift` are united. Under every instance lie the defaults: labels are merged key by key and the instance wins; any
//! other field is the instance's when it is there, a list of webhooks as a whole.

mod check;
mod cut;
mod decode;
mod desired;
mod diagnostic;
mod fast;
mod glance;
mod grow;
mod hands;
mod join;
mod locate;
mod merge;
mod problem;
mod reread;
mod scalar;
pub mod schema;
mod secret;
mod shape;
mod source;
mod tree;
mod variables;

pub use desired::{AcceptedDrift, DEFAULT_TOKEN_ENV, Defaults, Desired, MaxDeletes, Wanted};
pub use diagnostic::{Diagnostic, Place, Region, Related, Severity};
pub use hands::{Hands, OneHand};
pub use source::Source;
pub use variables::{VariablePattern, VariablePatternError, Variables};

pub(crate) use secret::{is_secret_name, is_variable_name};

use problem::{Problem, Sheet, Whereabouts};

/// The most bytes that all sources together may have: 256 MiB, some two million instances with a few labels.
pub const LARGEST: usize = 256 * 1024 * 1024;

/// A manifest in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What it asks for.
    pub desired: Desired,
    /// What is worth a look, by source, line and column.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a manifest from its sources, in the order given. It may name environment variables that begin with
/// `WAWP_`, and no others.
///
/// # Errors
/// Everything that is wrong (and every warning), by source, line and column.
pub fn load(sources: &[Source]) -> Result<Loaded, Vec<Diagnostic>> {
    load_allowing(sources, &Variables::default())
}

/// [`load`] with other environment variables that the manifest may name.
///
/// # Errors
/// As [`load`].
pub fn load_allowing(sources: &[Source], variables: &Variables) -> Result<Loaded, Vec<Diagnostic>> {
    load_with(sources, variables, &OneHand)
}

/// [`load_allowing`] by as many hands as the caller has.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    sources: &[Source],
    variables: &Variables,
    hands: &impl Hands,
) -> Result<Loaded, Vec<Diagnostic>> {
    read_within(sources, LARGEST, variables, hands)
}

/// [`load`] with another limit on the bytes of all sources together.
///
/// # Errors
/// As [`load`]; a manifest above the limit is not looked into.
pub fn load_within(sources: &[Source], largest: usize) -> Result<Loaded, Vec<Diagnostic>> {
    read_within(sources, largest, &Variables::default(), &OneHand)
}

fn read_within(
    sources: &[Source],
    largest: usize,
    variables: &Variables,
    hands: &impl Hands,
) -> Result<Loaded, Vec<Diagnostic>> {
    if let Some(refused) = refuse_before_reading(sources, largest) {
        return Err(vec![refused]);
    }
    match fast::read(sources, variables, hands) {
        Ok((desired, found)) => Ok(Loaded { desired, warnings: reread::warnings(sources, &found) }),
        Err(refusal) if refusal.is_final => Err(reread::without_marks(sources, &refusal)),
        Err(refusal) => reread::reread(sources, refusal, variables, hands),
    }
}

/// The second reading alone: what [`load`] does when something is wrong or wants care. For the laws that hold
/// both readings against each other.
///
/// # Errors
/// As [`load`].
#[doc(hidden)]
pub fn load_with_marks(sources: &[Source]) -> Result<Loaded, Vec<Diagnostic>> {
    match refuse_before_reading(sources, LARGEST) {
        Some(refused) => Err(vec![refused]),
        None => reread::reread(sources, fast::Refusal::default(), &Variables::default(), &OneHand),
    }
}

fn refuse_before_reading(sources: &[Source], largest: usize) -> Option<Diagnostic> {
    if sources.is_empty() {
        let problem = Problem::error(Whereabouts::Whole, "there is no manifest")
            .hint("give at least one file, such as `wawpform.yaml`");
        return Some(Sheet::new(0, "", "").diagnostic(problem));
    }
    let total = sources.iter().map(|source| source.bytes.len()).fold(0_usize, usize::saturating_add);
    if total <= largest {
        return None;
    }
    let mut so_far: usize = 0;
    let over = sources.iter().position(|source| {
        so_far = so_far.saturating_add(source.bytes.len());
        so_far > largest
    });
    let index = over.unwrap_or_default();
    let name = sources.get(index).map_or("", |source| source.name.as_str());
    let problem =
        Problem::error(Whereabouts::Whole, format!("the manifest is too large: more than {largest} bytes"))
            .hint("cut it into several fleets, and look whether this file is a manifest at all");
    Some(Sheet::new(index, name, "").diagnostic(problem))
}
