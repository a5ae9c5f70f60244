//! Drift is told by one issue, which is closed when all is as recorded.

use serde_json::Value;

use super::github::BOT;
use super::scene::Scene;

const FILE: &str = "wawpform-drift.yml";

fn issues(scene: &Scene) -> Vec<Value> {
    scene.github.world.lock().unwrap().issues.clone()
}

#[test]
fn drift_opens_one_issue_keeps_it_up_to_date_and_closes_it() {
    let scene = Scene::new();
    let names = scene.push("sed -i 's/instances:.*/instances: {a: {}, b: {}, c: {}}/' wawpform.yaml
        WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve > /dev/null; git add -A; git commit -qm applied");
    let night = || scene.job(FILE, "drift", &names);
    night().good().assert_step("Keep the issue", 0, "No drift, and no issue about it");
    assert!(issues(&scene).is_empty());

    // Others' issues, some of which look alike, on the pages before.
    for (login, body) in [("someone", "<!-- wawpform-drift fleet=acme -->"), (BOT, "other"), ("x", "y")] {
        let mut world = scene.github.world.lock().unwrap();
        let number = 900 + world.issues.len();
        world.issues.push(
            serde_json::json!({"number": number, "user": {"login": login}, "state": "open", "body": body}),
        );
    }
    let id = |name: &str| {
        let script = format!(
            "wawpform output --format json | jq -r '.[\"{name}\"].instance_id // (.[] | select(.name == \"{name}\") | .instance_id)'"
        );
        scene.shell("clone", &script)
    };
    scene.sandbox.halt(&id("a")).unwrap();
    night().good().assert_step("Keep the issue", 0, "was opened");
    assert!(issues(&scene)[3]["body"].as_str().unwrap().contains("stopped"), "{:#?}", issues(&scene));
    assert_eq!(issues(&scene)[3]["title"], "Drift of the fleet acme");
    scene.github.writes();
    night().good().assert_step("Keep the issue", 0, "says this already");
    assert!(scene.github.writes().is_empty());

    scene.sandbox.vanish(&id("b")).unwrap();
    night().good().assert_step("Keep the issue", 0, "brought up to date");
    assert!(issues(&scene)[3]["body"].as_str().unwrap().contains("gone"));
    assert_eq!(issues(&scene).len(), 4);

    // Put right.
    scene.shell(
        "clone",
        "WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve --recreate-missing > /dev/null 2>&1
        git add -A; git commit -qm 'put right'; git push -q origin main",
    );
    let names = scene.names(&[("github.sha", &scene.shell("clone", "git rev-parse HEAD"))]);
    scene.job(FILE, "drift", &names).good().assert_step("Keep the issue", 0, "was closed");
    let all = issues(&scene);
    assert!(all[3]["state"] == "closed" && all[..3].iter().all(|it| it["state"] == "open"), "{all:#?}");
    assert!(all[3]["body"].as_str().unwrap().contains("What is live is as it is recorded"));
}

#[test]
fn a_look_that_said_nothing_clear_leaves_the_issue_and_fails_the_job() {
    let scene = Scene::new();
    let names = scene.push("sed -i 's/instances:.*/instances: {a: {}}/' wawpform.yaml
        WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve > /dev/null; git add -A; git commit -qm applied");
    let faults = "faults: [{on: info, answer: {status: 403}}]";
    if let Ok(faults) = wawpform::sandbox::Faults::parse(faults) {
        scene.sandbox.set_faults(faults);
    }
    let mut without_token = names.clone();
    without_token.remove("secrets.WAWP_ACCESS_TOKEN");
    let outcome = scene.job(FILE, "drift", &without_token);
    assert!(outcome.failed && issues(&scene).is_empty());
    outcome.assert_step("Keep the issue", 1, "nothing clear was seen");
}
