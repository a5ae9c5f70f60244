//! `kill -9`, for real: the program applies a fleet of 200 to a sandbox over HTTP and is killed at any moment.
//!
//! `WAWPFORM_KILLS=500 cargo test --test kill -- --nocapture` makes 500 rounds and prints what came of them;
//! without it a few rounds are made. Every round has its seed (`WAWPFORM_KILL_SEED` begins the row).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]
#![allow(clippy::print_stdout, reason = "how much was tried is worth knowing")]

#[path = "../contract/mod.rs"]
mod contract;

#[cfg(feature = "object-storage")]
mod bucket;
mod check;
mod home;
#[cfg(feature = "postgres")]
#[path = "../servers/postgres.rs"]
mod postgres_server;
mod program;
#[cfg(feature = "postgres")]
mod rows;
#[cfg(feature = "object-storage")]
#[path = "../servers/mod.rs"]
mod servers;
mod trap;
mod wish;
mod world;

use std::ops::AddAssign;

use home::MakeHome;
use world::World;

/// How many fleets are worked on side by side.
const LANES: u64 = 2;
/// Rounds without a wish for more.
const FEW: u64 = 12;
/// After so many rounds a fleet begins anew, with 200 creates.
const ROUNDS_OF_A_FLEET: u64 = 4;

/// What came of some rounds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    rounds: usize,
    /// Kills that met a running process, and kills that came too late.
    killed: usize,
    too_late: usize,
    /// Of the kills that met one: before the first call, between calls, while the document was being written.
    early: usize,
    in_calls: usize,
    at_checkpoint: usize,
    /// What was found right after the kills, added up.
    live: usize,
    recorded: usize,
    pending_creates: usize,
    pending_deletes: usize,
    /// Sessions that no name had, each behind a pending create.
    orphans: usize,
    /// Rounds in which a saved plan was applied.
    saved: usize,
    /// How a person settled the pending creates.
    imported: usize,
    forgotten: usize,
    /// Creates that the server executed.
    creates: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let Self {
            rounds,
            killed,
            too_late,
            early,
            in_calls,
            at_checkpoint,
            live,
            recorded,
            pending_creates,
            pending_deletes,
            orphans,
            saved,
            imported,
            forgotten,
            creates,
        } = other;
        self.rounds += rounds;
        self.killed += killed;
        self.too_late += too_late;
        self.early += early;
        self.in_calls += in_calls;
        self.at_checkpoint += at_checkpoint;
        self.live += live;
        self.recorded += recorded;
        self.pending_creates += pending_creates;
        self.pending_deletes += pending_deletes;
        self.orphans += orphans;
        self.saved += saved;
        self.imported += imported;
        self.forgotten += forgotten;
        self.creates += creates;
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect(variable))
}

/// The rounds of one lane, in fleets of a few rounds each.
fn lane(rounds: impl Iterator<Item = u64>, make_home: MakeHome) -> Tally {
    let mut tally = Tally::default();
    let mut world: Option<World> = None;
    for (index, seed) in (0..).zip(rounds) {
        if index % ROUNDS_OF_A_FLEET == 0 {
            world = None;
        }
        tally += world.get_or_insert_with(|| World::begin(seed, make_home)).round(seed);
    }
    tally
}

#[test]
fn a_run_killed_at_any_moment_loses_no_instance_and_makes_none_twice() {
    kill(FEW, home::local);
}

#[test]
fn nor_does_one_whose_state_is_on_an_http_server() {
    kill(FEW / 2, home::http);
}

#[cfg(feature = "object-storage")]
#[test]
fn the_same_holds_of_a_state_in_object_storage() {
    if servers::moto().is_some() {
        kill(20, bucket::s3);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn the_same_holds_of_a_state_in_postgresql() {
    if rows::is_there() {
        kill(20, rows::postgres);
    }
}

/// Rounds of kills with the state in a place of a kind: `few`, or as many as `WAWPFORM_KILLS` says.
fn kill(few: u64, make_home: MakeHome) {
    let (rounds, first) = (number("WAWPFORM_KILLS", few), number("WAWPFORM_KILL_SEED", 1));
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|which| {
                let seeds = (first..first + rounds).filter(move |seed| seed % LANES == which);
                scope.spawn(move || lane(seeds, make_home))
            })
            .collect();
        lanes.into_iter().for_each(|lane| tally += lane.join().expect("a lane comes to its end"));
    });
    println!("{tally:#?}");
    assert_eq!(tally.rounds as u64, rounds);
    // Most kills must meet a process at work, or nothing was tried.
    assert!(tally.killed * 3 >= tally.rounds * 2 && tally.in_calls > 0, "{tally:#?}");
    assert!(tally.saved > 0 && tally.saved < tally.rounds, "{tally:#?}");
    assert_eq!(
        tally.imported, tally.orphans,
        "every session that no name had was imported, and nothing else"
    );
}
