//! What a rule yields, as messages.
//!
//! Invariant: nothing that a rule yields is passed over: it is a message or an error.

use regorus::Value;

/// The messages of a rule's value, in the engine's order, each once.
///
/// # Errors
/// When it is no set of messages; says what it is instead.
pub(super) fn messages(value: &Value) -> Result<Vec<String>, String> {
    let found: Vec<&Value> = match value {
        // No body of a rule that is no set holds.
        Value::Undefined => Vec::new(),
        Value::Set(set) => set.iter_sorted().collect(),
        Value::Array(array) => array.iter().collect(),
        other => return Err(format!("is {}, and no set of messages", kind(other))),
    };
    let mut messages: Vec<String> = Vec::new();
    for one in found {
        let message = message(one)?;
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    Ok(messages)
}

fn message(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        Value::Object(object) => match object.get(&Value::from("msg")) {
            Some(Value::String(text)) => Ok(text.to_string()),
            Some(other) => Err(format!("yields an object whose `msg` is {}", kind(other))),
            None => Err("yields an object without `msg`".to_owned()),
        },
        other => Err(format!("yields {}", kind(other))),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Set(_) => "a set",
        Value::Object(_) => "an object",
        Value::Undefined => "nothing",
    }
}
