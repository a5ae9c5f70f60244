//! What is merged is applied only where it is what was reviewed.

use super::github::BOT;
use super::scene::Scene;

const PLAN: &str = "wawpform-plan.yml";
const FILE: &str = "wawpform-apply.yml";

/// Where the state lives: no folder of any checkout.
fn with_store(scene: &Scene, mut names: super::expression::Names) -> super::expression::Names {
    names.insert("vars.WAWPFORM_STATE".into(), scene.path("store/acme.json").display().to_string());
    names
}

#[test]
fn what_was_reviewed_is_applied_when_it_is_merged_and_only_once() {
    let scene = Scene::new();
    let opened = with_store(&scene, scene.pull(7, "{a: {}, b: {}}", "acme/fleet"));
    scene.job(PLAN, "plan", &opened).good();
    let merged = with_store(&scene, scene.merge(7));
    let outcome = scene.apply(FILE, &merged, None).good();
    assert!(outcome.step("Apply").1.contains("Apply complete! Resources: 2 added, 0 changed, 0 destroyed."));
    assert_eq!(scene.creates(), 2);
    // The same push again: there is nothing to do, and the environment is not even asked.
    let again = scene.apply(FILE, &merged, None).good();
    assert!(again.step("Find what was reviewed").1.contains("Nothing is to be done") && scene.creates() == 2);
}

#[test]
fn a_plan_that_is_not_the_reviewed_one_is_refused_with_3() {
    let scene = Scene::new();
    let opened = with_store(&scene, scene.pull(7, "{a: {}}", "acme/fleet"));
    scene.job(PLAN, "plan", &opened).good();
    // Pushed behind the review, and no plan of it was shown.
    scene.pull(7, "{a: {}, sneaked-in: {}}", "acme/fleet");
    let merged = with_store(&scene, scene.merge(7));
    let outcome = scene.apply(FILE, &merged, None);
    outcome.assert_step("Find what was reviewed", 3, "not the one that was reviewed");
    assert_eq!(scene.creates(), 0);

    // A person looks at it, and names what they saw.
    let (_, said) = outcome.step("Find what was reviewed");
    let hash = said.split("with the fingerprint ").nth(1).unwrap().trim().to_owned();
    let by_hand = |hash: &str| {
        let mut names = merged.clone();
        names.insert("inputs.fingerprint".into(), hash.into());
        scene.apply(FILE, &names, None)
    };
    by_hand("0123456789ab").assert_step("Find what was reviewed", 3, "not the one that was reviewed");
    by_hand("$(id)").assert_step("Find what was reviewed", 1, "not a fingerprint");
    by_hand(&hash[..12]).good();
    assert_eq!(scene.creates(), 2);
}

#[test]
fn without_a_reviewed_plan_nothing_is_applied() {
    let scene = Scene::new();
    let pushed = with_store(
        &scene,
        scene.push("sed -i 's/instances:.*/instances: {a: {}}/' wawpform.yaml; git commit -qam direct"),
    );
    let outcome = scene.apply(FILE, &pushed, None);
    outcome.assert_step("Find what was reviewed", 3, "no pull request was merged as this commit");

    // A request that has only somebody else's word for its plan, and one of a fork, whose comment binds nobody.
    scene.pull(8, "{b: {}}", "mallory/fleet");
    let merged = with_store(&scene, scene.merge(8));
    let hash =
        outcome.step("Find what was reviewed").1.split("fingerprint ").nth(1).unwrap().trim().to_owned();
    scene.github.say("mallory", 8, &format!("<!-- wawpform fleet=acme fingerprint={hash} -->\n"));
    scene.github.say(BOT, 8, &format!("<!-- wawpform-fork fleet=acme fingerprint={hash} -->\n"));
    scene.apply(FILE, &merged, None).assert_step("Find what was reviewed", 3, "has no comment with changes");
    assert_eq!(scene.creates(), 0);
}

#[test]
fn what_changes_between_the_approval_and_the_apply_is_refused_by_the_apply_itself() {
    let scene = Scene::new();
    let opened = with_store(&scene, scene.pull(7, "{a: {}}", "acme/fleet"));
    scene.job(PLAN, "plan", &opened).good();
    let merged = with_store(&scene, scene.merge(7));
    // While the job waits, somebody puts another plan where its own was.
    let swap = |step: &str, _: &std::path::Path| {
        if step == "Apply" {
            scene.shell(
                ".",
                "printf 'fleet: acme\\ninstances: {x: {}}\\n' > x.yaml
                wawpform plan -q -f x.yaml --state store/acme.json --out x.plan > /dev/null
                cp x.plan \"$(echo job-*/temp/plan/wawpform.plan)\"",
            );
        }
    };
    scene.apply(FILE, &merged, Some(&swap)).assert_step("Apply", 3, "");
    assert_eq!(scene.creates(), 0);
}

#[test]
fn a_job_that_was_cut_off_is_run_again_and_does_what_is_left() {
    let scene = Scene::new();
    let opened = with_store(&scene, scene.pull(7, "{a: {}, b: {}}", "acme/fleet"));
    scene.job(PLAN, "plan", &opened).good();
    let merged = with_store(&scene, scene.merge(7));
    let plan = scene.job(FILE, "plan", &merged).good();
    let mut names = merged.clone();
    names.insert("needs.plan.outputs.expect".into(), plan.outputs["expect"].clone());
    // A part was done by the first attempt.
    scene.shell(
        "clone",
        "WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve --target a --state ../store/acme.json",
    );
    let outcome = scene.job(FILE, "apply", &names).good();
    assert!(outcome.step("Apply").1.contains("Resources: 1 added"));
    assert_eq!(scene.creates(), 2);
}

#[test]
fn a_job_that_is_cancelled_tells_the_program_which_records_what_it_knows() {
    let scene = Scene::new();
    let opened = with_store(&scene, scene.pull(7, "{a: {}}", "acme/fleet"));
    scene.job(PLAN, "plan", &opened).good();
    let merged = with_store(&scene, scene.merge(7));
    let faults = "faults: [{on: create, nth: 1, what: hang_after}]";
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(faults).unwrap());
    let plan = scene.job(FILE, "plan", &merged).good();
    let mut names = merged;
    names.insert("needs.plan.outputs.expect".into(), plan.outputs["expect"].clone());
    // The signal goes to the step's entry process, and only there.
    let outcome = std::thread::scope(|scope| {
        let (sandbox, pid) = (&scene.sandbox, &scene.pid);
        scope.spawn(move || {
            while !sandbox.log().iter().any(|it| it.hanging) {
                std::thread::yield_now();
            }
            let pid = pid.load(std::sync::atomic::Ordering::SeqCst).to_string();
            assert!(
                std::process::Command::new("bash")
                    .args(["-c", &format!("kill -INT {pid}")])
                    .status()
                    .unwrap()
                    .success()
            );
        });
        super::runner::Job { scene: &scene, file: FILE, job: "apply", names, between: None }.run()
    });
    outcome.assert_step("Apply", 130, "Interrupted. What is known is recorded");
}
