//! The schema as an editor uses it: read by another's validator, and asked about what another's reader made of a text.

use boon::{Compiler, ErrorKind, InstanceToken, SchemaIndex, Schemas, ValidationError};
use serde::Deserialize;
use serde_json::Value;
use wawpform::manifest::Variables;
use wawpform::manifest::schema::json_schema;

/// The schema's `$id`.
const ID: &str = "urn:wawpform:manifest";

/// The schema, ready for use.
pub(crate) struct Editor {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Where a schema objects: the path to a value, or to a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Objection {
    /// Keys and indexes from the root.
    pub(crate) path: Vec<String>,
    /// In the validator's words.
    pub(crate) says: String,
}

impl Editor {
    /// With the schema for these variables.
    pub(crate) fn new(variables: &Variables) -> Self {
        let schema: Value = serde_json::from_str(&json_schema(variables).unwrap()).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource(ID, schema).unwrap();
        let index = compiler.compile(ID, &mut schemas).unwrap();
        Self { schemas, index }
    }

    /// What the schema has against a value.
    pub(crate) fn objections(&self, value: &Value) -> Vec<Objection> {
        let mut found = Vec::new();
        if let Err(error) = self.schemas.validate(value, self.index) {
            gather(&error, value, &mut found);
            assert!(!found.is_empty(), "{error:#?}");
        }
        found
    }

    /// Whether the schema has nothing against any document of a text; `None` when YAML has.
    pub(crate) fn accepts(&self, text: &str) -> Option<bool> {
        Some(documents(text)?.iter().all(|value| self.objections(value).is_empty()))
    }
}

/// The documents of a text as JSON, merge keys followed; `None` when they cannot be read, or not as they are written.
pub(crate) fn documents(text: &str) -> Option<Vec<Value>> {
    let each = |document| {
        let mut value = serde_yaml::Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        has_keys_as_written(&value).then(|| serde_json::to_value(value).ok())?
    };
    serde_yaml::Deserializer::from_str(text).map(each).collect()
}

/// Whether no key is a fraction: `1e3` becomes `1000.0`, which is no name.
fn has_keys_as_written(value: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match value {
        Value::Mapping(map) => map.iter().all(|(key, value)| !key.is_f64() && has_keys_as_written(value)),
        Value::Sequence(list) => list.iter().all(has_keys_as_written),
        _ => true,
    }
}

fn gather(error: &ValidationError<'_, '_>, value: &Value, found: &mut Vec<Objection>) {
    let path: Vec<String> = error.instance_location.tokens.iter().map(word).collect();
    let mut at = |last: Option<String>| {
        let path = path.iter().cloned().chain(last).collect();
        found.push(Objection { path, says: error.kind.to_string() });
    };
    match &error.kind {
        ErrorKind::AdditionalProperties { got } => got.iter().for_each(|key| at(Some(key.to_string()))),
        // The validator does not say in which map.
        ErrorKind::PropertyName { prop } => {
            let says = error.kind.to_string();
            let places = places(value, prop).into_iter();
            found.extend(places.map(|path| Objection { path, says: says.clone() }));
        }
        // None of the ways would do, so there is no one place within.
        ErrorKind::AnyOf => at(None),
        _ if error.causes.is_empty() => at(None),
        _ => error.causes.iter().for_each(|cause| gather(cause, value, found)),
    }
}

/// The paths that end with this key.
fn places(value: &Value, key: &str) -> Vec<Vec<String>> {
    let below = |step: &str, value: &Value| {
        let paths = places(value, key).into_iter();
        paths.map(|path| [vec![step.to_owned()], path].concat()).collect::<Vec<_>>()
    };
    match value {
        Value::Object(map) => {
            let here = map.contains_key(key).then(|| vec![key.to_owned()]);
            here.into_iter().chain(map.iter().flat_map(|(step, value)| below(step, value))).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().flat_map(|(index, value)| below(&index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    }
}

fn word(token: &InstanceToken<'_>) -> String {
    match token {
        InstanceToken::Prop(key) => key.to_string(),
        InstanceToken::Item(index) => index.to_string(),
    }
}
