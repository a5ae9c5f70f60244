//! `pair`: a code that a phone can type in where it cannot scan.

use clap::Args;
use tokio::time::Instant;

use super::App;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::onboarding::{self, Onboarding, Waiting, after, too_late};
use crate::instance::{InstanceId, Name, Status, phone_number, visible};
use crate::render::pairing;
use crate::wawp::{Kind, Observed};

/// Ask for a code that a phone can type in, where it cannot scan.
///
/// The code is for one number, lives a few minutes, and is kept nowhere. It is asked for once: each may ring the phone.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wawpform pair acme-sales --phone 201012345678 --wait\n\nOn the phone: WhatsApp > Settings \
    > Linked devices > Link a device > Link with phone number instead."
)]
pub(super) struct PairArgs {
    /// The name of the instance.
    #[arg(add = names(Whose::Recorded))]
    name: Name,
    /// The phone's number: digits with the country code [default: the manifest's `expect_number`].
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    phone: Option<String>,
    /// Wait until the phone is paired; also for a session that is still starting.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// Reads a phone number as WhatsApp writes it.
fn number(text: &str) -> Result<String, String> {
    match phone_number(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(Some(meant)) => Err(format!("write it as WhatsApp does: {meant}")),
        Err(None) => {
            Err("write the country code and the number: 6 to 15 digits, without `+`, `00` or spaces"
                .to_owned())
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the name has no instance, it is paired with another phone, no code is given, or no phone comes in time.
pub(super) async fn run(app: &App, args: &PairArgs) -> anyhow::Result<Exit> {
    let onboarding = onboarding::begin(app, std::slice::from_ref(&args.name), args.wait).await?;
    let mut result = Ok(Exit::Done);
    for (_, id) in &onboarding.whom {
        result = pair(app, args, &onboarding, id).await;
    }
    onboarding.phone.hang_up().await;
    result
}

async fn pair(app: &App, args: &PairArgs, onboarding: &Onboarding, id: &InstanceId) -> anyhow::Result<Exit> {
    let name = &args.name;
    let expected = onboarding.expected(name);
    let Some(number) = args.phone.as_deref().or(expected) else {
        let hint = format!("give --phone NUMBER, or write `expect_number` under {name} in the manifest");
        return Err(Fault::error("no phone number was given", hint).with(Exit::Usage).into());
    };
    let until = after(args.waiting.timeout);
    let observed = wait(app, args, onboarding, id, until, Until::Scannable).await?;
    if observed.status == Status::Working {
        return already(app, onboarding, name, number, &observed);
    }
    if let Some(expected) = expected.filter(|expected| *expected != number) {
        app.out.warning(&format!(
            "the manifest expects the number {expected} for {name}, and this code is for {number}"
        ));
    }
    let asked = onboarding
        .unless_stopped(
            onboarding.phone.client.request_code(id, number),
            "a code may have been made that nobody saw",
        )
        .await?;
    let code = asked.map_err(|error| match error.kind {
        Kind::Unknown => {
            let hint = "a code may have been made that nobody saw; it was not asked for again. Wait a minute, then run \
                        it again: a new code ends the one before";
            Fault::error(format!("{name}: the request for a code has no known outcome: {}", visible(&error.to_string())), hint)
                .into()
        }
        _ => onboarding.failed("no pairing code was given", name, &error),
    })?;
    app.out.data(&pairing::code(&code));
    app.out.talk(&format!(
        "Type it on the phone {number} within a few minutes:\n  WhatsApp > Settings (Android: the three dots) > Linked \
         devices > Link a device\n  > Link with phone number instead"
    ));
    app.out.talk("Whoever knows the code and the phone can pair it: tell it to that person only.");
    if !args.wait {
        return Ok(Exit::Done);
    }
    let observed = wait(app, args, onboarding, id, until, Until::Paired).await?;
    onboarding.tell_paired(app, name, &observed);
    Ok(Exit::Done)
}

/// A phone is there already: done, if it is the one.
fn already(
    app: &App,
    onboarding: &Onboarding,
    name: &Name,
    number: &str,
    observed: &Observed,
) -> anyhow::Result<Exit> {
    match observed.number() {
        Some(paired) if paired == number => {
            onboarding.tell_paired(app, name, observed);
            Ok(Exit::Done)
        }
        paired => {
            let with = paired.map(|paired| format!(" with {}", visible(paired))).unwrap_or_default();
            let hint =
                "unlink that phone first: on the phone under \"Linked devices\", or in the Wawp dashboard";
            Err(Fault::error(format!("{name} is already paired{with}"), hint).into())
        }
    }
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// SCAN_QR_CODE, which a code needs (wawp-api.md §2.15); or WORKING, which needs none.
    Scannable,
    /// WORKING.
    Paired,
}

/// Looks until it is so. Without `--wait` a code is asked for in whatever state it is: the API says why not.
async fn wait(
    app: &App,
    args: &PairArgs,
    onboarding: &Onboarding,
    id: &InstanceId,
    until: Instant,
    what: Until,
) -> anyhow::Result<Observed> {
    let name = &args.name;
    let mut told = false;
    loop {
        match onboarding.look(onboarding.phone.client.info(id), until).await? {
            None => return Err(late(app, args)),
            Some(Ok(observed)) => {
                if let Some(unready) = onboarding.unready(name, &observed.status) {
                    return Err(unready.into());
                }
                let is_met = match what {
                    Until::Scannable => observed.status != Status::Starting,
                    Until::Paired => observed.status == Status::Working,
                };
                if is_met {
                    return Ok(observed);
                }
                if what == Until::Scannable && !args.wait {
                    let hint = "try again in a few seconds, or with --wait";
                    return Err(Fault::error(format!("{name} is still STARTING"), hint).into());
                }
            }
            Some(Err(error)) if error.may_pass() && args.wait => {}
            Some(Err(error)) => return Err(onboarding.failed("its status could not be read", name, &error)),
        }
        if !std::mem::replace(&mut told, true) {
            app.out.talk(match what {
                Until::Scannable => "The session is starting; the code comes when it is ready.",
                Until::Paired => "Waiting for the phone.",
            });
        }
        if !onboarding.pause(args.waiting.interval, until).await? {
            return Err(late(app, args));
        }
    }
}

fn late(app: &App, args: &PairArgs) -> anyhow::Error {
    let (name, flags) = (&args.name, app.global.naming_flags());
    let hint = format!("for a new code: wawpform pair {name} --phone NUMBER --wait{flags}");
    too_late(name, args.waiting.timeout, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_as_whatsapp_writes_it_and_another_form_is_translated() {
        assert_eq!(number("201012345678").as_deref(), Ok("201012345678"));
        for text in ["+201012345678", "00201012345678", "+20 10 1234-5678", "(+20) 10.1234/5678"] {
            assert_eq!(number(text), Err("write it as WhatsApp does: 201012345678".into()), "{text}");
        }
        for text in ["", "01012345678", "12345", "1234567890123456", "20101234567x", "٢٠١٠١٢٣٤٥٦٧٨"]
        {
            let error = number(text).unwrap_err();
            assert!(error.starts_with("write the country code"), "{text}: {error}");
        }
    }
}
