//! An intent is on disk before its call leaves, and a result before it is told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wawpform::apply::Event;
use wawpform::sandbox::{Gate, Options, Point};

use super::scene::{How, Scene, fleet, options, runs, stands};

/// The records that are in a journal on disk.
fn records(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    text.lines().flat_map(|text| line(text)["records"].as_array().unwrap().clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_intent_of_a_call_is_on_disk_before_the_call_arrives() {
    for concurrency in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("acme.json.journal");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let gate: Gate = {
            let seen = Arc::clone(&seen);
            Arc::new(move |moment| {
                // Looked at now, while the call waits: what is written later does not count.
                if moment.point == Point::BeforeExecuting {
                    let call = moment.endpoint.path().rsplit('/').next().unwrap().to_owned();
                    let mut seen = seen.lock().unwrap();
                    seen.push((call, intents(&journal)));
                }
                Box::pin(async {})
            })
        };
        let scene = Scene::in_folder(folder, Options { gate: Some(gate), ..options("faults: []") }).await;
        let how = || How { concurrency: concurrency.into(), ..How::default() };
        scene.apply_as(&fleet([("x", runs()), ("y", runs()), ("z", runs())]), how()).await.all_done();
        check(&seen, concurrency);
        let wish = fleet([("a", runs()), ("b", runs()), ("z", stands())]);
        scene.apply_as(&wish, how()).await.all_done();
        check(&seen, concurrency);
    }
}

fn intents(journal: &Path) -> BTreeMap<String, usize> {
    let mut intents = BTreeMap::new();
    for record in records(journal).iter().filter(|record| record["record"] == "intent") {
        *intents.entry(record["call"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    intents
}

/// At the n-th call of a kind, at least n intents of it were on disk; exactly n when one goes after the other.
fn check(seen: &Mutex<Vec<(String, BTreeMap<String, usize>)>>, concurrency: usize) {
    let mut arrived = BTreeMap::new();
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let made = |call: &str| seen.iter().filter(|(other, _)| other == call).count();
    assert!(made("create") > 0 && made("start") > 0);
    for (call, intents) in &seen {
        let needs = match call.as_str() {
            "info" => continue,
            // A delete begins with its logout.
            "logout" => "delete",
            other => other,
        };
        let arrived: &mut usize = arrived.entry(call).or_default();
        *arrived += 1;
        let on_disk = intents.get(needs).copied().unwrap_or(0);
        assert!(on_disk >= *arrived, "{call} {arrived}: {intents:?}");
        assert!(concurrency > 1 || on_disk == *arrived, "{call} {arrived}: {intents:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_result_of_a_change_is_on_disk_before_it_is_told() {
    let scene = Scene::new().await;
    scene.given(&fleet([("x", runs()), ("z", runs())])).await;
    let journal = scene.journal();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = {
        let told = Arc::clone(&told);
        Box::new(move |event: &Event| {
            let Event::Ended(entry) = event else { return };
            let of_name = |record: &&Value| record["name"] == entry.name.as_str();
            let words: Vec<String> = records(&journal)
                .iter()
                .filter(of_name)
                .map(|record| record["record"].as_str().unwrap().to_owned())
                .collect();
            told.lock().unwrap().push((entry.name.to_string(), words.join(" ")));
        })
    };
    let wish = fleet([("a", runs()), ("b", stands()), ("z", stands())]);
    scene.apply_as(&wish, How { concurrency: 3.into(), heard, ..How::default() }).await.all_done();
    let mut told = std::mem::take(&mut *told.lock().unwrap());
    told.sort();
    let expected = [
        ("a", "intent bound intent running"),
        ("b", "intent bound"),
        ("x", "intent deleted"),
        ("z", "intent running"),
    ];
    assert_eq!(told, expected.map(|(name, words)| (name.to_owned(), words.to_owned())));
}
