//! The stream of events, read as Terraform's consumers read it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The types that Terraform 1.11 has and a run of ours may tell.
const TYPES: [&str; 11] = [
    "version",
    "log",
    "diagnostic",
    "resource_drift",
    "planned_change",
    "change_summary",
    "apply_start",
    "apply_progress",
    "apply_complete",
    "apply_errored",
    "refresh_start",
];
const ACTIONS: [&str; 9] =
    ["noop", "create", "read", "update", "replace", "delete", "move", "import", "remove"];

/// What a whole stream came to.
#[derive(Debug, Default)]
pub struct Told {
    pub lines: Vec<Value>,
    /// What is still open, with what began it.
    pub open: BTreeSet<(String, String)>,
    /// How often each action completed.
    pub complete: BTreeMap<String, u64>,
    pub errored: usize,
    /// The counts of the plan, and of the end when all is done.
    pub plan: Option<Value>,
    pub end: Option<Value>,
}

impl Told {
    pub fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == kind).collect()
    }

    /// The summaries of what was wrong.
    pub fn errors(&self) -> Vec<&str> {
        let wrong = self.of_type("diagnostic").into_iter().filter(|it| it["@level"] == "error");
        wrong.map(|it| it["diagnostic"]["summary"].as_str().unwrap()).collect()
    }
}

/// Reads a stream, and fails where a consumer would.
pub fn read(text: &str) -> Told {
    assert!(text.ends_with('\n'), "the last line is not whole: {text}");
    let mut told = Told::default();
    let mut last = String::new();
    for (number, line) in text.lines().enumerate() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |key: &str| value[key].as_str().unwrap_or_else(|| panic!("{key}: {line}")).to_owned();
        let (kind, message, at) = (text("type"), text("@message"), text("@timestamp"));
        assert!(TYPES.contains(&kind.as_str()) || kind == "refresh_complete", "{line}");
        assert_eq!((kind == "version"), number == 0, "the first line, and no other, is the version: {line}");
        assert_eq!(text("@module"), "terraform.ui");
        assert!(["info", "warn", "error"].contains(&text("@level").as_str()), "{line}");
        assert!(at.ends_with('Z') && at.len() == 27 && at >= last, "{at} after {last}");
        last = at;
        one(&mut told, &value, (&kind, &message));
        told.lines.push(value);
    }
    told
}

fn one(told: &mut Told, value: &Value, (kind, message): (&str, &str)) {
    match kind {
        "version" => {
            assert!(value["terraform"].is_string() && value["ui"].as_str().unwrap().starts_with("1."))
        }
        "planned_change" | "resource_drift" => {
            let change = &value["change"];
            let action = change["action"].as_str().unwrap();
            assert!(ACTIONS.contains(&action), "{action}");
            assert!(
                message.starts_with(&resource(&change["resource"])) && message.contains(action),
                "{message}"
            );
            if change.get("previous_resource").is_some() {
                resource(&change["previous_resource"]);
            }
        }
        "change_summary" => summary(told, &value["changes"], message),
        "diagnostic" => {
            let diagnostic = &value["diagnostic"];
            let title = match diagnostic["severity"].as_str().unwrap() {
                "error" => "Error",
                "warning" => "Warning",
                other => panic!("{other}"),
            };
            assert_eq!(message, format!("{title}: {}", diagnostic["summary"].as_str().unwrap()));
            assert!(diagnostic["detail"].is_string());
        }
        "log" => {}
        _ => hook(told, &value["hook"], kind),
    }
}

fn hook(told: &mut Told, hook: &Value, kind: &str) {
    let address = resource(&hook["resource"]);
    let (family, step) = kind.split_once('_').unwrap();
    let key = (family.to_owned(), address);
    assert_eq!(hook.get("id_key").is_some(), hook.get("id_value").is_some());
    if family == "apply" {
        assert!(ACTIONS.contains(&hook["action"].as_str().unwrap()), "{hook}");
        assert_eq!(hook["elapsed_seconds"].is_u64(), step != "start", "{hook}");
    }
    match step {
        "start" => assert!(told.open.insert(key), "it begins twice: {hook}"),
        "progress" => assert!(told.open.contains(&key), "it goes on and never began: {hook}"),
        _ => {
            assert!(told.open.remove(&key), "it ends and never began: {hook}");
            if kind == "apply_complete" {
                *told.complete.entry(hook["action"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            told.errored += usize::from(step == "errored");
        }
    }
}

/// Its address.
fn resource(resource: &Value) -> String {
    let text = |key: &str| resource[key].as_str().unwrap_or_else(|| panic!("{key}: {resource}"));
    let (kind, name, key) = (text("resource_type"), text("resource_name"), text("resource_key"));
    assert_eq!(text("addr"), format!("{kind}.{name}[\"{key}\"]"));
    assert_eq!((text("module"), text("resource")), ("", text("addr")));
    assert!(kind.starts_with(&format!("{}_", text("implied_provider"))));
    text("addr").to_owned()
}

fn summary(told: &mut Told, changes: &Value, message: &str) {
    let count = |key: &str| changes[key].as_u64().unwrap();
    let (import, add, change, remove) = (count("import"), count("add"), count("change"), count("remove"));
    let imports = |word: &str| if import > 0 { format!("{import} {word}, ") } else { String::new() };
    let operation = changes["operation"].as_str().unwrap();
    let expected = match operation {
        "plan" => {
            format!("Plan: {}{add} to add, {change} to change, {remove} to destroy.", imports("to import"))
        }
        "apply" => {
            let imports = imports("imported");
            format!("Apply complete! Resources: {imports}{add} added, {change} changed, {remove} destroyed.")
        }
        "destroy" => format!("Destroy complete! Resources: {remove} destroyed."),
        other => panic!("{other}"),
    };
    assert_eq!(message, expected);
    if operation == "plan" {
        let planned = |words: &[&str]| {
            let all = told.lines.iter().filter(|line| line["type"] == "planned_change");
            all.filter(|it| words.contains(&it["change"]["action"].as_str().unwrap())).count() as u64
        };
        assert_eq!((add, change, remove), (planned(&["create"]), planned(&["update"]), planned(&["delete"])));
        assert!(told.plan.replace(changes.clone()).is_none(), "a plan is counted once");
        return;
    }
    let complete = |action: &str| told.complete.get(action).copied().unwrap_or_default();
    assert_eq!((add, change, remove), (complete("create"), complete("update"), complete("delete")));
    assert!(told.open.is_empty() && told.errored == 0, "it is not complete: {:?}", told.open);
    assert!(told.end.replace(changes.clone()).is_none(), "an end is counted once");
}
