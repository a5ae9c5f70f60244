//! The process's surroundings: environment variables, clock, randomness, who and where.
//!
//! Invariant: the only reader of them. `WAWPFORM_TEST_CLOCK` and `WAWPFORM_TEST_SEED` fix what tests and
//! transcripts must be able to repeat; `WAWPFORM_TEST_PACE` and `WAWPFORM_TEST_LEASE` shorten what they would
//! wait for.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::events::STILL;
use crate::apply::Clock;
use crate::wait::Pace;

/// Where a command runs.
pub(super) struct Env {
    clock: Clock,
    /// The same clock, as fine as it is.
    moments: Clock,
    seeded: Option<Mutex<fastrand::Rng>>,
}

impl Env {
    pub(super) fn of_this_process() -> Self {
        let fixed: Option<Timestamp> = var("WAWPFORM_TEST_CLOCK").and_then(|text| text.parse().ok());
        let moments: Clock = match fixed {
            Some(fixed) => Arc::new(move || fixed),
            None => Arc::new(Timestamp::now),
        };
        let clock: Clock = match fixed {
            Some(fixed) => Arc::new(move || fixed),
            // Whole seconds: nobody reads more, and the state stays short.
            None => Arc::new(|| {
                let now = Timestamp::now();
                Timestamp::from_second(now.as_second()).unwrap_or(now)
            }),
        };
        let seed: Option<u64> = var("WAWPFORM_TEST_SEED").and_then(|text| text.parse().ok());
        Self { clock, moments, seeded: seed.map(|seed| Mutex::new(fastrand::Rng::with_seed(seed))) }
    }

    /// How fast a wait looks again, and when a start counts as stuck.
    pub(super) fn pace(&self) -> Pace {
        let told = var("WAWPFORM_TEST_PACE").and_then(|text| super::args::duration(&text).ok());
        told.map_or_else(Pace::default, |told| Pace { least: told, most: told, stuck_after: told * 10 })
    }

    /// How often it is told that a call is still under way.
    pub(super) fn still(&self) -> Duration {
        let told = var("WAWPFORM_TEST_PACE").and_then(|text| super::args::duration(&text).ok());
        told.unwrap_or(STILL)
    }

    /// How long a lock with a lease counts as held without being renewed, when it is not as long as usual.
    #[cfg(feature = "object-storage")]
    pub(super) fn lease(&self) -> Option<std::time::Duration> {
        var("WAWPFORM_TEST_LEASE").and_then(|text| super::args::duration(&text).ok())
    }

    /// A variable that is set and not empty.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        var(name)
    }

    /// The words of this command line, as far as they are text.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        std::env::args_os().skip(1).filter_map(|word| word.into_string().ok())
    }

    /// The words of a command line that is not this one, behind `--`; `None` when there are none.
    pub(super) fn words_behind_escape(&self) -> Option<Vec<std::ffi::OsString>> {
        let mut words = std::env::args_os().skip(1);
        let words: Vec<_> = (words.next()? == "--").then(|| words.collect())?;
        (!words.is_empty()).then_some(words)
    }

    /// The folder a command runs in.
    pub(super) fn folder(&self) -> Option<std::path::PathBuf> {
        std::env::current_dir().ok()
    }

    /// The name of that folder.
    pub(super) fn folder_name(&self) -> Option<String> {
        self.folder()?.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// The clock, in parts of a second.
    pub(super) fn moments(&self) -> Clock {
        Arc::clone(&self.moments)
    }

    pub(super) fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A random UUID.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(super) fn uuid(&self) -> anyhow::Result<String> {
        let mut bytes = [0_u8; 16];
        match &self.seeded {
            Some(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes),
            None => getrandom::fill(&mut bytes).context("the system gives no random numbers")?,
        }
        Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// A random number to begin a sandbox's world with.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(super) fn seed(&self) -> anyhow::Result<u64> {
        match &self.seeded {
            Some(rng) => Ok(rng.lock().unwrap_or_else(PoisonError::into_inner).u64(..)),
            None => getrandom::u64().context("the system gives no random numbers"),
        }
    }

    /// Who runs this, for the lock: user@host.
    pub(super) fn who(&self) -> String {
        let user = var("USER").or_else(|| var("LOGNAME")).or_else(|| var("USERNAME"));
        let host = gethostname::gethostname();
        format!("{}@{}", user.as_deref().unwrap_or("unknown"), host.to_string_lossy())
    }

    /// The CI job this runs in, when there is one.
    pub(super) fn ci_job(&self) -> Option<String> {
        let github = || {
            let (server, repository) = (var("GITHUB_SERVER_URL")?, var("GITHUB_REPOSITORY")?);
            Some(format!("{server}/{repository}/actions/runs/{}", var("GITHUB_RUN_ID")?))
        };
        let azure = || {
            let (server, project) = (var("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")?, var("SYSTEM_TEAMPROJECT")?);
            Some(format!("{server}{project}/_build/results?buildId={}", var("BUILD_BUILDID")?))
        };
        let bitbucket = || {
            let repository = var("BITBUCKET_REPO_FULL_NAME")?;
            Some(format!(
                "https://bitbucket.org/{repository}/pipelines/results/{}",
                var("BITBUCKET_BUILD_NUMBER")?
            ))
        };
        // GitLab; CircleCI, Buildkite; Jenkins and those who follow it.
        let named =
            || ["CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "BUILD_URL"].iter().find_map(|name| var(name));
        var("CI_JOB_URL").or_else(github).or_else(azure).or_else(bitbucket).or_else(named)
    }

    /// What a lock says of its holder beyond who it is: the process, and the CI job.
    pub(super) fn lock_info(&self) -> String {
        let process = format!("pid {}", std::process::id());
        self.ci_job().map_or_else(|| process.clone(), |job| format!("{job} ({process})"))
    }

    /// Whether a person can answer a question.
    pub(super) fn stdin_is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
