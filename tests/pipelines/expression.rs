//! The part of GitHub's expressions that the workflows use: names, texts, `==`, `!=`, `&&`, `||`, `!`, and the three
//! functions that ask how the job goes. A name that nobody gave is empty, as it is there.

use std::collections::BTreeMap;

/// What names stand for.
pub type Names = BTreeMap<String, String>;

/// Whether a condition holds. Without a question about the job it asks for `success()`.
pub fn holds(condition: Option<&str>, names: &Names, failed: bool) -> bool {
    let Some(condition) = condition else { return !failed };
    let text = condition.trim();
    let text = text.strip_prefix("${{").and_then(|it| it.strip_suffix("}}")).unwrap_or(text);
    let asks = ["always()", "cancelled()", "failure()", "success()"].iter().any(|it| text.contains(it));
    (asks || !failed) && truthy(&evaluate(text, names, failed))
}

/// A text with every `${{ … }}` replaced.
pub fn fill(text: &str, names: &Names) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (inside, behind) = after.split_once("}}").expect("an expression ends");
        out += before;
        out += &evaluate(inside, names, false);
        rest = behind;
    }
    out + rest
}

fn truthy(value: &str) -> bool {
    !matches!(value, "" | "false" | "0")
}

fn evaluate(text: &str, names: &Names, failed: bool) -> String {
    let mut tokens = tokens(text);
    tokens.reverse();
    let value = either(&mut tokens, names, failed);
    assert!(tokens.is_empty(), "`{text}` is not understood");
    value
}

fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest[1..].find('\'').expect("a text ends") + 2,
            _ if ["==", "!=", "&&", "||"].iter().any(|it| rest.starts_with(it)) => 2,
            '(' | ')' | '!' => 1,
            _ => {
                let ends = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
                let end = rest.find(ends).unwrap_or(rest.len());
                assert!(end > 0, "`{rest}` is not understood");
                if rest[end..].starts_with("()") { end + 2 } else { end }
            }
        };
        out.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    out
}

fn take(tokens: &mut Vec<String>, what: &str) -> bool {
    let is = tokens.last().is_some_and(|it| it == what);
    if is {
        tokens.pop();
    }
    is
}

fn either(tokens: &mut Vec<String>, names: &Names, failed: bool) -> String {
    let mut value = both(tokens, names, failed);
    while take(tokens, "||") {
        let other = both(tokens, names, failed);
        value = if truthy(&value) { value } else { other };
    }
    value
}

fn both(tokens: &mut Vec<String>, names: &Names, failed: bool) -> String {
    let mut value = compared(tokens, names, failed);
    while take(tokens, "&&") {
        let other = compared(tokens, names, failed);
        value = if truthy(&value) { other } else { value };
    }
    value
}

fn compared(tokens: &mut Vec<String>, names: &Names, failed: bool) -> String {
    let value = single(tokens, names, failed);
    if take(tokens, "==") {
        return (value == single(tokens, names, failed)).to_string();
    }
    if take(tokens, "!=") {
        return (value != single(tokens, names, failed)).to_string();
    }
    value
}

fn single(tokens: &mut Vec<String>, names: &Names, failed: bool) -> String {
    let token = tokens.pop().expect("an expression goes on");
    match token.as_str() {
        "!" => (!truthy(&single(tokens, names, failed))).to_string(),
        "(" => {
            let value = either(tokens, names, failed);
            assert!(take(tokens, ")"));
            value
        }
        "always()" => "true".to_owned(),
        "cancelled()" => "false".to_owned(),
        "success()" => (!failed).to_string(),
        "failure()" => failed.to_string(),
        text if text.starts_with('\'') => text.trim_matches('\'').to_owned(),
        name => names.get(name).cloned().unwrap_or_default(),
    }
}

#[test]
fn conditions_mean_what_they_mean_at_github() {
    let names: Names = [("a.b", "x"), ("c", "y")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert!(holds(Some("a.b == 'x' && (c == 'z' || c == 'y')"), &names, false));
    assert!(!holds(Some("a.b == 'x' && c != 'y'"), &names, false));
    assert!(!holds(Some("a.b == 'x'"), &names, true) && holds(Some("always() && a.b == 'x'"), &names, true));
    assert!(holds(Some("${{ !cancelled() }}"), &names, true) && !holds(None, &names, true));
    assert_eq!(fill("<${{ nobody || c }}> ${{ a.b }}", &names), "<y> x");
}
