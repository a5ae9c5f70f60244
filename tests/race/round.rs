//! The rounds: both machines get the same new wish and apply it at the same moment.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::state::{Document, read};

use super::field::{Field, MakeField};

const MACHINES: usize = 2;

/// What came of the rounds.
#[derive(Debug, Default)]
struct Tally {
    rounds: u64,
    /// Rounds by the machine that made the round's session.
    won: [u64; MACHINES],
    /// How the other one ended, by its exit code.
    lost: BTreeMap<i32, u64>,
}

struct Race {
    machines: [TempDir; MACHINES],
    sandbox: Running,
    field: Box<dyn Field>,
    runtime: tokio::runtime::Runtime,
}

/// `few` rounds, or as many as `WAWPFORM_RACES` says.
pub fn race(few: u64, make_field: MakeField) {
    let rounds = std::env::var("WAWPFORM_RACES").map_or(few, |text| text.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
    let sandbox = runtime.block_on(Sandbox::start(Options { seed: 1, ..Options::new(clock) })).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let machines = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let race = Race { machines, sandbox, field: make_field(folder.path()), runtime };
    let mut tally = Tally::default();
    for round in 1..=rounds {
        race.round(round, &mut tally);
    }
    println!("{tally:?}");
    assert_eq!((tally.rounds, tally.won.iter().sum::<u64>()), (rounds, rounds));
}

impl Race {
    fn round(&self, round: u64, tally: &mut Tally) {
        // One new name a round; the fleet stays small, so the oldest go.
        let names = (round.saturating_sub(4).max(1)..=round).map(|n| format!("  i{n}: {{running: false}}\n"));
        let manifest =
            format!("fleet: acme\nguards: {{max_deletes: 100%}}\ninstances:\n{}", names.collect::<String>());
        self.sandbox.clear_log();
        let children: Vec<Child> = self
            .machines
            .iter()
            .map(|machine| {
                std::fs::write(machine.path().join("wawpform.yaml"), &manifest).unwrap();
                self.start(machine.path())
            })
            .collect();
        let ends: Vec<(i32, String)> = children.into_iter().map(ended).collect();
        let made = self.sandbox.log().iter().filter(|it| it.executed && it.path.ends_with("/create")).count();
        assert_eq!(made, 1, "round {round}: {made} sessions for one name\n{ends:#?}");
        let winner = winner(&ends);
        tally.rounds += 1;
        tally.won[winner] += 1;
        *tally.lost.entry(ends[1 - winner].0).or_default() += 1;
        // Locked, changed under its hands, or nothing left to do: never half of something.
        assert!(matches!(ends[1 - winner].0, 0 | 1 | 3 | 5), "round {round}\n{ends:#?}");

        let document = self.document();
        let live: Vec<String> = self.sandbox.instances().into_iter().map(|it| it.instance_id).collect();
        let mut recorded: Vec<String> =
            document.instances.values().map(|it| it.instance_id.to_string()).collect();
        recorded.sort();
        let mut live = live;
        live.sort();
        assert_eq!(recorded, live, "round {round}: what is recorded is what lives\n{ends:#?}");
        assert_eq!(document.pending.len(), 0, "round {round}");
        assert!(document.instances.keys().any(|name| name.as_str() == format!("i{round}")), "round {round}");
        for machine in &self.machines {
            assert!(!machine.path().join("errored.state.json").exists(), "round {round}\n{ends:#?}");
        }
    }

    fn start(&self, folder: &Path) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.args(["apply", "--auto-approve"]).current_dir(folder).env_clear().stdin(Stdio::null());
        command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWP_API_URL", self.sandbox.base_url());
        command.envs(self.field.variables()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn document(&self) -> Document {
        let store = self.field.store();
        self.runtime.block_on(read(&*store)).unwrap().unwrap().document
    }
}

fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// Who says that it made the session.
fn winner(ends: &[(i32, String)]) -> usize {
    let applied = |(code, said): &(i32, String)| *code == 0 && said.contains("Resources: 1 added");
    let all: Vec<usize> = (0..MACHINES).filter(|which| applied(&ends[*which])).collect();
    assert_eq!(all.len(), 1, "exactly one wins\n{ends:#?}");
    all[0]
}
