//! `link`: a temporary page on which somebody else can pair a phone, without an account.

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::App;
use super::completions::{Whose, names};
use super::exit::{Exit, Fault};
use super::onboarding::{self, Onboarding};
use crate::instance::{InstanceId, Name, Status, visible};
use crate::render::pairing::{self, Page};
use crate::wawp::{CallError, Kind, Link};

/// Make a temporary link with which somebody else can pair a phone.
///
/// Whoever opens it sees the QR code, and can pair without an account. It ends after about 30 minutes, and when the
/// next one is made. It is printed and kept nowhere.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform link acme-sales\n\nFor several tenants at once:\n  \
    wawpform link acme-sales acme-support --format json")]
pub(super) struct LinkArgs {
    /// The names of the instances.
    #[arg(required = true, add = names(Whose::Recorded))]
    name: Vec<Name>,
    /// Print the link that is valid now instead of making a new one.
    #[arg(long, conflicts_with = "revoke")]
    current: bool,
    /// End every link of these instances instead.
    #[arg(long)]
    revoke: bool,
    /// Make one also for a session that is paired or does not run.
    #[arg(long, conflicts_with_all = ["current", "revoke"])]
    force: bool,
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "revoke")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One link: the link alone. Several: one a line, behind its name.
    Text,
    /// An array of objects with name, link and expires_at.
    Json,
}

/// Why one link was not made.
struct Trouble {
    error: anyhow::Error,
    /// The others will not fare better.
    ends_all: bool,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self { error: fault.into(), ends_all: false }
    }
}

impl Trouble {
    fn call(onboarding: &Onboarding, what: &str, name: &Name, error: &CallError) -> Self {
        let ends_all = matches!(error.kind, Kind::Unauthorized | Kind::Untrusted);
        Self { error: onboarding.failed(what, name, error), ends_all }
    }
}

/// Runs the command.
///
/// # Errors
/// When a name has no instance, or the API cannot be called at all. What one instance is refused does not keep the
/// others from theirs.
pub(super) async fn run(app: &App, args: &LinkArgs) -> anyhow::Result<Exit> {
    let onboarding = onboarding::begin(app, &args.name, false).await?;
    let (mut pages, mut done, mut failures) = (Vec::new(), 0_usize, Vec::new());
    for (name, id) in &onboarding.whom {
        let lost =
            "a link that was just being made is in nobody's hands, and the one before it may have ended";
        let lost = if args.revoke || args.current { "nothing more was done" } else { lost };
        let result = match onboarding.unless_stopped(one(app, args, &onboarding, name, id), lost).await {
            Ok(result) => result,
            Err(error) => Err(Trouble { error, ends_all: true }),
        };
        match result {
            Ok(page) => {
                done += 1;
                pages.extend(page);
            }
            Err(Trouble { error, ends_all }) => {
                failures.push(app.failed(&error));
                if ends_all {
                    break;
                }
            }
        }
    }
    if args.format == Format::Json {
        app.out.data(&pairing::json(&pages));
    }
    if !pages.is_empty() {
        farewell(app, args);
    }
    onboarding.phone.hang_up().await;
    Ok(match failures.as_slice() {
        [] => Exit::Done,
        [.., Exit::Interrupted] => Exit::Interrupted,
        [first, ..] if done == 0 => *first,
        [_, ..] => Exit::Partial,
    })
}

/// What is to be done for one instance; the page, if that is what it was.
async fn one(
    app: &App,
    args: &LinkArgs,
    onboarding: &Onboarding,
    name: &Name,
    id: &InstanceId,
) -> Result<Option<Page>, Trouble> {
    let client = &onboarding.phone.client;
    if args.revoke {
        let revoked = client.revoke_links(id).await;
        revoked.map_err(|error| Trouble::call(onboarding, "its links could not be ended", name, &error))?;
        app.out.data(&format!("{name}: every link has ended.\n"));
        return Ok(None);
    }
    let link = if args.current {
        let read = client.read_link(id).await;
        let read =
            read.map_err(|error| Trouble::call(onboarding, "its link could not be read", name, &error))?;
        read.ok_or_else(|| {
            let hint = format!("`wawpform link {name}{}` makes one", onboarding.flags);
            Fault::error(format!("{name} has no link that is valid now"), hint)
        })?
    } else {
        if !args.force {
            ready(onboarding, name, id).await?;
        }
        let made = client.make_link(id).await;
        made.map_err(|error| Trouble::call(onboarding, "the link could not be made", name, &error))?
    };
    let Link { url, expiry } = link;
    let now = app.env.now();
    let page = Page { name: name.clone(), link: url, expires_at: expiry.map(|expiry| expiry.moment(now)) };
    if args.format == Format::Text {
        app.out.data(&pairing::page(&page, args.name.len() == 1));
    }
    app.out.talk(&validity(&page, now));
    Ok(Some(page))
}

/// Refuses to make a page that would be of no use.
async fn ready(onboarding: &Onboarding, name: &Name, id: &InstanceId) -> Result<(), Trouble> {
    let observed = onboarding.phone.client.info(id).await;
    let observed =
        observed.map_err(|error| Trouble::call(onboarding, "its status could not be read", name, &error))?;
    if let Some(Fault { message, hint, .. }) = onboarding.unready(name, &observed.status) {
        let hint = format!("{}; --force makes a link all the same", hint.unwrap_or_default());
        return Err(Fault::error(message, hint).with(Exit::Refused).into());
    }
    if observed.status != Status::Working {
        return Ok(());
    }
    let with = observed.number().map(|number| format!(" with {}", visible(number)));
    let message = format!("{name} is already paired{}", with.unwrap_or_default());
    let hint = "to pair another phone, unlink this one first: on the phone under \"Linked devices\", or in the Wawp \
                dashboard;\n--force makes a link all the same";
    Err(Fault::error(message, hint).with(Exit::Refused).into())
}

fn validity(page: &Page, now: Timestamp) -> String {
    let Page { name, link: _, expires_at } = page;
    let Some(moment) = expires_at else {
        return format!("{name}: the API does not tell how long it is valid; usually that is 30 minutes.");
    };
    match moment.duration_since(now).as_mins() {
        // Another clock than the server's.
        ..=0 => format!("{name}: valid until {moment}."),
        1 => format!("{name}: valid until {moment}, for 1 minute."),
        minutes => format!("{name}: valid until {moment}, for {minutes} minutes."),
    }
}

fn farewell(app: &App, args: &LinkArgs) {
    let before = if args.current { "" } else { " Links made before have ended." };
    app.out.talk(&format!(
        "Whoever opens a link can pair a phone, without a password: send it to that person only.{before}"
    ));
    if let [name] = args.name.as_slice() {
        app.out.talk(&format!("To end it early: wawpform link {name} --revoke{}", app.global.naming_flags()));
    }
}
