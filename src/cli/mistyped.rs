//! What was probably meant by a word that nothing is called: one measure for names, commands and formats.

use std::error::Error;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::elsewhere::{self, Meant};
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

/// The error of a command line, with what was probably meant where clap does not know it. `words` is the line.
pub(super) fn with_tip(mut error: clap::Error, words: impl Iterator<Item = String>) -> clap::Error {
    let meant = match (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::InvalidArg)) {
        (Some(ContextValue::String(word)), _) => elsewhere::command(word),
        (_, Some(ContextValue::String(flag))) if error.kind() == ErrorKind::UnknownArgument => {
            elsewhere::flag(flag, &words.collect::<Vec<_>>())
        }
        _ => None,
    };
    if let Some(meant) = meant {
        let (kind, words) = match meant {
            Meant::Commands(words) => (ContextKind::SuggestedSubcommand, words),
            Meant::Flags(words) => (ContextKind::SuggestedArg, words),
        };
        // Such as how to pass the flag as a value, or what only sounds like it.
        for guess in [ContextKind::Suggested, ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
            error.remove(guess);
        }
        error.insert(kind, ContextValue::Strings(words));
        return error;
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
