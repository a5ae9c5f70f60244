//! Fields in which people put secrets, wherever they stand: none of them belongs in a manifest.
//!
//! Invariant: what is said here names the key, never the value, and conceals the value in the shown source.

use super::problem::{Problem, Whereabouts, shortened};
use super::tree::{Id, Is, Tree};

/// Keys whose value is taken for a secret, lower-case and without `-`, `_` and spaces.
pub(super) const NAMES: [&str; 18] = [
    "token",
    "accesstoken",
    "wawpaccesstoken",
    "wawptoken",
    "apitoken",
    "authtoken",
    "bearertoken",
    "apikey",
    "secret",
    "secretkey",
    "clientsecret",
    "password",
    "passwd",
    "hmac",
    "hmackey",
    "hmacsecret",
    "privatekey",
    "signingsecret",
];

/// The hint that goes with every such field.
pub(super) const HINT: &str = "name an environment variable instead, with `token_env` or `hmac_env`, and replace \
                               the secret if others saw this file";

/// Whether a field of this name holds a secret.
#[must_use]
pub(crate) fn is_secret_name(key: &str) -> bool {
    // Asked for every label of every instance, so without a copy.
    let plain = || key.bytes().filter(|b| !joins(char::from(*b))).map(|b| b.to_ascii_lowercase());
    NAMES.iter().any(|name| plain().eq(name.bytes()))
}

/// Whether a character only joins the words of a key.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '-' | '_' | ' ')
}

/// Whether a text can be the name of an environment variable, and does not look like a token: letters and
/// digits in one long row. What is not such a name may be the secret itself, and is not shown.
#[must_use]
pub(crate) fn is_variable_name(name: &str) -> bool {
    is_word(name) && !is_token(name)
}

/// Whether the characters are those of a variable's name.
pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(begins_word) && name.chars().all(is_in_word)
}

/// Whether a variable's name may begin with this.
pub(super) fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Whether a variable's name may have this in it.
pub(super) fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a text could be a name, but looks like a token; Wawp's have 13 or 14 characters (wawp-api.md §1.6).
pub(super) fn is_token(name: &str) -> bool {
    name.len() >= 12
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
        && name.bytes().any(|b| b.is_ascii_digit())
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether this entry is a secret: a secret's name with a value that is neither a block nor nothing. (An
/// instance may well be called `token`.)
pub(super) fn is_secret(tree: &Tree<'_>, key: Id, value: Id) -> bool {
    is_secret_name(tree.text(key)) && tree.map(value).is_none() && !tree.is_nothing(value)
}

/// Reports every secret of a source, in the fields that a manifest knows and in those it does not.
pub(super) fn find(tree: &Tree<'_>) -> Vec<Problem> {
    let maps = tree.nodes.iter().filter_map(|node| match &node.is {
        Is::Map(map) => Some(map),
        Is::Scalar { .. } | Is::List(_) => None,
    });
    maps.flat_map(|map| &map.entries)
        .filter(|entry| is_secret(tree, entry.key, entry.value))
        .map(|entry| {
            let message = format!(
                "`{}` looks like a secret, and a manifest must not hold one",
                shortened(tree.text(entry.key))
            );
            Problem::error(Whereabouts::Stretch(tree.region(entry.key)), message)
                .label("the value is not shown")
                .hint(HINT)
                .concealing(tree.region(entry.value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_the_name_of_its_field() {
        for name in ["token", "access_token", "Api-Key", "PASSWORD", "secret", "hmac"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["token_env", "hmac_env", "team", "secretary", "acme-token-shop"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
