//! `plan` with nothing to do, from the start of its process to its end, against a process that parses the same YAML into
//! the same types and does nothing else.
//!
//! `cargo bench --bench plan` prints the rows of `benches/README.md`; `-- million` those of a million instances;
//! `-- make FOLDER COUNT` writes the fleet alone.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may end")]

mod fleet;
mod process;

use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use fleet::{Plain, Shape};
use process::{Process, best};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["parse", path] => parse(Path::new(path)),
        ["make", folder, count] => make(Path::new(folder), Shape::File, count.parse()?),
        ["million"] => million(),
        _ => table(),
    }
}

/// What is compared with: every file is read and parsed, and nothing else, not even freed.
fn parse(path: &Path) -> anyhow::Result<()> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        files = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    }
    for file in files {
        let text = std::fs::read_to_string(file)?;
        let plain: Plain = serde_yaml::from_str(&text)?;
        std::mem::forget((black_box(plain), text));
    }
    Ok(())
}

fn make(folder: &Path, shape: Shape, count: usize) -> anyhow::Result<()> {
    fleet::write(folder, shape, count)?;
    fleet::record(folder, count)
}

/// A fleet, a process that plans it and one that parses it.
struct Pair {
    _folder: tempfile::TempDir,
    plan: Process,
    parse: Process,
}

impl Pair {
    fn new(shape: Shape, count: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        make(folder.path(), shape, count)?;
        let args = ["plan", "--sandbox", "--detailed-exitcode", "-f", shape.path()];
        let plan = Process::wawpform(&args, folder.path());
        let parse = Process::new(std::env::current_exe()?, &["parse", shape.path()], folder.path());
        Ok(Self { _folder: folder, plan, parse })
    }
}

fn say(work: &str, measured: &str, against: &str, ratio: &str, most: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{work:<38} {measured:>12} {against:>12} {ratio:>10}   {most}")?;
    Ok(out.flush()?)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The most memory of a run, in MiB: the middle of five, because it depends on which thread came first.
fn memory(process: &Process) -> anyhow::Result<f64> {
    let mut runs = [0; 5];
    for run in &mut runs {
        *run = process.memory()?;
    }
    runs.sort_unstable();
    Ok(runs[2] as f64 / f64::from(1 << 20))
}

fn told(time: Duration) -> String {
    format!("{:.1} ms", ms(time))
}

fn times(a: f64, b: f64) -> String {
    format!("{:.2} x", a / b)
}

fn table() -> anyhow::Result<()> {
    say("nothing to do; best of several, in turns", "plan", "against", "", "must be")?;
    let mut plans = Vec::new();
    for (count, rounds) in [(1_000, 25), (10_000, 15), (100_000, 7)] {
        let Pair { _folder, plan, parse } = Pair::new(Shape::File, count)?;
        let [planned, parsed] = best(rounds, [&plan, &parse])?;
        plans.push(planned);
        let ratio = times(ms(planned), ms(parsed));
        say(&format!("{count} instances in one file"), &told(planned), &told(parsed), &ratio, "<= 1.3 x")?;
        if count == 100_000 {
            let ratio = times(ms(plans[2]), ms(plans[1]));
            say("growth, 100,000 against 10,000", &told(plans[2]), &told(plans[1]), &ratio, "<= 11 x")?;
            let (plan, parse) = (memory(&plan)?, memory(&parse)?);
            let (most, against) = (format!("{plan:.0} MiB"), format!("{parse:.0} MiB"));
            say("peak memory at 100,000", &most, &against, &times(plan, parse), "<= 1.15 x")?;
        }
    }
    let Pair { _folder, plan, parse } = Pair::new(Shape::Folder, 10_000)?;
    let [planned, parsed] = best(9, [&plan, &parse])?;
    let ratio = times(ms(planned), ms(parsed));
    say("10,000 files of one instance", &told(planned), &told(parsed), &ratio, "<= 0.7 x")?;

    let Pair { _folder, plan, parse: _ } = Pair::new(Shape::File, 1)?;
    let version = Process::wawpform(&["--version"], _folder.path());
    let [nothing, version, plan] =
        best(60, [&Process::new("/bin/true", &[], _folder.path()), &version, &plan])?;
    for (what, time) in
        [("--version, against `true`", version), ("plan of one instance, against `true`", plan)]
    {
        let more = format!("+ {:.1} ms", ms(time) - ms(nothing));
        say(what, &told(time), &told(nothing), &more, "<= + 5 ms")?;
    }
    Ok(())
}

fn million() -> anyhow::Result<()> {
    say("1,000,000 instances, nothing to do", "plan", "parse alone", "", "")?;
    for (shape, what) in [(Shape::Json, "from a JSON manifest"), (Shape::File, "from a YAML manifest")] {
        let Pair { _folder, plan, parse } = Pair::new(shape, 1_000_000)?;
        let [planned, parsed] = best(2, [&plan, &parse])?;
        say(what, &told(planned), &told(parsed), &times(ms(planned), ms(parsed)), "")?;
        let (plan, parse) = (memory(&plan)?, memory(&parse)?);
        let (most, against) = (format!("{plan:.0} MiB"), format!("{parse:.0} MiB"));
        say("  its peak memory", &most, &against, &times(plan, parse), "")?;
    }
    Ok(())
}
