//! The plan of a pull request as one comment: written once, kept up to date, and nobody else's touched.

use super::github::BOT;
use super::scene::Scene;

const FILE: &str = "wawpform-plan.yml";

#[test]
fn a_pull_request_has_one_comment_that_is_kept_up_to_date() {
    let scene = Scene::new();
    // Three pages of talk, and somebody who imitates the marker.
    for number in 0..4 {
        scene.github.say("someone", 7, &format!("remark {number}"));
    }
    scene.github.say("someone", 7, "<!-- wawpform fleet=acme -->\nnot by the bot");
    scene.github.say(BOT, 7, "<!-- wawpform fleet=other fingerprint=1 -->\nof another fleet");

    let opened = scene.pull(7, "{a: {}}", "acme/fleet");
    let first = scene.job(FILE, "plan", &opened).good();
    assert_eq!(scene.github.writes(), ["POST /issues/7/comments 201"]);
    assert!(first.step("Plan").1.contains("Plan: 1 to add, 0 to change, 0 to destroy."));
    assert!(first.summary.contains("Plan: 1 to add") && first.summary.contains("ingerprint"), "{first:#?}");
    assert!(scene.artifact("wawpform-plan").join("wawpform.plan").is_file());
    let mine = |scene: &Scene| scene.github.comments_by(BOT, 7).pop().unwrap();
    assert!(mine(&scene).contains("**Plan: 1 to add, 0 to change, 0 to destroy.**"));

    // More talk, so that it is neither on the first page nor on the last.
    for number in 4..8 {
        scene.github.say("someone", 7, &format!("remark {number}"));
    }
    // Run again, nothing is new but the time.
    *scene.clock.borrow_mut() = "2026-11-22T10:05:00Z";
    scene.job(FILE, "plan", &opened).good().assert_step("Comment", 0, "says this already");
    assert_eq!(scene.github.writes(), [""; 0]);

    *scene.clock.borrow_mut() = "2026-11-22T10:10:00Z";
    let pushed = scene.pull(7, "{a: {}, b: {}}", "acme/fleet");
    scene.job(FILE, "plan", &pushed).good();
    let writes = scene.github.writes();
    assert!(
        matches!(&*writes, [one] if one.starts_with("PATCH /issues/comments/") && one.ends_with(" 200")),
        "{writes:?}"
    );
    assert!(mine(&scene).contains("**Plan: 2 to add"));

    // A run of the first push that took its time.
    *scene.clock.borrow_mut() = "2026-11-22T10:02:00Z";
    scene.job(FILE, "plan", &opened).good().assert_step("Comment", 0, "planned later");
    assert_eq!(scene.github.writes(), [""; 0]);

    assert_eq!(scene.github.comments_by(BOT, 7).len(), 2);
    assert_eq!(scene.github.comments_by("someone", 7).len(), 9);
}

#[test]
fn a_comment_that_somebody_deleted_is_written_anew() {
    let scene = Scene::new();
    let opened = scene.pull(7, "{a: {}}", "acme/fleet");
    scene.job(FILE, "plan", &opened).good();
    scene.github.world.lock().unwrap().comments.clear();
    scene.job(FILE, "plan", &opened).good();
    assert_eq!(scene.github.comments_by(BOT, 7).len(), 1);
}

#[test]
fn a_page_that_is_too_long_for_github_is_cut_until_it_fits() {
    let scene = Scene::new();
    scene.github.world.lock().unwrap().longest = 9_000;
    let names: Vec<String> = (0..200).map(|n| format!("i{n:03}: {{labels: {{team: sales}}}}")).collect();
    let opened = scene.pull(7, &format!("{{{}}}", names.join(", ")), "acme/fleet");
    scene.job(FILE, "plan", &opened).good();
    let writes = scene.github.writes();
    assert_eq!(writes.last().unwrap(), "POST /issues/7/comments 201", "{writes:?}");
    assert!(writes.len() > 1 && writes[0].ends_with(" 422"), "{writes:?}");
    let comment = &scene.github.comments_by(BOT, 7)[0];
    assert!(comment.starts_with("<!-- wawpform fleet=acme fingerprint="));
    assert!(comment.trim_end().ends_with("Planned at `2026-11-22T10:00:00Z`."));
    let count = |what: &str| comment.matches(what).count();
    assert!(count("<details>") > 5 && count("<details>") == count("</details>"), "{comment}");
    assert_eq!(count("```") % 2, 0);
    assert!(comment.contains("Too long for this place"));
}

#[test]
fn a_plan_that_is_refused_is_shown_and_fails_the_job() {
    let scene = Scene::new();
    let main = scene.push("printf 'fleet: acme\\nguards: {max_deletes: 0}\\ninstances: {a: {}}\\n' > wawpform.yaml
        WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve > /dev/null
        printf 'fleet: acme\\nguards: {max_deletes: 0}\\ninstances: {b: {}}\\n' > wawpform.yaml; git add -A; git commit -qm wish");
    let mut opened = main;
    opened.insert("github.event.pull_request.number".into(), "8".into());
    opened.insert("github.event.pull_request.head.repo.full_name".into(), "acme/fleet".into());
    let outcome = scene.job(FILE, "plan", &opened);
    assert!(outcome.failed);
    outcome.assert_step("Plan", 3, "--allow-deletes");
    assert!(scene.github.comments_by(BOT, 8)[0].contains("### Plan of `acme`: refused"));
}

#[test]
fn a_manifest_with_mistakes_leaves_the_comment_as_it_is() {
    let scene = Scene::new();
    let opened = scene.pull(7, "{a: {}}", "acme/fleet");
    scene.job(FILE, "plan", &opened).good();
    let before = scene.github.comments_by(BOT, 7);
    let pushed = scene.pull(7, "{a: {protcet: true}}", "acme/fleet");
    let outcome = scene.job(FILE, "plan", &pushed);
    assert!(outcome.failed);
    outcome.assert_step("Comment", 0, "There is no page");
    assert_eq!(scene.github.comments_by(BOT, 7), before);
}

#[test]
fn requests_from_forks_and_those_from_branches_have_a_job_each() {
    let scene = Scene::new();
    let (own, fork) = (scene.pull(7, "{a: {}}", "acme/fleet"), scene.pull(9, "{a: {}}", "mallory/fleet"));
    let began = |file, names| scene.job(file, "plan", names).began;
    assert!(began(FILE, &own) && !began(FILE, &fork));
    assert!(began("wawpform-fork-plan.yml", &fork) && !began("wawpform-fork-plan.yml", &own));
}
