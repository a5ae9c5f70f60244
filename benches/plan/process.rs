//! What a whole process costs, from its start to its end: time in turns, and the most memory it ever had.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command that can be run again and again.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    program: PathBuf,
    args: Vec<String>,
    folder: PathBuf,
    path: Option<std::ffi::OsString>,
}

impl Process {
    pub(crate) fn new(program: impl Into<PathBuf>, args: &[&str], folder: &Path) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { program: program.into(), args, folder: folder.to_owned(), path: None }
    }

    /// With the search path of this process, for a program that starts others.
    #[allow(dead_code, reason = "not every bench has such programs")]
    pub(crate) fn with_path(mut self) -> Self {
        self.path = std::env::var_os("PATH");
        self
    }

    /// `wawpform` as it was built for this bench.
    pub(crate) fn wawpform(args: &[&str], folder: &Path) -> Self {
        Self::new(env!("CARGO_BIN_EXE_wawpform"), args, folder)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.folder).env_clear();
        command.envs(self.path.iter().map(|path| ("PATH", path)));
        command.env("CHECKPOINT_DISABLE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// How long one run takes, its start and end included.
    pub(crate) fn time(&self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let status = self.command().status()?;
        let time = begun.elapsed();
        anyhow::ensure!(status.success(), "{self:?}: {status}");
        Ok(time)
    }

    /// The most memory that one run had, in bytes, as the kernel counted it. It is looked at until the run ends, so what
    /// comes in its very last millisecond may be missed.
    #[allow(dead_code, reason = "not every bench asks for it")]
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let mut child = self.command().spawn()?;
        let facts = format!("/proc/{}/status", child.id());
        let mut most = 0;
        loop {
            let text = std::fs::read_to_string(&facts).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            most = most.max(kib.unwrap_or_default().saturating_mul(1024));
            if let Some(status) = child.try_wait()? {
                anyhow::ensure!(status.success(), "{self:?}: {status}");
                return Ok(most);
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

/// The best of so many runs of each, in turns, so that what disturbs one disturbs the others as well.
#[allow(dead_code, reason = "not every bench compares in turns")]
pub(crate) fn best<const N: usize>(rounds: usize, all: [&Process; N]) -> anyhow::Result<[Duration; N]> {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (best, process) in best.iter_mut().zip(all) {
            *best = (*best).min(process.time()?);
        }
    }
    Ok(best)
}
