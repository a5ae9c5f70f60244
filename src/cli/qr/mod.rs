//! `qr`: the code to scan, drawn and renewed until a phone is paired, or written as a picture.
//!
//! Invariant: when a wait ends, no code of it is left on the screen or in the file.

mod view;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use tokio::time::Instant;

use super::App;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::onboarding::{self, Onboarding, Waiting, after, too_late};
use crate::instance::{InstanceId, Name, Status, visible};
use crate::render::qr::Drawing;
use crate::wawp::{CallError, Expiry, Kind, Observed, Qr};
use view::View;

/// A code is looked for again after this time at the latest: the shortest life that the vendor tells
/// (wawp-api.md §2.14).
const RENEWAL: Duration = Duration::from_secs(20);

/// Draw the QR code that pairs a phone, and renew it until one is paired.
///
/// On a terminal the code is renewed as it expires, and is gone from the screen when a phone is paired. Elsewhere one
/// code is printed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wawpform qr acme-sales\n\nAs a picture, renewed in its place until a phone is \
    paired:\n  wawpform qr acme-sales --png code.png --watch"
)]
pub(super) struct QrArgs {
    /// The name of the instance.
    #[arg(add = names(Whose::Recorded))]
    name: Name,
    /// Write a PNG instead of drawing; only you can read the file.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Let the PNG take the place of a file that exists.
    #[arg(long, requires = "png")]
    force: bool,
    /// Renew the code until a phone is paired, also where standard output is no terminal.
    #[arg(long, conflicts_with = "once")]
    watch: bool,
    /// Show one code and end, also on a terminal.
    #[arg(long)]
    once: bool,
    /// Without colours, draw for dark letters on a light ground.
    #[arg(long, conflicts_with = "png")]
    invert: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Runs the command.
///
/// # Errors
/// When the name has no instance, its session cannot be paired, the code cannot be shown, or no phone comes in time.
pub(super) async fn run(app: &App, args: &QrArgs) -> anyhow::Result<Exit> {
    let mut view = View::new(app, args)?;
    let onboarding = onboarding::begin(app, std::slice::from_ref(&args.name), !view.is_for_one()).await?;
    let mut end = Ok(End::Shown);
    for (_, id) in &onboarding.whom {
        end = watch(args, &onboarding, id, &mut view).await;
    }
    view.close(matches!(end, Ok(End::Shown)));
    match &end {
        Ok(End::Paired(observed)) => onboarding.tell_paired(app, &args.name, observed),
        Ok(End::Shown) => app.out.talk(&format!(
            "It is valid for less than a minute. In a terminal it is renewed: wawpform qr {}{}",
            args.name,
            app.global.naming_flags()
        )),
        Err(_) => {}
    }
    onboarding.phone.hang_up().await;
    end.map(|_| Exit::Done)
}

/// How it ended.
enum End {
    /// A phone is paired.
    Paired(Observed),
    /// One code was shown, and no more was asked for.
    Shown,
}

async fn watch(
    args: &QrArgs,
    onboarding: &Onboarding,
    id: &InstanceId,
    view: &mut View<'_>,
) -> anyhow::Result<End> {
    let (name, client, flags) = (&args.name, &onboarding.phone.client, &onboarding.flags);
    let late = || {
        let hint =
            format!("run it again when the phone is at hand, or send a link: wawpform link {name}{flags}");
        too_late(name, args.waiting.timeout, hint)
    };
    let until = after(args.waiting.timeout);
    let (mut renewal, mut refusals) = (Instant::now(), 0_u32);
    loop {
        match onboarding.look(client.info(id), until).await?.ok_or_else(late)? {
            Ok(observed) if observed.status == Status::Working => return Ok(End::Paired(observed)),
            Ok(observed) if observed.status == Status::ScanQrCode => {
                if renewal <= Instant::now() || view.hides() {
                    match onboarding.look(client.qr(id), until).await?.ok_or_else(late)? {
                        Ok(qr) => {
                            refusals = 0;
                            renewal = after(show(name, qr, onboarding, view)?);
                        }
                        // A phone may have come between the two looks: the next one tells.
                        Err(error) if error.kind == Kind::Rejected && refusals == 0 => refusals = 1,
                        Err(error) => {
                            view.say(&passing(onboarding, "the code could not be read", name, &error)?)
                        }
                    }
                }
            }
            Ok(observed) => {
                if let Some(unready) = onboarding.unready(name, &observed.status) {
                    return Err(unready.into());
                }
                let status = visible(observed.status.as_word());
                view.say(&format!("{name} is {status}; the code comes when it is ready."));
                renewal = Instant::now();
            }
            Err(error) => view.say(&passing(onboarding, "its status could not be read", name, &error)?),
        }
        if view.is_done() {
            return Ok(End::Shown);
        }
        let next = after(args.waiting.interval);
        while Instant::now() < next {
            let rest = next.saturating_duration_since(Instant::now());
            if !onboarding.pause(rest.min(view.patience()), until).await? {
                return Err(late());
            }
            view.fit();
        }
    }
}

/// Shows a code, and tells how long it can be shown.
fn show(name: &Name, qr: Qr, onboarding: &Onboarding, view: &mut View<'_>) -> anyhow::Result<Duration> {
    let (drawing, expiry) = drawing(name, qr, &onboarding.flags)?;
    view.show(name, drawing, onboarding.expected(name))?;
    Ok(left(expiry, view.now()))
}

/// The code as it can be drawn.
fn drawing(name: &Name, qr: Qr, flags: &str) -> anyhow::Result<(Drawing, Option<Expiry>)> {
    let hint = format!(
        "another way: `wawpform link {name}{flags}`, or `wawpform pair {name} --phone NUMBER{flags}`"
    );
    match qr {
        Qr::Picture => {
            let message = "the API gave a finished picture instead of the code, and that cannot be drawn";
            Err(Fault::error(message, hint).into())
        }
        Qr::Value { value, expiry } => {
            let drawing =
                Drawing::of(&value).ok_or_else(|| Fault::error("the code is too long to be drawn", hint))?;
            Ok((drawing, expiry))
        }
    }
}

/// How long a code can be shown before the next is looked for. The server's clock may be another one, so the time it
/// tells can only make it sooner.
fn left(expiry: Option<Expiry>, now: Timestamp) -> Duration {
    let Some(expiry) = expiry else { return RENEWAL };
    let left = expiry.moment(now).duration_since(now);
    Duration::try_from(left).unwrap_or_default().min(RENEWAL)
}

/// The words for a failure that may pass by itself.
///
/// # Errors
/// Any other failure. A refusal may pass: a code is there only some seconds after the status says so (wawp-api.md
/// §2.14).
fn passing(onboarding: &Onboarding, what: &str, name: &Name, error: &CallError) -> anyhow::Result<String> {
    if error.may_pass() || error.kind == Kind::Rejected {
        Ok(format!("{name}: {what}: {}", visible(&error.to_string())))
    } else {
        Err(onboarding.failed(what, name, error))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_code_is_renewed_when_it_ends_and_after_twenty_seconds_at_the_latest() {
        let now = Timestamp::from_second(1_795_341_600).unwrap();
        let after = |seconds| left(Some(Expiry::At(now + SignedDuration::from_secs(seconds))), now).as_secs();
        assert_eq!([after(12), after(40), after(86_400)], [12, 20, 20]);
        // A clock that goes ahead, or a code that has just ended: with the next look.
        assert_eq!([after(0), after(-300)], [0, 0]);
        assert_eq!(left(Some(Expiry::After(SignedDuration::from_secs(9))), now).as_secs(), 9);
        assert_eq!(left(None, now), RENEWAL);
    }
}
