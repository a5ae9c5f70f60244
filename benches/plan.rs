//! Planning 100,000 instances with nothing to do, against parsing the same YAML and nothing else.
//!
//! `cargo bench --bench plan` prints the times and their ratio, best of five, taken in turns in one run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use serde::Deserialize;
use wawpform::instance::{InstanceId, Name};
use wawpform::manifest::{Desired, Source, load};
use wawpform::plan::{Scope, diff};
use wawpform::state::{Document, Lineage, Recorded};

const INSTANCES: usize = 100_000;
const ROUNDS: usize = 5;

/// The same shape as the manifest of the bench, without any check.
#[derive(Deserialize)]
struct Plain {
    #[allow(dead_code, reason = "parsed to be compared with, never read")]
    fleet: String,
    instances: BTreeMap<String, PlainInstance>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "parsed to be compared with, never read")]
struct PlainInstance {
    labels: BTreeMap<String, String>,
    protect: bool,
    running: bool,
}

fn manifest() -> String {
    let mut text = String::from("fleet: big\ninstances:\n");
    for index in 0..INSTANCES {
        let _ = write!(
            text,
            "  tenant-{index:06}:\n    labels: {{crm_account: \"{index}\", team: sales, region: eu}}\n    \
             protect: {}\n    running: true\n",
            index % 7 == 0
        );
    }
    text
}

/// The state in which everything of the manifest is recorded as it should be.
fn document(source: &Source) -> anyhow::Result<Vec<u8>> {
    let Ok(loaded) = load(std::slice::from_ref(source)) else { anyhow::bail!("the manifest is wrong") };
    let mut document = Document::begin(Name::new("big")?, Lineage("bench".into()), "sandbox".into());
    for (index, (name, wanted)) in loaded.desired.instances.into_iter().enumerate() {
        let recorded = Recorded {
            session_name: Some(format!("wawp-{index:08}")),
            server_name: Some("server-1".into()),
            protect: wanted.spec.protect,
            labels: wanted.spec.labels,
            running: wanted.spec.running,
            ..Recorded::new(InstanceId::new(&format!("{index:012X}"))?, "2026-11-22T10:00:00Z".parse()?)
        };
        document.instances.insert(name, recorded);
    }
    Ok(document.encode())
}

fn timed<T>(best: &mut Duration, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = black_box(work());
    *best = (*best).min(begun.elapsed());
    result
}

/// As the command does it: the state is read while the manifest is.
fn side_by_side(source: &Source, state: &[u8]) -> anyhow::Result<(bool, (Desired, Document))> {
    let (loaded, document) = std::thread::scope(|scope| {
        let document = scope.spawn(|| Document::decode(state));
        (load(std::slice::from_ref(source)), document.join())
    });
    let Ok(loaded) = loaded else { anyhow::bail!("the manifest is wrong") };
    let Ok(document) = document else { anyhow::bail!("the reader of the state broke off") };
    let document = document?;
    let converged = diff(&loaded.desired, Some(&document), &Scope::default()).is_converged();
    Ok((converged, (loaded.desired, document)))
}

fn main() -> anyhow::Result<()> {
    let text = manifest();
    let source = Source::new("big.yaml", text.as_str());
    let state = document(&source)?;
    let [mut parsing, mut loading, mut decoding, mut diffing, mut planning] = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        let plain = timed(&mut parsing, || serde_yaml::from_str::<Plain>(&text))?;
        anyhow::ensure!(plain.instances.len() == INSTANCES);
        drop(plain);
        let Ok(loaded) = timed(&mut loading, || load(std::slice::from_ref(&source))) else {
            anyhow::bail!("the manifest is wrong")
        };
        let document = timed(&mut decoding, || Document::decode(&state))?;
        let plan = timed(&mut diffing, || diff(&loaded.desired, Some(&document), &Scope::default()));
        anyhow::ensure!(plan.is_converged(), "there is nothing to do");
        drop((plan, document, loaded));
        let (converged, kept) = timed(&mut planning, || side_by_side(&source, &state))?;
        anyhow::ensure!(converged);
        drop(kept);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{INSTANCES} instances, nothing to do, best of {ROUNDS}, ms")?;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let rows = [
        ("parse the YAML only", parsing),
        ("load the manifest", loading),
        ("decode the state", decoding),
        ("diff", diffing),
        ("plan, as the command", planning),
    ];
    for (what, time) in rows {
        writeln!(out, "{what:>22}: {:8.1}  {:5.2} x", ms(time), ms(time) / ms(parsing))?;
    }
    Ok(())
}
