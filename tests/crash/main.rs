//! A run that is cut off anywhere: at every write of the state and at every point of every call. Whatever it
//! had done by then, the next run goes on from there; no session is lost, and none is made twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "the contract is shared with other tests")]
#![allow(clippy::print_stdout, reason = "how much was tried is worth knowing")]

#[path = "../contract/mod.rs"]
mod contract;

mod fleet;
mod world;

use contract::Place;
use contract::http::HttpPlace;
use contract::local::LocalPlace;
use world::{Cut, World};

/// Makes a place of its own for each state. Another store has a function of this kind and two tests like these.
type MakePlace = fn() -> Box<dyn Place>;

fn local() -> Box<dyn Place> {
    Box::new(LocalPlace::fresh())
}

fn http() -> Box<dyn Place> {
    Box::new(HttpPlace::fresh())
}

/// More effects than any run here has.
const ENOUGH: usize = 1000;

/// Cuts a run off at every effect of a kind, and lets the next one go on to the end. How many there were.
fn at_every(place: MakePlace, cut: fn(usize) -> Cut, concurrency: usize) -> usize {
    for effects in 0..ENOUGH {
        let world = World::begin(place());
        let ran_through = world.run(cut(effects), concurrency);
        if !ran_through {
            assert!(world.run(Cut::Never, concurrency));
        }
        world.assert_nothing_is_lost(&format!("{:?}, {concurrency} at once", cut(effects)), ran_through);
        if ran_through {
            return effects;
        }
    }
    panic!("no run comes to its end");
}

#[test]
fn after_a_crash_at_any_write_of_the_state_the_next_run_goes_on_from_there() {
    for concurrency in [1, 3] {
        let points = at_every(local, Cut::AtWrite, concurrency);
        println!("{points} writes, {concurrency} at once");
        assert!(points >= 10, "{points}");
    }
}

#[test]
fn after_a_crash_at_any_point_of_any_call_the_next_run_goes_on_from_there() {
    for concurrency in [1, 3] {
        let points = at_every(local, Cut::InCall, concurrency);
        println!("{points} points of calls, {concurrency} at once");
        assert!(points >= 40, "{points}");
    }
}

#[test]
fn after_a_crash_with_the_state_on_an_http_server_the_next_run_goes_on_from_there() {
    let writes = at_every(http, Cut::AtWrite, 1);
    let points = at_every(http, Cut::InCall, 3);
    println!("{writes} writes, {points} points of calls, over HTTP");
    assert!(writes >= 10 && points >= 40, "{writes} {points}");
}

#[test]
fn after_a_second_crash_in_the_run_that_goes_on_it_still_holds() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut crashes = 0;
    for _ in 0..60 {
        let world = World::begin(local());
        let concurrency = [1, 3][random.usize(..2)];
        let mut cuts = Vec::new();
        // Early enough that most of them meet something.
        for most in [40, 20] {
            let cut = if random.bool() {
                Cut::InCall(random.usize(..most))
            } else {
                Cut::AtWrite(random.usize(..most / 3))
            };
            crashes += usize::from(!world.run(cut, concurrency));
            cuts.push(cut);
        }
        assert!(world.run(Cut::Never, concurrency));
        world.assert_nothing_is_lost(&format!("{cuts:?}, {concurrency} at once"), false);
    }
    println!("{crashes} crashes, two in a row");
    assert!(crashes >= 60, "{crashes}");
}
