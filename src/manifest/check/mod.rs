//! From the typed sources to what is desired: every rule that is about meaning and not about shape, once.
//!
//! Invariant: the rules look at values only. The same rules run on what the fast reading read and on what the
//! second one saved; `Desired` is there exactly when nothing was found.

mod accepted;
mod attributes;
mod finding;
mod names;
mod url;
mod variable;
mod webhook;

use self::accepted::Accepted;
pub(super) use self::accepted::Stranger;
use self::attributes::Attributes;
pub(super) use self::attributes::{LONGEST_LABEL, is_separator};
use self::finding::At;
pub(super) use self::finding::{Finding, On, Spot, Step};
use self::names::Roster;
pub(super) use self::url::{LONGEST as LONGEST_URL, SCHEME, is_taken_apart};
use self::variable::Rules;
use super::decode::{Account, CountOrPercent, File, Guards, Instances};
use super::desired::{DEFAULT_TOKEN_ENV, Desired, MOST_PERCENT, MaxDeletes};
use super::diagnostic::Severity;
use super::hands::Hands;
use super::problem::shortened;
use super::variables::Variables;
use crate::instance::Name;

/// What the rules say of all sources together.
pub(super) struct Checked {
    /// What is desired, when nothing was found.
    pub(super) desired: Option<Desired>,
    /// What is wrong.
    pub(super) findings: Vec<Finding>,
    /// What is worth a look, and forbids nothing.
    pub(super) warnings: Vec<Finding>,
    /// Names that are spoken of and that no instance has; whether that is wrong is said by the caller, who knows
    /// what could not be read.
    pub(super) strangers: Vec<Stranger>,
    /// Whether any source has a fleet; that none has is said by the caller, who knows what could not be read.
    pub(super) has_fleet: bool,
}

/// Holds all sources, in their order, against the rules.
pub(super) fn check(files: Vec<File>, variables: &Variables, hands: &impl Hands) -> Checked {
    let mut findings = Vec::new();
    let parts = files.iter().flat_map(|file| &file.instances);
    let count = parts.map(Vec::len).fold(0_usize, usize::saturating_add);
    let mut fleet = Fleet::default();
    let (mut account, mut guards, mut defaults) = (Once::default(), Once::default(), Once::default());
    let (mut parts, mut lists) = (Vec::with_capacity(files.len()), Vec::new());
    let mut accepted = Accepted::default();
    for (source, file) in files.into_iter().enumerate() {
        let File {
            fleet: name,
            account: own,
            guards: limits,
            defaults: shared,
            instances,
            released,
            accepted_drift,
        } = file;
        fleet.take(source, name, &mut findings);
        account.take(source, "account", own, &mut findings);
        guards.take(source, "guards", limits, &mut findings);
        defaults.take(source, "defaults", shared, &mut findings);
        parts.extend(instances.into_iter().map(|part| (source, part)));
        lists.extend(released.map(|list| (source, list)));
        accepted.take(source, accepted_drift, &mut findings);
    }
    let Limits { token_env, max_instances, max_concurrency } =
        read_account(account, count, variables, &mut findings);
    let rules = Rules { variables, token_env: &token_env };
    let max_deletes = read_guards(guards, &mut findings);
    let defaults = match defaults.first {
        None => Attributes::default(),
        Some((source, shared)) => {
            attributes::read(shared, &At::source(source).key("defaults"), &rules, &mut findings)
        }
    };
    // Most of the work, on one instance after the other: in parts, beside each other.
    let read = hands.each(shares(parts), |share| {
        let (mut roster, mut findings) = (Roster::default(), Vec::new());
        for (source, part) in share {
            roster.instances(source, part, (&defaults, &rules), &mut findings);
        }
        (roster, findings)
    });
    let mut roster = Roster::default();
    for (part, found) in read {
        roster.append(part);
        findings.extend(found);
    }
    roster.settle(&mut findings);
    for (source, released) in lists {
        roster.released(source, released, &mut findings);
    }
    let (accepted_drift, strangers) = accepted.finish(&roster, &mut findings);
    let (instances, released) = roster.finish(&mut findings);
    let has_fleet = fleet.first.is_some();
    let (findings, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    let desired = match (fleet.name, findings.is_empty() && strangers.is_empty()) {
        (Some(fleet), true) => {
            let defaults = defaults.into();
            Some(Desired {
                fleet,
                token_env,
                max_instances,
                max_concurrency,
                max_deletes,
                defaults,
                instances,
                released,
                accepted_drift,
            })
        }
        _ => None,
    };
    Checked { desired, findings, warnings, strangers, has_fleet }
}

/// So many instances are a share of the work: fewer are read before another hand has begun.
const SHARE: usize = 1_000;

/// Parts that follow each other, put together to shares.
fn shares(parts: Vec<(usize, Instances)>) -> Vec<Vec<(usize, Instances)>> {
    let mut shares = Vec::new();
    let (mut share, mut size) = (Vec::new(), 0_usize);
    for (source, part) in parts {
        size = size.saturating_add(part.len());
        share.push((source, part));
        if size >= SHARE {
            shares.push(std::mem::take(&mut share));
            size = 0;
        }
    }
    if !share.is_empty() {
        shares.push(share);
    }
    shares
}

/// The fleet's name: in at least one source, and the same in all that have it.
#[derive(Default)]
struct Fleet {
    name: Option<Name>,
    first: Option<(usize, String)>,
}

impl Fleet {
    fn take(&mut self, source: usize, text: Option<String>, findings: &mut Vec<Finding>) {
        let Some(text) = text else { return };
        let root = At::source(source);
        let at = root.key("fleet");
        match &self.first {
            Some((_, first)) if *first == text => {}
            Some((other, first)) => findings.push(
                at.wrong(format!(
                    "the fleet is `{}` here and `{}` in another file",
                    shortened(&text),
                    shortened(first)
                ))
                .related(At::source(*other).key("fleet").spot(On::Value), "the fleet so far")
                .hint("one manifest is one fleet: make them equal, or load the files apart"),
            ),
            None => {
                match names::name(&text, "a fleet", |message| at.wrong(message)) {
                    Ok(name) => self.name = Some(name),
                    Err(finding) => findings.push(*finding),
                }
                self.first = Some((source, text));
            }
        }
    }
}

/// A block that at most one source may have.
struct Once<T> {
    first: Option<(usize, T)>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { first: None }
    }
}

