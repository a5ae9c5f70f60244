//! The schema and the examples as check-jsonschema sees them: another validator, another reader of YAML, and three
//! dialects of regular expressions.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use wawpform::manifest::Variables;
use wawpform::manifest::schema::json_schema;

use super::tools::tool;
use super::{examples, manifests, root};

/// What it does not refuse, and why a schema cannot.
const LEFT: [(&str, &str); 1] = [("missing-fleet", "another file of the manifest may have it")];

/// The schema in a file of its own, with what is asked about it.
struct Question {
    command: Command,
    folder: TempDir,
}

impl Question {
    fn new() -> Option<Self> {
        let command = tool("check-jsonschema", Some("check_jsonschema"))?;
        let question = Self { command, folder: TempDir::new().unwrap() };
        fs::write(question.schema(), json_schema(&Variables::default()).unwrap()).unwrap();
        Some(question)
    }

    fn schema(&self) -> PathBuf {
        self.folder.path().join("wawpform.schema.json")
    }

    fn output(mut self) -> Output {
        self.command.output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn the_schema_is_one_by_the_rules_of_its_dialect() {
    let Some(mut question) = Question::new() else { return };
    let schema = question.schema();
    question.command.arg("--check-metaschema").arg(schema);
    let output = question.output();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn every_example_fits_the_schema_in_every_dialect_of_patterns() {
    for dialect in ["default", "nonunicode", "python"] {
        let Some(mut question) = Question::new() else { return };
        let schema = question.schema();
        question.command.args(["--regex-variant", dialect, "--schemafile"]).arg(schema);
        question.command.args(examples().iter().map(|name| root().join(name)));
        let output = question.output();
        assert!(output.status.success(), "{dialect}: {}", said(&output));
    }
}

#[test]
fn every_broken_example_is_refused_but_for_what_a_schema_cannot_know() {
    // It would count out what ten lines stand for.
    let names: Vec<String> =
        manifests("examples/broken").into_iter().filter(|name| !name.ends_with("alias-bomb.yaml")).collect();
    let Some(mut question) = Question::new() else { return };
    let schema = question.schema();
    question.command.args(["--output-format", "json", "--schemafile"]).arg(schema);
    question.command.args(names.iter().map(|name| root().join(name)));
    let output = question.output();
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let stem = |path: &str| path.rsplit('/').next().unwrap().trim_end_matches(".yaml").to_owned();
    let lists = ["errors", "parse_errors"].map(|list| answer[list].as_array().unwrap());
    let refused: BTreeSet<String> =
        lists.into_iter().flatten().map(|error| stem(error["filename"].as_str().unwrap())).collect();
    let passed: Vec<String> =
        names.iter().map(|name| stem(name)).filter(|name| !refused.contains(name)).collect();
    assert_eq!(passed, LEFT.map(|(name, _)| name), "{answer:#}");
}
