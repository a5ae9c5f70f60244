//! Names of environment variables: is it one, may a manifest name it, and is it not the token again?
//!
//! Invariant: a text that could be a secret itself is never shown.

use super::finding::{At, Finding};
use crate::manifest::desired::DEFAULT_TOKEN_ENV;
use crate::manifest::secret;
use crate::manifest::variables::Variables;

/// What the rules on single blocks need to know of the whole.
pub(super) struct Rules<'a> {
    /// The variables that may be named.
    pub(super) variables: &'a Variables,
    /// The variable that holds the fleet's token.
    pub(super) token_env: &'a str,
}

/// Looks at the name of the variable in `field`.
pub(super) fn check(
    name: &str,
    field: &str,
    at: &At<'_>,
    variables: &Variables,
    findings: &mut Vec<Finding>,
) {
    if secret::is_word(name) && variables.allows(name) {
        return;
    }
    if secret::is_variable_name(name) {
        findings.push(
            at.wrong(format!("`{field}` names `{name}`, and a manifest may not have that variable read"))
                .label("only names that begin with `WAWP_`, unless others are allowed")
                .hint(format!(
                    "rename the variable to begin with `WAWP_`, or give `--allow-env {name}` where wawpform is run"
                )),
        );
        return;
    }
    let message = if secret::is_token(name) {
        format!("`{field}` looks like a secret itself, not like the name of a variable")
    } else {
        format!("`{field}` is not the name of an environment variable")
    };
    findings.push(
        at.wrong(message)
            .label("the value is not shown: it could be a secret")
            .hint("write the NAME of the variable (letters, digits and `_`), such as `WAWP_ACCESS_TOKEN`")
            .concealed(),
    );
}

/// Looks at the name of the variable that signs a webhook's events.
pub(super) fn check_hmac(name: &str, at: &At<'_>, rules: &Rules<'_>, findings: &mut Vec<Finding>) {
    let Rules { variables, token_env } = *rules;
    // Whoever receives a signature can try keys against it without anybody noticing; the token is short.
    if name == token_env || name == DEFAULT_TOKEN_ENV {
        findings.push(
            at.wrong("the access token cannot sign the events of a webhook")
                .label("this is the variable of the access token")
                .hint("give every receiver a secret of its own, in a variable of its own"),
        );
        return;
    }
    check(name, "hmac_env", at, variables, findings);
}
