//! The fleets that are planned: a manifest in several shapes, and the state in which all of it is recorded.
//!
//! Deterministic: the same number makes the same bytes, on every machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use wawpform::instance::{InstanceId, Name};
use wawpform::state::{Document, Lineage, Recorded};

/// The same shape as the manifests of the bench, without any check.
#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed to be compared with, never read")]
pub(crate) struct Plain {
    fleet: Option<String>,
    pub(crate) instances: BTreeMap<String, PlainInstance>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed to be compared with, never read")]
pub(crate) struct PlainInstance {
    labels: BTreeMap<String, String>,
    protect: bool,
    running: bool,
}

/// How a manifest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One YAML file.
    File,
    /// One YAML file an instance, in a folder.
    Folder,
    /// One JSON file.
    Json,
}

impl Shape {
    /// Its path below the folder of a fleet.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::File => "fleet.yaml",
            Self::Folder => "tenants",
            Self::Json => "fleet.json",
        }
    }
}

fn protect(index: usize) -> bool {
    index.is_multiple_of(7)
}

fn block(index: usize) -> String {
    format!(
        "  tenant-{index:07}:\n    labels: {{crm_account: \"{index}\", team: sales, region: eu}}\n    protect: {}\n    \
         running: true\n",
        protect(index)
    )
}

/// Writes a manifest of so many instances into a folder.
pub(crate) fn write(folder: &Path, shape: Shape, count: usize) -> anyhow::Result<()> {
    let path = folder.join(shape.path());
    match shape {
        Shape::File => {
            let all: String = (0..count).map(block).collect();
            fs::write(path, format!("fleet: big\ninstances:\n{all}"))?;
        }
        Shape::Folder => {
            fs::create_dir(&path)?;
            for index in 0..count {
                let fleet = if index == 0 { "fleet: big\n" } else { "" };
                let text = format!("{fleet}instances:\n{}", block(index));
                fs::write(path.join(format!("tenant-{index:07}.yaml")), text)?;
            }
        }
        Shape::Json => {
            let mut text = String::from("{\"fleet\":\"big\",\"instances\":{");
            for index in 0..count {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(
                    text,
                    "{comma}\n\"tenant-{index:07}\":{{\"labels\":{{\"crm_account\":\"{index}\",\"team\":\"sales\",\
                     \"region\":\"eu\"}},\"protect\":{},\"running\":true}}",
                    protect(index)
                );
            }
            fs::write(path, text + "}}\n")?;
        }
    }
    Ok(())
}

/// Writes the state that has everything as the manifest wants it, where `--sandbox` looks for it.
pub(crate) fn record(folder: &Path, count: usize) -> anyhow::Result<()> {
    let mut document = Document::begin(Name::new("big")?, Lineage("bench".into()), "sandbox".into());
    for index in 0..count {
        let labels = [("crm_account", index.to_string()), ("team", "sales".into()), ("region", "eu".into())];
        let recorded = Recorded {
            session_name: Some(format!("wawp-{index:08}")),
            server_name: Some("server-1".into()),
            protect: protect(index),
            labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            running: true,
            ..Recorded::new(InstanceId::new(&format!("{index:012X}"))?, "2026-11-22T10:00:00Z".parse()?)
        };
        document.instances.insert(Name::new(&format!("tenant-{index:07}"))?, recorded);
    }
    let states = folder.join("state/sandbox");
    fs::create_dir_all(&states)?;
    fs::write(states.join("big.json"), document.encode())?;
    Ok(())
}
