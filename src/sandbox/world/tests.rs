//! The world as a value: each call on it, without a server.

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn world(quota: Option<u32>) -> (World, Account) {
    let world = World::new(7, Plan::Free, Terms { quota, ..Terms::default() });
    let account = world.account("token");
    (world, account)
}

fn phone() -> Phone {
    Phone { number: "201012345678".to_owned(), push_name: "John".to_owned() }
}

#[test]
fn the_quota_is_counted_per_account_and_a_delete_frees_a_slot() {
    let (mut world, mine) = world(Some(1));
    let theirs = world.account("another token");
    let first = world.create(&mine, Birth::default(), NOW).unwrap();
    assert_eq!(world.create(&mine, Birth::default(), NOW), Err(Refusal::QuotaReached(1)));
    world.create(&theirs, Birth::default(), NOW).unwrap();
    world.delete(&mine, &first.instance_id).unwrap();
    let second = world.create(&mine, Birth::default(), NOW).unwrap();
    assert_ne!(first.instance_id, second.instance_id);
}

#[test]
fn a_deleted_instance_and_another_accounts_are_alike_invalid() {
    let (mut world, mine) = world(None);
    let theirs = world.account("another token");
    let it = world.create(&mine, Birth::default(), NOW).unwrap();
    let id = it.instance_id.as_str();
    assert_eq!(world.info(&theirs, id, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.delete(&theirs, id), Err(Refusal::InvalidInstance));
    world.delete(&mine, id).unwrap();
    assert_eq!(world.delete(&mine, id), Err(Refusal::InvalidInstance));
    assert_eq!(world.start(&mine, id, false, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.stop(&mine, id, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.restart(&mine, id, false, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.logout(&mine, id, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.info(&mine, id, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.me(&mine, id), Err(Refusal::InvalidInstance));
    assert_eq!(world.scan(id, phone(), NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.unlink(id, NOW), Err(Refusal::InvalidInstance));
    assert_eq!(world.vanish(id), Err(Refusal::InvalidInstance));
}

#[test]
fn two_worlds_of_one_seed_are_the_same_and_of_two_seeds_are_not() {
    let ids = |seed| {
        let mut world = World::new(seed, Plan::Free, Terms::default());
        let account = world.account("token");
        (0..3).map(|_| world.create(&account, Birth::default(), NOW).unwrap().instance_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
}

#[test]
fn repeating_the_changes_gives_the_same_world() {
    let (mut world, mine) = world(Some(9));
    let mut told = world.entries().collect::<Vec<_>>();
    let a = world.create(&mine, Birth::default(), NOW).unwrap().instance_id;
    let b = world.create(&mine, Birth { numeric: true, starting: true }, NOW).unwrap().instance_id;
    world.start(&mine, &a, false, NOW).unwrap();
    world.info(&mine, &a, NOW).unwrap();
    world.scan(&a, phone(), NOW).unwrap();
    world.delete(&mine, &b).unwrap();
    told.extend(world.take_changes());

    let mut again = World::new(99, Plan::Free, Terms { quota: Some(9), ..Terms::default() });
    told.into_iter().for_each(|entry| again.repeat(entry));
    assert_eq!(again.entries().collect::<Vec<_>>(), world.entries().collect::<Vec<_>>());
    assert_eq!(again.account("token"), mine, "the kept seed marks the accounts");
    let next = |w: &mut World| w.create(&mine, Birth::default(), NOW).unwrap().instance_id;
    assert_eq!(next(&mut again), next(&mut world), "the counter goes on where it was");
}

#[test]
fn what_changes_nothing_leaves_nothing_to_keep() {
    let (mut world, mine) = world(None);
    let id = world.create(&mine, Birth::default(), NOW).unwrap().instance_id;
    assert_eq!(world.take_changes().len(), 1);
    world.info(&mine, &id, NOW).unwrap();
    world.stop(&mine, &id, NOW).unwrap();
    world.me(&mine, &id).unwrap();
    assert_eq!(world.take_changes(), []);
}

#[test]
fn a_kept_entry_never_holds_the_token() {
    let mut world = World::new(1, Plan::Paid, Terms::default());
    let account = world.account("s3cr3t-t0ken");
    world.create(&account, Birth::default(), NOW).unwrap();
    let kept = serde_json::to_string(&world.entries().collect::<Vec<_>>()).unwrap();
    assert!(!kept.contains("s3cr3t-t0ken"), "{kept}");
}

#[test]
fn a_scan_says_why_it_cannot_be() {
    let (mut world, mine) = world(None);
    let id = world.create(&mine, Birth::default(), NOW).unwrap().instance_id;
    for bad in ["", "+201012345678", "20 10 12", "12345", "1234567890123456"] {
        let phone = Phone { number: bad.to_owned(), ..phone() };
        assert_eq!(world.scan(&id, phone, NOW), Err(Refusal::BadPhone), "{bad}");
    }
    assert_eq!(world.scan(&id, phone(), NOW), Err(Refusal::NoQrCode("STOPPED")));
    assert_eq!(world.unlink(&id, NOW), Err(Refusal::NotPaired));
    world.start(&mine, &id, false, NOW).unwrap();
    assert_eq!(world.scan(&id, phone(), NOW).unwrap().phase, Phase::Working);
}
