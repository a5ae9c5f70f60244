//! Looking at the live instances of a fleet, through a telephone that can only look; and how many calls may be in flight.

use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::App;
use super::events::Stream;
use super::exit::Fault;
use super::place::Api;
use super::progress::Progress;
use super::{fleet, phone};
use crate::apply::Stop;
use crate::instance::{Name, Secret, visible};
use crate::manifest::Desired;
use crate::observe::{Halt, Observation, Settings, Target, observe};
use crate::wawp::Concurrency;

/// The most calls in flight that may be asked for.
const MOST: u16 = 1024;

/// `auto` goes no further unless the manifest says how far.
const MOST_BY_ITSELF: usize = 64;

/// How instances are looked at.
#[derive(Debug, Clone, Args)]
pub(super) struct Looking {
    /// How many calls may be in flight: a number up to 1024, or auto, which begins with 4, takes more while answers are as
    /// quick as before, at most 64, and half as many when the API pushes back (429, 5xx). Never more than the manifest's
    /// `account.max_concurrency`.
    #[arg(long, value_name = "N|auto", default_value = "4", env = "WAWPFORM_CONCURRENCY")]
    concurrency: AtOnce,
}

/// What `--concurrency` may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtOnce {
    Number(u16),
    Auto,
}

impl FromStr for AtOnce {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
        number.map(Self::Number).ok_or_else(|| format!("write a number from 1 to {MOST}, or auto"))
    }
}

impl Looking {
    /// How many calls to the fleet's account may be in flight.
    pub(super) fn concurrency(&self, desired: &Desired) -> Concurrency {
        let allowed = desired.max_concurrency;
        match self.concurrency {
            AtOnce::Number(number) => {
                let number = usize::from(number);
                Concurrency::Fixed(allowed.map_or(number, |allowed| allowed.min(number)))
            }
            AtOnce::Auto => Concurrency::Auto { most: allowed.unwrap_or(MOST_BY_ITSELF) },
        }
    }

    /// Looks at each of these.
    ///
    /// # Errors
    /// When nothing can be looked at: the API cannot be called, does not take the token, cannot show who it is; or
    /// when a signal came.
    pub(super) async fn at<T: Into<Target>>(
        &self,
        (app, desired): (&App, &Desired),
        whom: Vec<(Name, T)>,
        (api, token): (Api, Secret),
        stop: &Stop,
    ) -> anyhow::Result<Observation> {
        let progress = Arc::new(Progress::of_looks(app, whom.len()));
        let lookout = phone::look_out(app, api, token, Progress::calls(&progress), stop).await?;
        let whom: Vec<(Name, Target)> = whom.into_iter().map(|(name, what)| (name, what.into())).collect();
        let mut listener = Progress::looks(&progress);
        if let Some(events) = app.out.events() {
            let ids = whom.iter().map(|(name, target)| (name.clone(), target.id.clone())).collect();
            listener = Stream::looks(events, ids, listener);
        }
        let settings = Settings { concurrency: self.concurrency(desired), listener, stop: stop.token() };
        let observation = observe(&lookout.viewer, whom, settings).await;
        progress.end();
        lookout.hang_up().await;
        match &observation.halt {
            None => Ok(observation),
            Some(halt) => Err(halted(halt)),
        }
    }
}

/// Why nobody else was looked at, as an error.
pub(super) fn halted(halt: &Halt) -> anyhow::Error {
    match halt {
        Halt::Interrupted => fleet::interrupted(),
        Halt::Unauthorized(said) => {
            let hint = "check the token; nothing was changed";
            Fault::error(format!("the token was not accepted: {}", visible(said)), hint).into()
        }
        Halt::Untrusted(said) => {
            let hint = "nothing was changed; check the API's address and the certificates of this machine; \
                        SSL_CERT_FILE names other ones";
            Fault::error(format!("the API's certificate is not trusted: {}", visible(said)), hint).into()
        }
    }
}
