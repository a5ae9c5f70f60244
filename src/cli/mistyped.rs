//! What was probably meant by a word that nothing is called: one measure for names, commands and formats.

use std::error::Error;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::instance::{Name, NameError};

/// How near a word has to be, from 0 to 1; above what clap asks for, since names of one fleet are often alike.
const NEAR: f64 = 0.8;

/// The known word that was probably meant.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let scored = known.into_iter().map(|other| (strsim::jaro_winkler(word, other), other));
    let (score, near) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > NEAR).then_some(near)
}

/// A value that a flag does not take.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Mistyped {
    message: String,
    /// The whole value that was probably meant.
    near: Option<String>,
}

impl From<String> for Mistyped {
    fn from(message: String) -> Self {
        Self { message, near: None }
    }
}

impl Mistyped {
    /// A format that is none, in a value that goes on behind it.
    pub(super) fn format<F: ValueEnum>(word: &str, behind: &str) -> Self {
        let formats = formats::<F>();
        let near = nearest(word, formats.iter().map(String::as_str));
        let near = near.map(|near| format!("{near}{behind}"));
        Self { message: format!("the formats are {}", formats.join(", ")), near }
    }
}

/// The words for formats.
pub(super) fn formats<F: ValueEnum>() -> Vec<String> {
    let values = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

/// What other programs of the kind call what is called otherwise here.
const ELSEWHERE: [(&str, &[&str]); 7] = [
    ("list", &["state list", "status"]),
    ("ls", &["state list", "status"]),
    ("delete", &["forget", "destroy"]),
    ("rm", &["forget", "destroy"]),
    ("rename", &["state mv"]),
    ("mv", &["state mv"]),
    ("refresh", &["drift", "plan --refresh"]),
];

/// The error of a command line, with what was probably meant where clap does not know it. `words` is the line.
pub(super) fn with_tip(mut error: clap::Error, words: impl Iterator<Item = String>) -> clap::Error {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some((_, here)) = ELSEWHERE.iter().find(|(there, _)| there == word)
    {
        let here = here.iter().map(|name| (*name).to_owned()).collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(here));
        return error;
    }
    // `-auto-approve`, as Terraform writes it, is read as a row of short flags.
    if let (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        let long =
            |word: &String| !word.starts_with("--") && word.len() > 2 && word.starts_with(flag.as_str());
        if let Some(meant) = words.filter(|_| flag.len() == 2).find(long) {
            error.remove(ContextKind::Suggested);
            error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("-{meant}")));
            return error;
        }
    }
    let near = match error.source() {
        Some(source) if source.is::<NameError>() => match error.get(ContextKind::InvalidValue) {
            Some(ContextValue::String(text)) => Name::suggest(text).map(|name| name.to_string()),
            _ => None,
        },
        Some(source) => source.downcast_ref::<Mistyped>().and_then(|mistyped| mistyped.near.clone()),
        None => None,
    };
    if let Some(near) = near {
        error.insert(ContextKind::SuggestedValue, ContextValue::String(near));
    }
    error
}
