//! What `link`, `qr` and `pair` share: finding the instances, a line to the API, and looking until a phone is there.
//!
//! Invariant: takes no lock and writes no state; what pairs a phone is neither kept nor told.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use tokio::time::Instant;

use super::App;
use super::args::duration;
use super::exit::{Exit, Fault};
use super::phone::Phone;
use super::progress::Progress;
use super::{fleet, phone, place, recorded, signals};
use crate::apply::Stop;
use crate::instance::{InstanceId, Name, Status, visible};
use crate::manifest::Desired;
use crate::state::Document;
use crate::wawp::{CallError, Kind, Observed};

/// Looks after which the phone near the built-in sandbox scans: long enough to see the code.
pub(super) const SANDBOX_LOOKS: u32 = 5;
/// What a signal during a wait means.
const WAITED: &str = "the phone is no longer waited for";

/// How long to wait for a phone.
#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// How long to wait for the phone: 90s, 5m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m")]
    pub(super) timeout: Duration,
    /// How long to wait between two looks at the status; the vendor asks for 3 to 5 seconds.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "3s")]
    pub(super) interval: Duration,
}

/// The instances that are to be paired, and the line to the API.
pub(super) struct Onboarding {
    pub(super) desired: Desired,
    pub(super) phone: Phone,
    pub(super) stop: Stop,
    /// In the order asked for.
    pub(super) whom: Vec<(Name, InstanceId)>,
    /// The flags that another command on this fleet needs.
    pub(super) flags: String,
}

/// Finds the instances and calls nobody yet. Who waits for a phone gets one in the built-in sandbox.
///
/// # Errors
/// When manifest or state cannot be read, a name has no instance, or the token is of another account.
pub(super) async fn begin(app: &App, names: &[Name], waits: bool) -> anyhow::Result<Onboarding> {
    let stop = signals::listen()?;
    let (desired, document) = recorded::beside_the_manifest(app).await?;
    let flags = app.global.naming_flags();
    let mut whom: Vec<(Name, InstanceId)> = Vec::new();
    for name in names {
        let id = find(name, &desired, document.as_ref(), &flags)?;
        if whom.iter().all(|(known, _)| known != name) {
            whom.push((name.clone(), id));
        }
    }
    let api = place::api(app)?;
    let token = phone::token(app, &api, &desired.token_env)?;
    if let Some(document) = &document {
        phone::account(document, &token, false)?;
    }
    let calls = Progress::calls(&Arc::new(Progress::of_nothing(app)));
    let phone = phone::connect_near(app, api, token, calls, &stop, waits.then_some(SANDBOX_LOOKS)).await?;
    Ok(Onboarding { desired, phone, stop, whom, flags })
}

/// The recorded instance of a name.
fn find(
    name: &Name,
    desired: &Desired,
    document: Option<&Document>,
    flags: &str,
) -> anyhow::Result<InstanceId> {
    if let Some(recorded) = document.and_then(|document| document.instances.get(name)) {
        return Ok(recorded.instance_id.clone());
    }
    if document.is_some_and(|document| document.pending.contains_key(name)) {
        return Err(fleet::unsettled(name, flags));
    }
    if desired.instances.contains_key(name) {
        let hint = format!("`wawpform apply{flags}` creates it");
        return Err(Fault::error(format!("{name} is in the manifest and has no instance yet"), hint).into());
    }
    let recorded = document.into_iter().flat_map(|document| document.instances.keys());
    Err(fleet::no_such_name(name, &recorded.chain(desired.instances.keys()).collect::<Vec<_>>()))
}

impl Onboarding {
    /// Makes a call, unless a signal comes first; then it may or may not have been made, and `otherwise` says what
    /// that means.
    ///
    /// # Errors
    /// That a signal came.
    pub(super) async fn unless_stopped<T>(
        &self,
        call: impl Future<Output = T>,
        otherwise: &str,
    ) -> anyhow::Result<T> {
        tokio::select! {
            biased;
            () = self.stop.asked() => Err(interrupted(otherwise)),
            answer = call => Ok(answer),
        }
    }