impl<T> Once<T> {
    fn take(&mut self, source: usize, key: &str, block: Option<T>, findings: &mut Vec<Finding>) {
        let Some(block) = block else { return };
        match &self.first {
            None => self.first = Some((source, block)),
            Some((first, _)) => findings.push(
                At::source(source)
                    .key(key)
                    .wrong_key(format!("`{key}` is in more than one file"))
                    .label("the second time")
                    .related(At::source(*first).key(key).spot(On::Key), "first defined here")
                    .hint(format!("`{key}` counts for all files: keep it in one of them")),
            ),
        }
    }
}

/// What `account` says.
struct Limits {
    token_env: String,
    max_instances: Option<usize>,
    max_concurrency: Option<usize>,
}

fn read_account(
    account: Once<Account>,
    instances: usize,
    variables: &Variables,
    findings: &mut Vec<Finding>,
) -> Limits {
    let (source, account) = account.first.unwrap_or_default();
    let Account { token_env, max_instances, max_concurrency } = account;
    let root = At::source(source);
    let at = root.key("account");
    if let Some(name) = &token_env {
        variable::check(name, "token_env", &at.key("token_env"), variables, findings);
    }
    let max_instances = max_instances.and_then(|count| usize::try_from(count).ok());
    if let Some(allowed) = max_instances.filter(|allowed| instances > *allowed) {
        findings.push(
            at.key("max_instances")
                .wrong(format!("the manifest has {instances} instances, and the account allows {allowed}"))
                .hint("remove instances, or raise the number to what the account's plan allows"),
        );
    }
    let max_concurrency = max_concurrency.and_then(|count| usize::try_from(count).ok());
    if max_concurrency == Some(0) {
        findings.push(
            at.key("max_concurrency")
                .wrong("with no call in flight nothing can be done".to_owned())
                .hint("write at least 1, or leave it out"),
        );
    }
    let token_env = token_env.unwrap_or_else(|| DEFAULT_TOKEN_ENV.to_owned());
    Limits { token_env, max_instances, max_concurrency }
}

fn read_guards(guards: Once<Guards>, findings: &mut Vec<Finding>) -> MaxDeletes {
    let Some((source, Guards { max_deletes })) = guards.first else { return MaxDeletes::default() };
    match max_deletes {
        None => MaxDeletes::default(),
        Some(CountOrPercent::Count(count)) => MaxDeletes::Count(usize::try_from(count).unwrap_or(usize::MAX)),
        Some(CountOrPercent::Text(text)) => percent(&text).unwrap_or_else(|| {
            let hint = match text.parse::<u32>() {
                Ok(count) => {
                    format!("write {count} without quotes for a count, or `{count}%` for a percentage")
                }
                Err(_) => "write a count such as 3, or a percentage from `0%` to `100%`".to_owned(),
            };
            findings.push(
                At::source(source)
                    .key("guards")
                    .key("max_deletes")
                    .wrong(format!("`{}` is neither a count nor a percentage", shortened(&text)))
                    .label("expected a count, or 0% to 100%")
                    .hint(hint),
            );
            MaxDeletes::default()
        }),
    }
}

fn percent(text: &str) -> Option<MaxDeletes> {
    let digits = text.strip_suffix('%')?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let percent = digits.parse::<u8>().ok().filter(|percent| all_digits && *percent <= MOST_PERCENT)?;
    Some(MaxDeletes::Percent(percent))
}
