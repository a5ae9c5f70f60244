//! `apply` and `refresh` against what the latency of the API allows, against a bare loop of the same calls without any
//! state, and `--concurrency auto` against every fixed number. Prints the rows of `benches/README.md`.
//!
//! `cargo bench --bench apply` prints all; `-- latency`, `-- bare`, `-- auto`, `-- postgres` (with the feature) some.

mod bare;
mod scene;

#[cfg(feature = "postgres")]
#[path = "../../tests/servers/postgres.rs"]
mod servers;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use scene::{Api, Applied, Served, apply, local, refresh};
use wawpform::wawp::Concurrency;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MILLIS_20: Duration = Duration::from_millis(20);
const ROUNDS: usize = 3;

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let is_asked = |part: &str| asked.is_empty() || asked.iter().any(|it| it == part);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    // As in the program, which makes its calls on one.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        say(["best of several, in turns", "took", "against", "", "must be"])?;
        if is_asked("latency") {
            latency(folder.path()).await?;
        }
        if is_asked("bare") {
            bare(folder.path()).await?;
        }
        if is_asked("auto") {
            auto(folder.path()).await?;
        }
        #[cfg(feature = "postgres")]
        if is_asked("postgres") {
            postgres(folder.path()).await?;
        }
        Ok(())
    })
}

fn say([work, took, against, ratio, most]: [&str; 5]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{work:<52} {took:>10} {against:>10} {ratio:>8}   {most}")?;
    Ok(out.flush()?)
}

fn row(work: &str, took: Duration, against: Duration, most: &str) -> anyhow::Result<()> {
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    let ratio = format!("{:.2} x", took.as_secs_f64() / against.as_secs_f64());
    say([work, &ms(took), &ms(against), &ratio, most])
}

/// Against a machine and a program that take no time at all.
async fn latency(folder: &Path) -> anyhow::Result<()> {
    const CREATES: u32 = 5_000;
    const AT_ONCE: u32 = 64;
    const LOOKS: u32 = 10_000;
    let mut best: Option<Applied> = None;
    for round in 0..ROUNDS {
        let served = Served::new(Api::after(MILLIS_20)).await?;
        let store = local(folder, &format!("latency-{round}"));
        let applied = apply(&served, &store, CREATES, Concurrency::Fixed(AT_ONCE as usize)).await?;
        served.end().await?;
        if best.as_ref().is_none_or(|best| applied.all() < best.all()) {
            best = Some(applied);
        }
    }
    let Some(best) = best else { return Ok(()) };
    let ideal = MILLIS_20 * CREATES / AT_ONCE;
    row("apply of 5,000 creates, 20 ms, 64 at once", best.all(), ideal, "<= 1.10 x")?;
    let shared = best.closed.records as f64 / best.closed.batches as f64;
    say(["  records a sync", &format!("{shared:.1}"), "", "", ""])?;
    let off = format!("{:.0} %", best.estimate_off * 100.0);
    say(["  what the estimate after a tenth is off by", &off, "", "", "<= 20 %"])?;

    let served = Served::new(Api::after(MILLIS_20)).await?;
    let made = apply(&served, &local(folder, "looks"), LOOKS, Concurrency::Fixed(512)).await?;
    let document = made.closed.document;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        best = best.min(refresh(&served, &document, AT_ONCE as usize).await?);
    }
    served.end().await?;
    row("plan --refresh of 10,000, 20 ms, 64 at once", best, MILLIS_20 * LOOKS / AT_ONCE, "<= 1.10 x")
}

/// Against the same creates with nothing around them.
async fn bare(folder: &Path) -> anyhow::Result<()> {
    const CREATES: u32 = 5_000;
    const AT_ONCE: usize = 32;
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let served = Served::new(Api::after(Duration::ZERO)).await?;
        let store = local(folder, &format!("bare-{round}"));
        ours = ours.min(apply(&served, &store, CREATES, Concurrency::Fixed(AT_ONCE)).await?.all());
        served.end().await?;
        let served = Served::new(Api::after(Duration::ZERO)).await?;
        theirs = theirs.min(bare::creates(&served.sandbox.base_url(), CREATES, AT_ONCE).await?);
        served.end().await?;
    }
    row("apply of 5,000 creates, no latency, 32 at once", ours, theirs, "<= 1.5 x a bare loop")
}

/// `--concurrency auto` against the best number that could have been given.
async fn auto(folder: &Path) -> anyhow::Result<()> {
    const FIXED: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
    let millis = Duration::from_millis;
    let profiles = [
        ("fast: no latency, 6,000 creates", Api::after(Duration::ZERO), 6_000),
        ("slow: 250 ms, 1,500 creates", Api::after(millis(250)), 1_500),
        ("50 a second: 20 ms, 500 creates", Api { latency: MILLIS_20, rate: Some(50) }, 500),
    ];
    for (name, api, creates) in profiles {
        let mut best = (Duration::MAX, 0);
        for at_once in FIXED {
            // One after the other would take minutes, and is not the best there.
            if api.latency * creates / u32::try_from(at_once)? > Duration::from_secs(60) {
                continue;
            }
            let took = timed(folder, api, creates, Concurrency::Fixed(at_once)).await?;
            best = best.min((took, at_once));
        }
        let took = timed(folder, api, creates, Concurrency::Auto { most: 64 }).await?;
        row(&format!("auto, {name} (best: {})", best.1), took, best.0, "<= 1.2 x")?;
    }
    Ok(())
}

/// The better of two.
async fn timed(folder: &Path, api: Api, creates: u32, concurrency: Concurrency) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..2 {
        let served = Served::new(api).await?;
        let own = tempfile::tempdir_in(folder)?;
        best = best.min(apply(&served, &local(own.path(), "auto"), creates, concurrency).await?.all());
        served.end().await?;
    }
    Ok(best)
}

/// The same creates with a state on disk and in PostgreSQL, in turns; the server syncs as servers do.
#[cfg(feature = "postgres")]
async fn postgres(folder: &Path) -> anyhow::Result<()> {
    const CREATES: u32 = 5_000;
    let Some(server) = servers::Server::start_with(&["fsync=on"], &[]) else {
        return say(["PostgreSQL is not on this machine", "", "", "", ""]);
    };
    let url = server.database("bench");
    for (name, api, most) in [
        ("20 ms, 64 at once", Api::after(MILLIS_20), "<= 1.5 x a local state"),
        ("no latency, 64 at once", Api::after(Duration::ZERO), ""),
    ] {
        let (mut disk, mut rows) = (Duration::MAX, Duration::MAX);
        for round in 0..ROUNDS {
            let store = local(folder, &format!("against-{}-{round}", api.latency.as_millis()));
            let served = Served::new(api).await?;
            disk = disk.min(apply(&served, &store, CREATES, Concurrency::Fixed(64)).await?.all());
            served.end().await?;
            let url = format!("{url}?fleet=acme-{}-{round}", api.latency.as_millis());
            let address = wawpform::state::PostgresAddress::parse(&url, |_| None)?;
            let Some(fleet) = address.fleet().cloned() else { anyhow::bail!("the URL names a fleet") };
            let store = wawpform::state::PostgresStore::new(address, fleet);
            let served = Served::new(api).await?;
            rows = rows.min(apply(&served, &store, CREATES, Concurrency::Fixed(64)).await?.all());
            served.end().await?;
        }
        row(&format!("apply of 5,000 creates on PostgreSQL, {name}"), rows, disk, most)?;
    }
    Ok(())
}