    /// Looks, as long as there is time; `None` when there is no more. A look that is dropped has changed nothing.
    ///
    /// # Errors
    /// That a signal came.
    pub(super) async fn look<T>(
        &self,
        call: impl Future<Output = T>,
        until: Instant,
    ) -> anyhow::Result<Option<T>> {
        // A timer is a millisecond late at times, and no time at all is none.
        if until <= Instant::now() {
            return Ok(None);
        }
        self.unless_stopped(tokio::time::timeout_at(until, call), WAITED).await.map(Result::ok)
    }

    /// Waits until it is time for the next look; false when there is no more time.
    ///
    /// # Errors
    /// That a signal came.
    pub(super) async fn pause(&self, interval: Duration, until: Instant) -> anyhow::Result<bool> {
        let next = after(interval);
        self.unless_stopped(tokio::time::sleep_until(next.min(until)), WAITED).await?;
        Ok(next < until)
    }

    /// The number that the manifest expects to be paired.
    pub(super) fn expected(&self, name: &Name) -> Option<&str> {
        self.desired.instances.get(name)?.spec.expect_number.as_deref()
    }

    /// What to do about a session that no phone can be paired with; `None` for one that waits, or may soon.
    pub(super) fn unready(&self, name: &Name, status: &Status) -> Option<Fault> {
        let flags = &self.flags;
        let hint = match status {
            Status::Stopped if self.desired.instances.get(name).is_some_and(|it| !it.spec.running) => {
                format!("the manifest wants it so; set `running: true` for {name} and apply")
            }
            Status::Stopped => format!("`wawpform apply --refresh{flags}` starts what was stopped outside"),
            Status::Failed => format!("`wawpform wait {name}{flags}` restarts it once"),
            Status::Starting | Status::ScanQrCode | Status::Working | Status::Other(_) => return None,
        };
        Some(Fault::error(format!("{name} is {status}, and only a session that runs can be paired"), hint))
    }

    /// Tells who is paired now, and whether that is who should be.
    pub(super) fn tell_paired(&self, app: &App, name: &Name, observed: &Observed) {
        let number = observed.number();
        let with = number.map(|number| format!(" with {}", visible(number))).unwrap_or_default();
        app.out.talk(&app.out.talk_paint().good(format!("{name} is paired{with} and WORKING.")));
        if let (Some(expected), Some(number)) = (self.expected(name), number)
            && expected != number
        {
            app.out.warning(&format!(
                "the manifest expects the number {expected} for {name}, and {} was paired",
                visible(number)
            ));
        }
    }

    /// A call that failed, as an error with what to do next.
    pub(super) fn failed(&self, what: &str, name: &Name, error: &CallError) -> anyhow::Error {
        let message = format!("{name}: {what}: {}", visible(&error.to_string()));
        let hint = match error.kind {
            Kind::Unauthorized => "check the token".to_owned(),
            Kind::Untrusted => {
                "check the API's address and the certificates of this machine; SSL_CERT_FILE names other ones"
                    .to_owned()
            }
            Kind::Gone => format!(
                "it was deleted outside; `wawpform forget {name}{}` drops it from the state, and the next apply creates it",
                self.flags
            ),
            Kind::NotFound { .. } => {
                "check the API's address, and the instance in the Wawp dashboard".to_owned()
            }
            Kind::NotSent | Kind::RateLimited | Kind::Unknown => "try again in a moment".to_owned(),
            Kind::Quota | Kind::Rejected => {
                format!("`wawpform show{}` tells its instance_id, for the Wawp dashboard", self.flags)
            }
        };
        Fault::error(message, hint).into()
    }
}

/// No phone came in time.
pub(super) fn too_late(name: &Name, waited: Duration, hint: String) -> anyhow::Error {
    let waited = SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX);
    Fault::error(format!("no phone was paired with {name} within {waited:#}"), hint)
        .with(Exit::Partial)
        .into()
}

/// A moment from now.
pub(super) fn after(time: Duration) -> Instant {
    /// As good as for ever.
    const YEAR: Duration = Duration::from_secs(365 * 86_400);
    Instant::now() + time.min(YEAR)
}

fn interrupted(otherwise: &str) -> anyhow::Error {
    let message = format!("interrupted; {otherwise}");
    Fault { exit: Exit::Interrupted, message, hint: None, told: false }.into()
}
