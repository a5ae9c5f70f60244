//! What `output` prints, read back by those it is made for: real shells, a JSON, a YAML and a CSV reader, whatever
//! the labels and the API's words are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may end")]

use std::collections::BTreeMap;
use std::process::Command;

use wawpform::instance::{InstanceId, Labels, Name, Status};
use wawpform::observe::{Observation, Sighting};
use wawpform::render::output::Output;
use wawpform::state::{Document, Lineage, Recorded};
use wawpform::wawp::Observed;

/// Texts that try to end their quotes, their line or their field, or to be run.
const HOSTILE: [&str; 20] = [
    "'; touch owned; '",
    "$(touch owned)",
    "`touch owned`",
    "${IFS}",
    "'\\''; touch owned #",
    "\"; touch owned; \"",
    "\\",
    "\\'",
    "'",
    "''''",
    "a\ntouch owned\n",
    "\r\ntouch owned",
    "!!",
    "~",
    "*",
    "&& touch owned",
    "#",
    "é 😀 \u{202e}\u{85}",
    "\u{1b}]0;owned\u{7}",
    "=,;\t",
];

fn name(index: usize) -> Name {
    Name::new(&format!("n-{index}")).unwrap()
}

/// A fleet in which every text from outside is hostile, and what was seen of it.
fn hostile() -> (Document, Observation) {
    let mut document = Document::begin(Name::new("acme").unwrap(), Lineage("0b5e".into()), "sandbox".into());
    let mut observation = Observation::default();
    for (index, text) in HOSTILE.iter().enumerate() {
        let id = InstanceId::new(&format!("ID{index}")).unwrap();
        let recorded = Recorded {
            session_name: Some((*text).into()),
            server_name: Some((*text).into()),
            labels: Labels::from([((*text).to_owned(), (*text).to_owned())]),
            ..Recorded::new(id, "2026-11-22T10:00:00Z".parse().unwrap())
        };
        document.instances.insert(name(index), recorded);
        let (status, paired) = (Status::Other((*text).into()), Some((*text).to_owned()));
        let info = Observed { status, session_name: None, server_name: None, paired };
        observation.sightings.insert(name(index), Sighting::Seen(info.into()));
    }
    (document, observation)
}

/// What a row should say, by field.
fn expected(document: &Document, index: usize) -> BTreeMap<&'static str, String> {
    let recorded = &document.instances[&name(index)];
    let text = HOSTILE[index].to_owned();
    [
        ("INSTANCE_ID", recorded.instance_id.to_string()),
        ("SESSION_NAME", text.clone()),
        ("SERVER_NAME", text.clone()),
        ("LABELS", serde_json::to_string(&recorded.labels).unwrap()),
        ("STATUS", text.clone()),
        ("PAIRED", text),
    ]
    .into()
}

#[test]
fn shell_variables_come_back_as_they_were_and_nothing_of_them_is_run() {
    let (document, observation) = hostile();
    let text = Output::new(&document, Some(&observation)).env();
    for shell in ["bash", "sh"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("fleet.env"), &text).unwrap();
        let fields = ["INSTANCE_ID", "SESSION_NAME", "SERVER_NAME", "LABELS", "STATUS", "PAIRED"];
        let variables: Vec<String> = (0..HOSTILE.len())
            .flat_map(|index| fields.map(|field| format!("\"$WAWP_N_{index}_{field}\"")))
            .collect();
        let script = format!("set -eu; . ./fleet.env; printf '%s\\0' {}; ls >&2", variables.join(" "));
        let output = Command::new(shell)
            .args(["-c", &script])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "fleet.env\n", "{shell} ran something");
        let printed = String::from_utf8(output.stdout).unwrap();
        let values: Vec<&str> = printed.trim_end_matches('\0').split('\0').collect();
        assert_eq!(values.len(), variables.len());
        for (index, row) in values.chunks(fields.len()).enumerate() {
            let read: BTreeMap<_, _> =
                fields.into_iter().zip(row.iter().map(|it| (*it).to_owned())).collect();
            assert_eq!(read, expected(&document, index), "{shell}");
        }
    }
}

#[test]
fn a_nul_that_no_shell_can_hold_does_not_cut_the_line() {
    let (document, mut observation) = hostile();
    let info = Observed {
        status: Status::Other("a\0'; touch owned; '".into()),
        session_name: None,
        server_name: None,
        paired: None,
    };
    observation.sightings.insert(name(0), Sighting::Seen(info.into()));
    let text = Output::new(&document, Some(&observation)).env();
    assert!(text.contains("WAWP_N_0_STATUS='a'\\''; touch owned; '\\'''\nWAWP_N_0_PAIRED=''\n"), "{text}");
}

#[test]
fn every_other_format_is_read_back_as_it_was() {
    let (document, observation) = hostile();
    let output = Output::new(&document, Some(&observation));
    let json: serde_json::Value = serde_json::from_str(&output.json()).unwrap();
    let yaml: serde_json::Value = serde_yaml::from_str(&output.yaml().unwrap()).unwrap();
    assert_eq!(json, yaml);
    let csv = output.csv().unwrap();
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let titles = table.headers().unwrap().clone();
    let rows: BTreeMap<String, csv::StringRecord> =
        table.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row)).collect();
    assert_eq!(rows.len(), HOSTILE.len());
    for index in 0..HOSTILE.len() {
        let (of_json, of_csv) = (&json[name(index).as_str()], &rows[name(index).as_str()]);
        for (field, value) in expected(&document, index) {
            let title = field.to_ascii_lowercase();
            assert_eq!(of_csv[titles.iter().position(|it| it == title).unwrap()], value, "{title}");
            let found = &of_json[&title];
            assert_eq!(found.as_str().map_or_else(|| found.to_string(), str::to_owned), value, "{title}");
        }
    }
}

#[test]
fn without_a_look_nothing_is_said_of_it_and_without_a_sighting_it_is_unknown() {
    let (document, mut observation) = hostile();
    let plain = Output::new(&document, None);
    for text in [plain.json(), plain.yaml().unwrap(), plain.csv().unwrap(), plain.env()] {
        assert!(!text.to_lowercase().contains("status"), "{text}");
    }
    observation.sightings.remove(&name(0));
    observation.sightings.insert(name(1), Sighting::Unclear { why: "HTTP 500".into() });
    observation.sightings.insert(name(2), Sighting::Gone);
    let json: serde_json::Value =
        serde_json::from_str(&Output::new(&document, Some(&observation)).json()).unwrap();
    let of = |index: usize| (&json[name(index).as_str()]["status"], &json[name(index).as_str()]["paired"]);
    let null = serde_json::Value::Null;
    assert_eq!(of(0), (&"unknown".into(), &null));
    assert_eq!(of(1), (&"unknown".into(), &null));
    assert_eq!(of(2), (&"gone".into(), &null));
}
