//! Looking at the live instances before something is planned or told, through a telephone that can only look.

use jiff::tz::TimeZone;

use super::App;
use super::args::Planning;
use super::exit::{Exit, Fault};
use super::looking::Looking;
use super::{phone, place};
use crate::apply::Stop;
use crate::instance::{Name, visible};
use crate::manifest::Desired;
use crate::observe::{Observation, Sighting, Target, suspicious};
use crate::plan::{Accepted, Refreshed, accepted_on, refresh};
use crate::render::plural;
use crate::state::Document;

/// Looks at every recorded instance, or at those of these names.
///
/// # Errors
/// When the token is refused or belongs to another account, when nobody was seen and several are gone, and when a
/// signal came.
pub(super) async fn refreshed(
    app: &App,
    (desired, document): (&Desired, &Document),
    only: &[Name],
    (looking, accept_account_change): (&Looking, bool),
    stop: &Stop,
) -> anyhow::Result<Refreshed> {
    let is_asked_for = |name: &Name| only.is_empty() || only.contains(name);
    let recorded = document.instances.iter().filter(|(name, _)| is_asked_for(name));
    let whom: Vec<(Name, Target)> = recorded.map(|(name, it)| (name.clone(), it.into())).collect();
    if whom.is_empty() {
        return Ok(refresh(desired, document, &Default::default(), &Accepted::new()));
    }
    let api = place::api(app)?;
    let token = phone::token(app, &api, &desired.token_env)?;
    phone::account(document, &token, accept_account_change)?;
    let observation = looking.at((app, desired), whom, (api, token), stop).await?;
    if suspicious(&observation) {
        let gone = plural(observation.sightings.len(), "instance");
        let hint = "check the token and the address of the API (--api-url, WAWP_API_URL): those of another account \
                    know none of them. If all were deleted, `wawpform forget NAME` drops them from the state";
        let message = format!("{gone} looked at, and not one is there");
        return Err(Fault::error(message, hint).with(Exit::Refused).into());
    }
    if let Some(why) = nobody_seen(&observation) {
        app.out.warning(&format!(
            "not one of {} could be looked at: {}",
            plural(observation.sightings.len(), "instance"),
            visible(why)
        ));
        app.out.hint("check the API's address (--api-url, WAWP_API_URL) and the network");
    }
    Ok(refresh(desired, document, &observation, &accepted(app, desired)))
}

/// Why several were looked at and not one was seen, when it is the same for all.
fn nobody_seen(observation: &Observation) -> Option<&str> {
    let mut whys = observation.sightings.values().map(|sighting| match sighting {
        Sighting::Unclear { why } => Some(why.as_str()),
        Sighting::Seen(_) | Sighting::Gone => None,
    });
    let first = whys.next().flatten()?;
    (observation.sightings.len() > 1 && whys.all(|why| why == Some(first))).then_some(first)
}

/// What the manifest accepts today. The day is that of UTC, so that every runner agrees.
fn accepted(app: &App, desired: &Desired) -> Accepted {
    accepted_on(app.env.now().to_zoned(TimeZone::UTC).date(), &desired.accepted_drift)
}

/// [`refreshed`], when the flags ask for it.
///
/// # Errors
/// As [`refreshed`].
pub(super) async fn when_asked(
    app: &App,
    fleet: (&Desired, &Document),
    (planning, accept_account_change): (&Planning, bool),
    stop: &Stop,
) -> anyhow::Result<Option<Refreshed>> {
    if !planning.refreshes() {
        return Ok(None);
    }
    Ok(Some(refreshed(app, fleet, &planning.target, (&planning.looking, accept_account_change), stop).await?))
}
