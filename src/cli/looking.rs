//! Looking at the live instances of a fleet, through a telephone that can only look.

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
use crate::observe::{Halt, Observation, Settings, Target, observe};

/// How instances are looked at.
#[derive(Debug, Clone, Args)]
pub(super) struct Looking {
    /// How many calls may be in flight.
    #[arg(long, value_name = "N", default_value_t = 4, env = "WAWPFORM_CONCURRENCY", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) concurrency: u16,
}

impl Looking {
    /// Looks at each of these.
    ///
    /// # Errors
    /// When nothing can be looked at: the API cannot be called, does not take the token, cannot show who it is; or
    /// when a signal came.
    pub(super) async fn at<T: Into<Target>>(
        &self,
        app: &App,
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
        let settings = Settings { concurrency: usize::from(self.concurrency), listener, stop: stop.token() };
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
            let hint = "nothing was changed; check the API's address and the certificates of this machine;\n\
                        SSL_CERT_FILE names other ones";
            Fault::error(format!("the API's certificate is not trusted: {}", visible(said)), hint).into()
        }
    }
}
