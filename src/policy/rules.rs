//! Which rules of a policy are asked: those that conftest asks, in whatever package they stand.
//!
//! Invariant: a rule whose name says that it denies or warns is asked or is an error; none is passed over.

use std::collections::BTreeMap;

use regorus::unstable::{Expr, Rule, RuleHead, Span};
use regorus::{Engine, PolicyPackageComponents};

use super::error::Error;
use super::{Policy, Verdict};

/// A rule to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) verdict: Verdict,
    /// Its name, without the package.
    pub(super) name: String,
    /// How the engine finds it.
    pub(super) path: String,
    /// The files in which it stands.
    pub(super) files: Vec<String>,
    /// File and line of its first body.
    pub(super) place: String,
}

impl Asked {
    /// The file that says what it finds. Where several have it, nobody knows which of them does.
    pub(super) fn policy(&self) -> String {
        match &self.files[..] {
            [file] => file.clone(),
            files => format!("{} of {} files", self.name, files.len()),
        }
    }
}

/// What a rule of this name means: `deny`, `violation`, `warn`, and these with `_` and more behind.
fn verdict(name: &str) -> Option<Verdict> {
    let begins = |word: &str| {
        name.strip_prefix(word).is_some_and(|rest| {
            rest.is_empty() || (rest.starts_with('_') && rest.len() > 1 && !rest.ends_with('_'))
        })
    };
    match () {
        () if begins("deny") || begins("violation") => Some(Verdict::Denied),
        () if begins("warn") => Some(Verdict::Warned),
        () => None,
    }
}

/// The rules to be asked, in the order of their files and lines, each once.
///
/// # Errors
/// When a file's package has none at all and is not used by another, or one has a form that cannot be asked.
pub(super) fn of(engine: &mut Engine, policies: &[Policy]) -> Result<Vec<Asked>, Error> {
    let unreadable = |error: &dyn ToString| Error::Input(error.to_string());
    let packages = engine.get_policy_package_components().map_err(|error| unreadable(&error))?;
    let mut asked: Vec<Asked> = Vec::new();
    let mut speaks: BTreeMap<String, bool> = BTreeMap::new();
    let modules = engine.get_modules();
    for (module, package) in modules.iter().zip(&packages) {
        let package = bracketed(package);
        let speaks = speaks.entry(package.clone()).or_default();
        for rule in &module.policy {
            let Some((name, is_plain, span)) = told(rule.as_ref()) else { continue };
            let Some(verdict) = verdict(name) else { continue };
            let place = format!("{}:{}", span.source.file(), span.line);
            if !is_plain {
                let found = "has a key in its name, and is no set".to_owned();
                return Err(Error::Untellable { place, rule: name.to_owned(), found });
            }
            *speaks = true;
            let path = format!("data{package}.{name}");
            let file = span.source.file().to_string();
            match asked.iter_mut().find(|it| it.path == path) {
                Some(known) if known.files.contains(&file) => {}
                Some(known) => known.files.push(file),
                None => asked.push(Asked { verdict, name: name.to_owned(), path, files: vec![file], place }),
            }
        }
    }
    for (package, name) in packages.iter().zip(policies.iter().map(|it| &it.name)) {
        let dotted = format!("data.{}", package.components.join("."));
        // A package of helpers is named by who uses it.
        let is_used = policies.iter().any(|other| other.name != *name && other.text.contains(&dotted));
        if !is_used && !speaks.get(&bracketed(package)).is_some_and(|speaks| *speaks) {
            return Err(Error::Silent { place: name.clone() });
        }
    }
    Ok(asked)
}

/// The name of a rule, whether that is all of it, and where it stands; `None` for a function.
fn told(rule: &Rule) -> Option<(&str, bool, &Span)> {
    let (refr, span, is_set) = match rule {
        Rule::Spec { span, head: RuleHead::Set { refr, .. }, bodies: _ } => (refr, span, true),
        Rule::Spec { span, head: RuleHead::Compr { refr, .. }, bodies: _ } => (refr, span, false),
        Rule::Spec { head: RuleHead::Func { .. }, .. } => return None,
        Rule::Default { span, refr, args, .. } if args.is_empty() => (refr, span, false),
        Rule::Default { .. } => return None,
    };
    let mut root = refr.as_ref();
    let mut is_plain = true;
    loop {
        match root {
            Expr::Var { span: name, .. } => return Some((name.text(), is_plain, span)),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => {
                // `deny[msg]` of version 0 is a set, and its key is not in the name.
                is_plain = is_plain && is_set && matches!(root, Expr::RefBrack { .. });
                root = refr.as_ref();
            }
            _ => return None,
        }
    }
}

/// A package as the engine takes it, whatever stands in its names.
fn bracketed(package: &PolicyPackageComponents) -> String {
    let quoted = |name: &String| format!("[{}]", serde_json::Value::from(name.as_str()));
    package.components.iter().map(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_conftest_asks() {
        for name in ["deny", "deny_no_team", "violation", "violation_x"] {
            assert_eq!(verdict(name), Some(Verdict::Denied), "{name}");
        }
        assert_eq!(verdict("warn"), Some(Verdict::Warned));
        assert_eq!(verdict("warn_late"), Some(Verdict::Warned));
        for name in ["denied", "deny_", "allow", "warning", "xdeny", ""] {
            assert_eq!(verdict(name), None, "{name}");
        }
    }
}
