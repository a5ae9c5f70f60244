//! The engine: reads policies, and asks them about a plan.
//!
//! Invariant: every rule that [`super::rules`] names is asked, and any failure is one of the whole.

use std::num::NonZeroUsize;

use regorus::utils::limits::PolicyLengthConfig;
use regorus::{Engine, Value};

use super::budget::Spent;
use super::{Budget, Error, Finding, LONGEST, Policy, answer, rules};

/// The longest range that a policy may count out: the engine makes all of it at once.
const LONGEST_RANGE: u64 = 1_000_000;
/// What the engine says of a text that may be of the version before: its bodies need no keyword.
const OLDER: &str = "keyword is required";

/// Whether policies can be asked, without a plan.
///
/// # Errors
/// When one of them is no Rego, or has no rule to be asked.
pub fn check(policies: &[Policy]) -> Result<(), Error> {
    rules::of(&mut loaded(policies)?, policies).map(|_| ())
}

/// What policies find in a plan, given as the JSON text that is written of it: in the order of their files and rules.
/// The stack of the thread must be larger than the budget says, by half a megabyte and more.
///
/// # Errors
/// When one of them cannot be read or evaluated, costs too much, or yields what is no message.
pub fn evaluate(policies: &[Policy], input: &str, budget: Budget) -> Result<Vec<Finding>, Error> {
    let mut engine = loaded(policies)?;
    let asked = rules::of(&mut engine, policies)?;
    engine.set_input_json(input).map_err(|error| Error::Input(error.to_string()))?;
    budget.begin();
    let mut findings = Vec::new();
    for rule in asked {
        engine.set_execution_timer_config(budget.left());
        let value =
            engine.eval_rule(rule.path.clone()).map_err(|error| failed(&error, &rule.place, budget))?;
        let messages = answer::messages(&value).map_err(|found| Error::Untellable {
            place: rule.place.clone(),
            rule: rule.name.clone(),
            found,
        })?;
        let finding = |message| Finding { verdict: rule.verdict, message, policy: rule.policy() };
        findings.extend(messages.into_iter().map(finding));
    }
    Ok(findings)
}

fn failed(error: &anyhow::Error, rule: &str, budget: Budget) -> Error {
    let reason = match budget.spent() {
        None => {
            let (place, reason) = parted(&error.to_string(), rule);
            return Error::Unevaluable { place, reason };
        }
        Some(Spent::Steps) => "it takes too many steps",
        Some(Spent::Stack) => "its functions call each other too deep, or for ever",
    };
    Error::Unevaluable { place: rule.to_owned(), reason: reason.to_owned() }
}

/// An engine that has read them all.
fn loaded(policies: &[Policy]) -> Result<Engine, Error> {
    let mut engine = Engine::new();
    let bytes = NonZeroUsize::new(LONGEST).unwrap_or(NonZeroUsize::MIN);
    engine.set_policy_length_config(PolicyLengthConfig {
        max_file_bytes: bytes,
        ..PolicyLengthConfig::default()
    });
    for (name, count) in [("numbers.range", 2), ("numbers.range_step", 3)] {
        let limited = engine.add_extension(name.to_owned(), count, Box::new(range));
        limited.map_err(|error| Error::Input(error.to_string()))?;
    }
    for Policy { name, text } in policies {
        engine.set_rego_v0(false);
        let read = engine.add_policy(name.clone(), text.clone());
        let Err(error) = read else { continue };
        let said = error.to_string();
        engine.set_rego_v0(true);
        if said.contains(OLDER) && engine.add_policy(name.clone(), text.clone()).is_ok() {
            continue;
        }
        let (place, reason) = parted(&said, name);
        return Err(Error::Unreadable { place, reason });
    }
    Ok(engine)
}

/// The engine's own ranges, as long as they may be. It has the place of both, so that neither can ask for more than
/// there is memory.
#[expect(clippy::needless_pass_by_value, reason = "the engine calls it so")]
fn range(given: Vec<Value>) -> anyhow::Result<Value> {
    let whole = |at: usize| {
        let number = given.get(at).and_then(|value| value.as_i64().ok());
        number.ok_or_else(|| anyhow::anyhow!("a range is between whole numbers"))
    };
    let (first, last) = (whole(0)?, whole(1)?);
    let step = if given.len() > 2 { u64::try_from(whole(2)?).unwrap_or(0) } else { 1 };
    let Some(steps) = last.abs_diff(first).checked_div(step) else {
        anyhow::bail!("the step of a range is more than 0");
    };
    if steps >= LONGEST_RANGE {
        anyhow::bail!("the range has more than {LONGEST_RANGE} numbers");
    }
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let step = if last < first { step.saturating_neg() } else { step };
    let numbers = std::iter::successors(Some(first), |at| at.checked_add(step));
    let numbers = numbers.take(usize::try_from(steps)?.saturating_add(1));
    Ok(Value::from(numbers.map(Value::from).collect::<Vec<_>>()))
}

/// What the engine says, as a place and a reason: it shows both over several lines.
fn parted(said: &str, otherwise: &str) -> (String, String) {
    let place = said.lines().find_map(|line| line.strip_prefix("--> "));
    let reason = said.lines().find_map(|line| line.strip_prefix("error: "));
    let reason =
        reason.or_else(|| said.lines().find(|line| !line.is_empty())).unwrap_or("it does not say why");
    (place.unwrap_or(otherwise).to_owned(), reason.trim_end_matches(':').to_owned())
}
